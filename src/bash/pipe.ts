/**
 * The pipes between the commands of a script. Linux: fs/pipe.c.
 *
 * The parts of a pipeline run one after another, so a pipe is a buffer: what writes fills it, and what reads finds all of it.
 */
import { EINVAL, LinuxError } from '../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { FileDescription, FMODE_STREAM } from '../vfs/file-description.ts';

/** A pipe whose writer is done. */
export class InputPipe extends FileDescription {
  #source: { readonly bytes: Uint8Array; at: number };

  constructor(source: { readonly bytes: Uint8Array; at: number }) {
    super();
    this.fmode = FMODE_STREAM;
    this.#source = source;
  }

  override read(into: Uint8Array): number {
    const { bytes, at } = this.#source;
    const count = Math.min(into.length, bytes.length - at);
    into.set(bytes.subarray(at, at + count));
    this.#source.at += count;
    return count;
  }

  override poll(): number {
    return POLLIN | POLLRDNORM;
  }

  override reopen(): FileDescription {
    return new InputPipe(this.#source);
  }
}

/** More was written into a pipe than it takes: its reader only begins when the writer has ended. */
export class PipeOverflow extends Error {
  override name = 'PipeOverflow';
}

/** What a command wrote. */
export class Written {
  readonly limit: number;
  #parts: Uint8Array[] = [];
  length = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(from: Uint8Array): void {
    if (this.length + from.length > this.limit) throw new PipeOverflow();
    this.#parts.push(from.slice());
    this.length += from.length;
  }

  bytes(): Uint8Array {
    if (this.#parts.length === 1) return this.#parts[0] as Uint8Array;
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#parts = [all];
    return all;
  }
}

/** A pipe whose reader has not begun. */
export class OutputPipe extends FileDescription {
  readonly #to: Written;

  constructor(to: Written) {
    super();
    this.fmode = FMODE_STREAM;
    this.#to = to;
  }

  override write(from: Uint8Array): number {
    this.#to.add(from);
    return from.length;
  }

  override read(): number {
    throw new LinuxError(EINVAL);
  }

  override poll(): number {
    return POLLOUT | POLLWRNORM;
  }

  override reopen(): FileDescription {
    return new OutputPipe(this.#to);
  }
}

/** What stands between a command and a process substitution: it is written whole before it is read, or read whole after. */
export class Buffered extends FileDescription {
  readonly #content: Written;
  #at = 0;

  constructor(content: Written) {
    super();
    this.fmode = FMODE_STREAM;
    this.#content = content;
  }

  override read(into: Uint8Array): number {
    const rest = this.#content.bytes().subarray(this.#at, this.#at + into.length);
    into.set(rest);
    this.#at += rest.length;
    return rest.length;
  }

  override write(from: Uint8Array): number {
    this.#content.add(from);
    return from.length;
  }

  override reopen(): FileDescription {
    return new Buffered(this.#content);
  }
}
