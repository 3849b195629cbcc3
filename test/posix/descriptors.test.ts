import {
  CLOSE_RANGE_CLOEXEC,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_APPEND,
  O_CLOEXEC,
  O_NOATIME,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from '../../src/abi/fcntl.ts';
import { POLLIN, POLLNVAL, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../src/abi/poll.ts';
import { RLIMIT_NOFILE } from '../../src/abi/resource.ts';
import { bytes, readAll, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('dup(2)', (t) => {
  t.it('dup gives the lowest, dup2 and dup3 the named descriptor', (p) => {
    writeFile(p, 'f', 'abc');
    const fd = p.open('f', O_RDONLY);
    expect([p.dup(fd), p.dup2(fd, 10), p.dup3(fd, 11, O_CLOEXEC), p.dup(fd)]).toEqual([1, 10, 11, 2]);
    expect([p.fcntl(10, F_GETFD), p.fcntl(11, F_GETFD)]).toEqual([0, FD_CLOEXEC]);
  });
  t.it('dup2 closes what was there, and does nothing on the same descriptor', (p) => {
    writeFile(p, 'f', 'f');
    writeFile(p, 'g', 'g');
    const f = p.open('f', O_RDONLY | O_CLOEXEC);
    const g = p.open('g', O_RDONLY);
    expect(p.dup2(f, g)).toBe(g);
    expect(readAll(p, g)).toBe('f');
    expect(p.fcntl(g, F_GETFD)).toBe(0);
    expect(p.dup2(f, f)).toBe(f);
    expect(p.fcntl(f, F_GETFD)).toBe(FD_CLOEXEC);
  });
  t.it('EBADF, EINVAL', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', O_RDONLY);
    expectErrno('EBADF', () => p.dup(99));
    expectErrno('EBADF', () => p.dup2(99, 5));
    expectErrno('EBADF', () => p.dup2(99, 99));
    expectErrno('EBADF', () => p.dup2(fd, -1));
    expectErrno('EINVAL', () => p.dup3(fd, fd, 0));
    expectErrno('EINVAL', () => p.dup3(fd, 5, O_NONBLOCK));
    expectErrno('EBADF', () => p.dup3(99, 5, 0));
  });
  t.it('shares status flags, not descriptor flags', (p) => {
    writeFile(p, 'f', 'abc');
    const fd = p.open('f', O_RDWR);
    const other = p.dup(fd);
    p.fcntl(other, F_SETFL, O_APPEND);
    expect(p.fcntl(fd, F_GETFL) & O_APPEND).toBe(O_APPEND);
    p.write(fd, bytes('d'));
    expect(readFile(p, 'f')).toBe('abcd');
    p.fcntl(other, F_SETFD, FD_CLOEXEC);
    expect(p.fcntl(fd, F_GETFD)).toBe(0);
  });
});

posix('fcntl(2)', (t) => {
  t.it('F_DUPFD: the lowest from a number on', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', O_RDONLY);
    expect([p.fcntl(fd, F_DUPFD, 0), p.fcntl(fd, F_DUPFD, 7), p.fcntl(fd, F_DUPFD_CLOEXEC, 7)]).toEqual([1, 7, 8]);
    expect(p.fcntl(8, F_GETFD)).toBe(FD_CLOEXEC);
    expectErrno('EINVAL', () => p.fcntl(fd, F_DUPFD, -1));
    expectErrno('EINVAL', () => p.fcntl(fd, F_DUPFD, 0x7fffffff));
    expectErrno('EBADF', () => p.fcntl(99, F_DUPFD, -1));
  });
  t.it('F_SETFL changes status flags only', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', O_WRONLY | O_APPEND);
    p.fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    expect(p.fcntl(fd, F_GETFL)).toBe(O_WRONLY | O_NONBLOCK | 0o100000);
    p.fcntl(fd, F_SETFL, 0);
    expect(p.fcntl(fd, F_GETFL)).toBe(O_WRONLY | 0o100000);
  });
  t.it('F_SETFL: O_NOATIME needs the owner', (p) => {
    writeFile(p, 'f', '', 0o644);
    const u = t.user(1000);
    expectErrno('EPERM', () => u.fcntl(u.open('f', O_RDONLY), F_SETFL, O_NOATIME));
    const fd = p.open('f', O_RDONLY);
    p.fcntl(fd, F_SETFL, O_NOATIME);
    expect(p.fcntl(fd, F_GETFL) & O_NOATIME).toBe(O_NOATIME);
  });
  t.it('F_SETFD keeps only FD_CLOEXEC', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', O_RDONLY);
    p.fcntl(fd, F_SETFD, 0xffff);
    expect(p.fcntl(fd, F_GETFD)).toBe(1);
    p.fcntl(fd, F_SETFD, 2);
    expect(p.fcntl(fd, F_GETFD)).toBe(0);
  });
  t.it('EBADF, EINVAL', (p) => {
    writeFile(p, 'f');
    expectErrno('EBADF', () => p.fcntl(99, F_GETFD));
    expectErrno('EBADF', () => p.fcntl(-1, F_GETFL));
    expectErrno('EINVAL', () => p.fcntl(p.open('f', O_RDONLY), 9999));
  });
});

posix('close(2), close_range(2)', (t) => {
  t.it('EBADF: closed already', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', O_RDONLY);
    p.close(fd);
    expectErrno('EBADF', () => p.close(fd));
  });
  t.it('closes a range, or marks it', (p) => {
    writeFile(p, 'f');
    for (let i = 0; i < 6; i++) p.open('f', O_RDONLY);
    p.close_range(1, 2, 0);
    p.close_range(4, 100, CLOSE_RANGE_CLOEXEC);
    expect([0, 3, 4, 5].map((fd) => p.fcntl(fd, F_GETFD))).toEqual([0, 0, 1, 1]);
    expectErrno('EBADF', () => p.fstat(1));
    expectErrno('EINVAL', () => p.close_range(5, 4, 0));
    expectErrno('EINVAL', () => p.close_range(1, 2, 8));
    p.close_range(3, 0xffffffff, 0);
    expectErrno('EBADF', () => p.fstat(3));
  });
});

posix('getrlimit(2), RLIMIT_NOFILE', (t) => {
  t.it('EMFILE: no descriptor below the soft limit is free', (p) => {
    writeFile(p, 'f');
    const { max } = p.getrlimit(RLIMIT_NOFILE);
    p.setrlimit(RLIMIT_NOFILE, { cur: 3, max });
    expect([p.open('f', 0), p.open('f', 0), p.open('f', 0)]).toEqual([0, 1, 2]);
    expectErrno('EMFILE', () => p.open('f', 0));
    expectErrno('EMFILE', () => p.open('missing', 0));
    expectErrno('EMFILE', () => p.dup(0));
    expectErrno('EBADF', () => p.dup2(0, 3));
    expectErrno('EINVAL', () => p.fcntl(0, F_DUPFD, 3));
    expectErrno('EMFILE', () => p.fcntl(0, F_DUPFD, 2));
    p.close(1);
    expect(p.open('f', 0)).toBe(1);
  });
  t.it('descriptors above a lowered limit stay', (p) => {
    writeFile(p, 'f', 'x');
    for (let i = 0; i < 5; i++) p.open('f', 0);
    p.setrlimit(RLIMIT_NOFILE, { cur: 2, max: p.getrlimit(RLIMIT_NOFILE).max });
    expect(readAll(p, 4)).toBe('x');
    expectErrno('EMFILE', () => p.open('f', 0));
  });
});

posix('poll(2)', (t) => {
  t.it('a regular file and a directory never wait', (p) => {
    writeFile(p, 'f');
    const fds = [
      { fd: p.open('f', O_RDONLY), events: POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, revents: 0 },
      { fd: p.open('.', O_RDONLY), events: POLLIN, revents: 0 },
      { fd: 99, events: POLLIN, revents: 0 },
      { fd: -1, events: POLLIN, revents: 0 },
    ];
    expect(p.poll(fds)).toBe(3);
    expect(fds.map(({ revents }) => revents)).toEqual([POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, POLLIN, POLLNVAL, 0]);
    expect(p.poll([])).toBe(0);
  });
});

posix('fork(2)', (t) => {
  t.it('copies the descriptors, which share their offsets', (p) => {
    writeFile(p, 'f', 'abcdef');
    const fd = p.open('f', O_RDONLY);
    const child = p.fork();
    expect([readAll(p, fd, 2), readAll(child, fd, 2)]).toEqual(['ab', 'cd']);
    child.close(fd);
    expect(readAll(p, fd, 2)).toBe('ef');
    child.exit(0);
  });
  t.it('copies umask, credentials and limits', (p) => {
    p.umask(0o077);
    p.setgroups([5, 6]);
    p.setresuid(1000, 1000, 1000);
    const child = p.fork();
    expect([child.umask(0), child.getgroups(), child.getresuid()]).toEqual([0o077, [5, 6], [1000, 1000, 1000]]);
    expect(p.umask(0o022)).toBe(0o077);
  });
});

posix('umask(2)', (t) => {
  t.it('answers the old one and keeps the permission bits', (p) => {
    expect([p.umask(0o7777), p.umask(-1), p.umask(0)]).toEqual([0o022, 0o777, 0o777]);
  });
  t.it('takes from directories, nodes and files, not from symlinks', (p) => {
    p.umask(0o777);
    p.mkdir('d', 0o777);
    p.mknod('fifo', 0o10666, 0);
    p.symlink('x', 'l');
    expect(['d', 'fifo', 'l'].map((path) => p.lstat(path).mode & 0o7777)).toEqual([0, 0, 0o777]);
  });
});
