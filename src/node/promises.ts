/**
 * `fs.promises`: the synchronous forms, one microtask away. What has to wait, waits.
 */

import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { isData, optionsOf, toPath } from './arguments.ts';
import { unlessAborted } from './deliver.ts';
import { codedError } from './errors.ts';
import { FileHandle, type HandleContext, writePieces } from './file-handle.ts';
import type { Glob } from './glob.ts';
import { asyncDispose } from './host.ts';
import { named } from './property.ts';
import type { SyncCalls } from './sync.ts';
import type { Watching } from './watch.ts';
import { flagsOf } from './whole-files.ts';

export type PromiseCalls = Record<string, unknown>;

export function promiseCalls(context: HandleContext, more: { watching: Watching; glob: Glob; constants: object }): PromiseCalls {
  const { process, sync, waiting } = context;

  async function open(path: unknown, flags?: unknown, mode?: unknown): Promise<FileHandle> {
    return new FileHandle(context, await waiting.open(path, flags, mode));
  }

  async function readFile(path: unknown, options?: unknown): Promise<string | Uint8Array> {
    if (path instanceof FileHandle) return path.readFile(options);
    if (typeof path === 'string' && (options === undefined || typeof options === 'string')) {
      try {
        return sync.readFileSync(path, options);
      } catch (error) {
        if ((error as { code?: string }).code !== 'EAGAIN') throw error;
      }
    }
    const given = optionsOf(options);
    checkNamed(path);
    return waiting.readFile(path, given, given['signal'] as AbortSignal | undefined);
  }

  async function writing(run: SyncCalls['writeFileSync'], path: unknown, data: unknown, options: unknown): Promise<void> {
    if (path instanceof FileHandle) return path.writeFile(data, options);
    const given = optionsOf(options);
    const signal = given['signal'] as AbortSignal | undefined;
    checkNamed(path);
    if (signal !== undefined) await unlessAborted(signal);
    const pieces = data !== null && typeof data === 'object' && !isData(data) && (Symbol.asyncIterator in data || Symbol.iterator in data);
    if (!pieces) return run(path, data, options);
    const flags = flagsOf(given, O_WRONLY | O_CREAT | (run === sync.writeFileSync ? O_TRUNC : O_APPEND));
    const fd = await waiting.open(path, flags, given['mode']);
    try {
      await writePieces(context, fd, data, given, signal);
    } finally {
      process.close(fd);
    }
  }

  const calls: PromiseCalls = {
    open,
    readFile,
    async writeFile(path: unknown, data: unknown, options?: unknown): Promise<void> {
      return writing(sync.writeFileSync, path, data, options);
    },
    async appendFile(path: unknown, data: unknown, options?: unknown): Promise<void> {
      return writing(sync.appendFileSync, path, data, options);
    },
    async cp(src: unknown, dest: unknown, options?: unknown) {
      return sync.cpAsync(src, dest, options);
    },
    glob(pattern: unknown, options?: unknown) {
      return more.glob.glob(pattern, options);
    },
    async truncate(path: unknown, len: unknown = 0) {
      return path instanceof FileHandle ? path.truncate(len) : sync.truncateSync(path, len);
    },
    async lchmod(_path: unknown, _mode: unknown) {
      throw codedError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The lchmod() method is not implemented');
    },
    async realpath(path: unknown, options?: unknown) {
      return sync.realpathSync.native(path, options);
    },
    async mkdtempDisposable(prefix: unknown, options?: unknown) {
      const path = sync.mkdtempSync(prefix, options);
      const cwd = process.getcwd();
      const remove = async (): Promise<void> => sync.rmSync(absoluteOf(cwd, path), { recursive: true, force: true });
      return { path, remove, [asyncDispose]: remove };
    },
    watch(path: unknown, options?: unknown) {
      return more.watching.watchAsync(path, options);
    },
    constants: more.constants,
  };
  const plain =
    'access copyFile opendir rename rm rmdir mkdir readdir readlink symlink lstat stat statfs link unlink chmod lchown chown utimes lutimes mkdtemp';
  for (const name of plain.split(' ')) {
    const run = (sync as unknown as Record<string, (...args: unknown[]) => unknown>)[`${name}Sync`] as (...args: unknown[]) => unknown;
    calls[name] = named(async (...args: unknown[]) => run(...args), name, run.length);
  }
  return calls;
}

/** A descriptor is no path here. */
function checkNamed(path: unknown): void {
  if (typeof path === 'number') toPath(path);
}

/** A temporary directory is removed by the name it had when it was made, wherever the process has gone since. */
export function absoluteOf(cwd: string, path: string | Uint8Array): string | Uint8Array {
  return typeof path === 'string' && !path.startsWith('/') ? `${cwd}/${path}` : path;
}
