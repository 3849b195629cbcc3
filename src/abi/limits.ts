/**
 * Limits, named as in Linux. Linux: include/uapi/linux/limits.h, include/linux/{fs,namei,uio}.h.
 */

// Bytes in a name, and in a path with its NUL.
export const NAME_MAX = 255;
export const PATH_MAX = 4096;

// Bytes that a write to a pipe does not interleave.
export const PIPE_BUF = 4096;

// Supplementary groups of a process.
export const NGROUPS_MAX = 65536;

/** Symbolic links followed in one walk; one more is ELOOP. */
export const MAXSYMLINKS = 40;

/** Buffers in one readv(2) or writev(2). Linux: UIO_MAXIOV. */
export const IOV_MAX = 1024;

export const PAGE_SIZE = 4096;

/** The most that one read(2) or write(2) moves: INT_MAX rounded down to a page. */
export const MAX_RW_COUNT = 0x7ffff000;

/**
 * The largest size of a file. In Linux 2^63 - 1. Here sizes and offsets are numbers, so it is the largest safe integer:
 * a deviation, nine petabytes from anybody's test.
 */
export const MAX_LFS_FILESIZE: number = Number.MAX_SAFE_INTEGER;
