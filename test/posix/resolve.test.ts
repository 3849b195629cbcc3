/**
 * openat2(2)'s RESOLVE_* flags in all combinations, on every kind of path, from two directories.
 */
import { describe } from 'vitest';
import * as C from '../../src/abi/index.ts';
import { answer, compare } from '../harness/compare.ts';
import { writeFile } from '../harness/files.ts';
import type { Process } from '../harness/posix.ts';

const FLAGS = [C.RESOLVE_NO_XDEV, C.RESOLVE_NO_MAGICLINKS, C.RESOLVE_NO_SYMLINKS, C.RESOLVE_BENEATH, C.RESOLVE_IN_ROOT];
const SETS = Array.from({ length: 1 << FLAGS.length }, (_, set) => FLAGS.filter((_, i) => (set >> i) & 1).reduce((a, b) => a | b, 0));
const LINKS = {
  up: '..',
  'up-f': '../f',
  root: '/',
  absolute: '/case',
  down: 'd',
  'down-up': 'd/..',
  self: '.',
  loop: 'loop',
  none: 'no',
  slash: 'd/',
  far: '../../../..',
  mount: 'm',
  'mount-up': 'm/..',
};
const PATHS = [
  '.',
  '..',
  '/',
  '',
  'f',
  'f/',
  'd',
  'd/',
  'd/..',
  'd/../..',
  'd/../../f',
  'no',
  'no/..',
  '/f',
  '/d/../..',
  '//',
  'm',
  'm/.',
  'm/..',
  'm/../..',
  'd/../m',
  'f/..',
  ...Object.keys(LINKS).flatMap((name) => [name, `${name}/`, `${name}/f`, `d/../${name}/..`]),
];

const populate = (p: Process): void => {
  p.mkdir('r', 0o755);
  p.mkdir('r/d', 0o755);
  p.mkdir('r/m', 0o755);
  for (const path of ['f', 'r/f', 'r/d/f']) writeFile(p, path);
  for (const [name, target] of Object.entries(LINKS)) p.symlink(target, `r/${name}`);
  p.mount('t', 'r/m', 'tmpfs', 0, 'mode=755');
  writeFile(p, 'r/m/f');
};

describe('openat2(2), RESOLVE_*', () => {
  for (const [name, flags] of [
    ['O_PATH', C.O_PATH],
    ['O_PATH and O_NOFOLLOW', C.O_PATH | C.O_NOFOLLOW],
    ['O_CREAT', C.O_CREAT | C.O_RDWR],
    ['O_DIRECTORY', C.O_DIRECTORY],
  ] as const) {
    compare(name, ['r', 'r/m', 'r/d'], (p, start) => {
      populate(p);
      const dirfd = p.open(start, C.O_PATH);
      const known = new Map<string, string>();
      const where = (path: string): void => {
        const { dev, ino } = p.lstat(path);
        known.set(`${dev}:${ino}`, path);
      };
      for (const path of [
        '/',
        '/case',
        '.',
        'f',
        'r',
        'r/f',
        'r/d',
        'r/d/f',
        'r/m',
        'r/m/f',
        ...Object.keys(LINKS).map((link) => `r/${link}`),
      ])
        where(path);
      return PATHS.flatMap((path) =>
        SETS.map((resolve) => {
          const mode = (flags & C.O_CREAT) === 0 ? {} : { mode: 0o644 };
          const found = answer(() => {
            const fd = p.openat2(dirfd, path, { flags, resolve, ...mode });
            const { dev, ino } = p.fstat(fd);
            p.close(fd);
            return known.get(`${dev}:${ino}`) ?? 'new';
          });
          for (const made of ['no', 'r/no', 'r/d/no', '/no', '/case/no']) if (found === 'new') answer(() => p.unlink(made));
          return `${start} ${path} ${resolve}: ${found}`;
        }),
      ).join('\n');
    });
  }
});
