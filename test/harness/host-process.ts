/**
 * The calling thread as a process under test: each method is the system call of its name, made on the running kernel.
 */
import { constants } from 'node:os';
import { RESOLVE_CACHED } from '../../src/abi/fcntl.ts';
import { cString, decode, encode, fromCString } from './bytes.ts';
import { Errno, SYS, syscall } from './libc.ts';
import { bitsOf, idsOf, limitAt, namesOf, some, statfsOf, statOf, statxOf, timesOf, vectorOf, view } from './structures.ts';
import type {
  Capabilities,
  Dirent,
  OpenHow,
  PollFd,
  ResourceLimit,
  SpawnOptions,
  Stat,
  Statfs,
  Statx,
  SubjectProcess,
  Timespec,
} from './subject.ts';

const CAPABILITY_VERSION_3 = 0x20080522;
const PR_SET_KEEPCAPS = 8;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const RLIMIT_NOFILE = 7;

/** Descriptors from here on belong to the harness. */
let reserved = 0x7fffffff;
export function reserveDescriptorsFrom(fd: number): void {
  reserved = fd;
}

export class HostProcess implements Omit<SubjectProcess, 'fork' | 'exit'> {
  open(path: string, flags: number, mode = 0): number {
    return syscall(SYS.open, cString(path), flags, mode);
  }
  openat(dirfd: number, path: string, flags: number, mode = 0): number {
    return syscall(SYS.openat, dirfd, cString(path), flags, mode);
  }
  openat2(dirfd: number, path: string, how: OpenHow): number {
    const bytes = new Uint8Array(24);
    const data = view(bytes);
    data.setBigInt64(0, BigInt(how.flags), true);
    data.setBigInt64(8, BigInt(how.mode ?? 0), true);
    data.setBigInt64(16, BigInt(how.resolve ?? 0), true);
    const open = (): number => syscall(SYS.openat2, dirfd, cString(path), bytes, 24);
    // A walk that may not leave its root gives up when somebody on the host renames or mounts anything meanwhile: openat2(2) asks the caller to try again.
    const gaveUp = (error: unknown): boolean =>
      error instanceof Errno && error.errno === constants.errno.EAGAIN && ((how.resolve ?? 0) & RESOLVE_CACHED) === 0;
    for (let tries = 0; tries < 100; tries++) {
      try {
        return open();
      } catch (error) {
        if (!gaveUp(error)) throw error;
      }
    }
    return open();
  }
  creat(path: string, mode: number): number {
    return syscall(SYS.creat, cString(path), mode);
  }
  close(fd: number): void {
    syscall(SYS.close, fd);
  }
  close_range(first: number, last: number, flags: number): void {
    // The harness's own descriptors stay, whatever the range.
    syscall(SYS.close_range, first, last >= reserved && first < reserved ? reserved - 1 : last, flags);
  }

  read(fd: number, into: Uint8Array): number {
    return syscall(SYS.read, fd, some(into), into.length);
  }
  write(fd: number, from: Uint8Array): number {
    return syscall(SYS.write, fd, some(from), from.length);
  }
  pread(fd: number, into: Uint8Array, offset: number): number {
    return syscall(SYS.pread64, fd, some(into), into.length, offset);
  }
  pwrite(fd: number, from: Uint8Array, offset: number): number {
    return syscall(SYS.pwrite64, fd, some(from), from.length, offset);
  }
  readv(fd: number, intos: Uint8Array[]): number {
    return syscall(SYS.readv, fd, vectorOf(intos), intos.length);
  }
  writev(fd: number, froms: Uint8Array[]): number {
    return syscall(SYS.writev, fd, vectorOf(froms), froms.length);
  }
  preadv(fd: number, intos: Uint8Array[], offset: number): number {
    return syscall(SYS.preadv, fd, vectorOf(intos), intos.length, offset);
  }
  pwritev(fd: number, froms: Uint8Array[], offset: number): number {
    return syscall(SYS.pwritev, fd, vectorOf(froms), froms.length, offset);
  }
  preadv2(fd: number, intos: Uint8Array[], offset: number, flags: number): number {
    return syscall(SYS.preadv2, fd, vectorOf(intos), intos.length, offset, 0, flags);
  }
  pwritev2(fd: number, froms: Uint8Array[], offset: number, flags: number): number {
    return syscall(SYS.pwritev2, fd, vectorOf(froms), froms.length, offset, 0, flags);
  }
  lseek(fd: number, offset: number, whence: number): number {
    return syscall(SYS.lseek, fd, offset, whence);
  }

  stat(path: string): Stat {
    const bytes = new Uint8Array(144);
    syscall(SYS.stat, cString(path), bytes);
    return statOf(bytes);
  }
  lstat(path: string): Stat {
    const bytes = new Uint8Array(144);
    syscall(SYS.lstat, cString(path), bytes);
    return statOf(bytes);
  }
  fstat(fd: number): Stat {
    const bytes = new Uint8Array(144);
    syscall(SYS.fstat, fd, bytes);
    return statOf(bytes);
  }
  fstatat(dirfd: number, path: string, flags: number): Stat {
    const bytes = new Uint8Array(144);
    syscall(SYS.newfstatat, dirfd, cString(path), bytes, flags);
    return statOf(bytes);
  }
  statx(dirfd: number, path: string, flags: number, mask: number): Statx {
    const bytes = new Uint8Array(256);
    syscall(SYS.statx, dirfd, cString(path), flags, mask, bytes);
    return statxOf(bytes);
  }
  access(path: string, mode: number): void {
    syscall(SYS.access, cString(path), mode);
  }
  faccessat(dirfd: number, path: string, mode: number, flags: number): void {
    syscall(SYS.faccessat2, dirfd, cString(path), mode, flags);
  }

  chmod(path: string, mode: number): void {
    syscall(SYS.chmod, cString(path), mode);
  }
  fchmod(fd: number, mode: number): void {
    syscall(SYS.fchmod, fd, mode);
  }
  fchmodat(dirfd: number, path: string, mode: number, flags = 0): void {
    syscall(SYS.fchmodat2, dirfd, cString(path), mode, flags);
  }
  chown(path: string, uid: number, gid: number): void {
    syscall(SYS.chown, cString(path), uid, gid);
  }
  lchown(path: string, uid: number, gid: number): void {
    syscall(SYS.lchown, cString(path), uid, gid);
  }
  fchown(fd: number, uid: number, gid: number): void {
    syscall(SYS.fchown, fd, uid, gid);
  }
  fchownat(dirfd: number, path: string, uid: number, gid: number, flags: number): void {
    syscall(SYS.fchownat, dirfd, cString(path), uid, gid, flags);
  }
  utimensat(dirfd: number, path: string | null, times: readonly [Timespec, Timespec] | null, flags: number): void {
    syscall(SYS.utimensat, dirfd, path === null ? null : cString(path), timesOf(times), flags);
  }
  futimens(fd: number, times: readonly [Timespec, Timespec] | null): void {
    syscall(SYS.utimensat, fd, null, timesOf(times), 0);
  }
  truncate(path: string, length: number): void {
    syscall(SYS.truncate, cString(path), length);
  }
  ftruncate(fd: number, length: number): void {
    syscall(SYS.ftruncate, fd, length);
  }
  fallocate(fd: number, mode: number, offset: number, length: number): void {
    syscall(SYS.fallocate, fd, mode, offset, length);
  }

  mkdir(path: string, mode: number): void {
    syscall(SYS.mkdir, cString(path), mode);
  }
  mkdirat(dirfd: number, path: string, mode: number): void {
    syscall(SYS.mkdirat, dirfd, cString(path), mode);
  }
  rmdir(path: string): void {
    syscall(SYS.rmdir, cString(path));
  }
  unlink(path: string): void {
    syscall(SYS.unlink, cString(path));
  }
  unlinkat(dirfd: number, path: string, flags: number): void {
    syscall(SYS.unlinkat, dirfd, cString(path), flags);
  }
  link(oldpath: string, newpath: string): void {
    syscall(SYS.link, cString(oldpath), cString(newpath));
  }
  linkat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
    syscall(SYS.linkat, olddirfd, cString(oldpath), newdirfd, cString(newpath), flags);
  }
  symlink(target: string, linkpath: string): void {
    syscall(SYS.symlink, cString(target), cString(linkpath));
  }
  symlinkat(target: string, newdirfd: number, linkpath: string): void {
    syscall(SYS.symlinkat, cString(target), newdirfd, cString(linkpath));
  }
  readlink(path: string): string {
    const bytes = new Uint8Array(4097);
    return decode(bytes.subarray(0, syscall(SYS.readlink, cString(path), bytes, 4096)));
  }
  readlinkat(dirfd: number, path: string): string {
    const bytes = new Uint8Array(4097);
    return decode(bytes.subarray(0, syscall(SYS.readlinkat, dirfd, cString(path), bytes, 4096)));
  }
  rename(oldpath: string, newpath: string): void {
    syscall(SYS.rename, cString(oldpath), cString(newpath));
  }
  renameat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string): void {
    syscall(SYS.renameat, olddirfd, cString(oldpath), newdirfd, cString(newpath));
  }
  renameat2(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): void {
    syscall(SYS.renameat2, olddirfd, cString(oldpath), newdirfd, cString(newpath), flags);
  }
  mknod(path: string, mode: number, dev: number): void {
    syscall(SYS.mknod, cString(path), mode, dev);
  }
  mknodat(dirfd: number, path: string, mode: number, dev: number): void {
    syscall(SYS.mknodat, dirfd, cString(path), mode, dev);
  }
  getdents(fd: number, count = 32768): Dirent[] {
    const bytes = new Uint8Array(Math.max(1, count));
    const end = syscall(SYS.getdents64, fd, bytes, count);
    const data = view(bytes);
    const entries: Dirent[] = [];
    for (let at = 0; at < end; at += data.getUint16(at + 16, true)) {
      entries.push({
        ino: Number(data.getBigUint64(at, true)),
        off: Number(data.getBigInt64(at + 8, true)),
        type: data.getUint8(at + 18),
        name: fromCString(bytes.subarray(at + 19, at + data.getUint16(at + 16, true))),
      });
    }
    return entries;
  }
  chdir(path: string): void {
    syscall(SYS.chdir, cString(path));
  }
  fchdir(fd: number): void {
    syscall(SYS.fchdir, fd);
  }
  chroot(path: string): void {
    syscall(SYS.chroot, cString(path));
  }
  getcwd(): string {
    const bytes = new Uint8Array(8192);
    syscall(SYS.getcwd, bytes, bytes.length);
    return fromCString(bytes);
  }
  umask(mask: number): number {
    return syscall(SYS.umask, mask);
  }

  dup(fd: number): number {
    return syscall(SYS.dup, fd);
  }
  dup2(oldfd: number, newfd: number): number {
    return syscall(SYS.dup2, oldfd, newfd);
  }
  dup3(oldfd: number, newfd: number, flags: number): number {
    return syscall(SYS.dup3, oldfd, newfd, flags);
  }
  fcntl(fd: number, cmd: number, arg = 0): number {
    return syscall(SYS.fcntl, fd, cmd, arg);
  }
  statfs(path: string): Statfs {
    const bytes = new Uint8Array(120);
    syscall(SYS.statfs, cString(path), bytes);
    return statfsOf(bytes);
  }
  fstatfs(fd: number): Statfs {
    const bytes = new Uint8Array(120);
    syscall(SYS.fstatfs, fd, bytes);
    return statfsOf(bytes);
  }

  getxattr(path: string, name: string, size?: number): Uint8Array {
    return getAttribute(SYS.getxattr, cString(path), name, size);
  }
  lgetxattr(path: string, name: string, size?: number): Uint8Array {
    return getAttribute(SYS.lgetxattr, cString(path), name, size);
  }
  fgetxattr(fd: number, name: string, size?: number): Uint8Array {
    return getAttribute(SYS.fgetxattr, fd, name, size);
  }
  setxattr(path: string, name: string, value: Uint8Array, flags = 0): void {
    syscall(SYS.setxattr, cString(path), cString(name), some(value), value.length, flags);
  }
  lsetxattr(path: string, name: string, value: Uint8Array, flags = 0): void {
    syscall(SYS.lsetxattr, cString(path), cString(name), some(value), value.length, flags);
  }
  fsetxattr(fd: number, name: string, value: Uint8Array, flags = 0): void {
    syscall(SYS.fsetxattr, fd, cString(name), some(value), value.length, flags);
  }
  listxattr(path: string, size?: number): string[] {
    return listAttributes(SYS.listxattr, cString(path), size);
  }
  llistxattr(path: string, size?: number): string[] {
    return listAttributes(SYS.llistxattr, cString(path), size);
  }
  flistxattr(fd: number, size?: number): string[] {
    return listAttributes(SYS.flistxattr, fd, size);
  }
  removexattr(path: string, name: string): void {
    syscall(SYS.removexattr, cString(path), cString(name));
  }
  lremovexattr(path: string, name: string): void {
    syscall(SYS.lremovexattr, cString(path), cString(name));
  }
  fremovexattr(fd: number, name: string): void {
    syscall(SYS.fremovexattr, fd, cString(name));
  }

  mount(source: string | null, target: string, fstype: string | null, flags: number, data: string | null): void {
    const text = (value: string | null): Uint8Array | null => (value === null ? null : cString(value));
    // The kernel copies a page of data, whatever it holds.
    const page = data === null ? null : new Uint8Array(4096);
    page?.set(encode(data ?? ''));
    syscall(SYS.mount, text(source), cString(target), text(fstype), flags, page);
  }
  umount(target: string): void {
    syscall(SYS.umount2, cString(target), 0);
  }
  umount2(target: string, flags: number): void {
    syscall(SYS.umount2, cString(target), flags);
  }
  unshare(flags: number): void {
    syscall(SYS.unshare, flags);
  }
  ioctl(fd: number, request: number, arg: number | Uint8Array = 0): number {
    return syscall(SYS.ioctl, fd, request, arg);
  }

  getuid(): number {
    return syscall(SYS.getuid);
  }
  geteuid(): number {
    return syscall(SYS.geteuid);
  }
  getgid(): number {
    return syscall(SYS.getgid);
  }
  getegid(): number {
    return syscall(SYS.getegid);
  }
  getresuid(): [number, number, number] {
    return idsOf(SYS.getresuid);
  }
  getresgid(): [number, number, number] {
    return idsOf(SYS.getresgid);
  }
  getgroups(): number[] {
    const bytes = new Uint8Array(65536 * 4);
    const count = syscall(SYS.getgroups, 65536, bytes);
    return [...new Uint32Array(bytes.buffer, 0, count)];
  }
  setuid(uid: number): void {
    syscall(SYS.setuid, uid);
  }
  setgid(gid: number): void {
    syscall(SYS.setgid, gid);
  }
  setreuid(ruid: number, euid: number): void {
    syscall(SYS.setreuid, ruid, euid);
  }
  setregid(rgid: number, egid: number): void {
    syscall(SYS.setregid, rgid, egid);
  }
  setresuid(ruid: number, euid: number, suid: number): void {
    syscall(SYS.setresuid, ruid, euid, suid);
  }
  setresgid(rgid: number, egid: number, sgid: number): void {
    syscall(SYS.setresgid, rgid, egid, sgid);
  }
  setfsuid(uid: number): number {
    return syscall(SYS.setfsuid, uid);
  }
  setfsgid(gid: number): number {
    return syscall(SYS.setfsgid, gid);
  }
  setgroups(groups: readonly number[]): void {
    syscall(SYS.setgroups, groups.length, new Uint8Array(Uint32Array.from([...groups, 0]).buffer));
  }
  capget(): Capabilities {
    const header = new Uint8Array(8);
    view(header).setUint32(0, CAPABILITY_VERSION_3, true);
    const bytes = new Uint8Array(24);
    syscall(SYS.capget, header, bytes);
    const int = (at: number): number => view(bytes).getUint32(at, true);
    return { effective: bitsOf(int(0), int(12)), permitted: bitsOf(int(4), int(16)), inheritable: bitsOf(int(8), int(20)) };
  }
  capset(capabilities: Capabilities): void {
    const header = new Uint8Array(8);
    view(header).setUint32(0, CAPABILITY_VERSION_3, true);
    const bytes = new Uint8Array(24);
    const data = view(bytes);
    const sets = [capabilities.effective, capabilities.permitted, capabilities.inheritable];
    sets.forEach((set, i) => {
      for (const bit of set) {
        const at = (bit < 32 ? 0 : 12) + i * 4;
        data.setUint32(at, (data.getUint32(at, true) | (1 << (bit & 31))) >>> 0, true);
      }
    });
    syscall(SYS.capset, header, bytes);
  }
  getrlimit(resource: number): ResourceLimit {
    const bytes = new Uint8Array(16);
    syscall(SYS.prlimit64, 0, resource, null, bytes);
    return { cur: limitAt(bytes, 0), max: limitAt(bytes, 8) };
  }
  setrlimit(resource: number, limit: ResourceLimit): void {
    const bytes = new Uint8Array(16);
    const bits = (value: number): bigint => (value === Number.POSITIVE_INFINITY ? -1n : BigInt(value));
    view(bytes).setBigInt64(0, bits(limit.cur), true);
    view(bytes).setBigInt64(8, bits(limit.max), true);
    syscall(SYS.prlimit64, 0, resource, bytes, null);
  }

  copy_file_range(fdIn: number, offIn: number | null, fdOut: number, offOut: number | null, length: number, flags = 0): number {
    const offset = (value: number | null): Uint8Array | null =>
      value === null ? null : new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    return syscall(SYS.copy_file_range, fdIn, offset(offIn), fdOut, offset(offOut), length, flags);
  }
  poll(fds: PollFd[]): number {
    const bytes = new Uint8Array(Math.max(8, fds.length * 8));
    const data = view(bytes);
    fds.forEach((entry, i) => {
      data.setInt32(i * 8, entry.fd, true);
      data.setInt16(i * 8 + 4, entry.events, true);
    });
    const count = syscall(SYS.poll, bytes, fds.length, 0);
    fds.forEach((entry, i) => {
      entry.revents = data.getInt16(i * 8 + 6, true);
    });
    return count;
  }
  fsync(fd: number): void {
    syscall(SYS.fsync, fd);
  }
  fdatasync(fd: number): void {
    syscall(SYS.fdatasync, fd);
  }
  sync(): void {
    // Not the whole machine's filesystems for a test: sync(2) cannot fail.
  }
  syncfs(fd: number): void {
    syscall(SYS.syncfs, fd);
  }
}

/** Without a size, the value whole: a first call asks for its length. */
function getAttribute(number: number, object: Uint8Array | number, name: string, size?: number): Uint8Array {
  if (size === 0) {
    return new Uint8Array(syscall(number, object, cString(name), null, 0));
  }
  const bytes = new Uint8Array(size ?? 65536);
  return bytes.slice(0, syscall(number, object, cString(name), bytes, bytes.length));
}

function listAttributes(number: number, object: Uint8Array | number, size?: number): string[] {
  const bytes = new Uint8Array(size ?? 65536);
  const length = syscall(number, object, size === 0 ? null : bytes, bytes.length);
  return size === 0 ? [] : namesOf(bytes.subarray(0, length));
}

/** Becomes the process that `options` describe. Linux: what a login program does between fork and exec. */
export function become(process: HostProcess, options: SpawnOptions): void {
  const uid = options.uid ?? 0;
  const gid = options.gid ?? 0;
  process.setgroups(options.groups ?? []);
  process.setresgid(gid, gid, gid);
  if (options.capabilities !== undefined) syscall(SYS.prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
  process.setresuid(uid, uid, uid);
  if (options.capabilities !== undefined) {
    syscall(SYS.prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
    process.capset({ effective: options.capabilities, permitted: options.capabilities, inheritable: [] });
  }
  process.umask(options.umask ?? 0o022);
  process.setrlimit(RLIMIT_NOFILE, { cur: 1024, max: process.getrlimit(RLIMIT_NOFILE).max });
  if (options.cwd !== undefined) process.chdir(options.cwd);
}

/** rm -rf, as far as it goes. */
export function removeTree(process: HostProcess, path: string): void {
  try {
    const fd = process.open(path, O_DIRECTORY | O_NOFOLLOW);
    for (let list = process.getdents(fd); list.length > 0; list = process.getdents(fd)) {
      for (const { name } of list) if (name !== '.' && name !== '..') removeTree(process, `${path}/${name}`);
    }
    process.close(fd);
    process.rmdir(path);
  } catch {
    try {
      process.unlink(path);
    } catch {
      // It is gone already.
    }
  }
}
