/**
 * The synchronous functions that take a path and change or describe what is there: one system call each.
 */

import { ENOENT } from '../abi/errno.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_RDWR } from '../abi/fcntl.ts';
import type { Stat } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkId, checkInteger, checkSmallMode, encodingOf, parseMode, toPath, toTimespec } from './arguments.ts';
import { type AnyFunction, attempt, failure, invalidArgValue, systemCallError } from './errors.ts';
import { BigIntStats, StatFs, type Stats, toStats } from './stats.ts';
import { nameOut } from './text.ts';

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

export interface PathCalls {
  accessSync(path: unknown, mode?: unknown): void;
  existsSync(path: unknown): boolean;
  statSync(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined;
  lstatSync(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined;
  statfsSync(path: unknown, options?: StatOptions): StatFs;
  chmodSync(path: unknown, mode: unknown): void;
  chownSync(path: unknown, uid: unknown, gid: unknown): void;
  lchownSync(path: unknown, uid: unknown, gid: unknown): void;
  utimesSync(path: unknown, atime: unknown, mtime: unknown): void;
  lutimesSync(path: unknown, atime: unknown, mtime: unknown): void;
  truncateSync(path: unknown, len?: unknown): void;
  linkSync(existingPath: unknown, newPath: unknown): void;
  symlinkSync(target: unknown, path: unknown, type?: unknown): void;
  readlinkSync(path: unknown, options?: unknown): string | Uint8Array;
  unlinkSync(path: unknown): void;
  renameSync(oldPath: unknown, newPath: unknown): void;
}

const DEFAULT_STAT: StatOptions = Object.freeze({});

export function pathCalls(process: Process): PathCalls {
  function accessSync(path: unknown, mode?: unknown): void {
    const where = toPath(path);
    const bits = checkSmallMode(mode);
    attempt(() => process.access(where, bits), accessSync, 'access', where);
  }

  function existsSync(path: unknown): boolean {
    // Whatever is wrong, also with the argument, the answer is no.
    try {
      return process.statIfExists(typeof path === 'string' ? path : toPath(path)) !== undefined;
    } catch {
      return false;
    }
  }

  function statSync(path: unknown, options: StatOptions = DEFAULT_STAT): Stats | BigIntStats | undefined {
    return stat(path, options, true, statSync);
  }

  function lstatSync(path: unknown, options: StatOptions = DEFAULT_STAT): Stats | BigIntStats | undefined {
    return stat(path, options, false, lstatSync);
  }

  function stat(path: unknown, options: StatOptions, follow: boolean, above: AnyFunction): Stats | BigIntStats | undefined {
    const where = toPath(path);
    let found: Stat | number;
    try {
      found = process.statOrErrno(where, follow);
    } catch (error) {
      throw failure(error, above, follow ? 'stat' : 'lstat', where);
    }
    if (typeof found !== 'number') return options.bigint === true ? new BigIntStats(found) : toStats(found);
    if (options.throwIfNoEntry === false && (follow || found === ENOENT)) return undefined;
    throw systemCallError(found, above, follow ? 'stat' : 'lstat', where);
  }

  function statfsSync(path: unknown, options: StatOptions = DEFAULT_STAT): StatFs {
    const where = toPath(path);
    return attempt(() => new StatFs(process.statfs(where), options.bigint === true), statfsSync, 'statfs', where);
  }

  function chmodSync(path: unknown, mode: unknown): void {
    const where = toPath(path);
    const bits = parseMode(mode, 'mode');
    attempt(() => process.chmod(where, bits), chmodSync, 'chmod', where);
  }

  function chownSync(path: unknown, uid: unknown, gid: unknown): void {
    const where = toPath(path);
    const user = checkId(uid, 'uid');
    const group = checkId(gid, 'gid');
    attempt(() => process.chown(where, user, group), chownSync, 'chown', where);
  }

  function lchownSync(path: unknown, uid: unknown, gid: unknown): void {
    const where = toPath(path);
    const user = checkId(uid, 'uid');
    const group = checkId(gid, 'gid');
    attempt(() => process.lchown(where, user, group), lchownSync, 'lchown', where);
  }

  function utimesSync(path: unknown, atime: unknown, mtime: unknown): void {
    const where = toPath(path);
    const access = toTimespec(atime);
    const modification = toTimespec(mtime);
    attempt(() => process.utimensat(AT_FDCWD, where, [access, modification], 0), utimesSync, 'utime', where);
  }

  function lutimesSync(path: unknown, atime: unknown, mtime: unknown): void {
    const where = toPath(path);
    const access = toTimespec(atime);
    const modification = toTimespec(mtime);
    attempt(() => process.utimensat(AT_FDCWD, where, [access, modification], AT_SYMLINK_NOFOLLOW), lutimesSync, 'lutime', where);
  }

  // Node opens the file and calls ftruncate; an error says which of the two failed.
  function truncateSync(path: unknown, len?: unknown): void {
    const where = toPath(path);
    const fd = attempt(() => process.open(where, O_RDWR | O_CLOEXEC), truncateSync, 'open', where);
    try {
      const size = checkInteger(len === undefined ? 0 : len, 'len');
      attempt(() => process.ftruncate(fd, Math.max(0, size)), truncateSync, 'ftruncate');
    } finally {
      process.close(fd);
    }
  }

  function linkSync(existingPath: unknown, newPath: unknown): void {
    const from = toPath(existingPath, 'existingPath');
    const to = toPath(newPath, 'newPath');
    attempt(() => process.link(from, to), linkSync, 'link', from, to);
  }

  function symlinkSync(target: unknown, path: unknown, type?: unknown): void {
    checkSymlinkType(type);
    const to = toPath(target, 'target');
    const where = toPath(path);
    attempt(() => process.symlink(to, where), symlinkSync, 'symlink', to, where);
  }

  function readlinkSync(path: unknown, options?: unknown): string | Uint8Array {
    const encoding = encodingOf(options);
    const where = toPath(path);
    return attempt(() => nameOut(process.readlink(where), encoding), readlinkSync, 'readlink', where);
  }

  function unlinkSync(path: unknown): void {
    const where = toPath(path);
    try {
      process.unlink(where);
    } catch (error) {
      throw failure(error, unlinkSync, 'unlink', where);
    }
  }

  function renameSync(oldPath: unknown, newPath: unknown): void {
    const from = toPath(oldPath, 'oldPath');
    const to = toPath(newPath, 'newPath');
    try {
      process.rename(from, to);
    } catch (error) {
      throw failure(error, renameSync, 'rename', from, to);
    }
  }

  return {
    accessSync,
    existsSync,
    statSync,
    lstatSync,
    statfsSync,
    chmodSync,
    chownSync,
    lchownSync,
    utimesSync,
    lutimesSync,
    truncateSync,
    linkSync,
    symlinkSync,
    readlinkSync,
    unlinkSync,
    renameSync,
  };
}

/** Windows has kinds of symlinks. Linux has one, but a wrong name for it is refused all the same. */
function checkSymlinkType(type: unknown): void {
  if (type === undefined || type === null || type === 'dir' || type === 'file' || type === 'junction') return;
  throw invalidArgValue('type', type, "must be one of: 'dir', 'file', 'junction', null, undefined");
}
