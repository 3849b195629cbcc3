/**
 * Moves messages between /dev/fuse and a session, by plain reads and writes of the descriptor.
 *
 * A thread that only serves sleeps in read(2), which is the fastest: nothing else runs on it. While calls wait for something to
 * happen, or where the thread has other work, the read is asynchronous and the event loop goes on.
 */
import { read, readSync, writeSync } from 'node:fs';
import type { Session } from './wire/session.ts';

/** How a connection ended: someone unmounted it, or aborted it (by force, or because we did not answer). */
export type Ended = 'unmounted' | 'aborted';

/** What a supervisor on another thread reads: requests taken in, and calls that rightly wait; then the request in hand. */
export type Progress = Int32Array;
export const PROGRESS_HANDLED = 0;
export const PROGRESS_WAITING = 1;
/** The low word of the last request's number that was dealt with. */
export const PROGRESS_UNIQUE = 2;
/** Bytes before the buffer for requests. */
export const PROGRESS_SIZE = 64;

export function newProgress(requestSize: number): Progress {
  return new Int32Array(new SharedArrayBuffer(PROGRESS_SIZE + requestSize));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Writes an answer or notification. True when the kernel took it, or no longer wants it. */
export function send(fd: number, message: Uint8Array, length: number = message.length): boolean {
  try {
    writeSync(fd, message, 0, length);
    return true;
  } catch (error) {
    // ENOENT: the requester was interrupted and is gone. ENODEV, ECONNABORTED: the next read says so too. The rest is malformed.
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ENODEV' || code === 'ECONNABORTED' || code === 'ENOTCONN';
  }
}

function readAsync(fd: number, into: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, null, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** What a failed read means: the end, or undefined to try again. */
function endOf(error: unknown): Ended | undefined {
  switch (codeOf(error)) {
    case 'ENODEV':
      return 'unmounted';
    case 'ECONNABORTED':
    case 'ENOTCONN':
      return 'aborted';
    case 'EINTR':
    case 'EAGAIN':
    case 'ENOENT':
      return undefined;
    default:
      throw error;
  }
}

export interface ServeOptions {
  /** The thread has nothing else to do. */
  readonly blocking: boolean;
  readonly progress: Progress;
}

/** Serves until the connection ends. */
export async function serve(fd: number, session: Session, options: ServeOptions): Promise<Ended> {
  const { blocking, progress } = options;
  // Only a thread with other work can come to wait for itself; bytes of a shared buffer are slower to copy.
  const request = blocking ? new Uint8Array(session.requestSize) : new Uint8Array(progress.buffer, PROGRESS_SIZE);
  const header = new Uint32Array(request.buffer, request.byteOffset, 10);
  const reply = new Uint8Array(session.replySize);
  for (;;) {
    let length: number;
    try {
      if (blocking && session.files.waiting === 0) length = readSync(fd, request, 0, request.length, null);
      else length = await readAsync(fd, request);
    } catch (error) {
      const ended = endOf(error);
      if (ended !== undefined) return ended;
      continue;
    }
    const answer = session.handle(request, reply, length);
    if (answer > 0 && !send(fd, reply, answer)) refuse(fd, reply);
    progress[PROGRESS_UNIQUE] = header[2] as number;
    progress[PROGRESS_HANDLED] = session.handled;
    progress[PROGRESS_WAITING] = session.files.waiting;
  }
}

/** The kernel did not like the answer: without one, the requester would wait for ever. */
function refuse(fd: number, reply: Uint8Array): void {
  const header = new Uint32Array(reply.buffer, reply.byteOffset, 4);
  header[0] = 16;
  header[1] = -5; // EIO
  send(fd, reply, 16);
}
