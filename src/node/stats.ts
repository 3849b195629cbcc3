/**
 * What stat, statfs and readdir hand out: Stats, BigIntStats, StatFs, Dirent. Node: internal/fs/utils.
 *
 * Numbers are stored when the object is made; a Date is made when it is first asked for.
 */

import {
  DT_BLK,
  DT_CHR,
  DT_DIR,
  DT_FIFO,
  DT_LNK,
  DT_REG,
  DT_SOCK,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../abi/stat.ts';
import type { Stat, Statfs } from '../abi/stat.ts';

abstract class StatsBase {
  abstract mode: number | bigint;

  isDirectory(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFDIR;
  }
  isFile(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFREG;
  }
  isBlockDevice(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFBLK;
  }
  isCharacterDevice(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFCHR;
  }
  isSymbolicLink(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFLNK;
  }
  isFIFO(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFIFO;
  }
  isSocket(): boolean {
    return (Number(this.mode) & S_IFMT) === S_IFSOCK;
  }
}

type Millis = number | bigint;

/** Date of a number of milliseconds, rounded as Node does it. */
function dateOf(ms: Millis): Date {
  return new Date(Math.round(Number(ms)));
}

/** atime, mtime, ctime and birthtime as Dates: made when asked for, and the caller's own from then on. */
function defineDates(prototype: object): void {
  for (const name of ['atime', 'mtime', 'ctime', 'birthtime'] as const) {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      configurable: true,
      get(this: Record<string, Millis>): Date {
        const value = dateOf(this[`${name}Ms`] as Millis);
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
        return value;
      },
      set(this: object, value: unknown): void {
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
      },
    });
  }
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

export class BigIntStats extends StatsBase {
  dev: bigint;
  mode: bigint;
  nlink: bigint;
  uid: bigint;
  gid: bigint;
  rdev: bigint;
  blksize: bigint;
  ino: bigint;
  size: bigint;
  blocks: bigint;
  atimeMs: bigint;
  mtimeMs: bigint;
  ctimeMs: bigint;
  birthtimeMs: bigint;
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  birthtimeNs: bigint;
  declare atime: Date;
  declare mtime: Date;
  declare ctime: Date;
  declare birthtime: Date;

  constructor(stat: Stat) {
    super();
    this.dev = BigInt(stat.dev);
    this.mode = BigInt(stat.mode);
    this.nlink = BigInt(stat.nlink);
    this.uid = BigInt(stat.uid);
    this.gid = BigInt(stat.gid);
    this.rdev = BigInt(stat.rdev);
    this.blksize = BigInt(stat.blksize);
    this.ino = BigInt(stat.ino);
    this.size = BigInt(stat.size);
    this.blocks = BigInt(stat.blocks);
    this.atimeNs = nanoseconds(stat.atimeSec, stat.atimeNsec);
    this.mtimeNs = nanoseconds(stat.mtimeSec, stat.mtimeNsec);
    this.ctimeNs = nanoseconds(stat.ctimeSec, stat.ctimeNsec);
    this.birthtimeNs = nanoseconds(stat.btimeSec, stat.btimeNsec);
    this.atimeMs = this.atimeNs / 1000000n;
    this.mtimeMs = this.mtimeNs / 1000000n;
    this.ctimeMs = this.ctimeNs / 1000000n;
    this.birthtimeMs = this.birthtimeNs / 1000000n;
  }
}
defineDates(BigIntStats.prototype);

function nanoseconds(sec: number, nsec: number): bigint {
  return BigInt(sec) * 1000000000n + BigInt(nsec);
}

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
  type: number | bigint;
  bsize: number | bigint;
  frsize: number | bigint;
  blocks: number | bigint;
  bfree: number | bigint;
  bavail: number | bigint;
  files: number | bigint;
  ffree: number | bigint;

  constructor(statfs: Statfs, bigint: boolean) {
    const of = bigint ? BigInt : Number;
    this.type = of(statfs.type);
    this.bsize = of(statfs.bsize);
    this.frsize = of(statfs.frsize);
    this.blocks = of(statfs.blocks);
    this.bfree = of(statfs.bfree);
    this.bavail = of(statfs.bavail);
    this.files = of(statfs.files);
    this.ffree = of(statfs.ffree);
  }
}

// libuv's numbers for the kind of an entry: UV_DIRENT_FILE and so on.
const UV_DIRENT_UNKNOWN = 0;
const UV_DIRENT_FILE = 1;
const UV_DIRENT_DIR = 2;
const UV_DIRENT_LINK = 3;
const UV_DIRENT_FIFO = 4;
const UV_DIRENT_SOCKET = 5;
const UV_DIRENT_CHAR = 6;
const UV_DIRENT_BLOCK = 7;

/** DT_* as libuv numbers it. */
export function direntType(type: number): number {
  switch (type) {
    case DT_REG:
      return UV_DIRENT_FILE;
    case DT_DIR:
      return UV_DIRENT_DIR;
    case DT_LNK:
      return UV_DIRENT_LINK;
    case DT_FIFO:
      return UV_DIRENT_FIFO;
    case DT_SOCK:
      return UV_DIRENT_SOCKET;
    case DT_CHR:
      return UV_DIRENT_CHAR;
    case DT_BLK:
      return UV_DIRENT_BLOCK;
    default:
      return UV_DIRENT_UNKNOWN;
  }
}

/** An entry of a directory: its name, where it is, and what kind it is. */
export class Dirent {
  name: string | Uint8Array;
  parentPath: string | Uint8Array;
  readonly #type: number;

  constructor(name: string | Uint8Array, type: number, path: string | Uint8Array) {
    this.name = name;
    this.parentPath = path;
    this.#type = type;
  }

  isDirectory(): boolean {
    return this.#type === UV_DIRENT_DIR;
  }
  isFile(): boolean {
    return this.#type === UV_DIRENT_FILE;
  }
  isBlockDevice(): boolean {
    return this.#type === UV_DIRENT_BLOCK;
  }
  isCharacterDevice(): boolean {
    return this.#type === UV_DIRENT_CHAR;
  }
  isSymbolicLink(): boolean {
    return this.#type === UV_DIRENT_LINK;
  }
  isFIFO(): boolean {
    return this.#type === UV_DIRENT_FIFO;
  }
  isSocket(): boolean {
    return this.#type === UV_DIRENT_SOCKET;
  }
}

// `path` was the first name of parentPath, and left Node in version 24; programs still read it.
Object.defineProperty(Dirent.prototype, 'path', {
  configurable: true,
  enumerable: false,
  get(this: Dirent): string | Uint8Array {
    return this.parentPath;
  },
});
