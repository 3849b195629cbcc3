/**
 * The synchronous functions on directories: mkdir, rmdir, readdir, mkdtemp, realpath.
 */

import { EEXIST, ENOTDIR, LinuxError } from '../abi/errno.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../abi/fcntl.ts';
import { DT_DIR, DT_LNK, modeToDt, S_IFDIR, S_IFLNK, S_IFMT } from '../abi/stat.ts';
import { checkPath } from '../kernel/arguments.ts';
import type { Process } from '../kernel/process.ts';
import type { DirectoryDentry } from '../vfs/dentry.ts';
import { listDirectoryAt } from '../vfs/listing.ts';
import { checkBoolean, encodingOf, NO_OPTIONS, optionsOf, parseMode, toPath } from './arguments.ts';
import { emitWarning } from './host.ts';
import { failure, invalidArgValue } from './errors.ts';
import { Dirent, direntType } from './stats.ts';
import { type Encoding, nameOut } from './text.ts';

export interface DirectoryCalls {
  mkdirSync(path: unknown, options?: unknown): string | undefined;
  rmdirSync(path: unknown, options?: unknown): void;
  readdirSync(path: unknown, options?: unknown): (string | Uint8Array | Dirent)[];
  mkdtempSync(prefix: unknown, options?: unknown): string | Uint8Array;
  realpathSync: ((path: unknown, options?: unknown) => string | Uint8Array) & {
    native(path: unknown, options?: unknown): string | Uint8Array;
  };
}

/** One name of a listing, with its DT_* type. */
export interface Entry {
  readonly name: string;
  readonly type: number;
}

const LISTING_BYTES = 1 << 20;

/** Names in the order in which libuv returns them: by bytes. For anything but surrogates that is the order of code units. */
function byBytes(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}

/** With surrogates it is that of code points. */
function byPoints({ name: a }: Entry, { name: b }: Entry): number {
  for (let at = 0; ; at++) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one === other) continue;
    if (Number.isNaN(one)) return -1;
    if (Number.isNaN(other)) return 1;
    return rank(one) - rank(other);
  }
}

/** Escaped bytes (lone DC80 to DCFF) stand for 80 to FF, pairs for what lies above FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

const SURROGATE: RegExp = /[\ud800-\udfff]/;

/** The sorted names of a directory, until it changes: names only come with a larger last cookie, and only go with a smaller count. */
interface Sorted {
  readonly lastCookie: number;
  readonly size: number;
  /** As the core has them. */
  readonly names: readonly string[];
  /** As UTF-8 shows them. */
  readonly shown: readonly string[];
}

type SortedNames = WeakMap<DirectoryDentry, Sorted>;

function sortedNames(directory: DirectoryDentry, cache: SortedNames): Sorted {
  const known = cache.get(directory);
  const size = directory.children?.size ?? 0;
  if (known !== undefined && known.lastCookie === directory.lastCookie && known.size === size) return known;
  const names = directory.children === null ? [] : Array.from(directory.children.keys());
  const odd = names.some((name) => SURROGATE.test(name));
  if (odd) names.sort((a, b) => byPoints({ name: a, type: 0 }, { name: b, type: 0 }));
  else names.sort();
  const sorted = {
    lastCookie: directory.lastCookie,
    size,
    names,
    shown: odd ? names.map((name) => nameOut(name, 'utf8') as string) : names,
  };
  cache.set(directory, sorted);
  return sorted;
}

/** Everything in a directory but `.` and `..`, in order. LinuxErrors. */
export function listDirectory(process: Process, path: string): Entry[] {
  const fd = process.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  try {
    const entries: Entry[] = [];
    let sorted = true;
    let last = '';
    for (;;) {
      const batch = process.getdents(fd, LISTING_BYTES);
      if (batch.length === 0) break;
      for (const entry of batch) {
        const { name } = entry;
        if (name === '.' || name === '..') continue;
        if (name < last) sorted = false;
        last = name;
        entries.push(entry);
      }
    }
    if (entries.some(({ name }) => SURROGATE.test(name))) return entries.sort(byPoints);
    return sorted ? entries : entries.sort(byBytes);
  } finally {
    process.close(fd);
  }
}

/** `directory/name`, without a second slash. */
export function join(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** Node's path.join for what readdir returns: `./x` is `x`. */
function joinListed(directory: string, name: string): string {
  return directory === '.' ? name : join(directory, name);
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export function directoryCalls(process: Process): DirectoryCalls {
  const cache: SortedNames = new WeakMap();
  let warned = false;

  function mkdirSync(path: unknown, options?: unknown): string | undefined {
    let mode = 0o777;
    let recursive = false;
    if (typeof options === 'number' || typeof options === 'string') mode = parseMode(options, 'mode');
    else if (options !== undefined && options !== null) {
      const given = options as { mode?: unknown; recursive?: unknown };
      if (given.recursive !== undefined) recursive = checkBoolean(given.recursive, 'options.recursive');
      if (given.mode !== undefined) mode = parseMode(given.mode, 'options.mode');
    }
    const where = toPath(path);
    if (recursive) return makeAll(where, mode);
    try {
      process.mkdir(where, mode);
      return undefined;
    } catch (error) {
      throw failure(error, mkdirSync, 'mkdir', where);
    }
  }

  /** mkdir -p. The first directory that was made, or undefined. */
  function makeAll(path: string, mode: number): string | undefined {
    let at = path;
    try {
      const missing: string[] = [];
      for (;;) {
        const found = at === '' ? undefined : process.statIfExists(at);
        if (found !== undefined) {
          if ((found.mode & S_IFMT) === S_IFDIR) break;
          throw new LinuxError(missing.length === 0 ? EEXIST : ENOTDIR);
        }
        if (at === '') break;
        missing.push(at);
        const parent = parentOf(at);
        if (parent === at || parent === '.') break;
        at = parent;
      }
      for (let index = missing.length - 1; index >= 0; index--) {
        at = missing[index] as string;
        try {
          process.mkdir(at, mode);
        } catch (error) {
          // `a/..` is there once `a` is.
          if (!(error instanceof LinuxError && error.errno === EEXIST && isDirectory(at))) throw error;
        }
      }
      return missing.length === 0 ? undefined : missing[missing.length - 1];
    } catch (error) {
      throw failure(error, mkdirSync, 'mkdir', error instanceof LinuxError && error.errno === ENOTDIR ? path : at);
    }
  }

  function rmdirSync(path: unknown, options?: unknown): void {
    const where = toPath(path);
    const recursive = (options as { recursive?: unknown } | undefined)?.recursive;
    if (recursive !== undefined && recursive !== false) throw invalidArgValue('options.recursive', recursive, 'is no longer supported');
    try {
      process.rmdir(where);
    } catch (error) {
      throw failure(error, rmdirSync, 'rmdir', where);
    }
  }

  function readdirSync(path: unknown, options?: unknown): (string | Uint8Array | Dirent)[] {
    const given = options === undefined ? NO_OPTIONS : optionsOf(options);
    const encoding = encodingOf(options);
    const where = toPath(path);
    if (given['recursive'] !== undefined && given['recursive'] !== null) checkBoolean(given['recursive'], 'options.recursive');
    const withFileTypes = Boolean(given['withFileTypes']);
    let at = where;
    try {
      if (given['recursive'] !== true) {
        const directory = listDirectoryAt(process, process.cwd, checkPath(where));
        if (directory !== undefined) {
          const { names, shown } = sortedNames(directory, cache);
          if (!withFileTypes)
            return encoding === undefined || encoding === 'utf8' ? shown.slice() : names.map((name) => nameOut(name, encoding));
          return names.map((name) => toDirent({ name, type: modeToDt(directory.children?.get(name)?.inode.mode ?? 0) }, where, encoding));
        }
      }
      if (given['recursive'] === true) return listAll(where, encoding, withFileTypes, (directory) => (at = directory));
      const entries = listDirectory(process, where);
      return withFileTypes ? entries.map((entry) => toDirent(entry, where, encoding)) : names(entries, encoding);
    } catch (error) {
      throw failure(error, readdirSync, 'scandir', at);
    }
  }

  /** Breadth first and through symlinks to directories, as Node goes. */
  function listAll(
    root: string,
    encoding: Encoding | 'buffer' | undefined,
    withFileTypes: boolean,
    enter: (path: string) => void,
  ): (string | Uint8Array | Dirent)[] {
    const results: (string | Uint8Array | Dirent)[] = [];
    const queue: string[] = [''];
    for (let index = 0; index < queue.length; index++) {
      const prefix = queue[index] as string;
      const directory = prefix === '' ? root : join(root, prefix);
      enter(directory);
      for (const entry of listDirectory(process, directory)) {
        const below = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
        if (withFileTypes) results.push(toDirent(entry, prefix === '' ? root : joinListed(root, prefix), encoding));
        else results.push(nameOut(below, encoding));
        if (entry.type === DT_DIR || (entry.type === DT_LNK && isDirectory(join(root, below)))) queue.push(below);
      }
    }
    return results;
  }

  function isDirectory(path: string): boolean {
    try {
      const stat = process.statIfExists(path);
      return stat !== undefined && (stat.mode & S_IFMT) === S_IFDIR;
    } catch {
      return false;
    }
  }

  function mkdtempSync(prefix: unknown, options?: unknown): string | Uint8Array {
    const encoding = encodingOf(options);
    const start = toPath(prefix, 'prefix');
    if (start.endsWith('X') && !warned) {
      warned = true;
      emitWarning('mkdtemp() templates ending with X are not portable. For details see: https://nodejs.org/api/fs.html');
    }
    for (let tries = 0; ; tries++) {
      const bytes = new Uint8Array(6);
      process.kernel.random.fill(bytes);
      const path = start + Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join('');
      try {
        process.mkdir(path, 0o700);
        return nameOut(path, encoding);
      } catch (error) {
        if (error instanceof LinuxError && error.errno === EEXIST && tries < 100) continue;
        throw failure(error, mkdtempSync, 'mkdtemp', `${start}XXXXXX`);
      }
    }
  }

  /** realpath(3), component by component, for the error: Node says which lstat failed. */
  function resolve(path: string): string {
    const absolute = path.startsWith('/') ? path : join(process.getcwd(), path);
    let rest = absolute.split('/').filter((name) => name !== '' && name !== '.');
    let real = '';
    while (rest.length > 0) {
      const name = rest.shift() as string;
      if (name === '..') {
        real = real.slice(0, Math.max(0, real.lastIndexOf('/')));
        continue;
      }
      const next = `${real}/${name}`;
      const stat = process.lstat(next);
      if ((stat.mode & S_IFMT) !== S_IFLNK) {
        real = next;
        continue;
      }
      // A link that leads nowhere is the link's failure: ENOENT, ELOOP…
      process.stat(next);
      const target = process.readlink(next);
      if (target.startsWith('/')) real = '';
      rest = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...rest];
    }
    return real === '' ? '/' : real;
  }

  function realpathSync(path: unknown, options?: unknown): string | Uint8Array {
    const encoding = encodingOf(options);
    const where = toPath(typeof path === 'number' ? String(path) : path);
    try {
      return nameOut(resolve(where), encoding);
    } catch (error) {
      const failed = error instanceof LinuxError ? (error.path ?? where) : where;
      throw failure(error, realpathSync, error instanceof LinuxError && error.syscall === 'stat' ? 'stat' : 'lstat', failed);
    }
  }

  function native(path: unknown, options?: unknown): string | Uint8Array {
    const encoding = encodingOf(options);
    const where = toPath(path);
    try {
      if (where === '') process.stat(where);
      process.stat(where);
      return nameOut(resolve(where), encoding);
    } catch (error) {
      throw failure(error, native, 'realpath', where);
    }
  }

  return { mkdirSync, rmdirSync, readdirSync, mkdtempSync, realpathSync: Object.assign(realpathSync, { native }) };
}

export function parentOf(path: string): string {
  let end = path.length;
  while (end > 1 && path.charCodeAt(end - 1) === 47) end--;
  const slash = path.lastIndexOf('/', end - 1);
  if (slash === -1) return '.';
  return slash === 0 ? '/' : path.slice(0, slash);
}

export function toDirent(entry: Entry, parent: string, encoding: Encoding | 'buffer' | undefined): Dirent {
  return new Dirent(nameOut(entry.name, encoding), direntType(entry.type), encoding === 'buffer' ? nameOut(parent, 'buffer') : parent);
}

function names(entries: readonly Entry[], encoding: Encoding | 'buffer' | undefined): (string | Uint8Array)[] {
  return entries.map((entry) => nameOut(entry.name, encoding));
}
