import {
  AT_FDCWD,
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_INSERT_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_UNSHARE_RANGE,
  FALLOC_FL_ZERO_RANGE,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RWF_APPEND,
  RWF_DSYNC,
  RWF_NOAPPEND,
  RWF_NOWAIT,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '../../src/abi/fcntl.ts';
import { RLIMIT_FSIZE } from '../../src/abi/resource.ts';
import { bytes, moved, pause, permissions, readAll, readFile, text, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

const PAGE = 4096;
const open = (p: Process, content: string = '', flags: number = O_RDWR): number => {
  writeFile(p, 'f', content);
  return p.open('f', flags);
};
/** Where the file has data, as [start, end) pairs. */
const extents = (p: Process, fd: number): number[][] => {
  const found: number[][] = [];
  let at = 0;
  while (outcome(() => p.lseek(fd, at, SEEK_DATA)) === 'OK') {
    const start = p.lseek(fd, at, SEEK_DATA);
    at = p.lseek(fd, start, SEEK_HOLE);
    found.push([start, at]);
  }
  return found;
};

posix('read(2), write(2)', (t) => {
  t.it('move the offset; reading ends at the end', (p) => {
    const fd = open(p, 'abcdef');
    expect([readAll(p, fd, 4), readAll(p, fd, 4), readAll(p, fd, 4)]).toEqual(['abcd', 'ef', '']);
    p.lseek(fd, 100, SEEK_SET);
    expect(readAll(p, fd)).toBe('');
    expect(p.lseek(fd, 0, SEEK_CUR)).toBe(100);
  });
  t.it('writing past the end leaves zeros', (p) => {
    const fd = open(p, 'ab');
    p.lseek(fd, 5, SEEK_SET);
    p.write(fd, bytes('x'));
    expect(readFile(p, 'f')).toBe('ab\0\0\0x');
  });
  t.it('EBADF: not open, or not open for it', (p) => {
    const r = open(p, 'x', O_RDONLY);
    const w = p.open('f', O_WRONLY);
    const one = new Uint8Array(1);
    expectErrno('EBADF', () => p.read(w, one));
    expectErrno('EBADF', () => p.write(r, one));
    expectErrno('EBADF', () => p.read(w, new Uint8Array(0)));
    expectErrno('EBADF', () => p.pread(w, one, 0));
    for (const fd of [-1, 99, 0x7fffffff]) {
      expectErrno('EBADF', () => p.read(fd, one));
      expectErrno('EBADF', () => p.write(fd, one));
      expectErrno('EBADF', () => p.close(fd));
      expectErrno('EBADF', () => p.fstat(fd));
      expectErrno('EBADF', () => p.lseek(fd, 0, 0));
    }
  });
  t.it('EISDIR: reading a directory', (p) => {
    const fd = p.open('.', O_RDONLY);
    expectErrno('EISDIR', () => p.read(fd, new Uint8Array(1)));
    expectErrno('EISDIR', () => p.pread(fd, new Uint8Array(1), 0));
    expectErrno('EBADF', () => p.write(fd, new Uint8Array(1)));
  });
  t.it('no bytes: success, and no times move', (p) => {
    const fd = open(p, 'x');
    pause();
    expect(moved(p, 'f', () => expect(p.write(fd, new Uint8Array(0))).toBe(0))).toBe('');
    expect(p.read(fd, new Uint8Array(0))).toBe(0);
    expect(p.pwrite(fd, new Uint8Array(0), 1000)).toBe(0);
    expect(p.stat('f').size).toBe(1);
  });
  t.it('write moves mtime and ctime, each time; read moves atime by relatime', (p) => {
    const fd = open(p, 'x');
    expect(moved(p, 'f', () => p.write(fd, bytes('y')))).toBe('mc');
    expect(moved(p, 'f', () => p.write(fd, bytes('y')))).toBe('mc');
    pause();
    expect(moved(p, 'f', () => readFile(p, 'f'))).toBe('a');
    pause();
    expect(moved(p, 'f', () => readFile(p, 'f'))).toBe('');
    p.write(fd, bytes('z'));
    pause();
    expect(moved(p, 'f', () => readFile(p, 'f'))).toBe('a');
  });
  t.it('a read of no bytes, and one at the end, move atime too', (p) => {
    const fd = open(p, '');
    pause();
    expect(moved(p, 'f', () => p.read(fd, new Uint8Array(0)))).toBe(t.throughFuse('empty-read', 'a', ''));
    p.ftruncate(fd, 0);
    pause();
    expect(moved(p, 'f', () => p.read(fd, new Uint8Array(1)))).toBe('a');
  });
  t.it('write clears set-id bits unless the writer has CAP_FSETID', (p) => {
    const fd = open(p, 'x');
    p.chmod('f', 0o6777);
    p.write(fd, bytes('y'));
    expect(permissions(p, 'f')).toBe('6777');
    const u = t.user(1000);
    const fd2 = u.open('f', O_WRONLY);
    u.write(fd2, bytes('y'));
    expect(permissions(p, 'f')).toBe('0777');
  });
  t.it('S_ISGID without group execution stays for a member of the group only', (p) => {
    open(p, 'x');
    p.chmod('f', 0o6767);
    const member = t.user(1000, 0);
    member.write(member.open('f', O_WRONLY), bytes('y'));
    expect(permissions(p, 'f')).toBe('2767');
    const u = t.user(1000);
    u.write(u.open('f', O_WRONLY), bytes('y'));
    expect(permissions(p, 'f')).toBe('0767');
  });
  t.it('EINVAL, ENXIO: pread and pwrite at a negative offset', (p) => {
    const fd = open(p, 'x');
    expectErrno('EINVAL', () => p.pread(fd, new Uint8Array(1), -1));
    expectErrno('EINVAL', () => p.pwrite(fd, new Uint8Array(1), -1));
    expectErrno('EINVAL', () => p.pread(99, new Uint8Array(1), -1));
  });
  t.it('pread and pwrite leave the offset', (p) => {
    const fd = open(p, 'abc');
    const into = new Uint8Array(2);
    expect(p.pread(fd, into, 1)).toBe(2);
    expect(text(into)).toBe('bc');
    expect(p.pwrite(fd, bytes('X'), 1)).toBe(1);
    expect(p.lseek(fd, 0, SEEK_CUR)).toBe(0);
    expect(readFile(p, 'f')).toBe('aXc');
  });
  t.it('readv and writev fill one after the other', (p) => {
    const fd = open(p);
    expect(p.writev(fd, [bytes('ab'), bytes(''), bytes('cde')])).toBe(5);
    p.lseek(fd, 0, SEEK_SET);
    const intos = [new Uint8Array(1), new Uint8Array(3), new Uint8Array(4)];
    expect(p.readv(fd, intos)).toBe(5);
    expect(intos.map(text)).toEqual(['a', 'bcd', 'e\0\0\0']);
    expect(p.readv(fd, [])).toBe(0);
    expect(p.preadv(fd, intos.slice(0, 2), 1)).toBe(4);
    expect(p.pwritev(fd, [bytes('1'), bytes('2')], 1)).toBe(2);
    expect(readFile(p, 'f')).toBe('a12de');
    expectErrno('EINVAL', () => p.preadv(fd, intos, -2));
    expect(p.readv(p.open('.', O_RDONLY), [])).toBe(0);
  });
  t.it('readv and writev of nothing ask for the mode alone', (p) => {
    const fd = open(p, 'abc');
    p.utimensat(
      AT_FDCWD,
      'f',
      [
        { sec: 1, nsec: 0 },
        { sec: 5, nsec: 0 },
      ],
      0,
    );
    const nothing = [new Uint8Array(0), new Uint8Array(0)];
    expect(moved(p, 'f', () => [p.readv(fd, nothing), p.preadv(fd, nothing, 1), p.writev(fd, nothing)])).toBe('');
    p.mkdir('d', 0o755);
    const d = p.open('d', O_RDONLY);
    expect([p.readv(d, nothing), p.preadv(d, nothing, 0)]).toEqual([0, 0]);
    expectErrno('EISDIR', () => p.readv(d, [...nothing, new Uint8Array(1)]));
    expectErrno('EBADF', () => p.writev(d, nothing));
    const w = p.open('f', O_WRONLY);
    expectErrno('EBADF', () => p.readv(w, nothing));
  });
  t.it('EINVAL: more than 1024 buffers', (p) => {
    const fd = open(p);
    const one = bytes('x');
    expect(p.writev(fd, Array(1024).fill(one))).toBe(1024);
    expectErrno('EINVAL', () => p.writev(fd, Array(1025).fill(one)));
    expectErrno('EINVAL', () => p.readv(fd, Array(1025).fill(one)));
  });
  t.it('preadv2, pwritev2: offset -1 is the file’s own; flags', (p) => {
    const fd = open(p, 'abcdef');
    const into = [new Uint8Array(2)];
    expect(p.preadv2(fd, into, -1, 0)).toBe(2);
    expect(p.preadv2(fd, into, -1, 0)).toBe(2);
    expect(text(into[0]!)).toBe('cd');
    expect(p.pwritev2(fd, [bytes('X')], 0, RWF_APPEND)).toBe(1);
    expect(readFile(p, 'f')).toBe('abcdefX');
    expect(p.pwritev2(fd, [bytes('Y')], 0, RWF_DSYNC)).toBe(1);
    expectErrno('EOPNOTSUPP', () => p.preadv2(fd, into, 0, RWF_NOWAIT));
    expectErrno('EOPNOTSUPP', () => p.pwritev2(fd, into, 0, RWF_NOWAIT));
    const append = p.open('f', O_WRONLY | O_APPEND);
    expect(p.pwritev2(append, [bytes('Z')], 1, RWF_NOAPPEND)).toBe(1);
    expect(readFile(p, 'f')).toBe(t.throughFuse('noappend', 'YZcdefX', 'YbcdefXZ'));
    expectErrno('EOPNOTSUPP', () => p.preadv2(fd, into, 0, 0x8000));
    expectErrno('EINVAL', () => p.pwritev2(fd, [bytes('Z')], 0, RWF_APPEND | RWF_NOAPPEND));
  });
  t.it('large sparse writes and reads', (p) => {
    const fd = open(p);
    expect(p.pwrite(fd, bytes('end'), 2 ** 40)).toBe(3);
    expect([p.stat('f').size, p.stat('f').blocks]).toEqual([2 ** 40 + 3, 8]);
    const into = new Uint8Array(5);
    expect(p.pread(fd, into, 2 ** 40 - 2)).toBe(5);
    expect(text(into)).toBe('\0\0end');
  });
});

posix('lseek(2)', (t) => {
  t.it('SEEK_SET, SEEK_CUR, SEEK_END', (p) => {
    const fd = open(p, 'abc');
    expect([p.lseek(fd, 2, SEEK_SET), p.lseek(fd, 5, SEEK_CUR), p.lseek(fd, -1, SEEK_END), p.lseek(fd, 0, SEEK_CUR)]).toEqual([2, 7, 2, 2]);
    expect(p.lseek(fd, 2 ** 50, SEEK_SET)).toBe(2 ** 50);
  });
  t.it('EINVAL: before the start, or an unknown whence', (p) => {
    const fd = open(p, 'abc');
    p.lseek(fd, 1, SEEK_SET);
    expectErrno('EINVAL', () => p.lseek(fd, -1, SEEK_SET));
    expectErrno('EINVAL', () => p.lseek(fd, -2, SEEK_CUR));
    expectErrno('EINVAL', () => p.lseek(fd, -4, SEEK_END));
    for (const whence of [5, -1, 100]) expectErrno('EINVAL', () => p.lseek(fd, 0, whence));
    expect(p.lseek(fd, 0, SEEK_CUR)).toBe(1);
  });
  t.it('SEEK_DATA, SEEK_HOLE: by the page', (p) => {
    const fd = open(p);
    p.pwrite(fd, bytes('x'), PAGE);
    p.pwrite(fd, bytes('x'), 5 * PAGE + 10);
    p.ftruncate(fd, 10 * PAGE);
    expect(extents(p, fd)).toEqual([
      [PAGE, 2 * PAGE],
      [5 * PAGE, 6 * PAGE],
    ]);
    expect(p.lseek(fd, PAGE + 100, SEEK_DATA)).toBe(PAGE + 100);
    expect(p.lseek(fd, 3 * PAGE + 7, SEEK_HOLE)).toBe(3 * PAGE + 7);
    expect(p.lseek(fd, 5 * PAGE, SEEK_HOLE)).toBe(6 * PAGE);
    expectErrno('ENXIO', () => p.lseek(fd, 7 * PAGE, SEEK_DATA));
    expectErrno('ENXIO', () => p.lseek(fd, 10 * PAGE, SEEK_HOLE));
    expectErrno('ENXIO', () => p.lseek(fd, -1, SEEK_DATA));
  });
  t.it('SEEK_HOLE: the end of the file is one', (p) => {
    const fd = open(p, 'abc');
    expect([p.lseek(fd, 0, SEEK_DATA), p.lseek(fd, 0, SEEK_HOLE), p.lseek(fd, 2, SEEK_HOLE)]).toEqual([0, 3, 3]);
    expectErrno('ENXIO', () => p.lseek(fd, 3, SEEK_DATA));
    expectErrno('ENXIO', () => p.lseek(fd, 3, SEEK_HOLE));
    const empty = p.open('empty', O_CREAT | O_RDWR, 0o644);
    expectErrno('ENXIO', () => p.lseek(empty, 0, SEEK_HOLE));
    expectErrno('ENXIO', () => p.lseek(empty, 0, SEEK_DATA));
  });
});

posix('truncate(2)', (t) => {
  t.it('shortens and lengthens; what was cut off reads as zeros', (p) => {
    writeFile(p, 'f', 'abcdef');
    p.truncate('f', 2);
    p.truncate('f', 4);
    expect(readFile(p, 'f')).toBe('ab\0\0');
    p.truncate('f', 2 ** 40);
    expect([p.stat('f').size, p.stat('f').blocks]).toEqual([2 ** 40, 8]);
    p.truncate('f', 0);
    expect(p.stat('f').blocks).toBe(0);
  });
  t.it('moves mtime and ctime, to the same size too', (p) => {
    const fd = open(p, 'abc');
    expect(moved(p, 'f', () => p.truncate('f', 2))).toBe('mc');
    expect(moved(p, 'f', () => p.truncate('f', 2))).toBe('mc');
    expect(moved(p, 'f', () => p.ftruncate(fd, 2))).toBe('mc');
    expect(moved(p, 'f', () => p.ftruncate(fd, 5))).toBe('mc');
  });
  t.it('clears set-id bits for an ordinary user', (p) => {
    writeFile(p, 'f', 'abc', 0o6777);
    p.chmod('f', 0o6777);
    t.user(1000).truncate('f', 1);
    expect(permissions(p, 'f')).toBe('0777');
  });
  t.it('EINVAL: negative, before the path is looked at; EISDIR; other types', (p) => {
    p.mkdir('d', 0o755);
    p.mknod('fifo', 0o10644, 0);
    p.mknod('socket', 0o140644, 0);
    const fd = open(p, 'x');
    expectErrno('EINVAL', () => p.truncate('f', -1));
    expectErrno('EINVAL', () => p.truncate('no', -1));
    expectErrno('EISDIR', () => p.truncate('d', 0));
    expectErrno('EINVAL', () => p.truncate('fifo', 0));
    expectErrno('EINVAL', () => p.truncate('socket', 0));
    expectErrno('EINVAL', () => p.ftruncate(fd, -1));
    expectErrno('EINVAL', () => p.ftruncate(99, -1));
    expectErrno('EBADF', () => p.ftruncate(99, 0));
    expectErrno('EINVAL', () => p.ftruncate(p.open('f', O_RDONLY), 0));
    expectErrno('EINVAL', () => p.ftruncate(p.open('.', O_RDONLY), 0));
  });
  t.it('EACCES, ENOENT, ENOTDIR', (p) => {
    writeFile(p, 'f', 'x', 0o444);
    const u = t.user(1000);
    expectErrno('EACCES', () => u.truncate('f', 0));
    expectErrno('ENOENT', () => u.truncate('no', 0));
    expectErrno('ENOTDIR', () => u.truncate('f/', 0));
    p.truncate('f', 0);
    const fd = u.open('mine', O_CREAT | O_RDWR, 0o444);
    u.ftruncate(fd, 5);
    expectErrno('EACCES', () => u.truncate('mine', 0));
  });
});

posix('fallocate(2)', (t) => {
  t.it('allocates pages and lengthens the file', (p) => {
    const fd = open(p);
    p.fallocate(fd, 0, 100, 2 * PAGE);
    expect([p.stat('f').size, p.stat('f').blocks]).toEqual([100 + 2 * PAGE, 24]);
  });
  t.it('KEEP_SIZE keeps the size, beyond which there are pages', (p) => {
    const fd = open(p, 'abc');
    p.fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 3 * PAGE);
    expect([p.stat('f').size, p.stat('f').blocks]).toEqual([3, 24]);
    expect(readFile(p, 'f')).toBe('abc');
  });
  t.it('PUNCH_HOLE gives whole pages back, and zeros the rest', (p) => {
    const fd = open(p);
    p.write(fd, new Uint8Array(4 * PAGE).fill(65));
    p.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE - 10, PAGE + 20);
    expect([p.stat('f').size, p.stat('f').blocks]).toEqual([4 * PAGE, 24]);
    const into = new Uint8Array(4 * PAGE);
    p.pread(fd, into, 0);
    expect([into[PAGE - 11], into[PAGE - 10], into[2 * PAGE + 9], into[2 * PAGE + 10]]).toEqual([65, 0, 0, 65]);
    expect(extents(p, fd)).toEqual([
      [0, PAGE],
      [2 * PAGE, 4 * PAGE],
    ]);
  });
  t.it('allocated pages that nobody wrote are holes', (p) => {
    const fd = open(p);
    p.fallocate(fd, 0, 0, 3 * PAGE);
    p.pwrite(fd, bytes('x'), PAGE);
    expect(extents(p, fd)).toEqual([[PAGE, 2 * PAGE]]);
  });
  t.each(
    [
      ['PUNCH_HOLE alone', FALLOC_FL_PUNCH_HOLE, 'EOPNOTSUPP'],
      ['PUNCH_HOLE and ZERO_RANGE', FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE, 'EOPNOTSUPP'],
      ['COLLAPSE_RANGE', FALLOC_FL_COLLAPSE_RANGE, 'EOPNOTSUPP'],
      ['INSERT_RANGE', FALLOC_FL_INSERT_RANGE, 'EOPNOTSUPP'],
      ['ZERO_RANGE', FALLOC_FL_ZERO_RANGE, 'EOPNOTSUPP'],
      ['UNSHARE_RANGE', FALLOC_FL_UNSHARE_RANGE, 'EOPNOTSUPP'],
      ['an unknown mode', 0x1000, 'EOPNOTSUPP'],
    ] as const,
    'EOPNOTSUPP: %s',
    (p, _name, mode, errno) => {
      const fd = open(p, 'x');
      expectErrno(errno, () => p.fallocate(fd, mode, 0, PAGE));
    },
  );
  t.it('EINVAL: offset or length; EBADF, ENODEV, EFBIG', (p) => {
    const fd = open(p, 'x');
    expectErrno('EINVAL', () => p.fallocate(fd, 0, -1, 1));
    expectErrno('EINVAL', () => p.fallocate(fd, 0, 0, 0));
    expectErrno('EINVAL', () => p.fallocate(fd, 0, 0, -1));
    expectErrno('EINVAL', () => p.fallocate(p.open('f', O_RDONLY), 0, 0, 0));
    expectErrno('EBADF', () => p.fallocate(p.open('f', O_RDONLY), 0, 0, 1));
    expectErrno('EBADF', () => p.fallocate(99, 0, 0, 1));
    expectErrno('EBADF', () => p.fallocate(p.open('.', O_RDONLY), 0, 0, 1));
  });
  t.it('moves mtime and ctime', (p) => {
    const fd = open(p, 'x');
    expect(moved(p, 'f', () => p.fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, PAGE))).toBe('mc');
    expect(moved(p, 'f', () => p.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE))).toBe('mc');
  });
});

posix('setrlimit(2), RLIMIT_FSIZE', (t) => {
  t.it('a write that crosses it is short, one beyond is EFBIG', (p) => {
    const fd = open(p);
    p.setrlimit(RLIMIT_FSIZE, { cur: 10, max: 100 });
    expect(p.write(fd, bytes('abcdefghijklmno'))).toBe(10);
    expectErrno('EFBIG', () => p.write(fd, bytes('x')));
    expectErrno('EFBIG', () => p.pwrite(fd, bytes('x'), 10));
    expect(p.pwrite(fd, bytes('XY'), 9)).toBe(1);
    expectErrno('EFBIG', () => p.ftruncate(fd, 11));
    expectErrno('EFBIG', () => p.truncate('f', 11));
    expectErrno('EFBIG', () => p.fallocate(fd, 0, 0, 11));
    p.ftruncate(fd, 10);
    expect(p.getrlimit(RLIMIT_FSIZE)).toEqual({ cur: 10, max: 100 });
  });
  t.it('EINVAL: soft above hard, an unknown resource; EPERM: an ordinary user raising the hard limit', (p) => {
    expectErrno('EINVAL', () => p.setrlimit(RLIMIT_FSIZE, { cur: 11, max: 10 }));
    expectErrno('EINVAL', () => p.getrlimit(99));
    const u = t.user(1000);
    u.setrlimit(RLIMIT_FSIZE, { cur: 5, max: 10 });
    u.setrlimit(RLIMIT_FSIZE, { cur: 10, max: 10 });
    expectErrno('EPERM', () => u.setrlimit(RLIMIT_FSIZE, { cur: 10, max: 11 }));
  });
});

posix('copy_file_range(2)', (t) => {
  t.it('copies, moving the offsets that are not given', (p) => {
    const from = open(p, 'abcdefgh');
    const to = p.open('to', O_CREAT | O_RDWR, 0o644);
    expect(p.copy_file_range(from, null, to, null, 3)).toBe(3);
    expect([p.lseek(from, 0, SEEK_CUR), p.lseek(to, 0, SEEK_CUR)]).toEqual([3, 3]);
    expect(p.copy_file_range(from, 5, to, 4, 100)).toBe(3);
    expect([p.lseek(from, 0, SEEK_CUR), p.lseek(to, 0, SEEK_CUR)]).toEqual([3, 3]);
    expect(readFile(p, 'to')).toBe('abc\0fgh');
    expect(p.copy_file_range(from, 8, to, 0, 10)).toBe(0);
  });
  t.it('EINVAL: flags, overlap, other types; EISDIR; EBADF', (p) => {
    const fd = open(p, 'abcdefgh');
    expectErrno('EINVAL', () => p.copy_file_range(fd, 0, fd, 8, 8, 1));
    expectErrno('EINVAL', () => p.copy_file_range(fd, 0, fd, 4, 8));
    expect(p.copy_file_range(fd, 0, fd, 8, 8)).toBe(8);
    expectErrno('EISDIR', () => p.copy_file_range(p.open('.', O_RDONLY), null, fd, null, 1));
    expectErrno('EBADF', () => p.copy_file_range(fd, null, p.open('f', O_RDONLY), null, 1));
    expectErrno('EBADF', () => p.copy_file_range(p.open('f', O_WRONLY), null, fd, null, 1));
    expectErrno('EBADF', () => p.copy_file_range(99, null, fd, null, 1));
    expectErrno('EBADF', () => p.copy_file_range(fd, null, p.open('f', O_WRONLY | O_APPEND), null, 1));
  });
});
