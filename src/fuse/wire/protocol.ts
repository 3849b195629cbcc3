/**
 * The numbers of the FUSE protocol. Linux: include/uapi/linux/fuse.h, version 7.45.
 *
 * Everything is in the host's byte order; structures are padded to 64 bits.
 */

export const FUSE_KERNEL_VERSION = 7;
/** What we speak; the connection uses the smaller of this and the kernel's. */
export const FUSE_KERNEL_MINOR_VERSION = 45;
/** The oldest minor we accept: 7.31 is Linux 5.4. */
export const FUSE_OLDEST_MINOR_VERSION = 31;
export const FUSE_ROOT_ID = 1;
export const FUSE_MIN_READ_BUFFER = 8192;

// ── opcodes ──
export const FUSE_LOOKUP = 1;
export const FUSE_FORGET = 2;
export const FUSE_GETATTR = 3;
export const FUSE_SETATTR = 4;
export const FUSE_READLINK = 5;
export const FUSE_SYMLINK = 6;
export const FUSE_MKNOD = 8;
export const FUSE_MKDIR = 9;
export const FUSE_UNLINK = 10;
export const FUSE_RMDIR = 11;
export const FUSE_RENAME = 12;
export const FUSE_LINK = 13;
export const FUSE_OPEN = 14;
export const FUSE_READ = 15;
export const FUSE_WRITE = 16;
export const FUSE_STATFS = 17;
export const FUSE_RELEASE = 18;
export const FUSE_FSYNC = 20;
export const FUSE_SETXATTR = 21;
export const FUSE_GETXATTR = 22;
export const FUSE_LISTXATTR = 23;
export const FUSE_REMOVEXATTR = 24;
export const FUSE_FLUSH = 25;
export const FUSE_INIT = 26;
export const FUSE_OPENDIR = 27;
export const FUSE_READDIR = 28;
export const FUSE_RELEASEDIR = 29;
export const FUSE_FSYNCDIR = 30;
export const FUSE_GETLK = 31;
export const FUSE_SETLK = 32;
export const FUSE_SETLKW = 33;
export const FUSE_ACCESS = 34;
export const FUSE_CREATE = 35;
export const FUSE_INTERRUPT = 36;
export const FUSE_BMAP = 37;
export const FUSE_DESTROY = 38;
export const FUSE_IOCTL = 39;
export const FUSE_POLL = 40;
export const FUSE_NOTIFY_REPLY = 41;
export const FUSE_BATCH_FORGET = 42;
export const FUSE_FALLOCATE = 43;
export const FUSE_READDIRPLUS = 44;
export const FUSE_RENAME2 = 45;
export const FUSE_LSEEK = 46;
export const FUSE_COPY_FILE_RANGE = 47;
export const FUSE_SETUPMAPPING = 48;
export const FUSE_REMOVEMAPPING = 49;
export const FUSE_SYNCFS = 50;
export const FUSE_TMPFILE = 51;
export const FUSE_STATX = 52;
export const FUSE_COPY_FILE_RANGE_64 = 53;

// ── sizes of structures ──
export const FUSE_IN_HEADER_SIZE = 40;
export const FUSE_OUT_HEADER_SIZE = 16;
export const FUSE_ATTR_SIZE = 88;
export const FUSE_ENTRY_OUT_SIZE = 128;
export const FUSE_ATTR_OUT_SIZE = 104;
export const FUSE_OPEN_OUT_SIZE = 16;
export const FUSE_INIT_OUT_SIZE = 64;
export const FUSE_STATFS_OUT_SIZE = 80;
export const FUSE_STATX_OUT_SIZE = 288;
export const FUSE_IOCTL_OUT_SIZE = 16;
export const FUSE_WRITE_IN_SIZE = 40;
/** What precedes the name in a directory record. */
export const FUSE_NAME_OFFSET = 24;
export const FUSE_NAME_OFFSET_DIRENTPLUS: number = FUSE_ENTRY_OUT_SIZE + FUSE_NAME_OFFSET;

// ── INIT flags ──
export const FUSE_ASYNC_READ: number = 1 << 0;
export const FUSE_POSIX_LOCKS: number = 1 << 1;
export const FUSE_ATOMIC_O_TRUNC: number = 1 << 3;
export const FUSE_EXPORT_SUPPORT: number = 1 << 4;
export const FUSE_BIG_WRITES: number = 1 << 5;
export const FUSE_DONT_MASK: number = 1 << 6;
export const FUSE_FLOCK_LOCKS: number = 1 << 10;
export const FUSE_HAS_IOCTL_DIR: number = 1 << 11;
export const FUSE_AUTO_INVAL_DATA: number = 1 << 12;
export const FUSE_DO_READDIRPLUS: number = 1 << 13;
export const FUSE_READDIRPLUS_AUTO: number = 1 << 14;
export const FUSE_ASYNC_DIO: number = 1 << 15;
export const FUSE_WRITEBACK_CACHE: number = 1 << 16;
export const FUSE_NO_OPEN_SUPPORT: number = 1 << 17;
export const FUSE_PARALLEL_DIROPS: number = 1 << 18;
export const FUSE_HANDLE_KILLPRIV: number = 1 << 19;
export const FUSE_POSIX_ACL: number = 1 << 20;
export const FUSE_ABORT_ERROR: number = 1 << 21;
export const FUSE_MAX_PAGES: number = 1 << 22;
export const FUSE_CACHE_SYMLINKS: number = 1 << 23;
export const FUSE_NO_OPENDIR_SUPPORT: number = 1 << 24;
export const FUSE_EXPLICIT_INVAL_DATA: number = 1 << 25;
export const FUSE_HANDLE_KILLPRIV_V2: number = 1 << 28;
export const FUSE_SETXATTR_EXT: number = 1 << 29;
export const FUSE_INIT_EXT: number = 1 << 30;
/** Bits of `flags2`. */
export const FUSE_CREATE_SUPP_GROUP: number = 1 << 2;
export const FUSE_DIRECT_IO_ALLOW_MMAP: number = 1 << 4;

// ── flags of OPEN's reply ──
export const FOPEN_DIRECT_IO: number = 1 << 0;
export const FOPEN_KEEP_CACHE: number = 1 << 1;
export const FOPEN_NONSEEKABLE: number = 1 << 2;
export const FOPEN_CACHE_DIR: number = 1 << 3;
export const FOPEN_STREAM: number = 1 << 4;
export const FOPEN_NOFLUSH: number = 1 << 5;
export const FOPEN_PARALLEL_DIRECT_WRITES: number = 1 << 6;

// ── fuse_setattr_in.valid ──
export const FATTR_MODE: number = 1 << 0;
export const FATTR_UID: number = 1 << 1;
export const FATTR_GID: number = 1 << 2;
export const FATTR_SIZE: number = 1 << 3;
export const FATTR_ATIME: number = 1 << 4;
export const FATTR_MTIME: number = 1 << 5;
export const FATTR_FH: number = 1 << 6;
export const FATTR_ATIME_NOW: number = 1 << 7;
export const FATTR_MTIME_NOW: number = 1 << 8;
export const FATTR_LOCKOWNER: number = 1 << 9;
export const FATTR_CTIME: number = 1 << 10;
export const FATTR_KILL_SUIDGID: number = 1 << 11;

// ── small flag words ──
export const FUSE_GETATTR_FH: number = 1 << 0;
export const FUSE_OPEN_KILL_SUIDGID: number = 1 << 0;
export const FUSE_WRITE_CACHE: number = 1 << 0;
export const FUSE_WRITE_KILL_SUIDGID: number = 1 << 2;
export const FUSE_FSYNC_FDATASYNC: number = 1 << 0;
export const FUSE_POLL_SCHEDULE_NOTIFY: number = 1 << 0;
export const FUSE_IOCTL_DIR: number = 1 << 4;

// ── notifications ──
export const FUSE_NOTIFY_POLL = 1;
export const FUSE_NOTIFY_INVAL_INODE = 2;
export const FUSE_NOTIFY_INVAL_ENTRY = 3;
export const FUSE_NOTIFY_DELETE = 6;
export const FUSE_NOTIFY_INC_EPOCH = 8;
export const FUSE_NOTIFY_PRUNE = 9;

/** fuse_ext_header.type: the one group of the parent directory that the requester is in. */
export const FUSE_EXT_GROUPS = 32;

/** The smallest body of each request, without names and data; a request that is shorter is malformed. 0 where the header is all. */
const BODY_SIZES: readonly (readonly [opcode: number, size: number])[] = [
  [FUSE_LOOKUP, 1], // an empty name and its NUL
  [FUSE_FORGET, 8],
  [FUSE_GETATTR, 16],
  [FUSE_SETATTR, 88],
  [FUSE_READLINK, 0],
  [FUSE_SYMLINK, 2],
  [FUSE_MKNOD, 16],
  [FUSE_MKDIR, 8],
  [FUSE_UNLINK, 1],
  [FUSE_RMDIR, 1],
  [FUSE_RENAME, 8],
  [FUSE_LINK, 8],
  [FUSE_OPEN, 8],
  [FUSE_READ, 40],
  [FUSE_WRITE, FUSE_WRITE_IN_SIZE],
  [FUSE_STATFS, 0],
  [FUSE_RELEASE, 24],
  [FUSE_FSYNC, 16],
  [FUSE_SETXATTR, 8],
  [FUSE_GETXATTR, 8],
  [FUSE_LISTXATTR, 8],
  [FUSE_REMOVEXATTR, 1],
  [FUSE_FLUSH, 24],
  [FUSE_INIT, 16],
  [FUSE_OPENDIR, 8],
  [FUSE_READDIR, 40],
  [FUSE_RELEASEDIR, 24],
  [FUSE_FSYNCDIR, 16],
  [FUSE_ACCESS, 8],
  [FUSE_CREATE, 16],
  [FUSE_INTERRUPT, 8],
  [FUSE_DESTROY, 0],
  [FUSE_IOCTL, 32],
  [FUSE_POLL, 24],
  [FUSE_BATCH_FORGET, 8],
  [FUSE_FALLOCATE, 32],
  [FUSE_READDIRPLUS, 40],
  [FUSE_RENAME2, 16],
  [FUSE_LSEEK, 24],
  [FUSE_COPY_FILE_RANGE, 56],
  [FUSE_SYNCFS, 8],
  [FUSE_TMPFILE, 16],
  [FUSE_STATX, 24],
  [FUSE_COPY_FILE_RANGE_64, 56],
];

const SIZE_OF_BODY: ReadonlyMap<number, number> = new Map(BODY_SIZES);

/** The smallest body of a request, or -1 for an opcode that we do not know. */
export function minimumBody(opcode: number): number {
  return SIZE_OF_BODY.get(opcode) ?? -1;
}
