/**
 * fcntl(2). Linux: fs/fcntl.c; memfd_fcntl() of mm/memfd.c.
 */
import { EBADF, EINVAL, EPERM, LinuxError } from '../abi/errno.ts';
import {
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_SEAL_SEAL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_APPEND,
  O_ASYNC,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
} from '../abi/fcntl.ts';
import { S_IFIFO, S_IFMT } from '../abi/stat.ts';
import { type FileDescription, FMODE_NOATIME, FMODE_PATH, FMODE_REGULAR } from '../vfs/file-description.ts';
import { S_APPEND } from '../vfs/inode.ts';
import { takesDirect } from '../vfs/open.ts';
import { isOwnerOrCapable } from '../vfs/permission.ts';
import type { Process } from './process.ts';

/** F_SETFL changes these alone. */
const SETFL_MASK: number = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;

/** EBADF · EINVAL.
 *  @linux fcntl partial — F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GET_SEALS, F_ADD_SEALS; locks, leases and owners are EINVAL */
export function fcntl(process: Process, fd: number, cmd: number, arg: number): number {
  const { files, descriptorLimit } = process;
  const file = process.file(fd);
  switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (arg < 0 || arg >= descriptorLimit) throw new LinuxError(EINVAL);
      return files.install(file, { limit: descriptorLimit, minimum: arg, closeOnExec: cmd === F_DUPFD_CLOEXEC });
    case F_GETFD:
      return files.isCloseOnExec(fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
      files.setCloseOnExec(fd, (arg & FD_CLOEXEC) !== 0);
      return 0;
    case F_GETFL:
      return file.flags;
  }
  if ((file.fmode & FMODE_PATH) !== 0) throw new LinuxError(EBADF);
  if (cmd === F_SETFL) return setStatusFlags(process, file, arg);
  if (cmd === F_GET_SEALS || cmd === F_ADD_SEALS) return seals(file, cmd);
  throw new LinuxError(EINVAL);
}

/** EPERM: O_APPEND may not leave an append-only file; O_NOATIME is its owner's · EINVAL: O_DIRECT, as for open. */
function setStatusFlags(process: Process, file: FileDescription, flags: number): number {
  const { inode } = file;
  if (((flags ^ file.flags) & O_APPEND) !== 0 && (inode.flags & S_APPEND) !== 0) throw new LinuxError(EPERM);
  if ((flags & ~file.flags & O_NOATIME) !== 0 && !isOwnerOrCapable(process.creds, inode)) throw new LinuxError(EPERM);
  if ((flags & O_DIRECT) !== 0 && (inode.mode & S_IFMT) !== S_IFIFO && !takesDirect(inode)) throw new LinuxError(EINVAL);
  file.flags = (file.flags & ~SETFL_MASK) | (flags & SETFL_MASK);
  file.fmode = (flags & O_NOATIME) === 0 ? file.fmode & ~FMODE_NOATIME : file.fmode | FMODE_NOATIME;
  return 0;
}

/** Every ordinary file of tmpfs is sealed against sealing. */
function seals(file: FileDescription, cmd: number): number {
  if ((file.fmode & FMODE_REGULAR) === 0 || !file.inode.fs.pinned) throw new LinuxError(EINVAL);
  if (cmd === F_GET_SEALS) return F_SEAL_SEAL;
  throw new LinuxError(EPERM);
}
