/** Making and removing names. */
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_RDWR, O_TMPFILE, O_WRONLY, SEEK_SET, AT_EMPTY_PATH } from '../../abi/fcntl.ts';
import { encodeName } from '../../abi/name.ts';
import { makedev, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { type CaseDefinition, entries, fails, holds, names, put, same, text, textOf } from '../case.ts';

/** Names with everything but a slash and a zero byte. */
const ODD = [
  ' ',
  '\n',
  '-rf',
  '...',
  '\\',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '\u00e9',
  'e\u0301',
  '\udcc3',
  '\u{1f600}',
  'x'.repeat(255),
];

export const nameCases: readonly CaseDefinition[] = [
  {
    name: 'open(O_CREAT) makes an empty file of the caller, without the umask’s bits',
    needs: ['creat'],
    body: ({ p, spawn }) => {
      const inGroup = spawn({ uid: 0, gid: 20, umask: 0o027 });
      inGroup.close(inGroup.open('f', O_CREAT | O_WRONLY | O_EXCL, 0o666));
      const { mode, uid, gid, size, nlink } = p.stat('f');
      same([mode, uid, gid, size, nlink], [S_IFREG | 0o640, 0, 20, 0, 1], 'mode, uid, gid, size, nlink');
      same(names(p, '.').includes('f'), true, 'listed');
      fails('EEXIST', () => p.open('f', O_CREAT | O_EXCL | O_RDWR, 0o644), 'O_EXCL');
    },
  },
  {
    name: 'names are kept as they are, byte for byte',
    needs: ['creat', 'mkdir', 'unlink', 'write'],
    body: ({ p }) => {
      p.mkdir('odd', 0o755);
      for (const name of ODD) put(p, `odd/${name}`, name);
      same(names(p, 'odd'), [...ODD].sort(), 'listed');
      for (const name of ODD) same(text(p, `odd/${name}`), name, JSON.stringify(name));
      fails('ENAMETOOLONG', () => put(p, `odd/${'x'.repeat(256)}`, ''), '256 bytes');
      for (const name of ODD) p.unlink(`odd/${name}`);
      p.rmdir('odd');
    },
  },
  {
    name: 'mkdir(2) and rmdir(2)',
    needs: ['mkdir', 'unlink', 'creat'],
    body: ({ p }) => {
      p.mkdir('d', 0o1777);
      same(p.stat('d').mode, S_IFDIR | 0o1755, 'mode');
      same(
        entries(p, 'd').map(({ name, ino }) => [name, ino]),
        [
          ['.', p.stat('d').ino],
          ['..', p.stat('.').ino],
        ],
        'a new directory',
      );
      fails('EEXIST', () => p.mkdir('d', 0o755), 'again');
      p.mkdir('d/e', 0o755);
      put(p, 'd/f', '');
      fails('ENOTEMPTY', () => p.rmdir('d'), 'with two entries');
      p.unlink('d/f');
      fails('ENOTEMPTY', () => p.rmdir('d'), 'with a directory');
      fails('EISDIR', () => p.unlink('d/e'), 'unlink of a directory');
      p.rmdir('d/e');
      p.rmdir('d');
      fails('ENOENT', () => p.stat('d'), 'removed');
      same(names(p, '.').includes('d'), false, 'listed');
    },
  },
  {
    name: 'a removed directory is empty and takes no names, for whoever stands in it',
    needs: ['mkdir', 'unlink', 'creat'],
    body: ({ p, spawn }) => {
      p.mkdir('d', 0o755);
      const inside = spawn({});
      inside.chdir('d');
      const fd = p.open('d', O_RDONLY | O_DIRECTORY);
      p.rmdir('d');
      fails('ENOENT', () => put(inside, 'f', ''), 'open(O_CREAT)');
      fails('ENOENT', () => inside.mkdir('e', 0o755), 'mkdir');
      fails('ENOENT', () => inside.stat('f'), 'stat');
      fails('ENOENT', () => p.getdents(fd), 'getdents');
      fails('ENOENT', () => inside.getcwd(), 'getcwd');
      same(p.fstat(fd).nlink, 0, 'nlink');
      p.mkdir('d', 0o755);
      holds(p.stat('d').ino !== p.fstat(fd).ino, 'the number of a directory that is held is given again');
    },
  },
  {
    name: 'an unlinked file lives until it is closed, apart from another of its name',
    needs: ['creat', 'unlink', 'write'],
    body: ({ p }) => {
      put(p, 'f', 'old');
      const fd = p.open('f', O_RDWR);
      p.unlink('f');
      fails('ENOENT', () => p.stat('f'), 'the name');
      fails('ENOENT', () => p.unlink('f'), 'unlink again');
      put(p, 'f', 'new');
      same(textOf(p, fd), 'old', 'the open file');
      p.write(fd, encodeName('er'));
      p.lseek(fd, 0, SEEK_SET);
      same([textOf(p, fd), text(p, 'f')], ['older', 'new'], 'both');
      same(p.fstat(fd).nlink, 0, 'nlink');
      holds(p.fstat(fd).ino !== p.stat('f').ino, 'the number of a file that is open is given again');
      p.close(fd);
      same(text(p, 'f'), 'new', 'after closing');
    },
  },
  {
    name: 'what is opened twice is one file',
    needs: ['creat', 'write'],
    body: ({ p }) => {
      const one = p.open('f', O_CREAT | O_RDWR, 0o644);
      const other = p.open('f', O_RDWR);
      p.write(one, encodeName('shared'));
      same([textOf(p, other), p.fstat(other).size, p.stat('f').size], ['shared', 6, 6], 'seen through the other');
      same(p.fstat(one).ino, p.fstat(other).ino, 'numbers');
    },
  },
  {
    name: 'link(2) gives a file another name',
    needs: ['creat', 'link', 'unlink', 'write', 'mkdir'],
    body: ({ p }) => {
      put(p, 'f', 'x');
      p.mkdir('d', 0o755);
      p.link('f', 'd/g');
      same([p.stat('f').nlink, p.stat('d/g').nlink, p.stat('d/g').ino], [2, 2, p.stat('f').ino], 'nlink, number');
      put(p, 'd/g', 'through g');
      same(text(p, 'f'), 'through g', 'content');
      fails('EEXIST', () => p.link('f', 'd/g'), 'again');
      fails('EPERM', () => p.link('d', 'e'), 'a directory');
      p.unlink('f');
      same([text(p, 'd/g'), p.stat('d/g').nlink], ['through g', 1], 'the name that is left');
    },
  },
  {
    name: 'symlink(2)',
    needs: ['symlink', 'creat', 'write', 'unlink'],
    body: ({ p }) => {
      for (const target of ['f', 'a'.repeat(300), '/absent', '\udcff']) {
        p.symlink(target, 'l');
        same([p.readlink('l'), p.lstat('l').size], [target, encodeName(target).length], 'target and its length');
        p.unlink('l');
      }
      put(p, 'f', 'x');
      p.symlink('f', 'l');
      same(text(p, 'l'), 'x', 'followed');
      fails('EEXIST', () => p.symlink('g', 'l'), 'again');
      fails('EINVAL', () => p.readlink('f'), 'readlink of a file');
      p.unlink('l');
      same(text(p, 'f'), 'x', 'what it led to');
    },
  },
  {
    name: 'mknod(2) keeps type and number',
    needs: ['mknod'],
    body: ({ p }) => {
      p.mknod('c', S_IFCHR | 0o620, makedev(1, 259));
      same([p.stat('c').mode, p.stat('c').rdev], [S_IFCHR | 0o600, makedev(1, 259)], 'device');
      p.mknod('p', S_IFIFO | 0o600, 5);
      same([p.stat('p').mode & S_IFMT, p.stat('p').rdev], [S_IFIFO, 0], 'FIFO');
    },
  },
  {
    name: 'O_TMPFILE makes a file without a name, and link(2) gives it one',
    needs: ['O_TMPFILE', 'link', 'write'],
    body: ({ p }) => {
      const before = names(p, '.');
      const fd = p.open('.', O_TMPFILE | O_RDWR, 0o600);
      p.write(fd, encodeName('unnamed'));
      same([names(p, '.'), p.fstat(fd).nlink], [before, 0], 'names and nlink');
      p.linkat(fd, '', AT_FDCWD, 'named', AT_EMPTY_PATH);
      same([text(p, 'named'), p.fstat(fd).nlink], ['unnamed', 1], 'once it is named');
    },
  },
  {
    name: 'removing what is listed while it is listed leaves nothing behind',
    needs: ['mkdir', 'creat', 'unlink'],
    body: ({ p }) => {
      p.mkdir('d', 0o755);
      for (let i = 0; i < 300; i++) p.close(p.creat(`d/file ${i}`, 0o644));
      const fd = p.open('d', O_RDONLY | O_DIRECTORY);
      for (let part = p.getdents(fd, 512); part.length > 0; part = p.getdents(fd, 512)) {
        for (const { name } of part) if (name.startsWith('file')) p.unlink(`d/${name}`);
      }
      same(names(p, 'd'), [], 'left');
      p.rmdir('d');
    },
  },
  {
    name: 'a listing has each name once that was there throughout, whatever comes and goes meanwhile',
    needs: ['mkdir', 'creat', 'unlink'],
    body: ({ p }) => {
      p.mkdir('d', 0o755);
      for (let i = 0; i < 100; i++) p.close(p.creat(`d/${i % 2 === 0 ? 'stays' : 'goes'} ${i}`, 0o644));
      const fd = p.open('d', O_RDONLY | O_DIRECTORY);
      const seen: string[] = [];
      let step = 0;
      for (let part = p.getdents(fd, 256); part.length > 0 && step < 1000; part = p.getdents(fd, 256)) {
        seen.push(...part.map(({ name }) => name).filter((name) => name.startsWith('stays')));
        p.close(p.creat(`d/comes ${step}`, 0o644));
        if (step < 50) p.unlink(`d/goes ${2 * step + 1}`);
        step++;
      }
      same(seen.length, 50, 'names that stayed');
      same(new Set(seen).size, 50, 'different ones');
    },
  },
];
