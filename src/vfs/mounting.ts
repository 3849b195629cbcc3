/**
 * mount(2), umount2(2), unshare(2), chroot(2): changes to the tree of mounts. Linux: fs/namespace.c.
 *
 * Every mount is private so far. Where propagation will attach clones, `attachTree` is the one place that attaches, and `detachTree` the one that detaches.
 */
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EAGAIN, EBUSY, EINVAL, ELOOP, ENOENT, ENOTDIR, EPERM, LinuxError } from '../abi/errno.ts';
import {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_MGC_MSK,
  MS_MGC_VAL,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from '../abi/mount.ts';
import type { Caller } from './caller.ts';
import { DCACHE_UNHASHED, type Dentry, VirtualDentry } from './dentry.ts';
import type { Filesystem } from './filesystem.ts';
import { S_DEAD } from './inode.ts';
import {
  MNT_ATIME_MASK,
  MNT_NOATIME,
  MNT_NODEV,
  MNT_NODIRATIME,
  MNT_NOEXEC,
  MNT_NOSUID,
  MNT_NOSYMFOLLOW,
  MNT_READONLY,
  MNT_RELATIME,
  MNT_USER_SETTABLE_MASK,
  type Mount,
  type MountNamespace,
} from './mount.ts';
import { isDirectoryInode } from './permission.ts';
import type { VirtualFilesystem } from './virtual-filesystem.ts';
import { isBelow, LOOKUP_FOLLOW, lookupAt, Walk } from './walk.ts';

const PROPAGATION: number = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

export interface MountRequest {
  readonly source: string | null;
  readonly type: string | null;
  readonly flags: number;
  readonly data: string | null;
}

/** EPERM: administrators of the namespace's owner only. Linux: may_mount(). */
function checkMayMount(caller: Caller): void {
  if (!caller.creds.has(CAP_SYS_ADMIN)) throw new LinuxError(EPERM);
}

/** MNT_* for MS_*. Without a word about access times a mount is relatime. Linux: path_mount(). */
function mountFlags(flags: number): number {
  let result = (flags & MS_NOATIME) === 0 ? MNT_RELATIME : MNT_NOATIME;
  if ((flags & MS_NOSUID) !== 0) result |= MNT_NOSUID;
  if ((flags & MS_NODEV) !== 0) result |= MNT_NODEV;
  if ((flags & MS_NOEXEC) !== 0) result |= MNT_NOEXEC;
  if ((flags & MS_NODIRATIME) !== 0) result |= MNT_NODIRATIME;
  if ((flags & MS_STRICTATIME) !== 0) result &= ~(MNT_RELATIME | MNT_NOATIME);
  if ((flags & MS_RDONLY) !== 0) result |= MNT_READONLY;
  if ((flags & MS_NOSYMFOLLOW) !== 0) result |= MNT_NOSYMFOLLOW;
  return result;
}

/** mount(2).
 *  the target's walk · EPERM · then by flags: remount, bind, propagation, move, new mount
 *  @linux mount partial — every mount is private: MS_SHARED, MS_SLAVE and MS_UNBINDABLE come with propagation (EINVAL until then) */
export function mountAt(caller: Caller, at: VirtualDentry, path: string, request: MountRequest): void {
  let { flags } = request;
  if ((flags & MS_MGC_MSK) === (MS_MGC_VAL | 0)) flags &= ~MS_MGC_MSK;
  const target = lookupAt(caller, at, path, LOOKUP_FOLLOW);
  checkMayMount(caller);
  let perMount = mountFlags(flags);
  if ((flags & MS_REMOUNT) !== 0 && (flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)) === 0) {
    perMount = (perMount & ~MNT_ATIME_MASK) | (target.mount.flags & MNT_ATIME_MASK);
  }
  if ((flags & (MS_REMOUNT | MS_BIND)) === (MS_REMOUNT | MS_BIND)) return reconfigureMount(caller, target, perMount);
  if ((flags & MS_REMOUNT) !== 0) return remount(caller, target, { flags, perMount, data: request.data ?? '' });
  if ((flags & MS_BIND) !== 0) return bindMount(caller, target, at, request.source, (flags & MS_REC) !== 0);
  if ((flags & PROPAGATION) !== 0) return changePropagation(caller, target, flags);
  if ((flags & MS_MOVE) !== 0) return moveMount(caller, target, at, request.source);
  return newMount(caller, target, { ...request, flags, perMount });
}

/** Whether the place is where its mount begins. */
function isMountRoot(at: VirtualDentry): boolean {
  return at.dentry === at.mount.root;
}

/** EINVAL: not a mount of the caller's namespace. Linux: check_mnt(). */
function checkInNamespace(caller: Caller, mount: Mount): void {
  if (mount.namespace !== caller.namespace) throw new LinuxError(EINVAL);
}

/** MS_REMOUNT|MS_BIND: the flags of this mount alone. EINVAL · EPERM locked flags · EBUSY files open for writing. */
function reconfigureMount(caller: Caller, target: VirtualDentry, perMount: number): void {
  checkInNamespace(caller, target.mount);
  if (!isMountRoot(target)) throw new LinuxError(EINVAL);
  checkLockedFlags(target.mount, perMount);
  setMountFlags(target.mount, perMount);
}

function checkLockedFlags(mount: Mount, perMount: number): void {
  if ((mount.lockedFlags & ~perMount & (MNT_NOSUID | MNT_NODEV | MNT_NOEXEC | MNT_READONLY)) !== 0) throw new LinuxError(EPERM);
}

function setMountFlags(mount: Mount, perMount: number): void {
  const becomesReadonly = (perMount & MNT_READONLY) !== 0 && (mount.flags & MNT_READONLY) === 0;
  if (becomesReadonly && mount.writers > 0) throw new LinuxError(EBUSY);
  mount.flags = (mount.flags & ~MNT_USER_SETTABLE_MASK) | (perMount & MNT_USER_SETTABLE_MASK);
  if (mount.namespace !== null) mount.namespace.changes++;
}

/** MS_REMOUNT: the filesystem's options and read-only state, then this mount's flags. */
function remount(
  caller: Caller,
  target: VirtualDentry,
  change: { readonly flags: number; readonly perMount: number; readonly data: string },
): void {
  const { mount } = target;
  checkInNamespace(caller, mount);
  if (!isMountRoot(target)) throw new LinuxError(EINVAL);
  checkLockedFlags(mount, change.perMount);
  const { fs } = mount;
  const options = { data: change.data, flags: change.flags };
  fs.checkOptions(options);
  const becomesReadonly = (change.flags & MS_RDONLY) !== 0 && (fs.flags & MS_RDONLY) === 0;
  // A file that lost its name is still to be removed for good, which is a write.
  if (becomesReadonly && (hasWriters(fs) || fs.removed > 0)) throw new LinuxError(EBUSY);
  fs.remount(options);
  caller.vfs.setReadonly(fs, (change.flags & MS_RDONLY) !== 0);
  setMountFlags(mount, change.perMount);
}

function hasWriters(fs: Filesystem): boolean {
  for (const mount of fs.mounts) if (mount.writers > 0) return true;
  return false;
}

/** MS_BIND. EINVAL no source · the source's walk · EINVAL not in the namespace · ENOTDIR a file on a directory or the reverse · ENOENT a removed target. */
function bindMount(caller: Caller, target: VirtualDentry, at: VirtualDentry, source: string | null, recursive: boolean): void {
  if (!source) throw new LinuxError(EINVAL);
  const from = lookupAt(caller, at, source, LOOKUP_FOLLOW);
  const top = topOfStack(caller.vfs, target);
  checkInNamespace(caller, top.mount);
  checkInNamespace(caller, from.mount);
  if (from.mount.unbindable) throw new LinuxError(EINVAL);
  if (!recursive && hasLockedChildren(from)) throw new LinuxError(EINVAL);
  const tree = recursive ? copyTree(caller.vfs, from.mount, from.dentry) : copyMount(caller.vfs, from.mount, from.dentry);
  attachTree(caller, tree, top);
}

function hasLockedChildren(at: VirtualDentry): boolean {
  for (const child of at.mount.children) if (child.locked && child.mountpoint !== null && isBelow(child.mountpoint, at.dentry)) return true;
  return false;
}

function copyMount(vfs: VirtualFilesystem, mount: Mount, root: Dentry): Mount {
  const copy = vfs.newMount(mount.fs, { root, source: mount.source, flags: mount.flags });
  copy.lockedFlags = mount.lockedFlags;
  return copy;
}

/** A mount seen from `root` and everything mounted below it, detached. Linux: copy_tree(). */
function copyTree(vfs: VirtualFilesystem, mount: Mount, root: Dentry, copies?: Map<Mount, Mount>): Mount {
  const top = copyMount(vfs, mount, root);
  copies?.set(mount, top);
  const pending: [Mount, Mount][] = [[mount, top]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [original, copy] = pair;
    for (const child of original.children) {
      if (child.mountpoint === null || child.unbindable) continue;
      if (original === mount && !isBelow(child.mountpoint, root)) continue;
      const childCopy = copyMount(vfs, child, child.root);
      copies?.set(child, childCopy);
      vfs.attachMount(childCopy, copy, child.mountpoint);
      pending.push([child, childCopy]);
    }
  }
  return top;
}

/** What a new mount goes onto: the top of what is mounted there already. ENOENT: a mount that was detached. Linux: do_lock_mount(). */
function topOfStack(vfs: VirtualFilesystem, target: VirtualDentry): VirtualDentry {
  if (target.mount.namespace === null) throw new LinuxError(ENOENT);
  return followMounts(vfs, target);
}

/** What is mounted on a place, and on that. Linux: traverse_mounts(). */
export function followMounts(vfs: VirtualFilesystem, target: VirtualDentry): VirtualDentry {
  let { mount, dentry } = target;
  for (let above = vfs.mountedOn(mount, dentry); above !== undefined; above = vfs.mountedOn(mount, dentry)) {
    mount = above;
    dentry = above.root;
  }
  return new VirtualDentry(mount, dentry);
}

/** Attaches a detached tree. ENOENT a removed mount point · ENOTDIR · ENOSPC; on failure the tree is dropped. Linux: graft_tree(). */
function attachTree(caller: Caller, tree: Mount, target: VirtualDentry): void {
  const { vfs } = caller;
  try {
    if ((target.dentry.flags & DCACHE_UNHASHED) !== 0 || (target.inode.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
    if (isDirectoryInode(target.inode) !== isDirectoryInode(tree.root.inode)) throw new LinuxError(ENOTDIR);
    vfs.attachMount(tree, target.mount, target.dentry);
  } catch (error) {
    vfs.detachTree(tree);
    throw error;
  }
  adoptNamespace(tree, target.mount.namespace);
}

/** The mounts below a tree that was attached join its namespace too. */
function adoptNamespace(tree: Mount, namespace: MountNamespace | null): void {
  const pending = [...tree.children];
  for (let mount = pending.shift(); mount !== undefined; mount = pending.shift()) {
    mount.namespace = namespace;
    namespace?.mounts.add(mount);
    pending.push(...mount.children);
  }
}

/** MS_PRIVATE is what every mount is; the other kinds are refused until there is propagation. EINVAL. */
function changePropagation(caller: Caller, target: VirtualDentry, flags: number): void {
  const type = flags & PROPAGATION;
  if ((flags & ~(MS_REC | MS_SILENT | PROPAGATION)) !== 0 || (type & (type - 1)) !== 0) throw new LinuxError(EINVAL);
  if (!isMountRoot(target)) throw new LinuxError(EINVAL);
  checkInNamespace(caller, target.mount);
  if (type !== MS_PRIVATE) throw new LinuxError(EINVAL);
}

/** MS_MOVE. EINVAL no source, not a mount, the namespace's root · ELOOP under itself · ENOTDIR. Linux: do_move_mount(). */
function moveMount(caller: Caller, target: VirtualDentry, at: VirtualDentry, source: string | null): void {
  if (!source) throw new LinuxError(EINVAL);
  const from = lookupAt(caller, at, source, LOOKUP_FOLLOW);
  const top = topOfStack(caller.vfs, target);
  const { mount } = from;
  checkInNamespace(caller, mount);
  checkInNamespace(caller, top.mount);
  if (mount.locked || !isMountRoot(from) || mount.parent === null) throw new LinuxError(EINVAL);
  if (isDirectoryInode(top.inode) !== isDirectoryInode(mount.root.inode)) throw new LinuxError(EINVAL);
  for (let parent: Mount | null = top.mount; parent !== null; parent = parent.parent) if (parent === mount) throw new LinuxError(ELOOP);
  caller.vfs.moveMount(mount, top.mount, top.dentry);
}

/** A new instance, or another reference to a shared one. EINVAL · ENODEV · EPERM · the filesystem's own · EBUSY the same again. Linux: do_new_mount(). */
function newMount(caller: Caller, target: VirtualDentry, request: MountRequest & { readonly perMount: number }): void {
  const { vfs, creds } = caller;
  if (request.type === null) throw new LinuxError(EINVAL);
  const type = vfs.filesystemType(request.type, { internal: false });
  if (!creds.initialUserNamespace && type.userNamespaceMount !== true) throw new LinuxError(EPERM);
  if (type.requiresDevice && !request.source) throw new LinuxError(EINVAL);
  const fs = type.getFilesystem(caller, request.source ?? 'none', { data: request.data ?? '', flags: request.flags });
  if (fs.references === 0) vfs.setReadonly(fs, (request.flags & MS_RDONLY) !== 0);
  const mount = vfs.newMount(fs, { source: request.source ?? 'none', flags: request.perMount });
  let top: VirtualDentry;
  try {
    top = topOfStack(vfs, target);
    checkInNamespace(caller, top.mount);
    if (top.mount.fs === fs && isMountRoot(top)) throw new LinuxError(EBUSY);
  } catch (error) {
    vfs.detachTree(mount);
    throw error;
  }
  attachTree(caller, mount, top);
}

/** umount2(2).
 *  EINVAL flags · the walk's · EPERM · EINVAL not a mount point, not in the namespace, locked, MNT_EXPIRE with FORCE or DETACH · EAGAIN MNT_EXPIRE the first time · EBUSY
 *  @linux umount full
 *  @linux umount2 full */
export function umountAt(caller: Caller, at: VirtualDentry, path: string, flags: number): void {
  if ((flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW)) !== 0) throw new LinuxError(EINVAL);
  const walk = new Walk(caller, at);
  walk.usesMounts = false;
  walk.walk(path, (flags & UMOUNT_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0);
  // As Linux's LOOKUP_MOUNTPOINT: `.` means what was mounted there since, too.
  const target = followMounts(caller.vfs, walk.place);
  const { mount } = target;
  checkMayMount(caller);
  if (!isMountRoot(target)) throw new LinuxError(EINVAL);
  checkInNamespace(caller, mount);
  if (mount.locked) throw new LinuxError(EINVAL);
  const isCallersRoot = mount === caller.root.mount;
  if ((flags & MNT_EXPIRE) !== 0) {
    if (isCallersRoot || (flags & (MNT_FORCE | MNT_DETACH)) !== 0) throw new LinuxError(EINVAL);
    if (isBusy(mount)) throw new LinuxError(EBUSY);
    if (!mount.expiring) {
      mount.expiring = true;
      // The next walk through it must be seen.
      caller.vfs.forgetWalk();
      throw new LinuxError(EAGAIN);
    }
  }
  // Even the namespace's root: whoever stands in it goes on standing there.
  if ((flags & MNT_DETACH) !== 0) return caller.vfs.detachTree(mount);
  // The caller's root cannot go: it is made read-only instead. Linux: do_umount_root().
  if (isCallersRoot) {
    if (hasWriters(mount.fs) || mount.fs.removed > 0) throw new LinuxError(EBUSY);
    return caller.vfs.setReadonly(mount.fs, true);
  }
  if (mount.parent === null) throw new LinuxError(EINVAL);
  if (isBusy(mount)) throw new LinuxError(EBUSY);
  caller.vfs.detachMount(mount);
}

function isBusy(mount: Mount): boolean {
  return mount.users > 0 || mount.children.size > 0;
}

/** A copy of the caller's mounts, and where its root and cwd are in it. Linux: copy_mnt_ns().
 *  @linux unshare partial — CLONE_NEWNS, CLONE_FS and CLONE_FILES; other namespaces are EINVAL */
export function copyNamespace(caller: Caller): { namespace: MountNamespace; root: VirtualDentry; cwd: VirtualDentry } {
  const { vfs } = caller;
  const copies = new Map<Mount, Mount>();
  const original = caller.namespace.root;
  const top = copyTree(vfs, original, original.root, copies);
  const namespace = vfs.newNamespace(top);
  adoptNamespace(top, namespace);
  const remap = (at: VirtualDentry): VirtualDentry => new VirtualDentry(copies.get(at.mount) ?? at.mount, at.dentry);
  return { namespace, root: remap(caller.root), cwd: remap(caller.cwd) };
}

/** Mounts a filesystem of a type that user space may not name, or an instance in hand, at a place. */
export function mountFilesystem(
  caller: Caller,
  target: VirtualDentry,
  fs: Filesystem,
  options: { readonly source: string; readonly flags: number },
): Mount {
  const mount = caller.vfs.newMount(fs, { source: options.source, flags: mountFlags(options.flags) });
  attachTree(caller, mount, topOfStack(caller.vfs, target));
  return mount;
}

/** A fresh namespace whose root is an instance of `typeName`. ENODEV an unknown type. */
export function newMountNamespace(
  caller: Caller,
  typeName: string,
  options: { readonly source: string; readonly data: string; readonly flags: number },
): MountNamespace {
  const type = caller.vfs.filesystemType(typeName, { internal: true });
  const fs = type.getFilesystem(caller, options.source, { data: options.data, flags: options.flags });
  return caller.vfs.newNamespace(caller.vfs.newMount(fs, { source: options.source, flags: mountFlags(options.flags) }));
}
