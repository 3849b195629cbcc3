import { AT_FDCWD, O_CREAT, O_RDWR, RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../src/abi/fcntl.ts';
import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { S_IFCHR, S_IFMT } from '../../src/abi/stat.ts';
import { list, makeDirectory, moved, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix, type Process } from '../harness/posix.ts';

const rename2 = (p: Process, from: string, to: string, flags: number): void => p.renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);

posix('rename(2)', (t) => {
  t.it('moves a file', (p) => {
    writeFile(p, 'a', 'content');
    const { ino } = p.stat('a');
    p.rename('a', 'b');
    expect(list(p, '.')).toEqual(['b']);
    expect(p.stat('b').ino).toBe(ino);
    expect(readFile(p, 'b')).toBe('content');
  });
  t.it('replaces a file, whose link goes', (p) => {
    writeFile(p, 'a', 'new');
    writeFile(p, 'b', 'old');
    const fd = p.open('b', O_RDWR);
    p.rename('a', 'b');
    expect(readFile(p, 'b')).toBe('new');
    expect(p.fstat(fd).nlink).toBe(0);
  });
  t.it('replaces an empty directory', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/in', 0o755);
    p.mkdir('b', 0o755);
    const fd = p.open('b', 0);
    p.rename('a', 'b');
    expect(list(p, 'b')).toEqual(['in']);
    expect(p.fstat(fd).nlink).toBe(0);
    expect(p.stat('.').nlink).toBe(3);
  });
  t.it('moves a directory to another parent, whose link count moves too', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    p.mkdir('a/d', 0o755);
    p.rename('a/d', 'b/d');
    expect([p.stat('a').nlink, p.stat('b').nlink]).toEqual([2, 3]);
    expect(p.stat('b/d/..').ino).toBe(p.stat('b').ino);
  });
  t.it('does nothing between two links of one file', (p) => {
    writeFile(p, 'a', 'x');
    p.link('a', 'b');
    p.rename('a', 'b');
    expect(list(p, '.')).toEqual(['a', 'b']);
    expect(p.stat('a').nlink).toBe(2);
  });
  t.it('does nothing on one name, a directory too', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    p.rename('a', 'a');
    p.rename('d', 'd');
    expect(list(p, '.')).toEqual(['a', 'd']);
  });
  t.it('follows no symlink on either side', (p) => {
    writeFile(p, 'a', 'a');
    writeFile(p, 'target', 'target');
    p.symlink('target', 'l');
    p.rename('a', 'l');
    expect(readFile(p, 'target')).toBe('target');
    expect(readFile(p, 'l')).toBe('a');
    p.symlink('target', 'm');
    p.rename('m', 'n');
    expect(p.readlink('n')).toBe('target');
  });
  t.it('moves the ctime of what is moved and replaced, and the times of both directories', (p) => {
    p.mkdir('from', 0o755);
    p.mkdir('to', 0o755);
    writeFile(p, 'from/a');
    writeFile(p, 'to/b');
    const fd = p.open('to/b', O_RDWR);
    const replaced = p.fstat(fd).ctimeNsec;
    const seen = { from: '', to: '' };
    seen.from = moved(p, 'from', () => {
      seen.to = moved(p, 'to', () => p.rename('from/a', 'to/b'));
    });
    expect(seen).toEqual({ from: 'mc', to: 'mc' });
    expect(p.fstat(fd).ctimeNsec).not.toBe(replaced);
    expect(moved(p, 'to', () => p.rename('to/b', 'to/c'))).toBe('mc');
  });
  t.it("moves the moved file's ctime", (p) => {
    writeFile(p, 'a');
    const before = p.stat('a');
    p.rename('a', 'b');
    const after = p.stat('b');
    expect(after.mtimeNsec).toBe(before.mtimeNsec);
    expect([after.ctimeSec, after.ctimeNsec]).not.toEqual([before.ctimeSec, before.ctimeNsec]);
  });

  t.it('ENOENT: the source is missing, empty, or below a missing directory', (p) => {
    expectErrno('ENOENT', () => p.rename('a', 'b'));
    expectErrno('ENOENT', () => p.rename('', 'b'));
    writeFile(p, 'a');
    expectErrno('ENOENT', () => p.rename('a', ''));
    expectErrno('ENOENT', () => p.rename('a', 'no/b'));
    expectErrno('ENOENT', () => p.rename('no/a', 'b'));
  });
  t.it('ENOTDIR: a component is a file; a file has a trailing slash; a directory onto a file', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    expectErrno('ENOTDIR', () => p.rename('a/b', 'c'));
    expectErrno('ENOTDIR', () => p.rename('d', 'a/b'));
    expectErrno('ENOTDIR', () => p.rename('a/', 'b'));
    expectErrno('ENOTDIR', () => p.rename('a', 'b/'));
    expectErrno('ENOTDIR', () => p.rename('d', 'a'));
  });
  t.it('lets a directory have trailing slashes', (p) => {
    p.mkdir('d', 0o755);
    p.rename('d/', 'e/');
    expect(list(p, '.')).toEqual(['e']);
  });
  t.it('EISDIR: a file onto a directory', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    expectErrno('EISDIR', () => p.rename('a', 'd'));
  });
  t.it('ENOTEMPTY: onto a directory with entries, or an ancestor of the source', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    writeFile(p, 'b/x');
    expectErrno('ENOTEMPTY', () => p.rename('a', 'b'));
    p.mkdir('b/c', 0o755);
    expectErrno('ENOTEMPTY', () => p.rename('b/c', 'b'));
    expectErrno('ENOTEMPTY', () => p.rename('b/x', 'b'));
  });
  t.it('EINVAL: into its own subtree', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/b', 0o755);
    expectErrno('EINVAL', () => p.rename('a', 'a/c'));
    expectErrno('EINVAL', () => p.rename('a', 'a/b/c'));
    expectErrno('EINVAL', () => p.rename('a', 'a/b'));
  });
  t.it('EBUSY: the last component is . or .. or the root', (p) => {
    p.mkdir('d', 0o755);
    for (const path of ['.', '..', 'd/.', 'd/..', '/', '/..', 'd/./']) {
      expectErrno('EBUSY', () => p.rename(path, 'x'));
      expectErrno('EBUSY', () => p.rename('d', path));
    }
  });
  t.it('EXDEV: another mount, even of the same filesystem', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    p.mount('a', 'b', null, MS_BIND, null);
    writeFile(p, 'a/f');
    expectErrno('EXDEV', () => p.rename('a/f', 'b/g'));
    expectErrno('EXDEV', () => p.rename('a/missing', 'b/g'));
  });
  t.it('EBUSY: either is a mount point', (p) => {
    p.mkdir('m', 0o755);
    p.mkdir('d', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    expectErrno('EBUSY', () => p.rename('m', 'x'));
    expectErrno('EBUSY', () => p.rename('d', 'm'));
  });
  t.it('EROFS: read-only, before anything is looked up', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/a');
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.rename('m/a', 'm/b'));
    expectErrno('EROFS', () => p.rename('m/no', 'm/b'));
    expectErrno('EBUSY', () => p.rename('m/.', 'm/b'));
  });
  t.it('ENAMETOOLONG: a name over 255 bytes', (p) => {
    writeFile(p, 'a');
    p.rename('a', 'n'.repeat(255));
    expectErrno('ENAMETOOLONG', () => p.rename('n'.repeat(255), 'n'.repeat(256)));
    expectErrno('ENAMETOOLONG', () => p.rename('n'.repeat(256), 'b'));
  });
  t.it('EACCES: either directory is not writable, or a moved directory is not', (p) => {
    makeDirectory(p, 'mine', 0o777);
    makeDirectory(p, 'theirs', 0o755);
    writeFile(p, 'mine/a');
    writeFile(p, 'theirs/b');
    const u = t.user(1000);
    expectErrno('EACCES', () => u.rename('mine/a', 'theirs/a'));
    expectErrno('EACCES', () => u.rename('theirs/b', 'mine/b'));
    makeDirectory(p, 'other', 0o777);
    makeDirectory(p, 'mine/d', 0o755);
    expectErrno('EACCES', () => u.rename('mine/d', 'other/d'));
    u.rename('mine/d', 'mine/e');
  });
  t.it('EPERM: sticky directories, on either side', (p) => {
    makeDirectory(p, 's', 0o1777);
    makeDirectory(p, 'd', 0o777);
    const u = t.user(1000);
    const v = t.user(1001);
    writeFile(u, 's/u');
    writeFile(v, 's/v');
    writeFile(v, 'd/w');
    expectErrno('EPERM', () => v.rename('s/u', 'd/x'));
    expectErrno('EPERM', () => v.rename('d/w', 's/u'));
    expectErrno('EPERM', () => v.rename('s/u', 's/v'));
    u.rename('s/u', 'd/u');
    p.rename('s/v', 's/z');
  });
  t.it('ENOENT: the target directory was removed', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'a');
    const fd = p.open('d', 0);
    p.rmdir('d');
    expectErrno('ENOENT', () => p.renameat(AT_FDCWD, 'a', fd, 'b'));
  });
  t.it('ENOENT before EACCES for a missing source, EACCES before ENOTEMPTY', (p) => {
    makeDirectory(p, 'd', 0o755);
    makeDirectory(p, 'd/full', 0o777);
    writeFile(p, 'd/full/x');
    p.mkdir('d/e', 0o777);
    const u = t.user(1000);
    expectErrno('ENOENT', () => u.rename('d/no', 'd/x'));
    expectErrno('EACCES', () => u.rename('d/e', 'd/full'));
  });
});

posix('renameat2(2)', (t) => {
  t.it('RENAME_NOREPLACE: EEXIST if the target exists, . and .. too', (p) => {
    writeFile(p, 'a');
    writeFile(p, 'b');
    expectErrno('EEXIST', () => rename2(p, 'a', 'b', RENAME_NOREPLACE));
    expectErrno('EEXIST', () => rename2(p, 'a', 'a', RENAME_NOREPLACE));
    expectErrno('EEXIST', () => rename2(p, 'a', '.', RENAME_NOREPLACE));
    expectErrno('EEXIST', () => rename2(p, 'a', '..', RENAME_NOREPLACE));
    expectErrno('EBUSY', () => rename2(p, '.', 'b', RENAME_NOREPLACE));
    rename2(p, 'a', 'c', RENAME_NOREPLACE);
    expect(list(p, '.')).toEqual(['b', 'c']);
  });
  t.it('RENAME_EXCHANGE: swaps a file and a directory across parents', (p) => {
    p.mkdir('d', 0o755);
    p.mkdir('d/sub', 0o755);
    writeFile(p, 'f', 'f');
    rename2(p, 'f', 'd/sub', RENAME_EXCHANGE);
    expect(readFile(p, 'd/sub')).toBe('f');
    expect(p.stat('f').mode & S_IFMT).toBe(0o40000);
    expect([p.stat('d').nlink, p.stat('.').nlink]).toEqual([2, 4]);
    expect(p.stat('f/..').ino).toBe(p.stat('.').ino);
  });
  t.it('RENAME_EXCHANGE: swaps two directories with entries', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    writeFile(p, 'a/in-a');
    writeFile(p, 'b/in-b');
    rename2(p, 'a', 'b', RENAME_EXCHANGE);
    expect([list(p, 'a'), list(p, 'b')]).toEqual([['in-b'], ['in-a']]);
  });
  t.it('RENAME_EXCHANGE: ENOENT if the target is missing, EINVAL with an ancestor on either side', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/b', 0o755);
    expectErrno('ENOENT', () => rename2(p, 'a', 'no', RENAME_EXCHANGE));
    expectErrno('EINVAL', () => rename2(p, 'a', 'a/b', RENAME_EXCHANGE));
    expectErrno('EINVAL', () => rename2(p, 'a/b', 'a', RENAME_EXCHANGE));
  });
  t.it('RENAME_EXCHANGE: ENOTDIR for a file with a trailing slash on either side', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'f');
    expectErrno('ENOTDIR', () => rename2(p, 'f/', 'd', RENAME_EXCHANGE));
    expectErrno('ENOTDIR', () => rename2(p, 'd', 'f/', RENAME_EXCHANGE));
    rename2(p, 'd/', 'f', RENAME_EXCHANGE);
  });
  t.it('RENAME_EXCHANGE: moves the times of both and of both directories', (p) => {
    p.mkdir('x', 0o755);
    p.mkdir('y', 0o755);
    writeFile(p, 'x/a');
    writeFile(p, 'y/b');
    expect(moved(p, 'x', () => rename2(p, 'x/a', 'y/b', RENAME_EXCHANGE))).toBe('mc');
    expect(moved(p, 'y', () => rename2(p, 'x/a', 'y/b', RENAME_EXCHANGE))).toBe('mc');
  });
  t.it('RENAME_WHITEOUT: leaves a character device 0:0', (p) => {
    writeFile(p, 'a');
    rename2(p, 'a', 'b', RENAME_WHITEOUT);
    const { mode, rdev, uid } = p.lstat('a');
    expect([mode & S_IFMT, mode & 0o7777, rdev, uid]).toEqual([S_IFCHR, 0, 0, 0]);
    expect(list(p, '.')).toEqual(['a', 'b']);
  });
  t.it('RENAME_WHITEOUT: works with NOREPLACE, over an existing file, and for an ordinary user', (p) => {
    writeFile(p, 'a');
    writeFile(p, 'b');
    expectErrno('EEXIST', () => rename2(p, 'a', 'b', RENAME_WHITEOUT | RENAME_NOREPLACE));
    rename2(p, 'a', 'b', RENAME_WHITEOUT);
    const u = t.user(1000);
    writeFile(u, 'c');
    rename2(u, 'c', 'd', RENAME_WHITEOUT);
    expect(p.lstat('c').uid).toBe(1000);
  });
  t.it('EINVAL: an unknown flag, or EXCHANGE with another', (p) => {
    writeFile(p, 'a');
    writeFile(p, 'b');
    for (const flags of [8, 0x80, -1, RENAME_EXCHANGE | RENAME_NOREPLACE, RENAME_EXCHANGE | RENAME_WHITEOUT]) {
      expectErrno('EINVAL', () => rename2(p, 'a', 'b', flags));
      expectErrno('EINVAL', () => rename2(p, 'no', 'no', flags));
    }
  });
  t.it('EBADF and ENOTDIR: descriptors', (p) => {
    const fd = p.open('f', O_RDWR | O_CREAT, 0o644);
    expectErrno('EBADF', () => p.renameat(99, 'f', AT_FDCWD, 'g'));
    expectErrno('EBADF', () => p.renameat(AT_FDCWD, 'f', 99, 'g'));
    expectErrno('ENOTDIR', () => p.renameat(fd, 'f', AT_FDCWD, 'g'));
    expectErrno('ENOTDIR', () => p.renameat(AT_FDCWD, 'f', fd, 'g'));
    p.renameat(99, '/case/f', 99, '/case/g');
  });
});
