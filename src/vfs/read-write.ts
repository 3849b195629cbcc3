/**
 * Moving bytes and entries through open files: read(2), write(2), lseek(2), fallocate(2), copy_file_range(2), getdents(2).
 * Linux: fs/read_write.c, fs/readdir.c, vfs_fallocate() of fs/open.c.
 */
import {
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOENT,
  ENOSPC,
  ENXIO,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
  ESPIPE,
  EXDEV,
  LinuxError,
} from '../abi/errno.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, O_APPEND, SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from '../abi/fcntl.ts';
import { IN_ACCESS, IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_MODIFY } from '../abi/inotify.ts';
import { MAX_LFS_FILESIZE, MAX_RW_COUNT } from '../abi/limits.ts';
import { nameLength } from '../abi/name.ts';
import { modeToDt, S_IFBLK, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { checkSizeLimit, dropPrivileges, truncateInode } from './attributes.ts';
import type { Caller } from './caller.ts';
import { type DirectoryDentry, release, VirtualDentry } from './dentry.ts';
import {
  type FileDescription,
  FMODE_NOATIME,
  FMODE_PATH,
  FMODE_READ,
  FMODE_REGULAR,
  FMODE_STREAM,
  FMODE_WRITE,
  FMODE_WRITER,
} from './file-description.ts';
import { S_APPEND, S_DEAD, S_IMMUTABLE } from './inode.ts';
import { touchAtime, touchMtime } from './times.ts';
import { WOULD_BLOCK, type WouldBlock } from './wait.ts';

/** read(2): at the file's offset, which moves.
 *  EBADF · EISDIR · EINVAL, ENXIO… of the driver
 *  @linux read full
 *  @linux readv full */
export function readFile(caller: Caller, file: FileDescription, into: Uint8Array): number | WouldBlock {
  const count = readAt(caller, file, into, file.offset);
  if (count > 0 && file.moves) file.offset += count;
  return count;
}

/** pread(2): at `offset`. ESPIPE a stream.
 *  @linux pread64 full
 *  @linux preadv full
 *  @linux preadv2 full */
export function preadFile(caller: Caller, file: FileDescription, into: Uint8Array, offset: number): number | WouldBlock {
  if (offset < 0) throw new LinuxError(EINVAL);
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if ((file.fmode & FMODE_STREAM) !== 0) throw new LinuxError(ESPIPE);
  return readAt(caller, file, into, offset);
}

function readAt(caller: Caller, file: FileDescription, into: Uint8Array, offset: number): number | WouldBlock {
  const { fmode } = file;
  if ((fmode & FMODE_READ) === 0) throw new LinuxError(EBADF);
  const count = file.read(into.length > MAX_RW_COUNT ? into.subarray(0, MAX_RW_COUNT) : into, offset);
  if ((fmode & (FMODE_REGULAR | FMODE_NOATIME)) === FMODE_REGULAR) touchAtime(file.mount, file.inode);
  if (count > 0 && caller.vfs.listeners !== null) caller.vfs.notify(IN_ACCESS, file.dentry);
  return count;
}

/** write(2): at the file's offset, or at the end with O_APPEND.
 *  EBADF · EFBIG · ENOSPC · EINVAL… of the driver
 *  @linux write full
 *  @linux writev full */
export function writeFile(caller: Caller, file: FileDescription, from: Uint8Array): number | WouldBlock {
  if ((file.fmode & FMODE_REGULAR) === 0) {
    const count = writeSpecial(caller, file, from, file.offset);
    if (count > 0 && file.moves) file.offset += count;
    return count;
  }
  const offset = (file.flags & O_APPEND) === 0 ? file.offset : file.inode.size;
  const count = writeRegular(caller, file, from, offset);
  if (count > 0) file.offset = offset + count;
  return count;
}

/** pwrite(2): at `offset`; as Linux, at the end all the same with O_APPEND.
 *  @linux pwrite64 full
 *  @linux pwritev full
 *  @linux pwritev2 full */
export function pwriteFile(caller: Caller, file: FileDescription, from: Uint8Array, offset: number): number | WouldBlock {
  if (offset < 0) throw new LinuxError(EINVAL);
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if ((file.fmode & FMODE_STREAM) !== 0) throw new LinuxError(ESPIPE);
  if ((file.fmode & FMODE_REGULAR) === 0) return writeSpecial(caller, file, from, offset);
  return writeRegular(caller, file, from, (file.flags & O_APPEND) === 0 ? offset : file.inode.size);
}

function writeSpecial(caller: Caller, file: FileDescription, from: Uint8Array, offset: number): number | WouldBlock {
  if ((file.fmode & FMODE_WRITE) === 0) throw new LinuxError(EBADF);
  const count = file.write(from.length > MAX_RW_COUNT ? from.subarray(0, MAX_RW_COUNT) : from, offset);
  if (count > 0 && caller.vfs.listeners !== null) caller.vfs.notify(IN_MODIFY, file.dentry);
  return count;
}

/** Linux: generic_write_checks(), file_remove_privs(), file_update_time(), then the copy. */
export function writeRegular(caller: Caller, file: FileDescription, from: Uint8Array, offset: number): number | WouldBlock {
  if ((file.fmode & FMODE_WRITE) === 0) throw new LinuxError(EBADF);
  const { inode } = file;
  let bytes = from;
  if (bytes.length === 0) return 0;
  const end = Math.min(caller.fileSizeLimit, MAX_LFS_FILESIZE);
  if (offset >= end) throw new LinuxError(EFBIG);
  const room = Math.min(end - offset, MAX_RW_COUNT);
  if (bytes.length > room) bytes = bytes.subarray(0, room);
  if ((inode.mode & 0o6000) !== 0 || inode.extra !== null) dropPrivileges(caller, inode);
  touchMtime(inode);
  const count = file.write(bytes, offset);
  if (count === 0) throw new LinuxError(ENOSPC);
  if (caller.vfs.listeners !== null && count > 0) caller.vfs.notify(IN_MODIFY, file.dentry);
  return count;
}

/** lseek(2).
 *  EBADF O_PATH · EINVAL whence, negative, too far · ENXIO past the end for SEEK_DATA and SEEK_HOLE · ESPIPE
 *  @linux lseek full */
export function seekFile(file: FileDescription, offset: number, whence: number): number {
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if (whence < SEEK_SET || whence > SEEK_HOLE) throw new LinuxError(EINVAL);
  const position = (file.fmode & FMODE_REGULAR) === 0 ? file.seek(offset, whence) : seekRegular(file, offset, whence);
  file.offset = position;
  return position;
}

function seekRegular(file: FileDescription, offset: number, whence: number): number {
  const { inode } = file;
  let position = offset;
  if (whence === SEEK_DATA || whence === SEEK_HOLE) {
    if (offset < 0 || offset >= inode.size) throw new LinuxError(ENXIO);
    position = whence === SEEK_DATA ? inode.seekData(offset) : inode.seekHole(offset);
    if (position < 0) throw new LinuxError(ENXIO);
    return position;
  }
  if (whence === SEEK_CUR) position += file.offset;
  else if (whence === SEEK_END) position += inode.size;
  if (position < 0 || position > MAX_LFS_FILESIZE) throw new LinuxError(EINVAL);
  return position;
}

/** ftruncate(2).
 *  EINVAL negative · EBADF O_PATH · EINVAL not regular or not writable · EPERM append-only · EFBIG
 *  @linux ftruncate full */
export function truncateFile(caller: Caller, file: FileDescription, size: number): void {
  if (size < 0) throw new LinuxError(EINVAL);
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if ((file.fmode & FMODE_WRITE) === 0 || (file.inode.mode & S_IFMT) !== S_IFREG) throw new LinuxError(EINVAL);
  if ((file.inode.flags & S_APPEND) !== 0) throw new LinuxError(EPERM);
  truncateInode(caller, file.inode, size);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_MODIFY, file.dentry);
}

/** fallocate(2).
 *  EBADF O_PATH · EINVAL offset, length · EOPNOTSUPP mode · EBADF · EPERM immutable, append-only · ESPIPE, EISDIR, ENODEV by kind · EFBIG · EOPNOTSUPP · ENOSPC
 *  @linux fallocate full — KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE as Linux's tmpfs has them */
export function allocateFile(
  caller: Caller,
  file: FileDescription,
  mode: number,
  range: { readonly offset: number; readonly length: number },
): void {
  const { offset, length } = range;
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if (offset < 0 || length <= 0) throw new LinuxError(EINVAL);
  checkAllocateMode(mode);
  if ((file.fmode & FMODE_WRITE) === 0) throw new LinuxError(EBADF);
  const { inode } = file;
  if ((inode.flags & S_IMMUTABLE) !== 0) throw new LinuxError(EPERM);
  if ((inode.flags & S_APPEND) !== 0 && (mode & ~FALLOC_FL_KEEP_SIZE) !== 0) throw new LinuxError(EPERM);
  const type = inode.mode & S_IFMT;
  if (type === S_IFIFO) throw new LinuxError(ESPIPE);
  if (type === S_IFDIR) throw new LinuxError(EISDIR);
  if (type !== S_IFREG && type !== S_IFBLK) throw new LinuxError(ENODEV);
  const end = offset + length;
  if (end > MAX_LFS_FILESIZE) throw new LinuxError(EFBIG);
  if ((mode & FALLOC_FL_KEEP_SIZE) === 0 && end > inode.size) checkSizeLimit(caller, end);
  file.allocate(mode, offset, length);
  dropPrivileges(caller, inode);
  touchMtime(inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_MODIFY, file.dentry);
}

/** At most one of the operations, alone or with KEEP_SIZE; punching only with it. Linux: vfs_fallocate(). */
function checkAllocateMode(mode: number): void {
  const operation = mode & ~FALLOC_FL_KEEP_SIZE;
  const known = operation === 0 || (mode & ~0x7b) === 0;
  const single = (operation & (operation - 1)) === 0;
  if (!known || !single || (operation === FALLOC_FL_PUNCH_HOLE && (mode & FALLOC_FL_KEEP_SIZE) === 0)) throw new LinuxError(EOPNOTSUPP);
}

/** copy_file_range(2); a null offset is the descriptor's own, which moves.
 *  EINVAL flags · EISDIR, EINVAL by kind · EBADF · EXDEV another filesystem · EOVERFLOW · EFBIG · EINVAL overlapping
 *  @linux copy_file_range full */
export function copyFileRange(
  caller: Caller,
  from: { readonly file: FileDescription; readonly offset: number | null },
  to: { readonly file: FileDescription; readonly offset: number | null },
  length: number,
  flags: number,
): number {
  if (flags !== 0) throw new LinuxError(EINVAL);
  const start = from.offset ?? from.file.offset;
  const target = to.offset ?? to.file.offset;
  if (((from.file.fmode | to.file.fmode) & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  for (const { file } of [from, to]) if ((file.inode.mode & S_IFMT) === S_IFDIR) throw new LinuxError(EISDIR);
  for (const { file } of [from, to]) if ((file.fmode & FMODE_REGULAR) === 0) throw new LinuxError(EINVAL);
  if ((from.file.fmode & FMODE_READ) === 0 || (to.file.fmode & FMODE_WRITE) === 0 || (to.file.flags & O_APPEND) !== 0)
    throw new LinuxError(EBADF);
  if (from.file.inode.fs !== to.file.inode.fs) throw new LinuxError(EXDEV);
  // As Linux: the sums are looked at first, as unsigned numbers, and one that passes zero has overflowed.
  if ((start < 0 && start + length >= 0) || (target < 0 && target + length >= 0)) throw new LinuxError(EOVERFLOW);
  if (start < 0 || target < 0) throw new LinuxError(EINVAL);
  if (start + length > MAX_LFS_FILESIZE || target + length > MAX_LFS_FILESIZE) throw new LinuxError(EOVERFLOW);
  let count = Math.min(length, MAX_RW_COUNT, Math.max(0, from.file.inode.size - start));
  if (from.file.inode === to.file.inode && start < target + count && target < start + count) throw new LinuxError(EINVAL);
  if (count > 0) {
    if (target >= caller.fileSizeLimit) throw new LinuxError(EFBIG);
    count = Math.min(count, caller.fileSizeLimit - target);
  }
  const copied = copyBytes(caller, { file: from.file, offset: start }, { file: to.file, offset: target }, count);
  if (from.offset === null) from.file.offset += copied;
  if (to.offset === null) to.file.offset += copied;
  return copied;
}

const COPY_CHUNK = 1 << 20;

function copyBytes(
  caller: Caller,
  from: { readonly file: FileDescription; readonly offset: number },
  to: { readonly file: FileDescription; readonly offset: number },
  length: number,
): number {
  const buffer = new Uint8Array(Math.min(length, COPY_CHUNK));
  let copied = 0;
  while (copied < length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, length - copied));
    const count = readAt(caller, from.file, chunk, from.offset + copied);
    if (count <= 0) break;
    let written: number | WouldBlock;
    try {
      written = writeRegular(caller, to.file, chunk.subarray(0, count), to.offset + copied);
    } catch (error) {
      if (copied > 0 && error instanceof LinuxError) return copied;
      throw error;
    }
    if (written === WOULD_BLOCK) break;
    copied += written;
    if (written < count) break;
  }
  return copied;
}

/** One struct linux_dirent64. */
export interface Dirent {
  readonly ino: number;
  /** The cookie that resumes after this entry (lseek to it). */
  readonly off: number;
  /** DT_*. */
  readonly type: number;
  readonly name: string;
}

/** sizeof(struct linux_dirent64) without the name, and its alignment. */
const DIRENT_HEADER = 19;

/** getdents(2): as many entries as fit in `count` bytes.
 *  EBADF O_PATH · ENOTDIR · ENOENT removed · EINVAL no room for one
 *  @linux getdents64 full */
export function readDirectory(caller: Caller, file: FileDescription, count: number): Dirent[] {
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  const entries: Dirent[] = [];
  let room = count;
  let refused = false;
  if ((file.inode.flags & S_DEAD) !== 0) throw new LinuxError(ENOENT);
  file.iterate((entry) => {
    const size = (DIRENT_HEADER + nameLength(entry.name) + 1 + 7) & ~7;
    if (size > room) {
      refused = true;
      return false;
    }
    room -= size;
    entries.push({ ino: entry.ino, off: entry.cookie, type: modeToDt(entry.mode), name: entry.name });
    return true;
  });
  if ((file.fmode & FMODE_NOATIME) === 0) touchAtime(file.mount, file.inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ACCESS, file.dentry);
  if (refused && entries.length === 0) throw new LinuxError(EINVAL);
  return entries;
}

/** The rest of a directory as bare names, without `.` and `..`: what getdents(2) would show until its end, at a fraction of the price.
 *  EBADF O_PATH · ENOTDIR · ENOENT removed */
export function readNames(caller: Caller, file: FileDescription): string[] {
  const whole = wholeDirectory(file);
  if (whole === undefined) {
    const names: string[] = [];
    for (;;) {
      const entries = readDirectory(caller, file, Number.MAX_SAFE_INTEGER);
      if (entries.length === 0) return names;
      for (const { name } of entries) if (name !== '.' && name !== '..') names.push(name);
    }
  }
  const names = whole.names();
  file.offset = Math.max(whole.lastCookie, 2);
  if ((file.fmode & FMODE_NOATIME) === 0) touchAtime(file.mount, file.inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ACCESS, file.dentry);
  return names;
}

/** The directory that is open, if it is one of a pinned filesystem and nothing of it has been read. */
function wholeDirectory(file: FileDescription): DirectoryDentry | undefined {
  if (file.offset !== 0 || (file.fmode & (FMODE_PATH | FMODE_REGULAR)) !== 0) return undefined;
  const { inode, dentry } = file;
  if ((inode.mode & S_IFMT) !== S_IFDIR || !inode.fs.pinned || (inode.flags & S_DEAD) !== 0) return undefined;
  return dentry as DirectoryDentry;
}

/** The last reference to a description is gone. Linux: __fput(). */
export function closeFile(caller: Caller, file: FileDescription): void {
  const at = new VirtualDentry(file.mount, file.dentry);
  if (caller.vfs.listeners !== null && (file.fmode & FMODE_PATH) === 0) {
    caller.vfs.notify((file.fmode & FMODE_WRITE) === 0 ? IN_CLOSE_NOWRITE : IN_CLOSE_WRITE, file.dentry);
  }
  file.release();
  if ((file.fmode & FMODE_WRITER) !== 0) file.mount.writers--;
  release(at);
}
