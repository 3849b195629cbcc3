/**
 * ReadStream and WriteStream, on the host's Readable and Writable. Node: internal/fs/streams.
 *
 * The classes are made when they are first asked for, because the host's classes may not exist.
 */

import { checkFunction, checkInteger, optionsOf, parseFlags, toPath } from './arguments.ts';
import { checkSignal } from './arguments.ts';
import { abortError, codedError, invalidArgType, outOfRange } from './errors.ts';
import { FileHandle } from './file-handle.ts';
import { hostStreams, type StreamClasses } from './host.ts';

type StreamClass = new (path: unknown, options?: unknown) => object;

export interface StreamCalls {
  readonly ReadStream: StreamClass;
  readonly WriteStream: StreamClass;
}

type Done = (error?: unknown) => void;
type OpenFile = (path: unknown, flags: unknown, mode: unknown, done: (error: unknown, fd: number) => void) => void;

/** The functions a stream calls: ours, or those of the `fs` option. */
interface FileFunctions {
  open: OpenFile;
  close: (fd: number, done: Done) => void;
  read: (fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null, done: (error: unknown, count: number) => void) => void;
  write: (fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null, done: (error: unknown, count: number) => void) => void;
  writev?: (fd: number, buffers: Uint8Array[], position: number | null, done: (error: unknown, count: number) => void) => void;
  fsync?: (fd: number, done: Done) => void;
}

/** What both kinds of stream keep. */
interface FileStream {
  path: unknown;
  fd: number | null;
  flags: unknown;
  mode: unknown;
  start: number | undefined;
  end: number;
  pos: number | undefined;
  bytesRead: number;
  bytesWritten: number;
  closed: boolean;
  autoClose: boolean;
  destroyed: boolean;
  handle: FileHandle | undefined;
  functions: FileFunctions;
  flush: boolean;
  pending: boolean;
  emit(event: string, ...args: unknown[]): boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  destroy(error?: unknown): unknown;
  push(chunk: Uint8Array | null): boolean;
  end_?: unknown;
}

type Options = Record<string, unknown>;

function handleFunctions(handle: FileHandle): FileFunctions {
  return {
    open: (_path, _flags, _mode, done) => done(null, handle.fd),
    close: (_fd, done) => void handle.close().then(() => done(), done),
    read: (_fd, buffer, offset, length, position, done) =>
      void handle.read(buffer, offset, length, position).then(({ bytesRead }) => done(null, bytesRead), (error) => done(error, 0)),
    write: (_fd, buffer, offset, length, position, done) =>
      void handle.write(buffer, offset, length, position).then(({ bytesWritten }) => done(null, bytesWritten), (error) => done(error, 0)),
    fsync: (_fd, done) => void handle.sync().then(() => done(), done),
  };
}

/** Options, checked: what stands in them for the path, the flags and the range. */
function setUp(stream: FileStream, path: unknown, options: Options, own: FileFunctions, kind: 'read' | 'write'): void {
  const { fd } = options;
  stream.fd = fd === undefined || fd === null ? null : 0;
  if (fd !== undefined && fd !== null) {
    if (fd instanceof FileHandle) {
      if (options['fs'] !== undefined) throw codedError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The FileHandle with fs method is not implemented');
      stream.handle = fd;
      stream.fd = fd.fd;
      fd.on('close', () => stream.destroy());
    } else if (typeof fd === 'number') stream.fd = checkInteger(fd, 'fd', 0, 0x7fffffff);
    else throw invalidArgType('options.fd', 'of type number or an instance of FileHandle', fd);
  }
  stream.functions = stream.handle === undefined ? functionsOf(options['fs'], own, kind) : handleFunctions(stream.handle);
  stream.path = fd === undefined || fd === null ? (toPath(path), path) : path;
  stream.flags = options['flags'] ?? (kind === 'read' ? 'r' : 'w');
  if (stream.fd === null) parseFlags(stream.flags);
  stream.mode = options['mode'] ?? 0o666;
  stream.start = options['start'] as number | undefined;
  stream.bytesRead = 0;
  stream.bytesWritten = 0;
  stream.flush = options['flush'] === true;
  if (stream.start !== undefined) {
    checkInteger(stream.start, 'start', 0);
    stream.pos = stream.start;
  }
  stream.end = Number.POSITIVE_INFINITY;
  if (kind === 'read' && options['end'] !== undefined && options['end'] !== Number.POSITIVE_INFINITY) {
    stream.end = checkInteger(options['end'], 'end', 0);
    if (stream.start !== undefined && stream.start > stream.end) throw outOfRange('start', `<= "end" (here: ${stream.end})`, stream.start);
  }
  const signal = checkSignal(options['signal']);
  if (signal?.aborted === true) queueMicrotask(() => stream.destroy(abortError(signal)));
  else signal?.addEventListener('abort', () => stream.destroy(abortError(signal)), { once: true });
}

function functionsOf(given: unknown, own: FileFunctions, kind: 'read' | 'write'): FileFunctions {
  if (given === undefined || given === null) return own;
  const functions = given as Record<string, unknown>;
  if (kind === 'write' && !functions['write'] && !functions['writev']) checkFunction(functions['write'], 'options.fs.write');
  const names = kind === 'read' ? ['open', 'read', 'close'] : ['open', ...(functions['write'] ? ['write'] : []), 'close'];
  for (const name of names) if (name === 'open' || functions[name] !== undefined || name === 'read') checkFunction(functions[name], `options.fs.${name}`);
  return new Proxy(functions, {}) as unknown as FileFunctions;
}

function construct(stream: FileStream, done: Done): void {
  if (stream.fd !== null) return done();
  stream.functions.open(stream.path, stream.flags, stream.mode, (error, fd) => {
    if (error) return done(error);
    stream.fd = fd;
    done();
    stream.emit('open', fd);
    stream.emit('ready');
  });
}

function closeFile(stream: FileStream, error: unknown, done: Done): void {
  const { fd } = stream;
  if (fd === null) return done(error);
  stream.fd = null;
  const close = (): void => stream.functions.close(fd, (failed) => done(failed ?? error));
  if (stream.flush && stream.functions.fsync !== undefined) return stream.functions.fsync(fd, (failed) => (failed ? done(failed) : close()));
  close();
}

/** Node's `pending`: there is no descriptor yet. `stream.close(callback)` ends the stream and says when. */
function define(prototype: object, end: boolean): void {
  Object.defineProperty(prototype, 'pending', {
    configurable: true,
    get(this: FileStream): boolean {
      return this.fd === null;
    },
  });
  Object.defineProperty(prototype, 'close', {
    configurable: true,
    writable: true,
    value(this: FileStream & { end(): void; closed: boolean }, callback?: Done): void {
      if (callback !== undefined) {
        if (this.closed) queueMicrotask(() => callback());
        else this.on('close', callback as never);
      }
      if (end) {
        if (!this.autoClose) this.on('finish', () => this.destroy());
        this.end();
      } else this.destroy();
    },
  });
}

export function streamCalls(own: FileFunctions, given: StreamClasses | undefined): StreamCalls {
  let read: StreamClass | undefined;
  let write: StreamClass | undefined;

  function makeReadStream(): StreamClass {
    const { Readable } = hostStreams(given);
    class ReadStream extends Readable {
      constructor(path: unknown, options?: unknown) {
        const all: Options = { highWaterMark: 65536, ...optionsOf(options), autoDestroy: false };
        const stream = { ...all, autoDestroy: all['autoClose'] !== false };
        delete (stream as Options)['signal'];
        // The stream may construct itself before this constructor ends: what it needs is set up first, on another object.
        const state = {} as FileStream;
        const later: unknown[] = [];
        state.destroy = (error?: unknown) => later.push(error);
        setUp(state, path, all, own, 'read');
        const { encoding: _encoding, read: _read, fs: _fs, ...rest } = stream as Options;
        super({ ...rest, ...(all['encoding'] === undefined || all['encoding'] === null ? {} : { encoding: all['encoding'] }) });
        const self = this as unknown as FileStream;
        adopt(self, state, all);
        if (later.length > 0) self.destroy(later[0]);
      }
      _construct(done: Done): void {
        // The base constructor calls this in a later tick.
        construct(this as unknown as FileStream, done);
      }
      _read(size: number): void {
        const self = this as unknown as FileStream;
        const wanted = self.pos === undefined ? Math.min(self.end - self.bytesRead + 1, size) : Math.min(self.end - self.pos + 1, size);
        if (wanted <= 0) return void self.push(null);
        const { Buffer } = globalThis as { Buffer?: BufferConstructor };
        const buffer = Buffer === undefined ? new Uint8Array(wanted) : Buffer.allocUnsafeSlow(wanted);
        self.functions.read(self.fd as number, buffer, 0, wanted, self.pos ?? null, (error, count) => {
          if (error) return void self.destroy(error);
          if (count <= 0) return void self.push(null);
          if (self.pos !== undefined) self.pos += count;
          self.bytesRead += count;
          self.push(count === buffer.length ? buffer : buffer.slice(0, count));
        });
      }
      _destroy(error: unknown, done: Done): void {
        closeFile(this as unknown as FileStream, error, done);
      }
    }
    define(ReadStream.prototype, false);
    return ReadStream as unknown as StreamClass;
  }

  function makeWriteStream(): StreamClass {
    const { Writable } = hostStreams(given);
    class WriteStream extends Writable {
      constructor(path: unknown, options?: unknown) {
        const all: Options = { ...optionsOf(options) };
        const state = {} as FileStream;
        const later: unknown[] = [];
        state.destroy = (error?: unknown) => later.push(error);
        setUp(state, path, all, own, 'write');
        const { encoding: _encoding, write: _write, writev: _writev, signal: _signal, fs: _fs, ...rest } = all;
        super({ decodeStrings: true, ...rest, autoDestroy: all['autoClose'] !== false });
        const self = this as unknown as FileStream & { setDefaultEncoding(encoding: unknown): void };
        adopt(self, state, all);
        if (state.functions.writev !== undefined && state.functions !== own) {
          (this as unknown as { _writev: unknown })._writev = vectorWriter;
        }
        if (all['encoding']) self.setDefaultEncoding(all['encoding']);
        if (later.length > 0) self.destroy(later[0]);
      }
      _construct(done: Done): void {
        construct(this as unknown as FileStream, done);
      }
      _write(chunk: Uint8Array, _encoding: string, done: Done): void {
        const self = this as unknown as FileStream;
        const step = (offset: number): void => {
          self.functions.write(self.fd as number, chunk, offset, chunk.length - offset, self.pos ?? null, (error, count) => {
            if (error) return done(error);
            self.bytesWritten += count;
            if (self.pos !== undefined) self.pos += count;
            if (offset + count < chunk.length) step(offset + count);
            else done();
          });
        };
        step(0);
      }
      _destroy(error: unknown, done: Done): void {
        closeFile(this as unknown as FileStream, error, done);
      }
    }
    define(WriteStream.prototype, true);
    (WriteStream.prototype as unknown as { destroySoon: unknown }).destroySoon = (WriteStream.prototype as unknown as { end: unknown }).end;
    return WriteStream as unknown as StreamClass;
  }

  return {
    get ReadStream(): StreamClass {
      read ??= makeReadStream();
      return read;
    },
    get WriteStream(): StreamClass {
      write ??= makeWriteStream();
      return write;
    },
  };
}

function vectorWriter(this: FileStream, data: { chunk: Uint8Array }[], done: Done): void {
  const chunks = data.map(({ chunk }) => chunk);
  this.functions.writev?.(this.fd as number, chunks, this.pos ?? null, (error, count) => {
    if (error) return done(error);
    this.bytesWritten += count;
    if (this.pos !== undefined) this.pos += count;
    done();
  });
}

/** Puts what was set up into the stream. `end` is a number in a ReadStream, and a method in a WriteStream. */
function adopt(stream: FileStream, state: FileStream, options: Options): void {
  const { end, destroy: _destroy, ...rest } = state;
  Object.assign(stream, rest);
  const prototype = Object.getPrototypeOf(stream) as object;
  if (!('_write' in prototype)) stream.end = end;
  stream.autoClose = options['autoClose'] !== false;
}
