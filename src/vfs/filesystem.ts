/**
 * Filesystem types and instances. Linux: struct file_system_type and struct super_block.
 *
 * A filesystem is one of two kinds. *Pinned* (tmpfs, devtmpfs): the VFS owns names, order and cookies in the dentries; an inode only makes
 * and drops inodes. *Looked up* (proc, third-party): the VFS calls `lookup` and `iterate` each time and keeps a dentry only while it is in use.
 */
import { EINVAL, LinuxError } from '../abi/errno.ts';
import { NAME_MAX } from '../abi/limits.ts';
import { makedev, Statfs } from '../abi/stat.ts';
import type { Caller } from './caller.ts';
import { DirectoryDentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { VirtualFilesystem } from './virtual-filesystem.ts';

export interface MountOptions {
  /** The string of mount(2)'s `data` argument. */
  readonly data: string;
  /** MS_RDONLY and the other superblock flags. */
  readonly flags: number;
}

/** What `mount -t` names. */
export interface FilesystemType {
  readonly name: string;
  /** Needs a device: shown without `nodev` in /proc/filesystems. */
  readonly requiresDevice: boolean;
  /** False: mount(2) answers ENODEV and /proc/filesystems leaves it out. Default true. */
  readonly userMountable?: boolean;
  /** May be mounted by the root of a user namespace. Linux: FS_USERNS_MOUNT. */
  readonly userNamespaceMount?: boolean;
  /** The instance to mount: a new one, or another reference to the one there is. Throws EINVAL for a bad option. */
  getFilesystem(caller: Caller, source: string, options: MountOptions): Filesystem;
  /** The type is unregistered: drops what it keeps. */
  release(): void;
}

export abstract class Filesystem {
  readonly vfs: VirtualFilesystem;
  readonly type: FilesystemType;
  /** st_dev's minor number; the major is 0. */
  readonly minor: number;
  /** st_dev. */
  readonly dev: number;
  readonly pinned: boolean;
  /** SB_RDONLY and the other superblock flags. */
  flags: number;
  /** statfs's f_type. */
  readonly magic: number;
  readonly blockSize: number;
  /** EMLINK beyond. */
  readonly maxLinks: number;
  /** Which prefixes setxattr accepts is the VFS's matter; false answers EOPNOTSUPP to all. */
  readonly hasXattrs: boolean;
  root: DirectoryDentry;
  /** The mounts of it, attached or still held. */
  readonly mounts: Set<Mount>;
  /** Inodes without a name that are still held. Linux: s_remove_count. */
  removed: number;
  /** Mounts and other holders. At zero the instance is released. */
  references: number;
  nextIno: number;

  constructor(
    vfs: VirtualFilesystem,
    type: FilesystemType,
    traits: { pinned: boolean; magic: number; hasXattrs?: boolean; maxLinks?: number; blockSize?: number },
  ) {
    this.vfs = vfs;
    this.type = type;
    this.minor = vfs.allocateMinor();
    this.dev = makedev(0, this.minor);
    this.pinned = traits.pinned;
    this.flags = 0;
    this.magic = traits.magic;
    this.blockSize = traits.blockSize ?? 4096;
    this.maxLinks = traits.maxLinks ?? 0x7fffffff;
    this.hasXattrs = traits.hasXattrs ?? false;
    this.root = undefined as unknown as DirectoryDentry;
    this.mounts = new Set();
    this.removed = 0;
    this.references = 0;
    this.nextIno = 1;
  }

  /** Makes the root dentry. Every constructor of a filesystem ends with this. */
  protected setRoot(inode: Inode): void {
    this.root = new DirectoryDentry('', null, inode);
  }

  statfs(): Statfs {
    const statfs = new Statfs();
    statfs.type = this.magic;
    statfs.bsize = this.blockSize;
    statfs.frsize = this.blockSize;
    statfs.namelen = NAME_MAX;
    return statfs;
  }

  /** What /proc/mounts shows after the flags: empty, or a comma and the options. */
  showOptions(): string {
    return '';
  }

  /** Whether mount -o remount understands the options. EINVAL. */
  checkOptions(options: MountOptions): void {
    if (options.data !== '') throw new LinuxError(EINVAL);
  }

  /** mount -o remount, with options that are understood. All of them or none. */
  remount(_options: MountOptions): void {}

  sync(): void {}

  /** The last mount and holder are gone. */
  release(): void {}
}
