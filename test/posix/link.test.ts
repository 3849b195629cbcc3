import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW, O_CREAT, O_EXCL, O_PATH, O_RDWR, O_TMPFILE, O_WRONLY } from '../../src/abi/fcntl.ts';
import { CAP_DAC_READ_SEARCH } from '../../src/abi/capability.ts';
import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { S_IFLNK, S_IFMT, S_IFREG } from '../../src/abi/stat.ts';
import { list, makeDirectory, moved, readFile, writeFile } from '../harness/files.ts';
import { hostSysctl } from '../harness/tuxfs-subject.ts';
import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('link(2)', (t) => {
  t.it('gives a file a second name', (p) => {
    writeFile(p, 'a', 'x');
    p.link('a', 'b');
    expect([p.stat('a').nlink, p.stat('b').ino === p.stat('a').ino]).toEqual([2, true]);
    expect(readFile(p, 'b')).toBe('x');
  });
  t.it('links a symlink itself', (p) => {
    writeFile(p, 'a');
    p.symlink('a', 'l');
    p.link('l', 'm');
    expect(p.lstat('m').mode & S_IFMT).toBe(S_IFLNK);
    expect(p.lstat('l').nlink).toBe(2);
  });
  t.it('links device nodes, FIFOs and sockets', (p) => {
    p.mknod('fifo', 0o10644, 0);
    p.mknod('socket', 0o140644, 0);
    p.link('fifo', 'f2');
    p.link('socket', 's2');
    expect([p.lstat('fifo').nlink, p.lstat('socket').nlink]).toEqual([2, 2]);
  });
  t.it("moves the file's ctime and the directory's times", (p) => {
    writeFile(p, 'a');
    expect(moved(p, 'a', () => p.link('a', 'b'))).toBe('c');
    expect(moved(p, '.', () => p.link('a', 'c'))).toBe('mc');
  });
  t.it('ENOENT: either path is missing or empty', (p) => {
    writeFile(p, 'a');
    expectErrno('ENOENT', () => p.link('no', 'b'));
    expectErrno('ENOENT', () => p.link('', 'b'));
    expectErrno('ENOENT', () => p.link('a', ''));
    expectErrno('ENOENT', () => p.link('a', 'no/b'));
  });
  t.it('EEXIST: the new name exists, whatever it is', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    p.symlink('no', 'l');
    for (const path of ['a', 'd', 'd/', 'l', '.', '..', '/']) expectErrno('EEXIST', () => p.link('a', path));
  });
  t.it('a trailing slash: ENOTDIR on the source, ENOENT or EEXIST on the target', (p) => {
    writeFile(p, 'a');
    expectErrno('ENOTDIR', () => p.link('a/', 'b'));
    expectErrno('ENOENT', () => p.link('a', 'b/'));
    expectErrno('EEXIST', () => p.link('a', 'a/'));
  });
  t.it('EPERM: a directory', (p) => {
    p.mkdir('d', 0o755);
    expectErrno('EPERM', () => p.link('d', 'e'));
    expectErrno('EPERM', () => p.link('.', 'e'));
    expectErrno('EPERM', () => p.link('/', 'e'));
    expectErrno('EEXIST', () => p.link('d', 'd'));
  });
  t.it('EACCES: the target directory is not writable', (p) => {
    writeFile(p, 'a', '', 0o666);
    makeDirectory(p, 'd', 0o755);
    p.chown('a', 1000, 1000);
    expectErrno('EACCES', () => t.user(1000).link('a', 'd/a'));
  });
  t.it('EXDEV: another mount, even of the same filesystem', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    writeFile(p, 'a/f');
    p.mount('a', 'b', null, MS_BIND, null);
    expectErrno('EXDEV', () => p.link('a/f', 'b/g'));
    expectErrno('EEXIST', () => p.link('a/f', 'b/f'));
    expectErrno('EXDEV', () => p.link('a', 'b/g'));
  });
  t.it('EROFS after EEXIST', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/a');
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.link('m/a', 'm/b'));
    expectErrno('EEXIST', () => p.link('m/a', 'm/a'));
  });
  t.it("another's unsafe file, as fs.protected_hardlinks says", (p) => {
    const refused = hostSysctl()['fs.protected_hardlinks'] === 1;
    writeFile(p, 'readable', '', 0o644);
    writeFile(p, 'writable', '', 0o666);
    writeFile(p, 'setuid', '', 0o4777);
    writeFile(p, 'setgid', '', 0o2777);
    writeFile(p, 'setgid-only', '', 0o2767);
    p.mknod('fifo', 0o10666, 0);
    const u = t.user(1000);
    u.link('writable', 'w2');
    for (const name of ['readable', 'setuid', 'setgid', 'fifo']) {
      if (refused) expectErrno('EPERM', () => u.link(name, `${name}2`));
      else u.link(name, `${name}2`);
    }
    u.link('setgid-only', 'so2');
  });
  t.it('ENOENT: into a removed directory', (p) => {
    writeFile(p, 'a');
    p.mkdir('d', 0o755);
    const fd = p.open('d', 0);
    p.rmdir('d');
    expectErrno('ENOENT', () => p.linkat(AT_FDCWD, 'a', fd, 'b', 0));
  });
  t.it('ENAMETOOLONG: a name over 255 bytes', (p) => {
    writeFile(p, 'a');
    p.link('a', 'é'.repeat(127));
    expectErrno('ENAMETOOLONG', () => p.link('a', 'é'.repeat(128)));
  });
});

posix('linkat(2)', (t) => {
  t.it('AT_SYMLINK_FOLLOW links the target', (p) => {
    writeFile(p, 'a');
    p.symlink('a', 'l');
    p.linkat(AT_FDCWD, 'l', AT_FDCWD, 'b', AT_SYMLINK_FOLLOW);
    expect(p.lstat('b').mode & S_IFMT).toBe(S_IFREG);
    p.symlink('dangling', 'm');
    expectErrno('ENOENT', () => p.linkat(AT_FDCWD, 'm', AT_FDCWD, 'c', AT_SYMLINK_FOLLOW));
  });
  t.it('EINVAL: any other flag', (p) => {
    writeFile(p, 'a');
    for (const flags of [1, 0x100, 0x200, -1]) expectErrno('EINVAL', () => p.linkat(AT_FDCWD, 'a', AT_FDCWD, 'b', flags));
  });
  t.it('AT_EMPTY_PATH links what the descriptor is, also without a name', (p) => {
    const fd = p.open('.', O_TMPFILE | O_WRONLY, 0o644);
    expect(p.fstat(fd).nlink).toBe(0);
    p.linkat(fd, '', AT_FDCWD, 'named', AT_EMPTY_PATH);
    expect(p.fstat(fd).nlink).toBe(1);
    expect(list(p, '.')).toEqual(['named']);
    const path = p.open('named', O_PATH);
    p.linkat(path, '', AT_FDCWD, 'again', AT_EMPTY_PATH);
    expect(p.stat('named').nlink).toBe(2);
  });
  t.it('ENOENT: O_TMPFILE with O_EXCL, or a file whose last name has gone', (p) => {
    const fd = p.open('.', O_TMPFILE | O_EXCL | O_WRONLY, 0o644);
    expectErrno('ENOENT', () => p.linkat(fd, '', AT_FDCWD, 'named', AT_EMPTY_PATH));
    const gone = p.open('f', O_CREAT | O_RDWR, 0o644);
    p.unlink('f');
    expectErrno('ENOENT', () => p.linkat(gone, '', AT_FDCWD, 'named', AT_EMPTY_PATH));
  });
  t.it('AT_EMPTY_PATH: the opener may, another needs CAP_DAC_READ_SEARCH', () => {
    const u = t.user(1000);
    const fd = u.open('.', O_TMPFILE | O_WRONLY, 0o644);
    u.linkat(fd, '', AT_FDCWD, 'mine', AT_EMPTY_PATH);
    const v = t.spawn({ uid: 1000, gid: 1000, capabilities: [CAP_DAC_READ_SEARCH] });
    const fd2 = v.open('.', O_TMPFILE | O_WRONLY, 0o644);
    v.linkat(fd2, '', AT_FDCWD, 'theirs', AT_EMPTY_PATH);
    u.setuid(1000);
    const fd3 = u.open('.', O_TMPFILE | O_WRONLY, 0o644);
    u.setresgid(1000, 1000, 1000);
    u.linkat(fd3, '', AT_FDCWD, 'still', AT_EMPTY_PATH);
  });
  t.it('ENOENT: AT_EMPTY_PATH by a process with other credentials than the opener', (p) => {
    const fd = p.open('.', O_TMPFILE | O_WRONLY, 0o666);
    p.setresgid(1000, 1000, 1000);
    p.setresuid(1000, 1000, 1000);
    expectErrno('ENOENT', () => p.linkat(fd, '', AT_FDCWD, 'x', AT_EMPTY_PATH));
  });
  t.it('EPERM: AT_EMPTY_PATH of a directory', (p) => {
    p.mkdir('d', 0o755);
    const fd = p.open('d', 0);
    expectErrno('EPERM', () => p.linkat(fd, '', AT_FDCWD, 'e', AT_EMPTY_PATH));
    expectErrno('ENOENT', () => p.linkat(fd, '', AT_FDCWD, 'e', 0));
  });
  t.it('EBADF, ENOTDIR: the descriptors', (p) => {
    const fd = p.open('f', O_CREAT | O_RDWR, 0o644);
    expectErrno('EBADF', () => p.linkat(99, 'f', AT_FDCWD, 'g', 0));
    expectErrno('EBADF', () => p.linkat(AT_FDCWD, 'f', 99, 'g', 0));
    expectErrno('ENOTDIR', () => p.linkat(fd, 'f', AT_FDCWD, 'g', 0));
    expectErrno('ENOTDIR', () => p.linkat(AT_FDCWD, 'f', fd, 'g', 0));
  });
});
