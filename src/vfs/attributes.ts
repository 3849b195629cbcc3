/**
 * What a file is: stat(2), statx(2), access(2), chmod(2), chown(2), utimensat(2), truncate(2), statfs(2). Linux: fs/stat.c, fs/open.c, fs/attr.c, fs/utimes.c.
 */
import { CAP_CHOWN, CAP_FSETID } from '../abi/capability.ts';
import { EACCES, EFBIG, EINVAL, EISDIR, EOPNOTSUPP, EPERM, EROFS, LinuxError } from '../abi/errno.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_STATX_DONT_SYNC,
  AT_STATX_FORCE_SYNC,
  AT_SYMLINK_NOFOLLOW,
  X_OK,
  W_OK,
} from '../abi/fcntl.ts';
import { IN_ACCESS, IN_ATTRIB, IN_MODIFY } from '../abi/inotify.ts';
import { MAX_LFS_FILESIZE } from '../abi/limits.ts';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISGID,
  S_ISUID,
  ST_NOATIME,
  ST_NODEV,
  ST_NODIRATIME,
  ST_NOEXEC,
  ST_NOSUID,
  ST_NOSYMFOLLOW,
  ST_RDONLY,
  ST_RELATIME,
  ST_VALID,
  Stat,
  STATX_ATTR_APPEND,
  STATX_ATTR_IMMUTABLE,
  STATX_ATTR_MOUNT_ROOT,
  STATX_ATTR_NODUMP,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_CTIME,
  STATX_MNT_ID,
  STATX_MTIME,
  type Statfs,
  type Statx,
} from '../abi/stat.ts';
import { type Timespec, UTIME_NOW, UTIME_OMIT } from '../abi/time.ts';
import { type Caller, callerOf } from './caller.ts';
import { CapabilitySet } from './credentials.ts';
import type { Dentry, VirtualDentry } from './dentry.ts';
import { I_TIME_QUERIED, type Inode, S_APPEND, S_IMMUTABLE, S_NODUMP } from './inode.ts';
import { MNT_NOATIME, MNT_NODEV, MNT_NODIRATIME, MNT_NOEXEC, MNT_NOSUID, MNT_NOSYMFOLLOW, MNT_RELATIME, type Mount } from './mount.ts';
import { inodePermission, isOwnerOrCapable, isReadonly, MAY_WRITE, privilegesToDrop, sgidToDrop, wantWrite } from './permission.ts';
import { touchCtime, touchMtime } from './times.ts';
import { dropXattr } from './xattr.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW, lookupAt, Walk } from './walk.ts';

/** An id that leaves the owner as it is. */
export const UNCHANGED = 0xffffffff;

// ── stat ──

export function statInode(inode: Inode): Stat {
  const stat = new Stat();
  inode.flags |= I_TIME_QUERIED;
  stat.dev = inode.fs.dev;
  stat.ino = inode.ino;
  stat.mode = inode.mode;
  stat.nlink = inode.nlink;
  stat.uid = inode.uid;
  stat.gid = inode.gid;
  stat.rdev = inode.rdev;
  stat.size = inode.size;
  stat.blksize = inode.fs.blockSize;
  stat.blocks = inode.blocks;
  stat.atimeSec = inode.atimeSec;
  stat.atimeNsec = inode.atimeNsec;
  stat.mtimeSec = inode.mtimeSec;
  stat.mtimeNsec = inode.mtimeNsec;
  stat.ctimeSec = inode.ctimeSec;
  stat.ctimeNsec = inode.ctimeNsec;
  stat.btimeSec = inode.btimeSec;
  stat.btimeNsec = inode.btimeNsec;
  if (!inode.fs.pinned) inode.refresh(stat);
  return stat;
}

/** EINVAL. Arguments are looked at before descriptors and paths. */
export function checkStatFlags(flags: number): void {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC)) !== 0)
    throw new LinuxError(EINVAL);
}

/** EINVAL: both sync flags, the reserved bit of the mask, unknown flags. */
export function checkStatxRequest(request: { readonly flags: number; readonly mask: number }): void {
  const sync = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
  if ((request.mask & 0x80000000) !== 0 || (request.flags & sync) === sync) throw new LinuxError(EINVAL);
  checkStatFlags(request.flags);
}

/** EINVAL. */
export function checkAccessRequest(mode: number, flags: number): void {
  if ((mode & ~7) !== 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw new LinuxError(EINVAL);
}

/** stat(2), lstat(2), fstatat(2).
 *  EINVAL flags · the walk's
 *  @linux stat full
 *  @linux lstat full
 *  @linux fstat full
 *  @linux fstatat full */
export function statAt(caller: Caller, at: VirtualDentry, path: string, flags: number): Stat {
  const walk = new Walk(caller, at);
  walk.walk(path, walkFlags(flags));
  return statInode(walk.dentry.inode);
}

/** LOOKUP_* for AT_*. */
export function walkFlags(flags: number): number {
  return ((flags & AT_SYMLINK_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0) | ((flags & AT_EMPTY_PATH) === 0 ? 0 : LOOKUP_EMPTY);
}

/** statx(2).
 *  EINVAL flags, both sync flags, the reserved bit of the mask · the walk's
 *  @linux statx full */
export function statxAt(
  caller: Caller,
  at: VirtualDentry,
  path: string,
  request: { readonly flags: number; readonly mask: number },
): Statx {
  const { flags } = request;
  const walk = new Walk(caller, at);
  walk.walk(path, walkFlags(flags));
  const { inode } = walk.dentry;
  let attributes = 0;
  if ((inode.flags & S_APPEND) !== 0) attributes |= STATX_ATTR_APPEND;
  if ((inode.flags & S_IMMUTABLE) !== 0) attributes |= STATX_ATTR_IMMUTABLE;
  if ((inode.flags & S_NODUMP) !== 0) attributes |= STATX_ATTR_NODUMP;
  if (walk.dentry === walk.mount.root) attributes |= STATX_ATTR_MOUNT_ROOT;
  const asksForChange = (request.mask & (STATX_MTIME | STATX_CTIME)) !== 0;
  const queried = inode.flags & I_TIME_QUERIED;
  const stat = statInode(inode);
  if (!asksForChange && inode.fs.pinned) {
    // As Linux: times that are not asked for are not shown, so that the next change need not be told apart from them.
    inode.flags = (inode.flags & ~I_TIME_QUERIED) | queried;
    stat.mtimeSec = stat.mtimeNsec = stat.ctimeSec = stat.ctimeNsec = 0;
  }
  return Object.assign(stat, {
    mask: (STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID) & ~(asksForChange || !inode.fs.pinned ? 0 : STATX_MTIME | STATX_CTIME),
    attributes,
    attributesMask: STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE | STATX_ATTR_NODUMP | STATX_ATTR_MOUNT_ROOT,
    mntId: walk.mount.id,
  });
}

/** statfs(2).
 *  the walk's
 *  @linux statfs full
 *  @linux fstatfs full */
export function statfsOf(mount: Mount): Statfs {
  const statfs = mount.fs.statfs();
  let flags = ST_VALID;
  if (isReadonly(mount)) flags |= ST_RDONLY;
  if ((mount.flags & MNT_NOSUID) !== 0) flags |= ST_NOSUID;
  if ((mount.flags & MNT_NODEV) !== 0) flags |= ST_NODEV;
  if ((mount.flags & MNT_NOEXEC) !== 0) flags |= ST_NOEXEC;
  if ((mount.flags & MNT_NOATIME) !== 0) flags |= ST_NOATIME;
  if ((mount.flags & MNT_NODIRATIME) !== 0) flags |= ST_NODIRATIME;
  if ((mount.flags & MNT_RELATIME) !== 0) flags |= ST_RELATIME;
  if ((mount.flags & MNT_NOSYMFOLLOW) !== 0) flags |= ST_NOSYMFOLLOW;
  statfs.flags = flags;
  return statfs;
}

// ── access ──

/** access(2), faccessat2(2): with the real ids unless AT_EACCESS.
 *  EINVAL mode, flags · the walk's · EACCES executing on noexec · EROFS a read-only filesystem · EACCES · EROFS a read-only mount, devices excepted
 *  @linux access full
 *  @linux faccessat full
 *  @linux faccessat2 full */
export function accessAt(
  caller: Caller,
  at: VirtualDentry,
  path: string,
  request: { readonly mode: number; readonly flags: number },
): void {
  const { mode, flags } = request;
  const { creds } = caller;
  const same =
    creds.uid === creds.fsuid &&
    creds.gid === creds.fsgid &&
    creds.effective.equals(creds.uid === 0 ? creds.permitted : CapabilitySet.none());
  const who = (flags & AT_EACCESS) !== 0 || same ? caller : { ...callerOf(caller), creds: creds.forAccess() };
  const walk = new Walk(who, at);
  walk.walk(path, walkFlags(flags));
  const { inode } = walk.dentry;
  const type = inode.mode & S_IFMT;
  if ((mode & X_OK) !== 0 && type === S_IFREG && (walk.mount.flags & MNT_NOEXEC) !== 0) throw new LinuxError(EACCES);
  if (mode !== 0) inodePermission(who.creds, inode, mode);
  if ((mode & W_OK) === 0 || type === S_IFCHR || type === S_IFBLK || type === S_IFIFO || type === S_IFSOCK) return;
  if (isReadonly(walk.mount)) throw new LinuxError(EROFS);
}

// ── chmod, chown, times ──

const NOW: Timespec = { sec: 0, nsec: UTIME_NOW };

/** EPERM: neither mode, owner nor explicit times of an immutable or append-only file change. Linux: may_setattr(). */
function checkChangeable(inode: Inode): void {
  if ((inode.flags & (S_IMMUTABLE | S_APPEND)) !== 0) throw new LinuxError(EPERM);
}

/** chmod(2) of what is in hand.
 *  EROFS · EPERM immutable · EOPNOTSUPP a symlink · EPERM not the owner
 *  @linux chmod full
 *  @linux fchmod full
 *  @linux fchmodat full
 *  @linux fchmodat2 full */
export function chmod(caller: Caller, at: VirtualDentry, mode: number): void {
  const { inode } = at;
  const { creds } = caller;
  wantWrite(at.mount);
  checkChangeable(inode);
  if ((inode.mode & S_IFMT) === S_IFLNK) throw new LinuxError(EOPNOTSUPP);
  if (!isOwnerOrCapable(creds, inode)) throw new LinuxError(EPERM);
  let bits = mode & 0o7777;
  if ((bits & S_ISGID) !== 0 && !creds.inGroup(inode.gid) && !creds.has(CAP_FSETID)) bits &= ~S_ISGID;
  bits |= inode.mode & S_IFMT;
  inode.setattr({ mode: bits });
  inode.mode = bits;
  if ((bits & S_IFMT) === S_IFDIR) caller.vfs.forgetWalk();
  touchCtime(inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ATTRIB, at.dentry);
}

/** chown(2) of what is in hand; UNCHANGED leaves an id.
 *  EROFS · EPERM
 *  @linux chown full
 *  @linux lchown full
 *  @linux fchown full
 *  @linux fchownat full */
export function chown(caller: Caller, at: VirtualDentry, owner: { readonly uid: number; readonly gid: number }): void {
  const { inode } = at;
  const { creds } = caller;
  const uid = owner.uid === UNCHANGED ? inode.uid : owner.uid;
  const gid = owner.gid === UNCHANGED ? inode.gid : owner.gid;
  wantWrite(at.mount);
  if (owner.uid !== UNCHANGED || owner.gid !== UNCHANGED) checkChangeable(inode);
  const drop = (inode.mode & S_IFMT) === S_IFDIR ? 0 : (inode.mode & S_ISUID) | sgidToDrop(creds, inode);
  const isOwner = inode.uid === creds.fsuid;
  if (owner.uid !== UNCHANGED && !(isOwner && uid === inode.uid) && !creds.has(CAP_CHOWN)) throw new LinuxError(EPERM);
  if (owner.gid !== UNCHANGED && !(isOwner && (gid === inode.gid || creds.inGroup(gid))) && !creds.has(CAP_CHOWN))
    throw new LinuxError(EPERM);
  // Clearing the bits is a change of mode, which only the owner may make.
  if (drop !== 0 && !isOwnerOrCapable(creds, inode)) throw new LinuxError(EPERM);
  inode.setattr({ uid, gid, mode: inode.mode & ~drop });
  inode.uid = uid;
  inode.gid = gid;
  inode.mode &= ~drop;
  if ((inode.mode & S_IFMT) === S_IFDIR) caller.vfs.forgetWalk();
  if (inode.extra !== null) dropXattr(inode, 'security.capability');
  touchCtime(inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ATTRIB, at.dentry);
}

/** utimensat(2) of what is in hand; null means now for both.
 *  EINVAL nanoseconds · EROFS · EPERM immutable, append-only · EACCES, EPERM
 *  @linux utimensat full
 *  @linux futimens full */
export function utimens(caller: Caller, at: VirtualDentry, times: readonly [Timespec, Timespec] | null): void {
  const { inode } = at;
  const { creds, vfs } = caller;
  const atime = times === null ? NOW : times[0];
  const mtime = times === null ? NOW : times[1];
  checkNanoseconds(atime.nsec);
  checkNanoseconds(mtime.nsec);
  wantWrite(at.mount);
  if (atime.nsec === UTIME_NOW && mtime.nsec === UTIME_NOW) {
    if ((inode.flags & S_IMMUTABLE) !== 0) throw new LinuxError(EPERM);
    if (!isOwnerOrCapable(creds, inode)) inodePermission(creds, inode, MAY_WRITE);
  } else {
    checkChangeable(inode);
    if (!isOwnerOrCapable(creds, inode)) throw new LinuxError(EPERM);
  }
  setTimes(inode, atime, mtime);
  if (vfs.listeners === null) return;
  // Both times are an attribute change; one alone looks like an access or a modification.
  if (atime.nsec !== UTIME_OMIT && mtime.nsec !== UTIME_OMIT) vfs.notify(IN_ATTRIB, at.dentry);
  else if (atime.nsec !== UTIME_OMIT) vfs.notify(IN_ACCESS, at.dentry);
  else if (mtime.nsec !== UTIME_OMIT) vfs.notify(IN_MODIFY, at.dentry);
}

function setTimes(inode: Inode, givenAtime: Timespec, givenMtime: Timespec): void {
  touchCtime(inode);
  const atime = timeToSet(inode, givenAtime);
  const mtime = timeToSet(inode, givenMtime);
  inode.setattr({ atime, mtime });
  if (atime !== undefined) {
    inode.atimeSec = atime.sec;
    inode.atimeNsec = atime.nsec;
  }
  if (mtime !== undefined) {
    inode.mtimeSec = mtime.sec;
    inode.mtimeNsec = mtime.nsec;
  }
}

/** The time to set: the one given, that of this change, or none. */
function timeToSet(inode: Inode, time: Timespec): Timespec | undefined {
  if (time.nsec === UTIME_NOW) return { sec: inode.ctimeSec, nsec: inode.ctimeNsec };
  return time.nsec === UTIME_OMIT ? undefined : time;
}

function checkNanoseconds(nsec: number): void {
  if (nsec === UTIME_NOW || nsec === UTIME_OMIT) return;
  if (!(nsec >= 0 && nsec <= 999_999_999)) throw new LinuxError(EINVAL);
}

// ── truncate ──

/** truncate(2).
 *  EINVAL negative · the walk's · EISDIR · EINVAL not regular · EROFS · EACCES · EPERM append-only · EFBIG
 *  @linux truncate full */
export function truncateAt(caller: Caller, at: VirtualDentry, path: string, size: number): void {
  if (size < 0) throw new LinuxError(EINVAL);
  truncatePlace(caller, lookupAt(caller, at, path, LOOKUP_FOLLOW), size);
}

/** truncate(2) once the walk is done. */
export function truncatePlace(caller: Caller, found: VirtualDentry, size: number): void {
  const { inode } = found;
  const type = inode.mode & S_IFMT;
  if (type === S_IFDIR) throw new LinuxError(EISDIR);
  if (type !== S_IFREG) throw new LinuxError(EINVAL);
  wantWrite(found.mount);
  inodePermission(caller.creds, inode, MAY_WRITE);
  if ((inode.flags & S_APPEND) !== 0) throw new LinuxError(EPERM);
  // As Linux's tmpfs: to the size there is, only a file with pages is touched.
  const moves = inode.size !== size || inode.blocks > 0;
  setSize(caller, inode, size);
  if (moves) touchMtime(inode);
  notifyTruncate(caller, found.dentry);
}

function notifyTruncate(caller: Caller, dentry: Dentry): void {
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_MODIFY, dentry);
}

/** ftruncate(2) and O_TRUNC: the times move whatever the size was. EFBIG. */
export function truncateInode(caller: Caller, inode: Inode, size: number): void {
  setSize(caller, inode, size);
  touchMtime(inode);
}

function setSize(caller: Caller, inode: Inode, size: number): void {
  if (size > inode.size) checkSizeLimit(caller, size);
  inode.truncate(size);
  dropPrivileges(caller, inode);
}

/** EFBIG beyond RLIMIT_FSIZE or the largest offset. Linux: inode_newsize_ok(). */
export function checkSizeLimit(caller: Caller, size: number): void {
  if (size > caller.fileSizeLimit || size > MAX_LFS_FILESIZE) throw new LinuxError(EFBIG);
}

/** A change of content takes set-id bits and file capabilities away. Linux: file_remove_privs(). */
export function dropPrivileges(caller: Caller, inode: Inode): void {
  const drop = privilegesToDrop(caller.creds, inode);
  if (drop !== 0) {
    inode.setattr({ mode: inode.mode & ~drop });
    inode.mode &= ~drop;
  }
  if (inode.extra !== null) dropXattr(inode, 'security.capability');
}
