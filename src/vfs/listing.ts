/**
 * The names of a directory in one call: open(2), getdents(2) to the end and close(2), without what a C caller's buffers cost.
 */
import { ENOENT, LinuxError } from '../abi/errno.ts';
import { IN_ACCESS, IN_CLOSE_NOWRITE, IN_OPEN } from '../abi/inotify.ts';
import type { Caller } from './caller.ts';
import { DCACHE_LOOKED_UP, type DirectoryDentry, type VirtualDentry } from './dentry.ts';
import { S_DEAD } from './inode.ts';
import { inodePermission, MAY_READ } from './permission.ts';
import { touchAtime } from './times.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW, Walk } from './walk.ts';

/** The directory at `path`, which the caller may read and must not change; undefined where entries have to be asked for one by one (a
 *  looked-up filesystem), and opening it is the way.
 *  the walk's errors · ENOTDIR · EACCES · ENOENT removed */
export function listDirectoryAt(caller: Caller, at: VirtualDentry, path: string): DirectoryDentry | undefined {
  const walk = new Walk(caller, at);
  walk.walk(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  const directory = walk.dentry as DirectoryDentry;
  if ((directory.flags & DCACHE_LOOKED_UP) !== 0) return undefined;
  const { inode } = directory;
  inodePermission(caller.creds, inode, MAY_READ);
  if ((inode.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
  if (caller.vfs.listeners !== null) {
    for (const mask of [IN_OPEN, IN_ACCESS, IN_CLOSE_NOWRITE]) caller.vfs.notify(mask, directory);
  }
  touchAtime(walk.mount, inode);
  return directory;
}
