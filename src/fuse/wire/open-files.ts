/**
 * What the kernel has open, and the calls on it that wait. Linux: struct fuse_file's fh, request interruption, fuse_notify_poll().
 *
 * A read or write that would sleep is not answered: it is tried again whenever its file's queue wakes, and answered then. The
 * kernel's INTERRUPT ends it with EINTR.
 */
import { EAGAIN, EBADF, EINTR, EIO, LinuxError } from '../../abi/errno.ts';
import type { Caller } from '../../vfs/caller.ts';
import type { FileDescription } from '../../vfs/file-description.ts';
import { closeFile } from '../../vfs/read-write.ts';
import { FUSE_NOTIFY_POLL } from './protocol.ts';
import { message } from './reply.ts';

/** A 64-bit number that is only handed back. */
export interface Words {
  readonly low: number;
  readonly high: number;
}

/** Writes a message that answers no request in hand. */
export type Send = (message: Uint8Array) => void;

export function keyOf(words: Words): number {
  return words.low + words.high * 2 ** 32;
}

interface Wait {
  readonly unique: Words;
  readonly file: FileDescription;
  remove(): void;
}

export class OpenFiles {
  #files: (FileDescription | undefined)[];
  #free: number[];
  #send: Send;
  #waits: Map<number, Wait>;
  /** Polls that want a notification, by the kernel's handle. */
  #polls: Map<number, { readonly file: FileDescription; remove(): void }>;

  constructor(send: Send) {
    this.#files = [undefined];
    this.#free = [];
    this.#send = send;
    this.#waits = new Map();
    this.#polls = new Map();
  }

  /** Calls that are not answered yet. */
  get waiting(): number {
    return this.#waits.size;
  }

  get size(): number {
    return this.#files.length - 1 - this.#free.length;
  }

  /** The handle for the kernel. */
  add(file: FileDescription): number {
    file.references++;
    const fh = this.#free.pop() ?? this.#files.length;
    this.#files[fh] = file;
    return fh;
  }

  /** EBADF: no such handle was given. */
  get(fh: number): FileDescription {
    const file = this.#files[fh];
    if (file === undefined) throw new LinuxError(EBADF);
    return file;
  }

  release(caller: Caller, fh: number): void {
    const file = this.get(fh);
    this.#files[fh] = undefined;
    this.#free.push(fh);
    for (const [handle, poll] of this.#polls) {
      if (poll.file !== file) continue;
      poll.remove();
      this.#polls.delete(handle);
    }
    file.references--;
    if (file.references === 0) closeFile(caller, file);
  }

  /** Answers `unique` once `attempt` gives the body of an answer. EAGAIN: nothing would ever wake it. */
  wait(unique: Words, file: FileDescription, attempt: () => Uint8Array | undefined): void {
    const queue = file.waitQueue;
    if (queue === undefined) throw new LinuxError(EAGAIN);
    const key = keyOf(unique);
    const remove = queue.add(() => {
      if (!this.#waits.has(key)) return;
      let answer: Uint8Array;
      try {
        const body = attempt();
        if (body === undefined) return;
        answer = message(unique, 0, body);
      } catch (error) {
        answer = message(unique, -(error instanceof LinuxError ? error.errno : EIO), new Uint8Array(0));
      }
      this.#end(key);
      this.#send(answer);
    });
    this.#waits.set(key, { unique, file, remove });
  }

  /** A signal for whoever made the call `unique`. It may be answered already. */
  interrupt(unique: Words): void {
    const wait = this.#end(keyOf(unique));
    if (wait !== undefined) this.#send(message(unique, -EINTR, new Uint8Array(0)));
  }

  #end(key: number): Wait | undefined {
    const wait = this.#waits.get(key);
    if (wait === undefined) return undefined;
    this.#waits.delete(key);
    wait.remove();
    return wait;
  }

  /** Tells the kernel once when `file` may have become ready. */
  watch(handle: Words, file: FileDescription): void {
    const queue = file.waitQueue;
    const key = keyOf(handle);
    if (queue === undefined || this.#polls.has(key)) return;
    const remove = queue.add(() => {
      if (!this.#polls.delete(key)) return;
      remove();
      const body = new Uint8Array(8);
      new Uint32Array(body.buffer).set([handle.low, handle.high]);
      this.#send(message({ low: 0, high: 0 }, FUSE_NOTIFY_POLL, body));
    });
    this.#polls.set(key, { file, remove });
  }

  /** The connection is gone. */
  clear(caller: Caller): void {
    for (const wait of this.#waits.values()) wait.remove();
    for (const poll of this.#polls.values()) poll.remove();
    this.#waits.clear();
    this.#polls.clear();
    for (let fh = 1; fh < this.#files.length; fh++) if (this.#files[fh] !== undefined) this.release(caller, fh);
  }
}
