/**
 * How drivers reach a /dev without a process. Linux: kdevtmpfs, the kernel thread of drivers/base/devtmpfs.c, and what udev and systemd do after it.
 *
 * An Accessor has a mount namespace of its own with nothing mounted in it but the filesystem at its root, so that no mount of a user's hides
 * or redirects what it makes. Nodes and directories that it makes for devices are marked, and only marked ones are ever removed.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { checkRange, checkText } from '../../abi/check.ts';
import { dispose } from '../../abi/dispose.ts';
import { ENAMETOOLONG, ENOENT, ENOTDIR, LinuxError } from '../../abi/errno.ts';
import { IN_ATTRIB } from '../../abi/inotify.ts';
import { PATH_MAX } from '../../abi/limits.ts';
import { nameLength } from '../../abi/name.ts';
import { major as majorOf, makedev, minor as minorOf, S_IFBLK, S_IFCHR, S_IFLNK, S_IFMT } from '../../abi/stat.ts';
import { assert } from '../../abi/assert.ts';
import { type Caller, callerOutside } from '../../vfs/caller.ts';
import type { Credentials } from '../../vfs/credentials.ts';
import { hold, release, type VirtualDentry } from '../../vfs/dentry.ts';
import { checkDeviceKind, type Device, type DeviceKind, type DeviceNodes } from '../../vfs/device.ts';
import { Filesystem } from '../../vfs/filesystem.ts';
import { I_KERNEL_CREATED } from '../../vfs/inode.ts';
import { newMountNamespace } from '../../vfs/mounting.ts';
import { mkdirAt, mknodAt, rmdirAt, symlinkAt, unlinkAt } from '../../vfs/names.ts';
import { isDirectoryInode } from '../../vfs/permission.ts';
import { touchCtime } from '../../vfs/times.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { LOOKUP_FOLLOW, lookupAt } from '../../vfs/walk.ts';
import { parentOf, targetFrom } from './path.ts';

/** What systemd's dev_setup() links; `core` is left out, for there is no /proc/kcore. ptmx is relative, so that it means the devpts beside it. */
const LINKS: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
];

const MAJOR_MAX = 0xfff;
const MINOR_MAX = 0xfffff;

export interface NodeOwner {
  readonly uid?: number;
  readonly gid?: number;
}

export class Accessor implements DeviceNodes {
  /** Acts in the Accessor's namespace, whoever asked, and takes permissions as given: the caller of VFS operations on its tree. Linux: kdevtmpfs's current. */
  readonly context: Caller;
  released: boolean;
  declare [Symbol.dispose]: () => void;

  static {
    Accessor.prototype[dispose] = Accessor.prototype.release;
  }

  /** On the root of a registered type, or of a filesystem in hand. ENODEV an unknown type, else what making its filesystem fails with. */
  constructor(vfs: VirtualFilesystem, creds: Credentials, filesystem: string | Filesystem) {
    const namespace =
      filesystem instanceof Filesystem
        ? vfs.newNamespace(vfs.newMount(filesystem, { source: '', flags: 0 }))
        : newMountNamespace(callerOutside(vfs, creds), filesystem, { source: '', data: '', flags: 0 });
    namespace.users++;
    this.context = callerOutside(vfs, creds, namespace);
    hold(this.context.root);
    this.released = false;
  }

  get root(): VirtualDentry {
    assert(!this.released, 'the Accessor is released');
    return this.context.root;
  }

  /** Drops the root, then the namespace. The private mount goes; the content stays while its type or a mount holds it. */
  release(): void {
    if (this.released) return;
    const { root, namespace, vfs } = this.context;
    this.released = true;
    release(root);
    vfs.putNamespace(namespace);
  }

  // ── making ──

  /**
   * A node with exactly these permissions, its missing parents 0755, and its number link. The number need not be registered. Owned by the
   * Accessor's user unless said otherwise.
   *  an Error with the errno as its cause: parents · EEXIST the name is there · ENOSPC, EROFS…
   */
  createDeviceFile(pathname: string, kind: DeviceKind, major: number, minor: number, permissions: number, owner: NodeOwner = {}): void {
    const mode = deviceMode(kind, permissions);
    checkRange(major, 'major', MAJOR_MAX);
    checkRange(minor, 'minor', MINOR_MAX);
    const path = checkPath(pathname);
    const { context, root } = this;
    const parent = parentOf(path);
    naming(`failed to create device parent directory "${parent}"`, () => this.#makeParents(parent));
    mknodAt(context, root, path, { mode, rdev: makedev(major, minor) });
    const at = lookupAt(context, root, path, 0);
    setOwnerAndMode(context, at, { uid: owner.uid ?? context.creds.fsuid, gid: owner.gid ?? context.creds.fsgid, mode });
    at.inode.flags |= I_KERNEL_CREATED;
    this.#linkNumber(path, kind, `${major}:${minor}`);
  }

  /** The directory, and its missing ancestors. As Linux, an existing symlink to a directory will do. ENOTDIR what is there is none. */
  #makeParents(path: string): void {
    const { context, root } = this;
    try {
      if (!isDirectoryInode(lookupAt(context, root, path, LOOKUP_FOLLOW).inode)) throw new LinuxError(ENOTDIR);
      return;
    } catch (error) {
      if (!(error instanceof LinuxError) || error.errno !== ENOENT) throw error;
    }
    const parent = parentOf(path);
    // A path that is its own parent and not there: the root was removed, or a link leads nowhere.
    if (parent !== path) this.#makeParents(parent);
    mkdirAt(context, root, path, 0o755);
    lookupAt(context, root, path, 0).inode.flags |= I_KERNEL_CREATED;
  }

  /** `char/M:m` or `block/M:m`, as udev makes them. The first of a number wins; a node without its link is still a node, so nothing fails. */
  #linkNumber(path: string, kind: DeviceKind, number: string): void {
    const { context, root } = this;
    const link = `${kind}/${number}`;
    ignoringErrno(() => {
      this.#makeParents(kind);
      symlinkAt(context, targetFrom(path), root, link);
      lookupAt(context, root, link, 0).inode.flags |= I_KERNEL_CREATED;
    });
  }

  /**
   * What udev and systemd would make: the five links, then `shm` and `pts`, 0755. Mounts nothing, marks nothing, and is not to be run twice.
   *  an Error with the errno as its cause; what was made before it stays.
   */
  userspaceInit(): void {
    this.makeLinks();
    this.makeDirectory('shm', 0o755);
    this.makeDirectory('pts', 0o755);
  }

  /** The links of `userspaceInit` alone. */
  makeLinks(): void {
    const { context, root } = this;
    for (const [name, target] of LINKS) {
      naming(`failed to create symlink "${name}" => "${target}"`, () => symlinkAt(context, target, root, name));
    }
  }

  /** A directory as `userspaceInit` makes it. */
  makeDirectory(name: string, mode: number): void {
    naming(`failed to create directory "${name}"`, () => mkdirAt(this.context, this.root, name, mode));
  }

  // ── removing ──

  /**
   * Takes a device's node away, and its number link, and the parents that are left empty. Linux: handle_remove(), delete_path().
   * Only a node that was made here, of this kind and number: what a user put in its place is not ours. Whoever still reaches the
   * node, by another link or an open path, finds it root's and without permissions. False when there was nothing of ours.
   *  ENOENT no such name · EROFS…
   */
  deleteDeviceFile(pathname: string, kind: DeviceKind, major: number, minor: number): boolean {
    const { context, root } = this;
    const path = checkPath(pathname);
    const at = lookupAt(context, root, path, 0);
    const { inode } = at;
    const type = kind === 'block' ? S_IFBLK : S_IFCHR;
    const isOurs = (inode.flags & I_KERNEL_CREATED) !== 0 && (inode.mode & S_IFMT) === type;
    if (!isOurs || majorOf(inode.rdev) !== major || minorOf(inode.rdev) !== minor) return false;
    setOwnerAndMode(context, at, { uid: 0, gid: 0, mode: inode.mode & ~0o777 });
    unlinkAt(context, root, path);
    this.#unlinkNumber(path, kind, `${major}:${minor}`);
    this.#prune(path);
    return true;
  }

  #unlinkNumber(path: string, kind: DeviceKind, number: string): void {
    const { context, root } = this;
    const link = `${kind}/${number}`;
    ignoringErrno(() => {
      const { inode } = lookupAt(context, root, link, 0);
      if ((inode.flags & I_KERNEL_CREATED) === 0 || (inode.mode & S_IFMT) !== S_IFLNK) return;
      if (inode.readlink(context) !== targetFrom(path)) return;
      unlinkAt(context, root, link);
      this.#prune(link);
    });
  }

  /** Removes the directories above `path` from the inside out, up to the first that is not empty or not ours. Linux: delete_path(). */
  #prune(path: string): void {
    const { context, root } = this;
    ignoringErrno(() => {
      for (let parent = parentOf(path); parent !== '.' && parent !== '/'; parent = parentOf(parent)) {
        if ((lookupAt(context, root, parent, 0).inode.flags & I_KERNEL_CREATED) === 0) return;
        rmdirAt(context, root, parent);
      }
    });
  }

  // ── hot-plug: what the registry calls ──

  /** As Linux's driver core, which does not ask how it went: a name that is taken keeps what it has. */
  createNode(device: Device): void {
    ignoringErrno(() => this.createDeviceFile(device.name, device.kind, device.major, device.minor, device.mode, device));
  }

  deleteNode(device: Device): void {
    ignoringErrno(() => this.deleteDeviceFile(device.name, device.kind, device.major, device.minor));
  }
}

/** TypeError: no C caller could pass these. */
function deviceMode(kind: DeviceKind, permissions: number): number {
  checkDeviceKind(kind);
  checkRange(permissions, 'permissions', 0o7777);
  return (kind === 'block' ? S_IFBLK : S_IFCHR) | permissions;
}

/** ENAMETOOLONG · TypeError: what no C string could be. */
function checkPath(path: string): string {
  const normal = checkText(path, 'path');
  if (nameLength(normal) >= PATH_MAX) throw new LinuxError(ENAMETOOLONG);
  return normal;
}

/** What the kernel does to a node of its own, whatever a set-gid directory or its owner would say. Linux: notify_change(). */
function setOwnerAndMode(
  caller: Caller,
  at: VirtualDentry,
  attributes: { readonly uid: number; readonly gid: number; readonly mode: number },
): void {
  const { inode } = at;
  inode.setattr(attributes);
  inode.uid = attributes.uid;
  inode.gid = attributes.gid;
  inode.mode = attributes.mode;
  caller.vfs.forgetWalk();
  touchCtime(inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ATTRIB, at.dentry);
}

/** Says what failed, and keeps the errno as the cause. */
function naming(what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    throw new Error(`${what}: ${error.message}`, { cause: error });
  }
}

function ignoringErrno(act: () => void): void {
  try {
    act();
  } catch (error) {
    const cause = error instanceof Error && !(error instanceof LinuxError) ? error.cause : error;
    if (!(cause instanceof LinuxError)) throw error;
  }
}
