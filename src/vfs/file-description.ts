/**
 * What open(2) returns. Linux: struct file and struct file_operations.
 *
 * A device overrides `read`, `write`, `ioctl`, `poll`…; what it leaves out answers what Linux answers for an absent operation.
 * `read` fills the caller's view, `write` takes from it; neither keeps a reference.
 */
import { EINVAL, ENODEV, ENOTDIR, ENOTTY, EOPNOTSUPP, ESPIPE, LinuxError } from '../abi/errno.ts';
import { O_ACCMODE, O_APPEND, O_NOATIME, O_PATH, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../abi/stat.ts';
import type { Caller } from './caller.ts';
import type { Credentials } from './credentials.ts';
import type { Dentry, VirtualDentry } from './dentry.ts';
import type { DirectoryEntry, Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { WaitQueue, WouldBlock } from './wait.ts';

export const FMODE_READ = 1;
export const FMODE_WRITE = 2;
export const FMODE_PATH = 4;
/** pread and pwrite are refused with ESPIPE. Linux: the absence of FMODE_PREAD. */
export const FMODE_STREAM = 8;
/** Regular file: offsets, limits, times and privileges are the VFS's business. */
export const FMODE_REGULAR = 16;
/** Reading touches no atime. */
export const FMODE_NOATIME = 32;
/** Counts as a writer of its mount. */
export const FMODE_WRITER = 64;
/** Not stored anywhere: the description belongs to no filesystem (a pipe of a front-end). */
export const FMODE_APPEND = 128;

/** What poll(2) answers for a file that never waits. Linux: DEFAULT_POLLMASK. */
export const DEFAULT_POLLMASK: number = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

export abstract class FileDescription {
  mount: Mount;
  dentry: Dentry;
  inode: Inode;
  /** What F_GETFL shows: access mode and status flags, without the flags that only matter at open. */
  flags: number;
  /** FMODE_* bits. */
  fmode: number;
  /** The file offset. */
  offset: number;
  /** The opener's credentials. */
  creds: Credentials;
  /** Descriptors and calls in flight that refer to it. */
  references: number;

  constructor() {
    // `bind` sets these before the description is used; the constructor gives them their places.
    this.mount = null as unknown as Mount;
    this.dentry = null as unknown as Dentry;
    this.inode = null as unknown as Inode;
    this.flags = 0;
    this.fmode = 0;
    this.offset = 0;
    this.creds = null as unknown as Credentials;
    this.references = 0;
  }

  /** Bytes read, 0 at the end, or WOULD_BLOCK. `offset` is where a positioned file reads; others ignore it. */
  read(_into: Uint8Array, _offset: number): number | WouldBlock {
    throw new LinuxError(EINVAL);
  }

  /** Bytes taken, or WOULD_BLOCK. */
  write(_from: Uint8Array, _offset: number): number | WouldBlock {
    throw new LinuxError(EINVAL);
  }

  /** Whether reading and writing move the offset. Linux's memory devices do not. */
  get moves(): boolean {
    return false;
  }

  /** The new offset; it is stored by the caller. */
  seek(_offset: number, _whence: number): number {
    throw new LinuxError(ESPIPE);
  }

  ioctl(_request: number, _argument: number | Uint8Array, _caller: Caller): number {
    throw new LinuxError(ENOTTY);
  }

  /** What is ready now, as POLL* bits. */
  poll(): number {
    return DEFAULT_POLLMASK;
  }

  /** Woken whenever `poll` may answer differently; undefined for what never waits. */
  get waitQueue(): WaitQueue | undefined {
    return undefined;
  }

  truncate(_size: number): void {
    throw new LinuxError(EINVAL);
  }

  allocate(_mode: number, _offset: number, _length: number): void {
    throw new LinuxError(ENODEV);
  }

  sync(): void {
    throw new LinuxError(EINVAL);
  }

  /** Entries after the file offset, in order; moves the offset for each that `emit` accepts, and stops when it refuses. */
  iterate(_emit: (entry: DirectoryEntry) => boolean): void {
    throw new LinuxError(ENOTDIR);
  }

  /** A descriptor of it is closed (not only the last). Linux: flush. */
  flush(): void {}

  /** The last reference is gone. */
  release(): void {}

  /** Another description of a file that has no path, opened through /proc/self/fd; undefined where there can be none. */
  reopen(_flags: number): FileDescription | undefined {
    return undefined;
  }
}

/** Binds a description to the place it was opened at. */
export function bind(file: FileDescription, at: VirtualDentry, flags: number, creds: Credentials): void {
  file.mount = at.mount;
  file.dentry = at.dentry;
  file.inode = at.dentry.inode;
  file.flags = flags;
  file.creds = creds;
  let fmode = file.fmode;
  if ((flags & O_PATH) !== 0) fmode |= FMODE_PATH;
  else {
    const access = flags & O_ACCMODE;
    if (access === O_RDONLY) fmode |= FMODE_READ;
    else if (access === O_WRONLY) fmode |= FMODE_WRITE;
    else if (access !== O_ACCMODE) fmode |= FMODE_READ | FMODE_WRITE;
  }
  if ((flags & O_NOATIME) !== 0) fmode |= FMODE_NOATIME;
  if ((flags & O_APPEND) !== 0) fmode |= FMODE_APPEND;
  file.fmode = fmode;
}

/** A regular file, or whatever a filesystem reads and writes through its inode. */
export class InodeDescription extends FileDescription {
  override get moves(): boolean {
    return true;
  }

  override read(into: Uint8Array, offset: number): number | WouldBlock {
    return this.inode.read(into, offset);
  }

  override write(from: Uint8Array, offset: number): number | WouldBlock {
    return this.inode.write(from, offset);
  }

  override ioctl(request: number, argument: number | Uint8Array, caller: Caller): number {
    return this.inode.ioctl(request, argument, caller);
  }

  override truncate(size: number): void {
    if ((this.inode.mode & S_IFMT) === S_IFDIR) throw new LinuxError(EINVAL);
    this.inode.truncate(size);
  }

  override allocate(mode: number, offset: number, length: number): void {
    if ((this.inode.mode & S_IFMT) !== S_IFREG) throw new LinuxError(EOPNOTSUPP);
    this.inode.allocate(mode, offset, length);
  }

  override sync(): void {}
}

/** What O_PATH opens: a place, without the file. */
export class PathDescription extends FileDescription {}
