/**
 * Times of a file. Linux: struct timespec, and the special values of utimensat(2) in linux/stat.h.
 */

/** Immutable. `nsec` is 0 to 999999999, also before 1970, where `sec` is negative. */
export interface Timespec {
  readonly sec: number;
  readonly nsec: number;
}

/** As nsec of utimensat(2): the current time; leave this one as it is. */
export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;

export const NSEC_PER_SEC = 1000000000;

/** Milliseconds since 1970, with a fraction. */
export function toMilliseconds(time: Timespec): number {
  return time.sec * 1000 + time.nsec / 1000000;
}

/** From milliseconds since 1970; a fraction counts to the nanosecond. */
export function fromMilliseconds(milliseconds: number): Timespec {
  const sec = Math.floor(milliseconds / 1000);
  const nsec = Math.round((milliseconds - sec * 1000) * 1000000);
  return nsec === NSEC_PER_SEC ? { sec: sec + 1, nsec: 0 } : { sec, nsec };
}

/** Negative when `a` is earlier than `b`, 0 when they are equal, positive when it is later. */
export function compare(a: Timespec, b: Timespec): number {
  return a.sec !== b.sec ? a.sec - b.sec : a.nsec - b.nsec;
}
