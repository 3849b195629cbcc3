/**
 * poll(2). Linux: do_poll() of fs/select.c.
 */
import { mistaken } from '../abi/check.ts';
import { EINVAL, LinuxError } from '../abi/errno.ts';
import { POLLERR, POLLHUP, POLLNVAL } from '../abi/poll.ts';
import { FMODE_PATH } from '../vfs/file-description.ts';
import type { Process } from './process.ts';

export interface PollFd {
  fd: number;
  events: number;
  revents?: number;
}

/** What is ready now; never waits. The number of descriptors with an answer. EINVAL more than there can be.
 *  @linux poll partial — without a timeout: blocking.poll waits */
export function poll(process: Process, fds: PollFd[]): number {
  if (!Array.isArray(fds)) throw mistaken('fds', 'an array', fds);
  if (fds.length > process.descriptorLimit) throw new LinuxError(EINVAL);
  let ready = 0;
  for (const entry of fds) {
    entry.revents = 0;
    if (entry.fd < 0) continue;
    const file = process.files.get(entry.fd);
    if (file === undefined || (file.fmode & FMODE_PATH) !== 0) entry.revents = POLLNVAL;
    else entry.revents = file.poll() & (entry.events | POLLERR | POLLHUP);
    if (entry.revents !== 0) ready++;
  }
  return ready;
}
