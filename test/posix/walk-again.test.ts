/** A path that was walked once is walked again after something on its way has changed: an earlier walk must not be remembered for longer than it is true. */
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, RENAME_EXCHANGE } from '../../src/abi/fcntl.ts';
import { CLONE_NEWNS, MNT_DETACH, MNT_EXPIRE, MS_BIND } from '../../src/abi/mount.ts';
import { entries, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

const PATH = 'a/b/c/file';

/** `a/b/c/file`, walked to already, and a second tree beside it. */
const prepare = (p: Process, t: { user(uid: number): Process }): Process => {
  for (const directory of ['a', 'a/b', 'a/b/c', 'x', 'x/c']) p.mkdir(directory, 0o755);
  writeFile(p, PATH, 'first');
  writeFile(p, 'x/c/file', 'second');
  const user = t.user(1000);
  for (const process of [p, user]) {
    process.stat(PATH);
    process.stat(PATH);
  }
  return user;
};

posix('path_resolution(7), again', (t) => {
  t.it('chmod and chown of a directory on the way close and open it', (p) => {
    const user = prepare(p, t);
    for (const directory of ['a', 'a/b', 'a/b/c']) {
      expect(readFile(user, PATH)).toBe('first');
      p.chmod(directory, 0o700);
      expectErrno('EACCES', () => user.stat(PATH));
      expect(readFile(p, PATH)).toBe('first');
      p.chown(directory, 1000, 0);
      expect(readFile(user, PATH)).toBe('first');
      p.chown(directory, 0, 0);
      expectErrno('EACCES', () => user.stat(PATH));
      const fd = p.open(directory, O_RDONLY | O_DIRECTORY);
      p.fchmod(fd, 0o755);
    }
  });
  t.it('other credentials are asked anew', (p) => {
    prepare(p, t);
    p.chmod('a/b', 0o700);
    expect(readFile(p, PATH)).toBe('first');
    p.setresuid(0xffffffff, 1000, 0xffffffff);
    expectErrno('EACCES', () => p.stat(PATH));
    p.setresuid(0xffffffff, 0, 0xffffffff);
    expect(readFile(p, PATH)).toBe('first');
  });
  t.it('a directory that was renamed is found under its new name alone', (p) => {
    const user = prepare(p, t);
    p.rename('a/b', 'a/moved');
    for (const process of [p, user]) {
      expectErrno('ENOENT', () => process.stat(PATH));
      expect(readFile(process, 'a/moved/c/file')).toBe('first');
    }
    p.rename('x', 'a/b');
    for (const process of [p, user]) expect(readFile(process, PATH)).toBe('second');
  });
  t.it('directories that changed places', (p) => {
    prepare(p, t);
    p.renameat2(AT_FDCWD, 'a/b', AT_FDCWD, 'x', RENAME_EXCHANGE);
    expect(readFile(p, PATH)).toBe('second');
    p.renameat2(AT_FDCWD, 'a/b', AT_FDCWD, 'x', RENAME_EXCHANGE);
    expect(readFile(p, PATH)).toBe('first');
  });
  t.it('a directory that was removed, and another in its place', (p) => {
    prepare(p, t);
    p.unlink(PATH);
    expectErrno('ENOENT', () => p.stat(PATH));
    expectErrno('ENOENT', () => p.stat(PATH));
    p.rmdir('a/b/c');
    expectErrno('ENOENT', () => p.open(PATH, O_CREAT | O_RDWR, 0o644));
    p.symlink('../../x/c', 'a/b/c');
    expect(readFile(p, PATH)).toBe('second');
    p.unlink('a/b/c');
    p.mkdir('a/b/c', 0o755);
    expectErrno('ENOENT', () => p.stat(PATH));
    writeFile(p, PATH, 'third');
    expect(readFile(p, PATH)).toBe('third');
  });
  t.it('a symlink on the way that points elsewhere', (p) => {
    prepare(p, t);
    p.symlink('a/b', 'link');
    for (let i = 0; i < 3; i++) expect(readFile(p, 'link/c/file')).toBe('first');
    p.unlink('link');
    p.symlink('x', 'link');
    for (let i = 0; i < 3; i++) expect(readFile(p, 'link/c/file')).toBe('second');
  });
  t.it('.. on the way', (p) => {
    prepare(p, t);
    for (let i = 0; i < 3; i++) expect(readFile(p, 'a/b/../b/c/file')).toBe('first');
    p.rename('a/b', 'x/b');
    p.mkdir('a/b', 0o755);
    expectErrno('ENOENT', () => p.stat('a/b/../b/c/file'));
    p.chdir('x/b/c');
    for (let i = 0; i < 2; i++) expect(readFile(p, '../../c/file')).toBe('second');
    p.rename('/case/x/b', '/case/a/moved');
    expectErrno('ENOENT', () => p.stat('../../c/file'));
  });
  t.it('what is mounted on a directory on the way, and no longer', (p) => {
    prepare(p, t);
    p.mount('x', 'a/b', '', MS_BIND, null);
    expect(readFile(p, PATH)).toBe('second');
    expect(readFile(p, PATH)).toBe('second');
    p.umount2('a/b', 0);
    expect(readFile(p, PATH)).toBe('first');
    p.mount('none', 'a/b/c', 'tmpfs', 0, null);
    expectErrno('ENOENT', () => p.stat(PATH));
    writeFile(p, PATH, 'mounted');
    p.umount2('a/b/c', MNT_DETACH);
    expect(readFile(p, PATH)).toBe('first');
  });
  t.it("a walk through a mount takes MNT_EXPIRE's mark away each time", (p) => {
    prepare(p, t);
    p.mount('none', 'a/b/c', 'tmpfs', 0, null);
    writeFile(p, PATH, 'mounted');
    for (let i = 0; i < 3; i++) {
      p.stat(PATH);
      expectErrno('EAGAIN', () => p.umount2('a/b/c', MNT_EXPIRE));
    }
    p.umount2('a/b/c', MNT_EXPIRE);
    expect(readFile(p, PATH)).toBe('first');
  });
  t.it('another working directory, and another root', (p) => {
    prepare(p, t);
    p.chdir('x');
    expect(outcome(() => p.stat(PATH))).toBe('ENOENT');
    expect(readFile(p, 'c/file')).toBe('second');
    p.chdir('../a/b');
    expect(readFile(p, 'c/file')).toBe('first');
    expect(readFile(p, '/case/a/b/c/file')).toBe('first');
    p.chroot('/case');
    expect(readFile(p, '/a/b/c/file')).toBe('first');
    expectErrno('ENOENT', () => p.stat('/case/a/b/c/file'));
    expect(readFile(p, 'c/file')).toBe('first');
  });
  t.it('another mount namespace', (p) => {
    prepare(p, t);
    const other = t.spawn();
    other.unshare(CLONE_NEWNS);
    other.stat(PATH);
    other.mount('x', 'a/b', '', MS_BIND, null);
    expect(readFile(other, PATH)).toBe('second');
    expect(readFile(p, PATH)).toBe('first');
    expect(readFile(other, PATH)).toBe('second');
  });
  t.it('another name in the same directory, dots and slashes', (p) => {
    prepare(p, t);
    writeFile(p, 'a/b/c/other', 'other');
    p.mkdir('a/b/c/d', 0o755);
    for (const path of [PATH, 'a/b/c/other', 'a/b/c//other', 'a//b/c/other', PATH]) p.stat(path);
    expect(p.stat('a/b/c/').ino).toBe(p.stat('a/b/c').ino);
    expect(p.stat('a/b/c/.').ino).toBe(p.stat('a/b/c').ino);
    expect(p.stat('a/b/c/..').ino).toBe(p.stat('a/b').ino);
    expect(p.stat('a/b/c/d/..').ino).toBe(p.stat('a/b/c').ino);
    for (let i = 0; i < 2; i++) expectErrno('ENOTDIR', () => p.stat('a/b/c/other/'));
    for (let i = 0; i < 2; i++) expectErrno('ENOTDIR', () => p.stat('a/b/c/other/x'));
    for (let i = 0; i < 2; i++) expectErrno('EISDIR', () => p.open('a/b/c/new/', O_CREAT | O_RDWR, 0o644));
    for (let i = 0; i < 2; i++) expectErrno('ENAMETOOLONG', () => p.stat(`a/b/c/${'n'.repeat(256)}`));
  });
});

posix('names that come and go', (t) => {
  t.it('a listing shows what is there, whatever was there before', (p) => {
    p.mkdir('d', 0o755);
    const names = Array.from({ length: 200 }, (_, i) => `n${i}`);
    for (const name of names) writeFile(p, `d/${name}`);
    for (let round = 0; round < 3; round++) {
      for (const name of names) if (Number(name.slice(1)) % 3 !== round) p.unlink(`d/${name}`);
      const left = names.filter((name) => Number(name.slice(1)) % 3 === round);
      const listed = entries(p, p.open('d', O_RDONLY)).map(({ name }) => name);
      expect(listed.filter((name) => !name.startsWith('.')).sort()).toEqual([...left].sort());
      for (const name of names) if (!left.includes(name)) writeFile(p, `d/${name}`);
    }
    for (const name of names) p.unlink(`d/${name}`);
    p.rmdir('d');
  });
  t.it('a name that was removed and made again is a new file, once in each listing', (p) => {
    p.mkdir('d', 0o755);
    for (const name of ['a', 'b', 'c', 'd']) writeFile(p, `d/${name}`, name);
    const fd = p.open('d', O_RDONLY);
    const first = p.getdents(fd, 80).map(({ name }) => name);
    const before = p.stat('d/b').ino;
    p.unlink('d/b');
    writeFile(p, 'd/b', 'again');
    expect(p.stat('d/b').ino).not.toBe(before);
    const rest: string[] = [];
    for (let list = p.getdents(fd, 80); list.length > 0; list = p.getdents(fd, 80)) rest.push(...list.map(({ name }) => name));
    const seen = [...first, ...rest].filter((name) => name !== 'b' && !name.startsWith('.'));
    expect(seen.sort()).toEqual(['a', 'c', 'd']);
    expect([...first, ...rest].filter((name) => name === 'b').length).toBeLessThanOrEqual(1);
  });
  t.it('renaming there and back, over and over', (p) => {
    p.mkdir('d', 0o755);
    for (let i = 0; i < 100; i++) writeFile(p, `d/${i}`, String(i));
    for (let i = 0; i < 300; i++) {
      p.rename(`d/${i % 100}`, 'd/other');
      p.rename('d/other', `d/${i % 100}`);
    }
    const listed = entries(p, p.open('d', O_RDONLY)).map(({ name }) => name);
    expect(listed.length).toBe(102);
    expect(new Set(listed).size).toBe(102);
    for (let i = 0; i < 100; i++) expect(readFile(p, `d/${i}`)).toBe(String(i));
  });
});
