import { AT_FDCWD, AT_REMOVEDIR, O_CREAT, O_DIRECTORY, O_PATH, O_RDONLY, O_RDWR } from '../../src/abi/fcntl.ts';
import { MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { bytes, list, makeDirectory, moved, readAll, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('unlink(2)', (t) => {
  t.it('removes a name; the file lives while it is open', (p) => {
    writeFile(p, 'a', 'content');
    const fd = p.open('a', O_RDWR);
    p.unlink('a');
    expect(list(p, '.')).toEqual([]);
    expect(p.fstat(fd).nlink).toBe(0);
    expect(readAll(p, fd)).toBe('content');
    p.pwrite(fd, bytes('C'), 0);
    p.lseek(fd, 0, 0);
    expect(readAll(p, fd)).toBe('Content');
  });
  t.it('removes a symlink, not its target', (p) => {
    writeFile(p, 'a');
    p.symlink('a', 'l');
    p.unlink('l');
    expect(list(p, '.')).toEqual(['a']);
  });
  t.it('moves the ctime of the file and the times of its directory', (p) => {
    writeFile(p, 'a');
    p.link('a', 'b');
    expect(moved(p, 'b', () => p.unlink('a'))).toBe('c');
    expect(moved(p, '.', () => p.unlink('b'))).toBe('mc');
  });
  t.it('EISDIR: a directory, however it is named', (p) => {
    p.mkdir('d', 0o755);
    for (const path of ['d', 'd/', '.', '..', 'd/.', 'd/..', '/']) expectErrno('EISDIR', () => p.unlink(path));
  });
  t.it('ENOTDIR: a component or a trailing slash on a file or symlink', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    p.symlink('a', 'l');
    p.symlink('d', 'm');
    expectErrno('ENOTDIR', () => p.unlink('a/b'));
    expectErrno('ENOTDIR', () => p.unlink('a/'));
    expectErrno('ENOTDIR', () => p.unlink('l/'));
    expectErrno('ENOTDIR', () => p.unlink('m/'));
  });
  t.it('ENOENT: a missing name, with or without slash, or no name', (p) => {
    for (const path of ['a', 'a/', 'a/b', '']) expectErrno('ENOENT', () => p.unlink(path));
  });
  t.it('EACCES: the directory is not writable, or not searchable', (p) => {
    makeDirectory(p, 'd', 0o755);
    writeFile(p, 'd/a', '', 0o666);
    const u = t.user(1000);
    expectErrno('EACCES', () => u.unlink('d/a'));
    expectErrno('ENOENT', () => u.unlink('d/b'));
    p.chmod('d', 0o766);
    expectErrno('EACCES', () => u.unlink('d/a'));
    p.chmod('d', 0o733);
    u.unlink('d/a');
  });
  t.it("EPERM: another's file in a sticky directory", (p) => {
    makeDirectory(p, 's', 0o1777);
    const u = t.user(1000);
    const v = t.user(1001);
    writeFile(u, 's/u');
    expectErrno('EPERM', () => v.unlink('s/u'));
    u.unlink('s/u');
    writeFile(v, 's/v');
    p.chown('s', 1000, 1000);
    u.unlink('s/v');
    writeFile(v, 's/v');
    t.spawn({ uid: 1002, capabilities: [3] }).unlink('s/v');
  });
  t.it('EACCES before EISDIR, EISDIR before EBUSY', (p) => {
    makeDirectory(p, 'd', 0o755);
    p.mkdir('d/e', 0o777);
    expectErrno('EACCES', () => t.user(1000).unlink('d/e'));
    p.mount('t', 'd/e', 'tmpfs', 0, null);
    expectErrno('EISDIR', () => p.unlink('d/e'));
  });
  t.it('EBUSY: a file that is a mount point', (p) => {
    writeFile(p, 'a');
    writeFile(p, 'b');
    p.mount('a', 'b', null, 4096, null);
    expectErrno('EBUSY', () => p.unlink('b'));
  });
  t.it('EROFS: read-only, before the name is looked up', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/a');
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.unlink('m/a'));
    expectErrno('EROFS', () => p.unlink('m/no'));
    expectErrno('EISDIR', () => p.unlink('m/.'));
  });
  t.it('ELOOP, ENAMETOOLONG: from the walk', (p) => {
    p.symlink('l', 'l');
    expectErrno('ELOOP', () => p.unlink('l/x'));
    expectErrno('ENAMETOOLONG', () => p.unlink('n'.repeat(256)));
    expectErrno('ENAMETOOLONG', () => p.unlink('/'.repeat(4096)));
    p.unlink('l');
  });
});

posix('rmdir(2)', (t) => {
  t.it('removes an empty directory, whose own count goes to 0', (p) => {
    p.mkdir('d', 0o755);
    const fd = p.open('d', O_RDONLY | O_DIRECTORY);
    expect(p.stat('.').nlink).toBe(3);
    p.rmdir('d');
    expect(p.stat('.').nlink).toBe(2);
    expect(p.fstat(fd).nlink).toBe(0);
  });
  t.it('takes trailing slashes', (p) => {
    p.mkdir('d', 0o755);
    p.rmdir('d//');
    expect(list(p, '.')).toEqual([]);
  });
  t.it('EINVAL: ends in a dot', (p) => {
    p.mkdir('d', 0o755);
    expectErrno('EINVAL', () => p.rmdir('.'));
    expectErrno('EINVAL', () => p.rmdir('d/.'));
    expectErrno('EINVAL', () => p.rmdir('d/./'));
  });
  t.it('ENOTEMPTY: ends in two dots, or has entries', (p) => {
    p.mkdir('d', 0o755);
    p.mkdir('d/e', 0o755);
    expectErrno('ENOTEMPTY', () => p.rmdir('..'));
    expectErrno('ENOTEMPTY', () => p.rmdir('d/..'));
    expectErrno('ENOTEMPTY', () => p.rmdir('d/e/..'));
    expectErrno('ENOTEMPTY', () => p.rmdir('d'));
  });
  t.it('EBUSY: the root, or a mount point', (p) => {
    expectErrno('EBUSY', () => p.rmdir('/'));
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    expectErrno('EBUSY', () => p.rmdir('m'));
  });
  t.it('ENOTDIR: a file, a symlink to a directory, with or without slash', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    p.symlink('d', 'l');
    for (const path of ['a', 'a/', 'l', 'l/', 'a/b']) expectErrno('ENOTDIR', () => p.rmdir(path));
  });
  t.it('ENOENT: a missing name', (p) => {
    for (const path of ['no', 'no/', 'no/x', '']) expectErrno('ENOENT', () => p.rmdir(path));
  });
  t.it('EACCES before ENOTDIR and ENOTEMPTY', (p) => {
    makeDirectory(p, 'd', 0o755);
    writeFile(p, 'd/f');
    p.mkdir('d/full', 0o777);
    writeFile(p, 'd/full/x');
    const u = t.user(1000);
    expectErrno('EACCES', () => u.rmdir('d/f'));
    expectErrno('EACCES', () => u.rmdir('d/full'));
  });
  t.it("EPERM: another's directory in a sticky one", (p) => {
    makeDirectory(p, 's', 0o1777);
    t.user(1000).mkdir('s/u', 0o777);
    expectErrno('EPERM', () => t.user(1001).rmdir('s/u'));
  });
  t.it('EROFS: read-only; . and .. first', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    p.mkdir('m/d', 0o755);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.rmdir('m/d'));
    expectErrno('EROFS', () => p.rmdir('m/no'));
    expectErrno('EINVAL', () => p.rmdir('m/.'));
  });
  t.it('ENOENT: nothing can be made in a removed directory, which keeps its own . and ..', (p) => {
    p.mkdir('d', 0o755);
    p.chdir('d');
    p.rmdir('/case/d');
    expectErrno('ENOENT', () => p.open('f', O_CREAT | O_RDWR, 0o644));
    expectErrno('ENOENT', () => p.mkdir('e', 0o755));
    expectErrno('ENOENT', () => p.symlink('x', 'y'));
    expectErrno('ENOENT', () => p.mknod('n', 0o100644, 0));
    expectErrno('ENOENT', () => p.getcwd());
    expect(p.stat('.').nlink).toBe(0);
    expect(p.stat('..').ino).toBe(p.stat('/case').ino);
    const fd = p.open('.', O_RDONLY);
    expectErrno('ENOENT', () => p.getdents(fd));
  });
  t.it("moves the parent's times and the removed directory's ctime", (p) => {
    p.mkdir('d', 0o755);
    const fd = p.open('d', O_RDONLY);
    const before = p.fstat(fd);
    expect(moved(p, '.', () => p.rmdir('d'))).toBe('mc');
    expect(p.fstat(fd).ctimeNsec).not.toBe(before.ctimeNsec);
  });
});

posix('unlinkat(2)', (t) => {
  t.it('AT_REMOVEDIR is rmdir', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'f');
    expectErrno('EISDIR', () => p.unlinkat(AT_FDCWD, 'd', 0));
    expectErrno('ENOTDIR', () => p.unlinkat(AT_FDCWD, 'f', AT_REMOVEDIR));
    p.unlinkat(AT_FDCWD, 'd', AT_REMOVEDIR);
    const fd = p.open('.', O_PATH);
    p.unlinkat(fd, 'f', 0);
    expect(list(p, '.')).toEqual([]);
  });
  t.it('EINVAL: any other flag', (p) => {
    for (const flags of [1, 0x100, 0x1000, -1]) expectErrno('EINVAL', () => p.unlinkat(AT_FDCWD, 'f', flags));
  });
  t.it('EBADF, ENOTDIR: the descriptor', (p) => {
    const fd = p.open('f', O_CREAT | O_RDWR, 0o644);
    expectErrno('EBADF', () => p.unlinkat(99, 'f', 0));
    expectErrno('EBADF', () => p.unlinkat(-1, 'f', 0));
    expectErrno('ENOTDIR', () => p.unlinkat(fd, 'f', 0));
    expectErrno('ENOENT', () => p.unlinkat(99, '', 0));
  });
});
