/**
 * Files in memory. Linux: mm/shmem.c.
 *
 * A pinned filesystem: names live in the dentries, so what is here makes inodes, keeps their bytes, and counts pages and inodes against the limits.
 */
import { EINVAL, ENOSPC, ENOTTY, EOPNOTSUPP, EPERM, LinuxError } from '../../abi/errno.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, RENAME_EXCHANGE } from '../../abi/fcntl.ts';
import { FS_IOC_GETFLAGS, FS_IOC_SETFLAGS } from '../../abi/ioctl.ts';
import { pointed } from '../../abi/pointer.ts';
import { CAP_LINUX_IMMUTABLE } from '../../abi/capability.ts';
import { PAGE_SIZE } from '../../abi/limits.ts';
import { nameLength } from '../../abi/name.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, type Statfs, TMPFS_MAGIC } from '../../abi/stat.ts';
import type { Caller } from '../../vfs/caller.ts';
import { Filesystem, type FilesystemType, type MountOptions } from '../../vfs/filesystem.ts';
import { Inode, type NewInode, S_APPEND, S_IMMUTABLE, S_NOATIME, S_NODUMP } from '../../vfs/inode.ts';
import { isOwnerOrCapable } from '../../vfs/permission.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { touchCtime } from '../../vfs/times.ts';
import { xattrSpace } from '../../vfs/xattr.ts';
import { FileContent, type PageBudget } from './content.ts';
import { ContentMemory } from './memory.ts';
import { parseTmpfsOptions, type TmpfsOptions } from './options.ts';

/** BOGO_DIRENT_SIZE: what an entry adds to a directory's size. */
const DIRENT_SIZE = 20;
/** What an inode counts for where attributes are charged beside it, by the byte. */
const BOGO_INODE_SIZE = 1024;
/** A target shorter than this is kept in the inode. Linux: SHORT_SYMLINK_LEN. */
const SHORT_SYMLINK = 128;

/** A limited resource: how many are used, how many there are at most (0: no limit). */
class Budget {
  used = 0;
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  charge(count: number): boolean {
    if (this.limit !== 0 && this.used + count > this.limit) return false;
    this.used += count;
    return true;
  }

  uncharge(count: number): void {
    this.used -= count;
  }

  available(): number {
    return this.limit === 0 ? Number.POSITIVE_INFINITY : this.limit - this.used;
  }
}

class PageCounter extends Budget implements PageBudget {
  readonly memory: ContentMemory = new ContentMemory();
}

export class TmpfsFilesystem extends Filesystem {
  readonly pages: PageCounter;
  readonly inodes: Budget;
  readonly #defaults: { readonly blocks: number; readonly inodes: number };
  readonly #shown: { mode: number; uid: number; gid: number; noswap: boolean; inodeWidth: 32 | 64 };

  constructor(vfs: VirtualFilesystem, type: FilesystemType, options: TmpfsOptions, owner: { readonly uid: number; readonly gid: number }) {
    super(vfs, type, { pinned: true, magic: TMPFS_MAGIC, hasXattrs: true });
    // Half of memory, and an inode for every two pages of it.
    const half = Math.floor(vfs.memory / PAGE_SIZE / 2);
    this.#defaults = { blocks: half, inodes: half };
    this.pages = new PageCounter(options.blocks ?? half);
    this.inodes = new Budget((options.inodes ?? half) * BOGO_INODE_SIZE);
    this.#shown = {
      mode: options.mode ?? 0o1777,
      uid: options.uid ?? owner.uid,
      gid: options.gid ?? owner.gid,
      noswap: options.noswap,
      inodeWidth: options.inodeWidth ?? 64,
    };
    const { mode, uid, gid } = this.#shown;
    this.chargeInode();
    this.setRoot(new TmpfsDirectory(this, this.nextIno++, S_IFDIR | mode, { uid, gid }));
  }

  override statfs(): Statfs {
    const statfs = super.statfs();
    if (this.pages.limit !== 0) {
      statfs.blocks = this.pages.limit;
      statfs.bfree = statfs.blocks - this.pages.used;
      statfs.bavail = statfs.bfree;
    }
    if (this.inodes.limit !== 0) {
      statfs.files = this.inodes.limit / BOGO_INODE_SIZE;
      statfs.ffree = Math.floor(this.inodes.available() / BOGO_INODE_SIZE);
    }
    return statfs;
  }

  override showOptions(): string {
    const { mode, uid, gid, noswap, inodeWidth } = this.#shown;
    let shown = '';
    if (this.pages.limit !== this.#defaults.blocks) shown += `,size=${this.pages.limit * (PAGE_SIZE / 1024)}k`;
    const inodes = this.inodes.limit / BOGO_INODE_SIZE;
    if (inodes !== this.#defaults.inodes) shown += `,nr_inodes=${inodes}`;
    if (mode !== 0o1777) shown += `,mode=${mode.toString(8).padStart(3, '0')}`;
    if (uid !== 0) shown += `,uid=${uid}`;
    if (gid !== 0) shown += `,gid=${gid}`;
    shown += `,inode${inodeWidth}`;
    if (noswap) shown += ',noswap';
    return shown;
  }

  override checkOptions(options: MountOptions): void {
    parseTmpfsOptions(options.data, this.vfs.memory);
  }

  /** Limits grow, shrink down to what is used, or become unlimited. EINVAL. Linux: shmem_reconfigure(). */
  override remount(options: MountOptions): void {
    const parsed = parseTmpfsOptions(options.data, this.vfs.memory);
    checkLimit(this.pages, parsed.blocks);
    checkLimit(this.inodes, parsed.inodes === undefined ? undefined : parsed.inodes * BOGO_INODE_SIZE);
    if (parsed.noswap && !this.#shown.noswap) throw new LinuxError(EINVAL);
    if (parsed.inodeWidth === 32 && this.nextIno > 0xffffffff) throw new LinuxError(EINVAL);
    if (parsed.blocks !== undefined) this.pages.limit = parsed.blocks;
    if (parsed.inodes !== undefined) this.inodes.limit = parsed.inodes * BOGO_INODE_SIZE;
    if (parsed.inodeWidth !== undefined) this.#shown.inodeWidth = parsed.inodeWidth;
  }

  /** ENOSPC: one more inode, or one more name of one, does not fit. */
  chargeInode(): void {
    if (!this.inodes.charge(BOGO_INODE_SIZE)) throw new LinuxError(ENOSPC);
  }

  unchargeInode(): void {
    this.inodes.uncharge(BOGO_INODE_SIZE);
  }
}

function checkLimit(budget: Budget, limit: number | undefined): void {
  if (limit === undefined || limit === 0) return;
  if (budget.limit === 0 || limit < budget.used) throw new LinuxError(EINVAL);
}

// ── inodes: one class for each kind ──

/** Which of FS_IOC_SETFLAGS's bits tmpfs keeps, and the inode flag for each. */
const FILE_FLAGS: readonly (readonly [number, number])[] = [
  [0x10, S_IMMUTABLE],
  [0x20, S_APPEND],
  [0x40, S_NODUMP],
  [0x80, S_NOATIME],
];

abstract class TmpfsInode extends Inode {
  /** FS_IOC_GETFLAGS and FS_IOC_SETFLAGS. ENOTTY · EFAULT no room for an int · EPERM not the owner, or immutable and append-only without CAP_LINUX_IMMUTABLE · EOPNOTSUPP. */
  override ioctl(request: number, argument: number | Uint8Array, caller: Caller): number {
    if ((request !== FS_IOC_GETFLAGS && request !== FS_IOC_SETFLAGS) || !(argument instanceof Uint8Array)) throw new LinuxError(ENOTTY);
    const view = pointed(argument, 4);
    if (request === FS_IOC_GETFLAGS) {
      let bits = 0;
      for (const [bit, flag] of FILE_FLAGS) if ((this.flags & flag) !== 0) bits |= bit;
      view.setUint32(0, bits, true);
      return 0;
    }
    const bits = view.getUint32(0, true);
    if (!isOwnerOrCapable(caller.creds, this)) throw new LinuxError(EPERM);
    let flags = 0;
    let unknown = bits;
    for (const [bit, flag] of FILE_FLAGS) {
      if ((bits & bit) === 0) continue;
      flags |= flag;
      unknown &= ~bit;
    }
    if (((flags ^ this.flags) & (S_IMMUTABLE | S_APPEND)) !== 0 && !caller.creds.has(CAP_LINUX_IMMUTABLE)) throw new LinuxError(EPERM);
    if (unknown !== 0) throw new LinuxError(EOPNOTSUPP);
    this.flags = (this.flags & ~(S_IMMUTABLE | S_APPEND | S_NODUMP | S_NOATIME)) | flags;
    touchCtime(this);
    return 0;
  }

  override chargeXattrs(bytes: number): void {
    const { inodes } = this.fs as TmpfsFilesystem;
    if (bytes < 0) inodes.uncharge(-bytes);
    else if (!inodes.charge(bytes)) throw new LinuxError(ENOSPC);
  }

  override evict(): void {
    (this.fs as TmpfsFilesystem).unchargeInode();
    if (this.extra === null) return;
    for (const [name, value] of this.extra.xattrs ?? []) this.chargeXattrs(-xattrSpace(name, value));
  }
}

export class TmpfsDirectory extends TmpfsInode {
  entries: number;

  constructor(fs: TmpfsFilesystem, ino: number, mode: number, owner: { readonly uid: number; readonly gid: number }) {
    super(fs, ino, mode, owner);
    this.entries = 0;
  }

  override get size(): number {
    return DIRENT_SIZE * (2 + this.entries);
  }

  override create(name: string, attributes: NewInode): Inode {
    const fs = this.fs as TmpfsFilesystem;
    fs.chargeInode();
    if (name !== '') this.entries++;
    const { mode } = attributes;
    switch (mode & S_IFMT) {
      case S_IFREG:
        return new TmpfsRegular(fs, fs.nextIno++, mode, attributes);
      case S_IFDIR:
        return new TmpfsDirectory(fs, fs.nextIno++, mode, attributes);
      case S_IFLNK:
        return this.#createSymlink(fs, attributes, name);
      default:
        return new TmpfsSpecial(fs, fs.nextIno++, attributes);
    }
  }

  #createSymlink(fs: TmpfsFilesystem, attributes: NewInode, name: string): Inode {
    const pages = nameLength(attributes.target) < SHORT_SYMLINK ? 0 : 1;
    if (!fs.pages.charge(pages)) {
      fs.unchargeInode();
      if (name !== '') this.entries--;
      throw new LinuxError(ENOSPC);
    }
    return new TmpfsSymlink(fs, fs.nextIno++, attributes, pages);
  }

  /** A name more is an inode more, except the first of an unnamed file. */
  override link(_name: string, inode: Inode): void {
    if (inode.nlink > 0) (this.fs as TmpfsFilesystem).chargeInode();
    this.entries++;
  }

  override unlink(_name: string, inode: Inode): void {
    if (inode.nlink > 1 && (inode.mode & S_IFMT) !== S_IFDIR) (this.fs as TmpfsFilesystem).unchargeInode();
    this.entries--;
  }

  override rename(_name: string, _inode: Inode, newDirectory: Inode, _newName: string, flags: number): void {
    // An exchange leaves both as full as they were.
    if ((flags & RENAME_EXCHANGE) !== 0) return;
    this.entries--;
    (newDirectory as TmpfsDirectory).entries++;
  }
}

export class TmpfsRegular extends TmpfsInode {
  /** Null until the first write. */
  content: FileContent | null;

  constructor(fs: TmpfsFilesystem, ino: number, mode: number, owner: { readonly uid: number; readonly gid: number }) {
    super(fs, ino, mode, owner);
    this.content = null;
  }

  override get size(): number {
    return this.content === null ? 0 : this.content.size;
  }

  override get blocks(): number {
    return this.content === null ? 0 : this.content.pages * (PAGE_SIZE / 512);
  }

  override read(into: Uint8Array, offset: number): number {
    return this.content === null ? 0 : this.content.read(into, offset);
  }

  override write(from: Uint8Array, offset: number): number {
    this.content ??= new FileContent();
    return this.content.write(from, offset, (this.fs as TmpfsFilesystem).pages);
  }

  override truncate(size: number): void {
    if (this.content === null) {
      if (size === 0) return;
      this.content = new FileContent();
    }
    this.content.truncate(size, (this.fs as TmpfsFilesystem).pages);
  }

  override allocate(mode: number, offset: number, length: number): void {
    const { pages } = this.fs as TmpfsFilesystem;
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) !== 0) throw new LinuxError(EOPNOTSUPP);
    this.content ??= new FileContent();
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) this.content.punch(offset, length, pages);
    else if (!this.content.allocate(offset, length, (mode & FALLOC_FL_KEEP_SIZE) !== 0, pages)) throw new LinuxError(ENOSPC);
  }

  override seekData(offset: number): number {
    return this.content === null ? -1 : this.content.seekData(offset);
  }

  override seekHole(offset: number): number {
    return this.content === null ? -1 : this.content.seekHole(offset);
  }

  override evict(): void {
    super.evict();
    this.content?.release((this.fs as TmpfsFilesystem).pages);
    this.content = null;
  }
}

export class TmpfsSymlink extends TmpfsInode {
  readonly target: string;
  readonly pages: number;

  constructor(fs: TmpfsFilesystem, ino: number, attributes: NewInode, pages: number) {
    super(fs, ino, attributes.mode, attributes);
    this.target = attributes.target;
    this.pages = pages;
  }

  override get size(): number {
    return nameLength(this.target);
  }

  override get blocks(): number {
    return this.pages * (PAGE_SIZE / 512);
  }

  override readlink(_caller: Caller): string {
    return this.target;
  }

  override evict(): void {
    super.evict();
    (this.fs as TmpfsFilesystem).pages.uncharge(this.pages);
  }
}

/** A device, FIFO or socket: a number and a name, the rest is its driver's. */
export class TmpfsSpecial extends TmpfsInode {
  readonly #rdev: number;

  constructor(fs: TmpfsFilesystem, ino: number, attributes: NewInode) {
    super(fs, ino, attributes.mode, attributes);
    this.#rdev = attributes.rdev;
  }

  override get rdev(): number {
    return this.#rdev;
  }
}

export class TmpfsType implements FilesystemType {
  readonly name: string;
  readonly requiresDevice = false;
  readonly userMountable: boolean;
  readonly userNamespaceMount = true;
  readonly #vfs: VirtualFilesystem;

  /** Another name, for filesystems that are tmpfs underneath. */
  constructor(vfs: VirtualFilesystem, options: { readonly name?: string; readonly userMountable?: boolean } = {}) {
    this.#vfs = vfs;
    this.name = options.name ?? 'tmpfs';
    this.userMountable = options.userMountable ?? true;
  }

  getFilesystem(caller: Caller, _source: string, options: MountOptions): TmpfsFilesystem {
    const { creds } = caller;
    return new TmpfsFilesystem(this.#vfs, this, parseTmpfsOptions(options.data, this.#vfs.memory), { uid: creds.fsuid, gid: creds.fsgid });
  }

  release(): void {}
}
