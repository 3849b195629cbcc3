/**
 * INIT: what the two sides agree on. Linux: struct fuse_init_in, fuse_init_out, process_init_reply() of fs/fuse/inode.c.
 */
import * as fuse from './protocol.ts';
import type { Request } from './request.ts';

const PAGE = 4096;
/** Requests in the background that the kernel may have under way. */
const MAX_BACKGROUND = 64;

export interface Negotiated {
  readonly minor: number;
  readonly flags: number;
  readonly flags2: number;
  /** Shared mappings of files opened for direct I/O work. */
  readonly directMmap: boolean;
}

/** Coherent: nothing is kept that could be changed behind the kernel's back. */
const COHERENT: number =
  fuse.FUSE_ASYNC_READ |
  fuse.FUSE_ATOMIC_O_TRUNC |
  fuse.FUSE_BIG_WRITES |
  fuse.FUSE_HAS_IOCTL_DIR |
  fuse.FUSE_AUTO_INVAL_DATA |
  fuse.FUSE_PARALLEL_DIROPS |
  fuse.FUSE_ABORT_ERROR |
  fuse.FUSE_MAX_PAGES |
  fuse.FUSE_HANDLE_KILLPRIV_V2 |
  fuse.FUSE_INIT_EXT;

/** Kept as long as the kernel likes: it would otherwise drop the pages of a file whenever it hears of a time that its own write has moved. */
const CACHED: number =
  (COHERENT & ~fuse.FUSE_AUTO_INVAL_DATA) |
  fuse.FUSE_EXPLICIT_INVAL_DATA |
  fuse.FUSE_DO_READDIRPLUS |
  fuse.FUSE_READDIRPLUS_AUTO |
  fuse.FUSE_CACHE_SYMLINKS;

const FLAGS2: number = fuse.FUSE_CREATE_SUPP_GROUP | fuse.FUSE_DIRECT_IO_ALLOW_MMAP;

/** The words of fuse_init_out. `agreed` is undefined for a kernel too old; its minor is 0 when the kernel must ask again with our major. */
export function negotiate(
  request: Request,
  options: { readonly cache: boolean; readonly maxWrite: number },
): { reply: number[]; agreed: Negotiated | undefined } {
  const major = request.u32(0);
  const minor = Math.min(request.u32(4), fuse.FUSE_KERNEL_MINOR_VERSION);
  if (major > fuse.FUSE_KERNEL_VERSION) {
    return {
      reply: [fuse.FUSE_KERNEL_VERSION, fuse.FUSE_KERNEL_MINOR_VERSION],
      agreed: { minor: 0, flags: 0, flags2: 0, directMmap: false },
    };
  }
  if (major < fuse.FUSE_KERNEL_VERSION || minor < fuse.FUSE_OLDEST_MINOR_VERSION) return { reply: [], agreed: undefined };
  const offered = request.u32(12);
  const extended = (offered & fuse.FUSE_INIT_EXT) !== 0 && request.length >= fuse.FUSE_IN_HEADER_SIZE + 20;
  const offered2 = extended ? request.u32(16) : 0;
  let flags = offered & (options.cache ? CACHED : COHERENT);
  if (!extended) flags &= ~fuse.FUSE_INIT_EXT;
  const flags2 = offered2 & FLAGS2;
  const pages = Math.ceil(options.maxWrite / PAGE);
  const reply = [
    fuse.FUSE_KERNEL_VERSION,
    minor,
    request.u32(8),
    flags >>> 0,
    MAX_BACKGROUND | (((MAX_BACKGROUND * 3) / 4) << 16),
    options.maxWrite,
    1, // time_gran: nanoseconds
    pages,
    flags2,
  ];
  return { reply, agreed: { minor, flags, flags2, directMmap: (flags2 & fuse.FUSE_DIRECT_IO_ALLOW_MMAP) !== 0 } };
}
