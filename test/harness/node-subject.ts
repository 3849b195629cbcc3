/**
 * tuxfs through `createFs()`, and what Node's API cannot say through `linux()`, as a subject.
 */
import type { Process } from '../../src/kernel/process.ts';
import { createFs, linux } from '../../src/node/index.ts';
import { BESIDE, nodeCall, NodeProcess, PARTLY } from './node-process.ts';
import type { SpawnOptions, Subject, SubjectCase, SubjectProcess } from './subject.ts';
import { TuxfsCase } from './tuxfs-subject.ts';

type Call = (...args: unknown[]) => unknown;

/** The calls beside Node's API: those that linux() has by linux(), and who the process is by the process itself. */
function besideNode(process: Process): ConstructorParameters<typeof NodeProcess>[1] {
  const api = linux(process) as unknown as Record<string, Call>;
  const own = process as unknown as Record<string, Call>;
  const calls = [...Object.keys(BESIDE), ...PARTLY].map((name) => {
    const call = api[`${name}Sync`];
    return [name, call === undefined ? own[name]?.bind(process) : (...args: unknown[]) => nodeCall(() => call(...args))];
  });
  return Object.fromEntries(calls);
}

function throughNode(process: Process): SubjectProcess {
  const through = new NodeProcess(createFs(process) as typeof import('node:fs'), besideNode(process));
  return Object.assign(through, {
    fork: () => throughNode(process.fork()),
    exit: (status?: number) => process.exit(status),
  });
}

class NodeCase extends TuxfsCase implements SubjectCase {
  override spawn(options: SpawnOptions = {}): SubjectProcess {
    return throughNode(super.spawn(options) as Process);
  }
}

export const nodeSubject: Subject = {
  name: 'tuxfs',
  unavailable: undefined,
  // Of a failed call the API makes an error with a stack of its own.
  open: () => new NodeCase({ stacks: false }),
};
