/**
 * What a behaviour case is written against: a process, whichever kernel runs it.
 *
 * The methods are those of `Process` in src/kernel, one per system call; `tuxfs-subject.ts` holds that the two agree.
 * The host's implementation is `host-process.ts`, reached from the test through `host-subject.ts`.
 */

import type { Stat, Statfs, Statx } from '../../src/abi/stat.ts';
import type { Timespec } from '../../src/abi/time.ts';

export type { Stat, Statfs, Statx, Timespec };

export interface Dirent {
  ino: number;
  off: number;
  type: number;
  name: string;
}

export interface Capabilities {
  effective: readonly number[];
  permitted: readonly number[];
  inheritable: readonly number[];
}

export interface ResourceLimit {
  cur: number;
  max: number;
}

export interface PollFd {
  fd: number;
  events: number;
  revents?: number;
}

export interface OpenHow {
  flags: number;
  mode?: number;
  resolve?: number;
}

/** Who a process is and where it starts. The defaults are those of `Kernel.spawn`. */
export interface SpawnOptions {
  uid?: number;
  gid?: number;
  groups?: readonly number[];
  capabilities?: readonly number[];
  umask?: number;
  cwd?: string;
}

export interface SubjectProcess {
  open(path: string, flags: number, mode?: number): number;
  openat(dirfd: number, path: string, flags: number, mode?: number): number;
  openat2(dirfd: number, path: string, how: OpenHow): number;
  creat(path: string, mode: number): number;
  close(fd: number): void;
  close_range(first: number, last: number, flags: number): void;
  read(fd: number, into: Uint8Array): number;
  write(fd: number, from: Uint8Array): number;
  pread(fd: number, into: Uint8Array, offset: number): number;
  pwrite(fd: number, from: Uint8Array, offset: number): number;
  readv(fd: number, intos: Uint8Array[]): number;
  writev(fd: number, froms: Uint8Array[]): number;
  preadv(fd: number, intos: Uint8Array[], offset: number): number;
  pwritev(fd: number, froms: Uint8Array[], offset: number): number;
  preadv2(fd: number, intos: Uint8Array[], offset: number, flags: number): number;
  pwritev2(fd: number, froms: Uint8Array[], offset: number, flags: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  stat(path: string): Stat;
  lstat(path: string): Stat;
  fstat(fd: number): Stat;
  fstatat(dirfd: number, path: string, flags: number): Stat;
  statx(dirfd: number, path: string, flags: number, mask: number): Statx;
  access(path: string, mode: number): void;
  faccessat(dirfd: number, path: string, mode: number, flags: number): void;
  chmod(path: string, mode: number): void;
  fchmod(fd: number, mode: number): void;
  fchmodat(dirfd: number, path: string, mode: number, flags?: number): void;
  chown(path: string, uid: number, gid: number): void;
  lchown(path: string, uid: number, gid: number): void;
  fchown(fd: number, uid: number, gid: number): void;
  fchownat(dirfd: number, path: string, uid: number, gid: number, flags: number): void;
  utimensat(dirfd: number, path: string | null, times: readonly [Timespec, Timespec] | null, flags: number): void;
  futimens(fd: number, times: readonly [Timespec, Timespec] | null): void;
  truncate(path: string, length: number): void;
  ftruncate(fd: number, length: number): void;
  fallocate(fd: number, mode: number, offset: number, length: number): void;
  mkdir(path: string, mode: number): void;
  mkdirat(dirfd: number, path: string, mode: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  unlinkat(dirfd: number, path: string, flags: number): void;
  link(oldpath: string, newpath: string): void;
  linkat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void;
  symlink(target: string, linkpath: string): void;
  symlinkat(target: string, newdirfd: number, linkpath: string): void;
  readlink(path: string): string;
  readlinkat(dirfd: number, path: string): string;
  rename(oldpath: string, newpath: string): void;
  renameat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string): void;
  renameat2(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void;
  mknod(path: string, mode: number, dev: number): void;
  mknodat(dirfd: number, path: string, mode: number, dev: number): void;
  getdents(fd: number, count?: number): Dirent[];
  chdir(path: string): void;
  fchdir(fd: number): void;
  chroot(path: string): void;
  getcwd(): string;
  umask(mask: number): number;
  dup(fd: number): number;
  dup2(oldfd: number, newfd: number): number;
  dup3(oldfd: number, newfd: number, flags: number): number;
  fcntl(fd: number, cmd: number, arg?: number): number;
  statfs(path: string): Statfs;
  fstatfs(fd: number): Statfs;
  getxattr(path: string, name: string, size?: number): Uint8Array;
  lgetxattr(path: string, name: string, size?: number): Uint8Array;
  fgetxattr(fd: number, name: string, size?: number): Uint8Array;
  setxattr(path: string, name: string, value: Uint8Array, flags?: number): void;
  lsetxattr(path: string, name: string, value: Uint8Array, flags?: number): void;
  fsetxattr(fd: number, name: string, value: Uint8Array, flags?: number): void;
  listxattr(path: string, size?: number): string[];
  llistxattr(path: string, size?: number): string[];
  flistxattr(fd: number, size?: number): string[];
  removexattr(path: string, name: string): void;
  lremovexattr(path: string, name: string): void;
  fremovexattr(fd: number, name: string): void;
  mount(source: string | null, target: string, fstype: string | null, flags: number, data: string | null): void;
  umount(target: string): void;
  umount2(target: string, flags: number): void;
  unshare(flags: number): void;
  ioctl(fd: number, request: number, arg?: number | Uint8Array): number;
  getuid(): number;
  geteuid(): number;
  getgid(): number;
  getegid(): number;
  getresuid(): [number, number, number];
  getresgid(): [number, number, number];
  getgroups(): number[];
  setuid(uid: number): void;
  setgid(gid: number): void;
  setreuid(ruid: number, euid: number): void;
  setregid(rgid: number, egid: number): void;
  setresuid(ruid: number, euid: number, suid: number): void;
  setresgid(rgid: number, egid: number, sgid: number): void;
  setfsuid(uid: number): number;
  setfsgid(gid: number): number;
  setgroups(groups: readonly number[]): void;
  capget(): Capabilities;
  capset(capabilities: Capabilities): void;
  getrlimit(resource: number): ResourceLimit;
  setrlimit(resource: number, limit: ResourceLimit): void;
  copy_file_range(fdIn: number, offIn: number | null, fdOut: number, offOut: number | null, length: number, flags?: number): number;
  poll(fds: PollFd[]): number;
  fsync(fd: number): void;
  fdatasync(fd: number): void;
  sync(): void;
  syncfs(fd: number): void;
  fork(): SubjectProcess;
  exit(status?: number): void;
}

/** A kernel to run cases on. */
export interface Subject {
  readonly name: 'host' | 'tuxfs' | 'mounted';
  /** Why no case can run here, if so. */
  readonly unavailable: string | undefined;
  open(): SubjectCase;
}

/** A fresh tmpfs as `/`, with `/case`, mode 0777, as every process's working directory; it goes when the case closes. */
export interface SubjectCase {
  spawn(options?: SpawnOptions): SubjectProcess;
  /** Removes this tree when the case closes, and when the test dies. */
  guard(path: string): void;
  /** Is told of a deviation that the case takes into account. */
  deviates?(id: string): void;
  close(): void;
}
