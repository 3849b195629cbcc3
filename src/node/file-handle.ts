/**
 * An open file of the promise API. Node: internal/fs/promises, class FileHandle.
 */

import type { Process } from '../kernel/process.ts';
import { type AnyOptions, checkInteger, checkObject, checkView, isView, NO_OPTIONS, optionsOf } from './arguments.ts';
import { unlessAborted } from './deliver.ts';
import { readTransfer, type Transfer, writeText, writeTransfer } from './descriptors.ts';
import { abortError, codedError, invalidArgValue } from './errors.ts';
import { asyncDispose, builtin, EventEmitter, notHere } from './host.ts';
import { define } from './property.ts';
import type { StreamCalls } from './streams.ts';
import type { SyncCalls } from './sync.ts';
import { newBuffer } from './text.ts';
import type { Waiting } from './waiting.ts';

export interface HandleContext {
  readonly process: Process;
  readonly sync: SyncCalls;
  readonly waiting: Waiting;
  readonly streams: StreamCalls;
}

export class FileHandle extends EventEmitter {
  readonly #context: HandleContext;
  #fd: number;
  #closing: Promise<void> | undefined;
  /** Calls under way: close waits for them. */
  #users = 0;
  #idle: (() => void) | undefined;
  /** readableWebStream has the handle. */
  #locked = false;

  declare truncate: (len?: unknown) => Promise<void>;
  declare sync: () => Promise<void>;

  constructor(context: HandleContext, fd: number) {
    super();
    this.#context = context;
    this.#fd = fd;
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  getAsyncId(): number {
    return this.#fd;
  }

  /** EBADF, as Node's, once closed. */
  #open(syscall: string): number {
    if (this.#fd === -1) {
      throw Object.assign(new Error('file closed'), { code: 'EBADF', syscall });
    }
    return this.#fd;
  }

  async #use<T>(syscall: string, run: (fd: number) => T | Promise<T>): Promise<T> {
    const fd = this.#open(syscall);
    this.#users++;
    try {
      return await run(fd);
    } finally {
      if (--this.#users === 0) this.#idle?.();
    }
  }

  #transfer(direction: 'read' | 'write', what: Transfer): Promise<number> {
    return this.#use(direction, (fd) => this.#context.waiting.transfer(direction, fd, what, this.#transfer));
  }

  async read(
    buffer?: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<{ bytesRead: number; buffer: unknown }> {
    this.#open('read');
    let view = buffer;
    let offset: unknown = offsetOrOptions ?? 0;
    let count = length;
    let at = position;
    if (!isView(buffer)) {
      offset = checkObject(buffer ?? {}, 'options');
      ({ buffer: view = newBuffer() } = offset as AnyOptions);
    }
    if (typeof offset === 'object') ({ offset = 0, length: count, position: at } = offset as AnyOptions);
    const what = readTransfer(view, offset, count ?? checkView(view).byteLength - checkInteger(offset ?? 0, 'offset', 0), at, false);
    const bytesRead = what.position === -2 ? 0 : await this.#transfer('read', what);
    return { bytesRead, buffer: view };
  }

  async write(
    buffer: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<{ bytesWritten: number; buffer: unknown }> {
    this.#open('write');
    if (isView(buffer) && buffer.byteLength === 0) return { bytesWritten: 0, buffer };
    const what = isView(buffer) ? writeTransfer(buffer, offsetOrOptions, length, position) : writeText(buffer, offsetOrOptions, length);
    return { bytesWritten: await this.#transfer('write', what), buffer };
  }

  async readv(buffers: unknown, position?: unknown): Promise<{ bytesRead: number; buffers: unknown }> {
    return { bytesRead: await this.#use('readv', (fd) => this.#context.sync.readvSync(fd, buffers, position)), buffers };
  }

  async writev(buffers: unknown, position?: unknown): Promise<{ bytesWritten: number; buffers: unknown }> {
    return { bytesWritten: await this.#use('writev', (fd) => this.#context.sync.writevSync(fd, buffers, position)), buffers };
  }

  async readFile(options?: unknown): Promise<string | Uint8Array> {
    return this.#use('readFile', (fd) => {
      const given = optionsOf(options);
      return this.#context.waiting.readFile(fd, given, given['signal'] as AbortSignal | undefined);
    });
  }

  async writeFile(data: unknown, options?: unknown): Promise<void> {
    return this.#use('writeFile', async (fd) => {
      const given = optionsOf(options);
      const signal = given['signal'] as AbortSignal | undefined;
      if (typeof data === 'string' || isView(data))
        return this.#context.waiting.writeFile(this.#context.sync.writeFileSync, fd, data, given, signal);
      return writePieces(this.#context, fd, data, given, signal);
    });
  }

  async appendFile(data: unknown, options?: unknown): Promise<void> {
    return this.writeFile(data, options);
  }

  static {
    // Each is a call on the descriptor.
    for (const name of ['chmod', 'chown', 'datasync', 'sync', 'stat', 'truncate', 'utimes'] as const) {
      define(FileHandle.prototype, name, function (this: FileHandle, ...args: [never, never]): Promise<unknown> {
        return this.#use(`f${name}`, (fd) => this.#context.sync[`f${name}Sync`](fd, ...args));
      });
    }
  }

  async close(): Promise<void> {
    if (this.#fd === -1) return this.#closing;
    const fd = this.#fd;
    this.#fd = -1;
    this.#closing = (async () => {
      if (this.#users > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
      this.#context.sync.closeSync(fd);
      this.emit('close');
    })();
    return this.#closing;
  }

  createReadStream(options?: unknown): object {
    return new this.#context.streams.ReadStream(undefined, { ...(options as object), fd: this });
  }

  createWriteStream(options?: unknown): object {
    return new this.#context.streams.WriteStream(undefined, { ...(options as object), fd: this });
  }

  readLines(options?: unknown): unknown {
    const readline = builtin<{ createInterface(options: object): unknown }>('readline');
    if (readline === undefined) throw notHere('readLines() needs node:readline');
    return readline.createInterface({ input: this.createReadStream(options), crlfDelay: Number.POSITIVE_INFINITY });
  }

  /** The file as a web stream of bytes. */
  readableWebStream(options: { autoClose?: boolean } = {}): ReadableStream<Uint8Array> {
    const state = this.#fd === -1 ? 'closed' : 'locked';
    if (this.#fd === -1 || this.#locked) throw codedError(Error, 'ERR_INVALID_STATE', `Invalid state: The FileHandle is ${state}`);
    this.#locked = true;
    let end: () => void;
    const finish = async (): Promise<void> => {
      this.off('close', end);
      if (options.autoClose === true) await this.close();
    };
    return new ReadableStream({
      type: 'bytes',
      autoAllocateChunkSize: 16384,
      // It ends with the handle.
      start: (controller: ReadableByteStreamController): void => {
        this.once('close', (end = () => controller.close()));
      },
      pull: async (controller: ReadableByteStreamController): Promise<void> => {
        const request = controller.byobRequest;
        const view = request?.view as Uint8Array;
        const { bytesRead } = await this.read(view, 0, view.byteLength);
        if (bytesRead === 0) {
          end();
          await finish();
        }
        request?.respond(bytesRead);
      },
      cancel: finish,
    }) as ReadableStream<Uint8Array>;
  }
}

define(FileHandle.prototype, asyncDispose, function (this: FileHandle): Promise<void> {
  return this.close();
});

/** Data that comes in pieces: an iterable, an asynchronous one, a stream. */
export async function writePieces(
  context: HandleContext,
  fd: number,
  data: unknown,
  options: AnyOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pieces = data as AsyncIterable<unknown> & Iterable<unknown>;
  if (
    pieces === null ||
    pieces === undefined ||
    (typeof pieces[Symbol.asyncIterator] !== 'function' && typeof pieces[Symbol.iterator] !== 'function')
  ) {
    // The message of the plain forms.
    context.sync.writeFileSync(fd, data, NO_OPTIONS);
    throw invalidArgValue('data', data);
  }
  await unlessAborted(signal);
  for await (const piece of pieces) {
    if (signal?.aborted === true) throw abortError(signal);
    await context.waiting.writeFile(context.sync.writeFileSync, fd, piece, { encoding: options['encoding'] }, undefined);
  }
}
