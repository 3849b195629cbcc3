/**
 * An open directory. Linux: dcache_dir_open(), offset_readdir() of fs/libfs.c, iterate_dir().
 *
 * The offset is a cookie: 0 is `.`, 1 is `..`, then each entry's own number, which never changes while it has its name and comes
 * again with that name at most. Entries made after the directory was opened or rewound are not shown, so that a program which renames what it reads ends.
 */
import { EBADF, EINVAL, EISDIR, LinuxError } from '../abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../abi/fcntl.ts';
import type { Caller } from './caller.ts';
import { DCACHE_LOOKED_UP, type Dentry, type DirectoryDentry } from './dentry.ts';
import { FileDescription, FMODE_WRITE } from './file-description.ts';
import type { DirectoryEntry } from './inode.ts';
import type { WouldBlock } from './wait.ts';

export class DirectoryDescription extends FileDescription {
  #iterator: Iterator<Dentry | number> | null = null;
  /** An entry taken from the iterator that the last caller had no room for. */
  #next: Dentry | null = null;
  /** The offset at which the iterator stands. */
  #position = -1;
  /** The last cookie to show. */
  #limit = -1;

  override read(_into: Uint8Array, _offset: number): number | WouldBlock {
    throw new LinuxError(EISDIR);
  }

  override write(_from: Uint8Array, _offset: number): number | WouldBlock {
    throw new LinuxError(EBADF);
  }

  override truncate(_size: number): void {
    throw new LinuxError((this.fmode & FMODE_WRITE) === 0 ? EINVAL : EISDIR);
  }

  override ioctl(request: number, argument: number | Uint8Array, caller: Caller): number {
    return this.inode.ioctl(request, argument, caller);
  }

  override sync(): void {}

  override seek(offset: number, whence: number): number {
    let position = offset;
    if (whence === SEEK_CUR) position += this.offset;
    else if (whence !== SEEK_SET) throw new LinuxError(EINVAL);
    if (position < 0) throw new LinuxError(EINVAL);
    if (position === 0) this.#limit = -1;
    this.#iterator = null;
    return position;
  }

  override iterate(emit: (entry: DirectoryEntry) => boolean): void {
    const directory = this.dentry as DirectoryDentry;
    if (this.#limit === -1) this.#limit = directory.lastCookie;
    if (this.offset === 0) {
      if (!emit({ name: '.', ino: this.inode.ino, mode: this.inode.mode, cookie: 1 })) return;
      this.offset = 1;
    }
    if (this.offset === 1) {
      const parent =
        this.dentry === this.mount.root && this.mount.mountpoint !== null ? this.mount.mountpoint.parent.inode : directory.parent.inode;
      if (!emit({ name: '..', ino: parent.ino, mode: parent.mode, cookie: 2 })) return;
      this.offset = 2;
    }
    if ((directory.flags & DCACHE_LOOKED_UP) !== 0) this.#iterateInode(emit);
    else this.#iterateDentries(directory, emit);
  }

  #iterateDentries(directory: DirectoryDentry, emit: (entry: DirectoryEntry) => boolean): void {
    if (this.#iterator === null || this.#position !== this.offset) {
      this.#iterator = directory.entriesAfter(this.offset);
      this.#next = null;
      this.#position = this.offset;
    }
    for (;;) {
      let dentry = this.#next;
      if (dentry === null) {
        const result = this.#iterator.next();
        if (result.done === true) return;
        // A name that was removed.
        if (typeof result.value === 'number') continue;
        dentry = result.value;
      } else if (dentry.parent !== directory || directory.child(dentry.name) !== dentry) {
        // It went while it waited for room.
        this.#next = null;
        continue;
      }
      if (dentry.cookie > this.#limit) {
        this.#next = dentry;
        return;
      }
      if (dentry.cookie <= this.offset && this.offset > 2) continue;
      const { inode } = dentry;
      if (!emit({ name: dentry.name, ino: inode.ino, mode: inode.mode, cookie: dentry.cookie })) {
        this.#next = dentry;
        return;
      }
      this.#next = null;
      this.offset = dentry.cookie;
      this.#position = dentry.cookie;
    }
  }

  #iterateInode(emit: (entry: DirectoryEntry) => boolean): void {
    for (const entry of this.inode.iterate(this.offset - 2)) {
      if (!emit({ name: entry.name, ino: entry.ino, mode: entry.mode, cookie: entry.cookie + 2 })) return;
      this.offset = entry.cookie + 2;
    }
  }
}
