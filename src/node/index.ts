/**
 * tuxfs/node: the API of `node:fs` and `node:fs/promises` on a process of a tuxfs kernel.
 */

import type { Process } from '../kernel/process.ts';
import { toUnixTimestamp } from './arguments.ts';
import { blobCalls } from './blob.ts';
import { callbackCalls } from './callbacks.ts';
import { constants } from './constants.ts';
import { Dir } from './dir.ts';
import type { HandleContext } from './file-handle.ts';
import { globCalls } from './glob.ts';
import { dispose, type StreamClasses } from './host.ts';
import { absoluteOf, promiseCalls } from './promises.ts';
import { Dirent, Stats } from './stats.ts';
import { streamCalls } from './streams.ts';
import { syncCalls } from './sync.ts';
import { utf8StreamClass } from './utf8-stream.ts';
import { waitingCalls } from './waiting.ts';
import { watchCalls } from './watch.ts';
import { DEFAULT_READ_LIMIT } from './whole-files.ts';

export type { StreamClasses } from './host.ts';
export type { SystemCallError } from './errors.ts';
export { type Fault, withFaults } from './faults.ts';
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
  toTree,
  type Tree,
  type TreeNode,
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
  const sync = syncCalls(process, options.readLimit ?? DEFAULT_READ_LIMIT);
  const waiting = waitingCalls(process, sync);
  const callbacks = callbackCalls(process, sync, waiting);
  const streams = streamCalls(() => fs, options.streams);
  const context: HandleContext = { process, sync, waiting, streams };
  const watching = watchCalls(process);
  const glob = globCalls(process);
  const promises = promiseCalls(context, { watching, glob, constants });
  const { cpAsync: _cpAsync, checkCp: _checkCp, ...synchronous } = sync;
  let utf8Stream: object | undefined;

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
    _toUnixTimestamp: toUnixTimestamp,
    constants,
    F_OK: 0,
    R_OK: 4,
    W_OK: 2,
    X_OK: 1,
    promises,
  };
  for (const [name, length] of LENGTHS) {
    const call = fs[name];
    if (typeof call === 'function' && call.length !== length) Object.defineProperty(call, 'length', { value: length, configurable: true });
  }
  for (const [name, get] of Object.entries({
    ReadStream: () => streams.ReadStream,
    WriteStream: () => streams.WriteStream,
    FileReadStream: () => streams.ReadStream,
    FileWriteStream: () => streams.WriteStream,
    Utf8Stream: () => (utf8Stream ??= utf8StreamClass(sync)),
  })) {
    Object.defineProperty(fs, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = get();
        Object.defineProperty(fs, name, { value, configurable: true, enumerable: true, writable: true });
        return value;
      },
      set(value: unknown) {
        Object.defineProperty(fs, name, { value, configurable: true, enumerable: true, writable: true });
      },
    });
  }
  return fs as unknown as NodeFs;
}

/** How many arguments Node's functions say they have; promisify and programs look at it. */
const LENGTHS: readonly (readonly [string, number])[] = (
  'access3 appendFile4 appendFileSync3 chmod3 chown4 close1 copyFile4 copyFileSync3 cp4 cpSync3 createReadStream2 exists2 fchmod3 fchown4 ' +
  'fdatasync2 fstat1 fstatSync1 fsync2 ftruncate1 ftruncateSync1 futimes4 glob3 lchown4 link3 lstat1 lstatSync1 lutimes4 mkdir3 mkdtemp3 mkdtempSync2 ' +
  'open4 openSync3 openAsBlob1 openAsBlobSync1 opendir3 opendirSync2 read6 readSync5 readdir3 readdirSync2 readFile3 readFileSync2 readlink3 readlinkSync2 ' +
  'readv4 readvSync3 realpath3 realpathSync2 rename3 rm3 rmSync2 rmdir3 rmdirSync2 stat1 statSync1 statfs1 statfsSync1 symlink4 symlinkSync3 truncate3 ' +
  'truncateSync2 unlink2 utimes4 watch3 watchFile3 write6 writeFile4 writeFileSync3 writeSync5 writev4 writevSync3'
)
  .split(' ')
  .map((entry) => [entry.replace(/\d$/, ''), Number(entry.at(-1))] as const);
