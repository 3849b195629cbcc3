import { AT_FDCWD, O_CREAT, O_PATH, O_RDONLY, O_RDWR } from '../../src/abi/fcntl.ts';
import { MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { list, makeDirectory, moved, permissions, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('mkdir(2)', (t) => {
  t.it('makes a directory of the mode, less the umask', (p) => {
    p.mkdir('d', 0o777);
    expect(p.stat('d').mode).toBe(0o40755);
    p.umask(0);
    p.mkdir('e', 0o1777);
    expect(p.stat('e').mode).toBe(0o41777);
  });
  t.it('an empty directory has two links and gives its parent one', (p) => {
    expect(p.stat('.').nlink).toBe(2);
    p.mkdir('d', 0o755);
    expect([p.stat('d').nlink, p.stat('.').nlink]).toEqual([2, 3]);
    p.mkdir('d/e', 0o755);
    expect([p.stat('d').nlink, p.stat('.').nlink]).toEqual([3, 3]);
  });
  t.it('takes trailing slashes', (p) => {
    p.mkdir('d///', 0o755);
    expect(list(p, '.')).toEqual(['d']);
  });
  t.it('moves the times of the parent', (p) => {
    expect(moved(p, '.', () => p.mkdir('d', 0o755))).toBe('mc');
  });
  t.it('EEXIST: the name exists, whatever it is', (p) => {
    p.mkdir('d', 0o777);
    writeFile(p, 'f');
    p.symlink('nowhere', 'dangling');
    p.symlink('d', 'l');
    for (const path of ['d', 'd/', 'f', 'f/', 'dangling', 'dangling/', 'l', 'l/', '.', '..', '/', 'd/.', 'd/..'])
      expectErrno('EEXIST', () => p.mkdir(path, 0o777));
  });
  t.it('ENOENT, ENOTDIR: what is on the way', (p) => {
    writeFile(p, 'f');
    expectErrno('ENOENT', () => p.mkdir('', 0o777));
    expectErrno('ENOENT', () => p.mkdir('no/d', 0o777));
    expectErrno('ENOTDIR', () => p.mkdir('f/d', 0o777));
  });
  t.it('ENAMETOOLONG: a name of 256 bytes, before EACCES of the directory', (p) => {
    makeDirectory(p, 'd', 0o755);
    p.mkdir('n'.repeat(255), 0o755);
    expectErrno('ENAMETOOLONG', () => p.mkdir('n'.repeat(256), 0o755));
    expectErrno('ENAMETOOLONG', () => t.user(1000).mkdir(`d/${'n'.repeat(256)}`, 0o755));
  });
  t.it('EACCES: the directory is not writable, or not searchable', (p) => {
    p.mkdir('d', 0o755);
    expectErrno('EACCES', () => t.user(1000).mkdir('d/e', 0o777));
    p.mkdir('d/e', 0o755);
    expectErrno('EEXIST', () => t.user(1000).mkdir('d/e', 0o777));
    p.chmod('d', 0o666);
    expectErrno('EACCES', () => t.user(1000).mkdir('d/e', 0o777));
  });
  t.it('EROFS: after EEXIST, before EACCES', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, 'mode=755');
    p.mkdir('m/d', 0o755);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.mkdir('m/e', 0o755));
    expectErrno('EROFS', () => t.user(1000).mkdir('m/e', 0o755));
    expectErrno('EEXIST', () => p.mkdir('m/d', 0o755));
  });
  t.it('EXCL through links: a dangling link is not followed', (p) => {
    p.symlink('target', 'l');
    expectErrno('EEXIST', () => p.mkdir('l', 0o755));
    expect(list(p, '.')).toEqual(['l']);
  });
});

posix('mkdirat(2), mknodat(2), symlinkat(2)', (t) => {
  t.it('start at the descriptor', (p) => {
    p.mkdir('d', 0o755);
    const fd = p.open('d', O_PATH);
    p.mkdirat(fd, 'a', 0o755);
    p.mknodat(fd, 'b', 0o10600, 0);
    p.symlinkat('x', fd, 'c');
    expect(list(p, 'd')).toEqual(['a', 'b', 'c']);
    expect([permissions(p, 'd/a'), permissions(p, 'd/b'), p.readlinkat(fd, 'c')]).toEqual(['0755', '0600', 'x']);
    p.mkdirat(AT_FDCWD, 'e', 0o755);
    p.mkdirat(99, '/case/f', 0o755);
    expect(list(p, '.')).toEqual(['d', 'e', 'f']);
  });
  t.it('EBADF, ENOTDIR; ENOENT: an empty path, or a removed directory', (p) => {
    const file = p.open('f', O_CREAT | O_RDWR, 0o644);
    for (const call of [
      (fd: number, path: string) => p.mkdirat(fd, path, 0o755),
      (fd: number, path: string) => p.mknodat(fd, path, 0o10600, 0),
      (fd: number, path: string) => p.symlinkat('x', fd, path),
    ]) {
      expectErrno('EBADF', () => call(99, 'a'));
      expectErrno('ENOTDIR', () => call(file, 'a'));
      expectErrno('ENOENT', () => call(99, ''));
      expectErrno('ENOENT', () => call(file, ''));
    }
    p.mkdir('d', 0o755);
    const gone = p.open('d', O_RDONLY);
    p.rmdir('d');
    expectErrno('ENOENT', () => p.mkdirat(gone, 'a', 0o755));
    expectErrno('ENOENT', () => p.symlinkat('x', gone, 'a'));
    expectErrno('ENOENT', () => p.openat(gone, 'a', O_CREAT | O_RDWR, 0o644));
    expectErrno('ENOENT', () => p.openat(gone, 'a', O_RDONLY));
  });
});
