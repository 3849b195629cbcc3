/**
 * System calls by number, without a compiler: libc's syscall(2) through koffi.
 *
 * libc's own setresuid and friends change every thread; the raw call changes the calling one, as in Linux.
 * The numbers and layouts are those of x86-64.
 */
import koffi from 'koffi';

export const SYS = {
  read: 0,
  write: 1,
  open: 2,
  close: 3,
  stat: 4,
  fstat: 5,
  lstat: 6,
  poll: 7,
  lseek: 8,
  ioctl: 16,
  pread64: 17,
  pwrite64: 18,
  readv: 19,
  writev: 20,
  access: 21,
  madvise: 28,
  dup: 32,
  dup2: 33,
  getpid: 39,
  fork: 57,
  wait4: 61,
  fcntl: 72,
  fsync: 74,
  fdatasync: 75,
  truncate: 76,
  ftruncate: 77,
  getcwd: 79,
  chdir: 80,
  fchdir: 81,
  rename: 82,
  mkdir: 83,
  rmdir: 84,
  creat: 85,
  link: 86,
  unlink: 87,
  symlink: 88,
  readlink: 89,
  chmod: 90,
  fchmod: 91,
  chown: 92,
  fchown: 93,
  lchown: 94,
  umask: 95,
  getuid: 102,
  getgid: 104,
  setuid: 105,
  setgid: 106,
  geteuid: 107,
  getegid: 108,
  setreuid: 113,
  setregid: 114,
  getgroups: 115,
  setgroups: 116,
  setresuid: 117,
  getresuid: 118,
  setresgid: 119,
  getresgid: 120,
  setfsuid: 122,
  setfsgid: 123,
  capget: 125,
  capset: 126,
  mknod: 133,
  statfs: 137,
  fstatfs: 138,
  pivot_root: 155,
  prctl: 157,
  chroot: 161,
  sync: 162,
  mount: 165,
  umount2: 166,
  setxattr: 188,
  lsetxattr: 189,
  fsetxattr: 190,
  getxattr: 191,
  lgetxattr: 192,
  fgetxattr: 193,
  listxattr: 194,
  llistxattr: 195,
  flistxattr: 196,
  removexattr: 197,
  lremovexattr: 198,
  fremovexattr: 199,
  getdents64: 217,
  exit_group: 231,
  openat: 257,
  mkdirat: 258,
  mknodat: 259,
  fchownat: 260,
  newfstatat: 262,
  unlinkat: 263,
  renameat: 264,
  linkat: 265,
  symlinkat: 266,
  readlinkat: 267,
  faccessat: 269,
  unshare: 272,
  utimensat: 280,
  fallocate: 285,
  dup3: 292,
  preadv: 295,
  pwritev: 296,
  prlimit64: 302,
  syncfs: 306,
  setns: 308,
  renameat2: 316,
  seccomp: 317,
  copy_file_range: 326,
  preadv2: 327,
  pwritev2: 328,
  statx: 332,
  close_range: 436,
  openat2: 437,
  faccessat2: 439,
  fchmodat2: 452,
} as const;

type Argument = number | bigint | Uint8Array | null;
type Raw = (...args: Argument[]) => number;

const libc = koffi.load(null);
const shapes: (Raw | undefined)[] = [];

/** The call whose arguments with a bit in `pointers` are addresses, and the others numbers. */
function shaped(pointers: number): Raw {
  let call = shapes[pointers];
  if (call === undefined) {
    const types = [0, 1, 2, 3, 4, 5].map((i) => ((pointers >> i) & 1 ? 'void *' : 'long'));
    call = libc.func('syscall', 'long', ['long', ...types]) as Raw;
    shapes[pointers] = call;
  }
  return call;
}

/** A system call that failed. */
export class Errno extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

/** Numbers are passed as C longs, byte arrays by address, null as a null pointer. */
export function syscall(
  number: number,
  a: Argument = 0,
  b: Argument = 0,
  c: Argument = 0,
  d: Argument = 0,
  e: Argument = 0,
  f: Argument = 0,
): number {
  const bit = (value: Argument, at: number): number => (typeof value === 'object' ? at : 0);
  const pointers = bit(a, 1) | bit(b, 2) | bit(c, 4) | bit(d, 8) | bit(e, 16) | bit(f, 32);
  const result = shaped(pointers)(number, a, b, c, d, e, f);
  if (result === -1) throw new Errno(koffi.errno());
  return result;
}

/** fork(2) without libc's handlers: Node's would open descriptors of its own in the child. */
export function fork(): number {
  return syscall(SYS.fork);
}

export const signal: (signal: number, handler: bigint | number) => unknown = libc.func('signal', 'intptr_t', ['int', 'intptr_t']) as never;

/** A Uint8Array's address, for structures that hold pointers. */
export function address(bytes: Uint8Array): bigint {
  return koffi.address(bytes);
}
