/**
 * tuxfs/node/vfs: a provider for Node's own `node:vfs`, so that a process's tree is there under the real `node:fs`.
 *
 * Node mounts the provider somewhere, takes that prefix off a path, and calls the provider; every rule is the process's. What Node answers by
 * itself stands in docs/NODE-FS.md.
 */

import type * as host from 'node:fs';
import { ENOENT } from '../abi/errno.ts';
import type { Process } from '../kernel/process.ts';
import { codedError, systemCallError } from './errors.ts';
import { builtin } from './host.ts';
import { createFs, type FsOptions, type NodeFs } from './index.ts';

/** What `new VirtualFileSystem()` and `create()` of `node:vfs` take. */
export interface VfsProvider {
  readonly readonly: boolean;
  readonly supportsSymlinks: boolean;
  readonly supportsWatch: boolean;
}

/** Answered by the functions of the same name, with the same arguments. */
const SYNC = (
  'accessSync appendFileSync chmodSync chownSync copyFileSync existsSync lchownSync linkSync lutimesSync mkdirSync readFileSync readlinkSync ' +
  'renameSync rmdirSync symlinkSync unlinkSync unwatchFile utimesSync watch writeFileSync'
).split(' ');
const ASYNC = 'access appendFile chmod copyFile link mkdir readFile readlink rename rmdir symlink unlink writeFile'.split(' ');

/** A provider whose calls are made by `process`. Needs Node 26.4 or newer, started with --experimental-vfs. */
export function createProvider(process: Process, options: FsOptions = {}): VfsProvider {
  const vfs = builtin<{ VirtualProvider: new () => VfsProvider }>('node:vfs');
  const hostFs = builtin<typeof host>('node:fs');
  if (vfs === undefined || hostFs === undefined) {
    throw codedError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'A provider needs node:vfs: Node 26.4 or newer with --experimental-vfs');
  }
  const fs = createFs(process, options);
  const adopt = adoptStats(hostFs);
  const provider = new vfs.VirtualProvider();
  const calls: Record<string, unknown> = {
    ...pick(fs, SYNC),
    ...pick(fs.promises, ASYNC),
    ...statCalls(fs, adopt),
    ...readdirCalls(fs, hostFs),
    openSync: (path: string, flags?: string, mode?: number) => new ProviderHandle(fs, fs.openSync(path, flags ?? 'r', mode), adopt),
    // A FIFO's open waits: the promise's descriptor becomes the handle's.
    open: async (path: string, flags?: string, mode?: number) => {
      const { fd } = await fs.promises.open(path, flags, mode);
      return new ProviderHandle(fs, fd, adopt);
    },
    exists: async (path: string) => fs.existsSync(path),
    // Node joins the answer to its mount point, so it must be text whatever was asked for.
    realpathSync: (path: string) => fs.realpathSync.native(path),
    realpath: (path: string) => fs.promises.realpath(path),
    lchmodSync: (): never => {
      throw codedError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The lchmod() method is not implemented');
    },
    watchAsync: (path: string, given?: object) => fs.promises.watch(path, given as never),
    watchFile: (path: string, given?: object, listener?: () => void) => fs.watchFile(path, given ?? {}, listener ?? (() => undefined)),
  };
  for (const [name, value] of Object.entries({ ...calls, readonly: false, supportsSymlinks: true, supportsWatch: true })) {
    // Defined, not assigned: on the prototype some of them are getters.
    Object.defineProperty(provider, name, { value, configurable: true, enumerable: true, writable: true });
  }
  return provider;
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown>)[name]]));
}

type Adopt = <T>(stat: T) => T;

/** What programs see under `node:fs` is an instance of its own Stats. */
function adoptStats(hostFs: typeof host): Adopt {
  const stats = hostFs.Stats.prototype as object;
  const bigintStats = Object.getPrototypeOf(hostFs.statSync('/', { bigint: true })) as object;
  return (stat) => {
    if (stat === undefined) return stat;
    return Object.setPrototypeOf(stat, typeof (stat as { mode?: unknown }).mode === 'bigint' ? bigintStats : stats);
  };
}

function statCalls(fs: NodeFs, adopt: Adopt): Record<string, unknown> {
  return {
    statSync: (path: string, given?: object) => adopt(fs.statSync(path, given)),
    // Node turns ENOENT into no answer by itself, and takes no answer for a path that is not ours.
    lstatSync: (path: string, given?: object) => {
      const stat = fs.lstatSync(path, given);
      if (stat === undefined) throw systemCallError(ENOENT, undefined, 'lstat', path);
      return adopt(stat);
    },
    stat: async (path: string, given?: object) => adopt(await fs.promises.stat(path, given)),
    lstat: async (path: string, given?: object) => adopt(await fs.promises.lstat(path, given)),
  };
}

/** The numbers that a Dirent of Node's is made with. */
const DIRENT_KINDS = [
  ['isFile', 'UV_DIRENT_FILE'],
  ['isDirectory', 'UV_DIRENT_DIR'],
  ['isSymbolicLink', 'UV_DIRENT_LINK'],
  ['isFIFO', 'UV_DIRENT_FIFO'],
  ['isSocket', 'UV_DIRENT_SOCKET'],
  ['isCharacterDevice', 'UV_DIRENT_CHAR'],
  ['isBlockDevice', 'UV_DIRENT_BLOCK'],
] as const;

function readdirCalls(fs: NodeFs, hostFs: typeof host): Record<string, unknown> {
  const Dirent = hostFs.Dirent as unknown as new (name: unknown, type: number, path: string) => host.Dirent;
  const numbers = hostFs.constants as unknown as Record<string, number>;
  /** Node puts the directory's own path into each entry, and takes a name in a listing of a tree for a path below that. */
  const adopt = (path: string, entries: unknown[]): unknown[] =>
    entries.map((each) => {
      if (typeof each !== 'object' || each instanceof Uint8Array) return each;
      const entry = each as host.Dirent;
      const kind = DIRENT_KINDS.find(([is]) => entry[is]());
      const below = entry.parentPath.length > path.length ? `${entry.parentPath.slice(path === '/' ? 1 : path.length + 1)}/` : '';
      const name = below === '' ? entry.name : below + String(entry.name);
      return new Dirent(name, kind === undefined ? 0 : (numbers[kind[1]] as number), path);
    });
  return {
    readdirSync: (path: string, given?: object) => adopt(path, fs.readdirSync(path, given as never)),
    readdir: async (path: string, given?: object) => adopt(path, await fs.promises.readdir(path, given as never)),
  };
}

type Data = string | NodeJS.ArrayBufferView;

/** An open file as Node's table of virtual descriptors holds it, in both forms: Node calls either, however the file was opened. */
class ProviderHandle {
  readonly #fs: NodeFs;
  readonly #fd: number;
  readonly #adopt: Adopt;
  closed: boolean;

  constructor(fs: NodeFs, fd: number, adopt: Adopt) {
    this.#fs = fs;
    this.#fd = fd;
    this.#adopt = adopt;
    this.closed = false;
  }

  /** The callback form of a call, as a promise of what it answers. */
  #later<T>(name: keyof NodeFs, ...args: unknown[]): Promise<T> {
    const call = this.#fs[name] as (...args: unknown[]) => void;
    return new Promise((resolve, reject) => {
      call(this.#fd, ...args, (error: unknown, answer: T) => (error ? reject(error) : resolve(answer)));
    });
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number | null): number {
    return this.#fs.readSync(this.#fd, buffer, offset, length, position);
  }
  async read(buffer: Uint8Array, offset: number, length: number, position: number | null): Promise<object> {
    return { bytesRead: await this.#later<number>('read', buffer, offset, length, position), buffer };
  }
  async readv(buffers: Uint8Array[], position?: number | null): Promise<object> {
    return { bytesRead: await this.#later<number>('readv', buffers, position ?? null), buffers };
  }
  writeSync(buffer: Uint8Array, offset: number, length: number, position: number | null): number {
    return this.#fs.writeSync(this.#fd, buffer, offset, length, position);
  }
  async write(buffer: Data, offset: number, length: number, position: number | null): Promise<object> {
    const args = typeof buffer === 'string' ? [buffer, offset, length] : [buffer, offset, length, position];
    return { bytesWritten: await this.#later<number>('write', ...args), buffer };
  }
  async writev(buffers: Uint8Array[], position?: number | null): Promise<object> {
    return { bytesWritten: await this.#later<number>('writev', buffers, position ?? null), buffers };
  }

  readFileSync(options?: host.ObjectEncodingOptions): string | Uint8Array {
    return this.#fs.readFileSync(this.#fd, options);
  }
  async readFile(options?: object): Promise<string | Uint8Array> {
    return this.#later('readFile', options ?? {});
  }
  writeFileSync(data: Data, options?: host.WriteFileOptions): void {
    this.#fs.writeFileSync(this.#fd, data, options);
  }
  async writeFile(data: Data | AsyncIterable<Data>, options?: object): Promise<void> {
    if (typeof data === 'string' || ArrayBuffer.isView(data)) return this.#later('writeFile', data, options ?? {});
    for await (const piece of data) await this.#later('writeFile', piece, options ?? {});
  }
  async appendFile(data: Data | AsyncIterable<Data>, options?: object): Promise<void> {
    return this.writeFile(data, options);
  }

  statSync(options?: object): unknown {
    return this.#adopt(this.#fs.fstatSync(this.#fd, options));
  }
  async stat(options?: object): Promise<unknown> {
    return this.#adopt(await this.#later('fstat', options ?? {}));
  }
  truncateSync(length?: number): void {
    this.#fs.ftruncateSync(this.#fd, length);
  }
  async truncate(length?: number): Promise<void> {
    return this.#later('ftruncate', length ?? 0);
  }
  chmodSync(mode: number): void {
    this.#fs.fchmodSync(this.#fd, mode);
  }
  async chmod(mode: number): Promise<void> {
    return this.#later('fchmod', mode);
  }
  async chown(uid: number, gid: number): Promise<void> {
    return this.#later('fchown', uid, gid);
  }
  utimesSync(atime: number, mtime: number): void {
    this.#fs.futimesSync(this.#fd, atime, mtime);
  }
  async utimes(atime: number, mtime: number): Promise<void> {
    return this.#later('futimes', atime, mtime);
  }
  async sync(): Promise<void> {
    return this.#later('fsync');
  }
  async datasync(): Promise<void> {
    return this.#later('fdatasync');
  }

  closeSync(): void {
    this.closed = true;
    this.#fs.closeSync(this.#fd);
  }
  async close(): Promise<void> {
    this.closeSync();
  }
}
