/**
 * A pointer in the argument of a system call: here the bytes themselves. Linux: copy_from_user(), copy_to_user().
 */
import { EFAULT, LinuxError } from './errno.ts';

/** At least `size` bytes. EFAULT: a number is no address of ours, and neither are too few bytes. */
export function pointed(argument: number | Uint8Array, size: number): DataView {
  if (typeof argument === 'number' || argument.length < size) throw new LinuxError(EFAULT);
  return new DataView(argument.buffer, argument.byteOffset, argument.byteLength);
}
