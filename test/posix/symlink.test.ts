import { AT_FDCWD, O_NOFOLLOW, O_PATH } from '../../src/abi/fcntl.ts';
import { MS_RDONLY } from '../../src/abi/mount.ts';
import { list, makeDirectory, moved, pause, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('symlink(2)', (t) => {
  t.it('makes a link of mode 0777, whatever the umask, as long as its target', (p) => {
    p.umask(0o777);
    p.symlink('target/of/it', 'l');
    const { mode, size, nlink, blocks } = p.lstat('l');
    expect([mode, size, nlink, blocks]).toEqual([0o120777, 12, 1, 0]);
    expect(p.readlink('l')).toBe('target/of/it');
  });
  t.each([[1], [126], [127], [128], [4095]], 'keeps a target of %s bytes', (p, length) => {
    const target = 'x'.repeat(length);
    p.symlink(target, 'l');
    expect(p.readlink('l')).toBe(target);
    expect(p.lstat('l').size).toBe(length);
    expect(p.lstat('l').blocks).toBe(length >= 128 ? 8 : 0);
  });
  t.it('ENAMETOOLONG: a target of 4096 bytes', (p) => {
    expectErrno('ENAMETOOLONG', () => p.symlink('x'.repeat(4096), 'l'));
  });
  t.it('ENOENT: an empty target or path', (p) => {
    expectErrno('ENOENT', () => p.symlink('', 'l'));
    expectErrno('ENOENT', () => p.symlink('x', ''));
    expectErrno('ENOENT', () => p.symlink('', ''));
    expectErrno('ENOENT', () => p.symlink('x', 'no/l'));
  });
  t.it('EEXIST: the path exists, a dangling link too; ENOENT: with a trailing slash it does not', (p) => {
    p.symlink('nowhere', 'l');
    for (const path of ['l', 'l/', '.', '..', '/']) expectErrno('EEXIST', () => p.symlink('x', path));
    expectErrno('ENOENT', () => p.symlink('x', 'm/'));
  });
  t.it('EACCES, EROFS: the directory', (p) => {
    makeDirectory(p, 'd', 0o755);
    const u = t.user(1000);
    expectErrno('EACCES', () => u.symlink('x', 'd/l'));
    p.mount('t', 'd', 'tmpfs', MS_RDONLY, null);
    expectErrno('EROFS', () => p.symlink('x', 'd/l'));
    expectErrno('EROFS', () => u.symlink('x', 'd/l'));
  });
  t.it('belongs to its maker', (_p) => {
    const u = t.user(1000, 1001);
    u.symlink('x', 'l');
    expect([u.lstat('l').uid, u.lstat('l').gid]).toEqual([1000, 1001]);
  });
  t.it('keeps bytes that are not UTF-8', (p) => {
    p.symlink('a\udcff\udc80b', 'l\udcfe');
    expect(p.readlink('l\udcfe')).toBe('a\udcff\udc80b');
    expect(list(p, '.')).toEqual(['l\udcfe']);
    expect(p.lstat('l\udcfe').size).toBe(4);
  });
});

posix('readlink(2)', (t) => {
  t.it('EINVAL: not a symlink', (p) => {
    writeFile(p, 'f');
    p.mkdir('d', 0o755);
    for (const path of ['f', 'd', '.', '/']) expectErrno('EINVAL', () => p.readlink(path));
  });
  t.it('a trailing slash follows the link', (p) => {
    p.mkdir('d', 0o755);
    p.symlink('d', 'l');
    p.symlink('no', 'm');
    writeFile(p, 'f');
    p.symlink('f', 'n');
    expectErrno('EINVAL', () => p.readlink('l/'));
    expectErrno('ENOENT', () => p.readlink('m/'));
    expectErrno('ENOTDIR', () => p.readlink('n/'));
  });
  t.it('ENOENT: no such link, or no path', (p) => {
    expectErrno('ENOENT', () => p.readlink('no'));
    expectErrno('ENOENT', () => p.readlink(''));
  });
  t.it('needs search permission on the way, none on the link', (p) => {
    makeDirectory(p, 'd', 0o711);
    p.symlink('x', 'd/l');
    const u = t.user(1000);
    expect(u.readlink('d/l')).toBe('x');
    p.chmod('d', 0o744);
    expectErrno('EACCES', () => u.readlink('d/l'));
  });
  t.it('readlinkat reads the link that a descriptor is, by an empty path', (p) => {
    p.symlink('target', 'l');
    writeFile(p, 'f');
    const fd = p.open('l', O_PATH | O_NOFOLLOW);
    expect(p.readlinkat(fd, '')).toBe('target');
    expectErrno('ENOENT', () => p.readlinkat(p.open('f', O_PATH), ''));
    expectErrno('ENOENT', () => p.readlinkat(p.open('.', 0), ''));
    expectErrno('ENOENT', () => p.readlinkat(AT_FDCWD, ''));
    expectErrno('EBADF', () => p.readlinkat(99, 'l'));
  });
  t.it("moves the link's atime by the rules of relatime", (p) => {
    p.symlink('f', 'l');
    pause();
    expect(moved(p, 'l', () => p.readlink('l'))).toBe('a');
    pause();
    expect(moved(p, 'l', () => p.readlink('l'))).toBe('');
  });
  t.it('following moves it too', (p) => {
    p.symlink('f', 'l');
    writeFile(p, 'f');
    pause();
    expect(moved(p, 'l', () => p.stat('l'))).toBe('a');
  });
});
