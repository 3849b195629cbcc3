/** Moving names. */
import { AT_FDCWD, O_RDWR, RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../abi/fcntl.ts';
import { type CaseDefinition, fails, holds, names, put, same, text, textOf } from '../case.ts';

export const renameCases: readonly CaseDefinition[] = [
  {
    name: 'rename(2) moves a file, within a directory and to another',
    needs: ['rename', 'creat', 'mkdir', 'write'],
    body: ({ p }) => {
      put(p, 'f', 'x');
      p.mkdir('d', 0o755);
      const { ino } = p.stat('f');
      for (const [from, to] of [
        ['f', 'g'],
        ['g', 'd/g'],
        ['d/g', 'd/h'],
        ['d/h', 'd/h'],
      ] as const) {
        p.rename(from, to);
        same([text(p, to), p.stat(to).ino], ['x', ino], `${from} to ${to}`);
        if (from !== to) fails('ENOENT', () => p.stat(from), from);
      }
      same(names(p, 'd'), ['h'], 'listed');
      fails('ENOENT', () => p.rename('absent', 'g'), 'a name that is not there');
    },
  },
  {
    name: 'rename(2) replaces a file, which lives on for those who have it open',
    needs: ['rename', 'creat', 'write'],
    body: ({ p }) => {
      put(p, 'a', 'a');
      put(p, 'b', 'b');
      const [a, b] = [p.open('a', O_RDWR), p.open('b', O_RDWR)];
      p.rename('a', 'b');
      same([text(p, 'b'), textOf(p, a), textOf(p, b)], ['a', 'a', 'b'], 'the name, and both files');
      same([p.fstat(a).nlink, p.fstat(b).nlink, p.fstat(a).ino], [1, 0, p.stat('b').ino], 'nlinks, number');
      fails('ENOENT', () => p.stat('a'), 'the old name');
    },
  },
  {
    name: 'rename(2) of directories: onto an empty one, not onto a full one, not into itself',
    needs: ['rename', 'creat', 'mkdir', 'write'],
    body: ({ p }) => {
      for (const path of ['a', 'a/b', 'a/b/c', 'empty', 'full', 'full/d']) p.mkdir(path, 0o755);
      put(p, 'f', '');
      fails('EINVAL', () => p.rename('a', 'a/x'), 'into itself');
      fails('EINVAL', () => p.rename('a', 'a/b/c/x'), 'far into itself');
      fails('ENOTEMPTY', () => p.rename('a/b/c', 'a'), 'onto what holds it');
      fails('ENOTEMPTY', () => p.rename('a', 'full'), 'onto a full one');
      fails('ENOTDIR', () => p.rename('a', 'f'), 'onto a file');
      fails('EISDIR', () => p.rename('f', 'empty'), 'a file onto a directory');
      const { ino } = p.stat('a');
      p.rename('a', 'empty');
      same([p.stat('empty').ino, names(p, 'empty'), names(p, 'empty/b')], [ino, ['b'], ['c']], 'what it holds');
      same(p.stat('empty/b/..').ino, ino, '.. below');
    },
  },
  {
    name: 'who stands in a directory moves with it',
    needs: ['rename', 'creat', 'mkdir', 'write'],
    body: ({ p, spawn }) => {
      for (const path of ['a', 'a/in', 'b']) p.mkdir(path, 0o755);
      const inside = spawn({});
      inside.chdir('a/in');
      p.rename('a', 'b/moved');
      same(inside.getcwd(), '/mnt/b/moved/in', 'getcwd');
      put(inside, 'f', 'x');
      same(text(p, 'b/moved/in/f'), 'x', 'what is made there');
      same(inside.stat('../..').ino, p.stat('b').ino, '../..');
      p.rename('b/moved/in', 'top');
      same(inside.getcwd(), '/mnt/top', 'getcwd');
      same(inside.stat('..').ino, p.stat('.').ino, '..');
      p.mkdir('b/moved/in', 0o755);
      same(names(p, 'b/moved/in'), [], 'a new directory of the old name');
      holds(p.stat('b/moved/in').ino !== inside.stat('.').ino, 'one directory has two names');
    },
  },
  {
    name: 'RENAME_NOREPLACE',
    needs: ['rename', 'creat', 'write'],
    body: ({ p }) => {
      put(p, 'a', 'a');
      put(p, 'b', 'b');
      fails('EEXIST', () => p.renameat2(AT_FDCWD, 'a', AT_FDCWD, 'b', RENAME_NOREPLACE), 'onto a name');
      p.renameat2(AT_FDCWD, 'a', AT_FDCWD, 'c', RENAME_NOREPLACE);
      same([text(p, 'b'), text(p, 'c')], ['b', 'a'], 'content');
    },
  },
  {
    name: 'RENAME_EXCHANGE',
    needs: ['RENAME_EXCHANGE', 'creat', 'mkdir', 'write'],
    body: ({ p, spawn }) => {
      put(p, 'f', 'x');
      p.mkdir('d', 0o755);
      p.mkdir('d/e', 0o755);
      const inside = spawn({ cwd: '/mnt/d/e' });
      p.renameat2(AT_FDCWD, 'f', AT_FDCWD, 'd/e', RENAME_EXCHANGE);
      same([text(p, 'd/e'), names(p, 'f'), inside.getcwd()], ['x', [], '/mnt/f'], 'a file and a directory');
      fails('EINVAL', () => p.renameat2(AT_FDCWD, 'd', AT_FDCWD, 'd/e', RENAME_EXCHANGE), 'with what it holds');
      same([names(p, '.').includes('f'), names(p, 'd')], [true, ['e']], 'listed');
    },
  },
];
