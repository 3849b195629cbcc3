/**
 * Several buffers in one call: readv(2), writev(2) and kin. Linux: do_loop_readv_writev(), kiocb_set_rw_flags().
 */
import { mistaken } from '../abi/check.ts';
import { EAGAIN, EINVAL, EOPNOTSUPP, LinuxError } from '../abi/errno.ts';
import { RWF_APPEND, RWF_DSYNC, RWF_HIPRI, RWF_NOAPPEND, RWF_SYNC } from '../abi/fcntl.ts';
import { IOV_MAX } from '../abi/limits.ts';
import { type FileDescription, FMODE_STREAM } from '../vfs/file-description.ts';
import { WOULD_BLOCK, type WouldBlock } from '../vfs/wait.ts';
import { checkBytes, checkFlags } from './arguments.ts';

/**
 * Runs one transfer per buffer until one is short; an error after the first bytes is theirs to find out next time. `mode` is what the file
 * must be open for.
 */
export function transferVector(
  file: FileDescription,
  mode: number,
  buffers: readonly Uint8Array[],
  transfer: (buffer: Uint8Array, done: number) => number | WouldBlock,
): number {
  if (!Array.isArray(buffers)) throw mistaken('buffers', 'an array', buffers);
  if (buffers.length > IOV_MAX) throw new LinuxError(EINVAL);
  for (const buffer of buffers) checkBytes(buffer, 'buffer');
  // As Linux: where there is nothing to move, the file is not asked, nor are its times touched.
  if ((file.fmode & (mode | FMODE_STREAM)) === mode && buffers.every(({ length }) => length === 0)) return 0;
  let done = 0;
  // An empty vector still asks the file whether it may be read at all.
  for (const buffer of buffers.length === 0 ? [new Uint8Array(0)] : buffers) {
    try {
      const count = transfer(buffer, done);
      if (count === WOULD_BLOCK) throw new LinuxError(EAGAIN);
      done += count;
      if (count < buffer.length) break;
    } catch (error) {
      if (done > 0 && error instanceof LinuxError) return done;
      throw error;
    }
  }
  return done;
}

/** EOPNOTSUPP for what tmpfs and its like do not have, RWF_NOWAIT among them · EINVAL both of APPEND and NOAPPEND. */
export function checkTransferFlags(flags: number): number {
  const bits = checkFlags(flags);
  if ((bits & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND | RWF_NOAPPEND)) !== 0) throw new LinuxError(EOPNOTSUPP);
  if ((bits & (RWF_APPEND | RWF_NOAPPEND)) === (RWF_APPEND | RWF_NOAPPEND)) throw new LinuxError(EINVAL);
  return bits;
}
