/**
 * A file, apart from its names. Linux: struct inode and struct inode_operations.
 *
 * The VFS has checked everything before a method here is called: names are 1 to 255 bytes and not `.` or `..`, the directory is alive,
 * the mount is writable, permission is granted. Every method has a default that answers what Linux answers when the operation is absent.
 *
 * Attributes are plain fields that the VFS reads and writes; seconds and nanoseconds are separate small integers, never dates.
 */
import { EINVAL, EISDIR, ENOTDIR, ENOTTY, EOPNOTSUPP, EPERM, LinuxError } from '../abi/errno.ts';
import { S_IFDIR, S_IFMT, type Stat } from '../abi/stat.ts';
import type { Timespec } from '../abi/time.ts';
import type { Caller } from './caller.ts';
import type { VirtualDentry } from './dentry.ts';
import type { FileDescription } from './file-description.ts';
import type { Filesystem } from './filesystem.ts';
import type { WouldBlock } from './wait.ts';

/** Inode flags. Linux: i_flags. */
export const S_APPEND: number = 1 << 0;
export const S_IMMUTABLE: number = 1 << 1;
export const S_NOATIME: number = 1 << 2;
export const S_NODUMP: number = 1 << 3;
/** ctime or mtime was shown since it last changed: the next change must be strictly later. Linux: I_CTIME_QUERIED. */
export const I_TIME_QUERIED: number = 1 << 4;
/** devtmpfs: the kernel made this node. Linux: i_private == &thread. */
export const I_KERNEL_CREATED: number = 1 << 5;
/** Made by O_TMPFILE without O_EXCL: a link may give it a name. Linux: I_LINKABLE. */
export const I_LINKABLE: number = 1 << 6;
/** A directory that was removed. Linux: S_DEAD. */
export const S_DEAD: number = 1 << 7;

/** What few inodes have. */
export interface InodeExtra {
  /** Extended attributes in the order they were set. */
  xattrs: Map<string, Uint8Array> | null;
}

/** What a new inode starts with. `mode` has the type bits; the owner is already decided. */
export interface NewInode {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Device number, for character and block devices. */
  readonly rdev: number;
  /** Target, for symbolic links. */
  readonly target: string;
}

/** What is about to change. Linux: struct iattr. */
export interface AttributeChange {
  /** With the type bits. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly atime?: Timespec | undefined;
  readonly mtime?: Timespec | undefined;
}

/** One entry of a looked-up directory. The cookie resumes after it; it only grows within one listing. */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  /** S_IF* bits. */
  readonly mode: number;
  readonly cookie: number;
}

export abstract class Inode {
  readonly fs: Filesystem;
  ino: number;
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  /** Open descriptions and other holders: an unlinked inode lives until the last is gone. */
  opens: number;
  flags: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;
  btimeSec: number;
  btimeNsec: number;
  extra: InodeExtra | null;

  constructor(fs: Filesystem, ino: number, mode: number, owner: { readonly uid: number; readonly gid: number }) {
    const clock = fs.vfs.clock;
    clock.update();
    this.fs = fs;
    this.ino = ino;
    this.mode = mode;
    this.uid = owner.uid;
    this.gid = owner.gid;
    this.nlink = (mode & S_IFMT) === S_IFDIR ? 2 : 1;
    this.opens = 0;
    this.flags = 0;
    this.atimeSec = clock.sec;
    this.atimeNsec = clock.nsec;
    this.mtimeSec = clock.sec;
    this.mtimeNsec = clock.nsec;
    this.ctimeSec = clock.sec;
    this.ctimeNsec = clock.nsec;
    this.btimeSec = clock.sec;
    this.btimeNsec = clock.nsec;
    this.extra = null;
  }

  // ── what stat shows ──

  /** i_size. */
  get size(): number {
    return 0;
  }
  /** Blocks of 512 bytes. */
  get blocks(): number {
    return 0;
  }
  /** The number of the device this node stands for. */
  get rdev(): number {
    return 0;
  }
  /** Last chance to bring fields up to date before they are shown (a looked-up filesystem's attributes). */
  refresh(_stat: Stat): void {}

  // ── looked-up directories only: a pinned filesystem's names live in the dentries ──

  lookup(_name: string): Inode | undefined {
    throw new LinuxError(ENOTDIR);
  }
  /** Entries with a cookie greater than `after`, in cookie order, without `.` and `..`. */
  iterate(_after: number): Iterable<DirectoryEntry> {
    throw new LinuxError(ENOTDIR);
  }
  /** Whether a kept dentry of this name still means `inode`. */
  revalidate(_name: string, _inode: Inode): boolean {
    return true;
  }

  // ── changes to a directory (this) ──

  /** Makes an inode for `name`. ENOSPC when there is no room; EPERM where the filesystem makes no such thing. */
  create(_name: string, _attributes: NewInode): Inode {
    throw new LinuxError(EPERM);
  }
  /** Another name for `inode`. */
  link(_name: string, _inode: Inode): void {
    throw new LinuxError(EPERM);
  }
  /** `name` goes away; `inode.nlink` still counts it. */
  unlink(_name: string, _inode: Inode): void {
    throw new LinuxError(EPERM);
  }
  /** `name` moves to `newName` in `newDirectory`. */
  rename(_name: string, _inode: Inode, _newDirectory: Inode, _newName: string, _flags: number): void {
    throw new LinuxError(EPERM);
  }

  // ── links ──

  /** The target of a symbolic link. */
  readlink(_caller: Caller): string {
    throw new LinuxError(EINVAL);
  }
  /** Where a magic link leads, without a walk; undefined for an ordinary link. Linux: nd_jump_link(). */
  jump(_caller: Caller): VirtualDentry | undefined {
    return undefined;
  }

  // ── content ──

  /** The open file for this inode, where it is not the plain one that calls `read` and `write` here. */
  open(_flags: number, _caller: Caller): FileDescription | undefined {
    return undefined;
  }
  read(_into: Uint8Array, _offset: number): number | WouldBlock {
    throw new LinuxError(EINVAL);
  }
  /** Bytes written; 0 when nothing fits (ENOSPC). */
  write(_from: Uint8Array, _offset: number): number | WouldBlock {
    throw new LinuxError(EINVAL);
  }
  truncate(_size: number): void {
    throw new LinuxError((this.mode & S_IFMT) === S_IFDIR ? EISDIR : EINVAL);
  }
  /** fallocate(2); `mode` is FALLOC_FL_*. */
  allocate(_mode: number, _offset: number, _length: number): void {
    throw new LinuxError(EOPNOTSUPP);
  }
  /** SEEK_DATA; -1 when there is none. */
  seekData(offset: number): number {
    return offset < this.size ? offset : -1;
  }
  /** SEEK_HOLE; -1 past the end. */
  seekHole(offset: number): number {
    return offset < this.size ? this.size : -1;
  }
  ioctl(_request: number, _argument: number | Uint8Array, _caller: Caller): number {
    throw new LinuxError(ENOTTY);
  }

  // ── attributes ──

  /** Called before the VFS changes owner, mode or times here. A filesystem that keeps them elsewhere refuses or follows. */
  setattr(_change: AttributeChange): void {}

  /** The extended attributes take this much more room, or less. ENOSPC. */
  chargeXattrs(_bytes: number): void {}

  /** No name and no holder is left. */
  evict(): void {}
}
