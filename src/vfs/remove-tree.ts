/**
 * A directory emptied in one call: what `rm -r` does by openat(2), getdents(2), unlinkat(2) and rmdir(2), with the same checks for each name
 * and at a fraction of the price, because the names of a directory go at once.
 */
import { EBADF, EBUSY, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, LinuxError } from '../abi/errno.ts';
import { IN_ACCESS, IN_CLOSE_NOWRITE, IN_OPEN } from '../abi/inotify.ts';
import type { Caller } from './caller.ts';
import { DCACHE_MOUNTED, type Dentry, type DirectoryDentry, VirtualDentry } from './dentry.ts';
import { type FileDescription, FMODE_PATH } from './file-description.ts';
import { S_DEAD } from './inode.ts';
import type { Mount } from './mount.ts';
import { followMounts } from './mounting.ts';
import { dropLink, isLocalMountpoint, removeDirectoryIn, unlinkDentry } from './names.ts';
import { genericPermission, inodePermission, isDirectoryInode, MAY_EXEC, MAY_READ, mayDelete, wantWrite } from './permission.ts';
import { touchMtime } from './times.ts';

/** A directory on the way down. */
interface Level {
  readonly mount: Mount;
  readonly directory: DirectoryDentry;
  readonly entries: readonly Dentry[];
  /** The directory's at that time: it grows when somebody who listens makes another name meanwhile. */
  readonly lastCookie: number;
  /** Entries before this one are gone. Of those that are no directories the names are still to be taken away, by `settle`. */
  next: number;
}

/** Removes everything in an open directory, depth first, in the order of a listing. A directory that may not be removed keeps what is in it. It
 *  stops at the first failure, whose `path` is that of the name below the directory and whose `syscall` is rmdir, unlink or scandir (a directory that
 *  cannot be read); what went before stays removed.
 *  EBADF O_PATH · ENOTDIR · ENOENT removed · of each name what rmdir(2), open(2) and unlink(2) say */
export function removeEntries(caller: Caller, file: FileDescription): void {
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if (!isDirectoryInode(file.inode)) throw new LinuxError(ENOTDIR);
  if ((file.inode.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
  const levels = [list(caller, file.mount, file.dentry)];
  let syscall = '';
  try {
    for (;;) {
      const level = levels[levels.length - 1] as Level;
      const victim = level.entries[level.next];
      if (victim === undefined) {
        levels.pop();
        settle(level);
        const above = levels[levels.length - 1];
        if (above === undefined) return;
        syscall = 'rmdir';
        caller.vfs.notify(IN_CLOSE_NOWRITE, level.directory);
        removeDirectory(caller, above, above.entries[above.next] as Dentry);
        continue;
      }
      const directory = isDirectoryInode(victim.inode);
      // Where nothing may be looked at, a program does not find out that it is a directory.
      syscall = directory && genericPermission(caller.creds, level.directory.inode, MAY_EXEC) ? 'rmdir' : 'unlink';
      wantWrite(level.mount);
      if (!directory) removeFile(caller, level, victim);
      else if (!removeEmpty(caller, level, victim)) {
        syscall = 'scandir';
        levels.push(enter(caller, level, victim));
      }
    }
  } catch (error) {
    if (error instanceof LinuxError) {
      error.syscall = syscall;
      error.path = levels.map(({ entries, next }) => (entries[next] as Dentry).name).join('/');
    }
    throw error;
  } finally {
    for (const level of levels) settle(level);
  }
}

/** Opens a directory below: what is mounted on it, if something is. */
function enter(caller: Caller, above: Level, victim: Dentry): Level {
  inodePermission(caller.creds, above.directory.inode, MAY_EXEC);
  let { mount } = above;
  let dentry = victim;
  if ((victim.flags & DCACHE_MOUNTED) !== 0) ({ mount, dentry } = followMounts(caller.vfs, new VirtualDentry(mount, dentry)));
  inodePermission(caller.creds, dentry.inode, MAY_READ);
  caller.vfs.notify(IN_OPEN, dentry);
  return list(caller, mount, dentry);
}

/** Whether it could be removed at once. What is in the way is ENOTEMPTY, or EPERM, which may hold for the directory alone. */
function removeEmpty(caller: Caller, level: Level, victim: Dentry): boolean {
  try {
    removeDirectory(caller, level, victim);
    return true;
  } catch (error) {
    if (error instanceof LinuxError && (error.errno === ENOTEMPTY || error.errno === EPERM)) return false;
    throw error;
  }
}

function removeDirectory(caller: Caller, level: Level, victim: Dentry): void {
  removeDirectoryIn(caller, level.directory, victim);
  level.next++;
}

function list(caller: Caller, mount: Mount, dentry: Dentry): Level {
  const directory = dentry as DirectoryDentry;
  caller.vfs.notify(IN_ACCESS, directory);
  return { mount, directory, entries: caller.vfs.entries(directory), lastCookie: directory.lastCookie, next: 0 };
}

function removeFile(caller: Caller, level: Level, victim: Dentry): void {
  const { directory } = level;
  mayDelete(caller.creds, directory.inode, victim, false);
  if (isLocalMountpoint(caller, victim)) throw new LinuxError(EBUSY);
  // Who listens hears of each name while it goes.
  if (!directory.inode.fs.pinned || caller.vfs.listeners !== null) unlinkDentry(caller, directory, victim);
  else {
    if (level.next === 0) touchMtime(directory.inode);
    directory.inode.unlink(victim.name, victim.inode);
    dropLink(caller, victim);
  }
  level.next++;
}

/** Takes away the names of what `dropLink` has dropped. */
function settle(level: Level): void {
  const { directory, entries, lastCookie, next } = level;
  if (next === 0) return;
  if (next === entries.length && directory.lastCookie === lastCookie) directory.clear();
  else for (const entry of entries.slice(0, next)) if (directory.child(entry.name) === entry) directory.remove(entry);
  touchMtime(directory.inode);
}
