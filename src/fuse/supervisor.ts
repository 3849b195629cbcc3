/**
 * The thread that watches the serving thread. When requests wait and none has been taken in for the limit, it aborts the connection:
 * a thread that uses its own mount synchronously would otherwise sleep for ever, beyond the reach of any signal.
 */
import { readFileSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { ENOTCONN } from '../abi/errno.ts';
import { abortConnection } from './janitor.ts';
import { PROGRESS_HANDLED, PROGRESS_SIZE, PROGRESS_UNIQUE, PROGRESS_WAITING, type Progress, send } from './serve.ts';

export interface SupervisorData {
  readonly control: string;
  readonly directory: string;
  readonly fd: number;
  readonly progress: Progress;
  /** Milliseconds. */
  readonly limit: number;
}

const { control, directory, fd, progress, limit } = workerData as SupervisorData;

let handled = progress[PROGRESS_HANDLED];
let since = Date.now();

/** Requests that the kernel waits for, or -1 when the connection is gone. */
function waiting(): number {
  try {
    return Number(readFileSync(`${control}/waiting`, 'latin1'));
  } catch {
    return -1;
  }
}

/** The request that was read and not answered is the sleeper's own, most likely. An abort would end it with ECONNABORTED. */
function refuseRequestInHand(): void {
  const header = new Uint32Array(progress.buffer, PROGRESS_SIZE, 10);
  if (((header[2] as number) | 0) === progress[PROGRESS_UNIQUE]) return;
  const answer = new Int32Array([16, -ENOTCONN, header[2] as number, header[3] as number]);
  send(fd, new Uint8Array(answer.buffer));
}

function complain(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}

function look(): void {
  const count = waiting();
  if (count === -1) {
    clearInterval(timer);
    return;
  }
  if (count <= (progress[PROGRESS_WAITING] ?? 0) || progress[PROGRESS_HANDLED] !== handled) {
    handled = progress[PROGRESS_HANDLED];
    since = Date.now();
    return;
  }
  if (Date.now() - since < limit) return;
  clearInterval(timer);
  refuseRequestInHand();
  abortConnection(control, directory);
  const seconds = Math.round(limit / 100) / 10;
  complain(
    `tuxfs: ${directory}: the serving thread has not answered for ${seconds} s (does it use its own mount synchronously?), so the connection is aborted: ENOTCONN\n`,
  );
}

const timer: NodeJS.Timeout = setInterval(look, Math.min(1000, limit / 4));
