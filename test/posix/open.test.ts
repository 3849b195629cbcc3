import {
  AT_FDCWD,
  F_GETFD,
  F_GETFL,
  FD_CLOEXEC,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  AT_EMPTY_PATH,
  F_DUPFD,
  F_SETFD,
  F_SETFL,
} from '../../src/abi/fcntl.ts';
import { CAP_FOWNER } from '../../src/abi/capability.ts';
import { MS_NODEV, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { makedev } from '../../src/abi/stat.ts';
import { bytes, list, makeDirectory, moved, pause, permissions, readAll, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix } from '../harness/posix.ts';

const O_LARGEFILE = 0o100000;

posix('open(2)', (t) => {
  t.it('gives the lowest free descriptor', (p) => {
    writeFile(p, 'f');
    expect([p.open('f', 0), p.open('f', 0), p.open('f', 0)]).toEqual([0, 1, 2]);
    p.close(1);
    expect(p.open('f', 0)).toBe(1);
    expect(p.open('f', 0)).toBe(3);
  });
  t.it('O_CREAT: mode less umask, owner and group of the process', (p) => {
    p.open('a', O_CREAT | O_WRONLY, 0o666);
    expect(permissions(p, 'a')).toBe('0644');
    p.umask(0o027);
    p.open('b', O_CREAT | O_WRONLY, 0o6777);
    expect(permissions(p, 'b')).toBe('6750');
    const u = t.user(1000, 1001);
    u.open('c', O_CREAT | O_WRONLY, 0o600);
    expect([p.stat('c').uid, p.stat('c').gid]).toEqual([1000, 1001]);
  });
  t.it('creates all times alike, and moves those of the directory', (p) => {
    expect(moved(p, '.', () => p.open('f', O_CREAT | O_WRONLY, 0o644))).toBe('mc');
    const s = p.statx(AT_FDCWD, 'f', 0, 0xfff);
    expect(s.atimeNsec).toBe(s.btimeNsec);
    expect(s.mtimeNsec).toBe(s.btimeNsec);
    expect(s.ctimeNsec).toBe(s.btimeNsec);
  });
  t.it('O_CREAT of an existing file changes nothing', (p) => {
    writeFile(p, 'f', 'x', 0o600);
    expect(moved(p, 'f', () => p.open('f', O_CREAT | O_RDWR, 0o777))).toBe('');
    expect(permissions(p, 'f')).toBe('0600');
  });
  t.it('a new file is opened as asked, whatever its mode', (_p) => {
    const u = t.user(1000);
    const fd = u.open('f', O_CREAT | O_RDWR, 0o000);
    expect(u.write(fd, bytes('x'))).toBe(1);
    expectErrno('EACCES', () => u.open('f', O_RDONLY));
  });
  t.it('O_EXCL: EEXIST for anything, a dangling link too', (p) => {
    writeFile(p, 'f');
    p.mkdir('d', 0o755);
    p.symlink('no', 'l');
    for (const path of ['f', 'd', 'l', '.', '/', '..']) {
      expectErrno('EEXIST', () => p.open(path, O_CREAT | O_EXCL | O_WRONLY, 0o644));
    }
  });
  t.it('O_CREAT follows a dangling link', (p) => {
    p.symlink('target', 'l');
    p.open('l', O_CREAT | O_WRONLY, 0o644);
    expect(list(p, '.')).toEqual(['l', 'target']);
    p.symlink('no/such', 'm');
    expectErrno('ENOENT', () => p.open('m', O_CREAT | O_WRONLY, 0o644));
    p.symlink('slash/', 's');
    expectErrno('EISDIR', () => p.open('s', O_CREAT | O_WRONLY, 0o644));
  });
  t.it('EISDIR: a directory for writing, with O_CREAT, or a name with a slash to be created', (p) => {
    p.mkdir('d', 0o755);
    for (const flags of [O_WRONLY, O_RDWR, O_CREAT, O_RDONLY | O_TRUNC, O_CREAT | O_RDWR])
      expectErrno('EISDIR', () => p.open('d', flags, 0o644));
    expectErrno('EISDIR', () => p.open('new/', O_CREAT | O_WRONLY, 0o644));
    expectErrno('EISDIR', () => p.open('.', O_CREAT, 0o644));
    writeFile(p, 'f');
    expectErrno('EISDIR', () => p.open('f/', O_CREAT | O_WRONLY, 0o644));
  });
  t.it('ENOTDIR: a file as a directory', (p) => {
    writeFile(p, 'f');
    expectErrno('ENOTDIR', () => p.open('f/', O_RDONLY));
    expectErrno('ENOTDIR', () => p.open('f/.', O_RDONLY));
    expectErrno('ENOTDIR', () => p.open('f/x', O_CREAT | O_RDONLY, 0o644));
    expectErrno('ENOTDIR', () => p.open('f', O_DIRECTORY));
    p.symlink('f', 'l');
    expectErrno('ENOTDIR', () => p.open('l', O_DIRECTORY));
  });
  t.it('EINVAL: O_CREAT with O_DIRECTORY', (p) => {
    expectErrno('EINVAL', () => p.open('new', O_CREAT | O_DIRECTORY, 0o755));
    p.mkdir('d', 0o755);
    expectErrno('EINVAL', () => p.open('d', O_CREAT | O_DIRECTORY, 0o755));
  });
  t.it('O_NOFOLLOW: ELOOP for a final symlink, which a slash makes not final', (p) => {
    p.mkdir('d', 0o755);
    p.symlink('d', 'l');
    expectErrno('ELOOP', () => p.open('l', O_NOFOLLOW));
    expectErrno('ENOTDIR', () => p.open('l', O_NOFOLLOW | O_DIRECTORY));
    p.open('l/', O_NOFOLLOW);
    expectErrno('ELOOP', () => p.open('l', O_NOFOLLOW | O_CREAT, 0o644));
  });
  t.it('O_TRUNC empties the file, also opened for reading, and needs write permission', (p) => {
    writeFile(p, 'f', 'content', 0o644);
    p.open('f', O_RDONLY | O_TRUNC);
    expect(p.stat('f').size).toBe(0);
    writeFile(p, 'g', 'content', 0o644);
    expectErrno('EACCES', () => t.user(1000).open('g', O_RDONLY | O_TRUNC));
    expect(p.stat('g').size).toBe(7);
  });
  t.it('O_TRUNC moves mtime and ctime, of an empty file too', (p) => {
    writeFile(p, 'f', 'x');
    expect(moved(p, 'f', () => p.open('f', O_WRONLY | O_TRUNC))).toBe('mc');
    expect(moved(p, 'f', () => p.open('f', O_WRONLY | O_TRUNC))).toBe('mc');
  });
  t.it('O_TRUNC clears set-id bits for an ordinary user', (p) => {
    writeFile(p, 'f', 'x', 0o6777);
    p.chown('f', 1000, 1000);
    p.chmod('f', 0o6777);
    t.user(1000).open('f', O_WRONLY | O_TRUNC);
    expect(permissions(p, 'f')).toBe('0777');
    p.chmod('f', 0o6777);
    p.open('f', O_WRONLY | O_TRUNC);
    expect(permissions(p, 'f')).toBe('6777');
  });
  t.it('O_APPEND writes at the end, wherever the offset is', (p) => {
    writeFile(p, 'f', 'abc');
    const fd = p.open('f', O_RDWR | O_APPEND);
    p.lseek(fd, 0, 0);
    p.write(fd, bytes('d'));
    expect(p.lseek(fd, 0, 1)).toBe(4);
    expect(p.pwrite(fd, bytes('e'), 0)).toBe(1);
    expect(readFile(p, 'f')).toBe('abcde');
    expect(p.lseek(fd, 0, 1)).toBe(4);
  });
  t.it('access mode 3 needs both permissions and gives neither', (p) => {
    writeFile(p, 'f', 'x', 0o644);
    const fd = p.open('f', 3);
    expectErrno('EBADF', () => p.read(fd, new Uint8Array(1)));
    expectErrno('EBADF', () => p.write(fd, bytes('x')));
    expect(p.fcntl(fd, F_GETFL) & 3).toBe(3);
    expectErrno('EACCES', () => t.user(1000).open('f', 3));
  });
  t.it('ignores unknown flags', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', 0x40000000 | O_RDWR);
    expect(p.fcntl(fd, F_GETFL)).toBe(O_RDWR | O_LARGEFILE);
  });
  t.it('F_GETFL shows status flags, not those of creation', (p) => {
    const fd = p.open('f', O_CREAT | O_EXCL | O_TRUNC | O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_SYNC, 0o644);
    expect(p.fcntl(fd, F_GETFL)).toBe(O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC | O_LARGEFILE);
    expect(p.fcntl(fd, F_GETFD)).toBe(FD_CLOEXEC);
    expect(p.fcntl(p.open('.', O_DIRECTORY | O_NOFOLLOW), F_GETFL)).toBe(O_DIRECTORY | O_NOFOLLOW | O_LARGEFILE);
  });
  t.it('O_NOATIME: EPERM unless the file is one’s own', (p) => {
    writeFile(p, 'f', 'x', 0o666);
    expectErrno('EPERM', () => t.user(1000).open('f', O_NOATIME));
    const q = t.spawn({ uid: 1000, capabilities: [CAP_FOWNER] });
    const fd = q.open('f', O_NOATIME);
    pause();
    expect(moved(p, 'f', () => readAll(q, fd))).toBe('');
  });
  t.it('EROFS for writing, not for reading; ENOENT before it, EISDIR before it', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/f');
    p.mkdir('m/d', 0o755);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    p.open('m/f', O_RDONLY);
    for (const flags of [O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC]) expectErrno('EROFS', () => p.open('m/f', flags));
    expectErrno('EROFS', () => p.open('m/new', O_CREAT | O_WRONLY, 0o644));
    expectErrno('ENOENT', () => p.open('m/no', O_WRONLY));
    p.open('m/f', O_CREAT | O_RDONLY, 0o644);
    expectErrno('EEXIST', () => p.open('m/f', O_CREAT | O_EXCL | O_RDONLY, 0o644));
    expectErrno('EISDIR', () => p.open('m/d', O_WRONLY));
    const u = t.user(1000);
    expectErrno('EROFS', () => u.open('m/new', O_CREAT | O_WRONLY, 0o644));
    expectErrno('EROFS', () => u.open('m/f', O_WRONLY));
  });
  t.it('ENXIO: a socket, an unregistered device; EACCES: a device on a nodev mount', (p) => {
    p.mknod('socket', 0o140777, 0);
    expectErrno('ENXIO', () => p.open('socket', O_RDWR));
    p.mknod('device', 0o20666, makedev(250, 77));
    expectErrno('ENXIO', () => p.open('device', O_RDWR));
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_NODEV, null);
    p.mknod('m/device', 0o20666, makedev(1, 3));
    expectErrno('EACCES', () => p.open('m/device', O_RDWR));
    p.open('m/device', O_PATH);
  });
  t.it('ENAMETOOLONG, ENOENT: odd paths', (p) => {
    expectErrno('ENOENT', () => p.open('', O_CREAT | O_WRONLY, 0o644));
    p.open('n'.repeat(255), O_CREAT | O_WRONLY, 0o644);
    expectErrno('ENAMETOOLONG', () => p.open('n'.repeat(256), O_CREAT | O_WRONLY, 0o644));
    expectErrno('ENAMETOOLONG', () => p.open('n'.repeat(256), O_RDONLY));
    p.open(`${'/'.repeat(4090)}case`, O_RDONLY);
    expectErrno('ENAMETOOLONG', () => p.open(`${'/'.repeat(4092)}case`, O_RDONLY));
  });
  t.it('creat is open for writing, creating and truncating', (p) => {
    writeFile(p, 'f', 'x');
    const fd = p.creat('f', 0o600);
    expect(p.fcntl(fd, F_GETFL)).toBe(O_WRONLY | O_LARGEFILE);
    expect(p.stat('f').size).toBe(0);
  });
  t.it('open file offsets are shared by dup, not by a second open', (p) => {
    writeFile(p, 'f', 'abcdef');
    const a = p.open('f', O_RDONLY);
    const b = p.dup(a);
    const c = p.open('f', O_RDONLY);
    readAll(p, a, 2);
    expect([readAll(p, b, 2), readAll(p, c, 2)]).toEqual(['cd', 'ab']);
  });
  t.it('permission at open counts, not later', (p) => {
    writeFile(p, 'f', 'x', 0o644);
    const u = t.user(1000);
    const fd = u.open('f', O_RDONLY);
    p.chmod('f', 0);
    expect(readAll(u, fd)).toBe('x');
  });
});

posix('open(2), O_TMPFILE', (t) => {
  t.it('makes a file without a name', (p) => {
    const fd = p.open('.', O_TMPFILE | O_RDWR, 0o666);
    expect(list(p, '.')).toEqual([]);
    const s = p.fstat(fd);
    expect([s.nlink, s.mode, s.size]).toEqual([0, 0o100644, 0]);
    p.write(fd, bytes('x'));
    expect(p.fstat(fd).size).toBe(1);
  });
  t.it('does not move the times of the directory', (p) => {
    expect(moved(p, '.', () => p.open('.', O_TMPFILE | O_RDWR, 0o644))).toBe('');
  });
  t.it('EINVAL: for reading only, or with O_CREAT', (p) => {
    expectErrno('EINVAL', () => p.open('.', O_TMPFILE | O_RDONLY, 0o644));
    expectErrno('EINVAL', () => p.open('.', O_TMPFILE | O_CREAT | O_RDWR, 0o644));
    expectErrno('EINVAL', () => p.open('.', (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0o644));
  });
  t.it('ENOTDIR, ENOENT, EACCES: the directory', (p) => {
    writeFile(p, 'f', '', 0o666);
    makeDirectory(p, 'd', 0o755);
    expectErrno('ENOTDIR', () => p.open('f', O_TMPFILE | O_RDWR, 0o644));
    expectErrno('ENOENT', () => p.open('no', O_TMPFILE | O_RDWR, 0o644));
    expectErrno('EACCES', () => t.user(1000).open('d', O_TMPFILE | O_RDWR, 0o644));
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_RDONLY, null);
    expectErrno('EROFS', () => p.open('m', O_TMPFILE | O_RDWR, 0o644));
  });
});

posix('open(2), O_PATH', (t) => {
  t.it('needs no permission on the object', (p) => {
    writeFile(p, 'f', 'x', 0o000);
    makeDirectory(p, 'd', 0o000);
    const u = t.user(1000);
    u.open('f', O_PATH);
    const fd = u.open('d', O_PATH);
    expectErrno('EACCES', () => u.openat(fd, 'x', O_RDONLY));
    expectErrno('EACCES', () => u.fchdir(fd));
  });
  t.it('keeps O_DIRECTORY and O_NOFOLLOW only', (p) => {
    p.symlink('no', 'l');
    const fd = p.open('l', O_PATH | O_NOFOLLOW | O_RDWR | O_APPEND | O_CREAT | O_TRUNC, 0o644);
    expect(p.fstat(fd).mode).toBe(0o120777);
    expect(p.fcntl(fd, F_GETFL)).toBe(O_PATH | O_NOFOLLOW);
    expectErrno('ENOENT', () => p.open('l', O_PATH));
    expectErrno('ENOENT', () => p.open('new', O_PATH | O_CREAT, 0o644));
    expectErrno('ENOTDIR', () => p.open('l', O_PATH | O_NOFOLLOW | O_DIRECTORY));
  });
  t.it('EBADF: everything that needs an open file', (p) => {
    writeFile(p, 'f', 'x');
    const fd = p.open('f', O_PATH);
    const buffer = new Uint8Array(1);
    const calls: Record<string, () => unknown> = {
      read: () => p.read(fd, buffer),
      write: () => p.write(fd, buffer),
      pread: () => p.pread(fd, buffer, 0),
      lseek: () => p.lseek(fd, 0, 0),
      ftruncate: () => p.ftruncate(fd, 0),
      fallocate: () => p.fallocate(fd, 0, 0, 1),
      fchmod: () => p.fchmod(fd, 0o644),
      fchown: () => p.fchown(fd, 0, 0),
      futimens: () => p.futimens(fd, null),
      fsync: () => p.fsync(fd),
      ioctl: () => p.ioctl(fd, 0x5401),
      fgetxattr: () => p.fgetxattr(fd, 'user.x'),
      fsetxattr: () => p.fsetxattr(fd, 'user.x', buffer),
      flistxattr: () => p.flistxattr(fd),
      getdents: () => p.getdents(fd),
      F_SETFL: () => p.fcntl(fd, F_SETFL, 0),
      syncfs: () => p.syncfs(fd),
      copy_file_range: () => p.copy_file_range(fd, null, fd, null, 1),
    };
    expect(Object.entries(calls).map(([name, call]) => `${name} ${outcome(call)}`)).toEqual(
      Object.keys(calls).map((name) => `${name} EBADF`),
    );
  });
  t.it('allows what only needs a place', (p) => {
    writeFile(p, 'f', 'x');
    const fd = p.open('f', O_PATH);
    expect(p.fstat(fd).size).toBe(1);
    expect(p.fstatfs(fd).type).toBe(t.throughFuse('statfs-type', 0x01021994, 0x65735546));
    p.close(p.dup(fd));
    p.fcntl(fd, F_SETFD, FD_CLOEXEC);
    expect(p.fcntl(fd, F_GETFD)).toBe(FD_CLOEXEC);
    p.fcntl(fd, F_DUPFD, 10);
    expect(p.fstatat(fd, '', AT_EMPTY_PATH).size).toBe(1);
    p.fchownat(fd, '', 5, 6, AT_EMPTY_PATH);
    expect(p.stat('f').uid).toBe(5);
    p.fchmodat(fd, '', 0o600, AT_EMPTY_PATH);
    expect(permissions(p, 'f')).toBe('0600');
    const d = p.open('.', O_PATH);
    p.openat(d, 'f', O_RDONLY);
    p.fchdir(d);
  });
});

posix('openat2(2)', (t) => {
  t.it('EINVAL: what open ignores', (p) => {
    writeFile(p, 'f');
    const open = (how: { flags: number; mode?: number; resolve?: number }): unknown => p.openat2(AT_FDCWD, 'f', how);
    expectErrno('EINVAL', () => open({ flags: 0x40000000 }));
    expectErrno('EINVAL', () => open({ flags: O_RDONLY, mode: 0o644 }));
    expectErrno('EINVAL', () => open({ flags: O_CREAT, mode: 0o10644 }));
    expectErrno('EINVAL', () => open({ flags: O_PATH | O_RDWR }));
    expectErrno('EINVAL', () => open({ flags: O_PATH | O_CREAT, mode: 0o644 }));
    expectErrno('EINVAL', () => open({ flags: O_RDONLY, resolve: 64 }));
    expectErrno('EINVAL', () => open({ flags: O_RDONLY, resolve: 8 | 16 }));
    open({ flags: O_PATH | O_NOFOLLOW | O_CLOEXEC });
    open({ flags: O_CREAT | O_RDWR, mode: 0o644 });
  });
});

posix('openat(2)', (t) => {
  t.it('starts at the descriptor, unless the path is absolute', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'd/f', 'in d');
    const fd = p.open('d', O_RDONLY);
    expect(readAll(p, p.openat(fd, 'f', O_RDONLY))).toBe('in d');
    p.rename('d', 'e');
    expect(readAll(p, p.openat(fd, 'f', O_RDONLY))).toBe('in d');
    expect(readAll(p, p.openat(99, '/case/e/f', O_RDONLY))).toBe('in d');
    expectErrno('EBADF', () => p.openat(99, 'f', O_RDONLY));
    expectErrno('ENOTDIR', () => p.openat(p.open('e/f', O_RDONLY), 'f', O_RDONLY));
    expectErrno('ENOENT', () => p.openat(fd, '', O_RDONLY));
  });
  t.it('EACCES: the directory of the descriptor must be searchable', (p) => {
    makeDirectory(p, 'd', 0o744);
    writeFile(p, 'd/f');
    const u = t.user(1000);
    const fd = u.open('d', O_RDONLY);
    expectErrno('EACCES', () => u.openat(fd, 'f', O_RDONLY));
    expectErrno('EACCES', () => u.openat(fd, '.', O_RDONLY));
  });
});
