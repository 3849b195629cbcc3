/**
 * tuxfs as a subject: a new kernel for each case, with the switches that the host has.
 */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { Kernel, type KernelOptions } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { checkInvariants } from '../../src/testing/invariants.ts';
import type { SpawnOptions, Subject, SubjectCase, SubjectProcess } from './subject.ts';

const PROTECTED = ['fs.protected_symlinks', 'fs.protected_hardlinks', 'fs.protected_fifos', 'fs.protected_regular'] as const;

/** What the host has the switches at; where it has none to read, the kernel's own defaults. */
export function hostSysctl(): Record<(typeof PROTECTED)[number], 0 | 1 | 2> {
  const value = (name: string): 0 | 1 | 2 => {
    try {
      return Number(readFileSync(`/proc/sys/${name.replace('.', '/')}`, 'latin1')) as 0 | 1 | 2;
    } catch {
      return 0;
    }
  };
  return Object.fromEntries(PROTECTED.map((name) => [name, value(name)])) as ReturnType<typeof hostSysctl>;
}

export class TuxfsCase implements SubjectCase {
  readonly kernel: Kernel;

  constructor(options: KernelOptions = { stacks: true }) {
    this.kernel = new Kernel({ bare: true, memory: totalmem(), sysctl: hostSysctl() as never, ...options });
    const { init } = this.kernel;
    init.umask(0);
    init.mkdir('/case', 0o777);
    init.umask(0o022);
  }

  spawn(options: SpawnOptions = {}): SubjectProcess {
    const process: Process = this.kernel.spawn({ ...options, cwd: '/case' });
    if (options.cwd !== undefined) process.chdir(options.cwd);
    return process;
  }

  guard(): void {
    // It goes with the kernel.
  }

  close(): void {
    checkInvariants(this.kernel);
    for (const process of [...this.kernel.processes.values()]) if (process !== this.kernel.init) process.exit();
    checkInvariants(this.kernel);
  }
}

export const tuxfsSubject: Subject = {
  name: 'tuxfs',
  unavailable: undefined,
  open: () => new TuxfsCase(),
};
