/**
 * A process: one method per system call, named as in section 2 of the manual. Linux: struct task_struct.
 *
 * Each method checks its arguments, calls the VFS, and adds `syscall`, `path` and `dest` to a failure. No rule of the filesystem is written here.
 * A call that would wait fails with EAGAIN; `blocking` has the forms that wait.
 */
import { EAGAIN, EBADF, EFAULT, EINVAL, EMFILE, ENOENT, ENOTDIR, ENOTTY, EOPNOTSUPP, EPERM, LinuxError } from '../abi/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_RESOURCE } from '../abi/capability.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_SEAL_SEAL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_APPEND,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_IN_ROOT,
  RWF_APPEND,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_SYNC,
} from '../abi/fcntl.ts';
import { FIGETBSZ, FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, FIOQSIZE } from '../abi/ioctl.ts';
import { IOV_MAX } from '../abi/limits.ts';
import { CLONE_FILES, CLONE_FS, CLONE_NEWNS } from '../abi/mount.ts';
import { POLLERR, POLLHUP, POLLNVAL } from '../abi/poll.ts';
import { RLIM_INFINITY, RLIMIT_FSIZE, RLIMIT_NOFILE } from '../abi/resource.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, type Stat, type Statfs, type Statx } from '../abi/stat.ts';
import { type Timespec, UTIME_OMIT } from '../abi/time.ts';
import * as attributes from '../vfs/attributes.ts';
import { bindAnonymous } from '../vfs/anonymous.ts';
import type { Caller } from '../vfs/caller.ts';
import { CapabilitySet, type Credentials } from '../vfs/credentials.ts';
import { hold, release, VirtualDentry } from '../vfs/dentry.ts';
import { type FileDescription, FMODE_NOATIME, FMODE_PATH, FMODE_REGULAR } from '../vfs/file-description.ts';
import { type Inode, S_APPEND } from '../vfs/inode.ts';
import type { MountNamespace } from '../vfs/mount.ts';
import { copyNamespace, mountAt, umountAt } from '../vfs/mounting.ts';
import * as names from '../vfs/names.ts';
import { checkOpenHow, type OpenHow, openAt, openHow, takesDirect } from '../vfs/open.ts';
import { getcwdPath } from '../vfs/path-name.ts';
import { inodePermission, isOwnerOrCapable, MAY_EXEC } from '../vfs/permission.ts';
import * as io from '../vfs/read-write.ts';
import type { Task } from '../vfs/task.ts';
import { touchAtime } from '../vfs/times.ts';
import type { VirtualFilesystem } from '../vfs/virtual-filesystem.ts';
import { WOULD_BLOCK } from '../vfs/wait.ts';
import { LOOKUP_DIRECTORY, LOOKUP_EMPTY, LOOKUP_FOLLOW, lookupAt, Walk } from '../vfs/walk.ts';
import * as xattr from '../vfs/xattr.ts';
import { checkBytes, checkFd, checkFlags, checkId, checkMode, checkOffset, checkPath, checkString, checkTimes } from './arguments.ts';
import { Blocking } from './blocking.ts';
import * as credentials from './credentials.ts';
import { FileTable, putFile } from './file-table.ts';
import type { Kernel } from './kernel.ts';

/** F_SETFL changes these alone. */
const SETFL_MASK: number = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;
/** Kinds of limit there are. Linux: RLIM_NLIMITS. */
const RLIM_NLIMITS = 16;

export interface Rlimit {
  /** The limit in force, Infinity for none. */
  readonly cur: number;
  /** How far an ordinary process may raise it. */
  readonly max: number;
}

export interface PollFd {
  fd: number;
  events: number;
  revents?: number;
}

export interface ProcessState {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly creds: Credentials;
  readonly root: VirtualDentry;
  readonly cwd: VirtualDentry;
  readonly fileModeMask: number;
  readonly namespace: MountNamespace;
  readonly limits: Map<number, Rlimit>;
  readonly files: FileTable;
}

export class Process implements Caller, Task {
  readonly kernel: Kernel;
  readonly vfs: VirtualFilesystem;
  readonly pid: number;
  ppid: number;
  comm: string;
  creds: Credentials;
  root: VirtualDentry;
  cwd: VirtualDentry;
  fileModeMask: number;
  namespace: MountNamespace;
  fileSizeLimit: number;
  exited: boolean;
  readonly limits: Map<number, Rlimit>;
  readonly files: FileTable;
  /** The forms that wait instead of failing with EAGAIN. */
  readonly blocking: Blocking;
  #descriptorLimit: number;

  constructor(kernel: Kernel, state: ProcessState) {
    this.kernel = kernel;
    this.vfs = kernel.vfs;
    this.pid = state.pid;
    this.ppid = state.ppid;
    this.comm = state.comm;
    this.creds = state.creds;
    this.root = state.root;
    this.cwd = state.cwd;
    this.fileModeMask = state.fileModeMask;
    this.namespace = state.namespace;
    this.limits = state.limits;
    this.files = state.files;
    this.fileSizeLimit = this.#limit(RLIMIT_FSIZE).cur;
    this.#descriptorLimit = this.#limit(RLIMIT_NOFILE).cur;
    this.exited = false;
    this.blocking = new Blocking(this);
    hold(this.root);
    hold(this.cwd);
    this.namespace.users++;
  }

  // ── life ──

  /** A child with a copy of everything and the same open descriptions.
   *  @linux fork full */
  fork(): Process {
    return this.kernel.adopt(this, {
      comm: this.comm,
      creds: this.creds,
      root: this.root,
      cwd: this.cwd,
      fileModeMask: this.fileModeMask,
      namespace: this.namespace,
      limits: new Map(this.limits),
      files: this.files.copy(),
    });
  }

  /** Closes everything and leaves. A second call does nothing.
   *  @linux exit full */
  exit(_status = 0): void {
    if (this.exited) return;
    this.exited = true;
    this.files.closeAll(this);
    release(this.cwd);
    release(this.root);
    this.vfs.putNamespace(this.namespace);
    this.kernel.reap(this);
  }

  /** @linux getpid full */
  getpid(): number {
    return this.pid;
  }

  /** @linux getppid full */
  getppid(): number {
    return this.ppid;
  }

  *descriptors(): Iterable<readonly [number, FileDescription]> {
    yield* this.files.entries();
  }

  descriptor(fd: number): FileDescription | undefined {
    return this.files.get(fd);
  }

  closesOnExec(fd: number): boolean {
    return this.files.isCloseOnExec(fd);
  }

  /** The description behind a descriptor. EBADF. */
  file(fd: number): FileDescription {
    const file = this.files.get(fd);
    if (file === undefined) {
      checkFd(fd);
      throw new LinuxError(EBADF);
    }
    return file;
  }

  /** Gives a description that was made, not opened (a front-end's pipe), the lowest free descriptor, or `fd`, closing what was there. */
  installFile(
    file: FileDescription,
    options: { readonly flags: number; readonly fd?: number; readonly name?: string; readonly mode?: number },
  ): number {
    if (file.inode === null) {
      bindAnonymous(this, this.kernel.anonymous, file, {
        name: options.name ?? 'pipe',
        mode: options.mode ?? S_IFIFO | 0o600,
        flags: options.flags,
      });
    }
    if (options.fd === undefined) return this.files.install(file, { limit: this.#descriptorLimit });
    file.references++;
    if (this.files.get(options.fd) !== undefined) this.files.close(this, options.fd);
    this.files.installAt(options.fd, file, false);
    file.references--;
    return options.fd;
  }

  /** Drops a reference that was taken on a description. */
  put(file: FileDescription): void {
    putFile(this, file);
  }

  #fail(error: unknown, syscall: string, path?: string, dest?: string): unknown {
    if (error instanceof LinuxError && error.syscall === undefined) {
      error.syscall = syscall;
      if (path !== undefined) error.path = path;
      if (dest !== undefined) error.dest = dest;
      if (this.kernel.stacks) error.captureStack(this.#fail);
    }
    return error;
  }

  /** Where a relative path starts. ENOENT an empty path that is not allowed to be · EBADF. */
  #at(dirfd: number, path: string, emptyAllowed = false): VirtualDentry {
    if (path === '' && !emptyAllowed) throw new LinuxError(ENOENT);
    if (dirfd === AT_FDCWD || path.charCodeAt(0) === 47) return this.cwd;
    return this.#directoryOf(dirfd);
  }

  #directoryOf(fd: number): VirtualDentry {
    const file = this.file(fd);
    return new VirtualDentry(file.mount, file.dentry);
  }

  /** A path and where it starts, looked at when its turn comes: of two bad descriptors the first one's error is reported. */
  #start(dirfd: number, path: string, emptyAllowed = false): names.PathAt {
    const at = (): VirtualDentry => this.#at(dirfd, path, emptyAllowed);
    const opener = path === '' && dirfd !== AT_FDCWD ? this.files.get(dirfd)?.creds : undefined;
    return {
      path,
      get at() {
        return at();
      },
      ...(opener === undefined ? {} : { opener }),
    };
  }

  /** What an `…at` call with a path means. */
  #lookup(dirfd: number, path: string, flags: number): VirtualDentry {
    const checked = checkPath(path);
    return lookupAt(this, this.#at(dirfd, checked, (flags & LOOKUP_EMPTY) !== 0), checked, flags);
  }

  /** An open file that is not only a place. EBADF. */
  #openFile(fd: number): FileDescription {
    const file = this.file(fd);
    if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
    return file;
  }

  #place(fd: number): VirtualDentry {
    const file = this.#openFile(fd);
    return new VirtualDentry(file.mount, file.dentry);
  }

  // ── open and close ──

  open(path: string, flags: number, mode = 0): number {
    try {
      return this.#open(AT_FDCWD, path, openHow(checkFlags(flags), checkMode(mode)));
    } catch (error) {
      throw this.#fail(error, 'open', path);
    }
  }

  openat(dirfd: number, path: string, flags: number, mode = 0): number {
    try {
      return this.#open(dirfd, path, openHow(checkFlags(flags), checkMode(mode)));
    } catch (error) {
      throw this.#fail(error, 'openat', path);
    }
  }

  openat2(dirfd: number, path: string, how: { readonly flags: number; readonly mode?: number; readonly resolve?: number }): number {
    try {
      const mode = how.mode ?? 0;
      const flags = checkOffset(how.flags, 'flags');
      const resolve = checkOffset(how.resolve ?? 0, 'resolve');
      // The fields are 64 bits wide and every unknown bit is refused.
      if (flags < 0 || flags > 0x7fffffff || resolve < 0 || resolve > 0x7fffffff) throw new LinuxError(EINVAL);
      if (checkOffset(mode, 'mode') < 0 || mode > 0o7777) throw new LinuxError(EINVAL);
      return this.#open(dirfd, path, { flags, mode, resolve });
    } catch (error) {
      throw this.#fail(error, 'openat2', path);
    }
  }

  creat(path: string, mode: number): number {
    try {
      return this.#open(AT_FDCWD, path, openHow(O_CREAT | O_WRONLY | O_TRUNC, checkMode(mode)));
    } catch (error) {
      throw this.#fail(error, 'creat', path);
    }
  }

  #open(dirfd: number, path: string, how: OpenHow): number {
    checkOpenHow(how);
    const checked = checkPath(path);
    // A process without a free descriptor changes nothing. Linux: get_unused_fd_flags() comes before the walk.
    const fd = this.files.lowestFree();
    if (fd >= this.#descriptorLimit) throw new LinuxError(EMFILE);
    // With RESOLVE_IN_ROOT the directory is what `/` means.
    const start = (how.resolve & RESOLVE_IN_ROOT) === 0 || dirfd === AT_FDCWD ? this.#at(dirfd, checked) : this.#directoryOf(dirfd);
    const file = openAt(this, start, checked, how);
    const closeOnExec = (how.flags & O_CLOEXEC) !== 0;
    // A driver may have opened something for this process meanwhile.
    if (this.files.get(fd) !== undefined) return this.files.install(file, { limit: Number.POSITIVE_INFINITY, closeOnExec });
    this.files.installLowest(fd, file, closeOnExec);
    return fd;
  }

  /** @linux close full */
  close(fd: number): void {
    try {
      if (typeof fd !== 'number') checkFd(fd);
      this.files.close(this, fd);
    } catch (error) {
      checkFd(fd);
      throw this.#fail(error, 'close');
    }
  }

  /** @linux close_range full */
  close_range(first: number, last: number, flags: number): void {
    try {
      const bits = checkFlags(flags);
      if ((bits & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || first > last) throw new LinuxError(EINVAL);
      for (const [fd] of [...this.files.entries()]) {
        if (fd < first || fd > last) continue;
        if ((bits & CLOSE_RANGE_CLOEXEC) !== 0) this.files.setCloseOnExec(fd, true);
        else this.files.close(this, fd);
      }
    } catch (error) {
      throw this.#fail(error, 'close_range');
    }
  }

  // ── bytes ──

  read(fd: number, into: Uint8Array): number {
    try {
      const count = io.readFile(this, this.file(fd), checkBytes(into, 'buffer'));
      if (count === WOULD_BLOCK) throw new LinuxError(EAGAIN);
      return count;
    } catch (error) {
      throw this.#fail(error, 'read');
    }
  }

  write(fd: number, from: Uint8Array): number {
    try {
      const count = io.writeFile(this, this.file(fd), checkBytes(from, 'buffer'));
      if (count === WOULD_BLOCK) throw new LinuxError(EAGAIN);
      return count;
    } catch (error) {
      throw this.#fail(error, 'write');
    }
  }

  /** The file, once the offset is known to be none below 0, which Linux looks at first. */
  #positioned(fd: number, offset: number, name = 'offset'): FileDescription {
    if (checkOffset(offset, name) < 0) throw new LinuxError(EINVAL);
    return this.file(fd);
  }

  pread(fd: number, into: Uint8Array, offset: number): number {
    try {
      const count = io.preadFile(this, this.#positioned(fd, offset), checkBytes(into, 'buffer'), offset);
      if (count === WOULD_BLOCK) throw new LinuxError(EAGAIN);
      return count;
    } catch (error) {
      throw this.#fail(error, 'pread');
    }
  }

  pwrite(fd: number, from: Uint8Array, offset: number): number {
    try {
      const count = io.pwriteFile(this, this.#positioned(fd, offset), checkBytes(from, 'buffer'), offset);
      if (count === WOULD_BLOCK) throw new LinuxError(EAGAIN);
      return count;
    } catch (error) {
      throw this.#fail(error, 'pwrite');
    }
  }

  /** Runs one transfer per buffer until one is short; an error after the first bytes is theirs to find out next time. */
  #vector(buffers: readonly Uint8Array[], transfer: (buffer: Uint8Array, done: number) => number): number {
    if (!Array.isArray(buffers)) throw new TypeError('buffers must be an array of Uint8Arrays');
    if (buffers.length > IOV_MAX) throw new LinuxError(EINVAL);
    let done = 0;
    // An empty vector still asks the file whether it may be read at all.
    if (buffers.length === 0) return transfer(new Uint8Array(0), 0);
    for (const buffer of buffers) checkBytes(buffer, 'buffer');
    for (const buffer of buffers) {
      let count: number;
      try {
        count = transfer(buffer, done);
        if (count === WOULD_BLOCK) throw new LinuxError(EAGAIN);
      } catch (error) {
        if (done > 0 && error instanceof LinuxError) return done;
        throw error;
      }
      done += count;
      if (count < buffer.length) break;
    }
    return done;
  }

  readv(fd: number, intos: readonly Uint8Array[]): number {
    try {
      const file = this.file(fd);
      return this.#vector(intos, (buffer) => io.readFile(this, file, buffer));
    } catch (error) {
      throw this.#fail(error, 'readv');
    }
  }

  writev(fd: number, froms: readonly Uint8Array[]): number {
    try {
      const file = this.file(fd);
      return this.#vector(froms, (buffer) => io.writeFile(this, file, buffer));
    } catch (error) {
      throw this.#fail(error, 'writev');
    }
  }

  preadv(fd: number, intos: readonly Uint8Array[], offset: number): number {
    try {
      const file = this.#positioned(fd, offset);
      return this.#vector(intos, (buffer, done) => io.preadFile(this, file, buffer, offset + done));
    } catch (error) {
      throw this.#fail(error, 'preadv');
    }
  }

  pwritev(fd: number, froms: readonly Uint8Array[], offset: number): number {
    try {
      const file = this.#positioned(fd, offset);
      return this.#vector(froms, (buffer, done) => io.pwriteFile(this, file, buffer, offset + done));
    } catch (error) {
      throw this.#fail(error, 'pwritev');
    }
  }

  /** EOPNOTSUPP for what tmpfs and its like do not have, RWF_NOWAIT among them · EINVAL both of APPEND and NOAPPEND. Linux: kiocb_set_rw_flags(). */
  #transferFlags(flags: number): number {
    const bits = checkFlags(flags);
    if ((bits & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND | RWF_NOAPPEND)) !== 0) throw new LinuxError(EOPNOTSUPP);
    if ((bits & (RWF_APPEND | RWF_NOAPPEND)) === (RWF_APPEND | RWF_NOAPPEND)) throw new LinuxError(EINVAL);
    return bits;
  }

  /** An offset of -1 is the file's own. */
  preadv2(fd: number, intos: readonly Uint8Array[], offset: number, flags: number): number {
    try {
      this.#transferFlags(flags);
      return offset === -1 ? this.readv(fd, intos) : this.preadv(fd, intos, offset);
    } catch (error) {
      throw this.#fail(error, 'preadv2');
    }
  }

  pwritev2(fd: number, froms: readonly Uint8Array[], offset: number, flags: number): number {
    try {
      const bits = this.#transferFlags(flags);
      const file = offset === -1 ? this.file(fd) : this.#positioned(fd, offset);
      const appends = (bits & RWF_APPEND) !== 0 || ((file.flags & O_APPEND) !== 0 && (bits & RWF_NOAPPEND) === 0);
      if ((file.fmode & FMODE_REGULAR) === 0) return offset === -1 ? this.writev(fd, froms) : this.pwritev(fd, froms, offset);
      let position = offset === -1 ? file.offset : offset;
      const count = this.#vector(froms, (buffer) => {
        if (appends) position = file.inode.size;
        const written = io.writeRegular(this, file, buffer, position);
        position += written;
        return written;
      });
      if (offset === -1) file.offset = position;
      return count;
    } catch (error) {
      throw this.#fail(error, 'pwritev2');
    }
  }

  lseek(fd: number, offset: number, whence: number): number {
    try {
      return io.seekFile(this.file(fd), checkOffset(offset), checkFlags(whence, 'whence'));
    } catch (error) {
      throw this.#fail(error, 'lseek');
    }
  }

  copy_file_range(fdIn: number, offIn: number | null, fdOut: number, offOut: number | null, length: number, flags = 0): number {
    try {
      const from = { file: this.file(fdIn), offset: offIn === null ? null : checkOffset(offIn, 'offIn') };
      const to = { file: this.file(fdOut), offset: offOut === null ? null : checkOffset(offOut, 'offOut') };
      return io.copyFileRange(this, from, to, checkOffset(length, 'length'), checkFlags(flags));
    } catch (error) {
      throw this.#fail(error, 'copy_file_range');
    }
  }

  truncate(path: string, length: number): void {
    try {
      attributes.truncateAt(this, this.cwd, checkPath(path), checkOffset(length, 'length'));
    } catch (error) {
      throw this.#fail(error, 'truncate', path);
    }
  }

  ftruncate(fd: number, length: number): void {
    try {
      io.truncateFile(this, this.#positioned(fd, length, 'length'), length);
    } catch (error) {
      throw this.#fail(error, 'ftruncate');
    }
  }

  fallocate(fd: number, mode: number, offset: number, length: number): void {
    try {
      io.allocateFile(this, this.file(fd), checkFlags(mode, 'mode'), {
        offset: checkOffset(offset),
        length: checkOffset(length, 'length'),
      });
    } catch (error) {
      throw this.#fail(error, 'fallocate');
    }
  }

  /** @linux fsync full
   *  @linux fdatasync full */
  fsync(fd: number): void {
    try {
      this.#openFile(fd).sync();
    } catch (error) {
      throw this.#fail(error, 'fsync');
    }
  }

  fdatasync(fd: number): void {
    try {
      this.#openFile(fd).sync();
    } catch (error) {
      throw this.#fail(error, 'fdatasync');
    }
  }

  /** @linux sync full */
  sync(): void {
    for (const mount of this.namespace.mounts) mount.fs.sync();
  }

  /** @linux syncfs full */
  syncfs(fd: number): void {
    try {
      this.#openFile(fd).mount.fs.sync();
    } catch (error) {
      throw this.#fail(error, 'syncfs');
    }
  }

  getdents(fd: number, count = 32768): io.Dirent[] {
    try {
      return io.readDirectory(this, this.file(fd), checkOffset(count, 'count'));
    } catch (error) {
      throw this.#fail(error, 'getdents');
    }
  }

  /** The rest of an open directory as names alone, without `.` and `..`. Not a system call: getdents(2) until its end, for those who want no more. */
  readNames(fd: number): string[] {
    try {
      return io.readNames(this, this.file(fd));
    } catch (error) {
      throw this.#fail(error, 'getdents');
    }
  }

  // ── what a file is ──

  stat(path: string): Stat {
    try {
      const walk = new Walk(this, this.cwd);
      walk.walk(checkPath(path), LOOKUP_FOLLOW);
      return attributes.statInode(walk.dentry.inode);
    } catch (error) {
      throw this.#fail(error, 'stat', path);
    }
  }

  lstat(path: string): Stat {
    try {
      const walk = new Walk(this, this.cwd);
      walk.walk(checkPath(path), 0);
      return attributes.statInode(walk.dentry.inode);
    } catch (error) {
      throw this.#fail(error, 'lstat', path);
    }
  }

  /** stat(2), or lstat(2), of what may not be there: undefined instead of ENOENT and ENOTDIR. */
  statIfExists(path: string, follow = true): Stat | undefined {
    try {
      const walk = new Walk(this, this.cwd);
      walk.quiet = true;
      const checked = checkPath(path);
      if (checked === '' || !walk.find(checked, follow ? LOOKUP_FOLLOW : 0)) return undefined;
      return attributes.statInode(walk.dentry.inode);
    } catch (error) {
      // proc says it with an error.
      if (error instanceof LinuxError && error.errno === ENOENT) return undefined;
      throw this.#fail(error, follow ? 'stat' : 'lstat', path);
    }
  }

  fstat(fd: number): Stat {
    const file = this.files.get(fd);
    if (file === undefined) {
      // What is no integer is a mistake of the program, and not a descriptor that is closed.
      if (!Number.isInteger(fd)) checkFd(fd);
      throw this.#fail(new LinuxError(EBADF), 'fstat');
    }
    return attributes.statInode(file.inode);
  }

  fstatat(dirfd: number, path: string, flags: number): Stat {
    try {
      attributes.checkStatFlags(checkFlags(flags));
      const checked = checkPath(path);
      return attributes.statAt(this, this.#at(dirfd, checked, (flags & AT_EMPTY_PATH) !== 0), checked, flags);
    } catch (error) {
      throw this.#fail(error, 'fstatat', path);
    }
  }

  statx(dirfd: number, path: string, flags: number, mask: number): Statx {
    try {
      const request = { flags: checkFlags(flags), mask: checkFlags(mask, 'mask') };
      attributes.checkStatxRequest(request);
      const checked = checkPath(path);
      return attributes.statxAt(this, this.#at(dirfd, checked, (flags & AT_EMPTY_PATH) !== 0), checked, request);
    } catch (error) {
      throw this.#fail(error, 'statx', path);
    }
  }

  statfs(path: string): Statfs {
    try {
      return attributes.statfsOf(this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW).mount);
    } catch (error) {
      throw this.#fail(error, 'statfs', path);
    }
  }

  fstatfs(fd: number): Statfs {
    try {
      return attributes.statfsOf(this.file(fd).mount);
    } catch (error) {
      throw this.#fail(error, 'fstatfs');
    }
  }

  access(path: string, mode: number): void {
    try {
      attributes.accessAt(this, this.cwd, checkPath(path), { mode: checkFlags(mode, 'mode'), flags: 0 });
    } catch (error) {
      throw this.#fail(error, 'access', path);
    }
  }

  faccessat(dirfd: number, path: string, mode: number, flags = 0): void {
    try {
      const request = { mode: checkFlags(mode, 'mode'), flags: checkFlags(flags) };
      attributes.checkAccessRequest(request);
      const checked = checkPath(path);
      attributes.accessAt(this, this.#at(dirfd, checked, (flags & AT_EMPTY_PATH) !== 0), checked, request);
    } catch (error) {
      throw this.#fail(error, 'faccessat', path);
    }
  }

  // ── changing what a file is ──

  chmod(path: string, mode: number): void {
    try {
      attributes.chmod(this, this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW), checkMode(mode));
    } catch (error) {
      throw this.#fail(error, 'chmod', path);
    }
  }

  fchmod(fd: number, mode: number): void {
    try {
      attributes.chmod(this, this.#place(fd), checkMode(mode));
    } catch (error) {
      throw this.#fail(error, 'fchmod');
    }
  }

  /** fchmodat2(2): with flags, which the older call has not. */
  fchmodat(dirfd: number, path: string, mode: number, flags = 0): void {
    try {
      const bits = this.#pathFlags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
      attributes.chmod(this, this.#lookup(dirfd, path, bits), checkMode(mode));
    } catch (error) {
      throw this.#fail(error, 'fchmodat', path);
    }
  }

  /** EINVAL for flags that are not `known`; LOOKUP_* for the rest. */
  #pathFlags(flags: number, known: number): number {
    const bits = checkFlags(flags);
    if ((bits & ~known) !== 0) throw new LinuxError(EINVAL);
    return ((bits & AT_SYMLINK_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0) | ((bits & AT_EMPTY_PATH) === 0 ? 0 : LOOKUP_EMPTY);
  }

  chown(path: string, uid: number, gid: number): void {
    try {
      attributes.chown(this, this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW), { uid: checkId(uid, 'uid'), gid: checkId(gid, 'gid') });
    } catch (error) {
      throw this.#fail(error, 'chown', path);
    }
  }

  lchown(path: string, uid: number, gid: number): void {
    try {
      attributes.chown(this, this.#lookup(AT_FDCWD, path, 0), { uid: checkId(uid, 'uid'), gid: checkId(gid, 'gid') });
    } catch (error) {
      throw this.#fail(error, 'lchown', path);
    }
  }

  fchown(fd: number, uid: number, gid: number): void {
    try {
      attributes.chown(this, this.#place(fd), { uid: checkId(uid, 'uid'), gid: checkId(gid, 'gid') });
    } catch (error) {
      throw this.#fail(error, 'fchown');
    }
  }

  fchownat(dirfd: number, path: string, uid: number, gid: number, flags = 0): void {
    try {
      const bits = this.#pathFlags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
      attributes.chown(this, this.#lookup(dirfd, path, bits), { uid: checkId(uid, 'uid'), gid: checkId(gid, 'gid') });
    } catch (error) {
      throw this.#fail(error, 'fchownat', path);
    }
  }

  /** A null path means the descriptor itself, as futimens(3) calls it. */
  utimensat(dirfd: number, path: string | null, times: readonly [Timespec, Timespec] | null, flags = 0): void {
    try {
      const pair = checkTimes(times);
      // Nothing to change: Linux looks at neither the path nor the flags.
      if (pair !== null && pair[0].nsec === UTIME_OMIT && pair[1].nsec === UTIME_OMIT) return;
      if (path === null) {
        if (dirfd === AT_FDCWD) throw new LinuxError(EFAULT);
        if (checkFlags(flags) !== 0) throw new LinuxError(EINVAL);
        attributes.utimens(this, this.#place(dirfd), pair);
      } else {
        const bits = this.#pathFlags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
        attributes.utimens(this, this.#lookup(dirfd, path, bits), pair);
      }
    } catch (error) {
      throw this.#fail(error, 'utimensat', path ?? undefined);
    }
  }

  futimens(fd: number, times: readonly [Timespec, Timespec] | null): void {
    this.utimensat(fd, null, times, 0);
  }

  // ── names ──

  mkdir(path: string, mode: number): void {
    try {
      names.mkdirAt(this, this.cwd, checkPath(path), checkMode(mode));
    } catch (error) {
      throw this.#fail(error, 'mkdir', path);
    }
  }

  mkdirat(dirfd: number, path: string, mode: number): void {
    try {
      const checked = checkPath(path);
      names.mkdirAt(this, this.#at(dirfd, checked), checked, checkMode(mode));
    } catch (error) {
      throw this.#fail(error, 'mkdirat', path);
    }
  }

  rmdir(path: string): void {
    try {
      names.rmdirAt(this, this.cwd, checkPath(path));
    } catch (error) {
      throw this.#fail(error, 'rmdir', path);
    }
  }

  unlink(path: string): void {
    try {
      names.unlinkAt(this, this.cwd, checkPath(path));
    } catch (error) {
      throw this.#fail(error, 'unlink', path);
    }
  }

  unlinkat(dirfd: number, path: string, flags: number): void {
    try {
      const bits = checkFlags(flags);
      if ((bits & ~AT_REMOVEDIR) !== 0) throw new LinuxError(EINVAL);
      const checked = checkPath(path);
      const at = this.#at(dirfd, checked);
      if (bits === 0) names.unlinkAt(this, at, checked);
      else names.rmdirAt(this, at, checked);
    } catch (error) {
      throw this.#fail(error, 'unlinkat', path);
    }
  }

  link(oldpath: string, newpath: string): void {
    try {
      const cwd = this.cwd;
      names.linkAt(this, { at: cwd, path: checkPath(oldpath, 'oldpath') }, { at: cwd, path: checkPath(newpath, 'newpath') }, 0);
    } catch (error) {
      throw this.#fail(error, 'link', oldpath, newpath);
    }
  }

  linkat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
    try {
      const path = checkPath(oldpath, 'oldpath');
      const target = checkPath(newpath, 'newpath');
      names.linkAt(this, this.#start(olddirfd, path, (flags & AT_EMPTY_PATH) !== 0), this.#start(newdirfd, target), checkFlags(flags));
    } catch (error) {
      throw this.#fail(error, 'linkat', oldpath, newpath);
    }
  }

  symlink(target: string, linkpath: string): void {
    this.symlinkat(target, AT_FDCWD, linkpath, 'symlink');
  }

  symlinkat(target: string, newdirfd: number, linkpath: string, syscall = 'symlinkat'): void {
    try {
      const checkedTarget = checkPath(target, 'target');
      const path = checkPath(linkpath, 'linkpath');
      names.symlinkAt(this, checkedTarget, this.#at(newdirfd, path), path);
    } catch (error) {
      throw this.#fail(error, syscall, target, linkpath);
    }
  }

  readlink(path: string): string {
    try {
      return this.#readlink(AT_FDCWD, path);
    } catch (error) {
      throw this.#fail(error, 'readlink', path);
    }
  }

  /** An empty path reads the link that an O_PATH descriptor is of. */
  readlinkat(dirfd: number, path: string): string {
    try {
      return this.#readlink(dirfd, path);
    } catch (error) {
      throw this.#fail(error, 'readlinkat', path);
    }
  }

  /** EINVAL, or ENOENT for an empty path, what is no link.
   *  @linux readlink full
   *  @linux readlinkat full */
  #readlink(dirfd: number, path: string): string {
    const at = this.#lookup(dirfd, path, LOOKUP_EMPTY);
    const { inode } = at;
    if ((inode.mode & S_IFMT) !== 0o120000) throw new LinuxError(path === '' ? ENOENT : EINVAL);
    const target = inode.readlink(this);
    touchAtime(at.mount, inode);
    return target;
  }

  rename(oldpath: string, newpath: string): void {
    try {
      const { cwd } = this;
      names.renameAt(this, { at: cwd, path: checkPath(oldpath, 'oldpath') }, { at: cwd, path: checkPath(newpath, 'newpath') }, 0);
    } catch (error) {
      throw this.#fail(error, 'rename', oldpath, newpath);
    }
  }

  renameat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string): void {
    this.renameat2(olddirfd, oldpath, newdirfd, newpath, 0, 'renameat');
  }

  renameat2(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number, syscall = 'renameat2'): void {
    try {
      const path = checkPath(oldpath, 'oldpath');
      const target = checkPath(newpath, 'newpath');
      names.renameAt(this, this.#start(olddirfd, path), this.#start(newdirfd, target), checkFlags(flags));
    } catch (error) {
      throw this.#fail(error, syscall, oldpath, newpath);
    }
  }

  /** `dev` is made with makedev(). */
  mknod(path: string, mode: number, dev = 0): void {
    try {
      names.mknodAt(this, this.cwd, checkPath(path), { mode: checkMode(mode), rdev: checkOffset(dev, 'dev') });
    } catch (error) {
      throw this.#fail(error, 'mknod', path);
    }
  }

  mknodat(dirfd: number, path: string, mode: number, dev = 0): void {
    try {
      const checked = checkPath(path);
      names.mknodAt(this, this.#at(dirfd, checked), checked, { mode: checkMode(mode), rdev: checkOffset(dev, 'dev') });
    } catch (error) {
      throw this.#fail(error, 'mknodat', path);
    }
  }

  // ── where the process is ──

  /** @linux chdir full */
  chdir(path: string): void {
    try {
      this.#setCwd(this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY));
    } catch (error) {
      throw this.#fail(error, 'chdir', path);
    }
  }

  /** @linux fchdir full */
  fchdir(fd: number): void {
    try {
      const file = this.file(fd);
      if ((file.inode.mode & S_IFMT) !== S_IFDIR) throw new LinuxError(ENOTDIR);
      this.#setCwd(new VirtualDentry(file.mount, file.dentry));
    } catch (error) {
      throw this.#fail(error, 'fchdir');
    }
  }

  #setCwd(at: VirtualDentry): void {
    inodePermission(this.creds, at.inode, MAY_EXEC);
    hold(at);
    release(this.cwd);
    this.cwd = at;
  }

  /** ENOENT, ENOTDIR, EACCES · EPERM.
   *  @linux chroot full */
  chroot(path: string): void {
    try {
      const at = this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
      inodePermission(this.creds, at.inode, MAY_EXEC);
      if (!this.creds.has(CAP_SYS_CHROOT)) throw new LinuxError(EPERM);
      hold(at);
      release(this.root);
      this.root = at;
    } catch (error) {
      throw this.#fail(error, 'chroot', path);
    }
  }

  getcwd(): string {
    try {
      return getcwdPath(this);
    } catch (error) {
      throw this.#fail(error, 'getcwd');
    }
  }

  /** @linux umask full */
  umask(mask: number): number {
    const before = this.fileModeMask;
    this.fileModeMask = checkMode(mask) & 0o777;
    return before;
  }

  // ── descriptors ──

  /** @linux dup full */
  dup(fd: number): number {
    try {
      return this.files.install(this.file(fd), { limit: this.#descriptorLimit });
    } catch (error) {
      throw this.#fail(error, 'dup');
    }
  }

  /** @linux dup2 full */
  dup2(oldfd: number, newfd: number): number {
    try {
      const file = this.file(oldfd);
      if (oldfd === newfd) return newfd;
      return this.#duplicate(file, newfd, false);
    } catch (error) {
      throw this.#fail(error, 'dup2');
    }
  }

  /** @linux dup3 full */
  dup3(oldfd: number, newfd: number, flags: number): number {
    try {
      const bits = checkFlags(flags);
      if ((bits & ~O_CLOEXEC) !== 0 || oldfd === newfd) throw new LinuxError(EINVAL);
      if (checkFd(newfd) >= this.#descriptorLimit) throw new LinuxError(EBADF);
      return this.#duplicate(this.file(oldfd), newfd, bits !== 0);
    } catch (error) {
      throw this.#fail(error, 'dup3');
    }
  }

  #duplicate(file: FileDescription, newfd: number, closeOnExec: boolean): number {
    if (checkFd(newfd) >= this.#descriptorLimit) throw new LinuxError(EBADF);
    file.references++;
    if (this.files.get(newfd) !== undefined) this.files.close(this, newfd);
    this.files.installAt(newfd, file, closeOnExec);
    file.references--;
    return newfd;
  }

  /** @linux fcntl partial — F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GET_SEALS, F_ADD_SEALS; locks, leases and owners are EINVAL */
  fcntl(fd: number, cmd: number, arg = 0): number {
    try {
      const file = this.file(fd);
      const value = checkFlags(arg, 'arg');
      if (cmd === F_DUPFD || cmd === F_DUPFD_CLOEXEC) {
        if (value < 0 || value >= this.#descriptorLimit) throw new LinuxError(EINVAL);
        return this.files.install(file, { limit: this.#descriptorLimit, minimum: value, closeOnExec: cmd === F_DUPFD_CLOEXEC });
      }
      if (cmd === F_GETFD) return this.files.isCloseOnExec(fd) ? FD_CLOEXEC : 0;
      if (cmd === F_SETFD) {
        this.files.setCloseOnExec(fd, (value & FD_CLOEXEC) !== 0);
        return 0;
      }
      if (cmd === F_GETFL) return file.flags;
      if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
      if (cmd === F_SETFL) return this.#setStatusFlags(file, value);
      if (cmd === F_GET_SEALS || cmd === F_ADD_SEALS) return this.#seals(file, cmd);
      throw new LinuxError(EINVAL);
    } catch (error) {
      throw this.#fail(error, 'fcntl');
    }
  }

  /** EPERM: O_APPEND may not leave an append-only file; O_NOATIME is its owner's · EINVAL: O_DIRECT, as for open. */
  #setStatusFlags(file: FileDescription, flags: number): number {
    const { inode } = file;
    if (((flags ^ file.flags) & O_APPEND) !== 0 && (inode.flags & S_APPEND) !== 0) throw new LinuxError(EPERM);
    if ((flags & O_NOATIME) !== 0 && (file.flags & O_NOATIME) === 0 && !isOwnerOrCapable(this.creds, inode)) throw new LinuxError(EPERM);
    if ((flags & O_DIRECT) !== 0 && (inode.mode & S_IFMT) !== S_IFIFO && !takesDirect(inode)) throw new LinuxError(EINVAL);
    file.flags = (file.flags & ~SETFL_MASK) | (flags & SETFL_MASK);
    file.fmode = (flags & O_NOATIME) === 0 ? file.fmode & ~FMODE_NOATIME : file.fmode | FMODE_NOATIME;
    return 0;
  }

  /** Every ordinary file of tmpfs is sealed against sealing. */
  #seals(file: FileDescription, cmd: number): number {
    if ((file.fmode & FMODE_REGULAR) === 0 || !file.inode.fs.pinned) throw new LinuxError(EINVAL);
    if (cmd === F_GET_SEALS) return F_SEAL_SEAL;
    throw new LinuxError(EPERM);
  }

  /** The generic requests first, then the file's own. EBADF · ENOTTY.
   *  @linux ioctl partial — FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC, FIONREAD, FIGETBSZ, FIOQSIZE, FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and what drivers have */
  ioctl(fd: number, request: number, arg: number | Uint8Array = 0): number {
    try {
      const file = this.#openFile(fd);
      if (typeof request !== 'number' || !Number.isInteger(request)) throw new TypeError('request must be an integer');
      if (typeof arg !== 'number' && !(arg instanceof Uint8Array)) throw new TypeError('arg must be a number or a Uint8Array');
      const bits = request >>> 0;
      switch (bits) {
        case FIOCLEX:
          this.files.setCloseOnExec(fd, true);
          return 0;
        case FIONCLEX:
          this.files.setCloseOnExec(fd, false);
          return 0;
        case FIONBIO:
          file.flags = readInt(arg) === 0 ? file.flags & ~O_NONBLOCK : file.flags | O_NONBLOCK;
          return 0;
        case FIOASYNC:
          if (readInt(arg) !== 0) throw new LinuxError(ENOTTY);
          return 0;
        case FIONREAD:
          if ((file.inode.mode & S_IFMT) === S_IFREG) {
            writeInt(arg, Math.min(file.inode.size - file.offset, 0x7fffffff));
            return 0;
          }
          break;
        case FIGETBSZ:
          writeInt(arg, file.inode.fs.blockSize);
          return 0;
        case FIOQSIZE:
          return writeBytesUsed(file.inode, arg);
      }
      return file.ioctl(bits, arg, this);
    } catch (error) {
      throw this.#fail(error, 'ioctl');
    }
  }

  /** What is ready now; never waits. The number of descriptors with an answer.
   *  @linux poll partial — without a timeout: blocking.poll waits */
  poll(fds: PollFd[]): number {
    if (!Array.isArray(fds)) throw new TypeError('fds must be an array');
    if (fds.length > this.#descriptorLimit) throw this.#fail(new LinuxError(EINVAL), 'poll');
    let ready = 0;
    for (const entry of fds) {
      entry.revents = 0;
      if (entry.fd < 0) continue;
      const file = this.files.get(entry.fd);
      if (file === undefined || (file.fmode & FMODE_PATH) !== 0) entry.revents = POLLNVAL;
      else entry.revents = file.poll() & (entry.events | POLLERR | POLLHUP);
      if (entry.revents !== 0) ready++;
    }
    return ready;
  }

  // ── extended attributes ──

  getxattr(path: string, name: string, size = 0): Uint8Array {
    return this.#getxattr('getxattr', path, LOOKUP_FOLLOW, { name, size });
  }

  lgetxattr(path: string, name: string, size = 0): Uint8Array {
    return this.#getxattr('lgetxattr', path, 0, { name, size });
  }

  fgetxattr(fd: number, name: string, size = 0): Uint8Array {
    return this.#getxattr('fgetxattr', fd, 0, { name, size });
  }

  #getxattr(syscall: string, where: string | number, lookup: number, what: { readonly name: string; readonly size: number }): Uint8Array {
    try {
      const name = checkName(what.name);
      xattr.checkXattrName(name);
      return xattr.getXattr(this, this.#where(where, lookup), name, checkOffset(what.size, 'size'));
    } catch (error) {
      throw this.#fail(error, syscall, typeof where === 'string' ? where : undefined);
    }
  }

  /** A path, or an open descriptor. */
  #where(where: string | number, lookup: number): VirtualDentry {
    return typeof where === 'number' ? this.#place(where) : this.#lookup(AT_FDCWD, where, lookup);
  }

  setxattr(path: string, name: string, value: Uint8Array, flags = 0): void {
    this.#setxattr('setxattr', path, LOOKUP_FOLLOW, { name, value, flags });
  }

  lsetxattr(path: string, name: string, value: Uint8Array, flags = 0): void {
    this.#setxattr('lsetxattr', path, 0, { name, value, flags });
  }

  fsetxattr(fd: number, name: string, value: Uint8Array, flags = 0): void {
    this.#setxattr('fsetxattr', fd, 0, { name, value, flags });
  }

  #setxattr(
    syscall: string,
    where: string | number,
    lookup: number,
    what: { readonly name: string; readonly value: Uint8Array; readonly flags: number },
  ): void {
    try {
      const attribute = { name: checkName(what.name), value: checkBytes(what.value, 'value'), flags: checkFlags(what.flags) };
      xattr.checkXattrArguments(attribute);
      xattr.setXattr(this, this.#where(where, lookup), attribute);
    } catch (error) {
      throw this.#fail(error, syscall, typeof where === 'string' ? where : undefined);
    }
  }

  listxattr(path: string, size = 0): string[] {
    return this.#listxattr('listxattr', path, LOOKUP_FOLLOW, size);
  }

  llistxattr(path: string, size = 0): string[] {
    return this.#listxattr('llistxattr', path, 0, size);
  }

  flistxattr(fd: number, size = 0): string[] {
    return this.#listxattr('flistxattr', fd, 0, size);
  }

  #listxattr(syscall: string, where: string | number, lookup: number, size: number): string[] {
    try {
      return xattr.listXattr(this, this.#where(where, lookup), checkOffset(size, 'size'));
    } catch (error) {
      throw this.#fail(error, syscall, typeof where === 'string' ? where : undefined);
    }
  }

  removexattr(path: string, name: string): void {
    this.#removexattr('removexattr', path, LOOKUP_FOLLOW, name);
  }

  lremovexattr(path: string, name: string): void {
    this.#removexattr('lremovexattr', path, 0, name);
  }

  fremovexattr(fd: number, name: string): void {
    this.#removexattr('fremovexattr', fd, 0, name);
  }

  #removexattr(syscall: string, where: string | number, lookup: number, name: string): void {
    try {
      const checked = checkName(name);
      xattr.checkXattrName(checked);
      xattr.removeXattr(this, this.#where(where, lookup), checked);
    } catch (error) {
      throw this.#fail(error, syscall, typeof where === 'string' ? where : undefined);
    }
  }

  // ── mounts ──

  mount(source: string | null, target: string, fstype: string | null, flags = 0, data: string | null = null): void {
    try {
      const request = {
        source: checkString(source, 'source'),
        type: checkString(fstype, 'fstype'),
        flags: checkFlags(flags),
        data: checkString(data, 'data'),
      };
      mountAt(this, this.cwd, checkPath(target, 'target'), request);
    } catch (error) {
      throw this.#fail(error, 'mount', source ?? undefined, target);
    }
  }

  umount(target: string): void {
    this.umount2(target, 0);
  }

  umount2(target: string, flags: number): void {
    try {
      umountAt(this, this.cwd, checkPath(target, 'target'), checkFlags(flags));
    } catch (error) {
      throw this.#fail(error, 'umount', target);
    }
  }

  unshare(flags: number): void {
    try {
      const bits = checkFlags(flags);
      if ((bits & ~(CLONE_NEWNS | CLONE_FS | CLONE_FILES)) !== 0) throw new LinuxError(EINVAL);
      // A process shares neither its directories nor its descriptors: only the mounts are left.
      if ((bits & CLONE_NEWNS) === 0) return;
      if (!this.creds.has(CAP_SYS_ADMIN)) throw new LinuxError(EPERM);
      const copy = copyNamespace(this);
      copy.namespace.users++;
      hold(copy.root);
      hold(copy.cwd);
      release(this.root);
      release(this.cwd);
      this.vfs.putNamespace(this.namespace);
      this.namespace = copy.namespace;
      this.root = copy.root;
      this.cwd = copy.cwd;
    } catch (error) {
      throw this.#fail(error, 'unshare');
    }
  }

  // ── who the process is ──

  getuid(): number {
    return this.creds.uid;
  }

  geteuid(): number {
    return this.creds.euid;
  }

  getgid(): number {
    return this.creds.gid;
  }

  getegid(): number {
    return this.creds.egid;
  }

  /** Real, effective, saved. */
  getresuid(): [number, number, number] {
    return [this.creds.uid, this.creds.euid, this.creds.suid];
  }

  getresgid(): [number, number, number] {
    return [this.creds.gid, this.creds.egid, this.creds.sgid];
  }

  getgroups(): number[] {
    return [...this.creds.groups];
  }

  /** @linux setuid full
   *  @linux setreuid full
   *  @linux setresuid full
   *  @linux setfsuid full */
  setuid(uid: number): void {
    this.#setCredentials('setuid', () => credentials.setuid(this.creds, checkId(uid, 'uid')));
  }

  setreuid(ruid: number, euid: number): void {
    this.#setCredentials('setreuid', () => credentials.setreuid(this.creds, checkId(ruid, 'ruid'), checkId(euid, 'euid')));
  }

  setresuid(ruid: number, euid: number, suid: number): void {
    const ids = { real: checkId(ruid, 'ruid'), effective: checkId(euid, 'euid'), saved: checkId(suid, 'suid') };
    this.#setCredentials('setresuid', () => credentials.setresuid(this.creds, ids));
  }

  /** The id that was in force before. */
  setfsuid(uid: number): number {
    const before = this.creds.fsuid;
    this.creds = credentials.setfsuid(this.creds, checkId(uid, 'uid'));
    return before;
  }

  /** @linux setgid full
   *  @linux setregid full
   *  @linux setresgid full
   *  @linux setfsgid full
   *  @linux setgroups full */
  setgid(gid: number): void {
    this.#setCredentials('setgid', () => credentials.setgid(this.creds, checkId(gid, 'gid')));
  }

  setregid(rgid: number, egid: number): void {
    this.#setCredentials('setregid', () => credentials.setregid(this.creds, checkId(rgid, 'rgid'), checkId(egid, 'egid')));
  }

  setresgid(rgid: number, egid: number, sgid: number): void {
    const ids = { real: checkId(rgid, 'rgid'), effective: checkId(egid, 'egid'), saved: checkId(sgid, 'sgid') };
    this.#setCredentials('setresgid', () => credentials.setresgid(this.creds, ids));
  }

  setfsgid(gid: number): number {
    const before = this.creds.fsgid;
    this.creds = credentials.setfsgid(this.creds, checkId(gid, 'gid'));
    return before;
  }

  setgroups(groups: readonly number[]): void {
    if (!Array.isArray(groups)) throw new TypeError('groups must be an array of gids');
    const list = groups.map((gid) => checkId(gid, 'groups'));
    this.#setCredentials('setgroups', () => credentials.setgroups(this.creds, list));
  }

  #setCredentials(syscall: string, change: () => Credentials): void {
    try {
      this.creds = change();
    } catch (error) {
      throw this.#fail(error, syscall);
    }
  }

  /** Capability numbers. */
  capget(): { effective: number[]; permitted: number[]; inheritable: number[] } {
    const { effective, permitted, inheritable } = this.creds;
    return { effective: effective.list(), permitted: permitted.list(), inheritable: inheritable.list() };
  }

  /** @linux capget full
   *  @linux capset full */
  capset(sets: {
    readonly effective: readonly number[];
    readonly permitted: readonly number[];
    readonly inheritable: readonly number[];
  }): void {
    const words = {
      effective: CapabilitySet.of(sets.effective),
      permitted: CapabilitySet.of(sets.permitted),
      inheritable: CapabilitySet.of(sets.inheritable),
    };
    this.#setCredentials('capset', () => credentials.capset(this.creds, words));
  }

  // ── limits ──

  #limit(resource: number): Rlimit {
    return this.limits.get(resource) ?? { cur: RLIM_INFINITY, max: RLIM_INFINITY };
  }

  getrlimit(resource: number): Rlimit {
    if (!(resource >= 0 && resource < RLIM_NLIMITS)) throw this.#fail(new LinuxError(EINVAL), 'getrlimit');
    return this.#limit(resource);
  }

  /** EINVAL resource, cur beyond max · EPERM raising max without CAP_SYS_RESOURCE, NOFILE beyond fs.nr_open.
   *  @linux getrlimit full
   *  @linux setrlimit partial — RLIMIT_NOFILE and RLIMIT_FSIZE are enforced; the others are kept */
  setrlimit(resource: number, limit: Rlimit): void {
    try {
      if (!(resource >= 0 && resource < RLIM_NLIMITS)) throw new LinuxError(EINVAL);
      const { cur, max } = limit;
      if (!(cur >= 0) || !(max >= 0)) throw new TypeError('cur and max must be numbers from 0 to Infinity');
      if (cur > max) throw new LinuxError(EINVAL);
      if (resource === RLIMIT_NOFILE && max > this.vfs.sysctl['fs.nr_open']) throw new LinuxError(EPERM);
      if (max > this.#limit(resource).max && !this.creds.has(CAP_SYS_RESOURCE)) throw new LinuxError(EPERM);
      this.limits.set(resource, { cur, max });
      if (resource === RLIMIT_FSIZE) this.fileSizeLimit = cur;
      if (resource === RLIMIT_NOFILE) this.#descriptorLimit = cur;
    } catch (error) {
      throw this.#fail(error, 'setrlimit');
    }
  }
}

/** An attribute's name: no NUL, one string for one sequence of bytes. */
function checkName(name: string): string {
  if (typeof name !== 'string') throw new TypeError('name must be a string');
  return name.length > 4000 ? name.slice(0, 4000) : checkPath(name, 'name');
}

/** What a request's argument points at. EFAULT: a number is no address of ours, and neither are too few bytes. */
function pointed(arg: number | Uint8Array, size: number): DataView {
  if (typeof arg === 'number' || arg.length < size) throw new LinuxError(EFAULT);
  return new DataView(arg.buffer, arg.byteOffset, arg.byteLength);
}

function readInt(arg: number | Uint8Array): number {
  return pointed(arg, 4).getInt32(0, true);
}

function writeInt(arg: number | Uint8Array, value: number): void {
  pointed(arg, 4).setInt32(0, value, true);
}

/** FIOQSIZE: the bytes that are allocated, where there can be any. ENOTTY. */
function writeBytesUsed(inode: Inode, arg: number | Uint8Array): number {
  const type = inode.mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFDIR && type !== S_IFLNK) throw new LinuxError(ENOTTY);
  const answer = pointed(arg, 8);
  const bytes = inode.blocks * 512;
  answer.setUint32(0, bytes, true);
  answer.setUint32(4, Math.floor(bytes / 0x100000000), true);
  return 0;
}
