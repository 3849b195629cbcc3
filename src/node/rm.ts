/**
 * rm, as `rm -r` and `rm -f` of coreutils: depth first, through directory descriptors, never through a symlink.
 */

import { EISDIR } from '../abi/errno.ts';
import { AT_REMOVEDIR, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from '../abi/fcntl.ts';
import { DT_DIR, S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkInteger, flagOf, objectOptions, toPath } from './arguments.ts';
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
  function rmSync(path: unknown, options?: unknown): void {
    const where = toPath(path);
    const { force, recursive } = rmOptions(options);
    let syscall = 'lstat';
    try {
      const stat = force ? process.statIfExists(where, false) : process.lstat(where);
      if (stat === undefined) return;
      if ((stat.mode & S_IFMT) !== S_IFDIR) {
        syscall = 'unlink';
        process.unlink(where);
        return;
      }
      syscall = 'rmdir';
      if (recursive) {
        // `rm -r d/` of a directory that we may not read fails at the reading.
        empty(process.open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (where.endsWith('/') ? 0 : O_NOFOLLOW)));
        process.rmdir(where);
        return;
      }
    } catch (error) {
      throw failure(error, rmSync, syscall, where);
    }
    throw systemError('ERR_FS_EISDIR', 'Path is a directory', EISDIR, 'rm', where, 'is a directory');
  }

  /** Removes everything in an open directory, and closes it. */
  function empty(fd: number): void {
    try {
      for (;;) {
        const batch = process.getdents(fd, 1 << 20);
        if (batch.length === 0) return;
        for (const { name, type } of batch) {
          if (name === '.' || name === '..') continue;
          if (type !== DT_DIR) {
            process.unlinkat(fd, name, 0);
            continue;
          }
          empty(process.openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
          process.unlinkat(fd, name, AT_REMOVEDIR);
        }
      }
    } finally {
      process.close(fd);
    }
  }

  return rmSync;
}
