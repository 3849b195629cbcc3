/**
 * How asynchronous forms answer. The call itself runs at once, in the order of the calls; its result is delivered one microtask later.
 *
 * What would wait (a FIFO without a writer, a terminal without input) is waited for by the kernel's blocking forms.
 */

import { EAGAIN } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import type { Process } from '../kernel/process.ts';
import { checkFunction } from './arguments.ts';
import { abortError, isArgumentError } from './errors.ts';

/** What runs something later. */
type Later = (then: () => void) => void;

export type Callback = (error: unknown, ...results: unknown[]) => void;

/** The callback, or ERR_INVALID_ARG_TYPE. */
export function checkCallback(callback: unknown, name = 'cb'): Callback {
  return checkFunction(callback, name) as unknown as Callback;
}

/**
 * Runs a call and hands what it returns, or what its promise becomes, to the callback later, with `more` behind it.
 * What the caller did wrong is thrown at once.
 */
export function deliver<T>(
  callback: Callback,
  run: () => T | Promise<T>,
  more: readonly unknown[] = [],
  later: Later = queueMicrotask,
): void {
  const failed = (error: unknown): void => later(() => callback(error, ...more.flatMap((each) => [0, each])));
  const done = (result: T): void => later(() => (result === undefined ? callback(null) : callback(null, result, ...more)));
  try {
    const result = run();
    if (result instanceof Promise) result.then(done, failed);
    else done(result);
  } catch (error) {
    if (isArgumentError(error)) throw error;
    failed(error);
  }
}

/** Whether a failed call may be waited for: it would have blocked, and its descriptor does not forbid that. */
export function wouldBlock(process: Process, error: unknown, fd: number): boolean {
  if (Math.abs((error as { errno?: number } | null)?.errno ?? 0) !== EAGAIN) return false;
  const file = process.files.get(fd);
  return file !== undefined && (file.flags & O_NONBLOCK) === 0;
}

const pause: Later = (globalThis as { setImmediate?: (then: () => void) => void }).setImmediate ?? ((then) => setTimeout(then, 0));

/** Runs what delivers results: a microtask, but now and then a turn of the event loop, so that a stream without end lets timers run. */
export function fairly(): Later {
  let count = 0;
  return (then) => {
    count = (count + 1) & 63;
    if (count === 0) pause(then);
    else queueMicrotask(then);
  };
}

/** Gives an AbortSignal its chance: a turn of the event loop passes, and an abort before or during it fails the call. */
export async function unlessAborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return;
  if (signal.aborted) throw abortError(signal);
  await new Promise<void>((resolve) => pause(resolve));
  if (signal.aborted) throw abortError(signal);
}
