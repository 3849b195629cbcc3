/**
 * Mounts and mount namespaces. Linux: struct mount, struct mnt_namespace (fs/mount.h).
 */
import type { Dentry } from './dentry.ts';
import { VirtualDentry } from './dentry.ts';
import type { Filesystem } from './filesystem.ts';

/** Per-mount flags. Linux: MNT_*. */
export const MNT_NOSUID = 0x01;
export const MNT_NODEV = 0x02;
export const MNT_NOEXEC = 0x04;
export const MNT_NOATIME = 0x08;
export const MNT_NODIRATIME = 0x10;
export const MNT_RELATIME = 0x20;
export const MNT_READONLY = 0x40;
export const MNT_NOSYMFOLLOW = 0x80;
export const MNT_ATIME_MASK: number = MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME;
export const MNT_USER_SETTABLE_MASK: number = MNT_NOSUID | MNT_NODEV | MNT_NOEXEC | MNT_ATIME_MASK | MNT_READONLY | MNT_NOSYMFOLLOW;

export class Mount {
  readonly id: number;
  readonly fs: Filesystem;
  /** What of the filesystem is seen: its root, or a directory or file of it for a bind mount. */
  readonly root: Dentry;
  /** What mount(2) was given as its source. */
  readonly source: string;
  flags: number;
  /** Where it is attached; both null for a namespace's root and for what is detached. */
  parent: Mount | null;
  mountpoint: Dentry | null;
  namespace: MountNamespace | null;
  /** Mounts attached to this one, oldest first. */
  readonly children: Set<Mount>;
  /** Open files, working directories, roots: umount is EBUSY while there are any. */
  users: number;
  /** Files open for writing: a change to read-only is EBUSY while there are any. */
  writers: number;
  /** Flags that a less privileged namespace must not clear, and whether it may be unmounted alone. */
  lockedFlags: number;
  locked: boolean;
  /** umount2(MNT_EXPIRE) has asked once. */
  expiring: boolean;
  /** Propagation: the peer group; 0 is private. Every mount is private so far. */
  peerGroup: number;
  unbindable: boolean;

  constructor(id: number, fs: Filesystem, root: Dentry, source: string, flags: number) {
    this.id = id;
    this.fs = fs;
    this.root = root;
    this.source = source;
    this.flags = flags;
    this.parent = null;
    this.mountpoint = null;
    this.namespace = null;
    this.children = new Set();
    this.users = 0;
    this.writers = 0;
    this.lockedFlags = 0;
    this.locked = false;
    this.expiring = false;
    this.peerGroup = 0;
    this.unbindable = false;
  }

  get rootPath(): VirtualDentry {
    return new VirtualDentry(this, this.root);
  }
}

export class MountNamespace {
  readonly id: number;
  root: Mount;
  /** All mounts in it, in the order they were attached. */
  readonly mounts: Set<Mount>;
  /** Processes and accessors in it; at zero the tree is unmounted. */
  users: number;
  /** Counts changes, for those who poll /proc/mounts. */
  changes: number;

  constructor(id: number, root: Mount) {
    this.id = id;
    this.root = root;
    this.mounts = new Set();
    this.users = 0;
    this.changes = 0;
  }
}
