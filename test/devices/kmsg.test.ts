/**
 * The kernel's log where no other kernel's can be compared: its bound, what readers lose, who may read, and waiting.
 */
import { describe, expect, it } from 'vitest';
import { CAP_SYSLOG } from '../../src/abi/capability.ts';
import { O_ACCMODE, O_RDONLY, O_WRONLY, SEEK_DATA, SEEK_END, SEEK_SET } from '../../src/abi/fcntl.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../../src/abi/poll.ts';
import { formatRecord, KernelLog, PRINTK_MESSAGE_MAX } from '../../src/devices/kmsg.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { Clock } from '../../src/vfs/clock.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const fails = (code: string): unknown => expect.objectContaining({ code });

function write(p: Process, text: string): void {
  const fd = p.open('/dev/kmsg', O_WRONLY);
  p.write(fd, encode(text));
  p.close(fd);
}

function read(p: Process, fd: number): string {
  const into = new Uint8Array(PRINTK_MESSAGE_MAX);
  return decode(into.subarray(0, p.read(fd, into)));
}

describe('KernelLog', () => {
  function log(limit: { bytes?: number; records?: number }): KernelLog {
    return new KernelLog(new Clock(() => 0), limit);
  }
  const texts = (of: KernelLog): string[] => of.records.map((record) => decode(record.text));

  it('keeps the newest records', () => {
    const kept = log({ records: 3 });
    for (let index = 0; index < 10; index++) kept.printk(6, `message ${index}`);
    expect(texts(kept)).toEqual(['message 7', 'message 8', 'message 9']);
    expect([kept.firstSeq, kept.nextSeq]).toEqual([7, 10]);
  });
  it('keeps as many bytes as it may, and the newest in any case', () => {
    const kept = log({ bytes: 10 });
    kept.printk(6, '12345');
    kept.printk(6, '67890');
    expect(texts(kept)).toEqual(['12345', '67890']);
    kept.printk(6, 'x');
    expect(texts(kept)).toEqual(['67890', 'x']);
    kept.printk(6, 'longer than all of it');
    expect(texts(kept)).toEqual(['longer than all of it']);
    kept.printk(6, '');
    expect([texts(kept), kept.bytes]).toEqual([[''], 0]);
  });
  it('tells microseconds since it began', () => {
    let now = 5000.25;
    const kept = new KernelLog(new Clock(() => now));
    now = 6001.5;
    kept.printk(6, 'late');
    expect(decode(formatRecord(kept.records[0]!))).toBe('6,0,1001250,-;late\n');
  });
  it('cuts a record whose escapes make it too long', () => {
    const kept = log({});
    kept.store(1, 4, new Uint8Array(1000).fill(1));
    const line = formatRecord(kept.records[0]!);
    expect(line.length).toBe(PRINTK_MESSAGE_MAX);
    expect(decode(line)).toMatch(/^12,0,0,-;(\\x01)+/);
  });
  it('keeps its own copy of what is written', () => {
    const kept = log({});
    const bytes = encode('one\n');
    kept.store(1, 4, bytes);
    bytes.fill(0);
    expect(texts(kept)).toEqual(['one']);
  });
});

describe('/dev/kmsg', () => {
  it('has the kernel’s messages, with the kernel’s facility', () => {
    const kernel = new Kernel();
    kernel.log.printk(3, 'a failure');
    const p = kernel.spawn();
    const fd = p.open('/dev/kmsg', O_RDONLY);
    p.lseek(fd, 0, SEEK_SET);
    expect(read(p, fd)).toMatch(/^3,\d+,\d+,-;a failure\n$/);
  });
  it('each description reads at its own place, from the oldest record on', () => {
    const p = new Kernel().spawn();
    write(p, 'one\n');
    write(p, 'two\n');
    const [a, b] = [p.open('/dev/kmsg', O_RDONLY), p.open('/dev/kmsg', O_RDONLY)];
    expect([read(p, a), read(p, a), read(p, b)].map((line) => line.split(';')[1])).toEqual(['one\n', 'two\n', 'one\n']);
    const c = p.dup(b);
    expect(read(p, c)).toContain('two');
    expect(() => read(p, b)).toThrow(fails('EAGAIN'));
  });
  it('EPIPE once when records were lost, then goes on with the oldest; poll says so before', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    const fd = p.open('/dev/kmsg', O_RDONLY);
    const { log } = kernel;
    for (let index = 0; index <= log.limit.records; index++) write(p, `${index}\n`);
    const entry = { fd, events: 0xffff, revents: 0 };
    p.poll([entry]);
    expect(entry.revents).toBe(POLLIN | POLLRDNORM | POLLERR | POLLPRI);
    expect(() => read(p, fd)).toThrow(fails('EPIPE'));
    expect(read(p, fd)).toMatch(/;1\n$/);
    p.poll([entry]);
    expect(entry.revents).toBe(POLLIN | POLLRDNORM);
  });
  it('SEEK_DATA goes behind what was cleared, SEEK_SET before it', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    write(p, 'one\n');
    kernel.log.clear();
    write(p, 'two\n');
    const fd = p.open('/dev/kmsg', O_RDONLY);
    p.lseek(fd, 0, SEEK_DATA);
    expect(read(p, fd)).toContain('two');
    p.lseek(fd, 0, SEEK_SET);
    expect(read(p, fd)).toContain('one');
    p.lseek(fd, 0, SEEK_END);
    expect(() => read(p, fd)).toThrow(fails('EAGAIN'));
  });
  it('any user may read, unless kernel.dmesg_restrict says who has CAP_SYSLOG', () => {
    const kernel = new Kernel();
    const user = kernel.spawn({ uid: 1000, gid: 1000 });
    user.open('/dev/kmsg', O_RDONLY);
    kernel.sysctl['kernel.dmesg_restrict'] = 1;
    expect(() => user.open('/dev/kmsg', O_RDONLY)).toThrow(fails('EPERM'));
    kernel.spawn({ uid: 1000, gid: 1000, capabilities: [CAP_SYSLOG] }).open('/dev/kmsg', O_RDONLY);
    // Whoever only writes needs no more than the node's permission.
    kernel.init.chmod('/dev/kmsg', 0o666);
    user.open('/dev/kmsg', O_WRONLY);
    expect(() => user.open('/dev/kmsg', O_ACCMODE)).toThrow(fails('EPERM'));
  });
  it('a reader waits for the next record', async () => {
    const p = new Kernel().spawn();
    const fd = p.open('/dev/kmsg', O_RDONLY);
    const into = new Uint8Array(100);
    const reading = p.blocking.read(fd, into);
    write(p, 'not yet whole');
    await Promise.resolve();
    write(p, 'next\n');
    expect(decode(into.subarray(0, await reading))).toContain('not yet whole');
    expect(await p.blocking.read(fd, into)).toBeGreaterThan(0);
  });
  it('EINTR: a reader that is called away, who leaves no trace', async () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    const fd = p.open('/dev/kmsg', O_RDONLY);
    const abort = new AbortController();
    const reading = p.blocking.read(fd, new Uint8Array(100), { signal: abort.signal });
    await Promise.resolve();
    expect(kernel.log.waiters.waiting).toBe(1);
    abort.abort();
    await expect(reading).rejects.toMatchObject({ code: 'EINTR' });
    expect(kernel.log.waiters.waiting).toBe(0);
    write(p, 'one\n');
    expect(read(p, fd)).toContain('one');
  });
});
