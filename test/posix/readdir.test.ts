import { O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, SEEK_CUR, SEEK_END, SEEK_SET } from '../../src/abi/fcntl.ts';
import { DT_BLK, DT_CHR, DT_DIR, DT_FIFO, DT_LNK, DT_REG, DT_SOCK } from '../../src/abi/stat.ts';
import { entries, makeDirectory, moved, pause, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

const fill = (p: Process, count: number): string[] => {
  const names = Array.from({ length: count }, (_, i) => `file-${String(i).padStart(4, '0')}`);
  p.mkdir('d', 0o755);
  for (const name of names) p.close(p.open(`d/${name}`, O_CREAT | O_RDWR, 0o644));
  return names;
};
const named = (list: { name: string }[]): string[] =>
  list
    .map(({ name }) => name)
    .filter((name) => name !== '.' && name !== '..')
    .sort();

posix('getdents(2)', (t) => {
  t.it('starts with . and .., which have the numbers of the directories', (p) => {
    p.mkdir('d', 0o755);
    const list = p.getdents(p.open('d', O_RDONLY | O_DIRECTORY));
    expect(list.map(({ name, type }) => [name, type])).toEqual([
      ['.', DT_DIR],
      ['..', DT_DIR],
    ]);
    expect(list.map(({ ino }) => ino)).toEqual([p.stat('d').ino, p.stat('.').ino]);
  });
  t.it('tells types and inode numbers', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'd/reg');
    p.mkdir('d/dir', 0o755);
    p.symlink('x', 'd/lnk');
    p.mknod('d/fifo', 0o10644, 0);
    p.mknod('d/sock', 0o140644, 0);
    p.mknod('d/chr', 0o20644, 259);
    p.mknod('d/blk', 0o60644, 259);
    const list = entries(p, p.open('d', O_RDONLY)).filter(({ name }) => !name.startsWith('.'));
    expect(Object.fromEntries(list.map(({ name, type }) => [name, type]))).toEqual({
      reg: DT_REG,
      dir: DT_DIR,
      lnk: DT_LNK,
      fifo: DT_FIFO,
      sock: DT_SOCK,
      chr: DT_CHR,
      blk: DT_BLK,
    });
    for (const { name, ino } of list) expect(ino).toBe(p.lstat(`d/${name}`).ino);
  });
  t.it('at the end answers nothing, again and again; a rewound one starts over', (p) => {
    const names = fill(p, 3);
    const fd = p.open('d', O_RDONLY);
    expect(named(entries(p, fd))).toEqual(names);
    expect([p.getdents(fd), p.getdents(fd)]).toEqual([[], []]);
    p.lseek(fd, 0, SEEK_SET);
    writeFile(p, 'd/new');
    expect(named(entries(p, fd))).toEqual([...names, 'new']);
  });
  t.it('in small buffers gives each entry once', (p) => {
    const names = fill(p, 50);
    const fd = p.open('d', O_RDONLY);
    expect(named(entries(p, fd, 100))).toEqual(names);
  });
  t.it('as many whole records as fit, of a multiple of eight bytes', (p) => {
    fill(p, 10);
    const fd = p.open('d', O_RDONLY);
    // 24 bytes for each of . and .., and 32 for a name of nine bytes.
    expect(p.getdents(fd, 24).map(({ name }) => name)).toEqual(['.']);
    expect(p.getdents(fd, 24 + 31).map(({ name }) => name)).toEqual(['..']);
    expect(p.getdents(fd, 64)).toHaveLength(2);
    expect(p.getdents(fd, 95)).toHaveLength(2);
  });
  t.it('EINVAL: not even one record fits', (p) => {
    fill(p, 1);
    const fd = p.open('d', O_RDONLY);
    expectErrno('EINVAL', () => p.getdents(fd, 23));
    p.getdents(fd, 48);
    expectErrno('EINVAL', () => p.getdents(fd, 31));
    expect(p.getdents(fd, 32)).toHaveLength(1);
    expect(p.getdents(fd, 1)).toEqual([]);
  });
  t.it('each off leads to what follows', (p) => {
    fill(p, 20);
    const fd = p.open('d', O_RDONLY);
    const list = entries(p, fd);
    for (const i of [0, 1, 5, 20]) {
      p.lseek(fd, list[i]!.off, SEEK_SET);
      expect(entries(p, fd).map(({ name }) => name)).toEqual(list.slice(i + 1).map(({ name }) => name));
    }
  });
  t.it('the offset is the last off, and SEEK_END is refused', (p) => {
    fill(p, 5);
    const fd = p.open('d', O_RDONLY);
    const first = p.getdents(fd, 48);
    expect(p.lseek(fd, 0, SEEK_CUR)).toBe(first.at(-1)!.off);
    expect(outcome(() => p.lseek(fd, 0, SEEK_END))).toBe(t.throughFuse('directory-end', 'EINVAL', 'OK'));
    expectErrno('EINVAL', () => p.lseek(fd, -1, SEEK_SET));
  });
  t.it('entries that stay are seen exactly once while others come and go', (p) => {
    const names = fill(p, 60);
    const fd = p.open('d', O_RDONLY);
    const seen = p.getdents(fd, 700);
    const gone = names.filter((_, i) => i % 2 === 0);
    for (const name of gone) p.unlink(`d/${name}`);
    for (let i = 0; i < 10; i++) writeFile(p, `d/new-${i}`);
    const all = [...seen, ...entries(p, fd, 700)].map(({ name }) => name);
    const stay = names.filter((_, i) => i % 2 === 1);
    expect(all.filter((name) => stay.includes(name)).sort()).toEqual(stay);
    expect(new Set(all).size).toBe(all.length);
  });
  t.it('removing while reading empties the directory', (p) => {
    fill(p, 100);
    const fd = p.open('d', O_RDONLY);
    for (let list = p.getdents(fd, 256); list.length > 0; list = p.getdents(fd, 256)) {
      for (const { name } of list) if (name !== '.' && name !== '..') p.unlink(`d/${name}`);
    }
    p.rmdir('d');
  });
  t.it('a renamed entry does not disturb the others', (p) => {
    const names = fill(p, 30);
    const fd = p.open('d', O_RDONLY);
    const seen = p.getdents(fd, 400);
    p.rename(`d/${names[0]}`, 'd/renamed');
    const all = [...seen, ...entries(p, fd)].map(({ name }) => name);
    for (const name of names.slice(1)) expect(all.filter((each) => each === name)).toEqual([name]);
  });
  t.it('ENOENT: a removed directory; ENOTDIR; EBADF', (p) => {
    p.mkdir('d', 0o755);
    const fd = p.open('d', O_RDONLY);
    p.rmdir('d');
    expectErrno('ENOENT', () => p.getdents(fd));
    writeFile(p, 'f');
    expectErrno('ENOTDIR', () => p.getdents(p.open('f', O_RDONLY)));
    expectErrno('EBADF', () => p.getdents(99));
  });
  t.it('needs read permission to open, not search permission', (p) => {
    makeDirectory(p, 'd', 0o744);
    writeFile(p, 'd/f');
    const u = t.user(1000);
    expect(named(entries(u, u.open('d', O_RDONLY)))).toEqual(['f']);
    p.chmod('d', 0o711);
    expectErrno('EACCES', () => u.open('d', O_RDONLY));
  });
  t.it('moves atime by relatime', (p) => {
    p.mkdir('d', 0o755);
    pause();
    expect(moved(p, 'd', () => p.getdents(p.open('d', O_RDONLY)))).toBe('a');
    pause();
    expect(moved(p, 'd', () => p.getdents(p.open('d', O_RDONLY)))).toBe('');
  });
  t.it('a mount point shows the number of what it covers', (p) => {
    p.mkdir('d', 0o755);
    p.mkdir('d/m', 0o755);
    const { ino } = p.stat('d/m');
    p.mount('t', 'd/m', 'tmpfs', 0, null);
    expect(entries(p, p.open('d', O_RDONLY)).find(({ name }) => name === 'm')!.ino).toBe(ino);
  });
});
