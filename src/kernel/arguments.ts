/**
 * System call arguments, checked once at the edge. What a C program could pass gets Linux's errno; what it could not, a TypeError that names the argument.
 */
import { checkInteger, checkText, mistaken } from '../abi/check.ts';
import { EBADF, EINVAL, ENAMETOOLONG, LinuxError } from '../abi/errno.ts';
import { PATH_MAX } from '../abi/limits.ts';
import { nameLength } from '../abi/name.ts';
import type { Timespec } from '../abi/time.ts';

/** A path: no NUL, one string for one sequence of bytes. ENAMETOOLONG from PATH_MAX bytes (the terminating NUL counts). */
export function checkPath(path: string, name = 'path'): string {
  const normal = checkText(path, name);
  if (isLong(normal)) throw new LinuxError(ENAMETOOLONG);
  return normal;
}

/** A UTF-16 unit is at most three bytes of UTF-8. */
function isLong(normal: string): boolean {
  return normal.length * 3 >= PATH_MAX && nameLength(normal) >= PATH_MAX;
}

/** An optional string of mount(2): null is NULL. EINVAL: a page long or more, as strndup_user answers. */
export function checkString(value: string | null, name: string): string | null {
  if (value === null || value === undefined) return null;
  const normal = checkText(value, name);
  if (isLong(normal)) throw new LinuxError(EINVAL);
  return normal;
}

/** An int: a file descriptor. EBADF for what no table has. */
export function checkFd(fd: number): number {
  checkInteger(fd, 'fd');
  if (fd < 0 || fd > 0x7fffffff) throw new LinuxError(EBADF);
  return fd;
}

/** An int of flag bits. */
export function checkFlags(flags: number, name = 'flags'): number {
  checkInteger(flags, name);
  if (flags < -0x80000000 || flags > 0xffffffff) throw new LinuxError(EINVAL);
  return flags | 0;
}

/** A mode_t. Bits that it has not are dropped, as by the system call. */
export function checkMode(mode: number): number {
  checkInteger(mode, 'mode');
  return mode & 0xffff;
}

/** A uid_t or gid_t; -1 is 0xffffffff, "unchanged". EINVAL beyond 32 bits. */
export function checkId(id: number, name: string): number {
  checkInteger(id, name);
  if (id < -0x80000000 || id > 0xffffffff) throw new LinuxError(EINVAL);
  return id >>> 0;
}

/** An off_t: an integer within 2^53. Beyond it there is no file: EINVAL, as for a negative one. */
export function checkOffset(offset: number, name = 'offset'): number {
  checkInteger(offset, name);
  if (!Number.isSafeInteger(offset)) throw new LinuxError(EINVAL);
  return offset;
}

/** A buffer. */
export function checkBytes(bytes: Uint8Array, name: string): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw mistaken(name, 'a Uint8Array', bytes);
  return bytes;
}

export function checkTimes(times: readonly [Timespec, Timespec] | null): readonly [Timespec, Timespec] | null {
  if (times === null) return null;
  if (!Array.isArray(times) || times.length !== 2) throw mistaken('times', 'null or a pair of timespecs', times);
  for (const time of times as readonly Timespec[]) {
    checkInteger(time?.sec, 'sec of times');
    checkInteger(time?.nsec, 'nsec of times');
  }
  return times;
}
