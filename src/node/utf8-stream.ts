/**
 * Utf8Stream: text to a file, collected and written in large pieces. Node's own since version 24, for loggers.
 */

import { dispose } from '../abi/dispose.ts';
import { checkFunction, checkInteger, checkObject, checkString, flagOf, isView, toPath } from './arguments.ts';
import { parentOf } from './directories.ts';
import { codedError, invalidArgType, invalidArgValue } from './errors.ts';
import { EventEmitter } from './host.ts';
import { bytesOf, decode, encode, joined } from './text.ts';

type Data = string | Uint8Array;
type Done = (error?: unknown) => void;

/** The functions of `node:fs` that a stream calls; the option `fs` replaces some of them. */
interface FileFunctions {
  open(file: string, flags: string, mode: unknown, done: (error: unknown, fd: number) => void): void;
  openSync(file: string, flags: string, mode: unknown): number;
  mkdir(path: string, options: object, done: Done): void;
  mkdirSync(path: string, options: object): unknown;
  write(fd: number, ...rest: unknown[]): void;
  writeSync(fd: number, ...rest: unknown[]): number | undefined;
  fsync(fd: number, done: Done): void;
  fsyncSync(fd: number): void;
  close(fd: number, done: Done): void;
}

const FUNCTIONS = 'open openSync mkdir mkdirSync write writeSync fsync fsyncSync close'.split(' ');

/** What is written in one call: pieces that were collected. */
interface Batch {
  parts: Data[];
  length: number;
}

/** What a stream shows of itself. */
interface Shown {
  fd: number;
  file: string | null;
  writing: boolean;
  minLength: number;
  maxLength: number;
  append: boolean;
  sync: boolean;
  fsync: boolean;
  mkdir: boolean;
  mode: unknown;
  periodicFlush: number;
  contentMode: unknown;
}

const UINT32_MAX = 0xffffffff;
const MAX_WRITE = 16384;
/** From here on `write` answers false. */
const HIGH_WATER = 16387;
/** How long a write that found no room waits, in ms. */
const RETRY = 100;
/** How often a synchronous one asks again, at once: nobody else runs meanwhile, so that waiting for ever would not help. */
const SYNC_TRIES = 10;

/** What is left of data of which `count` bytes were written (undefined: all of them). Of a character that was cut everything is left. */
function left(data: Data, count: number | undefined): Data {
  const text = typeof data === 'string';
  const bytes = text ? encode(data) : data;
  let end = count ?? bytes.length;
  if (text) while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  const rest = bytes.subarray(end);
  return text ? decode(rest, 'utf8') : rest;
}

const destroyed = (): Error => codedError(Error, 'ERR_INVALID_STATE', 'Invalid state: Utf8Stream is destroyed');

/** `own` is the object like `node:fs`. */
export function utf8StreamClass(own: () => object): object {
  class Utf8Stream extends EventEmitter {
    readonly #shown: Shown;
    readonly #fs: FileFunctions;
    readonly #maxWrite: number;
    readonly #retry: (error: unknown, length: number, waiting: number) => unknown;
    #batches: Batch[] = [];
    /** On its way, or to be tried again. */
    #current: Data | undefined;
    /** Of everything that is not written yet: characters, or bytes. */
    #length = 0;
    #opening = false;
    #reopening = false;
    #ending = false;
    #destroyed = false;
    #flushing = false;
    #drains = false;
    #timer: ReturnType<typeof setInterval> | undefined;

    constructor(options: unknown = {}) {
      super();
      const given = checkObject(options, 'options');
      const number = (name: string): number => checkInteger(given[name] ?? 0, `options.${name}`, 0, UINT32_MAX);
      const { contentMode = 'utf8', retryEAGAIN = () => true } = given;
      const replaced = checkObject(given['fs'] ?? {}, 'options.fs');
      const functions = own() as Record<string, unknown>;
      const chosen = (name: string): unknown =>
        replaced[name] === undefined ? functions[name] : checkFunction(replaced[name], `options.fs.${name}`);
      this.#fs = Object.fromEntries(FUNCTIONS.map((name) => [name, chosen(name)])) as never;
      this.#maxWrite = number('maxWrite') || MAX_WRITE;
      this.#retry = checkFunction(retryEAGAIN, 'options.retryEAGAIN') as never;
      const minLength = number('minLength');
      if (minLength >= this.#maxWrite) {
        const message = `The argument 'minLength' should be smaller than maxWrite (${this.#maxWrite}). Received ${minLength}`;
        throw codedError(RangeError, 'ERR_INVALID_ARG_VALUE', message);
      }
      if (contentMode !== 'utf8' && contentMode !== 'buffer')
        throw invalidArgValue('options.contentMode', contentMode, "must be one of: 'buffer', 'utf8'");
      this.#shown = {
        fd: -1,
        file: null,
        writing: false,
        minLength,
        maxLength: number('maxLength'),
        append: flagOf(given, 'append', true),
        sync: flagOf(given, 'sync'),
        fsync: flagOf(given, 'fsync'),
        mkdir: flagOf(given, 'mkdir'),
        mode: given['mode'],
        periodicFlush: number('periodicFlush'),
        contentMode,
      };
      const file = given['fd'] ?? given['dest'];
      if (typeof file === 'number') {
        this.#shown.fd = file;
        queueMicrotask(() => this.emit('ready'));
      } else if (typeof file === 'string') this.#open(file);
      else throw invalidArgType('fd', 'one of type number or string', file);
      const { periodicFlush } = this.#shown;
      if (periodicFlush > 0) this.#timer = setInterval(() => this.flush(), periodicFlush);
      (this.#timer as { unref?(): void } | undefined)?.unref?.();
    }

    static {
      for (const name of 'fd file writing minLength maxLength append sync fsync mkdir mode periodicFlush contentMode'.split(' ')) {
        Object.defineProperty(Utf8Stream.prototype, name, {
          configurable: true,
          get(this: Utf8Stream): unknown {
            return this.#shown[name as keyof Shown];
          },
        });
      }
    }

    #alive(): void {
      if (this.#destroyed) throw destroyed();
    }

    #open(file: string): void {
      const { append, mode, mkdir, sync } = this.#shown;
      const flags = append ? 'a' : 'w';
      const directory = parentOf(file);
      this.#opening = true;
      this.#shown.writing = true;
      if (sync) {
        let fd: number;
        try {
          if (mkdir) this.#fs.mkdirSync(directory, { recursive: true });
          fd = this.#fs.openSync(file, flags, mode);
        } catch (error) {
          this.#opened(error, -1, file);
          throw error;
        }
        return this.#opened(null, fd, file);
      }
      const open = (failed?: unknown): void => {
        if (failed) this.#opened(failed, -1, file);
        else this.#fs.open(file, flags, mode, (error, fd) => this.#opened(error, fd, file));
      };
      if (mkdir) this.#fs.mkdir(directory, { recursive: true }, open);
      else open();
    }

    #opened(error: unknown, fd: number, file: string): void {
      const { sync, minLength, fd: before } = this.#shown;
      const soon = sync ? queueMicrotask : (then: () => void): void => then();
      const reopened = this.#reopening;
      this.#opening = this.#reopening = this.#shown.writing = false;
      if (error) {
        return soon(() => {
          if (!sync || this.listenerCount('error') > 0) this.emit('error', error);
        });
      }
      Object.assign(this.#shown, { fd, file });
      soon(() => {
        this.emit('ready');
        if (before >= 0) this.#fs.close(before, (failed) => failed && this.emit('error', failed));
      });
      if (this.#destroyed || this.#shown.writing) return;
      if (this.#length > minLength || this.#flushing) this.#next();
      else if (reopened) queueMicrotask(() => this.emit('drain'));
    }

    /** Takes a piece; false asks the writer to wait for `drain`. */
    write(data: unknown): boolean {
      this.#alive();
      const { contentMode, minLength, maxLength } = this.#shown;
      if (contentMode === 'utf8') checkString(data, 'data');
      else if (!isView(data)) throw invalidArgType('data', 'an instance of Buffer, TypedArray, or DataView', data);
      const piece = isView(data) ? bytesOf(data) : (data as string);
      if (maxLength > 0 && this.#length + piece.length > maxLength) this.emit('drop', data);
      else {
        const last = this.#batches.at(-1);
        if (last === undefined || last.length + piece.length > this.#maxWrite) this.#batches.push({ parts: [piece], length: piece.length });
        else {
          last.parts.push(piece);
          last.length += piece.length;
        }
        this.#length += piece.length;
        if (!this.#shown.writing && this.#length >= minLength) this.#next();
      }
      return this.#length < HIGH_WATER;
    }

    #joined({ parts }: Batch): Data {
      return this.#shown.contentMode === 'utf8' ? parts.join('') : joined(parts as Uint8Array[]);
    }

    #writeSync(data: Data): number | undefined {
      const { fd } = this.#shown;
      return typeof data === 'string' ? this.#fs.writeSync(fd, data, 'utf8') : this.#fs.writeSync(fd, data);
    }

    /** Whether a write that failed is to be made again. */
    #again(error: unknown, { length }: Data): boolean {
      return ['EAGAIN', 'EBUSY'].includes((error as { code: string }).code) && Boolean(this.#retry(error, length, this.#length - length));
    }

    /** Writes what is first; what else there is follows. */
    #next(): void {
      const { fd, sync } = this.#shown;
      this.#shown.writing = true;
      let rest = false;
      for (let tries = 1; ; tries++) {
        this.#current ??= this.#joined(this.#batches.shift() as Batch);
        const data = this.#current;
        if (!sync) {
          const done = (error: unknown, count: number | undefined): void => {
            if (error && this.#again(error, data)) setTimeout(() => this.#next(), RETRY);
            else if (error) this.#failed(error);
            else if (this.#wrote(data, count)) this.#next();
          };
          return typeof data === 'string' ? this.#fs.write(fd, data, 'utf8', done) : this.#fs.write(fd, data, done);
        }
        let count: number | undefined;
        try {
          count = this.#writeSync(data);
        } catch (error) {
          if (tries < SYNC_TRIES && this.#again(error, data)) continue;
          return this.#failed(error);
        }
        if (!this.#wrote(data, count, rest)) return;
        rest = this.#current !== undefined;
        tries = 0;
      }
    }

    #failed(error: unknown): void {
      this.#shown.writing = false;
      this.emit('error', error);
    }

    /** True: more is to be written at once. Of the rest of what a synchronous write left Node tells nothing. */
    #wrote(data: Data, count: number | undefined, untold = false): boolean {
      const { fd, sync, fsync, minLength } = this.#shown;
      const rest = left(data, count);
      this.#length -= data.length - rest.length;
      this.#current = rest.length > 0 ? rest : undefined;
      if (!untold) this.emit('write', count);
      if (rest.length > 0) return true;
      if (fsync) this.#fs.fsyncSync(fd);
      const more = this.#batches.length > 0 && !this.#destroyed;
      if (!this.#reopening && more && (this.#length > minLength || this.#ending)) return true;
      this.#shown.writing = false;
      if (this.#reopening) this.reopen();
      else if (this.#ending) this.#close();
      else if (!sync) this.emit('drain');
      else if (!this.#drains) {
        this.#drains = true;
        queueMicrotask(() => {
          this.#drains = false;
          if (!this.#ending) this.emit('drain');
        });
      }
      return false;
    }

    /** Writes what has been collected, less than `minLength` too; the callback's turn comes when it is on the disk. */
    flush(callback?: Done | null): void {
      if (callback !== undefined && callback !== null) checkFunction(callback, 'cb');
      if (this.#destroyed) return callback?.(destroyed());
      if (this.#shown.minLength === 0) return callback?.();
      if (callback) this.#onceDrained(callback);
      if (this.#shown.writing) return;
      if (this.#batches.length === 0) this.#batches.push({ parts: [], length: 0 });
      this.#next();
    }

    #onceDrained(callback: Done): void {
      const settle: Done = (error) => {
        this.#flushing = false;
        callback(error);
      };
      const drained = (): void => {
        this.off('error', failed);
        if (this.#shown.fsync) settle();
        else this.#fs.fsync(this.#shown.fd, settle);
      };
      const failed: Done = (error) => {
        this.off('drain', drained);
        settle(error);
      };
      this.#flushing = true;
      this.once('drain', drained);
      this.once('error', failed);
    }

    flushSync(): void {
      this.#alive();
      const { fd, writing } = this.#shown;
      if (fd < 0) throw codedError(Error, 'ERR_INVALID_STATE', 'Invalid state: Invalid file descriptor');
      if (!writing && this.#current !== undefined) {
        this.#batches.unshift({ parts: [this.#current], length: this.#current.length });
        this.#current = undefined;
      }
      let tries = 1;
      for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
        const data = this.#joined(batch);
        let rest: Data;
        try {
          rest = left(data, this.#writeSync(data));
        } catch (error) {
          if (tries++ < SYNC_TRIES && this.#again(error, data)) continue;
          throw error;
        }
        tries = 1;
        this.#length -= data.length - rest.length;
        if (rest.length > 0) Object.assign(batch, { parts: [rest], length: rest.length });
        else this.#batches.shift();
      }
      try {
        this.#fs.fsyncSync(fd);
      } catch {
        // What cannot be synchronized (a pipe) has been written all the same.
      }
    }

    /** Closes the file and goes on in another (a log that was rotated). */
    reopen(file?: string): void {
      this.#alive();
      if (this.#opening) return void this.once('ready', () => this.reopen(file));
      if (this.#ending) return;
      const { writing } = this.#shown;
      if (this.#shown.file === null) {
        throw codedError(
          Error,
          'ERR_OPERATION_FAILED',
          'Operation failed: Unable to reopen a file descriptor, you must pass a file to SonicBoom',
        );
      }
      if (file !== undefined) {
        toPath(file);
        this.#shown.file = file;
      }
      this.#reopening = true;
      if (!writing) this.#open(this.#shown.file);
    }

    end(): void {
      this.#alive();
      if (this.#opening) return void this.once('ready', () => this.#destroyed || this.end());
      if (this.#ending) return;
      this.#ending = true;
      if (this.#shown.writing) return;
      if (this.#length > 0) this.#next();
      else this.#close();
    }

    destroy(): void {
      if (!this.#destroyed) this.#close();
    }

    #close(): void {
      this.#destroyed = true;
      this.#batches = [];
      clearInterval(this.#timer);
      if (this.#shown.fd < 0) return void this.once('ready', () => this.#close());
      const { fd } = this.#shown;
      const done = (error?: unknown): void => {
        if (error) return void this.emit('error', error);
        if (this.#ending && !this.#shown.writing) this.emit('finish');
        this.emit('close');
      };
      const close = (): void => this.#fs.close(fd, done);
      // The standard streams are not the stream's own.
      if (fd === 1 || fd === 2) return queueMicrotask(done);
      try {
        this.#fs.fsync(fd, close);
      } catch {
        close();
      }
    }

    [dispose](): void {
      this.destroy();
    }
  }
  return Utf8Stream;
}
