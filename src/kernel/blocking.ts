/**
 * Calls that wait. Linux: what a sleeping task does in wait_event_interruptible().
 *
 * A blocked call is an object, not a repeated call: a `Pending` keeps what it has done, is polled when a queue it waits on is woken, and
 * is cancelled by an AbortSignal (a short result if something was done, else EINTR). Calls that use one description's offset run in order.
 * This is the only file of the core that awaits.
 */
import { EINTR, LinuxError } from '../abi/errno.ts';
import type { FileDescription } from '../vfs/file-description.ts';
import { readFile, writeFile } from '../vfs/read-write.ts';
import { type Pending, WOULD_BLOCK, type WaitQueue, type WouldBlock } from '../vfs/wait.ts';
import type { PollFd } from './poll.ts';
import type { Process } from './process.ts';

export interface BlockingOptions {
  readonly signal?: AbortSignal;
}

/** Drives one pending call to its end. EINTR when `signal` aborts before anything was done. */
export async function wait<T>(pending: Pending<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    if (signal?.aborted === true) return cancelled(pending);
    const result = pending.poll();
    if (result !== WOULD_BLOCK) return result as T;
    await woken(pending.queues(), signal);
  }
}

function cancelled<T>(pending: Pending<T>): T {
  const partial = pending.cancel();
  if (partial === undefined) throw new LinuxError(EINTR);
  return partial;
}

/** Until one of the queues is woken or the signal aborts. */
function woken(queues: readonly WaitQueue[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const finish = (): void => {
      for (const stop of stops) stop();
      resolve();
    };
    for (const queue of queues) stops.push(queue.add(finish));
    if (signal !== undefined) {
      signal.addEventListener('abort', finish);
      stops.push(() => signal.removeEventListener('abort', finish));
    }
  });
}

/** What is simply tried again when one of the files changes: nothing is kept between the tries. */
function retried(poll: () => number | WouldBlock, files: () => readonly (FileDescription | undefined)[]): Pending<number> {
  return { poll, queues: () => files().flatMap((file) => file?.waitQueue ?? []), cancel: () => undefined };
}

/** The forms of a process's calls that wait. */
export class Blocking {
  readonly #process: Process;

  constructor(process: Process) {
    this.#process = process;
  }

  async open(path: string, flags: number, mode = 0): Promise<number> {
    return this.#process.open(path, flags, mode);
  }

  read(fd: number, into: Uint8Array, options: BlockingOptions = {}): Promise<number> {
    const process = this.#process;
    return this.#transfer('read', fd, (file) => readFile(process, file, into), options);
  }

  write(fd: number, from: Uint8Array, options: BlockingOptions = {}): Promise<number> {
    const process = this.#process;
    return this.#transfer('write', fd, (file) => writeFile(process, file, from), options);
  }

  async poll(fds: PollFd[], options: BlockingOptions = {}): Promise<number> {
    const process = this.#process;
    const ready = (): number | WouldBlock => process.poll(fds) || WOULD_BLOCK;
    return wait(
      retried(ready, () => fds.map(({ fd }) => process.files.get(fd))),
      options.signal,
    );
  }

  async #transfer(
    syscall: string,
    fd: number,
    attempt: (file: FileDescription) => number | WouldBlock,
    options: BlockingOptions,
  ): Promise<number> {
    const file = this.#process.file(fd);
    const { tails } = this.#process.kernel;
    const before = tails.get(file);
    // The description stays open while the call waits, whatever happens to the descriptor.
    file.references++;
    const call = (async () => {
      if (before !== undefined) await before.catch(() => undefined);
      return wait(
        retried(
          () => attempt(file),
          () => [file],
        ),
        options.signal,
      );
    })();
    tails.set(file, call);
    try {
      return await call;
    } catch (error) {
      if (error instanceof LinuxError) error.syscall ??= syscall;
      throw error;
    } finally {
      if (tails.get(file) === call) tails.delete(file);
      this.#process.put(file);
    }
  }
}
