/**
 * cp, as `cp -r`: checks of source and destination first, then copies file by file.
 *
 * The synchronous form takes a synchronous filter, the asynchronous one waits for an asynchronous one; what is copied is the same.
 */

import { EEXIST, EINVAL, EISDIR, ENOTDIR } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, type Stat } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkBoolean, checkFunction, checkInteger, checkObject, toPath } from './arguments.ts';
import { join, listDirectory } from './directories.ts';
import { codedError, failure, systemError } from './errors.ts';

type Filter = (source: string, destination: string) => unknown;

export interface CpOptions {
  readonly dereference: boolean;
  readonly errorOnExist: boolean;
  readonly filter: Filter | undefined;
  readonly force: boolean;
  readonly preserveTimestamps: boolean;
  readonly recursive: boolean;
  readonly verbatimSymlinks: boolean;
  readonly mode: number;
}

export function cpOptions(options: unknown): CpOptions {
  const given = options === undefined ? {} : checkObject(options, 'options');
  const flag = (name: string, absent: boolean): boolean =>
    given[name] === undefined ? absent : checkBoolean(given[name], `options.${name}`);
  const checked = {
    dereference: flag('dereference', false),
    errorOnExist: flag('errorOnExist', false),
    force: flag('force', true),
    preserveTimestamps: flag('preserveTimestamps', false),
    recursive: flag('recursive', false),
    verbatimSymlinks: flag('verbatimSymlinks', false),
    mode: given['mode'] === undefined || given['mode'] === null ? 0 : checkInteger(given['mode'], 'mode', 0, 7),
    filter: given['filter'] === undefined ? undefined : (checkFunction(given['filter'], 'options.filter') as Filter),
  };
  if (checked.dereference && checked.verbatimSymlinks) {
    throw codedError(
      TypeError,
      'ERR_INCOMPATIBLE_OPTION_PAIR',
      'Option "dereference" cannot be used in combination with option "verbatimSymlinks"',
    );
  }
  return checked;
}

/** What remains to be done once the filter has said yes. A filter's promise makes the walk wait, no filter lets it run through. */
type Step<T> = Generator<unknown, T, unknown>;

interface CpCalls {
  cpSync(src: unknown, dest: unknown, options?: unknown): void;
  cpAsync(src: unknown, dest: unknown, options?: unknown): Promise<void>;
}

interface Copying {
  readonly copyFileSync: (src: unknown, dest: unknown, mode?: unknown) => void;
  readonly mkdirSync: (path: unknown, options?: unknown) => string | undefined;
}

function cpError(code: string, prefix: string, errno: number, path: string, message: string): Error {
  const name = errno === EISDIR ? 'EISDIR' : errno === ENOTDIR ? 'ENOTDIR' : errno === EEXIST ? 'EEXIST' : 'EINVAL';
  return systemError(code, prefix, { code: name, message, path, syscall: 'cp', errno });
}

const isDirectory = (stat: Stat): boolean => (stat.mode & S_IFMT) === S_IFDIR;

/** An absolute path without `.`, `..` and double slashes, as text. */
function absolute(process: Process, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${process.getcwd()}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function cpCalls(process: Process, calls: Copying): CpCalls {
  function look(path: string, options: CpOptions): Stat {
    try {
      return options.dereference ? process.stat(path) : process.lstat(path);
    } catch (error) {
      throw failure(error, cpSync, options.dereference ? 'stat' : 'lstat', path);
    }
  }

  function lookIfExists(path: string, options: CpOptions): Stat | undefined {
    return process.statIfExists(path, options.dereference);
  }

  /** What cp refuses before it touches anything. */
  function checkPaths(src: string, dest: string, options: CpOptions): Stat | undefined {
    const source = look(src, options);
    const target = lookIfExists(dest, options);
    if (target !== undefined) {
      if (source.ino === target.ino && source.dev === target.dev) {
        throw cpError('ERR_FS_CP_EINVAL', 'Invalid src or dest', EINVAL, dest, 'src and dest cannot be the same');
      }
      if (isDirectory(source) && !isDirectory(target)) {
        throw cpError(
          'ERR_FS_CP_DIR_TO_NON_DIR',
          'Cannot overwrite non-directory with directory',
          EISDIR,
          dest,
          `cannot overwrite non-directory ${dest} with directory ${src}`,
        );
      }
      if (!isDirectory(source) && isDirectory(target)) {
        throw cpError(
          'ERR_FS_CP_NON_DIR_TO_DIR',
          'Cannot overwrite directory with non-directory',
          ENOTDIR,
          dest,
          `cannot overwrite directory ${dest} with non-directory ${src}`,
        );
      }
    }
    if (isDirectory(source) && `${absolute(process, dest)}/`.startsWith(`${absolute(process, src)}/`.replace('//', '/'))) {
      throw cpError('ERR_FS_CP_EINVAL', 'Invalid src or dest', EINVAL, dest, `cannot copy ${src} to a subdirectory of self ${dest}`);
    }
    return target;
  }

  /** A directory is copied only by those who ask for it. */
  function checkRecursive(src: string, options: CpOptions): void {
    if (options.recursive || !isDirectory(look(src, options))) return;
    throw cpError('ERR_FS_EISDIR', 'Path is a directory', EISDIR, src, `${src} is a directory (not copied)`);
  }

  /** No parent of the destination may be the source itself, by whatever name. */
  function checkParents(src: string, dest: string, options: CpOptions): void {
    const source = look(src, options);
    let parent = absolute(process, dest);
    while (parent !== '/') {
      parent = parent.slice(0, parent.lastIndexOf('/')) || '/';
      const stat = process.statIfExists(parent);
      if (stat !== undefined && stat.ino === source.ino && stat.dev === source.dev) {
        throw cpError('ERR_FS_CP_EINVAL', 'Invalid src or dest', EINVAL, dest, `cannot copy ${src} to a subdirectory of self ${dest}`);
      }
    }
  }

  function* start(src: string, dest: string, options: CpOptions): Step<void> {
    if (options.filter !== undefined && !(yield options.filter(src, dest))) return;
    const target = checkPaths(src, dest, options);
    checkParents(src, dest, options);
    checkRecursive(src, options);
    const parent = absolute(process, dest).replace(/\/[^/]*$/, '') || '/';
    if (process.statIfExists(parent) === undefined) calls.mkdirSync(parent, { recursive: true });
    yield* copy(src, dest, options, target);
  }

  function* copy(src: string, dest: string, options: CpOptions, target: Stat | undefined): Step<void> {
    const source = look(src, options);
    switch (source.mode & S_IFMT) {
      case S_IFDIR:
        return yield* copyDirectory(src, dest, options, source, target);
      case S_IFLNK:
        return copyLink(src, dest, options, target);
      case S_IFSOCK:
        throw cpError('ERR_FS_CP_SOCKET', 'Cannot copy a socket file', EINVAL, dest, `cannot copy a socket file: ${dest}`);
      case S_IFIFO:
        throw cpError('ERR_FS_CP_FIFO_PIPE', 'Cannot copy a FIFO pipe', EINVAL, dest, `cannot copy a FIFO pipe: ${dest}`);
      default:
        return copyRegular(src, dest, options, source, target);
    }
  }

  function copyRegular(src: string, dest: string, options: CpOptions, source: Stat, target: Stat | undefined): void {
    if (target !== undefined) {
      if (!options.force) {
        if (options.errorOnExist) throw cpError('ERR_FS_CP_EEXIST', 'Target already exists', EEXIST, dest, `${dest} already exists`);
        return;
      }
      process.unlink(dest);
    }
    calls.copyFileSync(src, dest, options.mode);
    if (options.preserveTimestamps) {
      const { atimeSec, atimeNsec, mtimeSec, mtimeNsec } = source;
      process.utimensat(
        AT_FDCWD,
        dest,
        [
          { sec: atimeSec, nsec: atimeNsec },
          { sec: mtimeSec, nsec: mtimeNsec },
        ],
        0,
      );
    }
    if ((source.mode & S_IFMT) === S_IFREG) process.chmod(dest, source.mode & 0o7777);
  }

  function* copyDirectory(src: string, dest: string, options: CpOptions, source: Stat, target: Stat | undefined): Step<void> {
    if (target === undefined) calls.mkdirSync(dest);
    else if (options.errorOnExist && !options.force) {
      throw cpError('ERR_FS_CP_EEXIST', 'Target already exists', EEXIST, dest, `${dest} already exists`);
    }
    for (const { name } of listDirectory(process, src)) {
      const from = join(src, name);
      const to = join(dest, name);
      if (options.filter !== undefined && !(yield options.filter(from, to))) continue;
      yield* copy(from, to, options, checkPaths(from, to, options));
    }
    if (target === undefined) process.chmod(dest, source.mode & 0o7777);
  }

  function copyLink(src: string, dest: string, options: CpOptions, target: Stat | undefined): void {
    let to = process.readlink(src);
    if (!options.verbatimSymlinks && !to.startsWith('/')) to = absolute(process, `${src}/../${to}`);
    // Something else under that name is symlink(2)'s to refuse.
    if (target === undefined || (target.mode & S_IFMT) !== S_IFLNK) return process.symlink(to, dest);
    const there = absolute(
      process,
      process.readlink(dest).startsWith('/') ? process.readlink(dest) : `${dest}/../${process.readlink(dest)}`,
    );
    const resolved = absolute(process, to.startsWith('/') ? to : `${src}/../${to}`);
    const linked = process.statIfExists(src);
    if (linked !== undefined && isDirectory(linked)) {
      if (`${there}/`.startsWith(`${resolved}/`)) {
        throw cpError(
          'ERR_FS_CP_EINVAL',
          'Invalid src or dest',
          EINVAL,
          dest,
          `cannot copy ${resolved} to a subdirectory of self ${there}`,
        );
      }
      if (`${resolved}/`.startsWith(`${there}/`)) {
        throw cpError(
          'ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY',
          'Cannot overwrite symlink in subdirectory of self',
          EINVAL,
          dest,
          `cannot overwrite ${there} with ${resolved}`,
        );
      }
    }
    process.unlink(dest);
    process.symlink(to, dest);
  }

  function cpSync(src: unknown, dest: unknown, options?: unknown): void {
    const checked = cpOptions(options);
    const steps = start(toPath(src, 'src'), toPath(dest, 'dest'), checked);
    try {
      for (let step = steps.next(); step.done !== true; ) {
        if (typeof (step.value as PromiseLike<unknown> | undefined)?.then === 'function') {
          throw codedError(
            TypeError,
            'ERR_INVALID_RETURN_VALUE',
            `Expected boolean to be returned from the "filter" function but got an instance of Promise.`,
          );
        }
        step = steps.next(step.value);
      }
    } catch (error) {
      throw failure(error, cpSync, syscallOf(error), pathOf(error), destOf(error));
    }
  }

  async function cpAsync(src: unknown, dest: unknown, options?: unknown): Promise<void> {
    const checked = cpOptions(options);
    const steps = start(toPath(src, 'src'), toPath(dest, 'dest'), checked);
    try {
      for (let step = steps.next(); step.done !== true; ) step = steps.next(await step.value);
    } catch (error) {
      throw failure(error, cpAsync, syscallOf(error), pathOf(error), destOf(error));
    }
  }

  return { cpSync, cpAsync };
}

const syscallOf = (error: unknown): string => (error as { syscall?: string })?.syscall ?? 'cp';
const pathOf = (error: unknown): string | undefined => (error as { path?: string })?.path;
const destOf = (error: unknown): string | undefined => (error as { dest?: string })?.dest;
