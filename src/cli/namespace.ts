/**
 * Where we are not root: the same command again in a user and mount namespace of its own, where we are. Linux: unshare(1).
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { DEVICE, MountError } from '../fuse/attach.ts';
import { CliUsageError } from './command.ts';

/** A failure of the host is one line; anything else is a mistake of ours and shows where. */
export async function inOneLine(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CliUsageError || (error as { code?: unknown }).code === undefined) throw error;
    process.stderr.write(`tuxfs: ${(error as Error).message}\n`);
    return 1;
  }
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Switches of the host that take user namespaces from users: what they are set to then. */
const SWITCHES: readonly (readonly [name: string, off: string, on: string])[] = [
  ['kernel.unprivileged_userns_clone', '0', '1'],
  ['user.max_user_namespaces', '0', '10000'],
  ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
];

/** What is missing for a mount without root, in one line; nothing when all is there. */
function whatIsMissing(): string {
  if (!existsSync(DEVICE)) return `there is no ${DEVICE}; is the fuse module loaded? (modprobe fuse)`;
  try {
    accessSync(DEVICE, constants.R_OK | constants.W_OK);
  } catch {
    return `without root, ${DEVICE} must be readable and writable for this user (chmod 666 ${DEVICE})`;
  }
  const probe = spawnSync('unshare', ['-Urm', 'true'], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (probe.status === 0) return '';
  const off = SWITCHES.find(([name, value]) => valueOf(name) === value);
  if (off !== undefined) return `without root, user namespaces must be allowed (sysctl ${off[0]}=${off[2]})`;
  const reason = probe.error?.message ?? probe.stderr.trim().split('\n')[0];
  return `without root, user namespaces must be allowed (${reason})`;
}

/** Of a sysctl; undefined where the host has no such switch. */
function valueOf(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}

/** The command line of this program with `words`, in namespaces of its own. EPERM: the host does not allow that. */
export function inNamespace(words: readonly string[], options: { readonly user: boolean }): readonly [string, ...string[]] {
  if (options.user) {
    const missing = whatIsMissing();
    if (missing !== '') throw new MountError('EPERM', missing);
  }
  return ['unshare', options.user ? '-Urm' : '-m', '--propagation', 'private', '--', ...thisProgram(words)];
}

/** The command line of this program with `words`. */
export function thisProgram(words: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1] as string, ...words];
}

/** Runs this program again with `words`, in namespaces of its own; its exit status. */
export function runInNamespace(words: readonly string[], options: { readonly user: boolean }): Promise<number> {
  const [command, ...rest] = inNamespace(words, options);
  return waitFor(spawn(command, rest, { stdio: 'inherit' }));
}

/** Ends with the command: its status, or 128 and the signal's number, as shells have it. Signals sent to us are its own. */
export function waitFor(child: ReturnType<typeof spawn>): Promise<number> {
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  const numbers: Readonly<Record<string, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGILL: 4,
    SIGTRAP: 5,
    SIGABRT: 6,
    SIGBUS: 7,
    SIGFPE: 8,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGPIPE: 13,
    SIGALRM: 14,
    SIGTERM: 15,
  };
  const forward = (signal: NodeJS.Signals): void => {
    // The terminal has sent its own to the whole group already.
    if (signal === 'SIGTERM' || signal === 'SIGHUP') child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    const end = (status: number): void => {
      for (const signal of signals) process.off(signal, forward);
      resolve(status);
    };
    child.on('error', (error) => {
      process.stderr.write(`tuxfs: ${error.message}\n`);
      end(127);
    });
    child.on('close', (status, signal) => end(status ?? 128 + (numbers[signal ?? ''] ?? 0)));
  });
}
