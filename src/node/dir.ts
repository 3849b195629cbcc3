/**
 * An open directory: opendir, and the object it returns. Order and resumption are those of getdents(2).
 */

import { dispose } from '../abi/dispose.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../abi/fcntl.ts';
import { DT_DIR } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkInteger, encodingOf, isBytes, optionsOf, toPath } from './arguments.ts';
import { type Callback, checkCallback, deliver } from './deliver.ts';
import { type Entry, join, toDirent } from './directories.ts';
import { codedError, failure } from './errors.ts';
import { asyncDispose } from './host.ts';
import { define } from './property.ts';
import type { Dirent } from './stats.ts';
import type { Encoding } from './text.ts';

interface Level {
  readonly fd: number;
  readonly path: string;
  entries: readonly Entry[];
  next: number;
}

export class Dir {
  readonly #process: Process;
  readonly #path: string | Uint8Array;
  readonly #encoding: Encoding | 'buffer' | undefined;
  readonly #recursive: boolean;
  readonly #levels: Level[];
  #closed = false;
  /** Asynchronous reads whose answer is on its way. */
  #pending = 0;

  constructor(process: Process, path: string | Uint8Array, fd: number, encoding: Encoding | 'buffer' | undefined, recursive: boolean) {
    if (path === undefined) throw codedError(TypeError, 'ERR_MISSING_ARGS', 'The "handle" argument must be specified');
    this.#process = process;
    this.#path = path;
    this.#encoding = encoding;
    this.#recursive = recursive;
    this.#levels = [{ fd, path: toPath(path), entries: [], next: 0 }];
  }

  /** The path as it was given. */
  get path(): string | Uint8Array {
    if (!(#path in this)) throw codedError(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type Dir');
    return this.#path;
  }

  #check(): void {
    if (this.#closed) throw codedError(Error, 'ERR_DIR_CLOSED', 'Directory handle was closed');
  }

  #checkIdle(): void {
    this.#check();
    if (this.#pending > 0) {
      throw codedError(
        Error,
        'ERR_DIR_CONCURRENT_OPERATION',
        'Cannot do synchronous work on directory handle with concurrent asynchronous operations',
      );
    }
  }

  readSync(): Dirent | null {
    this.#checkIdle();
    return this.#next();
  }

  #next(): Dirent | null {
    this.#check();
    let at = '';
    try {
      for (;;) {
        const level = this.#levels.at(-1);
        if (level === undefined) return null;
        at = level.path;
        if (level.next === level.entries.length) {
          level.entries = this.#process.getdents(level.fd);
          level.next = 0;
          if (level.entries.length === 0) {
            if (this.#levels.length === 1) return null;
            this.#levels.pop();
            this.#process.close(level.fd);
            continue;
          }
        }
        const entry = level.entries[level.next++] as Entry;
        if (entry.name === '.' || entry.name === '..') continue;
        if (this.#recursive && entry.type === DT_DIR) {
          at = join(level.path, entry.name);
          this.#levels.push({ fd: this.#process.open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path: at, entries: [], next: 0 });
        }
        return toDirent(entry, level === this.#levels[0] ? this.#path : level.path, this.#encoding);
      }
    } catch (error) {
      throw failure(error, this.readSync, 'scandir', at);
    }
  }

  read(callback?: Callback): Promise<Dirent | null> | undefined {
    this.#pending++;
    queueMicrotask(() => this.#pending--);
    return settle(() => this.#next(), callback);
  }

  closeSync(): void {
    this.#checkIdle();
    this.#close();
  }

  #close(): void {
    this.#check();
    this.#closed = true;
    for (const level of this.#levels.splice(0)) this.#process.close(level.fd);
  }

  close(callback?: Callback): Promise<void> | undefined {
    return settle(() => this.#close(), callback);
  }

  async *entries(): AsyncGenerator<Dirent, void, undefined> {
    try {
      for (;;) {
        const entry = await this.read();
        if (!entry) return;
        yield entry;
      }
    } finally {
      await this.close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Dirent, void, undefined> {
    return this.entries();
  }

  static {
    define(Dir.prototype, dispose, function (this: Dir): void {
      // A handle that is closed already is what was wanted.
      if (!this.#closed) this.closeSync();
    });
    define(Dir.prototype, asyncDispose, async function (this: Dir & Record<symbol, () => void>): Promise<void> {
      this[dispose]?.();
    });
  }
}

/** A promise, or the callback's turn. */
function settle<T>(run: () => T, callback: Callback | undefined): Promise<T> | undefined {
  if (callback === undefined) return (async () => run())();
  deliver(checkCallback(callback, 'callback'), run);
  return undefined;
}

export function opendirCall(process: Process): (path: unknown, options?: unknown) => Dir {
  return function opendirSync(path: unknown, options?: unknown): Dir {
    const where = toPath(path);
    const { bufferSize, recursive } = optionsOf(options);
    const encoding = encodingOf(options);
    let fd = -1;
    try {
      fd = process.open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (bufferSize !== undefined) checkInteger(bufferSize, 'options.bufferSize', 1, 0xffffffff);
    } catch (error) {
      if (fd >= 0) process.close(fd);
      throw failure(error, opendirSync, 'opendir', where);
    }
    return new Dir(process, isBytes(path) ? path : where, fd, encoding, Boolean(recursive));
  };
}
