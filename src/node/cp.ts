/**
 * cp, as `cp -r`: checks of source and destination first, then copies file by file.
 *
 * The synchronous form takes a synchronous filter, the asynchronous one waits for an asynchronous one; what is copied is the same.
 */

import { EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, type Stat } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { type AnyOptions, checkBoolean, checkFunction, checkInteger, objectOptions, toPath } from './arguments.ts';
import { absolute, join, listDirectory, parentOf } from './directories.ts';
import { type AnyFunction, attempt, codedError, failure, systemCallError, systemError } from './errors.ts';

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

const FLAGS = ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks'] as const;

export function cpOptions(options: unknown): CpOptions {
  // As Node: what is inherited does not count.
  const given: AnyOptions = { ...objectOptions(options) };
  // An option that is there and undefined is refused.
  const flag = (name: string): boolean => (name in given ? checkBoolean(given[name], `options.${name}`) : name === 'force');
  const checked = {
    ...(Object.fromEntries(FLAGS.map((name) => [name, flag(name)])) as Record<(typeof FLAGS)[number], boolean>),
    mode: checkInteger(given['mode'] ?? 0, 'mode', 0, 7),
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

/** What cp refuses: the code after ERR_FS_, what is wrong, the errno, and what it says of the destination. */
function refused(code: string, prefix: string, errno: number, path: string, message: string): Error {
  return systemError(`ERR_FS_${code}`, prefix, errno, 'cp', path, message);
}

const invalid = (path: string, message: string): Error => refused('CP_EINVAL', 'Invalid src or dest', EINVAL, path, message);
const intoItself = (path: string, src: string, dest: string): Error =>
  invalid(path, `cannot copy ${src} to a subdirectory of self ${dest}`);
const alreadyExists = (path: string): Error => refused('CP_EEXIST', 'Target already exists', EEXIST, path, `${path} already exists`);

/** The same file by whatever name. */
const isSame = (a: Stat, b: Stat): boolean => a.ino === b.ino && a.dev === b.dev;
/** One absolute path is the other, or below it. */
const isBelow = (path: string, directory: string): boolean => `${path}/`.startsWith(directory === '/' ? '/' : `${directory}/`);
const isDirectory = (stat: Stat): boolean => (stat.mode & S_IFMT) === S_IFDIR;

export function cpCalls(process: Process, calls: Copying): CpCalls {
  const resolve = (path: string): string => absolute(process.getcwd(), path);

  /** What is there. Only a destination may be absent, and not because something on the way is no directory. */
  function look(path: string, { dereference }: CpOptions, mayBeAbsent = false): Stat | undefined {
    const syscall = dereference ? 'stat' : 'lstat';
    const found = attempt(() => process.statOrErrno(path, dereference), cpSync, syscall, path);
    if (typeof found !== 'number') return found;
    if (mayBeAbsent && found === ENOENT) return undefined;
    throw systemCallError(found, cpSync, syscall, path);
  }

  /** What cp refuses before it touches anything. */
  function checkPaths(src: string, dest: string, options: CpOptions): Stat | undefined {
    const source = look(src, options) as Stat;
    const target = look(dest, options, true);
    if (target !== undefined) {
      if (isSame(source, target)) throw invalid(dest, 'src and dest cannot be the same');
      const from = isDirectory(source) ? 'directory' : 'non-directory';
      const to = isDirectory(target) ? 'directory' : 'non-directory';
      if (from !== to) {
        const code = isDirectory(source) ? 'CP_DIR_TO_NON_DIR' : 'CP_NON_DIR_TO_DIR';
        const errno = isDirectory(source) ? EISDIR : ENOTDIR;
        throw refused(code, `Cannot overwrite ${to} with ${from}`, errno, dest, `cannot overwrite ${to} ${dest} with ${from} ${src}`);
      }
    }
    if (isDirectory(source) && isBelow(resolve(dest), resolve(src))) throw intoItself(dest, src, dest);
    return target;
  }

  /** No parent of the destination may be the source itself, by whatever name. */
  function checkParents(src: string, dest: string, options: CpOptions): void {
    const source = look(src, options) as Stat;
    let parent = resolve(dest);
    while (parent !== '/') {
      parent = parentOf(parent);
      const stat = process.statIfExists(parent);
      if (stat !== undefined && isSame(stat, source)) throw intoItself(dest, src, dest);
    }
  }

  function* start(src: string, dest: string, options: CpOptions): Step<void> {
    if (options.filter !== undefined && !(yield options.filter(src, dest))) return;
    const target = checkPaths(src, dest, options);
    checkParents(src, dest, options);
    const parent = parentOf(dest);
    if (process.statIfExists(parent) === undefined) calls.mkdirSync(parent, { recursive: true });
    yield* copy(src, dest, options, target);
  }

  function* copy(src: string, dest: string, options: CpOptions, target: Stat | undefined): Step<void> {
    const source = look(src, options) as Stat;
    switch (source.mode & S_IFMT) {
      case S_IFDIR:
        // A directory is copied only by those who ask for it.
        if (!options.recursive) throw refused('EISDIR', 'Path is a directory', EISDIR, src, `${src} is a directory (not copied)`);
        return yield* copyDirectory(src, dest, options, source, target);
      case S_IFLNK:
        return copyLink(src, dest, options, target);
      case S_IFSOCK:
        throw refused('CP_SOCKET', 'Cannot copy a socket file', EINVAL, dest, `cannot copy a socket file: ${dest}`);
      case S_IFIFO:
        throw refused('CP_FIFO_PIPE', 'Cannot copy a FIFO pipe', EINVAL, dest, `cannot copy a FIFO pipe: ${dest}`);
      default:
        return copyRegular(src, dest, options, source, target);
    }
  }

  function copyRegular(src: string, dest: string, options: CpOptions, source: Stat, target: Stat | undefined): void {
    if (target !== undefined) {
      if (!options.force) {
        if (options.errorOnExist) throw alreadyExists(dest);
        return;
      }
      process.unlink(dest);
    }
    calls.copyFileSync(src, dest, options.mode);
    if (options.preserveTimestamps) keepTimes(src, dest);
    if ((source.mode & S_IFMT) === S_IFREG) process.chmod(dest, source.mode & 0o7777);
  }

  /** The times the source has now, after it was read. */
  function keepTimes(src: string, dest: string): void {
    const { atimeSec, atimeNsec, mtimeSec, mtimeNsec } = process.stat(src);
    const times = [
      { sec: atimeSec, nsec: atimeNsec },
      { sec: mtimeSec, nsec: mtimeNsec },
    ] as const;
    process.utimensat(AT_FDCWD, dest, times, 0);
  }

  function* copyDirectory(src: string, dest: string, options: CpOptions, source: Stat, target: Stat | undefined): Step<void> {
    if (target === undefined) calls.mkdirSync(dest);
    else if (options.errorOnExist && !options.force) throw alreadyExists(dest);
    for (const { name } of listDirectory(process, src)) {
      const from = join(src, name);
      const to = join(dest, name);
      if (options.filter !== undefined && !(yield options.filter(from, to))) continue;
      yield* copy(from, to, options, checkPaths(from, to, options));
    }
    if (options.preserveTimestamps) keepTimes(src, dest);
    if (target === undefined) process.chmod(dest, source.mode & 0o7777);
  }

  function copyLink(src: string, dest: string, options: CpOptions, target: Stat | undefined): void {
    let to = process.readlink(src);
    if (!options.verbatimSymlinks && !to.startsWith('/')) to = resolve(`${src}/../${to}`);
    // Something else under that name is symlink(2)'s to refuse.
    if (target === undefined || (target.mode & S_IFMT) !== S_IFLNK) return process.symlink(to, dest);
    const at = (link: string, path: string): string => resolve(path.startsWith('/') ? path : `${link}/../${path}`);
    const there = at(dest, process.readlink(dest));
    const resolved = at(src, to);
    const linked = process.statIfExists(src);
    if (linked !== undefined && isDirectory(linked)) {
      if (isBelow(there, resolved)) throw intoItself(dest, resolved, there);
      if (isBelow(resolved, there)) {
        const message = `cannot overwrite ${there} with ${resolved}`;
        throw refused('CP_SYMLINK_TO_SUBDIRECTORY', 'Cannot overwrite symlink in subdirectory of self', EINVAL, dest, message);
      }
    }
    process.unlink(dest);
    process.symlink(to, dest);
  }

  function steps(src: unknown, dest: unknown, options: unknown): Step<void> {
    const checked = cpOptions(options);
    return start(toPath(src, 'src'), toPath(dest, 'dest'), checked);
  }

  function cpSync(src: unknown, dest: unknown, options?: unknown): void {
    const work = steps(src, dest, options);
    try {
      for (let step = work.next(); step.done !== true; ) {
        if (typeof (step.value as PromiseLike<unknown> | undefined)?.then === 'function') {
          throw codedError(
            TypeError,
            'ERR_INVALID_RETURN_VALUE',
            'Expected boolean to be returned from the "filter" function but got an instance of Promise.',
          );
        }
        step = work.next(step.value);
      }
    } catch (error) {
      throw cpFailure(error, cpSync);
    }
  }

  async function cpAsync(src: unknown, dest: unknown, options?: unknown): Promise<void> {
    const work = steps(src, dest, options);
    try {
      for (let step = work.next(); step.done !== true; ) step = work.next(await step.value);
    } catch (error) {
      throw cpFailure(error, cpAsync);
    }
  }

  return { cpSync, cpAsync };
}

/** The system call and the paths are those of the step that failed. */
function cpFailure(error: unknown, above: AnyFunction): unknown {
  const { syscall = 'cp', path, dest } = Object(error) as { syscall?: string; path?: string; dest?: string };
  return failure(error, above, syscall, path, dest);
}
