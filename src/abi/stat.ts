/**
 * What stat(2), statx(2) and statfs(2) answer, and device numbers. Linux: include/uapi/linux/stat.h, linux/magic.h,
 * linux/statfs.h; glibc's <dirent.h> for DT_* and <sys/sysmacros.h> for makedev(3).
 */

// The type of a file, in st_mode.
export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o60000;
export const S_IFDIR = 0o40000;
export const S_IFCHR = 0o20000;
export const S_IFIFO = 0o10000;

// Its set-id and sticky bits, and its permissions.
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IRWXU = 0o700;
export const S_IRUSR = 0o400;
export const S_IWUSR = 0o200;
export const S_IXUSR = 0o100;
export const S_IRWXG = 0o70;
export const S_IRGRP = 0o40;
export const S_IWGRP = 0o20;
export const S_IXGRP = 0o10;
export const S_IRWXO = 0o7;
export const S_IROTH = 0o4;
export const S_IWOTH = 0o2;
export const S_IXOTH = 0o1;
export const S_IALLUGO = 0o7777;
export const S_IRWXUGO = 0o777;

// The type in a directory entry: a file type shifted right by twelve.
export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;
export const DT_WHT = 14;

// statx(2): what is wanted, and what was given.
export const STATX_TYPE = 0x00000001;
export const STATX_MODE = 0x00000002;
export const STATX_NLINK = 0x00000004;
export const STATX_UID = 0x00000008;
export const STATX_GID = 0x00000010;
export const STATX_ATIME = 0x00000020;
export const STATX_MTIME = 0x00000040;
export const STATX_CTIME = 0x00000080;
export const STATX_INO = 0x00000100;
export const STATX_SIZE = 0x00000200;
export const STATX_BLOCKS = 0x00000400;
export const STATX_BASIC_STATS = 0x000007ff;
export const STATX_BTIME = 0x00000800;
export const STATX_ALL = 0x00000fff;
export const STATX_MNT_ID = 0x00001000;
export const STATX_DIOALIGN = 0x00002000;
export const STATX_MNT_ID_UNIQUE = 0x00004000;
export const STATX_SUBVOL = 0x00008000;
export const STATX_WRITE_ATOMIC = 0x00010000;
export const STATX_DIO_READ_ALIGN = 0x00020000;
export const STATX__RESERVED = 0x80000000;

// stx_attributes.
export const STATX_ATTR_COMPRESSED = 0x00000004;
export const STATX_ATTR_IMMUTABLE = 0x00000010;
export const STATX_ATTR_APPEND = 0x00000020;
export const STATX_ATTR_NODUMP = 0x00000040;
export const STATX_ATTR_ENCRYPTED = 0x00000800;
export const STATX_ATTR_AUTOMOUNT = 0x00001000;
export const STATX_ATTR_MOUNT_ROOT = 0x00002000;
export const STATX_ATTR_VERITY = 0x00100000;
export const STATX_ATTR_DAX = 0x00200000;
export const STATX_ATTR_WRITE_ATOMIC = 0x00400000;

// f_flags of statfs(2). ST_VALID tells the C library that the kernel filled the field.
export const ST_RDONLY = 0x1;
export const ST_NOSUID = 0x2;
export const ST_NODEV = 0x4;
export const ST_NOEXEC = 0x8;
export const ST_SYNCHRONOUS = 0x10;
export const ST_VALID = 0x20;
export const ST_MANDLOCK = 0x40;
export const ST_NOATIME = 0x400;
export const ST_NODIRATIME = 0x800;
export const ST_RELATIME = 0x1000;
export const ST_NOSYMFOLLOW = 0x2000;

// f_type of statfs(2).
export const ANON_INODE_FS_MAGIC = 0x09041934;
export const BDEVFS_MAGIC = 0x62646576;
export const CGROUP2_SUPER_MAGIC = 0x63677270;
export const DEBUGFS_MAGIC = 0x64626720;
export const DEVPTS_SUPER_MAGIC = 0x00001cd1;
export const EXT4_SUPER_MAGIC = 0x0000ef53;
export const FUSE_SUPER_MAGIC = 0x65735546;
export const HUGETLBFS_MAGIC = 0x958458f6;
export const MQUEUE_MAGIC = 0x19800202;
export const NSFS_MAGIC = 0x6e736673;
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630;
export const PIPEFS_MAGIC = 0x50495045;
export const PROC_SUPER_MAGIC = 0x00009fa0;
export const RAMFS_MAGIC = 0x858458f6;
export const SECURITYFS_MAGIC = 0x73636673;
export const SOCKFS_MAGIC = 0x534f434b;
export const SYSFS_MAGIC = 0x62656572;
export const TMPFS_MAGIC = 0x01021994;
export const TRACEFS_MAGIC = 0x74726163;
export const V9FS_MAGIC = 0x01021997;

// The kernel's dev_t: a major number of 12 bits and a minor number of 20.
export const MINORBITS = 20;
export const MINORMASK = 0xfffff;

/**
 * makedev(3), the layout that user space sees: minor 7–0, major 11–0, minor 31–8, then the rest of major.
 *
 * Linux's own numbers end at 12 and 20 bits, which fill 32 bits; larger ones work as in glibc while the result is a safe integer.
 */
export function makedev(major: number, minor: number): number {
  const low = (((major & 0xfff) << 8) | (minor & 0xff)) >>> 0;
  return (major - (major & 0xfff)) * 0x100000000 + (minor - (minor & 0xff)) * 0x1000 + low;
}

export function major(dev: number): number {
  const high = Math.floor(dev / 0x100000000);
  return high - (high & 0xfff) + ((dev >>> 8) & 0xfff);
}

export function minor(dev: number): number {
  return (Math.floor(dev / 0x100000) % 0x1000000) * 0x100 + (dev & 0xff);
}

/** The d_type of a file with this st_mode. Linux: fs_umode_to_dtype. */
export function modeToDt(mode: number): number {
  return (mode & S_IFMT) >>> 12;
}

export function isDirectory(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

export function isRegular(mode: number): boolean {
  return (mode & S_IFMT) === S_IFREG;
}

export function isSymlink(mode: number): boolean {
  return (mode & S_IFMT) === S_IFLNK;
}

export function isCharDevice(mode: number): boolean {
  return (mode & S_IFMT) === S_IFCHR;
}

export function isBlockDevice(mode: number): boolean {
  return (mode & S_IFMT) === S_IFBLK;
}

export function isFifo(mode: number): boolean {
  return (mode & S_IFMT) === S_IFIFO;
}

export function isSocket(mode: number): boolean {
  return (mode & S_IFMT) === S_IFSOCK;
}

/**
 * What stat(2) fills. Linux: struct kstat.
 *
 * Every field is a number and is set in one order, so that all have one shape. `blocks` counts 512 bytes.
 */
export class Stat {
  dev: number;
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  blksize: number;
  blocks: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;
  btimeSec: number;
  btimeNsec: number;

  constructor() {
    this.dev = 0;
    this.ino = 0;
    this.mode = 0;
    this.nlink = 0;
    this.uid = 0;
    this.gid = 0;
    this.rdev = 0;
    this.size = 0;
    this.blksize = 0;
    this.blocks = 0;
    this.atimeSec = 0;
    this.atimeNsec = 0;
    this.mtimeSec = 0;
    this.mtimeNsec = 0;
    this.ctimeSec = 0;
    this.ctimeNsec = 0;
    this.btimeSec = 0;
    this.btimeNsec = 0;
  }
}

/** What statx(2) fills beyond stat(2). Linux: struct statx. */
export interface Statx extends Stat {
  /** STATX_*: the fields that were filled. */
  mask: number;
  /** STATX_ATTR_*: those that the file has, of those that the filesystem knows. */
  attributes: number;
  attributesMask: number;
  mntId: number;
}

/** What statfs(2) fills. Linux: struct kstatfs. */
export class Statfs {
  type: number;
  bsize: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
  namelen: number;
  frsize: number;
  flags: number;
  fsid: [number, number];

  constructor() {
    this.type = 0;
    this.bsize = 0;
    this.blocks = 0;
    this.bfree = 0;
    this.bavail = 0;
    this.files = 0;
    this.ffree = 0;
    this.namelen = 0;
    this.frsize = 0;
    this.flags = 0;
    this.fsid = [0, 0];
  }
}
