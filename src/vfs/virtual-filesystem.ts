/**
 * The globals of fs/: filesystem types, devices, mounts, switches, the clock and the event hook. One per kernel object, never global.
 */
import { ENODEV, EINVAL, ENOSPC, LinuxError } from '../abi/errno.ts';
import { IN_ATTRIB, IN_DELETE_SELF, IN_ISDIR } from '../abi/inotify.ts';
import { NAME_MAX } from '../abi/limits.ts';
import { MS_RDONLY } from '../abi/mount.ts';
import { nameLength } from '../abi/name.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Clock } from './clock.ts';
import { DCACHE_MOUNTED, DCACHE_UNHASHED, type Dentry, DirectoryDentry, pin, unpin } from './dentry.ts';
import { DeviceRegistry } from './device.ts';
import type { EventListener } from './events.ts';
import type { Filesystem, FilesystemType } from './filesystem.ts';
import { type Inode, S_DEAD } from './inode.ts';
import { Mount, MountNamespace } from './mount.ts';
import type { WalkedDirectory } from './walk.ts';

/** Linux's sysctl names. */
export interface Sysctl {
  'fs.protected_symlinks': number;
  'fs.protected_hardlinks': number;
  'fs.protected_fifos': number;
  'fs.protected_regular': number;
  'fs.mount-max': number;
  'fs.nr_open': number;
  'kernel.dmesg_restrict': number;
}

/** As systemd sets them. */
export function defaultSysctl(): Sysctl {
  return {
    'fs.protected_symlinks': 1,
    'fs.protected_hardlinks': 1,
    'fs.protected_fifos': 1,
    'fs.protected_regular': 2,
    'fs.mount-max': 100_000,
    'fs.nr_open': 1_048_576,
    'kernel.dmesg_restrict': 0,
  };
}

export class VirtualFilesystem {
  readonly clock: Clock;
  readonly sysctl: Sysctl;
  readonly devices: DeviceRegistry;
  readonly filesystemTypes: Map<string, FilesystemType>;
  /** Mounts by what they are mounted on; one dentry may carry mounts of several namespaces. */
  readonly mountpoints: Map<Dentry, Mount[]>;
  /** Total memory in bytes, for limits given in percent. */
  readonly memory: number;
  /** The event hook; null while nobody listens. */
  listeners: EventListener[] | null;
  /** The directory that was walked to last. No state of the filesystem: it may be null at any time. */
  walked: WalkedDirectory | null;
  /** Free again, the lowest last. */
  #minors: number[];
  #nextMinor: number;
  #nextMountId: number;
  #nextNamespaceId: number;
  #nextCookie: number;

  constructor(options: { clock: Clock; sysctl?: Partial<Sysctl> | undefined; memory?: number | undefined }) {
    this.clock = options.clock;
    this.sysctl = { ...defaultSysctl(), ...options.sysctl };
    this.devices = new DeviceRegistry();
    this.filesystemTypes = new Map();
    this.mountpoints = new Map();
    this.memory = options.memory ?? 8 * 2 ** 30;
    this.listeners = null;
    this.walked = null;
    this.#minors = [];
    this.#nextMinor = 1;
    this.#nextMountId = 1;
    this.#nextNamespaceId = 1;
    this.#nextCookie = 1;
  }

  // ── filesystem types ──

  /** EBUSY in Linux's words: a name twice is a programming error here. */
  registerFilesystemType(type: FilesystemType): void {
    if (this.filesystemTypes.has(type.name)) throw new TypeError(`filesystem type '${type.name}' is registered already`);
    this.filesystemTypes.set(type.name, type);
  }

  unregisterFilesystemType(name: string): void {
    const type = this.filesystemTypes.get(name);
    if (type === undefined) throw new LinuxError(EINVAL);
    this.filesystemTypes.delete(name);
    type.release();
  }

  /** ENODEV: no such type, or none that mount(2) may use. */
  filesystemType(name: string, options: { internal: boolean }): FilesystemType {
    const type = this.filesystemTypes.get(name);
    if (type === undefined || (!options.internal && type.userMountable === false)) throw new LinuxError(ENODEV);
    return type;
  }

  /** The lowest free minor of major 0. Linux: get_anon_bdev(). */
  allocateMinor(): number {
    return this.#minors.pop() ?? this.#nextMinor++;
  }

  releaseMinor(minor: number): void {
    const lower = this.#minors.findIndex((other) => other < minor);
    this.#minors.splice(lower === -1 ? this.#minors.length : lower, 0, minor);
  }

  // ── mounts ──

  newMount(fs: Filesystem, options: { root?: Dentry; source: string; flags: number }): Mount {
    fs.references++;
    const root = options.root ?? fs.root;
    root.inode.opens++;
    pin(root);
    const mount = new Mount(this.#nextMountId++, fs, root, options.source, options.flags);
    fs.mounts.add(mount);
    return mount;
  }

  newNamespace(root: Mount): MountNamespace {
    const namespace = new MountNamespace(this.#nextNamespaceId++, root);
    namespace.mounts.add(root);
    root.namespace = namespace;
    return namespace;
  }

  /** What is mounted on (mount, dentry); the top of a stack is reached by asking again with its root. */
  mountedOn(mount: Mount, dentry: Dentry): Mount | undefined {
    const mounts = this.mountpoints.get(dentry);
    if (mounts === undefined) return undefined;
    for (const candidate of mounts) if (candidate.parent === mount) return candidate;
    return undefined;
  }

  /** Whether `dentry` is a mount point in `namespace`. Linux: is_local_mountpoint(). */
  isMountpointIn(namespace: MountNamespace, dentry: Dentry): boolean {
    if ((dentry.flags & DCACHE_MOUNTED) === 0) return false;
    return this.mountpoints.get(dentry)?.some((mount) => mount.namespace === namespace) ?? false;
  }

  /** A path may lead elsewhere now, or be closed to somebody: mounts changed, or a directory's name, owner or mode did. */
  forgetWalk(): void {
    this.walked = null;
  }

  /** Attaches `mount` at (parent, mountpoint). ENOSPC beyond fs.mount-max. */
  attachMount(mount: Mount, parent: Mount, mountpoint: Dentry): void {
    this.forgetWalk();
    const namespace = parent.namespace;
    if (namespace !== null && namespace.mounts.size >= this.sysctl['fs.mount-max']) throw new LinuxError(ENOSPC);
    mount.parent = parent;
    mount.mountpoint = mountpoint;
    mount.namespace = namespace;
    parent.children.add(mount);
    const mounts = this.mountpoints.get(mountpoint);
    if (mounts === undefined) this.mountpoints.set(mountpoint, [mount]);
    else mounts.push(mount);
    mountpoint.flags |= DCACHE_MOUNTED;
    mountpoint.inode.opens++;
    pin(mountpoint);
    if (namespace !== null) {
      namespace.mounts.add(mount);
      namespace.changes++;
    }
  }

  /** Takes one mount off its mount point and out of its namespace; destroys it unless it is still held. */
  detachMount(mount: Mount): void {
    this.forgetWalk();
    const { parent, mountpoint, namespace } = mount;
    if (parent !== null && mountpoint !== null) {
      parent.children.delete(mount);
      const mounts = this.mountpoints.get(mountpoint) ?? [];
      mounts.splice(mounts.indexOf(mount), 1);
      if (mounts.length === 0) {
        this.mountpoints.delete(mountpoint);
        mountpoint.flags &= ~DCACHE_MOUNTED;
      }
      unpin(mountpoint);
      mountpoint.inode.opens--;
      if (mountpoint.inode.opens === 0 && mountpoint.inode.nlink === 0) this.inodeGone(mountpoint.inode, mountpoint);
    }
    mount.parent = null;
    mount.mountpoint = null;
    if (namespace !== null) {
      namespace.mounts.delete(mount);
      namespace.changes++;
    }
    mount.namespace = null;
    if (mount.users === 0) this.mountGone(mount);
  }

  /** Detaches a mount and all below it, children first. Linux: umount_tree(). */
  detachTree(mount: Mount): void {
    const order: Mount[] = [mount];
    for (let index = 0; index < order.length; index++) order.push(...(order[index] as Mount).children);
    for (const each of order.reverse()) this.detachMount(each);
  }

  /** A detached mount's last user is gone. */
  mountGone(mount: Mount): void {
    mount.fs.mounts.delete(mount);
    unpin(mount.root);
    const inode = mount.root.inode;
    inode.opens--;
    if (inode.opens === 0 && inode.nlink === 0) this.inodeGone(inode, mount.root);
    this.putFilesystem(mount.fs);
  }

  getFilesystem(fs: Filesystem): void {
    fs.references++;
  }

  putFilesystem(fs: Filesystem): void {
    fs.references--;
    if (fs.references > 0) return;
    fs.release();
    this.releaseMinor(fs.minor);
  }

  /** A process or accessor leaves a namespace; the last one takes the tree with it. */
  putNamespace(namespace: MountNamespace): void {
    namespace.users--;
    // Its root may have been detached before.
    if (namespace.users === 0 && namespace.root.namespace === namespace) this.detachTree(namespace.root);
  }

  /** The name of a mount point in other namespaces was removed: what they had there goes lazily. Linux: detach_mounts(). */
  detachMountsOn(dentry: Dentry): void {
    // The mounts hold the inode. Whoever removes the name is the one to see it go, once.
    dentry.inode.opens++;
    for (const mount of [...(this.mountpoints.get(dentry) ?? [])]) this.detachTree(mount);
    dentry.inode.opens--;
  }

  /** Takes a mount from where it is to another mount point, with all below it. */
  moveMount(mount: Mount, parent: Mount, mountpoint: Dentry): void {
    const { users } = mount;
    // Held while it is nowhere, so that it is not destroyed; what is mounted below comes along untouched.
    mount.users++;
    const { namespace } = mount;
    this.detachMount(mount);
    this.attachMount(mount, parent, mountpoint);
    mount.namespace = namespace;
    mount.users = users;
  }

  // ── names ──

  /** Looks `name` up in a directory of a looked-up filesystem. */
  lookup(directory: DirectoryDentry, name: string): Dentry | undefined {
    if ((directory.inode.flags & S_DEAD) !== 0 || nameLength(name) > NAME_MAX) return undefined;
    const kept = directory.child(name);
    if (kept !== undefined) {
      if (directory.inode.revalidate(name, kept.inode)) return kept;
      this.invalidate(kept as DirectoryDentry);
    }
    const inode = directory.inode.lookup(name);
    return inode === undefined ? undefined : new DirectoryDentry(name, directory, inode);
  }

  /** What is in a directory now, in the order of a listing. */
  entries(directory: DirectoryDentry): readonly Dentry[] {
    if (directory.inode.fs.pinned) return directory.dentries();
    const dentries = [...directory.inode.iterate(0)].map(({ name }) => this.lookup(directory, name));
    return dentries.filter((dentry) => dentry !== undefined);
  }

  /** A looked-up name stands for something else now: whoever holds the old one keeps it, no walk finds it, and mounts below it go. Linux: d_invalidate(). */
  invalidate(dentry: DirectoryDentry): void {
    dentry.flags |= DCACHE_UNHASHED;
    if (dentry.parent.child(dentry.name) === dentry) dentry.parent.children?.delete(dentry.name);
    this.#detachMountsBelow(dentry);
  }

  #detachMountsBelow(dentry: DirectoryDentry): void {
    if ((dentry.flags & DCACHE_MOUNTED) !== 0) this.detachMountsOn(dentry);
    for (const child of dentry.dentries()) this.#detachMountsBelow(child as DirectoryDentry);
  }

  /** No name and no holder is left of `inode`. */
  inodeGone(inode: Inode, dentry: Dentry): void {
    if (this.listeners !== null) this.notify(IN_DELETE_SELF, dentry);
    if (inode.fs.pinned) inode.fs.removed--;
    inode.evict();
  }

  // ── events ──

  /** Calls `listener` for every change until the returned function is called. */
  listen(listener: EventListener): () => void {
    this.listeners = [...(this.listeners ?? []), listener];
    return () => {
      const rest = (this.listeners ?? []).filter((other) => other !== listener);
      this.listeners = rest.length === 0 ? null : rest;
    };
  }

  nextRenameCookie(): number {
    return this.#nextCookie++;
  }

  /** The inode has a name more or less, which is no news of its directory's. Linux: fsnotify_link_count(). */
  notifyLinkCount(dentry: Dentry): void {
    this.notify(IN_ATTRIB, dentry, dentry.name, 0, null);
  }

  /** Callers test `listeners !== null` first: nobody listening costs one comparison. */
  notify(
    mask: number,
    dentry: Dentry,
    name: string = dentry.name,
    cookie = 0,
    directory: Inode | null = dentry.parent === dentry ? null : dentry.parent.inode,
  ): void {
    if (this.listeners === null) return;
    const inode = dentry.inode;
    const event = {
      mask: (inode.mode & S_IFMT) === S_IFDIR ? (mask | IN_ISDIR) >>> 0 : mask,
      inode,
      directory,
      name,
      cookie,
      unlinked: (dentry.flags & DCACHE_UNHASHED) !== 0,
    };
    for (const listener of this.listeners) listener(event);
  }

  /** A superblock made read-only or not. */
  setReadonly(fs: Filesystem, readonly: boolean): void {
    if (readonly) fs.flags |= MS_RDONLY;
    else fs.flags &= ~MS_RDONLY;
  }
}
