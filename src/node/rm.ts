/**
 * rm: depth first, never through a symlink.
 */

import { EISDIR, ENOENT, ENOTEMPTY, EPERM, LinuxError } from '../abi/errno.ts';
import { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from '../abi/fcntl.ts';
import { DT_DIR, S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { removeEntries } from '../vfs/remove-tree.ts';
import { checkBoolean, checkInteger, objectOptions, toPath } from './arguments.ts';
import { type Faulty, join, listDirectory } from './directories.ts';
import { failure, systemError } from './errors.ts';

const DEFAULTS = { force: false, recursive: false, retryDelay: 0, maxRetries: 0 };

function rmOptions(options: unknown): { readonly force: boolean; readonly recursive: boolean } {
  // As Node: what is there and undefined is refused, what is inherited does not count.
  const { force, recursive, retryDelay, maxRetries } = { ...DEFAULTS, ...objectOptions(options) };
  checkBoolean(force, 'options.force');
  checkBoolean(recursive, 'options.recursive');
  // Nothing here is busy for a while, so there is nothing to try again; the numbers are checked all the same.
  checkInteger(retryDelay, 'options.retryDelay', 0, 0x7fffffff);
  checkInteger(maxRetries, 'options.maxRetries', 0, 0xffffffff);
  return { force, recursive };
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
      const stat = process.statOrErrno(where, false);
      if (typeof stat === 'number') {
        if (force && stat === ENOENT) return;
        throw new LinuxError(stat);
      }
      if ((stat.mode & S_IFMT) !== S_IFDIR) {
        syscall = 'unlink';
        process.unlink(where);
        return;
      }
      if (recursive) {
        removeDirectory(where);
        return;
      }
    } catch (error) {
      throw failure(error, rmSync, syscall, at);
    }
    throw systemError('ERR_FS_EISDIR', 'Path is a directory', EISDIR, 'rm', where, 'is a directory');
  }

  /** As Node's rimraf: what may not be removed itself keeps what is in it. */
  function removeDirectory(path: string): void {
    syscall = 'rmdir';
    try {
      return process.rmdir(path);
    } catch (error) {
      const { errno } = error as LinuxError;
      if (errno !== ENOTEMPTY && errno !== EPERM) throw error;
    }
    syscall = 'scandir';
    if ((process as Faulty).faulty) emptyByCalls(path);
    else empty(path);
    at = path;
    syscall = 'rmdir';
    try {
      process.rmdir(path);
    } catch (error) {
      // `a/..` led through what is gone.
      if ((error as LinuxError).errno !== ENOENT) throw error;
    }
  }

  function empty(path: string): void {
    const fd = process.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      removeEntries(process, process.file(fd));
    } catch (error) {
      // The path is that below the directory.
      const failed = error as LinuxError;
      at = join(path, failed.path as string);
      syscall = failed.syscall as string;
      throw error;
    } finally {
      process.close(fd);
    }
  }

  /** The same so that a fault can meet each call. */
  function emptyByCalls(path: string): void {
    for (const { name, type } of listDirectory(process, path)) {
      at = join(path, name);
      if (type === DT_DIR) removeDirectory(at);
      else {
        syscall = 'unlink';
        process.unlink(at);
      }
    }
  }

  return rmSync;
}
