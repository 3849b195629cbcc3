/**
 * Random system calls by several users over a small name space, as data: what a script of the model test is made of.
 */
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  F_DUPFD,
  F_GETFD,
  F_GETFL,
  F_SETFL,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  MNT_DETACH,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  MS_STRICTATIME,
  makedev,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFCHR,
  S_IFDIR,
  S_IFREG,
  S_IFSOCK,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
  UTIME_NOW,
  UTIME_OMIT,
  XATTR_CREATE,
  XATTR_REPLACE,
} from '../../src/abi/index.ts';

/** Bytes are given as a length and a value to fill with; the runner makes them. */
export type Argument =
  | string
  | number
  | null
  | { readonly fill: number; readonly length: number }
  | { readonly room: number }
  | readonly unknown[]
  | object;

export interface Step {
  /** Which process makes the call. */
  readonly who: number;
  readonly call: string;
  readonly args: readonly Argument[];
}

/** mulberry32: small, seeded, good enough to choose with. */
export class Chooser {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Some of these bits. */
  bits(choices: readonly number[], probability = 0.25): number {
    let bits = 0;
    for (const bit of choices) if (this.chance(probability)) bits |= bit;
    return bits;
  }
}

const NAMES = ['a', 'b', 'c', 'd', 'é'];
const ODD_NAMES = ['.', '..', '__proto__', 'x'.repeat(255), 'x'.repeat(256), '\udc80'];
const MODES = [0o777, 0o755, 0o700, 0o644, 0o600, 0o000, 0o1777, 0o2775, 0o4755, 0o6755, 0o2644, 0o711, 0o070, 0o007, 0o444];
const IDS = [0, 1000, 1001, 100, -1];
const SIZES = [0, 1, 100, 4095, 4096, 4097, 8192, 20000, 70000];
const XATTRS = ['user.a', 'user.b', 'trusted.t', 'security.s', 'system.x', 'plain', 'user.', ''];

/** A buffer for getdents that holds every directory a script makes. */
export const WHOLE_LISTING = 4000;

/** Mostly one that may be open; sometimes one that is surely not. */
function descriptor(c: Chooser): number {
  return c.chance(0.03) ? c.of([-1, 99]) : c.below(6);
}

function name(c: Chooser): string {
  return c.chance(0.06) ? c.of(ODD_NAMES) : c.of(NAMES);
}

export function path(c: Chooser): string {
  if (c.chance(0.01)) return c.of(['', '/', '//', '.', '..']);
  let result = c.chance(0.15) ? '/case/' : '';
  const depth = 1 + (c.chance(0.5) ? 1 : 0) + (c.chance(0.2) ? 1 : 0);
  for (let level = 0; level < depth; level++) result += (level === 0 ? '' : c.chance(0.03) ? '//' : '/') + name(c);
  return c.chance(0.06) ? `${result}/` : result;
}

function directory(c: Chooser): number {
  return c.chance(0.6) ? AT_FDCWD : descriptor(c);
}

function time(c: Chooser): object {
  return { sec: c.of([0, 1, 1_000_000, 999_999_999]), nsec: c.of([0, 1, 999_999_999, UTIME_NOW, UTIME_OMIT, 1_000_000_000]) };
}

function openFlags(c: Chooser): number {
  return (
    c.of([O_RDONLY, O_WRONLY, O_RDWR, O_RDWR, 3]) |
    c.bits([O_CREAT, O_CREAT, O_CREAT, O_TRUNC, O_APPEND], 0.3) |
    c.bits([O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_NOATIME, O_CLOEXEC], 0.08)
  );
}

type Generator = (c: Chooser) => readonly [call: string, ...args: Argument[]];

/** [weight, generator]. */
const GENERATORS: readonly (readonly [number, Generator])[] = [
  [12, (c) => ['open', path(c), openFlags(c), c.of(MODES)]],
  [3, (c) => ['openat', directory(c), path(c), openFlags(c), c.of(MODES)]],
  [
    2,
    (c) => [
      'openat2',
      directory(c),
      path(c),
      {
        flags: c.of([O_RDONLY, O_RDWR]),
        mode: 0,
        resolve: c.bits([RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV], 0.35),
      },
    ],
  ],
  [1, (c) => ['open', path(c), O_TMPFILE | c.of([O_RDWR, O_WRONLY, O_RDWR | O_EXCL]), c.of(MODES)]],
  [7, (c) => ['close', descriptor(c)]],
  [4, (c) => ['read', descriptor(c), { room: c.of([0, 10, 5000]) }]],
  [5, (c) => ['write', descriptor(c), { fill: 1 + c.below(255), length: c.of([0, 1, 50, 4096, 9000]) }]],
  [2, (c) => ['pread', descriptor(c), { room: c.of([0, 10, 5000]) }, c.of([...SIZES, -1])]],
  [3, (c) => ['pwrite', descriptor(c), { fill: 1 + c.below(255), length: c.of([0, 1, 50, 4096, 9000]) }, c.of([...SIZES, -1])]],
  [3, (c) => ['lseek', descriptor(c), c.of([...SIZES, -1, -100]), c.of([SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE, 7])]],
  [2, (c) => ['ftruncate', descriptor(c), c.of([...SIZES, -1])]],
  [2, (c) => ['truncate', path(c), c.of([...SIZES, -1])]],
  [
    2,
    (c) => [
      'fallocate',
      descriptor(c),
      c.of([0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, FALLOC_FL_PUNCH_HOLE, 16]),
      c.of(SIZES),
      c.of(SIZES),
    ],
  ],
  [2, (c) => ['copy_file_range', descriptor(c), c.of([null, 0, 100, 4096]), descriptor(c), c.of([null, 0, 50, 8192]), c.of(SIZES), 0]],
  [4, (c) => ['stat', path(c)]],
  [4, (c) => ['lstat', path(c)]],
  [2, (c) => ['fstat', descriptor(c)]],
  [2, (c) => ['fstatat', directory(c), c.chance(0.2) ? '' : path(c), c.of([0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x200])]],
  [2, (c) => ['access', path(c), c.of([0, 1, 2, 4, 6, 7, 8])]],
  [1, (c) => ['faccessat', directory(c), path(c), c.of([1, 2, 4, 7]), c.of([0, 0x200, AT_SYMLINK_NOFOLLOW])]],
  [5, (c) => ['chmod', path(c), c.of(MODES)]],
  [2, (c) => ['fchmod', descriptor(c), c.of(MODES)]],
  [1, (c) => ['fchmodat', directory(c), path(c), c.of(MODES), c.of([0, AT_SYMLINK_NOFOLLOW])]],
  [3, (c) => ['chown', path(c), c.of(IDS), c.of(IDS)]],
  [2, (c) => ['lchown', path(c), c.of(IDS), c.of(IDS)]],
  [1, (c) => ['fchown', descriptor(c), c.of(IDS), c.of(IDS)]],
  [2, (c) => ['utimensat', directory(c), path(c), c.chance(0.3) ? null : [time(c), time(c)], c.of([0, AT_SYMLINK_NOFOLLOW])]],
  [1, (c) => ['futimens', descriptor(c), c.chance(0.3) ? null : [time(c), time(c)]]],
  [9, (c) => ['mkdir', path(c), c.of(MODES)]],
  [1, (c) => ['mkdirat', directory(c), path(c), c.of(MODES)]],
  [3, (c) => ['rmdir', path(c)]],
  [4, (c) => ['unlink', path(c)]],
  [1, (c) => ['unlinkat', directory(c), path(c), c.of([0, AT_REMOVEDIR, 1])]],
  [4, (c) => ['link', path(c), path(c)]],
  [1, (c) => ['linkat', directory(c), c.chance(0.3) ? '' : path(c), directory(c), path(c), c.of([0, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, 1])]],
  [5, (c) => ['symlink', c.of([path(c), path(c), `/case/${path(c)}`, '.', '..', 'y'.repeat(130)]), path(c)]],
  [2, (c) => ['readlink', path(c)]],
  [7, (c) => ['rename', path(c), path(c)]],
  [
    3,
    (c) => ['renameat2', directory(c), path(c), directory(c), path(c), c.of([0, RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT, 3, 8])],
  ],
  [2, (c) => ['mknod', path(c), c.of([S_IFREG, S_IFSOCK, S_IFCHR, S_IFDIR, 0]) | c.of(MODES), c.of([0, makedev(1, 3), makedev(1, 3)])]],
  [3, (c) => ['getdents', descriptor(c), c.of([24, 100, WHOLE_LISTING])]],
  [2, (c) => ['chdir', path(c)]],
  [1, (c) => ['fchdir', descriptor(c)]],
  [2, () => ['chdir', '/case']],
  [1, () => ['getcwd']],
  [1, (c) => ['umask', c.of([0, 0o022, 0o077, 0o777])]],
  [1, (c) => ['dup', descriptor(c)]],
  [1, (c) => ['dup2', descriptor(c), descriptor(c)]],
  [2, (c) => ['fcntl', descriptor(c), c.of([F_GETFL, F_GETFD, F_SETFL]), c.of([0, O_APPEND, 2])]],
  [1, (c) => ['fcntl', descriptor(c), F_DUPFD, c.of([0, 3, 7, -1])]],
  [1, (c) => ['statfs', path(c)]],
  [2, (c) => ['setxattr', path(c), c.of(XATTRS), { fill: 7, length: c.of([0, 3, 20]) }, c.of([0, 0, XATTR_CREATE, XATTR_REPLACE, 4])]],
  [1, (c) => ['lsetxattr', path(c), c.of(XATTRS), { fill: 8, length: 3 }, 0]],
  [2, (c) => ['getxattr', path(c), c.of(XATTRS), ...c.of([[], [2], [100]])]],
  [1, (c) => ['listxattr', path(c), ...c.of([[], [3], [100]])]],
  [1, (c) => ['removexattr', path(c), c.of(XATTRS)]],
  [
    2,
    (c) => [
      'mount',
      'none',
      path(c),
      'tmpfs',
      c.bits([MS_RDONLY, MS_NODEV, MS_NOSUID, MS_NOEXEC, MS_NOSYMFOLLOW, MS_STRICTATIME]),
      c.of(['', 'size=16k', 'nr_inodes=4', 'mode=1777', 'size=junk', 'uid=1000,gid=100']),
    ],
  ],
  [2, (c) => ['mount', path(c), path(c), null, MS_BIND | c.of([0, MS_REC]), null]],
  [
    1,
    (c) => [
      'mount',
      null,
      path(c),
      null,
      MS_REMOUNT | c.of([0, MS_BIND]) | c.bits([MS_RDONLY, MS_NODEV, MS_NOEXEC]),
      c.of([null, '', 'size=64k', 'nr_inodes=2', 'bad=1']),
    ],
  ],
  [2, (c) => ['umount2', path(c), c.of([0, 0, MNT_DETACH, 8, 64])]],
];

const TOTAL = GENERATORS.reduce((sum, [weight]) => sum + weight, 0);

/** How many processes there are: root, two users, and a root without most capabilities. */
export const PROCESSES = 3;

export function randomStep(c: Chooser): Step {
  let left = c.below(TOTAL);
  for (const [weight, generate] of GENERATORS) {
    left -= weight;
    if (left >= 0) continue;
    const [call, ...args] = generate(c);
    return { who: c.of([0, 0, 1, 1, 2]), call, args };
  }
  throw new Error('unreachable');
}
