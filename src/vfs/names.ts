/**
 * Making, removing and moving names: mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2), rename(2). Linux: fs/namei.c.
 *
 * The order of checks that all creators share exists once, in `createIn`; what removers share, in `removeFrom`.
 */
import { CAP_FOWNER, CAP_FSETID, CAP_DAC_READ_SEARCH, CAP_MKNOD } from '../abi/capability.ts';
import { EBUSY, EEXIST, EINVAL, EISDIR, EMLINK, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EXDEV, LinuxError } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_SYMLINK_FOLLOW, RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../abi/fcntl.ts';
import { IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO, IN_MOVE_SELF } from '../abi/inotify.ts';
import { NAME_MAX, PATH_MAX } from '../abi/limits.ts';
import { flatName, nameLength } from '../abi/name.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, S_ISGID, S_ISUID, S_IXGRP } from '../abi/stat.ts';
import type { Caller } from './caller.ts';
import type { Credentials } from './credentials.ts';
import { DCACHE_MOUNTED, DCACHE_UNHASHED, Dentry, DirectoryDentry, pin, unpin, type VirtualDentry } from './dentry.ts';
import { I_LINKABLE, type Inode, S_APPEND, S_DEAD, S_IMMUTABLE } from './inode.ts';
import {
  genericPermission,
  inodePermission,
  isDirectoryInode,
  MAY_READ,
  MAY_WRITE,
  mayCreate,
  mayDelete,
  wantWrite,
} from './permission.ts';
import { alsoTouchCtime, alsoTouchMtime, touchCtime, touchMtime } from './times.ts';
import { isBelow, LAST_DOT, LAST_DOTDOT, LAST_NORM, LOOKUP_EMPTY, LOOKUP_FOLLOW, Walk } from './walk.ts';

/** A path and where it starts. */
export interface PathAt {
  readonly at: VirtualDentry;
  readonly path: string;
  /** Who opened the descriptor that `at` came from. */
  readonly opener?: Credentials | undefined;
}

/** What a new node is, apart from its owner. */
export interface NodeKind {
  /** Type and permission bits, the umask already applied. */
  readonly mode: number;
  readonly rdev: number;
  readonly target: string;
}

/** An inode for `name` in `directory`, owned as a new file is. Linux: inode_init_owner(), mode_strip_sgid(). ENOSPC. */
export function newInode(caller: Caller, directory: Inode, name: string, kind: NodeKind): Inode {
  const { creds } = caller;
  let { mode } = kind;
  let gid = creds.fsgid;
  if ((directory.mode & S_ISGID) !== 0) {
    gid = directory.gid;
    if ((mode & S_IFMT) === S_IFDIR) mode |= S_ISGID;
    else if ((mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) && !creds.inGroup(gid) && !creds.has(CAP_FSETID)) mode &= ~S_ISGID;
  }
  return directory.create(name, { mode, uid: creds.fsuid, gid, rdev: kind.rdev, target: kind.target });
}

/** Makes a node and enters its name. Everything is checked; ENOSPC is left. */
export function newNode(caller: Caller, directory: DirectoryDentry, name: string, kind: NodeKind): Dentry {
  const parent = directory.inode;
  const inode = newInode(caller, parent, name, kind);
  const isNewDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  const dentry = newDentry(name, directory, inode);
  if (parent.fs.pinned) {
    directory.add(dentry);
    if (isNewDirectory) parent.nlink++;
    alsoTouchMtime(parent);
  }
  return dentry;
}

/** Directories, and whatever a looked-up filesystem has, need a place for children or pins. */
function newDentry(given: string, directory: DirectoryDentry, inode: Inode): Dentry {
  const name = flatName(given);
  return isDirectoryInode(inode) || !inode.fs.pinned ? new DirectoryDentry(name, directory, inode) : new Dentry(name, directory, inode);
}

/**
 * What every creator checks, in Linux's order.
 *  the walk's · EEXIST `.`, `..`, `/` · ENAMETOOLONG · EEXIST · ENOENT a trailing slash, unless a directory is made · EROFS · ENOENT removed directory · EACCES
 */
function createIn(caller: Caller, at: VirtualDentry, path: string, kind: NodeKind): Dentry {
  if (path === '') throw new LinuxError(ENOENT);
  const walk = new Walk(caller, at);
  walk.toLast(path);
  return createLast(caller, walk, kind);
}

function createLast(caller: Caller, walk: Walk, kind: NodeKind): Dentry {
  const directory = checkNewName(caller, walk, (kind.mode & S_IFMT) === S_IFDIR);
  checkNode(caller, kind);
  if ((kind.mode & S_IFMT) === S_IFDIR && directory.inode.nlink >= directory.inode.fs.maxLinks) throw new LinuxError(EMLINK);
  const dentry = newNode(caller, directory, walk.last, kind);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_CREATE, dentry);
  return dentry;
}

/** Linux: filename_create() and may_create(). The directory in which `walk.last` may be made. */
function checkNewName(caller: Caller, walk: Walk, makesDirectory: boolean): DirectoryDentry {
  if (walk.lastType !== LAST_NORM) throw new LinuxError(EEXIST);
  const directory = walk.dentry as DirectoryDentry;
  const existing = walk.child(walk.last);
  if (existing !== undefined) throw new LinuxError(EEXIST);
  if (nameLength(walk.last) > NAME_MAX) throw new LinuxError(ENAMETOOLONG);
  if (walk.trailing && !makesDirectory) throw new LinuxError(ENOENT);
  wantWrite(walk.mount);
  mayCreate(caller.creds, directory.inode);
  return directory;
}

/** EPERM: a device needs CAP_MKNOD, except a whiteout. */
function checkNode(caller: Caller, kind: NodeKind): void {
  const type = kind.mode & S_IFMT;
  if (type !== S_IFCHR && type !== S_IFBLK) return;
  const whiteout = type === S_IFCHR && kind.rdev === 0;
  if (!whiteout && !(caller.creds.has(CAP_MKNOD) && caller.creds.initialUserNamespace)) throw new LinuxError(EPERM);
}

/** mkdir(2).
 *  the walk's · EEXIST name exists, also `.` and `..` · ENAMETOOLONG · EROFS · ENOENT directory was removed · EACCES · EMLINK · ENOSPC
 *  @linux mkdir full
 *  @linux mkdirat full */
export function mkdirAt(caller: Caller, at: VirtualDentry, path: string, mode: number): void {
  createIn(caller, at, path, { mode: S_IFDIR | (mode & 0o1777 & ~caller.fileModeMask), rdev: 0, target: '' });
}

/** mknod(2). Type 0 makes a regular file.
 *  EPERM a directory · EINVAL another type · as mkdir · ENOENT trailing slash · EPERM a device without CAP_MKNOD · ENOSPC
 *  @linux mknod full
 *  @linux mknodat full */
export function mknodAt(caller: Caller, at: VirtualDentry, path: string, node: { readonly mode: number; readonly rdev: number }): void {
  let type = node.mode & S_IFMT;
  if (type === S_IFDIR) throw new LinuxError(EPERM);
  if (type === 0) type = S_IFREG;
  if (type !== S_IFREG && type !== S_IFCHR && type !== S_IFBLK && type !== S_IFIFO && type !== S_IFSOCK) throw new LinuxError(EINVAL);
  const isDevice = type === S_IFCHR || type === S_IFBLK;
  createIn(caller, at, path, { mode: type | (node.mode & 0o7777 & ~caller.fileModeMask), rdev: isDevice ? node.rdev : 0, target: '' });
}

/** symlink(2).
 *  ENOENT empty target · ENAMETOOLONG · as mkdir · ENOENT trailing slash
 *  @linux symlink full
 *  @linux symlinkat full */
export function symlinkAt(caller: Caller, target: string, at: VirtualDentry, path: string): void {
  if (target === '') throw new LinuxError(ENOENT);
  if (nameLength(target) >= PATH_MAX) throw new LinuxError(ENAMETOOLONG);
  createIn(caller, at, path, { mode: S_IFLNK | 0o777, rdev: 0, target });
}

/** link(2).
 *  EINVAL flags · the old walk's · the new walk's · EEXIST · ENOENT trailing slash · EROFS · EXDEV another mount · EPERM protected_hardlinks ·
 *  ENOENT removed directory · EACCES · EXDEV · EPERM append-only, immutable, a directory · ENOENT no name left · EMLINK · ENOSPC
 *  @linux link full
 *  @linux linkat full */
export function linkAt(caller: Caller, from: PathAt, to: PathAt, flags: number): void {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) throw new LinuxError(EINVAL);
  const old = new Walk(caller, from.at);
  // A descriptor may be given a name by an administrator, or by whoever opened it with the very same credentials (since 6.10).
  if (from.path === '' && from.opener !== undefined && from.opener !== caller.creds && !caller.creds.has(CAP_DAC_READ_SEARCH))
    throw new LinuxError(ENOENT);
  old.walk(from.path, ((flags & AT_SYMLINK_FOLLOW) === 0 ? 0 : LOOKUP_FOLLOW) | ((flags & AT_EMPTY_PATH) === 0 ? 0 : LOOKUP_EMPTY));
  if (to.path === '') throw new LinuxError(ENOENT);
  const walk = new Walk(caller, to.at);
  walk.toLast(to.path);
  linkLast(caller, old.place, walk);
}

function linkLast(caller: Caller, old: VirtualDentry, walk: Walk): void {
  const { inode } = old;
  const { creds, vfs } = caller;
  if (walk.lastType !== LAST_NORM) throw new LinuxError(EEXIST);
  if (walk.child(walk.last) !== undefined) throw new LinuxError(EEXIST);
  if (nameLength(walk.last) > NAME_MAX) throw new LinuxError(ENAMETOOLONG);
  if (walk.trailing) throw new LinuxError(ENOENT);
  wantWrite(walk.mount);
  if (walk.mount !== old.mount) throw new LinuxError(EXDEV);
  if (vfs.sysctl['fs.protected_hardlinks'] !== 0 && !isSafeSource(caller, inode)) throw new LinuxError(EPERM);
  const directory = walk.dentry as DirectoryDentry;
  mayCreate(creds, directory.inode);
  if (directory.inode.fs !== inode.fs) throw new LinuxError(EXDEV);
  if ((inode.flags & (S_APPEND | S_IMMUTABLE)) !== 0) throw new LinuxError(EPERM);
  if (isDirectoryInode(inode)) throw new LinuxError(EPERM);
  if (inode.nlink === 0 && (inode.flags & I_LINKABLE) === 0) throw new LinuxError(ENOENT);
  if (inode.nlink >= inode.fs.maxLinks) throw new LinuxError(EMLINK);
  directory.inode.link(walk.last, inode);
  inode.flags &= ~I_LINKABLE;
  const dentry = newDentry(walk.last, directory, inode);
  if (inode.fs.pinned) {
    if (inode.nlink === 0) inode.fs.removed--;
    inode.nlink++;
    directory.add(dentry);
    touchMtime(directory.inode);
    alsoTouchCtime(inode);
  }
  if (vfs.listeners !== null) {
    vfs.notifyLinkCount(old.dentry);
    vfs.notify(IN_CREATE, dentry);
  }
}

/** fs.protected_hardlinks. Linux: may_linkat(), safe_hardlink_source(). */
function isSafeSource(caller: Caller, inode: Inode): boolean {
  const { creds } = caller;
  if (inode.uid === creds.fsuid || creds.has(CAP_FOWNER)) return true;
  const { mode } = inode;
  if ((mode & S_IFMT) !== S_IFREG || (mode & S_ISUID) !== 0) return false;
  if ((mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) return false;
  return genericPermission(creds, inode, MAY_READ | MAY_WRITE);
}

/** unlink(2).
 *  the walk's · EISDIR `.`, `..`, `/` · EROFS · ENOENT · trailing slash: EISDIR a directory, else ENOTDIR · EACCES · EPERM sticky · EISDIR · EBUSY a mount point
 *  @linux unlink full
 *  @linux unlinkat full */
export function unlinkAt(caller: Caller, at: VirtualDentry, path: string): void {
  if (path === '') throw new LinuxError(ENOENT);
  const walk = new Walk(caller, at);
  walk.toLast(path);
  if (walk.lastType !== LAST_NORM) throw new LinuxError(EISDIR);
  wantWrite(walk.mount);
  const victim = findLast(walk);
  if (walk.trailing) throw new LinuxError(isDirectoryInode(victim.inode) ? EISDIR : ENOTDIR);
  mayDelete(caller.creds, walk.dentry.inode, victim, false);
  if (isLocalMountpoint(caller, victim)) throw new LinuxError(EBUSY);
  unlinkDentry(caller, walk.dentry as DirectoryDentry, victim);
}

/** rmdir(2).
 *  the walk's · EINVAL `.` · ENOTEMPTY `..` · EBUSY `/` · EROFS · ENOENT · EACCES · EPERM sticky · ENOTDIR · EBUSY a mount point · ENOTEMPTY
 *  @linux rmdir full */
export function rmdirAt(caller: Caller, at: VirtualDentry, path: string): void {
  if (path === '') throw new LinuxError(ENOENT);
  const walk = new Walk(caller, at);
  walk.toLast(path);
  if (walk.lastType === LAST_DOTDOT) throw new LinuxError(ENOTEMPTY);
  if (walk.lastType === LAST_DOT) throw new LinuxError(EINVAL);
  if (walk.lastType !== LAST_NORM) throw new LinuxError(EBUSY);
  wantWrite(walk.mount);
  removeDirectoryIn(caller, walk.dentry as DirectoryDentry, findLast(walk));
}

/** rmdir(2) once the name is found. Linux: vfs_rmdir(). */
export function removeDirectoryIn(caller: Caller, directory: DirectoryDentry, victim: Dentry): void {
  mayDelete(caller.creds, directory.inode, victim, true);
  if (isLocalMountpoint(caller, victim)) throw new LinuxError(EBUSY);
  if (!isEmpty(victim)) throw new LinuxError(ENOTEMPTY);
  removeDirectory(caller, directory, victim as DirectoryDentry);
}

function findLast(walk: Walk): Dentry {
  const dentry = walk.child(walk.last);
  if (dentry === undefined) throw new LinuxError(nameLength(walk.last) > NAME_MAX ? ENAMETOOLONG : ENOENT);
  return dentry;
}

export function isLocalMountpoint(caller: Caller, dentry: Dentry): boolean {
  return (dentry.flags & DCACHE_MOUNTED) !== 0 && caller.vfs.isMountpointIn(caller.namespace, dentry);
}

function isEmpty(dentry: Dentry): boolean {
  if (!dentry.inode.fs.pinned) return true;
  return (dentry as DirectoryDentry).count === 0;
}

/** Takes the name away; the inode goes with its last name and holder. */
export function unlinkDentry(caller: Caller, directory: DirectoryDentry, victim: Dentry): void {
  directory.inode.unlink(victim.name, victim.inode);
  directory.remove(victim);
  if (victim.inode.fs.pinned) touchMtime(directory.inode);
  dropLink(caller, victim);
}

/** A name was taken away, its directory knows. */
export function dropLink(caller: Caller, victim: Dentry): void {
  const { inode } = victim;
  const { vfs } = caller;
  victim.flags |= DCACHE_UNHASHED;
  if (inode.fs.pinned) {
    inode.nlink--;
    if (inode.nlink === 0) inode.fs.removed++;
    // Of what goes at once nobody sees the time.
    if (inode.nlink > 0 || inode.opens > 0) alsoTouchCtime(inode);
  }
  if ((victim.flags & DCACHE_MOUNTED) !== 0) vfs.detachMountsOn(victim);
  if (vfs.listeners !== null) {
    vfs.notifyLinkCount(victim);
    vfs.notify(IN_DELETE, victim);
  }
  if (inode.nlink === 0 && inode.opens === 0) vfs.inodeGone(inode, victim);
}

export function removeDirectory(caller: Caller, directory: DirectoryDentry, victim: DirectoryDentry): void {
  const { inode } = victim;
  const { vfs } = caller;
  directory.inode.unlink(victim.name, inode);
  victim.flags |= DCACHE_UNHASHED;
  directory.remove(victim);
  vfs.forgetWalk();
  inode.flags |= S_DEAD;
  if (inode.fs.pinned) {
    inode.nlink = 0;
    inode.fs.removed++;
    directory.inode.nlink--;
    touchMtime(directory.inode);
    alsoTouchCtime(inode);
  }
  if ((victim.flags & DCACHE_MOUNTED) !== 0) vfs.detachMountsOn(victim);
  if (vfs.listeners !== null) vfs.notify(IN_DELETE, victim);
  if (inode.opens === 0) vfs.inodeGone(inode, victim);
}

/** rename(2), renameat2(2).
 *  EINVAL flags · both walks' · EXDEV another mount · EBUSY `.`, `..`, `/` (the target: EEXIST with NOREPLACE) · EROFS · ENOENT · EEXIST NOREPLACE ·
 *  ENOENT EXCHANGE · ENOTDIR trailing slash · EINVAL into its own subtree · ENOTEMPTY onto its own ancestor · EACCES, EPERM · ENOTDIR, EISDIR by kind ·
 *  EBUSY a mount point · EMLINK · ENOTEMPTY · ENOSPC a whiteout
 *  @linux rename full
 *  @linux renameat full
 *  @linux renameat2 full */
export function renameAt(caller: Caller, from: PathAt, to: PathAt, flags: number): void {
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) !== 0) throw new LinuxError(EINVAL);
  if ((flags & RENAME_EXCHANGE) !== 0 && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) !== 0) throw new LinuxError(EINVAL);
  if (from.path === '') throw new LinuxError(ENOENT);
  const old = new Walk(caller, from.at);
  old.toLast(from.path);
  pin(old.dentry);
  try {
    renameTo(caller, old, to, flags);
  } finally {
    unpin(old.dentry);
  }
}

function renameTo(caller: Caller, old: Walk, to: PathAt, flags: number): void {
  if (to.path === '') throw new LinuxError(ENOENT);
  const next = new Walk(caller, to.at);
  next.toLast(to.path);
  if (old.mount !== next.mount) throw new LinuxError(EXDEV);
  // Looked-up directories are kept while the names in them are looked for: each must be one dentry, by whichever path it is reached.
  pin(next.dentry);
  try {
    renameLast(caller, old, next, flags);
  } finally {
    unpin(next.dentry);
  }
}

function renameLast(caller: Caller, old: Walk, next: Walk, flags: number): void {
  if (old.lastType !== LAST_NORM) throw new LinuxError(EBUSY);
  if (next.lastType !== LAST_NORM) throw new LinuxError((flags & RENAME_NOREPLACE) !== 0 ? EEXIST : EBUSY);
  wantWrite(old.mount);
  const source = findLast(old);
  const target = next.child(next.last);
  if (target === undefined && nameLength(next.last) > NAME_MAX) throw new LinuxError(ENAMETOOLONG);
  if ((flags & RENAME_NOREPLACE) !== 0 && target !== undefined) throw new LinuxError(EEXIST);
  if ((flags & RENAME_EXCHANGE) !== 0) {
    if (target === undefined) throw new LinuxError(ENOENT);
    if (next.trailing && !isDirectoryInode(target.inode)) throw new LinuxError(ENOTDIR);
  }
  if (!isDirectoryInode(source.inode)) {
    if (old.trailing) throw new LinuxError(ENOTDIR);
    if ((flags & RENAME_EXCHANGE) === 0 && next.trailing) throw new LinuxError(ENOTDIR);
  }
  if (isDirectoryInode(source.inode) && isBelow(next.dentry, source)) throw new LinuxError(EINVAL);
  if (target !== undefined && isDirectoryInode(target.inode) && isBelow(old.dentry, target))
    throw new LinuxError((flags & RENAME_EXCHANGE) === 0 ? ENOTEMPTY : EINVAL);
  renameDentry(
    caller,
    { directory: old.dentry as DirectoryDentry, dentry: source },
    { directory: next.dentry as DirectoryDentry, dentry: target, name: next.last },
    flags,
  );
}

interface RenameSource {
  readonly directory: DirectoryDentry;
  readonly dentry: Dentry;
}

interface RenameTarget {
  readonly directory: DirectoryDentry;
  readonly dentry: Dentry | undefined;
  readonly name: string;
}

/** Linux: vfs_rename(). */
function renameDentry(caller: Caller, from: RenameSource, to: RenameTarget, flags: number): void {
  const source = from.dentry;
  const target = to.dentry;
  const { creds } = caller;
  const { inode } = source;
  // Two names of one file: nothing happens.
  if (target !== undefined && target.inode === inode) return;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const sourceIsDirectory = isDirectoryInode(inode);
  mayDelete(creds, from.directory.inode, source, sourceIsDirectory);
  if (target === undefined) mayCreate(creds, to.directory.inode);
  else mayDelete(creds, to.directory.inode, target, exchange ? isDirectoryInode(target.inode) : sourceIsDirectory);
  const across = from.directory !== to.directory;
  // A directory that moves gets another `..`, which is a write to it.
  if (across) {
    if (sourceIsDirectory) inodePermission(creds, inode, MAY_WRITE);
    if (exchange && target !== undefined && isDirectoryInode(target.inode)) inodePermission(creds, target.inode, MAY_WRITE);
  }
  if (isLocalMountpoint(caller, source) || (target !== undefined && isLocalMountpoint(caller, target))) throw new LinuxError(EBUSY);
  if (across && sourceIsDirectory && target === undefined && to.directory.inode.nlink >= to.directory.inode.fs.maxLinks)
    throw new LinuxError(EMLINK);
  if (exchange) exchangeDentries(caller, source, target as Dentry);
  else moveDentry(caller, from, to, flags);
}

function moveDentry(caller: Caller, from: RenameSource, to: RenameTarget, flags: number): void {
  const source = from.dentry;
  const target = to.dentry;
  const { inode } = source;
  const oldName = source.name;
  const moved = isDirectoryInode(inode);
  if (target !== undefined && moved && !isEmpty(target)) throw new LinuxError(ENOTEMPTY);
  if (moved) caller.vfs.forgetWalk();
  if (!inode.fs.pinned) return moveLookedUp(caller, from, to, flags);
  const whiteout =
    (flags & RENAME_WHITEOUT) === 0 ? undefined : newInode(caller, from.directory.inode, oldName, { mode: S_IFCHR, rdev: 0, target: '' });
  from.directory.inode.rename(oldName, inode, to.directory.inode, to.name, flags);
  if (target !== undefined) dropReplaced(to.directory, target);
  from.directory.remove(source);
  source.name = flatName(to.name);
  source.parent = to.directory;
  if (target !== undefined && to.directory.child(source.name) === target) to.directory.put(source.name, source, target.cookie);
  else to.directory.add(source);
  if (whiteout !== undefined) from.directory.add(new Dentry(oldName, from.directory, whiteout));
  if (moved && from.directory !== to.directory) {
    from.directory.inode.nlink--;
    to.directory.inode.nlink++;
  }
  touchMtime(from.directory.inode);
  if (from.directory !== to.directory) alsoTouchMtime(to.directory.inode);
  alsoTouchCtime(inode);
  finishMove(caller, { inode, directory: from.directory, name: oldName }, source, target);
}

/** Mounts on what was replaced go, the events are told, and the inode that was replaced goes with its last name. */
function finishMove(caller: Caller, old: OldName, source: Dentry, target: Dentry | undefined): void {
  const { vfs } = caller;
  if (target !== undefined && (target.flags & DCACHE_MOUNTED) !== 0) vfs.detachMountsOn(target);
  if (vfs.listeners !== null) notifyMove(caller, old, source, target);
  if (target !== undefined && target.inode.nlink === 0 && target.inode.opens === 0) vfs.inodeGone(target.inode, target);
}

/** A looked-up filesystem moves its name, link counts and times itself; the dentries that are kept follow. EINVAL a whiteout. */
function moveLookedUp(caller: Caller, from: RenameSource, to: RenameTarget, flags: number): void {
  const source = from.dentry as DirectoryDentry;
  const target = to.dentry;
  const { inode } = source;
  const old = { inode, directory: from.directory, name: source.name };
  if ((flags & RENAME_WHITEOUT) !== 0) throw new LinuxError(EINVAL);
  from.directory.inode.rename(source.name, inode, to.directory.inode, to.name, flags);
  if (target !== undefined) {
    dropReplaced(to.directory, target);
    to.directory.remove(target);
  }
  const pins = takeOut(source);
  putBack(source, { directory: to.directory, name: to.name, pins });
  finishMove(caller, old, source, target);
}

/** A kept dentry leaves its directory: how often it is held. */
function takeOut(dentry: DirectoryDentry): number {
  const { pins } = dentry;
  if (pins > 0) {
    dentry.pins = 1;
    unpin(dentry);
  }
  return pins;
}

function putBack(
  dentry: DirectoryDentry,
  place: { readonly directory: DirectoryDentry; readonly name: string; readonly pins: number },
): void {
  dentry.name = place.name;
  dentry.parent = place.directory;
  if (place.pins > 0) {
    pin(dentry);
    dentry.pins = place.pins;
  }
}

/** The target's name is taken over: it loses its link. */
function dropReplaced(directory: DirectoryDentry, target: Dentry): void {
  const { inode } = target;
  const replacesDirectory = isDirectoryInode(inode);
  target.flags |= DCACHE_UNHASHED;
  if (replacesDirectory) inode.flags |= S_DEAD;
  if (!inode.fs.pinned) return;
  directory.inode.unlink(target.name, inode);
  inode.nlink = replacesDirectory ? 0 : inode.nlink - 1;
  if (inode.nlink === 0) inode.fs.removed++;
  if (replacesDirectory) directory.inode.nlink--;
  touchCtime(inode);
}

function exchangeDentries(caller: Caller, source: Dentry, target: Dentry): void {
  const { vfs } = caller;
  const from = source.parent;
  const to = target.parent;
  const oldName = source.name;
  const newName = target.name;
  from.inode.rename(oldName, source.inode, to.inode, newName, RENAME_EXCHANGE);
  vfs.forgetWalk();
  if (!source.inode.fs.pinned) {
    const pins = takeOut(source as DirectoryDentry);
    const targetPins = takeOut(target as DirectoryDentry);
    putBack(source as DirectoryDentry, { directory: to, name: newName, pins });
    putBack(target as DirectoryDentry, { directory: from, name: oldName, pins: targetPins });
    if (vfs.listeners !== null) notifyExchange(caller, source, target);
    return;
  }
  // Each takes the other's place: name, directory and cookie.
  const places = { source: source.cookie, target: target.cookie };
  from.put(oldName, target, places.source);
  to.put(newName, source, places.target);
  source.name = newName;
  source.parent = to;
  target.name = oldName;
  target.parent = from;
  if (from !== to) {
    const sourceIsDirectory = isDirectoryInode(source.inode);
    const targetIsDirectory = isDirectoryInode(target.inode);
    if (sourceIsDirectory !== targetIsDirectory) {
      const gain = sourceIsDirectory ? to : from;
      const loss = sourceIsDirectory ? from : to;
      gain.inode.nlink++;
      loss.inode.nlink--;
    }
  }
  touchMtime(from.inode);
  if (from !== to) alsoTouchMtime(to.inode);
  alsoTouchCtime(source.inode);
  alsoTouchCtime(target.inode);
  if (vfs.listeners !== null) notifyExchange(caller, source, target);
}

/** Each now has the other's name. */
function notifyExchange(caller: Caller, source: Dentry, target: Dentry): void {
  notifyMove(caller, { inode: source.inode, directory: target.parent, name: target.name }, source, undefined);
  notifyMove(caller, { inode: target.inode, directory: source.parent, name: source.name }, target, undefined);
}

interface OldName {
  readonly inode: Inode;
  readonly directory: DirectoryDentry;
  readonly name: string;
}

/** Linux: fsnotify_move(): the old directory, the new one, then the object itself. */
function notifyMove(caller: Caller, old: OldName, moved: Dentry, replaced: Dentry | undefined): void {
  const { vfs } = caller;
  const cookie = vfs.nextRenameCookie();
  vfs.notify(IN_MOVED_FROM, new Dentry(old.name, old.directory, old.inode), old.name, cookie);
  vfs.notify(IN_MOVED_TO, moved, moved.name, cookie);
  if (replaced !== undefined) vfs.notifyLinkCount(replaced);
  vfs.notify(IN_MOVE_SELF, moved);
}
