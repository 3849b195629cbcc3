/**
 * A process under test whose calls are made through an API like `node:fs`, wherever that has a function for them.
 *
 * The same class stands on the host's `node:fs` (in the child process) and on `createFs()`, so that the two get the same calls. What the API cannot say
 * is made beside it, by a reason in BESIDE.
 */
import { decode, encode } from './bytes.ts';
import type { Stat, Statfs, SubjectProcess, Timespec } from './subject.ts';

type Fs = typeof import('node:fs');

const NO_DIRFD = 'Node has no call that starts at a directory descriptor';
const NO_TABLE = 'Node has no call for the descriptor table';
const NO_IDS = 'who a process is, is not the file system API’s; Node’s process object has a part of it';
const NO_XATTR = 'Node has no extended attributes';
const NO_MOUNT = 'Node has no mounts';
const NO_FLAGS = 'Node has no flags for one transfer';
const NO_NANOSECONDS = 'Node’s times are seconds in floating point, always both; whole seconds by path go through it';

/** The calls that `node:fs` cannot express, and why. */
export const BESIDE = {
  openat: NO_DIRFD,
  openat2: NO_DIRFD,
  fstatat: NO_DIRFD,
  statx: NO_DIRFD,
  faccessat: NO_DIRFD,
  fchmodat: NO_DIRFD,
  fchownat: NO_DIRFD,
  mkdirat: NO_DIRFD,
  unlinkat: NO_DIRFD,
  linkat: NO_DIRFD,
  symlinkat: NO_DIRFD,
  readlinkat: NO_DIRFD,
  renameat: NO_DIRFD,
  renameat2: 'Node has no flags for rename',
  mknod: 'Node makes no nodes',
  mknodat: 'Node makes no nodes',
  preadv2: NO_FLAGS,
  pwritev2: NO_FLAGS,
  lseek: 'Node gives a position with each transfer instead',
  futimens: NO_NANOSECONDS,
  fallocate: 'Node allocates nothing',
  copy_file_range: 'Node copies whole files',
  getdents: 'Node reads directories by path and whole',
  fstatfs: 'Node asks by path',
  close_range: NO_TABLE,
  dup: NO_TABLE,
  dup2: NO_TABLE,
  dup3: NO_TABLE,
  fcntl: NO_TABLE,
  ioctl: 'Node has no ioctl',
  poll: 'Node polls by itself',
  sync: 'Node writes back one file at a time',
  syncfs: 'Node writes back one file at a time',
  getxattr: NO_XATTR,
  lgetxattr: NO_XATTR,
  fgetxattr: NO_XATTR,
  setxattr: NO_XATTR,
  lsetxattr: NO_XATTR,
  fsetxattr: NO_XATTR,
  listxattr: NO_XATTR,
  llistxattr: NO_XATTR,
  flistxattr: NO_XATTR,
  removexattr: NO_XATTR,
  lremovexattr: NO_XATTR,
  fremovexattr: NO_XATTR,
  mount: NO_MOUNT,
  umount: NO_MOUNT,
  umount2: NO_MOUNT,
  unshare: NO_MOUNT,
  chroot: 'Node has no chroot',
  chdir: 'process.chdir, not fs',
  fchdir: 'process.chdir, by path alone',
  getcwd: 'process.cwd, not fs',
  umask: 'process.umask, not fs',
  getuid: NO_IDS,
  geteuid: NO_IDS,
  getgid: NO_IDS,
  getegid: NO_IDS,
  getresuid: NO_IDS,
  getresgid: NO_IDS,
  getgroups: NO_IDS,
  setuid: NO_IDS,
  setgid: NO_IDS,
  setreuid: NO_IDS,
  setregid: NO_IDS,
  setresuid: NO_IDS,
  setresgid: NO_IDS,
  setfsuid: NO_IDS,
  setfsgid: NO_IDS,
  setgroups: NO_IDS,
  capget: NO_IDS,
  capset: NO_IDS,
  getrlimit: 'Node shows limits in a report only',
  setrlimit: 'Node sets no limits',
} as const satisfies Partial<Record<keyof SubjectProcess, string>>;

type Beside = Pick<SubjectProcess, keyof typeof BESIDE>;
/** Calls of which some arguments cannot be said. */
export const PARTLY = ['utimensat', 'statfs', 'open', 'mkdir', 'chmod', 'fchmod'] as const;
type Partly = Pick<SubjectProcess, (typeof PARTLY)[number]>;
type Through = Omit<SubjectProcess, keyof typeof BESIDE | 'fork' | 'exit'>;

/** All that tells one of Node's errors from another. */
export interface NodeErrorFields {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
  readonly path: string | undefined;
  readonly dest: string | undefined;
  readonly keys: readonly string[];
}

/** One of Node's errors, with the `code` and `errno` that cases expect: those of the kernel. */
export class NodeCallError extends Error {
  readonly fields: NodeErrorFields;
  readonly code: string | undefined;
  readonly errno: number | undefined;

  constructor(fields: NodeErrorFields) {
    super(fields.message);
    this.fields = fields;
    // libuv's name for 95 is another.
    this.code = fields.code === 'ENOTSUP' ? 'EOPNOTSUPP' : fields.code;
    this.errno = fields.errno === undefined ? undefined : -fields.errno;
  }
}

function fieldsOf(error: Error): NodeErrorFields {
  const { name, message, code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  return { name, message, code, errno, syscall, path, dest, keys: Object.keys(error).sort() };
}

/** Runs a call of Node's API, or of one that fails as it does. */
export function nodeCall<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new NodeCallError(fieldsOf(error));
    throw error;
  }
}

/** A path that is no UTF-8 is bytes. */
function pathOf(path: string): string | Buffer {
  return path.isWellFormed() ? path : (encode(path) as Buffer);
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Node checks that a mode is unsigned, and then ends the process when it is not a signed one. */
const LARGEST_MODE = 0x7fffffff;
const O_CREAT_WRONLY_TRUNC = 0o1101;

class ThroughNode implements Through {
  readonly fs: Fs;
  readonly beside: Beside & Partly;

  constructor(fs: Fs, beside: Beside & Partly) {
    this.fs = fs;
    this.beside = beside;
  }

  open(path: string, flags: number, mode: number = 0): number {
    if (mode > LARGEST_MODE) return this.beside.open(path, flags, mode);
    return nodeCall(() => this.fs.openSync(pathOf(path), flags, mode));
  }
  creat(path: string, mode: number): number {
    return this.open(path, O_CREAT_WRONLY_TRUNC, mode);
  }
  close(fd: number): void {
    nodeCall(() => this.fs.closeSync(fd));
  }
  read(fd: number, into: Uint8Array): number {
    return nodeCall(() => this.fs.readSync(fd, into, 0, into.length, null));
  }
  write(fd: number, from: Uint8Array): number {
    return nodeCall(() => this.fs.writeSync(fd, from, 0, from.length, null));
  }
  pread(fd: number, into: Uint8Array, offset: number): number {
    return nodeCall(() => this.fs.readSync(fd, into, 0, into.length, offset));
  }
  pwrite(fd: number, from: Uint8Array, offset: number): number {
    return nodeCall(() => this.fs.writeSync(fd, from, 0, from.length, offset));
  }
  readv(fd: number, intos: Uint8Array[]): number {
    return nodeCall(() => this.fs.readvSync(fd, intos));
  }
  writev(fd: number, froms: Uint8Array[]): number {
    return nodeCall(() => this.fs.writevSync(fd, froms));
  }
  preadv(fd: number, intos: Uint8Array[], offset: number): number {
    return nodeCall(() => this.fs.readvSync(fd, intos, offset));
  }
  pwritev(fd: number, froms: Uint8Array[], offset: number): number {
    return nodeCall(() => this.fs.writevSync(fd, froms, offset));
  }
  stat(path: string): Stat {
    return statOf(nodeCall(() => this.fs.statSync(pathOf(path), { bigint: true })));
  }
  lstat(path: string): Stat {
    return statOf(nodeCall(() => this.fs.lstatSync(pathOf(path), { bigint: true })));
  }
  fstat(fd: number): Stat {
    return statOf(nodeCall(() => this.fs.fstatSync(fd, { bigint: true })));
  }
  access(path: string, mode: number): void {
    nodeCall(() => this.fs.accessSync(pathOf(path), mode));
  }
  chmod(path: string, mode: number): void {
    if (mode > LARGEST_MODE) this.beside.chmod(path, mode);
    else nodeCall(() => this.fs.chmodSync(pathOf(path), mode));
  }
  fchmod(fd: number, mode: number): void {
    if (mode > LARGEST_MODE) this.beside.fchmod(fd, mode);
    else nodeCall(() => this.fs.fchmodSync(fd, mode));
  }
  chown(path: string, uid: number, gid: number): void {
    nodeCall(() => this.fs.chownSync(pathOf(path), uid, gid));
  }
  lchown(path: string, uid: number, gid: number): void {
    nodeCall(() => this.fs.lchownSync(pathOf(path), uid, gid));
  }
  fchown(fd: number, uid: number, gid: number): void {
    nodeCall(() => this.fs.fchownSync(fd, uid, gid));
  }
  /** Whole seconds through Node; nanoseconds, UTIME_NOW, UTIME_OMIT and no times at all beside it. */
  utimensat(dirfd: number, path: string | null, times: readonly [Timespec, Timespec] | null, flags: number): void {
    const whole = times?.every(({ sec, nsec }) => nsec === 0 && sec >= 0) === true;
    if (times === null || path === null || dirfd !== AT_FDCWD || !whole || (flags & ~AT_SYMLINK_NOFOLLOW) !== 0) {
      this.beside.utimensat(dirfd, path, times, flags);
      return;
    }
    const set = flags === 0 ? this.fs.utimesSync : this.fs.lutimesSync;
    nodeCall(() => set(pathOf(path), times[0].sec, times[1].sec));
  }
  truncate(path: string, length: number): void {
    nodeCall(() => this.fs.truncateSync(pathOf(path), length));
  }
  ftruncate(fd: number, length: number): void {
    nodeCall(() => this.fs.ftruncateSync(fd, length));
  }
  mkdir(path: string, mode: number): void {
    if (mode > LARGEST_MODE) this.beside.mkdir(path, mode);
    else nodeCall(() => this.fs.mkdirSync(pathOf(path), mode));
  }
  rmdir(path: string): void {
    nodeCall(() => this.fs.rmdirSync(pathOf(path)));
  }
  unlink(path: string): void {
    nodeCall(() => this.fs.unlinkSync(pathOf(path)));
  }
  link(oldpath: string, newpath: string): void {
    nodeCall(() => this.fs.linkSync(pathOf(oldpath), pathOf(newpath)));
  }
  symlink(target: string, linkpath: string): void {
    nodeCall(() => this.fs.symlinkSync(pathOf(target), pathOf(linkpath)));
  }
  readlink(path: string): string {
    return decode(nodeCall(() => this.fs.readlinkSync(pathOf(path), 'buffer')));
  }
  rename(oldpath: string, newpath: string): void {
    nodeCall(() => this.fs.renameSync(pathOf(oldpath), pathOf(newpath)));
  }
  /** Node leaves out the length of names, the flags and the number. */
  statfs(path: string): Statfs {
    const { type, bsize, blocks, bfree, bavail, files, ffree } = nodeCall(() => this.fs.statfsSync(pathOf(path) as string));
    return { ...this.beside.statfs(path), type, bsize, blocks, bfree, bavail, files, ffree };
  }
  fsync(fd: number): void {
    nodeCall(() => this.fs.fsyncSync(fd));
  }
  fdatasync(fd: number): void {
    nodeCall(() => this.fs.fdatasyncSync(fd));
  }
}

for (const name of Object.keys(BESIDE)) {
  Object.defineProperty(ThroughNode.prototype, name, {
    value(this: ThroughNode, ...args: unknown[]): unknown {
      return (this.beside as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args);
    },
  });
}

/** Everything but fork and exit. */
export type NodeProcess = Through & Beside;
export const NodeProcess: new (fs: Fs, beside: Beside & Partly) => NodeProcess = ThroughNode as never;

function statOf(stats: import('node:fs').BigIntStats): Stat {
  const seconds = (ns: bigint): number => Number((ns - nanoseconds(ns)) / 1_000_000_000n);
  const nanoseconds = (ns: bigint): bigint => ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const { atimeNs, mtimeNs, ctimeNs, birthtimeNs } = stats;
  return {
    dev: Number(stats.dev),
    ino: Number(stats.ino),
    mode: Number(stats.mode),
    nlink: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    rdev: Number(stats.rdev),
    size: Number(stats.size),
    blksize: Number(stats.blksize),
    blocks: Number(stats.blocks),
    atimeSec: seconds(atimeNs),
    atimeNsec: Number(nanoseconds(atimeNs)),
    mtimeSec: seconds(mtimeNs),
    mtimeNsec: Number(nanoseconds(mtimeNs)),
    ctimeSec: seconds(ctimeNs),
    ctimeNsec: Number(nanoseconds(ctimeNs)),
    btimeSec: seconds(birthtimeNs),
    btimeNsec: Number(nanoseconds(birthtimeNs)),
  };
}
