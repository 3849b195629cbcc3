/**
 * Odd arguments: each call is made on both kernels, which must answer alike. What no C program could pass is a TypeError that names it.
 */
import { describe, expect, it } from 'vitest';
import { AT_FDCWD, O_CREAT, O_RDWR, O_WRONLY } from '../../src/abi/fcntl.ts';
import { answer, compare } from '../harness/compare.ts';
import { bytes, list } from '../harness/files.ts';
import type { Process } from '../harness/posix.ts';
import { TuxfsCase } from '../harness/tuxfs-subject.ts';

const NUMBERS = [-1, -2, 1, 3, 7, 8, 0x40, 0xfff, 0x1000, 0x8000, 0x10000, 0x7fffffff, -0x80000000, 0x80000000, 0xffffffff];
const OFFSETS = [-1, -4096, 1, 4095, 4096, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 4096, -(2 ** 53 - 4096)];
const PATHS = [
  '',
  '.',
  '..',
  '/',
  '//',
  './',
  '../',
  'f',
  'f/',
  'f/.',
  'f/..',
  'd',
  'd/',
  'd/.',
  'd/..',
  'd/f',
  'd/f/',
  'no',
  'no/',
  'no/.',
  'no/..',
  'no/no',
  'l',
  'l/',
  'dangling',
  'dangling/',
  'loop',
  'loop/',
  'loop/x',
  'to-d',
  'to-d/',
  'to-d/.',
  'to-d/..',
  'to-d/f',
  'n'.repeat(255),
  'n'.repeat(256),
  'd/' + 'n'.repeat(256),
  'f/' + 'n'.repeat(256),
  'no/' + 'n'.repeat(256),
  'é'.repeat(128),
  '/'.repeat(4095),
  '/'.repeat(4096),
  './'.repeat(2047) + 'f',
  'x/'.repeat(3000),
  '__proto__',
  'constructor',
  'toString',
  '\udc80',
  '\udcff\udcfe',
  ' ',
  '\n',
  '-',
  '~',
  '*',
];

/** Mounting there would cover, and unmounting change, what the other values stand on. */
const NOT_ROOT = PATHS.filter((path) => !/^\/+$/.test(path));

/** A file, a directory, and links that lead to them, nowhere, and to themselves. */
const populate = (p: Process): void => {
  p.write(p.open('f', O_CREAT | O_WRONLY, 0o644), bytes('content'));
  p.mkdir('d', 0o755);
  p.close(p.open('d/f', O_CREAT | O_WRONLY, 0o644));
  p.symlink('f', 'l');
  p.symlink('d', 'to-d');
  p.symlink('nowhere', 'dangling');
  p.symlink('loop', 'loop');
  p.close(0);
};

/** Each call, with every value. */
function each<Value>(title: string, values: readonly Value[], calls: Record<string, (p: Process, value: Value) => unknown>): void {
  describe(title, () => {
    for (const [name, call] of Object.entries(calls)) {
      compare(
        name,
        values,
        (p, value) => {
          populate(p);
          const text = typeof value === 'string' && value.length > 60 ? `${value.slice(0, 20)}… of ${value.length}` : JSON.stringify(value);
          return `${text}: ${answer(() => call(p, value))}, ${list(p, '.').length} names`;
        },
        { own: name.includes('setresuid'), throughFuse: [['statfs-type', /16914836/, '1702057286']] },
      );
    }
  });
}

each<string>('odd paths', PATHS, {
  open: (p, path) => p.open(path, 0),
  'open to create': (p, path) => p.open(path, O_CREAT | O_RDWR, 0o644),
  stat: (p, path) => p.stat(path).mode,
  lstat: (p, path) => p.lstat(path).mode,
  mkdir: (p, path) => p.mkdir(path, 0o755),
  rmdir: (p, path) => p.rmdir(path),
  unlink: (p, path) => p.unlink(path),
  symlink: (p, path) => p.symlink('x', path),
  'symlink target': (p, path) => p.symlink(path, 'new'),
  readlink: (p, path) => p.readlink(path),
  'link from': (p, path) => p.link(path, 'new'),
  'link to': (p, path) => p.link('f', path),
  'rename from': (p, path) => p.rename(path, 'new'),
  'rename to': (p, path) => p.rename('f', path),
  'rename a directory to': (p, path) => p.rename('d', path),
  mknod: (p, path) => p.mknod(path, 0o10644, 0),
  chdir: (p, path) => p.chdir(path),
  chmod: (p, path) => p.chmod(path, 0o700),
  lchown: (p, path) => p.lchown(path, 1, 1),
  truncate: (p, path) => p.truncate(path, 1),
  access: (p, path) => p.access(path, 4),
  statfs: (p, path) => p.statfs(path).type,
  utimensat: (p, path) => p.utimensat(AT_FDCWD, path, null, 0),
  'setxattr name': (p, name) => p.setxattr('f', `user.${name}`, bytes('x')),
  'setxattr path': (p, path) => p.setxattr(path, 'user.a', bytes('x')),
  'mount type': (p, type) => p.mount('t', 'd', type, 0, null),
});

each('odd mount points', NOT_ROOT, {
  'mount target': (p, path) => p.mount('t', path, 'tmpfs', 0, null),
  umount: (p, path) => p.umount2(path, 0),
});

each('odd flags and modes', NUMBERS, {
  open: (p, flags) => p.open('f', flags),
  'open of a new file': (p, flags) => p.open('new', flags, 0o644),
  'open of a directory': (p, flags) => p.open('d', flags),
  'open mode': (p, mode) => (p.open('new', O_CREAT | O_WRONLY, mode), p.stat('new').mode),
  mkdir: (p, mode) => (p.mkdir('new', mode), p.stat('new').mode),
  chmod: (p, mode) => (p.chmod('f', mode), p.stat('f').mode),
  umask: (p, mask) => [p.umask(mask), p.umask(0)].join(),
  access: (p, mode) => p.access('f', mode),
  mknod: (p, mode) => (p.mknod('new', mode, 0), p.stat('new').mode),
  'faccessat flags': (p, flags) => p.faccessat(AT_FDCWD, 'f', 0, flags),
  'fstatat flags': (p, flags) => p.fstatat(AT_FDCWD, 'l', flags).size,
  'fchmodat flags': (p, flags) => p.fchmodat(AT_FDCWD, 'f', 0o644, flags),
  'fchownat flags': (p, flags) => p.fchownat(AT_FDCWD, 'l', 1, 1, flags),
  'unlinkat flags': (p, flags) => p.unlinkat(AT_FDCWD, 'f', flags),
  'linkat flags': (p, flags) => p.linkat(AT_FDCWD, 'l', AT_FDCWD, 'new', flags),
  'renameat2 flags': (p, flags) => p.renameat2(AT_FDCWD, 'f', AT_FDCWD, 'd/f', flags),
  'setxattr flags': (p, flags) => p.setxattr('f', 'user.a', bytes('x'), flags),
  'umount2 flags': (p, flags) => p.umount2('d', flags),
  'fallocate mode': (p, mode) => p.fallocate(p.open('f', O_RDWR), mode, 0, 10),
  'lseek whence': (p, whence) => p.lseek(p.open('f', O_RDWR), 1, whence),
  'fcntl command': (p, command) => (command === 0x7fffffff || command < 0 || command > 0xffff ? p.fcntl(p.open('f', O_RDWR), command) : 0),
  'dup3 flags': (p, flags) => p.dup3(p.open('f', O_RDWR), 9, flags),
  'copy_file_range flags': (p, flags) => p.copy_file_range(p.open('f', O_RDWR), 0, p.open('d/f', O_RDWR), 0, 3, flags),
  'uid of chown': (p, uid) => (p.chown('f', uid, -1), p.stat('f').uid),
  'uid of setresuid': (p, uid) => (p.setresuid(-1, uid, -1), p.getresuid().join()),
});

each(
  'odd descriptors',
  NUMBERS.filter((fd) => fd < 0 || fd > 1000),
  {
    read: (p, fd) => p.read(fd, new Uint8Array(1)),
    close: (p, fd) => p.close(fd),
    fstat: (p, fd) => p.fstat(fd),
    dup: (p, fd) => p.dup(fd),
    'dup2 to': (p, fd) => p.dup2(p.open('f', 0), fd),
    fchdir: (p, fd) => p.fchdir(fd),
    openat: (p, fd) => p.openat(fd, 'f', 0),
    fcntl: (p, fd) => p.fcntl(fd, 1),
    getdents: (p, fd) => p.getdents(fd),
  },
);

each('odd offsets', OFFSETS, {
  pread: (p, offset) => p.pread(p.open('f', O_RDWR), new Uint8Array(4), offset),
  pwrite: (p, offset) => (p.pwrite(p.open('f', O_RDWR), bytes('x'), offset), p.stat('f').size),
  lseek: (p, offset) => p.lseek(p.open('f', O_RDWR), offset, 0),
  'lseek from the end': (p, offset) => p.lseek(p.open('f', O_RDWR), offset, 2),
  'lseek to data': (p, offset) => p.lseek(p.open('f', O_RDWR), offset, 3),
  'lseek to a hole': (p, offset) => p.lseek(p.open('f', O_RDWR), offset, 4),
  truncate: (p, length) => (p.truncate('f', length), p.stat('f').size),
  ftruncate: (p, length) => (p.ftruncate(p.open('f', O_RDWR), length), p.stat('f').size),
  'fallocate offset': (p, offset) => (offset > 2 ** 30 ? 0 : p.fallocate(p.open('f', O_RDWR), 0, offset, 10)),
  'fallocate, punching': (p, offset) => p.fallocate(p.open('f', O_RDWR), 3, offset, 10),
  'fallocate length': (p, length) => (length > 2 ** 30 ? 0 : p.fallocate(p.open('f', O_RDWR), 1, 0, length)),
  'copy_file_range in': (p, offset) => p.copy_file_range(p.open('f', O_RDWR), offset, p.open('d/f', O_RDWR), 0, 3),
  'copy_file_range out': (p, offset) => p.copy_file_range(p.open('f', O_RDWR), 0, p.open('d/f', O_RDWR), offset, 3),
  'getdents after lseek': (p, offset) => {
    const fd = p.open('.', 0);
    return [answer(() => p.lseek(fd, offset, 0)), answer(() => p.getdents(fd).length > 0)].join();
  },
  utimensat: (p, sec) => (
    p.utimensat(
      AT_FDCWD,
      'f',
      [
        { sec, nsec: 0 },
        { sec, nsec: 0 },
      ],
      0,
    ),
    p.stat('f').mtimeSec
  ),
});

describe('arguments that no C program could pass', () => {
  const p = new TuxfsCase().spawn();
  const fd = p.open('f', O_CREAT | O_RDWR, 0o644);
  // biome-ignore lint/suspicious/noExplicitAny: wrong types are the point
  const any = (value: unknown): any => value;
  const calls: [argument: string, call: () => unknown][] = [
    ['path', () => p.open(any(undefined), 0)],
    ['path', () => p.open(any(null), 0)],
    ['path', () => p.open(any(5), 0)],
    ['path', () => p.open('a\0b', 0)],
    ['path', () => p.stat(any({}))],
    ['path', () => p.mkdir(any(Symbol('x')), 0)],
    ['flags', () => p.open('f', Number.NaN)],
    ['flags', () => p.open('f', 1.5)],
    ['flags', () => p.open('f', any('r'))],
    ['mode', () => p.open('new', O_CREAT, Number.POSITIVE_INFINITY)],
    ['mode', () => p.chmod('f', any('644'))],
    ['fd', () => p.read(Number.NaN, new Uint8Array(1))],
    ['fd', () => p.close(any('0'))],
    ['fd', () => p.fstat(0.5)],
    ['fd', () => p.fstat(any(undefined))],
    ['buffer', () => p.read(fd, any('buffer'))],
    ['buffer', () => p.read(fd, any(new Float64Array(1)))],
    ['buffer', () => p.write(fd, any('text'))],
    ['buffer', () => p.write(fd, any([1, 2]))],
    ['offset', () => p.pread(fd, new Uint8Array(1), Number.NaN)],
    ['offset', () => p.lseek(fd, Number.NaN, 0)],
    ['length', () => p.truncate('f', 0.5)],
    ['uid', () => p.chown('f', 1.5, 0)],
    ['uid', () => p.setuid(Number.NaN)],
    ['times', () => p.utimensat(AT_FDCWD, 'f', any([1, 2]), 0)],
    ['times', () => p.utimensat(AT_FDCWD, 'f', any({}), 0)],
    ['groups', () => p.setgroups(any(5))],
    ['value', () => p.setxattr('f', 'user.a', any('text'))],
    ['name', () => p.getxattr('f', any(undefined))],
    ['target', () => p.symlink(any(undefined), 'l')],
  ];
  it.each(calls.map(([argument, call], i) => ({ argument, call, i })))('TypeError naming $argument ($i)', ({ argument, call }) => {
    let failure: unknown;
    try {
      call();
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(TypeError);
    expect((failure as TypeError).message).toMatch(new RegExp(`\\b${argument}`));
  });
  it('EILSEQ: a surrogate that stands for no byte', () => {
    for (const path of ['\ud800', 'a\udfffb', '\udc00']) expect(answer(() => p.open(path, O_CREAT | O_RDWR, 0o644))).toBe('EILSEQ');
  });
  it('numbers beyond C’s are an errno', () => {
    for (const value of [2 ** 53, 2 ** 60, -(2 ** 60)]) {
      expect(answer(() => p.lseek(fd, value, 0))).toMatch(/^(EINVAL|EOVERFLOW)$/);
      expect(answer(() => p.truncate('f', value))).toMatch(/^(EINVAL|EFBIG)$/);
      expect(answer(() => p.pwrite(fd, bytes('x'), value))).toMatch(/^(EINVAL|EFBIG)$/);
      expect(answer(() => p.fstat(value))).toBe('EBADF');
    }
    expect(p.stat('f').size).toBe(0);
  });
});
