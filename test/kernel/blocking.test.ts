/** Calls that wait: they are woken, cancelled, and run in order on one description. */
import { describe, expect, it } from 'vitest';
import {
  FileDescription,
  Kernel,
  LinuxError,
  O_RDWR,
  type Process,
  POLLIN,
  WaitQueue,
  WOULD_BLOCK,
  type WouldBlock,
} from '../../src/index.ts';

/** A mailbox: a read waits until somebody has written. */
class Mailbox extends FileDescription {
  readonly queue = new WaitQueue();
  readonly letters: Uint8Array[] = [];

  override read(into: Uint8Array): number | WouldBlock {
    const letter = this.letters.shift();
    if (letter === undefined) return WOULD_BLOCK;
    into.set(letter.subarray(0, into.length));
    return Math.min(letter.length, into.length);
  }

  override write(from: Uint8Array): number {
    this.letters.push(from.slice());
    this.queue.wake();
    return from.length;
  }

  override poll(): number {
    return this.letters.length > 0 ? POLLIN : 0;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }
}

function setup(): { process: Process; fd: number; mailbox: Mailbox } {
  const kernel = new Kernel();
  const mailbox = new Mailbox();
  kernel.devices.register({ name: 'mailbox', mode: 0o666, open: () => mailbox });
  const process = kernel.spawn();
  return { process, fd: process.open('/dev/mailbox', O_RDWR), mailbox };
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('blocking', () => {
  it('a synchronous read that would wait is EAGAIN', () => {
    const { process, fd } = setup();
    expect(() => process.read(fd, new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'EAGAIN', syscall: 'read' }));
  });

  it('read waits until there is something', async () => {
    const { process, fd, mailbox } = setup();
    const into = new Uint8Array(4);
    const reading = process.blocking.read(fd, into);
    process.write(fd, bytes(1, 2));
    expect(await reading).toBe(2);
    expect([...into]).toEqual([1, 2, 0, 0]);
    expect(mailbox.queue.waiting).toBe(0);
  });

  it('reads of one description are served in order', async () => {
    const { process, fd } = setup();
    const buffers = [new Uint8Array(1), new Uint8Array(1), new Uint8Array(1)];
    const readings = buffers.map((buffer) => process.blocking.read(fd, buffer));
    for (const value of [1, 2, 3]) process.write(fd, bytes(value));
    await Promise.all(readings);
    expect(buffers.map((buffer) => buffer[0])).toEqual([1, 2, 3]);
  });

  it('EINTR when it is aborted, and the next reader goes on', async () => {
    const { process, fd, mailbox } = setup();
    const controller = new AbortController();
    const aborted = process.blocking.read(fd, new Uint8Array(1), { signal: controller.signal });
    const into = new Uint8Array(1);
    const next = process.blocking.read(fd, into);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'EINTR', syscall: 'read' });
    process.write(fd, bytes(9));
    await next;
    expect(into[0]).toBe(9);
    expect(mailbox.queue.waiting).toBe(0);
  });

  it('EINTR at once when the signal was aborted before', async () => {
    const { process, fd } = setup();
    await expect(process.blocking.read(fd, new Uint8Array(1), { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(LinuxError);
  });

  it('keeps the description open while it waits, whatever becomes of the descriptor', async () => {
    const { process, fd, mailbox } = setup();
    const reading = process.blocking.read(fd, new Uint8Array(1));
    process.close(fd);
    expect(mailbox.references).toBe(1);
    mailbox.write(bytes(1));
    expect(await reading).toBe(1);
    expect(mailbox.references).toBe(0);
  });

  it('poll waits for the first of several', async () => {
    const { process, fd } = setup();
    const fds = [{ fd, events: POLLIN, revents: 0 }];
    expect(process.poll(fds)).toBe(0);
    const polling = process.blocking.poll(fds);
    process.write(fd, bytes(1));
    expect(await polling).toBe(1);
    expect(fds[0]?.revents).toBe(POLLIN);
  });

  it('/dev/kmsg: a reader waits for the next record', async () => {
    const kernel = new Kernel();
    const process = kernel.spawn();
    const fd = process.open('/dev/kmsg', O_RDWR);
    process.lseek(fd, 0, 2);
    const into = new Uint8Array(200);
    const reading = process.blocking.read(fd, into);
    process.write(fd, new TextEncoder().encode('<4>hello\n'));
    const count = await reading;
    expect(new TextDecoder().decode(into.subarray(0, count))).toMatch(/^12,\d+,\d+,-;hello\n$/);
  });
});
