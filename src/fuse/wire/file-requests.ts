/**
 * Requests on an open file: reading, writing, copying, ioctl, poll. Linux: fs/fuse/file.c, fs/fuse/ioctl.c.
 */
import { EINVAL } from '../../abi/errno.ts';
import { O_APPEND, O_NONBLOCK } from '../../abi/fcntl.ts';
import {
  _IOC_SIZE,
  FS_APPEND_FL,
  FS_IMMUTABLE_FL,
  FS_IOC_FSGETXATTR,
  FS_IOC_GETFLAGS,
  FS_NOATIME_FL,
  FS_NODUMP_FL,
} from '../../abi/ioctl.ts';
import type { FileDescription } from '../../vfs/file-description.ts';
import { copyFileRange, readFile, writeFile } from '../../vfs/read-write.ts';
import { WOULD_BLOCK } from '../../vfs/wait.ts';
import type { OpenFiles, Words } from './open-files.ts';
import * as fuse from './protocol.ts';
import { NO_ANSWER, type Reply } from './reply.ts';
import type { Request } from './request.ts';
import type { Requester } from './requester.ts';

/** sizeof(struct fsxattr), and FS_*_FL as FS_XFLAG_*. */
const FSXATTR_SIZE = 28;
const XFLAGS: readonly (readonly [number, number])[] = [
  [FS_IMMUTABLE_FL, 0x08],
  [FS_APPEND_FL, 0x10],
  [FS_NOATIME_FL, 0x40],
  [FS_NODUMP_FL, 0x80],
];

/** Every method gives the size of the body it has written, a negative errno, or NO_ANSWER. */
export class FileRequests {
  readonly #files: OpenFiles;
  readonly #caller: Requester;
  readonly #reply: Reply;

  constructor(files: OpenFiles, caller: Requester, reply: Reply) {
    this.#files = files;
    this.#caller = caller;
    this.#reply = reply;
  }

  #setStatusFlags(file: FileDescription, flags: number): void {
    const changing = O_APPEND | O_NONBLOCK;
    file.flags = (file.flags & ~changing) | (flags & changing);
  }

  #unique(request: Request): Words {
    return { low: request.uniqueLow, high: request.uniqueHigh };
  }

  read(request: Request): number {
    const file = this.#files.get(request.u64(0));
    const caller = this.#caller;
    const offset = request.s64(8);
    const size = Math.min(request.u32(16), this.#reply.room);
    if (offset < 0) return -EINVAL;
    this.#setStatusFlags(file, request.u32(32));
    file.offset = offset;
    const count = readFile(caller, file, this.#reply.room8(0, size));
    if (count !== WOULD_BLOCK) return count;
    if ((file.flags & O_NONBLOCK) !== 0) return WOULD_BLOCK;
    this.#files.wait(this.#unique(request), file, () => {
      const into = new Uint8Array(size);
      const later = readFile(caller, file, into);
      return later === WOULD_BLOCK ? undefined : into.subarray(0, later);
    });
    return NO_ANSWER;
  }

  write(request: Request): number {
    const file = this.#files.get(request.u64(0));
    const caller = this.#caller;
    const offset = request.s64(8);
    const size = request.u32(16);
    caller.become(request, (request.u32(20) & fuse.FUSE_WRITE_KILL_SUIDGID) === 0);
    request.seek(fuse.FUSE_WRITE_IN_SIZE);
    const data = request.data(size);
    if (data === undefined || offset < 0) return -EINVAL;
    this.#setStatusFlags(file, request.u32(32));
    file.offset = offset;
    const count = writeFile(caller, file, data);
    if (count !== WOULD_BLOCK) return this.#wrote(count);
    if ((file.flags & O_NONBLOCK) !== 0) return WOULD_BLOCK;
    const kept = data.slice();
    this.#files.wait(this.#unique(request), file, () => {
      const later = writeFile(caller, file, kept);
      if (later === WOULD_BLOCK) return undefined;
      const body = new Uint8Array(8);
      new Uint32Array(body.buffer)[0] = later;
      return body;
    });
    return NO_ANSWER;
  }

  /** Linux: struct fuse_write_out. */
  #wrote(count: number): number {
    this.#reply.u32(0, count);
    this.#reply.u32(4, 0);
    return 8;
  }

  copyFileRange(request: Request): number {
    const wide = request.opcode === fuse.FUSE_COPY_FILE_RANGE_64;
    const from = { file: this.#files.get(request.u64(0)), offset: request.s64(8) };
    const to = { file: this.#files.get(request.u64(24)), offset: request.s64(32) };
    const count = copyFileRange(this.#caller, from, to, request.u64(40), request.u32(48));
    if (!wide) return this.#wrote(count);
    this.#reply.u64(0, count);
    return 8;
  }

  /** Restricted ioctl(2): the kernel has copied what the request number says, and takes back as much. */
  ioctl(request: Request): number {
    const file = this.#files.get(request.u64(0));
    const reply = this.#reply;
    const inSize = request.u32(24);
    const outSize = request.u32(28);
    if (outSize + fuse.FUSE_IOCTL_OUT_SIZE > reply.room) return -EINVAL;
    request.seek(32);
    const given = request.data(inSize);
    if (given === undefined) return -EINVAL;
    let argument: number | Uint8Array = request.u64(16);
    if (inSize + outSize > 0) {
      // A driver relies on what the number promises.
      argument = new Uint8Array(Math.max(inSize, outSize, _IOC_SIZE(request.u32(12))));
      argument.set(given);
    }
    const result = this.#inodeOrDriver(file, request.u32(12), argument);
    reply.zero(0, fuse.FUSE_IOCTL_OUT_SIZE);
    reply.u32(0, result);
    if (argument instanceof Uint8Array) reply.room8(fuse.FUSE_IOCTL_OUT_SIZE, outSize).set(argument.subarray(0, outSize));
    return fuse.FUSE_IOCTL_OUT_SIZE + outSize;
  }

  /** chattr(1) makes the kernel ask for the flags in their newer form first. Linux: vfs_fileattr_get(). */
  #inodeOrDriver(file: FileDescription, command: number, argument: number | Uint8Array): number {
    if (command !== FS_IOC_FSGETXATTR || !(argument instanceof Uint8Array) || argument.length < FSXATTR_SIZE)
      return file.ioctl(command, argument, this.#caller);
    const flags = new Uint32Array(1);
    const result = file.ioctl(FS_IOC_GETFLAGS, new Uint8Array(flags.buffer), this.#caller);
    let xflags = 0;
    for (const [flag, xflag] of XFLAGS) if (((flags[0] as number) & flag) !== 0) xflags |= xflag;
    argument.fill(0);
    new Uint32Array(argument.buffer, 0, 1)[0] = xflags;
    return result;
  }

  poll(request: Request): number {
    const file = this.#files.get(request.u64(0));
    if ((request.u32(16) & fuse.FUSE_POLL_SCHEDULE_NOTIFY) !== 0) this.#files.watch({ low: request.u32(8), high: request.u32(12) }, file);
    this.#reply.u32(0, file.poll());
    this.#reply.u32(4, 0);
    return 8;
  }
}
