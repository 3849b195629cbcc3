/**
 * null, zero and full. Linux: drivers/char/mem.c.
 *
 * What is not overridden answers as Linux does where a driver has no such operation: ENOTTY for ioctl, EINVAL for fsync and ftruncate,
 * ENODEV for fallocate, always ready for poll.
 */
import { ENOSPC, LinuxError } from '../abi/errno.ts';
import { FileDescription } from '../vfs/file-description.ts';

/** /dev/null, 1:3: always at its end, and takes everything. */
export class NullDescription extends FileDescription {
  override read(_into: Uint8Array): number {
    return 0;
  }

  override write(from: Uint8Array): number {
    return from.length;
  }

  /** Whatever is asked, the position is 0. Linux: null_lseek(). */
  override seek(_offset: number, _whence: number): number {
    return 0;
  }
}

/** /dev/zero, 1:5: zeros without end. */
export class ZeroDescription extends NullDescription {
  override read(into: Uint8Array): number {
    into.fill(0);
    return into.length;
  }
}

/** /dev/full, 1:7: reads as zero, and has room for nothing. */
export class FullDescription extends ZeroDescription {
  /** As Linux: no room for no bytes either. */
  override write(_from: Uint8Array): number {
    throw new LinuxError(ENOSPC);
  }
}
