/**
 * What stat, statfs and readdir hand out: Stats, BigIntStats, StatFs, Dirent. Node: internal/fs/utils.
 *
 * Numbers are stored when the object is made; a Date is made when it is first asked for.
 */

import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, type Stat, type Statfs } from '../abi/stat.ts';
import { define, defineLazily } from './property.ts';

/** The questions to ask: `isDirectory` and so on. */
const KINDS: Readonly<Record<string, number>> = {
  isDirectory: S_IFDIR,
  isFile: S_IFREG,
  isBlockDevice: S_IFBLK,
  isCharacterDevice: S_IFCHR,
  isSymbolicLink: S_IFLNK,
  isFIFO: S_IFIFO,
  isSocket: S_IFSOCK,
};

/** Gives a class its questions; `typeOf` is the S_IFMT part of an object's mode. */
function askable<T>(prototype: T, typeOf: (of: T) => number): void {
  for (const [name, type] of Object.entries(KINDS)) {
    const { [name]: value } = {
      [name](this: T): boolean {
        return typeOf(this) === type;
      },
    };
    define(prototype as object, name, value);
  }
}

abstract class StatsBase {
  abstract mode: number | bigint;

  static {
    askable(StatsBase.prototype, ({ mode }) => Number(mode) & S_IFMT);
  }
}

/** atime, mtime, ctime and birthtime as Dates: made when asked for, and the caller's own from then on. */
function defineDates(prototype: object): void {
  // Rounded as Node does it.
  for (const name of ['atime', 'mtime', 'ctime', 'birthtime'])
    defineLazily(prototype, name, (of) => new Date(Math.round(Number((of as Record<string, number | bigint>)[`${name}Ms`]))));
}

export class Stats extends StatsBase {
  dev: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  blksize: number;
  ino: number;
  size: number;
  blocks: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
  declare atime: Date;
  declare mtime: Date;
  declare ctime: Date;
  declare birthtime: Date;

  constructor(
    dev: number,
    mode: number,
    nlink: number,
    uid: number,
    gid: number,
    rdev: number,
    blksize: number,
    ino: number,
    size: number,
    blocks: number,
    atimeMs: number,
    mtimeMs: number,
    ctimeMs: number,
    birthtimeMs: number,
  ) {
    super();
    this.dev = dev;
    this.mode = mode;
    this.nlink = nlink;
    this.uid = uid;
    this.gid = gid;
    this.rdev = rdev;
    this.blksize = blksize;
    this.ino = ino;
    this.size = size;
    this.blocks = blocks;
    this.atimeMs = atimeMs;
    this.mtimeMs = mtimeMs;
    this.ctimeMs = ctimeMs;
    this.birthtimeMs = birthtimeMs;
  }
}
defineDates(Stats.prototype);

const NUMBERS = ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize', 'ino', 'size', 'blocks'] as const;
/** Node's name of a time, and the core's. */
const TIMES = [
  ['atime', 'atime'],
  ['mtime', 'mtime'],
  ['ctime', 'ctime'],
  ['birthtime', 'btime'],
] as const;

export class BigIntStats extends StatsBase {
  declare dev: bigint;
  declare mode: bigint;
  declare nlink: bigint;
  declare uid: bigint;
  declare gid: bigint;
  declare rdev: bigint;
  declare blksize: bigint;
  declare ino: bigint;
  declare size: bigint;
  declare blocks: bigint;
  declare atimeMs: bigint;
  declare mtimeMs: bigint;
  declare ctimeMs: bigint;
  declare birthtimeMs: bigint;
  declare atimeNs: bigint;
  declare mtimeNs: bigint;
  declare ctimeNs: bigint;
  declare birthtimeNs: bigint;
  declare atime: Date;
  declare mtime: Date;
  declare ctime: Date;
  declare birthtime: Date;

  constructor(stat: Stat) {
    super();
    for (const name of NUMBERS) this[name] = BigInt(stat[name]);
    const nanoseconds = (core: (typeof TIMES)[number][1]): bigint => BigInt(stat[`${core}Sec`]) * 1000000000n + BigInt(stat[`${core}Nsec`]);
    for (const [name, core] of TIMES) this[`${name}Ms`] = nanoseconds(core) / 1000000n;
    for (const [name, core] of TIMES) this[`${name}Ns`] = nanoseconds(core);
  }
}
defineDates(BigIntStats.prototype);

/** The Stats of what the core answered. */
export function toStats(stat: Stat): Stats {
  return new Stats(
    stat.dev,
    stat.mode,
    stat.nlink,
    stat.uid,
    stat.gid,
    stat.rdev,
    stat.blksize,
    stat.ino,
    stat.size,
    stat.blocks,
    stat.atimeSec * 1000 + stat.atimeNsec / 1000000,
    stat.mtimeSec * 1000 + stat.mtimeNsec / 1000000,
    stat.ctimeSec * 1000 + stat.ctimeNsec / 1000000,
    stat.btimeSec * 1000 + stat.btimeNsec / 1000000,
  );
}

/** What statfs(2) answers, as numbers or bigints. */
export class StatFs {
  declare readonly type: number | bigint;
  declare readonly bsize: number | bigint;

  constructor(statfs: Statfs, bigint: boolean) {
    for (const name of ['type', 'bsize', 'frsize', 'blocks', 'bfree', 'bavail', 'files', 'ffree'] as const)
      Object.assign(this, { [name]: (bigint ? BigInt : Number)(statfs[name]) });
  }
}

/** libuv's numbers for the kind of an entry (UV_DIRENT_FILE…), by DT_*. */
const UV_DIRENT: readonly number[] = [0, 4, 6, 0, 2, 0, 7, 0, 1, 0, 3, 0, 5];

/** DT_* as libuv numbers it. */
export function direntType(type: number): number {
  return UV_DIRENT[type] ?? 0;
}

/** An entry of a directory: its name, where it is, and what kind it is. */
export class Dirent {
  name: string | Uint8Array;
  parentPath: string | Uint8Array;
  readonly #type: number;

  static {
    // S_IFMT's bits are those of DT_*.
    askable(Dirent.prototype, (entry) => UV_DIRENT.indexOf(entry.#type) << 12);
  }

  constructor(name: string | Uint8Array, type: number, path: string | Uint8Array) {
    this.name = name;
    this.parentPath = path;
    this.#type = type;
  }

  /** The first name of `parentPath`, which left Node in version 24; programs still read it. */
  get path(): string | Uint8Array {
    return this.parentPath;
  }
}
