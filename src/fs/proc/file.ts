/**
 * Texts that are made when they are read. Linux: fs/seq_file.c, proc_reg_read() and the small files of fs/proc/base.c.
 */
import { EINVAL, EOPNOTSUPP, LinuxError } from '../../abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../../abi/fcntl.ts';
import { encodeName } from '../../abi/name.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../../abi/poll.ts';
import { FileDescription } from '../../vfs/file-description.ts';
import type { MountNamespace } from '../../vfs/mount.ts';

export class SequenceDescription extends FileDescription {
  readonly #show: () => string;
  #text: Uint8Array | undefined;
  /** What a write answers: EIO for the kernel's own files, EINVAL for those of a process. */
  readonly #writeError: number;

  constructor(show: () => string, writeError: number = EINVAL) {
    super();
    this.#show = show;
    this.#text = undefined;
    this.#writeError = writeError;
  }

  override get moves(): boolean {
    return true;
  }

  override read(into: Uint8Array, offset: number): number {
    // From the beginning it is made anew; further on it stays what it was.
    if (offset === 0 || this.#text === undefined) this.#text = encodeName(this.#show());
    const part = this.#text.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  override write(_from: Uint8Array, _offset: number): number {
    throw new LinuxError(this.#writeError);
  }

  override allocate(): void {
    throw new LinuxError(EOPNOTSUPP);
  }

  override seek(offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) throw new LinuxError(EINVAL);
    const position = whence === SEEK_SET ? offset : this.offset + offset;
    if (position < 0) throw new LinuxError(EINVAL);
    return position;
  }
}

/** /proc/<pid>/mounts and mountinfo: poll says when the namespace has changed since it was last asked. Linux: mounts_poll(). */
export class MountsDescription extends SequenceDescription {
  readonly #namespace: MountNamespace;
  #seen: number;

  constructor(namespace: MountNamespace, show: () => string) {
    super(show);
    this.#namespace = namespace;
    this.#seen = namespace.changes;
  }

  override poll(): number {
    if (this.#seen === this.#namespace.changes) return POLLIN | POLLRDNORM;
    this.#seen = this.#namespace.changes;
    return POLLIN | POLLRDNORM | POLLERR | POLLPRI;
  }
}

/** /proc/<pid>/comm: each write is a new name, wherever the offset is. Linux: comm_write(). */
export class CommDescription extends SequenceDescription {
  readonly #rename: (bytes: Uint8Array) => void;

  constructor(show: () => string, rename: (bytes: Uint8Array) => void) {
    super(show);
    this.#rename = rename;
  }

  /** Reading moves the offset, writing does not: it is put back. */
  override write(from: Uint8Array, _offset: number): number {
    this.#rename(from);
    this.offset -= from.length;
    return from.length;
  }
}
