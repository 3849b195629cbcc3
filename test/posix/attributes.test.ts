import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_DONT_SYNC,
  AT_STATX_FORCE_SYNC,
  AT_SYMLINK_NOFOLLOW,
  O_CREAT,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
} from '../../src/abi/fcntl.ts';
import { CAP_CHOWN, CAP_FOWNER, CAP_FSETID } from '../../src/abi/capability.ts';
import { MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import {
  makedev,
  STATX_ALL,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
  STATX_CTIME,
  STATX_MNT_ID,
  STATX_MTIME,
} from '../../src/abi/stat.ts';
import { UTIME_NOW, UTIME_OMIT } from '../../src/abi/time.ts';
import { makeDirectory, moved, pause, permissions, readFile, times, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

posix('stat(2)', (t) => {
  t.it('a new directory', (p) => {
    p.mkdir('d', 0o755);
    const s = p.stat('d');
    expect([s.mode, s.nlink, s.uid, s.gid, s.rdev, s.size, s.blksize, s.blocks]).toEqual([0o40755, 2, 0, 0, 0, 40, 4096, 0]);
  });
  t.it('a directory grows by 20 an entry', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'd/a');
    p.mkdir('d/b', 0o755);
    p.symlink('x', 'd/c');
    expect([p.stat('d').size, p.stat('d').nlink]).toEqual([100, 3]);
    p.unlink('d/a');
    expect(p.stat('d').size).toBe(80);
  });
  t.it('a file’s size and blocks', (p) => {
    writeFile(p, 'f', 'x'.repeat(5000));
    const s = p.stat('f');
    expect([s.mode, s.nlink, s.size, s.blksize, s.blocks, s.rdev]).toEqual([0o100644, 1, 5000, 4096, 16, 0]);
  });
  t.it('device numbers, FIFOs and sockets', (p) => {
    p.mknod('c', 0o20600, makedev(1, 3));
    p.mknod('b', 0o60600, makedev(259, 70000));
    p.mknod('fifo', 0o10600, makedev(5, 5));
    p.mknod('socket', 0o140600, 0);
    expect(['c', 'b', 'fifo', 'socket'].map((path) => [p.stat(path).rdev, p.stat(path).size, p.stat(path).mode])).toEqual([
      [makedev(1, 3), 0, 0o20600],
      [makedev(259, 70000), 0, 0o60600],
      [0, 0, 0o10600],
      [0, 0, 0o140600],
    ]);
  });
  t.it('one filesystem has one device number, another another', (p) => {
    p.mkdir('m', 0o755);
    const { dev, ino } = p.stat('m');
    expect(p.stat('/').dev).toBe(dev);
    p.mount('t', 'm', 'tmpfs', 0, null);
    expect(p.stat('m').dev).not.toBe(dev);
    expect(p.stat('m').ino === ino && p.stat('m').dev === dev).toBe(false);
  });
  t.it('needs search permission on the way only', (p) => {
    makeDirectory(p, 'd', 0o711);
    writeFile(p, 'd/f', '', 0o000);
    const u = t.user(1000);
    u.stat('d/f');
    p.chmod('d', 0o766);
    expectErrno('EACCES', () => u.stat('d/f'));
    expectErrno('EACCES', () => u.lstat('d/f'));
  });
  t.it('lstat is the link itself, unless a slash follows', (p) => {
    p.mkdir('d', 0o755);
    p.symlink('d', 'l');
    p.symlink('no', 'm');
    expect([p.lstat('l').mode, p.lstat('l/').mode, p.stat('l').mode]).toEqual([0o120777, 0o40755, 0o40755]);
    expect(p.lstat('m').size).toBe(2);
    expectErrno('ENOENT', () => p.stat('m'));
    expectErrno('ENOENT', () => p.lstat('m/'));
  });
  t.it('fstatat: AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW; EINVAL for other flags', (p) => {
    writeFile(p, 'f', 'abc');
    p.symlink('f', 'l');
    const fd = p.open('f', O_RDONLY);
    expect(p.fstatat(fd, '', AT_EMPTY_PATH).size).toBe(3);
    expect(p.fstatat(AT_FDCWD, '', AT_EMPTY_PATH).ino).toBe(p.stat('.').ino);
    expect(p.fstatat(AT_FDCWD, 'l', AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT).size).toBe(1);
    expect(p.fstatat(p.open('l', O_PATH | O_NOFOLLOW), '', AT_EMPTY_PATH).mode).toBe(0o120777);
    expectErrno('ENOENT', () => p.fstatat(fd, '', 0));
    expectErrno('EBADF', () => p.fstatat(99, '', AT_EMPTY_PATH));
    expectErrno('ENOTDIR', () => p.fstatat(fd, 'x', 0));
    for (const flags of [1, 0x200, 0x8000, -1]) expectErrno('EINVAL', () => p.fstatat(AT_FDCWD, 'f', flags));
  });
});

posix('statx(2)', (t) => {
  t.it('fills the basic fields whatever is asked, and the birth time', (p) => {
    writeFile(p, 'f', 'abc');
    p.chmod('f', 0o600);
    const s = p.statx(AT_FDCWD, 'f', 0, STATX_ALL);
    expect(s.mask & STATX_ALL).toBe(STATX_ALL);
    expect([s.mode, s.size, s.blksize]).toEqual([0o100600, 3, 4096]);
    expect(s.btimeSec).toBeGreaterThan(0);
    // Linux does not fill the changing times of a file unless asked, to keep them coarse.
    expect(p.statx(AT_FDCWD, 'f', 0, 0).mask & STATX_BASIC_STATS).toBe(
      t.throughFuse('statx-mask', STATX_BASIC_STATS & ~(STATX_MTIME | STATX_CTIME), STATX_BASIC_STATS),
    );
    expect(p.statx(AT_FDCWD, 'f', 0, STATX_MTIME).mask & STATX_BASIC_STATS).toBe(STATX_BASIC_STATS);
    expect(p.statx(AT_FDCWD, 'f', 0, STATX_MNT_ID).mask & STATX_MNT_ID).toBe(STATX_MNT_ID);
  });
  t.it('says what is the root of a mount', (p) => {
    p.mkdir('d', 0o755);
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    const root = (path: string): boolean => (p.statx(AT_FDCWD, path, 0, 0).attributes & STATX_ATTR_MOUNT_ROOT) !== 0;
    expect([root('d'), root('m'), root('/'), root('.')]).toEqual([false, true, true, false]);
  });
  t.it('EINVAL: a reserved mask bit, both sync flags, unknown flags', (p) => {
    writeFile(p, 'f');
    expectErrno('EINVAL', () => p.statx(AT_FDCWD, 'f', 0, 0x80000000));
    expectErrno('EINVAL', () => p.statx(AT_FDCWD, 'f', AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, 0));
    expectErrno('EINVAL', () => p.statx(AT_FDCWD, 'f', 1, 0));
    p.statx(AT_FDCWD, 'f', AT_STATX_FORCE_SYNC, 0x7fffffff);
    expectErrno('ENOENT', () => p.statx(AT_FDCWD, '', 0, 0));
    p.statx(AT_FDCWD, '', AT_EMPTY_PATH, 0);
    expectErrno('EBADF', () => p.statx(99, '', AT_EMPTY_PATH, 0));
  });
});

posix('chmod(2)', (t) => {
  t.it('sets all twelve bits, and drops the others', (p) => {
    writeFile(p, 'f');
    p.chmod('f', 0o7777);
    expect(permissions(p, 'f')).toBe('7777');
    p.chmod('f', 0o170123);
    expect(p.stat('f').mode).toBe(0o100123);
  });
  t.it('follows links; fchmodat does not when told', (p) => {
    writeFile(p, 'f');
    p.symlink('f', 'l');
    p.chmod('l', 0o600);
    expect(permissions(p, 'f')).toBe('0600');
    expectErrno('EOPNOTSUPP', () => p.fchmodat(AT_FDCWD, 'l', 0o644, AT_SYMLINK_NOFOLLOW));
    p.fchmodat(AT_FDCWD, 'f', 0o640, AT_SYMLINK_NOFOLLOW);
    expect(permissions(p, 'f')).toBe('0640');
    expectErrno('EINVAL', () => p.fchmodat(AT_FDCWD, 'f', 0o644, 1));
  });
  t.it('EPERM: another’s file, without CAP_FOWNER', (p) => {
    writeFile(p, 'f', '', 0o666);
    expectErrno('EPERM', () => t.user(1000).chmod('f', 0o777));
    t.spawn({ uid: 1000, capabilities: [CAP_FOWNER] }).chmod('f', 0o777);
    expect(permissions(p, 'f')).toBe('0777');
  });
  t.it('S_ISGID is dropped silently outside the group, without CAP_FSETID', (p) => {
    const u = t.user(1000, 1000, [1001]);
    writeFile(u, 'f');
    p.chown('f', 1000, 5);
    u.chmod('f', 0o6755);
    expect(permissions(p, 'f')).toBe('4755');
    p.chown('f', 1000, 1001);
    u.chmod('f', 0o6755);
    expect(permissions(p, 'f')).toBe('6755');
    p.chown('f', 1000, 5);
    t.spawn({ uid: 1000, gid: 1000, capabilities: [CAP_FSETID] }).chmod('f', 0o2755);
    expect(permissions(p, 'f')).toBe('2755');
  });
  t.it('the sticky bit of a file is anybody’s', (_p) => {
    const u = t.user(1000);
    writeFile(u, 'f');
    u.chmod('f', 0o1644);
    expect(permissions(u, 'f')).toBe('1644');
  });
  t.it('moves ctime only, each time', (p) => {
    writeFile(p, 'f');
    expect(moved(p, 'f', () => p.chmod('f', 0o600))).toBe('c');
    expect(moved(p, 'f', () => p.chmod('f', 0o600))).toBe('c');
  });
  t.it('EROFS, before EPERM; ENOENT, ENOTDIR', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/f');
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.chmod('m/f', 0o600));
    expectErrno('EROFS', () => t.user(1000).chmod('m/f', 0o600));
    expectErrno('ENOENT', () => p.chmod('m/no', 0o600));
    expectErrno('ENOTDIR', () => p.chmod('m/f/', 0o600));
    const fd = p.open('m/f', O_RDONLY);
    expectErrno('EROFS', () => p.fchmod(fd, 0o600));
    expectErrno('EBADF', () => p.fchmod(99, 0o600));
  });
});

posix('chown(2)', (t) => {
  const owner = (p: Process, path: string): string => `${p.lstat(path).uid}:${p.lstat(path).gid}`;

  t.it('sets owner and group; -1 leaves one', (p) => {
    writeFile(p, 'f');
    p.chown('f', 1, 2);
    p.chown('f', -1, 3);
    p.chown('f', 4, -1);
    expect(owner(p, 'f')).toBe('4:3');
    p.chown('f', 0xfffffffe, 0xfffffffe);
    expect(owner(p, 'f')).toBe('4294967294:4294967294');
  });
  t.it('chown follows links, lchown does not', (p) => {
    writeFile(p, 'f');
    p.symlink('f', 'l');
    p.chown('l', 1, 1);
    p.lchown('l', 2, 2);
    expect([owner(p, 'f'), owner(p, 'l')]).toEqual(['1:1', '2:2']);
    p.fchownat(AT_FDCWD, 'l', 3, 3, AT_SYMLINK_NOFOLLOW);
    expect(owner(p, 'l')).toBe('3:3');
    p.fchown(p.open('f', O_RDONLY), 7, 7);
    expect(owner(p, 'f')).toBe('7:7');
  });
  t.it('clears set-id bits of a file with execution, by root too; a directory keeps them', (p) => {
    for (const [before, after] of [
      [0o6777, '0777'],
      [0o6755, '0755'],
      [0o6644, '2644'],
      [0o2674, '0674'],
      [0o2664, '2664'],
      [0o4600, '0600'],
      [0o1777, '1777'],
    ] as const) {
      writeFile(p, 'f', '', before);
      p.chown('f', 1, 1);
      expect(permissions(p, 'f'), before.toString(8)).toBe(after);
    }
    makeDirectory(p, 'd', 0o6777);
    p.chown('d', 1, 1);
    expect(permissions(p, 'd')).toBe('6777');
  });
  t.it('clears them also when nothing changes, unless both ids are -1', (p) => {
    writeFile(p, 'f', '', 0o6777);
    p.chown('f', -1, -1);
    expect(permissions(p, 'f')).toBe('0777');
    p.chmod('f', 0o6777);
    p.chown('f', 0, 0);
    expect(permissions(p, 'f')).toBe('0777');
  });
  t.it('an owner may give the file to a group of his own, nothing else', (p) => {
    const u = t.user(1000, 1000, [1001]);
    writeFile(u, 'f', '', 0o6755);
    u.chown('f', -1, 1001);
    expect([owner(p, 'f'), permissions(p, 'f')]).toEqual(['1000:1001', '0755']);
    u.chown('f', 1000, 1000);
    expectErrno('EPERM', () => u.chown('f', -1, 1002));
    expectErrno('EPERM', () => u.chown('f', 1001, -1));
    expectErrno('EPERM', () => t.user(1001, 1001, [1000]).chown('f', -1, 1001));
    u.chown('f', 1000, -1);
    const c = t.spawn({ uid: 1002, capabilities: [CAP_CHOWN] });
    c.chown('f', 1002, 1002);
    expect(owner(p, 'f')).toBe('1002:1002');
  });
  t.it('chown(-1, -1) by another: success', (p) => {
    writeFile(p, 'f');
    t.user(1000).chown('f', -1, -1);
  });
  t.it('moves ctime', (p) => {
    writeFile(p, 'f');
    expect(moved(p, 'f', () => p.chown('f', 1, 1))).toBe('c');
    expect(moved(p, 'f', () => p.chown('f', -1, -1))).toBe('c');
  });
  t.it('fchownat: AT_EMPTY_PATH; EINVAL for other flags; EBADF', (p) => {
    writeFile(p, 'f');
    p.fchownat(p.open('f', O_PATH), '', 5, 5, AT_EMPTY_PATH);
    expect(owner(p, 'f')).toBe('5:5');
    expectErrno('EINVAL', () => p.fchownat(AT_FDCWD, 'f', 1, 1, 1));
    expectErrno('EBADF', () => p.fchownat(99, '', 1, 1, AT_EMPTY_PATH));
    expectErrno('ENOENT', () => p.fchownat(99, '', 1, 1, 0));
    expectErrno('EBADF', () => p.fchown(99, 1, 1));
  });
  t.it('EROFS before EPERM', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_RDONLY, null);
    expectErrno('EROFS', () => t.user(1000).chown('m', 1, 1));
    expectErrno('EROFS', () => p.lchown('m', 1, 1));
  });
});

posix('creation', (t) => {
  t.it('set-gid directories give their group, and directories the bit', (p) => {
    makeDirectory(p, 'd', 0o777);
    p.chown('d', 0, 50);
    p.chmod('d', 0o2777);
    const u = t.user(1000);
    u.mkdir('d/sub', 0o755);
    u.open('d/f', O_CREAT | O_RDWR, 0o644);
    u.symlink('x', 'd/l');
    u.mknod('d/fifo', 0o10644, 0);
    expect(['sub', 'f', 'l', 'fifo'].map((name) => p.lstat(`d/${name}`).gid)).toEqual([50, 50, 50, 50]);
    expect(permissions(p, 'd/sub')).toBe('2755');
  });
  t.it('S_ISGID on a new group-executable file is dropped outside the group', (p) => {
    makeDirectory(p, 'd', 0o777);
    p.chown('d', 0, 50);
    p.chmod('d', 0o2777);
    const u = t.user(1000);
    u.umask(0);
    u.open('d/a', O_CREAT | O_RDWR, 0o2775);
    u.open('d/b', O_CREAT | O_RDWR, 0o2765);
    t.user(1000, 1000, [50]).open('d/c', O_CREAT | O_RDWR, 0o2775);
    p.open('d/e', O_CREAT | O_RDWR, 0o2775);
    expect(['a', 'b', 'c', 'e'].map((name) => permissions(p, `d/${name}`))).toEqual(['0775', '2765', '2755', '2755']);
  });
  t.it('fsuid and fsgid own what is made', (p) => {
    p.setfsgid(7);
    p.setfsuid(8);
    p.mkdir('d', 0o755);
    expect([p.stat('d').uid, p.stat('d').gid]).toEqual([8, 7]);
  });
  t.it('mkdir keeps sticky and drops set-id bits; mknod keeps all', (p) => {
    p.umask(0);
    p.mkdir('d', 0o7777);
    p.mknod('f', 0o107777, 0);
    expect([permissions(p, 'd'), permissions(p, 'f')]).toEqual(['1777', '7777']);
  });
});

posix('mknod(2)', (t) => {
  t.each([[0], [0o100000], [0o10000], [0o140000], [0o20000], [0o60000]] as const, 'makes type %o', (p, type) => {
    p.mknod('n', type | 0o640, makedev(1, 3));
    expect(p.lstat('n').mode).toBe((type === 0 ? 0o100000 : type) | 0o640);
  });
  t.it('EPERM: a directory; EINVAL: another type; both before the path', (p) => {
    expectErrno('EPERM', () => p.mknod('d', 0o40755, 0));
    expectErrno('EPERM', () => p.mknod('no/d', 0o40755, 0));
    expectErrno('EINVAL', () => p.mknod('n', 0o120777, 0));
    expectErrno('EINVAL', () => p.mknod('no/n', 0o150777, 0));
  });
  t.it('EPERM: a device without CAP_MKNOD, after EEXIST and EACCES; not FIFOs, sockets and files', (p) => {
    const u = t.user(1000);
    makeDirectory(p, 'd', 0o755);
    writeFile(p, 'f');
    expectErrno('EPERM', () => u.mknod('c', 0o20666, makedev(1, 3)));
    expectErrno('EPERM', () => u.mknod('b', 0o60666, makedev(1, 3)));
    expectErrno('EEXIST', () => u.mknod('f', 0o20666, makedev(1, 3)));
    expectErrno('EACCES', () => u.mknod('d/c', 0o20666, makedev(1, 3)));
    u.mknod('fifo', 0o10666, 0);
    u.mknod('socket', 0o140666, 0);
    u.mknod('file', 0o100666, 0);
    u.mknod('whiteout', 0o20000, 0);
    expect(u.lstat('whiteout').uid).toBe(1000);
  });
  t.it('EEXIST, ENOENT with a slash, ENOTDIR, EROFS', (p) => {
    writeFile(p, 'f');
    p.symlink('no', 'l');
    for (const path of ['f', 'l', '.', '..', '/', 'f/']) expectErrno('EEXIST', () => p.mknod(path, 0o100644, 0));
    expectErrno('ENOENT', () => p.mknod('new/', 0o100644, 0));
    expectErrno('ENOTDIR', () => p.mknod('f/x', 0o100644, 0));
    expectErrno('EBADF', () => p.mknodat(99, 'x', 0o100644, 0));
  });
});

posix('utimensat(2)', (t) => {
  const at = (sec: number, nsec: number): { sec: number; nsec: number } => ({ sec, nsec });
  const set = (p: Process, path: string): string => {
    const s = p.lstat(path);
    return `${s.atimeSec}.${s.atimeNsec} ${s.mtimeSec}.${s.mtimeNsec}`;
  };
  t.it('sets both to the nanosecond, before 1970 and after 2106 too', (p) => {
    writeFile(p, 'f');
    expect(moved(p, 'f', () => p.utimensat(AT_FDCWD, 'f', [at(1, 2), at(3, 999_999_999)], 0))).toBe('amc');
    expect(set(p, 'f')).toBe('1.2 3.999999999');
    p.utimensat(AT_FDCWD, 'f', [at(-5, 1), at(2 ** 33, 0)], 0);
    expect(set(p, 'f')).toBe('-5.1 8589934592.0');
  });
  t.it('UTIME_OMIT leaves one, and with both nothing is looked at', (p) => {
    writeFile(p, 'f');
    p.utimensat(AT_FDCWD, 'f', [at(1, 0), at(2, 0)], 0);
    p.utimensat(AT_FDCWD, 'f', [at(9, UTIME_OMIT), at(7, 0)], 0);
    expect(set(p, 'f')).toBe('1.0 7.0');
    const omit = [at(0, UTIME_OMIT), at(0, UTIME_OMIT)] as const;
    expect(moved(p, 'f', () => p.utimensat(AT_FDCWD, 'f', omit, 0))).toBe('');
    p.utimensat(AT_FDCWD, 'no', omit, 0);
    p.utimensat(99, 'no', omit, -1);
  });
  t.it('null and UTIME_NOW are now', (p) => {
    writeFile(p, 'f');
    p.utimensat(AT_FDCWD, 'f', [at(1, 0), at(1, 0)], 0);
    p.utimensat(AT_FDCWD, 'f', null, 0);
    const now = times(p.stat('f'));
    expect(now.atime).toBe(now.mtime);
    expect(now.atime > 10n ** 18n).toBe(true);
    p.utimensat(AT_FDCWD, 'f', [at(1, 0), at(5, UTIME_NOW)], 0);
    expect(p.stat('f').atimeSec).toBe(1);
    expect(p.stat('f').mtimeSec).toBeGreaterThan(10 ** 9);
  });
  t.it('follows links, or not', (p) => {
    writeFile(p, 'f');
    p.symlink('f', 'l');
    p.utimensat(AT_FDCWD, 'l', [at(1, 0), at(2, 0)], 0);
    p.utimensat(AT_FDCWD, 'l', [at(3, 0), at(4, 0)], AT_SYMLINK_NOFOLLOW);
    expect([set(p, 'f'), set(p, 'l')]).toEqual(['1.0 2.0', '3.0 4.0']);
  });
  t.it('futimens, and a null path, take the descriptor', (p) => {
    writeFile(p, 'f');
    const fd = p.open('f', O_RDONLY);
    p.futimens(fd, [at(1, 0), at(2, 0)]);
    expect(set(p, 'f')).toBe('1.0 2.0');
    p.utimensat(fd, null, [at(3, 0), at(4, 0)], 0);
    p.utimensat(fd, '', [at(5, 0), at(4, 0)], AT_EMPTY_PATH);
    expect(set(p, 'f')).toBe('5.0 4.0');
    expectErrno('EBADF', () => p.futimens(99, null));
    expectErrno('EINVAL', () => p.utimensat(fd, null, null, AT_SYMLINK_NOFOLLOW));
    expectErrno('EFAULT', () => p.utimensat(AT_FDCWD, null, null, 0));
  });
  t.it('EINVAL: nanoseconds, flags', (p) => {
    writeFile(p, 'f');
    expectErrno('EINVAL', () => p.utimensat(AT_FDCWD, 'f', [at(0, 1_000_000_000), at(0, 0)], 0));
    expectErrno('EINVAL', () => p.utimensat(AT_FDCWD, 'f', [at(0, 0), at(0, -1)], 0));
    expectErrno('ENOENT', () => p.utimensat(AT_FDCWD, 'no', [at(0, -1), at(0, 0)], 0));
    expectErrno('EINVAL', () => p.utimensat(AT_FDCWD, 'f', null, 1));
    expectErrno('ENOENT', () => p.utimensat(AT_FDCWD, 'no', null, 0));
  });
  t.it('now needs the owner or write permission: EACCES; times need the owner: EPERM', (p) => {
    writeFile(p, 'closed', '', 0o644);
    writeFile(p, 'open', '', 0o666);
    const u = t.user(1000);
    expectErrno('EACCES', () => u.utimensat(AT_FDCWD, 'closed', null, 0));
    u.utimensat(AT_FDCWD, 'open', null, 0);
    u.utimensat(AT_FDCWD, 'open', [at(0, UTIME_NOW), at(0, UTIME_NOW)], 0);
    expectErrno('EPERM', () => u.utimensat(AT_FDCWD, 'open', [at(1, 0), at(1, 0)], 0));
    expectErrno('EPERM', () => u.utimensat(AT_FDCWD, 'open', [at(0, UTIME_NOW), at(0, UTIME_OMIT)], 0));
    expectErrno('EPERM', () => u.utimensat(AT_FDCWD, 'open', [at(0, UTIME_NOW), at(1, 0)], 0));
    t.spawn({ uid: 1000, capabilities: [CAP_FOWNER] }).utimensat(AT_FDCWD, 'closed', [at(1, 0), at(1, 0)], 0);
    const fd = u.open('closed', O_RDONLY);
    expectErrno('EACCES', () => u.futimens(fd, null));
  });
  t.it('EROFS', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_RDONLY, null);
    expectErrno('EROFS', () => p.utimensat(AT_FDCWD, 'm', null, 0));
    expect(outcome(() => t.user(1000).utimensat(AT_FDCWD, 'm', null, 0))).toBe('EROFS');
  });
  t.it('relatime: atime moves when it is not after mtime or ctime, or a day old', (p) => {
    writeFile(p, 'f', 'x');
    const now = p.stat('f').mtimeSec;
    p.utimensat(AT_FDCWD, 'f', [at(now - 10, 0), at(now - 20, 0)], 0);
    pause();
    expect(moved(p, 'f', () => readFile(p, 'f'))).toBe('a');
    p.utimensat(AT_FDCWD, 'f', [at(now + 100, 0), at(now - 20, 0)], 0);
    pause();
    expect(moved(p, 'f', () => readFile(p, 'f'))).toBe('');
  });
});
