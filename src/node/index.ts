/**
 * tuxfs/node: the API of `node:fs` and `node:fs/promises` on a process of a tuxfs kernel.
 */

import { dispose } from '../abi/dispose.ts';
import type { Process } from '../kernel/process.ts';
import { checkObject, checkProcess, checkType, toUnixTimestamp } from './arguments.ts';
import { blobCalls } from './blob.ts';
import { callbackCalls } from './callbacks.ts';
import { constants } from './constants.ts';
import { Dir } from './dir.ts';
import type { HandleContext } from './file-handle.ts';
import { globCalls } from './glob.ts';
import type { StreamClasses } from './host.ts';
import { absoluteOf, promiseCalls } from './promises.ts';
import { defineLazily } from './property.ts';
import { Dirent, Stats } from './stats.ts';
import { streamCalls } from './streams.ts';
import { laterForms, syncCalls } from './sync.ts';
import { utf8StreamClass } from './utf8-stream.ts';
import { waitingCalls } from './waiting.ts';
import { watchCalls } from './watch.ts';
import { DEFAULT_READ_LIMIT } from './whole-files.ts';

export type { SystemCallError } from './errors.ts';
export { type Fault, withFaults } from './faults.ts';
export type { StreamClasses } from './host.ts';
export { type Linux, linux } from './linux.ts';
export {
  blockDevice,
  charDevice,
  directory,
  fifo,
  file,
  formatMode,
  fromTree,
  type NodeOptions,
  printTree,
  symlink,
  type Tree,
  type TreeNode,
  toTree,
} from './tree.ts';

/** @ts-ignore: without Node's types there is no type for it, and the object is untyped. */
export type NodeFs = typeof import('node:fs');

export interface FsOptions {
  /** Readable and Writable, where the platform has no `node:stream`: those of the package readable-stream, for one. */
  readonly streams?: StreamClasses;
  /** How many bytes readFile takes from what has no size (a device, a pipe) before it fails with ERR_FS_FILE_TOO_LARGE. Default 256 MiB. */
  readonly readLimit?: number;
}

/** An object like `node:fs` whose calls are made by `process`. Its functions may be taken off it. */
export function createFs(process: Process, options: FsOptions = {}): NodeFs {
  checkProcess(process);
  checkObject(options, 'options');
  const sync = syncCalls(process, checkType(options.readLimit ?? DEFAULT_READ_LIMIT, 'options.readLimit', 'number') as number);
  const waiting = waitingCalls(process, sync);
  const callbacks = callbackCalls(process, sync, waiting);
  const streams = streamCalls(() => fs, options.streams);
  const context: HandleContext = { process, sync: laterForms(sync, checkObject), waiting, streams };
  const watching = watchCalls(process);
  const glob = globCalls(process);
  const promises = promiseCalls(context, { watching, glob, constants });
  const { cpAsync: _cpAsync, checkCp: _checkCp, ...synchronous } = sync;

  const fs: Record<string, unknown> = {
    ...callbacks,
    ...synchronous,
    ...blobCalls(sync),
    glob: glob.globCallback,
    globSync: glob.globSync,
    watch: watching.watch,
    watchFile: watching.watchFile,
    unwatchFile: watching.unwatchFile,
    // Linux has no permissions on symlinks, and Node no function for them.
    lchmod: undefined,
    lchmodSync: undefined,
    mkdtempDisposableSync(prefix: unknown, given?: unknown): object {
      const path = sync.mkdtempSync(prefix, given);
      const cwd = process.getcwd();
      const remove = (): void => sync.rmSync(absoluteOf(cwd, path), { recursive: true, force: true });
      return { path, remove, [dispose]: remove };
    },
    // Plain functions: programs call them with `new`, and replace the classes.
    createReadStream: function createReadStream(path: unknown, given?: unknown): object {
      return new (fs['ReadStream'] as typeof streams.ReadStream)(path, given);
    },
    createWriteStream: function createWriteStream(path: unknown, given?: unknown): object {
      return new (fs['WriteStream'] as typeof streams.WriteStream)(path, given);
    },
    Dirent,
    Stats,
    Dir,
    Utf8Stream: utf8StreamClass(() => fs),
    _toUnixTimestamp: toUnixTimestamp,
    constants,
    F_OK: 0,
    R_OK: 4,
    W_OK: 2,
    X_OK: 1,
    promises,
  };
  for (const name of ['ReadStream', 'WriteStream'] as const)
    for (const prefix of ['', 'File']) defineLazily(fs, prefix + name, () => streams[name]);
  return fs as unknown as NodeFs;
}
