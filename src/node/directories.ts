/**
 * The synchronous functions on directories: mkdir, rmdir, readdir, mkdtemp, realpath.
 */

import { EEXIST, ELOOP, ENOENT, ENOTDIR, LinuxError } from '../abi/errno.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../abi/fcntl.ts';
import { MAXSYMLINKS } from '../abi/limits.ts';
import { DT_DIR, DT_LNK, modeToDt, S_IFDIR, S_IFLNK, S_IFMT, type Stat } from '../abi/stat.ts';
import { checkPath } from '../kernel/arguments.ts';
import type { Process } from '../kernel/process.ts';
import type { Dentry, DirectoryDentry } from '../vfs/dentry.ts';
import { listDirectoryAt } from '../vfs/listing.ts';
import {
  type AnyOptions,
  checkBoolean,
  encodingOf,
  flagOf,
  isBytes,
  isUrl,
  NO_OPTIONS,
  objectOptions,
  optionsOf,
  parseMode,
  toPath,
} from './arguments.ts';
import { failure, invalidArgValue } from './errors.ts';
import { emitWarning } from './host.ts';
import { Dirent, direntType } from './stats.ts';
import { type Encoding, isWellFormed, nameOut } from './text.ts';

/** Set where faults have to meet each system call: what is done in one step is then done in several. */
export interface Faulty {
  readonly faulty?: boolean;
}

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

const SURROGATE = /[\ud800-\udfff]/;

/** Names in the order in which libuv returns them: by bytes. For all but surrogates, which stand for what lies above FFFF or for a byte, that is theirs. */
function inOrder(names: string[]): string[] {
  if (names.every((name) => name.search(SURROGATE) === -1)) return names.sort();
  const byBytes = new Map(names.map((name) => [nameOut(name, 'latin1') as string, name]));
  return [...byBytes.keys()].sort().map((bytes) => byBytes.get(bytes) as string);
}

/** The sorted names of a directory, until it changes: names only come with a larger last cookie, and only go with a smaller count. */
interface Sorted {
  readonly lastCookie: number;
  readonly size: number;
  /** As the core has them. */
  readonly names: readonly string[];
  /** As UTF-8 shows them. */
  readonly shown: readonly string[];
  /** What they name; made when the kinds are first asked for. */
  dentries: readonly (Dentry | undefined)[] | undefined;
}

type SortedNames = WeakMap<DirectoryDentry, Sorted>;

function sortedNames(directory: DirectoryDentry, cache: SortedNames): Sorted {
  const known = cache.get(directory);
  const { lastCookie } = directory;
  const size = directory.count;
  if (known !== undefined && known.lastCookie === lastCookie && known.size === size) return known;
  const names = inOrder(directory.names());
  const shown = names.every(isWellFormed) ? names : names.map((name) => nameOut(name, 'utf8') as string);
  const sorted: Sorted = { lastCookie, size, names, shown, dentries: undefined };
  cache.set(directory, sorted);
  return sorted;
}

/** The same with their kinds. */
function sortedEntries(directory: DirectoryDentry, sorted: Sorted, where: string | Uint8Array): Dirent[] {
  const { names, shown } = sorted;
  sorted.dentries ??= names.map((name) => directory.child(name));
  return sorted.dentries.map((dentry, index) => new Dirent(shown[index] as string, direntType(modeToDt(dentry?.inode.mode ?? 0)), where));
}

/** Everything in a directory but `.` and `..`, in order. LinuxErrors. */
export function listDirectory(process: Process, path: string): Entry[] {
  const fd = process.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  try {
    const entries = new Map<string, Entry>();
    for (let batch = process.getdents(fd, LISTING_BYTES); batch.length > 0; batch = process.getdents(fd, LISTING_BYTES))
      for (const entry of batch) entries.set(entry.name, entry);
    entries.delete('.');
    entries.delete('..');
    return inOrder([...entries.keys()]).map((name) => entries.get(name) as Entry);
  } finally {
    process.close(fd);
  }
}

/** What is there; nothing, for whatever cannot be looked at. */
export function lookAt(process: Process, path: string, follow = true): Stat | undefined {
  try {
    return process.statIfExists(path, follow);
  } catch {
    return undefined;
  }
}

export function isDirectoryAt(process: Process, path: string): boolean {
  return ((lookAt(process, path)?.mode ?? 0) & S_IFMT) === S_IFDIR;
}

/** A path, or a pattern, without `.`, `..` and empty steps, from the root: as text. Node: path.resolve; path.join where `cwd` is relative. */
export function absolute(cwd: string, path: string): string {
  const whole = path.startsWith('/') ? path : `${cwd}/${path}`;
  const rooted = whole.startsWith('/');
  const steps: string[] = [];
  for (const step of whole.split('/')) {
    if (step === '..' && (rooted || !['..', undefined].includes(steps.at(-1)))) steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return rooted ? `/${steps.join('/')}` : steps.join('/') || '.';
}

/** `directory/name`, without a second slash. */
export function join(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** Node's path.join for what readdir returns: `./x` is `x`. */
export function joinListed(directory: string, name: string): string {
  return directory === '.' ? name : join(directory, name);
}

/** `.` and what is between two slashes. */
const isNoStep = (name: string): boolean => name === '' || name === '.';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export function directoryCalls(process: Process): DirectoryCalls {
  const cache: SortedNames = new WeakMap();
  let warned = false;

  function mkdirSync(path: unknown, options?: unknown): string | undefined {
    let mode = 0o777;
    let recursive = false;
    if (typeof options === 'number' || typeof options === 'string') mode = parseMode(options, 'mode');
    else if (options !== undefined && options !== null) {
      recursive = flagOf(options as AnyOptions, 'recursive');
      const given = (options as AnyOptions)['mode'];
      if (given !== undefined) mode = parseMode(given, 'options.mode');
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
    try {
      const missing: string[] = [];
      for (let at = path; ; ) {
        const found = process.statIfExists(at);
        if (found !== undefined) {
          if ((found.mode & S_IFMT) === S_IFDIR) break;
          throw new LinuxError(missing.length === 0 ? EEXIST : ENOTDIR);
        }
        missing.unshift(at);
        const parent = parentOf(at);
        if (parent === at || parent === '.') break;
        at = parent;
      }
      for (const each of missing) {
        try {
          process.mkdir(each, mode);
        } catch (error) {
          if ((error as LinuxError).errno !== EEXIST) throw error;
          // `a/..` is there once `a` is; a symlink to nothing stays one.
          const found = process.statOrErrno(each);
          if (typeof found === 'number') throw new LinuxError(found);
        }
      }
      return missing.map((each) => nameOut(each, 'utf8') as string)[0];
    } catch (error) {
      throw failure(error, mkdirSync, 'mkdir', path);
    }
  }

  function rmdirSync(path: unknown, options?: unknown): void {
    const where = toPath(path);
    const recursive = (options as { recursive?: unknown } | undefined)?.recursive;
    if (recursive !== undefined) throw invalidArgValue('options.recursive', recursive, 'is no longer supported');
    objectOptions(options);
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
    const { recursive } = given;
    if (recursive !== undefined && recursive !== null) checkBoolean(recursive, 'options.recursive');
    const withFileTypes = Boolean(given['withFileTypes']);
    const shown = isBytes(path) ? path : where;
    let at = where;
    try {
      if (recursive === true) return listAll(where, encoding, withFileTypes, (directory) => (at = directory));
      const plain = (encoding === undefined || encoding === 'utf8') && !(process as Faulty).faulty;
      const directory = plain ? listDirectoryAt(process, process.cwd, checkPath(where)) : undefined;
      if (directory !== undefined) {
        const sorted = sortedNames(directory, cache);
        return withFileTypes ? sortedEntries(directory, sorted, shown) : sorted.shown.slice();
      }
      return listDirectory(process, where).map((entry) =>
        withFileTypes ? toDirent(entry, shown, encoding) : nameOut(entry.name, encoding),
      );
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

  const isDirectory = (path: string): boolean => isDirectoryAt(process, path);

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

  /**
   * realpath(3), component by component, for the error: Node says which lstat failed. glibc's own goes back from a directory that it may not
   * search, but not from what is none.
   */
  function resolve(path: string, native = false): string {
    const absolute = path.startsWith('/') ? path : join(process.getcwd(), path);
    let rest = absolute.split('/');
    let real = '';
    let links = 0;
    while (rest.length > 0) {
      const name = rest.shift() as string;
      if (isNoStep(name)) continue;
      if (name === '..') {
        real = real.slice(0, Math.max(0, real.lastIndexOf('/')));
        continue;
      }
      const next = `${real}/${name}`;
      const stat = process.lstat(next);
      if ((stat.mode & S_IFMT) !== S_IFLNK) {
        real = next;
        if (native && rest.length > 0 && (rest.find((each) => !isNoStep(each)) ?? '..') === '..') process.stat(`${next}/`);
        continue;
      }
      // A link that leads nowhere is the link's failure: ENOENT, ELOOP…
      if (!native) process.stat(next);
      else if (++links > MAXSYMLINKS) throw new LinuxError(ELOOP);
      const target = process.readlink(next);
      if (target.startsWith('/')) real = '';
      rest = [...target.split('/'), ...rest];
    }
    return real === '' ? '/' : real;
  }

  function realpathSync(path: unknown, options?: unknown): string | Uint8Array {
    const encoding = encodingOf(options);
    // As Node: text, whatever it is.
    const where = toPath(isUrl(path) ? path : `${path}`);
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
      if (where === '') throw new LinuxError(ENOENT);
      return nameOut(resolve(where, true), encoding);
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

export function toDirent(entry: Entry, parent: string | Uint8Array, encoding: Encoding | 'buffer' | undefined): Dirent {
  return new Dirent(
    nameOut(entry.name, encoding),
    direntType(entry.type),
    encoding === 'buffer' && !isBytes(parent) ? nameOut(parent, 'buffer') : parent,
  );
}
