/**
 * ioctl(2). Linux: do_vfs_ioctl() of fs/ioctl.c.
 */
import { checkInteger, mistaken } from '../abi/check.ts';
import { ENOTTY, LinuxError } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { FIGETBSZ, FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, FIOQSIZE } from '../abi/ioctl.ts';
import { pointed } from '../abi/pointer.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import type { FileDescription } from '../vfs/file-description.ts';
import type { Process } from './process.ts';

/** The generic requests first, then the file's own. EBADF · ENOTTY.
 *  @linux ioctl partial — FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC, FIONREAD, FIGETBSZ, FIOQSIZE, FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and what drivers have */
export function ioctl(process: Process, fd: number, file: FileDescription, call: { request: number; arg: number | Uint8Array }): number {
  const { request, arg } = call;
  const { inode } = file;
  checkInteger(request, 'request');
  if (typeof arg !== 'number' && !(arg instanceof Uint8Array)) throw mistaken('arg', 'a number or a Uint8Array', arg);
  const bits = request >>> 0;
  switch (bits) {
    case FIOCLEX:
    case FIONCLEX:
      process.files.setCloseOnExec(fd, bits === FIOCLEX);
      return 0;
    case FIONBIO:
      file.flags = pointed(arg, 4).getInt32(0, true) === 0 ? file.flags & ~O_NONBLOCK : file.flags | O_NONBLOCK;
      return 0;
    case FIOASYNC:
      if (pointed(arg, 4).getInt32(0, true) !== 0) throw new LinuxError(ENOTTY);
      return 0;
    case FIONREAD:
      if ((inode.mode & S_IFMT) !== S_IFREG) break;
      pointed(arg, 4).setInt32(0, Math.min(inode.size - file.offset, 0x7fffffff), true);
      return 0;
    case FIGETBSZ:
      pointed(arg, 4).setInt32(0, inode.fs.blockSize, true);
      return 0;
    case FIOQSIZE: {
      // The bytes that are allocated, where there can be any.
      const type = inode.mode & S_IFMT;
      if (type !== S_IFREG && type !== S_IFDIR && type !== S_IFLNK) throw new LinuxError(ENOTTY);
      pointed(arg, 8).setBigInt64(0, BigInt(inode.blocks * 512), true);
      return 0;
    }
  }
  return file.ioctl(bits, arg, process);
}
