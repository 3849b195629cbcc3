/**
 * A process: one method per system call, named as in section 2 of the manual. Linux: struct task_struct.
 *
 * Each method checks its arguments, calls the VFS, and adds `syscall`, `path` and `dest` to a failure. No rule of the filesystem is written here.
 * A call that would wait fails with EAGAIN; `blocking` has the forms that wait.
 */
import { checkText, mistaken } from '../abi/check.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, LinuxError } from '../abi/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_RESOURCE } from '../abi/capability.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_IN_ROOT,
  RWF_APPEND,
  RWF_NOAPPEND,
} from '../abi/fcntl.ts';
import { NAME_MAX } from '../abi/limits.ts';
import { CLONE_FILES, CLONE_FS, CLONE_NEWNS } from '../abi/mount.ts';
import { nameLength } from '../abi/name.ts';
import { RLIM_INFINITY, RLIMIT_FSIZE, RLIMIT_NOFILE } from '../abi/resource.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, type Stat, type Statfs, type Statx } from '../abi/stat.ts';
import { type Timespec, UTIME_OMIT } from '../abi/time.ts';
import * as attributes from '../vfs/attributes.ts';
import { bindAnonymous } from '../vfs/anonymous.ts';
import type { Caller } from '../vfs/caller.ts';
import { CapabilitySet, type Credentials } from '../vfs/credentials.ts';
import { hold, release, VirtualDentry } from '../vfs/dentry.ts';
import { type FileDescription, FMODE_PATH, FMODE_READ, FMODE_REGULAR, FMODE_WRITE } from '../vfs/file-description.ts';

import type { MountNamespace } from '../vfs/mount.ts';
import { copyNamespace, mountAt, umountAt } from '../vfs/mounting.ts';
import * as names from '../vfs/names.ts';
import { checkOpenHow, type OpenHow, openAt, openHow } from '../vfs/open.ts';
import { getcwdPath } from '../vfs/path-name.ts';
import { inodePermission, MAY_EXEC } from '../vfs/permission.ts';
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
import { GROUP, USER } from './credentials.ts';
import { fcntl } from './fcntl.ts';
import { FileTable, putFile } from './file-table.ts';
import { ioctl } from './ioctl.ts';
import type { Kernel } from './kernel.ts';
import { type PollFd, poll } from './poll.ts';
import { checkTransferFlags, transferVector } from './vector.ts';

/** Kinds of limit there are. Linux: RLIM_NLIMITS. */
const RLIM_NLIMITS = 16;

export interface Rlimit {
  /** The limit in force, Infinity for none. */
  readonly cur: number;
  /** How far an ordinary process may raise it. */
  readonly max: number;
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
  /** RLIMIT_NOFILE. */
  descriptorLimit: number;
  exited: boolean;
  readonly limits: Map<number, Rlimit>;
  readonly files: FileTable;
  /** The forms that wait instead of failing with EAGAIN. */
  readonly blocking: Blocking;

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
    this.descriptorLimit = this.#limit(RLIMIT_NOFILE).cur;
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
    if (options.fd === undefined) return this.files.install(file, { limit: this.descriptorLimit });
    this.#replace(file, options.fd, false);
    return options.fd;
  }

  /** Drops a reference that was taken on a description. */
  put(file: FileDescription): void {
    putFile(this, file);
  }

  /** A failure says which system call it was, and of which paths. */
  #fail(error: unknown, syscall: string, path?: string | null, dest?: string): unknown {
    if (error instanceof LinuxError && error.syscall === undefined) {
      error.syscall = syscall;
      if (typeof path === 'string') error.path = path;
      if (dest !== undefined) error.dest = dest;
      if (this.kernel.stacks) error.captureStack(this.#fail);
    }
    return error;
  }

  /** A call that is not made often. The others catch for themselves: a closure costs. */
  #call<T>(syscall: string, body: () => T, path?: string | null, dest?: string): T {
    try {
      return body();
    } catch (error) {
      throw this.#fail(error, syscall, path, dest);
    }
  }

  /** Where a relative path starts. ENOENT an empty path that is not allowed to be · EBADF. */
  #at(dirfd: number, path: string, emptyAllowed = false): VirtualDentry {
    if (path === '' && !emptyAllowed) throw new LinuxError(ENOENT);
    if (dirfd === AT_FDCWD || path.charCodeAt(0) === 47) return this.cwd;
    return placeOf(this.file(dirfd));
  }

  /** A path and where it starts. */
  #start(dirfd: number, path: string, emptyAllowed = false): names.PathAt {
    return dirfd === AT_FDCWD ? { path, at: this.cwd } : this.#startLater(dirfd, path, emptyAllowed);
  }

  /** The descriptor is looked at when its turn comes: of two bad ones the first one's error is reported. */
  #startLater(dirfd: number, path: string, emptyAllowed: boolean): names.PathAt {
    const at = (): VirtualDentry => this.#at(dirfd, path, emptyAllowed);
    return {
      path,
      get at() {
        return at();
      },
      opener: path === '' ? this.files.get(dirfd)?.creds : undefined,
    };
  }

  /** What a path means from a directory; null means the descriptor itself. */
  #lookup(dirfd: number, path: string | null, flags: number): VirtualDentry {
    if (path === null) return placeOf(this.#openFile(dirfd));
    const checked = checkPath(path);
    return lookupAt(this, this.#at(dirfd, checked, (flags & LOOKUP_EMPTY) !== 0), checked, flags);
  }

  /** An open file that is not only a place. EBADF. */
  #openFile(fd: number): FileDescription {
    const file = this.file(fd);
    if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
    return file;
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
    return this.#call('openat', () => this.#open(dirfd, path, openHow(checkFlags(flags), checkMode(mode))), path);
  }

  openat2(dirfd: number, path: string, how: { readonly flags: number; readonly mode?: number; readonly resolve?: number }): number {
    return this.#call(
      'openat2',
      () => {
        const mode = how.mode ?? 0;
        const flags = checkOffset(how.flags, 'flags');
        const resolve = checkOffset(how.resolve ?? 0, 'resolve');
        // The fields are 64 bits wide and every unknown bit is refused.
        if (flags < 0 || flags > 0x7fffffff || resolve < 0 || resolve > 0x7fffffff) throw new LinuxError(EINVAL);
        if (checkOffset(mode, 'mode') < 0 || mode > 0o7777) throw new LinuxError(EINVAL);
        return this.#open(dirfd, path, { flags, mode, resolve });
      },
      path,
    );
  }

  creat(path: string, mode: number): number {
    return this.#call('creat', () => this.#open(AT_FDCWD, path, openHow(O_CREAT | O_WRONLY | O_TRUNC, checkMode(mode))), path);
  }

  #open(dirfd: number, path: string, how: OpenHow): number {
    checkOpenHow(how);
    const checked = checkPath(path);
    // A process without a free descriptor changes nothing. Linux: get_unused_fd_flags() comes before the walk.
    const fd = this.files.lowestFree();
    if (fd >= this.descriptorLimit) throw new LinuxError(EMFILE);
    // With RESOLVE_IN_ROOT the directory is what `/` means.
    const start = (how.resolve & RESOLVE_IN_ROOT) === 0 || dirfd === AT_FDCWD ? this.#at(dirfd, checked) : placeOf(this.file(dirfd));
    const file = openAt(this, start, checked, how);
    const closeOnExec = (how.flags & O_CLOEXEC) !== 0;
    // A driver may have opened something for this process meanwhile.
    if (this.files.get(fd) !== undefined) return this.files.install(file, { limit: RLIM_INFINITY, closeOnExec });
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
    this.#call('close_range', () => {
      const bits = checkFlags(flags);
      if ((bits & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || first > last) throw new LinuxError(EINVAL);
      for (const [fd] of [...this.files.entries()]) {
        if (fd < first || fd > last) continue;
        if ((bits & CLOSE_RANGE_CLOEXEC) !== 0) this.files.setCloseOnExec(fd, true);
        else this.files.close(this, fd);
      }
    });
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

  readv(fd: number, intos: readonly Uint8Array[]): number {
    return this.#call('readv', () => {
      const file = this.file(fd);
      return transferVector(file, FMODE_READ, intos, (buffer) => io.readFile(this, file, buffer));
    });
  }

  writev(fd: number, froms: readonly Uint8Array[]): number {
    return this.#call('writev', () => {
      const file = this.file(fd);
      return transferVector(file, FMODE_WRITE, froms, (buffer) => io.writeFile(this, file, buffer));
    });
  }

  preadv(fd: number, intos: readonly Uint8Array[], offset: number): number {
    return this.#call('preadv', () => {
      const file = this.#positioned(fd, offset);
      return transferVector(file, FMODE_READ, intos, (buffer, done) => io.preadFile(this, file, buffer, offset + done));
    });
  }

  pwritev(fd: number, froms: readonly Uint8Array[], offset: number): number {
    return this.#call('pwritev', () => {
      const file = this.#positioned(fd, offset);
      return transferVector(file, FMODE_WRITE, froms, (buffer, done) => io.pwriteFile(this, file, buffer, offset + done));
    });
  }

  /** An offset of -1 is the file's own. */
  preadv2(fd: number, intos: readonly Uint8Array[], offset: number, flags: number): number {
    return this.#call('preadv2', () => {
      checkTransferFlags(flags);
      return offset === -1 ? this.readv(fd, intos) : this.preadv(fd, intos, offset);
    });
  }

  pwritev2(fd: number, froms: readonly Uint8Array[], offset: number, flags: number): number {
    return this.#call('pwritev2', () => {
      const bits = checkTransferFlags(flags);
      const file = offset === -1 ? this.file(fd) : this.#positioned(fd, offset);
      const appends = (bits & RWF_APPEND) !== 0 || ((file.flags & O_APPEND) !== 0 && (bits & RWF_NOAPPEND) === 0);
      if ((file.fmode & FMODE_REGULAR) === 0) return offset === -1 ? this.writev(fd, froms) : this.pwritev(fd, froms, offset);
      let position = offset === -1 ? file.offset : offset;
      const count = transferVector(file, FMODE_WRITE, froms, (buffer) => {
        if (appends) position = file.inode.size;
        const written = io.writeRegular(this, file, buffer, position);
        position += written;
        return written;
      });
      if (offset === -1) file.offset = position;
      return count;
    });
  }

  lseek(fd: number, offset: number, whence: number): number {
    try {
      return io.seekFile(this.file(fd), checkOffset(offset), checkFlags(whence, 'whence'));
    } catch (error) {
      throw this.#fail(error, 'lseek');
    }
  }

  copy_file_range(fdIn: number, offIn: number | null, fdOut: number, offOut: number | null, length: number, flags = 0): number {
    return this.#call('copy_file_range', () => {
      const from = { file: this.file(fdIn), offset: offIn === null ? null : checkOffset(offIn, 'offIn') };
      const to = { file: this.file(fdOut), offset: offOut === null ? null : checkOffset(offOut, 'offOut') };
      return io.copyFileRange(this, from, to, checkOffset(length, 'length'), checkFlags(flags));
    });
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
    this.#call('fallocate', () => {
      const range = { offset: checkOffset(offset), length: checkOffset(length, 'length') };
      io.allocateFile(this, this.file(fd), checkFlags(mode, 'mode'), range);
    });
  }

  /** @linux fsync full
   *  @linux fdatasync full */
  fsync(fd: number): void {
    this.#call('fsync', () => this.#openFile(fd).sync());
  }

  fdatasync(fd: number): void {
    this.#call('fdatasync', () => this.#openFile(fd).sync());
  }

  /** @linux sync full */
  sync(): void {
    for (const mount of this.namespace.mounts) mount.fs.sync();
  }

  /** @linux syncfs full */
  syncfs(fd: number): void {
    this.#call('syncfs', () => this.#openFile(fd).mount.fs.sync());
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
    return this.#call('getdents', () => io.readNames(this, this.file(fd)));
  }

  // ── what a file is ──

  stat(path: string): Stat {
    return this.#stat('stat', path, LOOKUP_FOLLOW);
  }

  lstat(path: string): Stat {
    return this.#stat('lstat', path, 0);
  }

  #stat(syscall: string, path: string, lookup: number): Stat {
    try {
      const walk = new Walk(this, this.cwd);
      walk.walk(checkPath(path), lookup);
      return attributes.statInode(walk.dentry.inode);
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  /** stat(2), or lstat(2), of what may not be there: undefined instead of ENOENT and ENOTDIR. */
  statIfExists(path: string, follow = true): Stat | undefined {
    const found = this.statOrErrno(path, follow);
    return typeof found === 'number' ? undefined : found;
  }

  /** The same, with the errno (ENOENT or ENOTDIR) for an answer: an error that nobody throws costs nothing. */
  statOrErrno(path: string, follow = true): Stat | number {
    try {
      const walk = new Walk(this, this.cwd);
      walk.quiet = true;
      const checked = checkPath(path);
      if (checked === '') return ENOENT;
      if (walk.find(checked, follow ? LOOKUP_FOLLOW : 0)) return attributes.statInode(walk.dentry.inode);
      if ((walk.dentry.inode.mode & S_IFMT) !== S_IFDIR) return ENOTDIR;
      if (nameLength(walk.last) > NAME_MAX) throw new LinuxError(ENAMETOOLONG);
      return ENOENT;
    } catch (error) {
      // proc says it with an error.
      if (error instanceof LinuxError && error.errno === ENOENT) return ENOENT;
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
    return this.#call('statfs', () => attributes.statfsOf(this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW).mount), path);
  }

  fstatfs(fd: number): Statfs {
    return this.#call('fstatfs', () => attributes.statfsOf(this.file(fd).mount));
  }

  access(path: string, mode: number): void {
    this.#access('access', AT_FDCWD, path, { mode, flags: 0 });
  }

  faccessat(dirfd: number, path: string, mode: number, flags = 0): void {
    this.#access('faccessat', dirfd, path, { mode, flags });
  }

  #access(syscall: string, dirfd: number, path: string, request: { readonly mode: number; readonly flags: number }): void {
    try {
      const mode = checkFlags(request.mode, 'mode');
      const flags = checkFlags(request.flags);
      attributes.checkAccessRequest(mode, flags);
      const checked = checkPath(path);
      attributes.accessAt(this, this.#at(dirfd, checked, (flags & AT_EMPTY_PATH) !== 0), checked, { mode, flags });
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  // ── changing what a file is ──

  chmod(path: string, mode: number): void {
    this.#chmod('chmod', AT_FDCWD, path, { mode });
  }

  fchmod(fd: number, mode: number): void {
    this.#chmod('fchmod', fd, null, { mode });
  }

  /** fchmodat2(2): with flags, which the older call has not. */
  fchmodat(dirfd: number, path: string, mode: number, flags = 0): void {
    this.#chmod('fchmodat', dirfd, path, { mode, flags });
  }

  #chmod(syscall: string, dirfd: number, path: string | null, change: { readonly mode: number; readonly flags?: number }): void {
    try {
      const place = this.#lookup(dirfd, path, lookupFlags(change.flags));
      attributes.chmod(this, place, checkMode(change.mode));
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  chown(path: string, uid: number, gid: number): void {
    this.#chown('chown', AT_FDCWD, path, { uid, gid });
  }

  lchown(path: string, uid: number, gid: number): void {
    this.#chown('lchown', AT_FDCWD, path, { uid, gid, flags: AT_SYMLINK_NOFOLLOW });
  }

  fchown(fd: number, uid: number, gid: number): void {
    this.#chown('fchown', fd, null, { uid, gid });
  }

  fchownat(dirfd: number, path: string, uid: number, gid: number, flags = 0): void {
    this.#chown('fchownat', dirfd, path, { uid, gid, flags });
  }

  #chown(
    syscall: string,
    dirfd: number,
    path: string | null,
    owner: { readonly uid: number; readonly gid: number; readonly flags?: number },
  ): void {
    try {
      const place = this.#lookup(dirfd, path, lookupFlags(owner.flags));
      attributes.chown(this, place, { uid: checkId(owner.uid, 'uid'), gid: checkId(owner.gid, 'gid') });
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  /** A null path means the descriptor itself, as futimens(3) calls it. */
  utimensat(dirfd: number, path: string | null, times: readonly [Timespec, Timespec] | null, flags = 0): void {
    try {
      const pair = checkTimes(times);
      // Nothing to change: Linux looks at neither the path nor the flags.
      if (pair !== null && pair[0].nsec === UTIME_OMIT && pair[1].nsec === UTIME_OMIT) return;
      if (path === null && dirfd === AT_FDCWD) throw new LinuxError(EFAULT);
      const lookup = lookupFlags(flags);
      if (path === null && flags !== 0) throw new LinuxError(EINVAL);
      attributes.utimens(this, this.#lookup(dirfd, path, lookup), pair);
    } catch (error) {
      throw this.#fail(error, 'utimensat', path);
    }
  }

  futimens(fd: number, times: readonly [Timespec, Timespec] | null): void {
    this.utimensat(fd, null, times, 0);
  }

  // ── names ──

  mkdir(path: string, mode: number): void {
    this.#mkdir('mkdir', AT_FDCWD, path, mode);
  }

  mkdirat(dirfd: number, path: string, mode: number): void {
    this.#mkdir('mkdirat', dirfd, path, mode);
  }

  #mkdir(syscall: string, dirfd: number, path: string, mode: number): void {
    try {
      const checked = checkPath(path);
      names.mkdirAt(this, this.#at(dirfd, checked), checked, checkMode(mode));
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  rmdir(path: string): void {
    this.#unlink('rmdir', AT_FDCWD, path, AT_REMOVEDIR);
  }

  unlink(path: string): void {
    this.#unlink('unlink', AT_FDCWD, path, 0);
  }

  unlinkat(dirfd: number, path: string, flags: number): void {
    this.#unlink('unlinkat', dirfd, path, flags);
  }

  #unlink(syscall: string, dirfd: number, path: string, flags: number): void {
    try {
      const bits = checkFlags(flags);
      if ((bits & ~AT_REMOVEDIR) !== 0) throw new LinuxError(EINVAL);
      const checked = checkPath(path);
      const at = this.#at(dirfd, checked);
      if (bits === 0) names.unlinkAt(this, at, checked);
      else names.rmdirAt(this, at, checked);
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  link(oldpath: string, newpath: string): void {
    this.#link('link', AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
  }

  linkat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
    this.#link('linkat', olddirfd, oldpath, newdirfd, newpath, flags);
  }

  #link(syscall: string, olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
    try {
      const path = checkPath(oldpath, 'oldpath');
      const target = checkPath(newpath, 'newpath');
      const bits = checkFlags(flags);
      names.linkAt(this, this.#start(olddirfd, path, (bits & AT_EMPTY_PATH) !== 0), this.#start(newdirfd, target), bits);
    } catch (error) {
      throw this.#fail(error, syscall, oldpath, newpath);
    }
  }

  symlink(target: string, linkpath: string): void {
    this.#symlink('symlink', target, AT_FDCWD, linkpath);
  }

  symlinkat(target: string, newdirfd: number, linkpath: string): void {
    this.#symlink('symlinkat', target, newdirfd, linkpath);
  }

  #symlink(syscall: string, target: string, newdirfd: number, linkpath: string): void {
    try {
      const checkedTarget = checkPath(target, 'target');
      const path = checkPath(linkpath, 'linkpath');
      names.symlinkAt(this, checkedTarget, this.#at(newdirfd, path), path);
    } catch (error) {
      throw this.#fail(error, syscall, target, linkpath);
    }
  }

  readlink(path: string): string {
    return this.#readlink('readlink', AT_FDCWD, path);
  }

  /** An empty path reads the link that an O_PATH descriptor is of. */
  readlinkat(dirfd: number, path: string): string {
    return this.#readlink('readlinkat', dirfd, path);
  }

  /** EINVAL, or ENOENT for an empty path, what is no link.
   *  @linux readlink full
   *  @linux readlinkat full */
  #readlink(syscall: string, dirfd: number, path: string): string {
    try {
      const at = this.#lookup(dirfd, path, LOOKUP_EMPTY);
      const { inode } = at;
      if ((inode.mode & S_IFMT) !== S_IFLNK) throw new LinuxError(path === '' ? ENOENT : EINVAL);
      const target = inode.readlink(this);
      touchAtime(at.mount, inode);
      return target;
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  rename(oldpath: string, newpath: string): void {
    this.#rename('rename', AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
  }

  renameat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string): void {
    this.#rename('renameat', olddirfd, oldpath, newdirfd, newpath, 0);
  }

  renameat2(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
    this.#rename('renameat2', olddirfd, oldpath, newdirfd, newpath, flags);
  }

  #rename(syscall: string, olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
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
    this.#mknod('mknod', AT_FDCWD, path, { mode, dev });
  }

  mknodat(dirfd: number, path: string, mode: number, dev = 0): void {
    this.#mknod('mknodat', dirfd, path, { mode, dev });
  }

  #mknod(syscall: string, dirfd: number, path: string, node: { readonly mode: number; readonly dev: number }): void {
    try {
      const checked = checkPath(path);
      names.mknodAt(this, this.#at(dirfd, checked), checked, { mode: checkMode(node.mode), rdev: checkOffset(node.dev, 'dev') });
    } catch (error) {
      throw this.#fail(error, syscall, path);
    }
  }

  // ── where the process is ──

  /** @linux chdir full */
  chdir(path: string): void {
    this.#call('chdir', () => this.#setCwd(this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY)), path);
  }

  /** @linux fchdir full */
  fchdir(fd: number): void {
    this.#call('fchdir', () => {
      const file = this.file(fd);
      if ((file.inode.mode & S_IFMT) !== S_IFDIR) throw new LinuxError(ENOTDIR);
      this.#setCwd(placeOf(file));
    });
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
    this.#call('chroot', () => this.#setRoot(this.#lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY)), path);
  }

  #setRoot(at: VirtualDentry): void {
    inodePermission(this.creds, at.inode, MAY_EXEC);
    if (!this.creds.has(CAP_SYS_CHROOT)) throw new LinuxError(EPERM);
    hold(at);
    release(this.root);
    this.root = at;
  }

  getcwd(): string {
    return this.#call('getcwd', () => getcwdPath(this));
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
    return this.#call('dup', () => this.files.install(this.file(fd), { limit: this.descriptorLimit }));
  }

  /** @linux dup2 full */
  dup2(oldfd: number, newfd: number): number {
    return this.#call('dup2', () => {
      const file = this.file(oldfd);
      return oldfd === newfd ? newfd : this.#duplicate(file, newfd, false);
    });
  }

  /** @linux dup3 full */
  dup3(oldfd: number, newfd: number, flags: number): number {
    return this.#call('dup3', () => {
      const bits = checkFlags(flags);
      if ((bits & ~O_CLOEXEC) !== 0 || oldfd === newfd) throw new LinuxError(EINVAL);
      this.#checkNew(newfd);
      return this.#duplicate(this.file(oldfd), newfd, bits !== 0);
    });
  }

  /** EBADF: the table does not reach as far. */
  #checkNew(newfd: number): void {
    if (checkFd(newfd) >= this.descriptorLimit) throw new LinuxError(EBADF);
  }

  #duplicate(file: FileDescription, newfd: number, closeOnExec: boolean): number {
    this.#checkNew(newfd);
    this.#replace(file, newfd, closeOnExec);
    return newfd;
  }

  /** Puts a description at a number, closing what was there. */
  #replace(file: FileDescription, fd: number, closeOnExec: boolean): void {
    file.references++;
    if (this.files.get(fd) !== undefined) this.files.close(this, fd);
    this.files.installAt(fd, file, closeOnExec);
    file.references--;
  }

  fcntl(fd: number, cmd: number, arg = 0): number {
    return this.#call('fcntl', () => fcntl(this, fd, cmd, checkFlags(arg, 'arg')));
  }

  ioctl(fd: number, request: number, arg: number | Uint8Array = 0): number {
    return this.#call('ioctl', () => ioctl(this, fd, this.#openFile(fd), { request, arg }));
  }

  poll(fds: PollFd[]): number {
    return this.#call('poll', () => poll(this, fds));
  }

  // ── extended attributes ──

  getxattr(path: string, name: string, size = 0): Uint8Array {
    return this.#getxattr('getxattr', AT_FDCWD, path, LOOKUP_FOLLOW, { name, size });
  }

  lgetxattr(path: string, name: string, size = 0): Uint8Array {
    return this.#getxattr('lgetxattr', AT_FDCWD, path, 0, { name, size });
  }

  fgetxattr(fd: number, name: string, size = 0): Uint8Array {
    return this.#getxattr('fgetxattr', fd, null, 0, { name, size });
  }

  #getxattr(
    syscall: string,
    dirfd: number,
    path: string | null,
    lookup: number,
    what: { readonly name: string; readonly size: number },
  ): Uint8Array {
    const get = (): Uint8Array => {
      const name = xattr.checkXattrName(checkText(what.name, 'name'));
      return xattr.getXattr(this, this.#lookup(dirfd, path, lookup), name, checkOffset(what.size, 'size'));
    };
    return this.#call(syscall, get, path);
  }

  setxattr(path: string, name: string, value: Uint8Array, flags = 0): void {
    this.#setxattr('setxattr', AT_FDCWD, path, LOOKUP_FOLLOW, { name, value, flags });
  }

  lsetxattr(path: string, name: string, value: Uint8Array, flags = 0): void {
    this.#setxattr('lsetxattr', AT_FDCWD, path, 0, { name, value, flags });
  }

  fsetxattr(fd: number, name: string, value: Uint8Array, flags = 0): void {
    this.#setxattr('fsetxattr', fd, null, 0, { name, value, flags });
  }

  #setxattr(syscall: string, dirfd: number, path: string | null, lookup: number, what: xattr.Attribute): void {
    const set = (): void => {
      const attribute = { name: checkText(what.name, 'name'), value: checkBytes(what.value, 'value'), flags: checkFlags(what.flags) };
      xattr.checkXattrArguments(attribute);
      xattr.setXattr(this, this.#lookup(dirfd, path, lookup), attribute);
    };
    this.#call(syscall, set, path);
  }

  listxattr(path: string, size = 0): string[] {
    return this.#listxattr('listxattr', AT_FDCWD, path, LOOKUP_FOLLOW, size);
  }

  llistxattr(path: string, size = 0): string[] {
    return this.#listxattr('llistxattr', AT_FDCWD, path, 0, size);
  }

  flistxattr(fd: number, size = 0): string[] {
    return this.#listxattr('flistxattr', fd, null, 0, size);
  }

  #listxattr(syscall: string, dirfd: number, path: string | null, lookup: number, size: number): string[] {
    return this.#call(syscall, () => xattr.listXattr(this, this.#lookup(dirfd, path, lookup), checkOffset(size, 'size')), path);
  }

  removexattr(path: string, name: string): void {
    this.#removexattr('removexattr', AT_FDCWD, path, LOOKUP_FOLLOW, name);
  }

  lremovexattr(path: string, name: string): void {
    this.#removexattr('lremovexattr', AT_FDCWD, path, 0, name);
  }

  fremovexattr(fd: number, name: string): void {
    this.#removexattr('fremovexattr', fd, null, 0, name);
  }

  #removexattr(syscall: string, dirfd: number, path: string | null, lookup: number, name: string): void {
    const remove = (): void => {
      const checked = xattr.checkXattrName(checkText(name, 'name'));
      xattr.removeXattr(this, this.#lookup(dirfd, path, lookup), checked);
    };
    this.#call(syscall, remove, path);
  }

  // ── mounts ──

  mount(source: string | null, target: string, fstype: string | null, flags = 0, data: string | null = null): void {
    const mount = (): void => {
      const request = {
        source: checkString(source, 'source'),
        type: checkString(fstype, 'fstype'),
        flags: checkFlags(flags),
        data: checkString(data, 'data'),
      };
      mountAt(this, this.cwd, checkPath(target, 'target'), request);
    };
    this.#call('mount', mount, source, target);
  }

  umount(target: string): void {
    this.umount2(target, 0);
  }

  umount2(target: string, flags: number): void {
    this.#call('umount', () => umountAt(this, this.cwd, checkPath(target, 'target'), checkFlags(flags)), target);
  }

  unshare(flags: number): void {
    this.#call('unshare', () => {
      const bits = checkFlags(flags);
      if ((bits & ~(CLONE_NEWNS | CLONE_FS | CLONE_FILES)) !== 0) throw new LinuxError(EINVAL);
      // A process shares neither its directories nor its descriptors: only the mounts are left.
      if ((bits & CLONE_NEWNS) === 0) return;
      if (!this.creds.has(CAP_SYS_ADMIN)) throw new LinuxError(EPERM);
      const { namespace, root, cwd } = copyNamespace(this);
      namespace.users++;
      hold(root);
      hold(cwd);
      release(this.root);
      release(this.cwd);
      this.vfs.putNamespace(this.namespace);
      Object.assign(this, { namespace, root, cwd });
    });
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
    this.#setCredentials('setuid', () => credentials.set(this.creds, USER, checkId(uid, 'uid')));
  }

  setreuid(ruid: number, euid: number): void {
    this.#setCredentials('setreuid', () =>
      credentials.setre(this.creds, USER, { real: checkId(ruid, 'ruid'), effective: checkId(euid, 'euid') }),
    );
  }

  setresuid(ruid: number, euid: number, suid: number): void {
    this.#setCredentials('setresuid', () =>
      credentials.setres(this.creds, USER, { real: checkId(ruid, 'ruid'), effective: checkId(euid, 'euid'), saved: checkId(suid, 'suid') }),
    );
  }

  /** The id that was in force before. */
  setfsuid(uid: number): number {
    const before = this.creds.fsuid;
    this.creds = credentials.setfs(this.creds, USER, checkId(uid, 'uid'));
    return before;
  }

  /** @linux setgid full
   *  @linux setregid full
   *  @linux setresgid full
   *  @linux setfsgid full
   *  @linux setgroups full */
  setgid(gid: number): void {
    this.#setCredentials('setgid', () => credentials.set(this.creds, GROUP, checkId(gid, 'gid')));
  }

  setregid(rgid: number, egid: number): void {
    this.#setCredentials('setregid', () =>
      credentials.setre(this.creds, GROUP, { real: checkId(rgid, 'rgid'), effective: checkId(egid, 'egid') }),
    );
  }

  setresgid(rgid: number, egid: number, sgid: number): void {
    this.#setCredentials('setresgid', () =>
      credentials.setres(this.creds, GROUP, {
        real: checkId(rgid, 'rgid'),
        effective: checkId(egid, 'egid'),
        saved: checkId(sgid, 'sgid'),
      }),
    );
  }

  setfsgid(gid: number): number {
    const before = this.creds.fsgid;
    this.creds = credentials.setfs(this.creds, GROUP, checkId(gid, 'gid'));
    return before;
  }

  setgroups(groups: readonly number[]): void {
    if (!Array.isArray(groups)) throw mistaken('groups', 'an array', groups);
    const list = groups.map((gid) => checkId(gid, 'groups'));
    this.#setCredentials('setgroups', () => credentials.setgroups(this.creds, list));
  }

  #setCredentials(syscall: string, change: () => Credentials): void {
    this.creds = this.#call(syscall, change);
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
    return this.#call('getrlimit', () => {
      checkResource(resource);
      return this.#limit(resource);
    });
  }

  /** EINVAL resource, cur beyond max · EPERM raising max without CAP_SYS_RESOURCE, NOFILE beyond fs.nr_open.
   *  @linux getrlimit full
   *  @linux setrlimit partial — RLIMIT_NOFILE and RLIMIT_FSIZE are enforced; the others are kept */
  setrlimit(resource: number, limit: Rlimit): void {
    this.#call('setrlimit', () => {
      checkResource(resource);
      const { cur, max } = limit;
      if (!(cur >= 0) || !(max >= 0)) throw mistaken('limit', 'a pair of numbers from 0 on', limit);
      if (cur > max) throw new LinuxError(EINVAL);
      if (resource === RLIMIT_NOFILE && max > this.vfs.sysctl['fs.nr_open']) throw new LinuxError(EPERM);
      if (max > this.#limit(resource).max && !this.creds.has(CAP_SYS_RESOURCE)) throw new LinuxError(EPERM);
      this.limits.set(resource, { cur, max });
      if (resource === RLIMIT_FSIZE) this.fileSizeLimit = cur;
      if (resource === RLIMIT_NOFILE) this.descriptorLimit = cur;
    });
  }
}

/** EINVAL. */
function checkResource(resource: number): void {
  if (!(resource >= 0 && resource < RLIM_NLIMITS)) throw new LinuxError(EINVAL);
}

/** LOOKUP_* for AT_*. EINVAL: the calls that change attributes know no more. */
function lookupFlags(flags = 0): number {
  const bits = checkFlags(flags);
  if ((bits & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw new LinuxError(EINVAL);
  return attributes.walkFlags(bits);
}

function placeOf(file: FileDescription): VirtualDentry {
  return new VirtualDentry(file.mount, file.dentry);
}
