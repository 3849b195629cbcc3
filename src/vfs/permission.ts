/**
 * May they? Linux: generic_permission(), inode_permission(), may_delete(), may_create() of fs/namei.c.
 */
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID } from '../abi/capability.ts';
import { EACCES, EISDIR, ENOENT, ENOTDIR, EPERM, EROFS, LinuxError } from '../abi/errno.ts';
import { MS_RDONLY } from '../abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_ISVTX, S_IXGRP } from '../abi/stat.ts';
import type { Credentials } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import { type Inode, S_APPEND, S_DEAD, S_IMMUTABLE } from './inode.ts';
import { MNT_READONLY, type Mount } from './mount.ts';

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;
export const MAY_APPEND = 8;

export function isDirectoryInode(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR;
}

/** One class decides: owner, else group, else others, with no fall-through; then capabilities. */
export function genericPermission(creds: Credentials, inode: Inode, mask: number): boolean {
  const mode = inode.mode;
  let bits = mode;
  if (inode.uid === creds.fsuid) bits >>= 6;
  else if (((mode >> 3) ^ mode) & mask & 7 && creds.inGroup(inode.gid)) bits >>= 3;
  const wanted = mask & 7;
  if ((bits & wanted) === wanted) return true;
  if ((mode & S_IFMT) === S_IFDIR) {
    if ((wanted & MAY_WRITE) === 0 && creds.has(CAP_DAC_READ_SEARCH)) return true;
    return creds.has(CAP_DAC_OVERRIDE);
  }
  if (wanted === MAY_READ && creds.has(CAP_DAC_READ_SEARCH)) return true;
  // Executing wants at least one execute bit, even from root.
  if ((wanted & MAY_EXEC) === 0 || (mode & 0o111) !== 0) return creds.has(CAP_DAC_OVERRIDE);
  return false;
}

/** EROFS a read-only filesystem · EPERM immutable · EACCES. */
export function inodePermission(creds: Credentials, inode: Inode, mask: number): void {
  if ((mask & MAY_WRITE) !== 0) {
    if ((inode.fs.flags & MS_RDONLY) !== 0) {
      const type = inode.mode & S_IFMT;
      if (type === S_IFREG || type === S_IFDIR || type === S_IFLNK) throw new LinuxError(EROFS);
    }
    if ((inode.flags & S_IMMUTABLE) !== 0) throw new LinuxError(EPERM);
  }
  if (!genericPermission(creds, inode, mask)) throw new LinuxError(EACCES);
}

/** The mount and its filesystem take writes. Linux: mnt_want_write(). EROFS. */
export function isReadonly(mount: Mount): boolean {
  return (mount.flags & MNT_READONLY) !== 0 || (mount.fs.flags & MS_RDONLY) !== 0;
}

export function wantWrite(mount: Mount): void {
  if (isReadonly(mount)) throw new LinuxError(EROFS);
}

/** Linux: inode_owner_or_capable(). */
export function isOwnerOrCapable(creds: Credentials, inode: Inode): boolean {
  return inode.uid === creds.fsuid || creds.has(CAP_FOWNER);
}

/** A new name in `directory`. ENOENT a removed directory · EACCES, EPERM, EROFS. The name is known to be absent. */
export function mayCreate(creds: Credentials, directory: Inode): void {
  if ((directory.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
  inodePermission(creds, directory, MAY_WRITE | MAY_EXEC);
}

function isSticky(creds: Credentials, directory: Inode, inode: Inode): boolean {
  if ((directory.mode & S_ISVTX) === 0) return false;
  if (inode.uid === creds.fsuid || directory.uid === creds.fsuid) return false;
  return !creds.has(CAP_FOWNER);
}

/** `victim` leaves `directory`. EACCES, EROFS · EPERM append-only, sticky, immutable · ENOTDIR, EISDIR by kind · ENOENT a removed directory. */
export function mayDelete(creds: Credentials, directory: Inode, victim: Dentry, wantsDirectory: boolean): void {
  const inode = victim.inode;
  inodePermission(creds, directory, MAY_WRITE | MAY_EXEC);
  if ((directory.flags & S_APPEND) !== 0) throw new LinuxError(EPERM);
  if (isSticky(creds, directory, inode) || (inode.flags & (S_APPEND | S_IMMUTABLE)) !== 0) throw new LinuxError(EPERM);
  if (wantsDirectory) {
    if (!isDirectoryInode(inode)) throw new LinuxError(ENOTDIR);
  } else if (isDirectoryInode(inode)) throw new LinuxError(EISDIR);
  if ((directory.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
}

/** The set-gid bit, if a change by `creds` clears it. Linux: setattr_should_drop_sgid(). */
export function sgidToDrop(creds: Credentials, inode: Inode): number {
  const { mode } = inode;
  if ((mode & S_ISGID) === 0) return 0;
  // Without group execute the bit meant mandatory locking, so it stays for members of the group.
  if ((mode & S_IXGRP) !== 0) return S_ISGID;
  return creds.inGroup(inode.gid) || creds.has(CAP_FSETID) ? 0 : S_ISGID;
}

/** The mode bits that writing or truncating clears. Linux: setattr_should_drop_suidgid(). */
export function privilegesToDrop(creds: Credentials, inode: Inode): number {
  const { mode } = inode;
  if ((mode & (S_ISUID | S_ISGID)) === 0 || (mode & S_IFMT) !== S_IFREG || creds.has(CAP_FSETID)) return 0;
  return (mode & S_ISUID) | sgidToDrop(creds, inode);
}
