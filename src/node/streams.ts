/**
 * ReadStream and WriteStream, on the host's Readable and Writable. Node: internal/fs/streams.
 *
 * The classes are made when they are first asked for, because the host's may not exist. They are functions, not classes, since programs
 * (graceful-fs) call them on objects of their own, replace `open`, and patch the functions of the object they belong to.
 */

import { checkBoolean, checkFd, checkFunction, checkInteger, optionsOf, toPath } from './arguments.ts';
import { codedError, invalidArgType, outOfRange } from './errors.ts';
import { FileHandle } from './file-handle.ts';
import { hostStreams, type StreamClasses } from './host.ts';
import { define } from './property.ts';
import { allocateAlone, joined } from './text.ts';

type StreamClass = new (path: unknown, options?: unknown) => object;

export interface StreamCalls {
  readonly ReadStream: StreamClass;
  readonly WriteStream: StreamClass;
}

type Done = (error?: unknown) => void;
type Count = (error: unknown, count: number) => void;

/** The functions a stream calls: those of the object like `node:fs`, of the `fs` option, or of a FileHandle. */
interface FileFunctions {
  open: (path: unknown, flags: unknown, mode: unknown, done: (error: unknown, fd: number) => void) => void;
  close: (fd: number, done: Done) => void;
  read: (fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null | undefined, done: Count) => void;
  write: (fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null | undefined, done: Count) => void;
  writev: (fd: number, buffers: Uint8Array[], position: number | null | undefined, done: Count) => void;
  fsync: (fd: number, done: Done) => void;
}

const kFunctions: unique symbol = Symbol('fs');
const kBusy: unique symbol = Symbol('performing I/O');
const kIdle: unique symbol = Symbol('I/O done');

/** What both kinds of stream are and have. */
interface FileStream {
  path: unknown;
  fd: number | null;
  flags: unknown;
  mode: unknown;
  start: number | undefined;
  end: unknown;
  pos: number | undefined;
  bytesRead: number;
  bytesWritten: number;
  flush: boolean;
  readonly closed: boolean;
  readonly destroyed: boolean;
  autoClose: boolean;
  open: (this: FileStream) => void;
  [kFunctions]: FileFunctions;
  [kBusy]: boolean;
  _write: unknown;
  _writev: unknown;
  emit(event: string | symbol, ...args: unknown[]): boolean;
  on(event: string | symbol, listener: (...args: never[]) => void): unknown;
  once(event: string | symbol, listener: (...args: never[]) => void): unknown;
  destroy(error?: unknown): unknown;
  push(chunk: Uint8Array | null): boolean;
  setEncoding(encoding: unknown): void;
  setDefaultEncoding(encoding: unknown): void;
}

type Options = Record<string, unknown>;

function handleFunctions(handle: FileHandle): FileFunctions {
  const counted = (call: Promise<{ bytesRead?: number; bytesWritten?: number }>, done: Count): void => {
    call.then(
      (result) => done(null, result.bytesRead ?? result.bytesWritten ?? 0),
      (error: unknown) => done(error, 0),
    );
  };
  return {
    open: (_path, _flags, _mode, done) => done(new Error(), -1),
    close: (_fd, done) => void handle.close().then(() => done(), done),
    read: (_fd, buffer, offset, length, position, done) => counted(handle.read(buffer, offset, length, position ?? null), done),
    write: (_fd, buffer, offset, length, position, done) => counted(handle.write(buffer, offset, length, position ?? null), done),
    writev: (_fd, buffers, position, done) => counted(handle.writev(buffers, position), done),
    fsync: (_fd, done) => void handle.sync().then(() => done(), done),
  };
}

/** A copy that has what the options inherit, too. */
function copyOptions(options: unknown): Options {
  const given = optionsOf(options);
  const copy: Options = {};
  for (const key in given) copy[key] = given[key];
  return copy;
}

/** The file: an open descriptor or handle, or a path to open. */
function takeFile(stream: FileStream, path: unknown, options: Options, own: FileFunctions, flags: string): void {
  const { fd, fs } = options;
  if (fd instanceof FileHandle) {
    if (fs !== undefined) throw codedError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The FileHandle with fs method is not implemented');
    stream[kFunctions] = handleFunctions(fd);
    stream.fd = checkFd(fd.fd);
    fd.on('close', () => stream.destroy());
    return;
  }
  stream[kFunctions] = (fs as FileFunctions | undefined | null) ?? own;
  if (fd === undefined || fd === null) {
    stream.fd = null;
    checkFunction(stream[kFunctions].open, 'options.fs.open');
    stream.path = typeof path === 'string' || path instanceof Uint8Array ? path : toPath(path);
    toPath(path);
    ({ flags: stream.flags = flags, mode: stream.mode = 0o666 } = options);
  } else if (typeof fd === 'number') stream.fd = checkFd(fd);
  else throw invalidArgType('options.fd', 'of type number or an instance of FileHandle', fd);
}

/** Opens through the `open` that a program put in place of ours: it answers by events. */
function openByEvents(stream: FileStream, done: Done): void {
  const { emit } = stream;
  stream.emit = (event, ...args) => {
    if (event === 'open') {
      stream.emit = emit;
      done();
      return emit.call(stream, event, ...args);
    }
    if (event === 'error') {
      stream.emit = emit;
      done(args[0]);
      return true;
    }
    return emit.call(stream, event, ...args);
  };
  stream.open();
}

function construct(this: FileStream, done: Done): void {
  if (typeof this.fd === 'number') return done();
  if (this.open !== openFile) return openByEvents(this, done);
  this[kFunctions].open(this.path, this.flags, this.mode, (error, fd) => {
    if (error) return done(error);
    this.fd = fd;
    done();
    this.emit('open', fd);
    this.emit('ready');
  });
}

/** Node's old public method, which does nothing any more unless it is replaced. */
function openFile(this: FileStream): void {}

function closeFile(stream: FileStream, error: unknown, done: Done): void {
  const { fd } = stream;
  if (fd === null || fd === undefined) return done(error);
  const close = (failed?: unknown): void => {
    stream[kFunctions].close(fd, (other) => done(other ?? error ?? failed));
    stream.fd = null;
  };
  if (stream.flush) stream[kFunctions].fsync(fd, close);
  else close();
}

function destroyFile(this: FileStream, error: unknown, done: Done): void {
  if (this[kBusy]) this.once(kIdle, ((failed: unknown) => closeFile(this, error ?? failed, done)) as never);
  else closeFile(this, error, done);
}

/** Ends a piece of I/O. False: the stream was destroyed meanwhile. */
function ended(stream: FileStream, error: unknown): boolean {
  stream[kBusy] = false;
  if (!stream.destroyed) return true;
  stream.emit(kIdle, error);
  return false;
}

function read(this: FileStream, size: number): void {
  const end = (this.end as number | undefined) ?? Number.POSITIVE_INFINITY;
  const wanted = Math.min(end - (this.pos ?? this.bytesRead) + 1, size);
  if (wanted <= 0) return void this.push(null);
  const buffer = allocateAlone(wanted);
  this[kBusy] = true;
  this[kFunctions].read(this.fd as number, buffer, 0, wanted, this.pos, (error, count) => {
    if (!ended(this, error)) return;
    if (error) return void (this.autoClose ? this.destroy(error) : this.emit('error', error));
    if (!(count > 0)) return void this.push(null);
    if (this.pos !== undefined) this.pos += count;
    this.bytesRead += count;
    if (count === buffer.length) return void this.push(buffer);
    // A short read keeps no more memory than it holds.
    const part = allocateAlone(count);
    part.set(buffer.subarray(0, count));
    this.push(part);
  });
}

function write(this: FileStream, chunk: Uint8Array, _encoding: string, done: Done): void {
  this[kBusy] = true;
  const step = (offset: number): void => {
    this[kFunctions].write(this.fd as number, chunk, offset, chunk.length - offset, this.pos, (error, count) => {
      if (!error) {
        this.bytesWritten += count;
        if (this.pos !== undefined) this.pos += count;
        if (offset + count < chunk.length && !this.destroyed) return step(offset + count);
      }
      ended(this, error);
      done(error);
    });
  };
  step(0);
}

function writeChunks(this: FileStream, data: { chunk: Uint8Array }[], done: Done): void {
  this[kBusy] = true;
  const chunks = data.map(({ chunk }) => chunk);
  this[kFunctions].writev(this.fd as number, chunks, this.pos ?? null, (error, count) => {
    if (!error) {
      this.bytesWritten += count;
      if (this.pos !== undefined) this.pos += count;
      // What was not taken goes the slow way.
      if (count < chunks.reduce((sum, { length }) => sum + length, 0)) return write.call(this, joined(chunks).subarray(count), '', done);
    }
    ended(this, error);
    done(error);
  });
}

/** The callback's turn comes when the stream is closed. */
function onceClosed(stream: FileStream, callback: Done | undefined): void {
  if (callback === undefined) return;
  if (stream.closed) queueMicrotask(() => callback());
  else stream.on('close', callback as never);
}

function closeReading(this: FileStream, callback?: Done): void {
  onceClosed(this, callback);
  this.destroy();
}

function closeWriting(this: FileStream, callback?: Done): void {
  onceClosed(this, callback);
  if (this.closed) return;
  // A stream that does not close itself is closed when it has written everything.
  if (!this.autoClose) this.on('finish', () => this.destroy());
  (this.end as () => void)();
}

function inherit(Class: StreamClass, Base: new (options?: object) => object, methods: object, state: string): void {
  Object.setPrototypeOf(Class.prototype as object, Base.prototype as object);
  Object.setPrototypeOf(Class, Base);
  const { prototype } = Class as unknown as { prototype: object };
  for (const [name, value] of Object.entries(methods)) define(prototype, name, value);
  Object.defineProperty(prototype, 'pending', {
    configurable: true,
    get(this: FileStream): boolean {
      return this.fd === null;
    },
  });
  Object.defineProperty(prototype, 'autoClose', {
    configurable: true,
    get(this: Record<string, { autoDestroy: boolean }>): boolean {
      if (this[state] === undefined) throw codedError(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type Stream');
      return (this[state] as { autoDestroy: boolean }).autoDestroy;
    },
    set(this: Record<string, { autoDestroy: boolean }>, value: boolean) {
      (this[state] as { autoDestroy: boolean }).autoDestroy = value;
    },
  });
}

/** `own` is the object whose functions the streams call: it is asked at each call, since programs patch it. */
export function streamCalls(own: () => object, given: StreamClasses | undefined): StreamCalls {
  let reading: StreamClass | undefined;
  let writing: StreamClass | undefined;

  function start(stream: FileStream, path: unknown, options: Options, flags: string): void {
    options['autoDestroy'] = options['autoClose'] === undefined ? true : options['autoClose'];
    takeFile(stream, path, options, own() as FileFunctions, flags);
    stream.start = options['start'] as number | undefined;
    stream.pos = undefined;
    stream[kBusy] = false;
    if (stream.start !== undefined) {
      checkInteger(stream.start, 'start', 0);
      stream.pos = stream.start;
    }
  }

  function makeReadStream(): StreamClass {
    const { Readable } = hostStreams(given);
    function ReadStream(this: FileStream, path: unknown, options?: unknown): unknown {
      if (!(this instanceof (ReadStream as unknown as StreamClass))) return new (ReadStream as unknown as StreamClass)(path, options);
      const all = copyOptions(options);
      if (all['highWaterMark'] === undefined) all['highWaterMark'] = 65536;
      start(this, path, all, 'r');
      checkFunction(this[kFunctions].read, 'options.fs.read');
      if (all['autoDestroy'] === true) checkFunction(this[kFunctions].close, 'options.fs.close');
      const end = all['end'] === undefined ? Number.POSITIVE_INFINITY : all['end'];
      if (end !== Number.POSITIVE_INFINITY) {
        checkInteger(end, 'end', 0);
        if (this.start !== undefined && this.start > (end as number)) throw outOfRange('start', `<= "end" (here: ${end})`, this.start);
      }
      this.end = end;
      this.bytesRead = 0;
      Reflect.apply(Readable as unknown as () => void, this, [all]);
      return this;
    }
    inherit(
      ReadStream as unknown as StreamClass,
      Readable,
      { open: openFile, _construct: construct, _read: read, _destroy: destroyFile, close: closeReading },
      '_readableState',
    );
    return ReadStream as unknown as StreamClass;
  }

  function makeWriteStream(): StreamClass {
    const { Writable } = hostStreams(given);
    function WriteStream(this: FileStream, path: unknown, options?: unknown): unknown {
      if (!(this instanceof (WriteStream as unknown as StreamClass))) return new (WriteStream as unknown as StreamClass)(path, options);
      const all = copyOptions(options);
      all['decodeStrings'] = true;
      start(this, path, all, 'w');
      this.flush = checkBoolean(all['flush'] ?? false, 'options.flush');
      const functions = this[kFunctions];
      if (!functions.write && !functions.writev) throw invalidArgType('options.fs.write', 'of type function', functions.write);
      if (functions.write) checkFunction(functions.write, 'options.fs.write');
      if (functions.writev) checkFunction(functions.writev, 'options.fs.writev');
      if (all['autoDestroy'] === true) checkFunction(functions.close, 'options.fs.close');
      if (!functions.write) this._write = null;
      if (!functions.writev) this._writev = null;
      this.bytesWritten = 0;
      Reflect.apply(Writable as unknown as () => void, this, [all]);
      if (all['encoding']) this.setDefaultEncoding(all['encoding']);
      return this;
    }
    const { prototype } = Writable as unknown as { prototype: { end: unknown } };
    inherit(
      WriteStream as unknown as StreamClass,
      Writable,
      {
        open: openFile,
        _construct: construct,
        _write: write,
        _writev: writeChunks,
        _destroy: destroyFile,
        close: closeWriting,
        destroySoon: prototype.end,
      },
      '_writableState',
    );
    return WriteStream as unknown as StreamClass;
  }

  return {
    get ReadStream(): StreamClass {
      reading ??= makeReadStream();
      return reading;
    },
    get WriteStream(): StreamClass {
      writing ??= makeWriteStream();
      return writing;
    },
  };
}
