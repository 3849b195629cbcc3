/**
 * What Node's API cannot say, in the same three forms: nodes, pipes, rename flags, extended attributes, holes, mounts.
 *
 * `linux(process).mknodSync(…)` fails with an error of Node's shape; `mknod(…, callback)` and `promises.mknod(…)` are the same call.
 */

import { S_IFIFO } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkProcess } from './arguments.ts';
import { checkCallback, deliver } from './deliver.ts';
import { failure } from './errors.ts';

/** The calls, by the name of the system call. Arguments and results are those of `Process`. */
const CALLS = [
  'mknod',
  'mknodat',
  'openat',
  'openat2',
  'renameat2',
  'linkat',
  'symlinkat',
  'unlinkat',
  'mkdirat',
  'readlinkat',
  'faccessat',
  'fchmodat',
  'fchownat',
  'fstatat',
  'statx',
  'utimensat',
  'futimens',
  'getxattr',
  'lgetxattr',
  'fgetxattr',
  'setxattr',
  'lsetxattr',
  'fsetxattr',
  'listxattr',
  'llistxattr',
  'flistxattr',
  'removexattr',
  'lremovexattr',
  'fremovexattr',
  'fallocate',
  'lseek',
  'copy_file_range',
  'preadv2',
  'pwritev2',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'ioctl',
  'poll',
  'mount',
  'umount',
  'umount2',
  'unshare',
  'chroot',
  'chdir',
  'fchdir',
  'getcwd',
  'umask',
  'fstatfs',
  'sync',
  'syncfs',
  'getdents',
] as const;

type CallName = (typeof CALLS)[number];

type Sync = { readonly [Name in CallName as `${Name}Sync`]: Process[Name] } & { mkfifoSync(path: string, mode?: number): void };
type Promised<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
type Called<F> = F extends (...args: infer A) => infer R
  ? (...args: [...A, callback: (error: unknown, result?: R) => void]) => void
  : never;

export type Linux = Sync & { readonly [Name in CallName]: Called<Process[Name]> } & {
  mkfifo(path: string, mode: number, callback: (error: unknown) => void): void;
  readonly promises: { readonly [Name in CallName]: Promised<Process[Name]> } & { mkfifo(path: string, mode?: number): Promise<void> };
};

type Call = (...args: unknown[]) => unknown;

/** The system calls of `process` beyond `node:fs`. */
export function linux(process: Process): Linux {
  checkProcess(process);
  const api: Record<string, unknown> = {};
  const promises: Record<string, Call> = {};
  const define = (name: string, run: Call): void => {
    const sync = (...args: unknown[]): unknown => {
      try {
        return run(...args);
      } catch (error) {
        const { path, dest } = error as { path?: string; dest?: string };
        throw failure(error, sync, name, path, dest);
      }
    };
    api[`${name}Sync`] = sync;
    api[name] = (...args: unknown[]) => {
      const callback = checkCallback(args.pop());
      deliver(callback, () => sync(...args));
    };
    promises[name] = async (...args) => sync(...args);
  };
  for (const name of CALLS) define(name, (...args) => (process[name] as Call).apply(process, args));
  define('mkfifo', (path, mode = 0o666) => process.mknod(path as string, S_IFIFO | ((mode as number) & 0o7777), 0));
  api['promises'] = promises;
  return api as unknown as Linux;
}
