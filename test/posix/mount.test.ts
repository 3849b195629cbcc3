import { AT_FDCWD, O_CREAT, O_PATH, O_RDONLY, O_RDWR, O_WRONLY } from '../../src/abi/fcntl.ts';
import {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_STRICTATIME,
  UMOUNT_NOFOLLOW,
  MS_PRIVATE,
  MS_SHARED,
} from '../../src/abi/mount.ts';
import { bytes, list, moved, pause, readAll, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

const ST_VALID = 0x20;
const tmpfs = (p: Process, path: string, flags: number = 0): void => {
  if (outcome(() => p.stat(path)) !== 'OK') p.mkdir(path, 0o755);
  p.mount('t', path, 'tmpfs', flags, 'mode=0755');
};

posix('mount(2)', (t) => {
  t.it('covers a directory, which umount uncovers', (p) => {
    p.mkdir('m', 0o755);
    writeFile(p, 'm/under');
    tmpfs(p, 'm');
    writeFile(p, 'm/over');
    expect(list(p, 'm')).toEqual(['over']);
    expect(p.stat('m/..').ino).toBe(p.stat('.').ino);
    p.umount('m');
    expect(list(p, 'm')).toEqual(['under']);
  });
  t.it('stacks on itself; .. leaves the whole stack', (p) => {
    tmpfs(p, 'm');
    writeFile(p, 'm/first');
    tmpfs(p, 'm');
    expect(list(p, 'm')).toEqual([]);
    expect(p.stat('m/..').ino).toBe(p.stat('.').ino);
    p.umount('m');
    expect(list(p, 'm')).toEqual(['first']);
  });
  t.it('EPERM without CAP_SYS_ADMIN, before the path', (_p) => {
    const u = t.user(1000);
    expectErrno('EPERM', () => u.mount('t', '/case', 'tmpfs', 0, null));
    expectErrno('ENOENT', () => u.mount('t', 'no', 'tmpfs', 0, null));
    expectErrno('EPERM', () => u.umount('/case'));
    expectErrno('EPERM', () => u.unshare(CLONE_NEWNS));
  });
  t.it('ENODEV: an unknown type; EINVAL: none; ENOENT, ENOTDIR: the target', (p) => {
    p.mkdir('m', 0o755);
    writeFile(p, 'f');
    expectErrno('ENODEV', () => p.mount('t', 'm', 'nosuchfs', 0, null));
    expectErrno('EINVAL', () => p.mount('t', 'm', null, 0, null));
    expectErrno('ENOENT', () => p.mount('t', 'no', 'tmpfs', 0, null));
    expectErrno('ENOTDIR', () => p.mount('t', 'f', 'tmpfs', 0, null));
    expectErrno('ENOENT', () => p.mount('t', '', 'tmpfs', 0, null));
    p.mount(null, 'm', 'tmpfs', 0, null);
  });
  t.it('each mount is a filesystem of its own', (p) => {
    tmpfs(p, 'a');
    tmpfs(p, 'b');
    writeFile(p, 'a/f');
    expect(list(p, 'b')).toEqual([]);
    expect(p.stat('a').dev).not.toBe(p.stat('b').dev);
  });
  t.it('the magic in the high half of the flags is ignored', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0xc0ed0000 + MS_RDONLY, null);
    expectErrno('EROFS', () => p.mkdir('m/d', 0o755));
  });
  t.it('an open file stays what it was when its directory is covered', (p) => {
    p.mkdir('m', 0o755);
    writeFile(p, 'm/f', 'under');
    const fd = p.open('m', O_RDONLY);
    tmpfs(p, 'm');
    expect(readAll(p, p.openat(fd, 'f', O_RDONLY))).toBe('under');
    expectErrno('ENOENT', () => p.stat('m/f'));
  });
});

posix('mount(2), MS_BIND', (t) => {
  t.it('shows a directory in two places', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    writeFile(p, 'a/f', 'x');
    p.mount('a', 'b', null, MS_BIND, null);
    writeFile(p, 'b/g');
    expect(list(p, 'a')).toEqual(['f', 'g']);
    expect([p.stat('b').ino, p.stat('b').dev]).toEqual([p.stat('a').ino, p.stat('a').dev]);
    expect(p.stat('b/..').ino).toBe(p.stat('.').ino);
    p.umount('b');
    expect(list(p, 'b')).toEqual([]);
  });
  t.it('binds a file over a file; ENOTDIR when one is a directory', (p) => {
    writeFile(p, 'a', 'a');
    writeFile(p, 'b', 'b');
    p.mkdir('d', 0o755);
    p.mount('a', 'b', null, MS_BIND, null);
    expect(readFile(p, 'b')).toBe('a');
    expectErrno('ENOTDIR', () => p.mount('a', 'd', null, MS_BIND, null));
    expectErrno('ENOTDIR', () => p.mount('d', 'a', null, MS_BIND, null));
    p.umount('b');
    expect(readFile(p, 'b')).toBe('b');
  });
  t.it('follows symlinks on both sides', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    writeFile(p, 'a/f');
    p.symlink('a', 'la');
    p.symlink('b', 'lb');
    p.mount('la', 'lb', null, MS_BIND, null);
    expect(list(p, 'b')).toEqual(['f']);
  });
  t.it('without MS_REC leaves submounts out; with it takes them along', (p) => {
    p.mkdir('a', 0o755);
    tmpfs(p, 'a/m');
    writeFile(p, 'a/m/f');
    p.mkdir('b', 0o755);
    p.mkdir('c', 0o755);
    p.mount('a', 'b', null, MS_BIND, null);
    p.mount('a', 'c', null, MS_BIND | MS_REC, null);
    expect([list(p, 'b/m'), list(p, 'c/m')]).toEqual([[], ['f']]);
    expectErrno('EBUSY', () => p.umount('c'));
    p.umount('c/m');
    expect(list(p, 'a/m')).toEqual(['f']);
    p.umount('c');
  });
  t.it('a directory may be bound into itself', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/b', 0o755);
    p.mount('a', 'a/b', null, MS_BIND | MS_REC, null);
    expect(list(p, 'a/b')).toEqual(['b']);
    expect(list(p, 'a/b/b')).toEqual([]);
  });
  t.it('EINVAL without a source; ENOENT', (p) => {
    p.mkdir('b', 0o755);
    expectErrno('EINVAL', () => p.mount(null, 'b', null, MS_BIND, null));
    expectErrno('ENOENT', () => p.mount('no', 'b', null, MS_BIND, null));
    expectErrno('EINVAL', () => p.mount('', 'b', null, MS_BIND, null));
  });
  t.it('.. from a directory moved out of the bound subtree is ENOENT', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/in', 0o755);
    p.mkdir('b', 0o755);
    p.mount('a', 'b', null, MS_BIND, null);
    p.chdir('b/in');
    p.rename('/case/a/in', '/case/out');
    expectErrno('ENOENT', () => p.stat('..'));
    expect(p.stat('.').ino).toBe(p.stat('/case/out').ino);
  });
  t.it('a dentry mounted on here is not there', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/m', 0o755);
    p.mkdir('b', 0o755);
    p.mount('a', 'b', null, MS_BIND, null);
    p.mount('none', 'b', null, MS_PRIVATE, null);
    tmpfs(p, 'b/m');
    writeFile(p, 'b/m/f');
    expect(list(p, 'a/m')).toEqual([]);
    expectErrno('EBUSY', () => p.rmdir('b/m'));
    expectErrno('EBUSY', () => p.rmdir('a/m'));
  });
  t.it('other flags are left to a remount', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    p.mount('a', 'b', null, MS_BIND | MS_RDONLY, null);
    p.mkdir('b/d', 0o755);
    p.mount(null, 'b', null, MS_BIND | MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.mkdir('b/e', 0o755));
    p.mkdir('a/e', 0o755);
    p.mount(null, 'b', null, MS_BIND | MS_REMOUNT, null);
    p.mkdir('b/f', 0o755);
  });
});

posix('mount(2), MS_REMOUNT', (t) => {
  t.it('EINVAL: not a mount point', (p) => {
    p.mkdir('d', 0o755);
    expectErrno('EINVAL', () => p.mount(null, 'd', null, MS_REMOUNT, null));
    expectErrno('EINVAL', () => p.mount(null, 'd', null, MS_REMOUNT | MS_BIND, null));
  });
  t.it('EBUSY: read-only while a file is open for writing', (p) => {
    tmpfs(p, 'm');
    const fd = p.open('m/f', O_CREAT | O_WRONLY, 0o644);
    expectErrno('EBUSY', () => p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null));
    expectErrno('EBUSY', () => p.mount(null, 'm', null, MS_REMOUNT | MS_BIND | MS_RDONLY, null));
    p.close(fd);
    const reading = p.open('m/f', O_RDONLY);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expect(readAll(p, reading)).toBe('');
  });
  t.it('an unlinked open file keeps it writable too', (p) => {
    tmpfs(p, 'm');
    const fd = p.open('m/f', O_CREAT | O_RDONLY, 0o644);
    p.unlink('m/f');
    expectErrno('EBUSY', () => p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null));
    p.close(fd);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
  });
  t.it('of the superblock is seen by every mount of it, of one mount by that alone', (p) => {
    tmpfs(p, 'm');
    p.mkdir('b', 0o755);
    p.mount('m', 'b', null, MS_BIND, null);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.mkdir('b/x', 0o755));
    p.mount(null, 'm', null, MS_REMOUNT, null);
    p.mount(null, 'm', null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
    p.mkdir('b/x', 0o755);
    expectErrno('EROFS', () => p.mkdir('m/y', 0o755));
  });
  t.it('sets the flags of the mount, and keeps the kind of atime', (p) => {
    tmpfs(p, 'm', MS_NOSUID | MS_NOATIME);
    const flags = (): number => p.statfs('m').flags & ~ST_VALID;
    expect(flags()).toBe(2 | 0x400);
    p.mount(null, 'm', null, MS_REMOUNT | MS_NODEV, null);
    expect(flags()).toBe(4 | 0x400);
    p.mount(null, 'm', null, MS_REMOUNT | MS_BIND | MS_NOEXEC | MS_RELATIME, null);
    expect(flags()).toBe(8 | 0x1000);
    p.mount(null, 'm', null, MS_REMOUNT | MS_BIND | MS_STRICTATIME | MS_NOSYMFOLLOW, null);
    expect(flags()).toBe(0x2000);
    p.mount(null, 'm', null, MS_REMOUNT | MS_NODIRATIME, null);
    expect(flags()).toBe(0x800 | 0x1000);
  });
});

posix('mount(2), flags', (t) => {
  t.it('MS_RDONLY: EROFS for every change, not for reading', (p) => {
    tmpfs(p, 'm');
    writeFile(p, 'm/f', 'x');
    p.mkdir('m/d', 0o755);
    p.symlink('f', 'm/l');
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    const changes: (() => unknown)[] = [
      () => p.open('m/f', O_WRONLY),
      () => p.open('m/new', O_CREAT | O_RDONLY, 0o644),
      () => p.truncate('m/f', 0),
      () => p.chmod('m/f', 0),
      () => p.chown('m/f', 1, 1),
      () => p.lchown('m/l', 1, 1),
      () => p.utimensat(AT_FDCWD, 'm/f', null, 0),
      () => p.mkdir('m/e', 0o755),
      () => p.rmdir('m/d'),
      () => p.unlink('m/f'),
      () => p.link('m/f', 'm/g'),
      () => p.symlink('x', 'm/s'),
      () => p.rename('m/f', 'm/g'),
      () => p.mknod('m/n', 0o10644, 0),
      () => p.setxattr('m/f', 'user.a', bytes('')),
      () => p.removexattr('m/f', 'user.a'),
      () => p.access('m/f', 2),
    ];
    expect(changes.map(outcome)).toEqual(changes.map(() => 'EROFS'));
    expectErrno('EEXIST', () => p.mkdir('m/d', 0o755));
    expect(readFile(p, 'm/f')).toBe('x');
    pause();
    expect(moved(p, 'm/f', () => readFile(p, 'm/f'))).toBe('');
  });
  t.it('MS_RDONLY leaves devices and FIFOs writable', (p) => {
    tmpfs(p, 'm');
    p.mknod('m/null', 0o20666, 0x103);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    const fd = p.open('m/null', O_RDWR);
    expect(p.write(fd, bytes('x'))).toBe(1);
  });
  t.it('MS_NOATIME, MS_NODIRATIME, MS_STRICTATIME', (p) => {
    const atimes = (flags: number): string[] => {
      tmpfs(p, 'm', flags);
      writeFile(p, 'm/f', 'x');
      p.mkdir('m/d', 0o755);
      const seen: string[] = [];
      for (let i = 0; i < 2; i++) {
        pause();
        seen.push(
          moved(p, 'm/f', () => readFile(p, 'm/f')),
          moved(p, 'm/d', () => p.getdents(p.open('m/d', O_RDONLY))),
        );
      }
      p.close_range(0, 50, 0);
      p.umount('m');
      return seen;
    };
    expect(atimes(0)).toEqual(['a', 'a', '', '']);
    expect(atimes(MS_NOATIME)).toEqual(['', '', '', '']);
    expect(atimes(MS_NODIRATIME)).toEqual(['a', '', '', '']);
    expect(atimes(MS_STRICTATIME)).toEqual(['a', 'a', 'a', 'a']);
  });
});

posix('umount(2)', (t) => {
  t.it('EINVAL: not a mount point, unknown or contradicting flags', (p) => {
    p.mkdir('d', 0o755);
    tmpfs(p, 'm');
    expectErrno('EINVAL', () => p.umount('d'));
    expectErrno('EINVAL', () => p.umount2('m', 0x100));
    expectErrno('EINVAL', () => p.umount2('m', MNT_EXPIRE | MNT_DETACH));
    expectErrno('EINVAL', () => p.umount2('m', MNT_EXPIRE | MNT_FORCE));
    expectErrno('ENOENT', () => p.umount('no'));
    writeFile(p, 'f');
    expectErrno('EINVAL', () => p.umount('f'));
  });
  t.it('EBUSY: an open file, a working directory, a root, a mount inside', (p) => {
    tmpfs(p, 'm');
    const fd = p.open('m', O_PATH);
    expectErrno('EBUSY', () => p.umount('m'));
    p.close(fd);
    const file = p.open('m/f', O_CREAT | O_RDWR, 0o644);
    p.unlink('m/f');
    expectErrno('EBUSY', () => p.umount('m'));
    p.close(file);
    const child = t.spawn();
    child.chdir('m');
    expectErrno('EBUSY', () => p.umount('m'));
    child.chdir('/');
    child.chroot('case/m');
    expectErrno('EBUSY', () => p.umount('m'));
    child.exit(0);
    tmpfs(p, 'm/n');
    expectErrno('EBUSY', () => p.umount('m'));
    p.umount('m/n');
    p.umount('m');
  });
  t.it('MNT_DETACH: gone from the tree at once, alive while in use', (p) => {
    tmpfs(p, 'm');
    writeFile(p, 'm/f', 'x');
    tmpfs(p, 'm/n');
    const fd = p.open('m', O_RDONLY);
    const child = t.spawn();
    child.chdir('m');
    p.umount2('m', MNT_DETACH);
    expect(list(p, 'm')).toEqual([]);
    expect(readAll(p, p.openat(fd, 'f', O_RDONLY))).toBe('x');
    expect(child.stat('..').ino).toBe(child.stat('.').ino);
    expect(child.getcwd()).toBe('(unreachable)/');
    p.openat(fd, 'new', O_CREAT | O_RDWR, 0o644);
    expectErrno('EINVAL', () => p.umount('m'));
    p.rmdir('m');
  });
  t.it('of the caller’s root makes it read-only instead', (p) => {
    p.umount('/');
    expectErrno('EROFS', () => p.mkdir('/d', 0o755));
    p.mount(null, '/', null, MS_REMOUNT, null);
    p.mkdir('/d', 0o755);
  });
  t.it('MNT_EXPIRE: EAGAIN the first time', (p) => {
    tmpfs(p, 'm');
    expectErrno('EAGAIN', () => p.umount2('m', MNT_EXPIRE));
    p.umount2('m', MNT_EXPIRE);
    expectErrno('EINVAL', () => p.umount('m'));
    tmpfs(p, 'm');
    expectErrno('EAGAIN', () => p.umount2('m', MNT_EXPIRE));
    p.stat('m');
    expect(outcome(() => p.umount2('m', MNT_EXPIRE))).toBe('EAGAIN');
  });
  t.it('UMOUNT_NOFOLLOW: a symlink is not followed', (p) => {
    tmpfs(p, 'm');
    p.symlink('m', 'l');
    expectErrno('EINVAL', () => p.umount2('l', UMOUNT_NOFOLLOW));
    p.umount2('l', 0);
    expectErrno('EINVAL', () => p.umount('m'));
  });
});

posix('unshare(2), mount_namespaces(7)', (t) => {
  t.it('CLONE_NEWNS: mounts made after it are one’s own', (p) => {
    p.mkdir('m', 0o755);
    const child = p.fork();
    child.unshare(CLONE_NEWNS);
    tmpfs(child, 'm');
    writeFile(child, 'm/f');
    expect([list(p, 'm'), list(child, 'm')]).toEqual([[], ['f']]);
    writeFile(p, 'seen');
    expect(readFile(child, 'seen')).toBe('');
  });
  t.it('a copy has the mounts of before', (p) => {
    tmpfs(p, 'm');
    writeFile(p, 'm/f', 'x');
    const child = p.fork();
    child.unshare(CLONE_NEWNS);
    p.umount('m');
    expect(list(p, 'm')).toEqual([]);
    expect(readFile(child, 'm/f')).toBe('x');
  });
  t.it('what is a mount point elsewhere only can be removed, and that mount goes', (p) => {
    p.mkdir('m', 0o755);
    const child = p.fork();
    child.unshare(CLONE_NEWNS);
    tmpfs(child, 'm');
    writeFile(child, 'm/f');
    expectErrno('EBUSY', () => child.rmdir('m'));
    p.rmdir('m');
    expectErrno('ENOENT', () => child.stat('m'));
  });
  t.it('one dentry may be mounted on in two namespaces', (p) => {
    p.mkdir('m', 0o755);
    const child = p.fork();
    child.unshare(CLONE_NEWNS);
    tmpfs(child, 'm');
    tmpfs(p, 'm');
    writeFile(p, 'm/mine');
    writeFile(child, 'm/theirs');
    expect([list(p, 'm'), list(child, 'm')]).toEqual([['mine'], ['theirs']]);
    p.umount('m');
    expect(list(child, 'm')).toEqual(['theirs']);
  });
  t.it('the working directory and the root move to the copies', (p) => {
    tmpfs(p, 'm');
    p.chdir('m');
    p.unshare(CLONE_NEWNS);
    expect(p.getcwd()).toBe('/case/m');
    p.chdir('/case');
    p.umount('m');
  });
  t.it('EINVAL: an unknown flag; CLONE_FS and CLONE_FILES need nothing', (_p) => {
    const u = t.user(1000);
    u.unshare(CLONE_FS | CLONE_FILES);
    u.unshare(0);
    expectErrno('EINVAL', () => u.unshare(0x1));
  });
  t.it('a mount made private or shared: EINVAL with other flags or off a mount point', (p) => {
    tmpfs(p, 'm');
    p.mkdir('d', 0o755);
    p.mount(null, 'm', null, MS_PRIVATE, null);
    expectErrno('EINVAL', () => p.mount(null, 'd', null, MS_PRIVATE, null));
    expectErrno('EINVAL', () => p.mount(null, 'm', null, MS_PRIVATE | MS_SHARED, null));
    expectErrno('EINVAL', () => p.mount(null, 'm', null, MS_PRIVATE | MS_RDONLY, null));
  });
});
