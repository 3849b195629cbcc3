/**
 * open(2), openat2(2). Linux: path_openat(), do_open(), may_open(), do_dentry_open().
 */
import {
  EACCES,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  EAGAIN,
  LinuxError,
} from '../abi/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../abi/fcntl.ts';
import { IN_CREATE, IN_MODIFY, IN_OPEN } from '../abi/inotify.ts';
import { NAME_MAX } from '../abi/limits.ts';
import { nameLength } from '../abi/name.ts';
import {
  major,
  minor,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISVTX,
  S_IWGRP,
  S_IWOTH,
} from '../abi/stat.ts';
import type { Caller } from './caller.ts';
import { DCACHE_UNHASHED, Dentry, type DirectoryDentry, hold, VirtualDentry } from './dentry.ts';
import { DirectoryDescription } from './directory-description.ts';
import {
  bind,
  FMODE_REGULAR,
  FMODE_WRITE,
  FMODE_WRITER,
  type FileDescription,
  InodeDescription,
  PathDescription,
} from './file-description.ts';
import { I_LINKABLE, type Inode, S_APPEND, S_DEAD } from './inode.ts';
import { MNT_NODEV } from './mount.ts';
import { inodePermission, isOwnerOrCapable, isReadonly, MAY_EXEC, MAY_READ, MAY_WRITE, mayCreate, wantWrite } from './permission.ts';
import { newInode, newNode } from './names.ts';
import { truncateInode } from './attributes.ts';
import { LAST_NORM, LOOKUP_DIRECTORY, LOOKUP_FOLLOW, Walk } from './walk.ts';

const O_PATH_FLAGS: number = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
const __O_TMPFILE: number = O_TMPFILE & ~O_DIRECTORY;
const VALID_OPEN_FLAGS: number =
  O_ACCMODE |
  O_CREAT |
  O_EXCL |
  O_NOCTTY |
  O_TRUNC |
  O_APPEND |
  O_NONBLOCK |
  O_SYNC |
  O_DSYNC |
  O_ASYNC |
  O_DIRECT |
  O_LARGEFILE |
  O_DIRECTORY |
  O_NOFOLLOW |
  O_NOATIME |
  O_CLOEXEC |
  O_PATH |
  __O_TMPFILE;
const VALID_RESOLVE: number =
  RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;
/** Only matter at open: F_GETFL does not show them. */
const OPEN_ONLY_FLAGS: number = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

export interface OpenHow {
  readonly flags: number;
  readonly mode: number;
  readonly resolve: number;
}

/** What open(2) makes of its arguments: unknown flags are dropped, as old programs rely on. Linux: build_open_how(). */
export function openHow(flags: number, mode: number): OpenHow {
  let known = flags & VALID_OPEN_FLAGS;
  if ((known & O_PATH) !== 0) known &= O_PATH_FLAGS;
  const creates = (known & (O_CREAT | __O_TMPFILE)) !== 0;
  return { flags: known, mode: creates ? mode & 0o7777 : 0, resolve: 0 };
}

/** EINVAL for every combination that means nothing. Linux: build_open_flags(). */
export function checkOpenHow(how: OpenHow): void {
  const { flags, mode, resolve } = how;
  if ((flags & ~VALID_OPEN_FLAGS) !== 0 || (resolve & ~VALID_RESOLVE) !== 0) throw new LinuxError(EINVAL);
  if ((resolve & RESOLVE_BENEATH) !== 0 && (resolve & RESOLVE_IN_ROOT) !== 0) throw new LinuxError(EINVAL);
  if ((flags & (O_CREAT | __O_TMPFILE)) !== 0) {
    if ((mode & ~0o7777) !== 0) throw new LinuxError(EINVAL);
  } else if (mode !== 0) throw new LinuxError(EINVAL);
  if ((flags & (O_DIRECTORY | O_CREAT)) === (O_DIRECTORY | O_CREAT)) throw new LinuxError(EINVAL);
  if ((flags & __O_TMPFILE) !== 0) {
    if ((flags & O_DIRECTORY) === 0 || (accessMask(flags) & MAY_WRITE) === 0) throw new LinuxError(EINVAL);
  }
  if ((flags & O_PATH) !== 0 && (flags & ~O_PATH_FLAGS) !== 0) throw new LinuxError(EINVAL);
  if ((resolve & RESOLVE_CACHED) !== 0 && (flags & (O_TRUNC | O_CREAT | __O_TMPFILE)) !== 0) throw new LinuxError(EAGAIN);
}

/** The permission an access mode asks for; 3 asks for both and gives neither. Linux: ACC_MODE(). */
function accessMask(flags: number): number {
  const access = flags & O_ACCMODE;
  if (access === O_RDONLY) return MAY_READ;
  return access === 1 ? MAY_WRITE : MAY_READ | MAY_WRITE;
}

/**
 * open(2) and openat2(2); `checkOpenHow` has passed.
 *  EINVAL flags · the walk's · EISDIR O_CREAT with a trailing slash · ENOENT removed directory · EROFS, EACCES on creating · EEXIST O_EXCL ·
 *  EISDIR O_CREAT of a directory · EACCES protected_fifos, protected_regular · ENOTDIR O_DIRECTORY · EROFS O_TRUNC · ELOOP a symlink ·
 *  EISDIR writing a directory · EACCES nodev · EACCES · EPERM append-only, O_NOATIME · EROFS · ENXIO no driver, FIFO, socket · EINVAL O_DIRECT on what is no regular file or block device
 *  @linux open full
 *  @linux openat full
 *  @linux openat2 full
 *  @linux creat full
 */
export function openAt(caller: Caller, at: VirtualDentry, path: string, how: OpenHow): FileDescription {
  const { flags } = how;
  const walk = new Walk(caller, at, how.resolve);
  if ((flags & O_PATH) !== 0) {
    walk.walk(path, ((flags & O_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0) | ((flags & O_DIRECTORY) === 0 ? 0 : LOOKUP_DIRECTORY));
    return install(caller, new PathDescription(), walk.place, flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW));
  }
  if ((flags & __O_TMPFILE) !== 0) return openTemporary(caller, walk, path, how);
  if (path === '') throw new LinuxError(ENOENT);
  walk.toLast(path);
  let created = false;
  if ((flags & O_CREAT) === 0) {
    const follow = (flags & O_NOFOLLOW) === 0;
    if (!walk.lookupLast(follow)) throw new LinuxError(nameLength(walk.last) > NAME_MAX ? ENAMETOOLONG : ENOENT);
  } else created = lookupOrCreate(caller, walk, how);
  return finishOpen(caller, walk, how, created);
}

/** The last component for O_CREAT. Linux: open_last_lookups() and lookup_open(). True when the file was made. */
function lookupOrCreate(caller: Caller, walk: Walk, how: OpenHow): boolean {
  const { flags } = how;
  for (;;) {
    if (walk.lastType !== LAST_NORM) {
      walk.enterDots();
      return false;
    }
    if (walk.trailing) throw new LinuxError(EISDIR);
    const directory = walk.dentry.inode;
    if ((directory.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
    const dentry = walk.child(walk.last);
    if (dentry === undefined) {
      if (nameLength(walk.last) > NAME_MAX) throw new LinuxError(ENAMETOOLONG);
      if (isReadonly(walk.mount)) throw new LinuxError(EROFS);
      mayCreate(caller.creds, directory);
      const made = newNode(caller, walk.dentry as DirectoryDentry, walk.last, {
        mode: S_IFREG | (how.mode & ~caller.fileModeMask),
        rdev: 0,
        target: '',
      });
      walk.dentry = made;
      if (caller.vfs.listeners !== null) caller.vfs.notify(IN_CREATE, made);
      return true;
    }
    const isLink = (dentry.inode.mode & S_IFMT) === S_IFLNK;
    // O_EXCL never follows: a link there is a file that exists.
    if (!isLink || (flags & (O_NOFOLLOW | O_EXCL)) !== 0) {
      walk.enter(dentry);
      return false;
    }
    if (!walk.followLast(dentry)) return false;
  }
}

/** The checks on what was found, and the open itself. Linux: do_open(). */
function finishOpen(caller: Caller, walk: Walk, how: OpenHow, created: boolean): FileDescription {
  let { flags } = how;
  const { mount } = walk;
  const { inode } = walk.dentry;
  const { creds } = caller;
  const type = inode.mode & S_IFMT;
  let truncate = false;
  if (!created) {
    if ((flags & O_CREAT) !== 0) {
      if ((flags & O_EXCL) !== 0) throw new LinuxError(EEXIST);
      if (type === S_IFDIR) throw new LinuxError(EISDIR);
      mayCreateInSticky(caller, walk.dentry);
    }
    if ((flags & O_DIRECTORY) !== 0 && type !== S_IFDIR) throw new LinuxError(ENOTDIR);
    let mask = accessMask(flags);
    if ((flags & O_TRUNC) !== 0) {
      mask |= MAY_WRITE;
      if (type === S_IFREG) {
        wantWrite(mount);
        truncate = true;
      }
    }
    if (type === S_IFLNK) throw new LinuxError(ELOOP);
    if (type === S_IFDIR && (mask & MAY_WRITE) !== 0) throw new LinuxError(EISDIR);
    if ((type === S_IFCHR || type === S_IFBLK) && (mount.flags & MNT_NODEV) !== 0) throw new LinuxError(EACCES);
    inodePermission(creds, inode, mask);
    if ((inode.flags & S_APPEND) !== 0 && (((flags & O_ACCMODE) !== O_RDONLY && (flags & O_APPEND) === 0) || (flags & O_TRUNC) !== 0))
      throw new LinuxError(EPERM);
    if ((flags & O_NOATIME) !== 0 && !isOwnerOrCapable(creds, inode)) throw new LinuxError(EPERM);
  } else flags &= ~O_TRUNC;
  const writes = accessMask(flags) !== MAY_READ && (flags & O_ACCMODE) !== O_ACCMODE;
  if (writes && !created && (type === S_IFREG || type === S_IFDIR)) wantWrite(mount);
  const place = walk.place;
  const opened = openInode(caller, place, flags);
  if ((flags & O_DIRECT) !== 0 && !takesDirect(inode)) {
    opened.release();
    throw new LinuxError(EINVAL);
  }
  const file = install(caller, opened, place, flags & ~OPEN_ONLY_FLAGS);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_OPEN, walk.dentry);
  if (truncate) {
    truncateInode(caller, inode, 0);
    if (caller.vfs.listeners !== null) caller.vfs.notify(IN_MODIFY, walk.dentry);
  }
  return file;
}

/** Linux: FMODE_CAN_ODIRECT. tmpfs has it since 6.6, and says yes to what it has no need of. */
export function takesDirect(inode: Inode): boolean {
  const type = inode.mode & S_IFMT;
  return type === S_IFREG || type === S_IFBLK;
}

/** The description for what the inode is. ENXIO: a FIFO, a socket, a device without a driver. */
function openInode(caller: Caller, at: VirtualDentry, flags: number): FileDescription {
  const { inode } = at;
  const own = inode.open(flags, caller);
  if (own !== undefined) return own;
  switch (inode.mode & S_IFMT) {
    case S_IFREG: {
      const file = new InodeDescription();
      file.fmode = FMODE_REGULAR;
      return file;
    }
    case S_IFDIR:
      return new DirectoryDescription();
    case S_IFCHR:
    case S_IFBLK:
      return caller.vfs.devices.open(
        (inode.mode & S_IFMT) === S_IFCHR ? 'char' : 'block',
        { major: major(inode.rdev), minor: minor(inode.rdev) },
        { caller, at, flags },
      );
    case S_IFIFO:
    case S_IFSOCK:
      throw new LinuxError(ENXIO);
    default:
      throw new LinuxError(EINVAL);
  }
}

/** Binds a description to its place and counts it. */
function install(caller: Caller, file: FileDescription, at: VirtualDentry, flags: number): FileDescription {
  // Two opens need two offsets and two lives.
  if (file?.inode !== null) throw new TypeError("a device's open() must return a new FileDescription each time");
  bind(file, at, (flags & O_PATH) === 0 ? flags | O_LARGEFILE : flags, caller.creds);
  hold(at);
  if ((file.fmode & FMODE_WRITE) !== 0) {
    const type = at.inode.mode & S_IFMT;
    if (type === S_IFREG || type === S_IFDIR) {
      file.fmode |= FMODE_WRITER;
      at.mount.writers++;
    }
  }
  return file;
}

/** Opens what a dentry in hand stands for, without a walk and without permission checks (a front-end whose kernel has checked). */
export function openPlace(caller: Caller, at: VirtualDentry, flags: number): FileDescription {
  return install(caller, openInode(caller, at, flags), at, flags & ~OPEN_ONLY_FLAGS);
}

/** O_TMPFILE. EROFS · EACCES · EOPNOTSUPP. Linux: do_tmpfile(). */
function openTemporary(caller: Caller, walk: Walk, path: string, how: OpenHow): FileDescription {
  walk.walk(path, ((how.flags & O_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0) | LOOKUP_DIRECTORY);
  wantWrite(walk.mount);
  const directory = walk.dentry.inode;
  inodePermission(caller.creds, directory, MAY_WRITE | MAY_EXEC);
  if (!directory.fs.pinned) throw new LinuxError(EOPNOTSUPP);
  return openUnnamed(caller, walk.place, how);
}

/** A regular file without a name, made in the directory `at`. ENOSPC. */
export function openUnnamed(caller: Caller, at: VirtualDentry, how: { readonly flags: number; readonly mode: number }): FileDescription {
  const directory = at.inode;
  const inode = newInode(caller, directory, '', { mode: S_IFREG | (how.mode & ~caller.fileModeMask), rdev: 0, target: '' });
  inode.nlink = 0;
  inode.fs.removed++;
  if ((how.flags & O_EXCL) === 0) inode.flags |= I_LINKABLE;
  const dentry = new Dentry(`#${inode.ino}`, at.dentry as DirectoryDentry, inode);
  dentry.flags |= DCACHE_UNHASHED;
  const place = new VirtualDentry(at.mount, dentry);
  const file = new InodeDescription();
  file.fmode = FMODE_REGULAR;
  install(caller, file, place, how.flags & ~OPEN_ONLY_FLAGS);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_OPEN, dentry);
  return file;
}

/** fs.protected_fifos and fs.protected_regular. Linux: may_create_in_sticky(). */
function mayCreateInSticky(caller: Caller, dentry: Dentry): void {
  const { inode } = dentry;
  const directory = dentry.parent.inode;
  const type = inode.mode & S_IFMT;
  if ((directory.mode & S_ISVTX) === 0) return;
  const { sysctl } = caller.vfs;
  let level = 0;
  if (type === S_IFREG) level = sysctl['fs.protected_regular'];
  else if (type === S_IFIFO) level = sysctl['fs.protected_fifos'];
  if (level === 0 || inode.uid === directory.uid || inode.uid === caller.creds.fsuid) return;
  if ((directory.mode & S_IWOTH) !== 0 || (level >= 2 && (directory.mode & S_IWGRP) !== 0)) throw new LinuxError(EACCES);
}
