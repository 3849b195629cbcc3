/**
 * Waiting without threads. Linux: wait_queue_head_t, and what a sleeping system call keeps on its stack.
 *
 * An operation that cannot go on answers `WOULD_BLOCK`. A call that may sleep is a `Pending`: it keeps what it has done
 * (bytes moved, the file it created, the FIFO end it counted) and is polled again when the queue it waits on is woken.
 */

/** Not now: the answer of a read, write or open that would sleep. Negative, so that no count can equal it. */
export const WOULD_BLOCK = -11 as const;
export type WouldBlock = typeof WOULD_BLOCK;

/** Those who wait for one object to change. Wakers run after the object's state is consistent. */
export class WaitQueue {
  #waiters: Set<() => void> | null = null;

  /** Calls `wake` once per `wake()` until the returned function is called. */
  add(wake: () => void): () => void {
    this.#waiters ??= new Set();
    this.#waiters.add(wake);
    return () => this.#waiters?.delete(wake);
  }

  wake(): void {
    if (this.#waiters === null || this.#waiters.size === 0) return;
    for (const waiter of [...this.#waiters]) waiter();
  }

  get waiting(): number {
    return this.#waiters === null ? 0 : this.#waiters.size;
  }
}

/** A call that may sleep. */
export interface Pending<T> {
  /** Goes on as far as possible: the result, `WOULD_BLOCK`, or throws what the call fails with. */
  poll(): T | WouldBlock;
  /** What wakes it. Asked again after each `WOULD_BLOCK`. */
  queues(): readonly WaitQueue[];
  /** Gives up: undoes every count it holds. Returns a short result if something was done, else undefined (the call is EINTR). */
  cancel(): T | undefined;
}
