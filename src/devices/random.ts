/**
 * random and urandom. Linux: drivers/char/random.c.
 *
 * The pool is seeded from the first moment, so neither ever waits. What is written or credited to it changes nothing:
 * the source alone decides the bytes, and under a seed they repeat.
 */
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EFAULT, EINVAL, EPERM, LinuxError } from '../abi/errno.ts';
import { RNDADDENTROPY, RNDADDTOENTCNT, RNDCLEARPOOL, RNDGETENTCNT, RNDRESEEDCRNG, RNDZAPENTCNT } from '../abi/ioctl.ts';
import { pointed } from '../abi/pointer.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import type { Caller } from '../vfs/caller.ts';
import { FileDescription } from '../vfs/file-description.ts';

/** Where random bytes come from. */
export interface RandomSource {
  fill(into: Uint8Array): void;
}

/** POOL_READY_BITS: all the entropy there can be. */
const POOL_BITS = 256;

/** /dev/urandom, 1:9. */
export class UrandomDescription extends FileDescription {
  readonly random: RandomSource;

  constructor(random: RandomSource) {
    super();
    this.random = random;
  }

  override read(into: Uint8Array): number {
    this.random.fill(into);
    return into.length;
  }

  override write(from: Uint8Array): number {
    return from.length;
  }

  /** The position never moves. Linux: noop_llseek(). */
  override seek(_offset: number, _whence: number): number {
    return this.offset;
  }

  /** EPERM without CAP_SYS_ADMIN for what changes the pool · EFAULT · EINVAL an unknown request, not ENOTTY. */
  override ioctl(request: number, argument: number | Uint8Array, caller: Caller): number {
    switch (request) {
      case RNDGETENTCNT:
        pointed(argument, 4).setInt32(0, POOL_BITS, true);
        return 0;
      case RNDADDTOENTCNT:
        checkAdministrator(caller);
        if (pointed(argument, 4).getInt32(0, true) < 0) throw new LinuxError(EINVAL);
        return 0;
      case RNDADDENTROPY:
        checkAdministrator(caller);
        return addEntropy(argument);
      case RNDZAPENTCNT:
      case RNDCLEARPOOL:
      case RNDRESEEDCRNG:
        checkAdministrator(caller);
        return 0;
      default:
        throw new LinuxError(EINVAL);
    }
  }
}

/** /dev/random, 1:8: as urandom, and poll(2) says when there is something to read, which is always, and never that it takes bytes. */
export class RandomDescription extends UrandomDescription {
  override poll(): number {
    return POLLIN | POLLRDNORM;
  }
}

function checkAdministrator(caller: Caller): void {
  if (!caller.creds.has(CAP_SYS_ADMIN)) throw new LinuxError(EPERM);
}

/** struct rand_pool_info: how many bits to credit, how many bytes follow, the bytes. */
function addEntropy(argument: number | Uint8Array): number {
  const header = pointed(argument, 8);
  if (header.getInt32(0, true) < 0) throw new LinuxError(EINVAL);
  const size = header.getInt32(4, true);
  if (size < 0) throw new LinuxError(EINVAL);
  if (header.byteLength < 8 + size) throw new LinuxError(EFAULT);
  return 0;
}
