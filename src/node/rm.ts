/**
 * rm: depth first, through directory descriptors, never through a symlink.
 */

import { EACCES, EISDIR, ENOTEMPTY, EPERM, type LinuxError } from '../abi/errno.ts';
import { AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from '../abi/fcntl.ts';
import { DT_DIR, S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkInteger, flagOf, objectOptions, toPath } from './arguments.ts';
import { join } from './directories.ts';
import { failure, systemError } from './errors.ts';

export function rmOptions(options: unknown): { readonly force: boolean; readonly recursive: boolean } {
  const given = objectOptions(options);
  const checked = { recursive: flagOf(given, 'recursive'), force: flagOf(given, 'force') };
  // Nothing here is busy for a while, so there is nothing to try again; the numbers are checked all the same.
  const { retryDelay = 0, maxRetries = 0 } = given;
  checkInteger(retryDelay, 'options.retryDelay', 0, 0x7fffffff);
  checkInteger(maxRetries, 'options.maxRetries', 0, 0xffffffff);
  return checked;
}

export function rmCall(process: Process): (path: unknown, options?: unknown) => void {
  /** What is being done, and to what: the error says it. */
  let syscall = '';
  let at = '';

  function rmSync(path: unknown, options?: unknown): void {
    const where = toPath(path);
    const { force, recursive } = rmOptions(options);
    syscall = 'lstat';
    at = where;
    try {
      const stat = force ? process.statIfExists(where, false) : process.lstat(where);
      if (stat === undefined) return;
      if ((stat.mode & S_IFMT) !== S_IFDIR) {
        syscall = 'unlink';
        process.unlink(where);
        return;
      }
      if (recursive) {
        removeDirectory(AT_FDCWD, where, where);
        return;
      }
    } catch (error) {
      throw failure(error, rmSync, syscall, at);
    }
    throw systemError('ERR_FS_EISDIR', 'Path is a directory', EISDIR, 'rm', where, 'is a directory');
  }

  /** As Node's rimraf: what may not be removed itself keeps what is in it. */
  function removeDirectory(parent: number, name: string, path: string): void {
    if (removeEmpty(parent, name, path)) return;
    syscall = 'scandir';
    empty(process.openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), path);
    syscall = 'rmdir';
    at = path;
    process.unlinkat(parent, name, AT_REMOVEDIR);
  }

  /** Whether there was nothing in the way. */
  function removeEmpty(parent: number, name: string, path: string): boolean {
    syscall = 'rmdir';
    at = path;
    try {
      process.unlinkat(parent, name, AT_REMOVEDIR);
      return true;
    } catch (error) {
      const { errno } = error as LinuxError;
      if (errno === ENOTEMPTY || errno === EPERM) return false;
      // In a directory that may not be searched Node does not find out that it is one.
      if (errno === EACCES && !isThere(parent, name)) syscall = 'unlink';
      throw error;
    }
  }

  function isThere(parent: number, name: string): boolean {
    try {
      process.fstatat(parent, name, AT_SYMLINK_NOFOLLOW);
      return true;
    } catch {
      return false;
    }
  }

  /** Removes everything in an open directory, and closes it. */
  function empty(fd: number, path: string): void {
    try {
      for (;;) {
        const batch = process.getdents(fd, 1 << 20);
        if (batch.length === 0) return;
        for (const { name, type } of batch) {
          if (name === '.' || name === '..') continue;
          if (type === DT_DIR) removeDirectory(fd, name, join(path, name));
          else unlink(fd, name, path);
        }
      }
    } finally {
      process.close(fd);
    }
  }

  function unlink(fd: number, name: string, path: string): void {
    try {
      process.unlinkat(fd, name, 0);
    } catch (error) {
      syscall = 'unlink';
      at = join(path, name);
      throw error;
    }
  }

  return rmSync;
}
