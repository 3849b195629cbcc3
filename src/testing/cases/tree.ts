/** Whatever is there from the start: every name that is listed is found, and is what the listing says. */
import { O_DIRECTORY, O_RDONLY, SEEK_SET } from '../../abi/fcntl.ts';
import { modeToDt, S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type { Process } from '../../kernel/process.ts';
import { type CaseDefinition, entries, fails, holds, same } from '../case.ts';

/** Directories looked at, so that a tree without end has one. */
const LIMIT = 100;

/** Each directory of the tree, from the root. */
function* directories(p: Process): Generator<string> {
  const pending = ['.'];
  for (let seen = 0; pending.length > 0 && seen < LIMIT; seen++) {
    const path = pending.shift() as string;
    yield path;
    for (const { name } of entries(p, path)) {
      if (name === '.' || name === '..') continue;
      const stat = p.statIfExists(`${path}/${name}`, false);
      if (stat !== undefined && (stat.mode & S_IFMT) === S_IFDIR) pending.push(`${path}/${name}`);
    }
  }
}

/** Names that a program in JavaScript might have by accident. */
const ABSENT = ['absent', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '...', 'a\u0301', '\udcff', 'x'.repeat(255)];

export const treeCases: readonly CaseDefinition[] = [
  {
    name: 'the root is a directory, on a device of its own',
    needs: [],
    body: ({ p }) => {
      const stat = p.stat('.');
      same(stat.mode & S_IFMT, S_IFDIR, 'type of the root');
      holds(stat.dev !== p.stat('/').dev, 'st_dev is that of the filesystem below');
      same(stat.ino, p.stat('.').ino, 'number of the root, asked twice');
      holds(p.statfs('.').bsize > 0, 'statfs without a block size');
    },
  },
  {
    name: 'every listed name is found, with the number and type that were listed',
    needs: [],
    body: ({ p }) => {
      for (const path of directories(p)) {
        const parent = path === '.' ? p.stat('.') : p.stat(`${path}/..`);
        // Open while its entries are looked at: among them may be this very descriptor.
        const fd = p.open(path, O_RDONLY | O_DIRECTORY);
        for (const { name, ino, type } of p.getdents(fd, 1 << 20)) {
          if (name === '..' && path === '.') continue;
          const stat = name === '..' ? parent : p.lstat(`${path}/${name}`);
          same([ino, type], [stat.ino, modeToDt(stat.mode)], `${path}/${name}: d_ino and d_type`);
          holds(stat.dev === p.stat('.').dev, `${path}/${name}: st_dev`);
        }
        p.close(fd);
      }
    },
  },
  {
    name: 'a listing begins with . and .., and has each name once',
    needs: [],
    body: ({ p }) => {
      for (const path of directories(p)) {
        const listed = entries(p, path).map(({ name }) => name);
        same(listed.slice(0, 2), ['.', '..'], path);
        same(listed.length, new Set(listed).size, `${path}: names, and different names`);
      }
    },
  },
  {
    name: 'a listing is the same through a small buffer, and goes on after any entry',
    needs: [],
    body: ({ p }) => {
      for (const path of directories(p)) {
        const listed = entries(p, path);
        same(entries(p, path, 280), listed, `${path}: 280 bytes at a time`);
        same(listed.length, new Set(listed.map(({ off }) => off)).size, `${path}: entries, and different offsets`);
        const fd = p.open(path, O_RDONLY | O_DIRECTORY);
        for (const [index, { off }] of listed.entries()) {
          p.lseek(fd, off, SEEK_SET);
          same(p.getdents(fd), listed.slice(index + 1), `${path}: after entry ${index}`);
        }
        p.close(fd);
      }
    },
  },
  {
    name: 'a name that is not there is ENOENT, whatever JavaScript objects have by that name',
    needs: [],
    body: ({ p }) => {
      for (const name of ABSENT) fails('ENOENT', () => p.lstat(name), JSON.stringify(name));
      fails('ENAMETOOLONG', () => p.lstat('x'.repeat(256)), 'a name of 256 bytes');
      fails('ENOENT', () => p.lstat('absent/absent'), 'below a name that is not there');
    },
  },
  {
    name: 'a directory that is held open keeps its number',
    needs: [],
    body: ({ p }) => {
      const held = [...directories(p)].map((path) => ({ path, fd: p.open(path, O_RDONLY | O_DIRECTORY) }));
      for (const { path, fd } of held) same(p.fstat(fd).ino, p.stat(path).ino, `${path}: number while it is open`);
      for (const { fd } of held) p.close(fd);
    },
  },
];
