/**
 * Time as the filesystem sees it. Linux: the coarse realtime clock and its multigrain floor (fs/inode.c, current_time()).
 *
 * The source is coarse (a millisecond), read once per operation. A change made after a time was queried must be strictly
 * later than what the query saw, so `later()` steps the floor by a nanosecond and every following stamp is at least that.
 */
import type { Timespec } from '../abi/time.ts';

/** Where the time comes from: milliseconds since the epoch, fractions allowed. */
export type TimeSource = () => number;

export class Clock {
  /** The stamp of the last `update()`: whole seconds and nanoseconds. */
  sec = 0;
  nsec = 0;
  source: TimeSource;
  #milliseconds = Number.NaN;

  constructor(source: TimeSource) {
    this.source = source;
  }

  /** Reads the source. Within one reading the stamp keeps what `later()` added. */
  update(): void {
    const milliseconds = this.source();
    if (milliseconds === this.#milliseconds) return;
    this.#milliseconds = milliseconds;
    const sec = Math.floor(milliseconds / 1000);
    this.nsec = Math.floor((milliseconds - sec * 1000) * 1e6);
    this.sec = sec;
  }

  /** Moves the stamp on by a nanosecond, so that it is strictly later than any stamp given before. */
  later(): void {
    if (++this.nsec >= 1_000_000_000) {
      this.nsec = 0;
      this.sec++;
    }
  }

  now(): Timespec {
    this.update();
    return { sec: this.sec, nsec: this.nsec };
  }
}
