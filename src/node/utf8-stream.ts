/**
 * Utf8Stream: text to a file, collected and written in large pieces. Node's own since version 24, for loggers.
 */

import { dispose } from '../abi/dispose.ts';
import { checkFd, checkInteger, checkString, toPath } from './arguments.ts';
import { parentOf } from './directories.ts';
import { codedError, invalidArgType } from './errors.ts';
import { EventEmitter } from './host.ts';
import type { SyncCalls } from './sync.ts';

interface Utf8StreamOptions {
  readonly fd?: number;
  readonly dest?: unknown;
  readonly append?: boolean;
  readonly mkdir?: boolean;
  readonly mode?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxWrite?: number;
  readonly fsync?: boolean;
  readonly sync?: boolean;
  readonly contentMode?: 'utf8' | 'buffer';
  readonly periodicFlush?: number;
}

export function utf8StreamClass(calls: SyncCalls): object {
  class Utf8Stream extends EventEmitter {
    fd: number;
    file: unknown;
    minLength: number;
    maxLength: number;
    maxWrite: number;
    readonly append: boolean;
    readonly mode: unknown;
    readonly fsync: boolean;
    readonly sync: boolean;
    readonly mkdir: boolean;
    readonly contentMode: 'utf8' | 'buffer';
    readonly periodicFlush: number;
    writing = false;
    #pieces: (string | Uint8Array)[] = [];
    #length = 0;
    #ended = false;
    #destroyed = false;
    #timer: ReturnType<typeof setInterval> | undefined;

    constructor(options: Utf8StreamOptions = {}) {
      super();
      this.minLength = checkInteger(options.minLength ?? 0, 'options.minLength', 0);
      this.maxLength = checkInteger(options.maxLength ?? 0, 'options.maxLength', 0);
      this.maxWrite = checkInteger(options.maxWrite ?? 16384, 'options.maxWrite', 0);
      this.append = options.append ?? true;
      this.mode = options.mode;
      this.fsync = options.fsync ?? false;
      this.sync = options.sync ?? false;
      this.mkdir = options.mkdir ?? false;
      this.contentMode = options.contentMode ?? 'utf8';
      this.periodicFlush = options.periodicFlush ?? 0;
      this.fd = -1;
      if (options.fd !== undefined) {
        this.fd = checkFd(options.fd);
        queueMicrotask(() => this.emit('ready'));
      } else if (options.dest !== undefined) this.#open(options.dest);
      else throw invalidArgType('options.fd', 'of type number', options.fd);
      if (this.periodicFlush > 0) this.#timer = setInterval(() => this.flush(), this.periodicFlush);
      (this.#timer as { unref?(): void } | undefined)?.unref?.();
    }

    #open(file: unknown): void {
      const path = toPath(file, 'options.dest');
      if (this.mkdir) calls.mkdirSync(parentOf(path), { recursive: true });
      this.file = file;
      try {
        this.fd = calls.openSync(path, this.append ? 'a' : 'w', this.mode);
        queueMicrotask(() => this.emit('ready'));
      } catch (error) {
        if (this.sync) throw error;
        queueMicrotask(() => this.emit('error', error));
      }
    }

    #alive(): void {
      if (this.#destroyed) throw codedError(Error, 'ERR_INVALID_STATE', 'Invalid state: Utf8Stream is destroyed');
    }

    /** Takes a piece; false asks the writer to wait for `drain`. */
    write(data: string | Uint8Array): boolean {
      this.#alive();
      if (this.contentMode === 'utf8') checkString(data, 'data');
      else if (!(data instanceof Uint8Array)) throw invalidArgType('data', 'an instance of Buffer', data);
      const { length } = data;
      if (this.maxLength > 0 && this.#length + length > this.maxLength) {
        this.emit('drop', data);
        return this.#length < this.maxLength;
      }
      this.#pieces.push(data);
      this.#length += length;
      if (this.#length >= this.minLength) {
        if (this.sync) this.flushSync();
        else queueMicrotask(() => this.#drain());
      }
      return this.#length < 16387;
    }

    #drain(): void {
      if (this.#destroyed || this.#length === 0) return;
      try {
        this.flushSync();
      } catch (error) {
        this.emit('error', error);
      }
    }

    flushSync(): void {
      this.#alive();
      if (this.fd < 0) throw codedError(Error, 'ERR_INVALID_STATE', 'Invalid state: Invalid file descriptor');
      const pieces = this.#pieces.splice(0);
      let written = 0;
      for (const piece of pieces) {
        if (piece.length === 0) continue;
        calls.writeFileSync(this.fd, piece);
        written += piece.length;
      }
      this.#length = 0;
      if (this.fsync) calls.fsyncSync(this.fd);
      if (written > 0) this.emit('write', written);
      queueMicrotask(() => this.emit('drain'));
    }

    flush(callback?: (error?: unknown) => void): void {
      if (callback !== undefined && typeof callback !== 'function') throw invalidArgType('cb', 'of type function', callback);
      try {
        this.flushSync();
        if (!this.fsync) calls.fsyncSync(this.fd);
        if (callback !== undefined) queueMicrotask(() => callback());
      } catch (error) {
        if (callback === undefined) throw error;
        queueMicrotask(() => callback(error));
      }
    }

    /** Closes the file and goes on in another (a log that was rotated). */
    reopen(file?: unknown): void {
      this.#alive();
      if (this.#length > 0) this.flushSync();
      if (this.fd >= 0) calls.closeSync(this.fd);
      this.#open(file ?? this.file);
    }

    end(): void {
      this.#alive();
      if (this.#ended) return;
      this.#ended = true;
      if (this.#length > 0) this.flushSync();
      this.#close('finish');
    }

    destroy(): void {
      if (!this.#destroyed) this.#close(undefined);
    }

    #close(first: string | undefined): void {
      this.#destroyed = true;
      clearInterval(this.#timer);
      if (this.fd > 2) calls.closeSync(this.fd);
      this.fd = -1;
      queueMicrotask(() => {
        if (first !== undefined) this.emit(first);
        this.emit('close');
      });
    }

    [dispose](): void {
      this.destroy();
    }
  }
  return Utf8Stream;
}
