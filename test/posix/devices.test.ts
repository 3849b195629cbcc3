/**
 * The memory devices, on both kernels: each through a node of the case's own. Of kmsg at most ten records are written a run.
 */
import {
  F_GETFD,
  F_GETFL,
  F_SETFL,
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '../../src/abi/fcntl.ts';
import {
  BLKGETSIZE64,
  FIGETBSZ,
  FIOASYNC,
  FIOCLEX,
  FIONBIO,
  FIONREAD,
  FIOQSIZE,
  FS_IOC_GETFLAGS,
  RNDADDENTROPY,
  RNDADDTOENTCNT,
  RNDCLEARPOOL,
  RNDGETENTCNT,
  RNDRESEEDCRNG,
  RNDZAPENTCNT,
  TCGETS,
} from '../../src/abi/ioctl.ts';
import { POLLERR, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../../src/abi/poll.ts';
import { makedev, S_IFCHR } from '../../src/abi/stat.ts';
import { expect, expectErrno, outcome, type Process, posix } from '../harness/posix.ts';

const MINORS = { null: 3, zero: 5, full: 7, random: 8, urandom: 9, kmsg: 11 } as const;
type Name = keyof typeof MINORS;
const names = ['null', 'zero', 'full', 'random', 'urandom'] as const;
const rows = names.map((name): [(typeof names)[number]] => [name]);

function node(p: Process, name: Name): string {
  p.mknod(name, S_IFCHR | 0o666, makedev(1, MINORS[name]));
  p.chmod(name, 0o666);
  return name;
}

function opened(p: Process, name: Name, flags: number = O_RDWR): number {
  return p.open(node(p, name), flags);
}

/** The count, or the errno's name. */
function answer(call: () => number): number | string {
  let result = 0;
  const name = outcome(() => {
    result = call();
  });
  return name === 'OK' ? result : name;
}

function ready(p: Process, fd: number): number {
  const entry = { fd, events: 0xfff, revents: 0 };
  p.poll([entry]);
  return entry.revents;
}

posix('null, zero, full, random, urandom', (t) => {
  const READ = { null: 0, zero: 10, full: 10, random: 10, urandom: 10 } as const;

  t.each(rows, 'read of %s', (p, name) => {
    const fd = opened(p, name);
    const into = new Uint8Array(10).fill(1);
    expect(p.read(fd, new Uint8Array(0))).toBe(0);
    expect(p.read(fd, into)).toBe(READ[name]);
    if (name === 'null') expect([...into]).toEqual(Array(10).fill(1));
    if (name === 'zero' || name === 'full') expect([...into]).toEqual(Array(10).fill(0));
  });
  t.each(rows, 'read of %s at any offset', (p, name) => {
    const fd = opened(p, name);
    for (const offset of [0, 5, 2 ** 52]) expect(p.pread(fd, new Uint8Array(10), offset)).toBe(READ[name]);
    expectErrno('EINVAL', () => p.pread(fd, new Uint8Array(10), -1));
  });
  t.each(rows, 'a large read of %s', (p, name) => {
    const fd = opened(p, name);
    const into = new Uint8Array(1 << 20).fill(7);
    expect(p.read(fd, into)).toBe(name === 'null' ? 0 : into.length);
    const sevens = into.reduce((count, byte) => count + (byte === 7 ? 1 : 0), 0);
    if (name === 'null') expect(sevens).toBe(into.length);
    else if (name === 'zero' || name === 'full') expect(sevens).toBe(0);
    else expect(Math.abs(sevens - into.length / 256)).toBeLessThan(700);
  });
  t.each(rows, 'write to %s', (p, name) => {
    const fd = opened(p, name, O_WRONLY);
    // No bytes at all are too many for full.
    const counts = [0, 10].map((count) => answer(() => p.write(fd, new Uint8Array(count))));
    expect(counts).toEqual(name === 'full' ? ['ENOSPC', 'ENOSPC'] : [0, 10]);
    expect(answer(() => p.pwrite(fd, new Uint8Array(3), 9))).toBe(name === 'full' ? 'ENOSPC' : 3);
    expectErrno('EINVAL', () => p.pwrite(fd, new Uint8Array(3), -1));
  });
  t.each([['null' as Name], ['zero' as Name], ['full' as Name]], 'a large write to %s', (p, name) => {
    const fd = opened(p, name, O_WRONLY);
    expect(answer(() => p.write(fd, new Uint8Array(1 << 20)))).toBe(name === 'full' ? 'ENOSPC' : 1 << 20);
  });
  t.each(rows, 'readv and writev of %s', (p, name) => {
    const fd = opened(p, name);
    const parts = [new Uint8Array(3).fill(1), new Uint8Array(0), new Uint8Array(4).fill(1)];
    expect(p.readv(fd, parts)).toBe(name === 'null' ? 0 : 7);
    expect(answer(() => p.writev(fd, parts))).toBe(name === 'full' ? 'ENOSPC' : 7);
  });
  t.each(rows, 'the position of %s is 0, whatever is asked', (p, name) => {
    const fd = opened(p, name);
    for (const whence of [SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE]) {
      for (const offset of [0, 100, -5, 2 ** 52]) expect(p.lseek(fd, offset, whence)).toBe(0);
    }
    expectErrno('EINVAL', () => p.lseek(fd, 0, 5));
    p.read(fd, new Uint8Array(7));
    if (name !== 'full') p.write(fd, new Uint8Array(3));
    expect(p.lseek(fd, 0, SEEK_CUR)).toBe(0);
  });
  t.each(rows, 'what %s has no operation for', (p, name) => {
    const fd = opened(p, name);
    expectErrno('EINVAL', () => p.ftruncate(fd, 0));
    expectErrno('EINVAL', () => p.truncate(name, 0));
    expectErrno('ENODEV', () => p.fallocate(fd, 0, 0, 10));
    expectErrno('EINVAL', () => p.fsync(fd));
    expectErrno('EINVAL', () => p.fdatasync(fd));
    expectErrno('ENOTDIR', () => p.getdents(fd));
    expectErrno('EINVAL', () => p.copy_file_range(fd, null, fd, null, 10));
  });
  t.each(rows, 'an ioctl that %s does not know', (p, name) => {
    const fd = opened(p, name);
    const refusal = name === 'random' || name === 'urandom' ? 'EINVAL' : 'ENOTTY';
    for (const request of [TCGETS, FIONREAD, BLKGETSIZE64, 0x5200, 0, 0xffffffff]) {
      expectErrno(refusal, () => p.ioctl(fd, request, new Uint8Array(64)));
    }
    const flags = t.throughFuse('device-flags', refusal, 'ENOTTY');
    expectErrno(flags, () => p.ioctl(fd, FS_IOC_GETFLAGS, new Uint8Array(64)));
  });
  t.each(rows, 'the ioctls of every file on %s', (p, name) => {
    const fd = opened(p, name);
    const answer = new Uint8Array(8);
    expect(p.ioctl(fd, FIGETBSZ, answer)).toBe(0);
    expect([...answer]).toEqual([0, 16, 0, 0, 0, 0, 0, 0]);
    expectErrno('ENOTTY', () => p.ioctl(fd, FIOQSIZE, answer));
    expect(p.ioctl(fd, FIONBIO, Uint8Array.of(1, 0, 0, 0))).toBe(0);
    expect(p.fcntl(fd, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK);
    expect(p.ioctl(fd, FIOCLEX)).toBe(0);
    expect(p.fcntl(fd, F_GETFD)).toBe(1);
    for (const request of [FIGETBSZ, FIONBIO, FIOASYNC]) expectErrno('EFAULT', () => p.ioctl(fd, request, 0));
  });
  t.it('FIOQSIZE and FIONREAD of a file', (p) => {
    const fd = p.open('file', O_RDWR | O_CREAT, 0o600);
    p.write(fd, new Uint8Array(5000));
    p.lseek(fd, 10, SEEK_SET);
    const answer = new Uint8Array(8);
    p.ioctl(fd, FIOQSIZE, answer);
    expect([...answer]).toEqual([0, t.throughFuse('bytes-used', 32, 0), 0, 0, 0, 0, 0, 0]);
    p.ioctl(fd, FIONREAD, answer);
    expect([...answer.subarray(0, 4)]).toEqual([0x7e, 0x13, 0, 0]);
    for (const request of [FIOQSIZE, FIONREAD]) expectErrno('EFAULT', () => p.ioctl(fd, request, 0));
    p.ioctl(p.open('.', O_RDONLY), FIOQSIZE, answer);
    expect([...answer]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
  t.each(rows, 'poll of %s', (p, name) => {
    const all = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    expect(ready(p, opened(p, name))).toBe(name === 'random' ? POLLIN | POLLRDNORM : all);
  });
  t.each(rows, 'open flags on %s', (p, name) => {
    node(p, name);
    for (const flags of [O_TRUNC, O_APPEND, O_CREAT, O_NOATIME, O_NONBLOCK]) {
      const fd = p.open(name, O_RDWR | flags, 0o600);
      expect(answer(() => p.write(fd, new Uint8Array(2)))).toBe(name === 'full' ? 'ENOSPC' : 2);
      expect(p.lseek(fd, 0, SEEK_CUR)).toBe(0);
    }
    expectErrno('EEXIST', () => p.open(name, O_RDWR | O_CREAT | O_EXCL, 0o600));
    expectErrno('ENOTDIR', () => p.open(name, O_RDONLY | O_DIRECTORY));
    expectErrno('EINVAL', () => p.open(name, O_RDWR | O_DIRECT));
    expectErrno('EINVAL', () => p.fcntl(p.open(name, O_RDWR), F_SETFL, O_DIRECT));
  });
  t.each(rows, 'access mode of %s', (p, name) => {
    node(p, name);
    const reader = p.open(name, O_RDONLY);
    for (const call of [() => p.write(reader, new Uint8Array(1)), () => p.pwrite(reader, new Uint8Array(1), 0)]) expectErrno('EBADF', call);
    expectErrno('EBADF', () => p.fallocate(reader, 0, 0, 10));
    expectErrno('EBADF', () => p.read(p.open(name, O_WRONLY), new Uint8Array(1)));
    const neither = p.open(name, O_ACCMODE);
    expectErrno('EBADF', () => p.read(neither, new Uint8Array(1)));
    expectErrno('EBADF', () => p.write(neither, new Uint8Array(1)));
  });
  t.each(rows, 'stat of %s is the node’s, and use moves no time', (p, name) => {
    const fd = opened(p, name);
    const before = p.fstat(fd);
    expect(before).toMatchObject({ mode: S_IFCHR | 0o666, rdev: makedev(1, MINORS[name]), size: 0, blocks: 0, blksize: 4096 });
    p.read(fd, new Uint8Array(1));
    answer(() => p.write(fd, new Uint8Array(1)));
    expect(p.fstat(fd)).toEqual(before);
  });
  t.it('ENXIO: numbers that have no driver', (p) => {
    p.mknod('none', S_IFCHR | 0o666, makedev(1, 2));
    expectErrno('ENXIO', () => p.open('none', O_RDONLY));
    expectErrno('ENXIO', () => p.open('none', O_RDWR | O_DIRECT));
  });
  t.it('EACCES: the node’s permissions hold for everybody else', (p) => {
    node(p, 'zero');
    p.chmod('zero', 0o640);
    expectErrno('EACCES', () => t.user(1000).open('zero', O_RDONLY));
    expect(t.user(1000, 0).open('zero', O_RDONLY)).toBeGreaterThanOrEqual(0);
  });
});

posix('random(4)', (t) => {
  const changing = [RNDADDTOENTCNT, RNDADDENTROPY, RNDZAPENTCNT, RNDCLEARPOOL, RNDRESEEDCRNG];

  t.each([['random'], ['urandom']] as const, 'RNDGETENTCNT of %s says that the pool is full', (p, name) => {
    const fd = opened(p, name, O_RDONLY);
    const count = new Uint8Array(4);
    expect(p.ioctl(fd, RNDGETENTCNT, count)).toBe(0);
    expect([...count]).toEqual([0, 1, 0, 0]);
    expectErrno('EFAULT', () => p.ioctl(fd, RNDGETENTCNT, 0));
  });
  t.it('RNDGETENTCNT needs no right to read', (p) => {
    expect(p.ioctl(opened(p, 'random', O_ACCMODE), RNDGETENTCNT, new Uint8Array(4))).toBe(0);
  });
  t.it('EPERM: an ordinary user may not change the pool, whatever the argument', (p) => {
    node(p, 'random');
    const user = t.user(1000);
    const fd = user.open('random', O_RDWR);
    for (const request of changing) {
      expectErrno('EPERM', () => user.ioctl(fd, request, new Uint8Array(64)));
      expectErrno('EPERM', () => user.ioctl(fd, request, 0));
    }
  });
  t.it('two reads differ', (p) => {
    const fd = opened(p, 'urandom', O_RDONLY);
    const [one, two] = [new Uint8Array(32), new Uint8Array(32)];
    p.read(fd, one);
    p.read(fd, two);
    expect(one).not.toEqual(two);
  });
});

posix('kmsg', (t) => {
  const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  /** The log is the machine's, where others may run this too: no case takes their records for its own. */
  const TAG = `tuxfs${String(process.pid % 100_000).padStart(5, '0')}`;
  const bytes = (line: string): Uint8Array => Uint8Array.from(line, (character) => character.charCodeAt(0));

  /** What a read gives without the numbers that differ from run to run: priority, flags and text. */
  function record(p: Process, fd: number, size = 8192): string {
    const into = new Uint8Array(size);
    let count = 0;
    const name = outcome(() => {
      count = p.read(fd, into);
    });
    if (name !== 'OK') return name;
    const line = text(into.subarray(0, count));
    expect(line).toMatch(/^\d+,\d+,\d+,-;/);
    // Others may write to the host's log meanwhile.
    if (!line.includes(TAG)) return record(p, fd, size);
    return line.replace(/^(\d+),\d+,\d+,/, '$1,');
  }

  /** Reads from the end on: the log of the host has others' records. */
  function reader(p: Process): number {
    const fd = opened(p, 'kmsg', O_RDONLY | O_NONBLOCK);
    p.lseek(fd, 0, SEEK_END);
    return fd;
  }

  t.it('one write is one record, read as prio,seq,usec,flags;text', (p) => {
    const fd = reader(p);
    const writer = p.open('kmsg', O_WRONLY);
    expect(record(p, fd)).toBe('EAGAIN');
    expect(ready(p, fd)).toBe(0);
    expect(p.write(writer, bytes(`<13>${TAG}: a\tb\\c\xc3\xa9\x7f\n`))).toBe(25);
    // The next record, which ends this one if it were open.
    expect(p.write(writer, bytes(`${TAG}: no priority\n`))).toBe(24);
    expect(ready(p, fd)).toBe(POLLIN | POLLRDNORM);
    expect(record(p, fd)).toBe(`13,-;${TAG}: a\\x09b\\x5cc\\xc3\\xa9\\x7f\n`);
    expect(record(p, fd)).toBe(`12,-;${TAG}: no priority\n`);
    expect(record(p, fd)).toBe('EAGAIN');
  });
  t.it('the kernel’s facility becomes the user’s; what is no priority is text; NUL ends it', (p) => {
    const fd = reader(p);
    const writer = p.open('kmsg', O_WRONLY);
    p.write(writer, bytes(`<4294967338>${TAG}: facility 5\n\n`));
    p.write(writer, bytes(`<>${TAG}: level 0\0 and no more\n`));
    expect(record(p, fd)).toBe(`42,-;${TAG}: facility 5\\x0a\n`);
    // Without its newline the second could go on, so it is not shown yet.
    expect(record(p, fd)).toBe('EAGAIN');
    p.pwrite(writer, bytes(`<x>${TAG}: no number\n`), 50);
    expect(record(p, fd)).toBe(`8,-;${TAG}: level 0\n`);
    expect(record(p, fd)).toBe(`12,-;<x>${TAG}: no number\n`);
  });
  t.it('EINVAL: a buffer too small for the record, which is lost on the reader', (p) => {
    const fd = reader(p);
    const writer = p.open('kmsg', O_WRONLY);
    p.write(writer, bytes(`${TAG}: one\n`));
    p.write(writer, bytes(`${TAG}: two\n`));
    expect(record(p, fd, 10)).toBe('EINVAL');
    expect(record(p, fd)).toBe(`12,-;${TAG}: two\n`);
  });
  t.it('EINVAL: a line of more than 1024 bytes; of 1024 the last is lost', (p) => {
    const fd = reader(p);
    const writer = p.open('kmsg', O_WRONLY);
    expectErrno('EINVAL', () => p.write(writer, new Uint8Array(1025).fill(120)));
    expect(p.write(writer, bytes(`${TAG}:${'y'.repeat(1012)}\n`))).toBe(1024);
    p.write(writer, bytes(`${TAG}: end\n`));
    expect(record(p, fd)).toBe(`12,-;${TAG}:${'y'.repeat(1012)}\n`);
  });
  t.it('lseek: to the oldest, past the newest, after the last clear; never by an offset', (p) => {
    const fd = reader(p);
    for (const whence of [SEEK_SET, SEEK_DATA, SEEK_END]) expect(p.lseek(fd, 0, whence)).toBe(0);
    for (const whence of [SEEK_CUR, SEEK_HOLE]) expectErrno('EINVAL', () => p.lseek(fd, 0, whence));
    for (const whence of [SEEK_SET, SEEK_CUR, SEEK_END]) expectErrno('ESPIPE', () => p.lseek(fd, 5, whence));
  });
  t.it('has no operation for the rest', (p) => {
    const fd = opened(p, 'kmsg');
    expectErrno('ENOTTY', () => p.ioctl(fd, TCGETS, new Uint8Array(64)));
    expectErrno('EINVAL', () => p.fsync(fd));
    expectErrno('EINVAL', () => p.ftruncate(fd, 0));
    expectErrno('ENODEV', () => p.fallocate(fd, 0, 0, 1));
  });
  t.it('EBADF against the access mode', (p) => {
    expectErrno('EBADF', () => p.write(reader(p), bytes('x')));
    expectErrno('EBADF', () => p.read(p.open('kmsg', O_WRONLY), new Uint8Array(10)));
  });
  t.it('poll never says that it takes bytes', (p) => {
    expect(ready(p, opened(p, 'kmsg', O_WRONLY)) & (POLLOUT | POLLWRNORM | POLLERR | POLLPRI)).toBe(0);
  });
});
