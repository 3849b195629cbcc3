/**
 * glob: the paths that match a pattern. Directories are listed only where a pattern may match below them.
 */

import { DT_DIR, DT_LNK, modeToDt } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkInteger, checkType, flagOf, objectOptions, toPath } from './arguments.ts';
import { type Callback, checkCallback, deliver } from './deliver.ts';
import { absolute, type Entry, isDirectoryAt, join, joinListed, listDirectory, lookAt, parentOf, toDirent } from './directories.ts';
import { invalidArgType } from './errors.ts';
import { expandBraces, matchesPath, matchesSegment, parsePattern, type Segment } from './glob-pattern.ts';
import type { Dirent } from './stats.ts';

type Result = string | Dirent;

export interface Glob {
  globSync(pattern: unknown, options?: unknown): Result[];
  glob(pattern: unknown, options?: unknown): AsyncIterable<Result>;
  globCallback(pattern: unknown, options?: unknown, callback?: unknown): void;
}

/** The `exclude` option. */
interface Exclusion {
  /** Whether nothing at a path and below it is looked at. */
  excludes(path: string): boolean;
  /** The same of something that `**` meets in a directory. */
  excludesName(entry: Entry, directory: string): boolean;
  /** Whether what was found is no result. */
  leavesOut(path: string): boolean;
}

interface GlobOptions extends Exclusion {
  readonly cwd: string;
  /** The directory as it was given: entries say where they are from there. */
  readonly from: string;
  readonly withFileTypes: boolean;
  /** `**` goes through symlinks to directories, but in no circle. */
  readonly followSymlinks: boolean;
  /** How many names a path has at most. */
  readonly maxDepth: number;
}

function checkPatterns(pattern: unknown): string[] {
  const check = (each: unknown, name: string): string => checkType(each, name, 'string') as string;
  return Array.isArray(pattern) ? pattern.map((each, index) => check(each, `patterns[${index}]`)) : [check(pattern, 'patterns')];
}

export function globCalls(process: Process): Glob {
  function parse(options: unknown): GlobOptions {
    const given = objectOptions(options ?? undefined);
    const withFileTypes = flagOf(given, 'withFileTypes');
    const followSymlinks = given['followSymlinks'] !== null && flagOf(given, 'followSymlinks');
    const { exclude } = given;
    const cwd = given['cwd'] ?? '.';
    const maxDepth = given['maxDepth'] ?? Number.POSITIVE_INFINITY;
    if (maxDepth !== Number.POSITIVE_INFINITY) checkInteger(maxDepth, 'options.maxDepth', 0);
    if (typeof cwd !== 'string' && !(cwd instanceof URL)) throw invalidArgType('paths[0]', 'of type string', cwd);
    const from = toPath(cwd, 'cwd');
    const root = absolute(process.getcwd(), from);
    return { cwd: root, from, withFileTypes, followSymlinks, maxDepth: maxDepth as number, ...exclusion(exclude, withFileTypes, root) };
  }

  function globSync(pattern: unknown, options?: unknown): Result[] {
    const patterns = checkPatterns(pattern);
    const checked = parse(options);
    const results = new Map<string, Result>();
    for (const each of patterns.flatMap(expandBraces)) {
      const segments = parsePattern(simplify(each));
      // A pattern of a directory alone matches nothing, but for the root.
      const [first] = segments;
      if (segments.length === 1 && ['', '.', '..'].includes(first as string)) continue;
      walk(checked, segments, results);
    }
    return [...results.values()];
  }

  function exclusion(exclude: unknown, withFileTypes: boolean, cwd: string): Exclusion {
    if (typeof exclude === 'function') {
      return {
        // As Node: where entries are asked for, that of the path in the process's own directory, if it is there.
        excludes: (path) => {
          if (!withFileTypes) return Boolean(exclude(path));
          return lookAt(process, path, false) !== undefined && Boolean(exclude(direntOf(path)));
        },
        excludesName: (entry, directory) =>
          Boolean(exclude(withFileTypes ? toDirent(entry, absolute(cwd, directory), undefined) : entry.name)),
        leavesOut: () => false,
      };
    }
    if (exclude !== undefined && exclude !== null && !(Array.isArray(exclude) && exclude.every((each) => typeof each === 'string'))) {
      throw invalidArgType('options.exclude', 'of type function or string[]', exclude);
    }
    const patterns = ((exclude ?? []) as string[]).flatMap(expandBraces).map((pattern) => absolute(cwd, pattern));
    const matches = (all: readonly (readonly Segment[])[], path: string): boolean => {
      if (all.length === 0) return false;
      const parts = absolute(cwd, path).split('/');
      return all.some((segments) => matchesPath(segments, parts));
    };
    const all = patterns.map(parsePattern);
    // `a/**` is what is in the directory, and not the directory.
    const results = patterns.map((pattern) => parsePattern(pattern.endsWith('/**') ? `${pattern}/*` : pattern));
    return { excludes: (path) => matches(all, path), excludesName: () => false, leavesOut: (path) => matches(results, path) };
  }

  function direntOf(path: string): Dirent {
    const type = modeToDt(lookAt(process, path, false)?.mode ?? 0);
    return toDirent({ name: path.slice(path.lastIndexOf('/') + 1), type }, parentOf(path), undefined);
  }

  interface Place {
    readonly path: string;
    readonly type: number;
    readonly segments: ReadonlySet<number>;
    /** The directories on the way: what they are, where symlinks are followed. */
    readonly above: readonly (string | number)[];
  }

  function walk(options: GlobOptions, segments: readonly Segment[], results: Map<string, Result>): void {
    const end = segments.length;
    const [first] = segments;
    const fromHere = first === '.';
    const begin = first === '' || fromHere ? 1 : 0;
    const queue: Place[] = [{ path: first === '' ? '/' : '.', type: DT_DIR, segments: closure(new Set([begin])), above: [] }];
    /** Being at `**` is being after it too. */
    function closure(set: Set<number>): Set<number> {
      for (const index of set) if (segments[index] === null) set.add(index + 1);
      return set;
    }
    for (let at = 0; at < queue.length; at++) {
      const place = queue[at] as Place;
      const { path, type, segments: here } = place;
      const full = absolute(options.cwd, path);
      // Where it starts is a match of `**` alone only, unless the pattern names it.
      if (here.has(end) && (at > 0 || fromHere || end === 1)) add(path);
      // A pattern that ends in a slash wants directories.
      const wantsDirectory = here.has(end - 1) && segments[end - 1] === '';
      if (wantsDirectory && isDirectory(full)) add(path);
      const open = [...here].filter((index) => index < end && !(index === end - 1 && wantsDirectory));
      // A symlink to a directory is entered by its name alone.
      if (open.length === 0 || place.above.length >= options.maxDepth || !(type === DT_DIR || (type === DT_LNK && isDirectory(full))))
        continue;
      const stat = options.followSymlinks ? lookAt(process, full) : undefined;
      const above = [...place.above, stat === undefined ? place.above.length : `${stat.dev}:${stat.ino}`];
      // A circle.
      if (new Set(above).size < above.length) continue;
      for (const entry of namesIn(full, open)) visit(entry, { ...place, above }, open);
    }

    function visit(child: Entry, place: Place, open: readonly number[]): void {
      const { path, segments: here } = place;
      const below = joinPath(path, child.name);
      const isLinked = options.followSymlinks && child.type === DT_LNK && isDirectory(absolute(options.cwd, below));
      const type = isLinked ? DT_DIR : child.type;
      const next = new Set<number>();
      for (const index of open) {
        const segment = segments[index] as Segment;
        if (!matchesSegment(segment, child.name)) continue;
        const last = index + 1 === end;
        const afterAny = segments[index - 1] === null && here.has(index - 1);
        // As Node: what `**` meets is asked about by its name, what an expression ends at is not.
        if ((segment === null || afterAny) && options.excludesName(child, path)) continue;
        if (segment === null) {
          if (type === DT_DIR) next.add(index);
          else if (last) add(below);
        } else if (last) add(below);
        else if (type === DT_DIR || (typeof segment === 'string' && !afterAny)) next.add(index + 1);
      }
      if (next.size > 0 && !options.excludes(below)) queue.push({ ...place, path: below, type, segments: closure(next) });
    }

    function add(path: string): void {
      if (results.has(path) || options.leavesOut(path)) return;
      results.set(path, options.withFileTypes ? direntOf(absolute(options.from, path)) : path);
    }

    /** The entries worth a look: all of them, or the few that the pattern names. */
    function namesIn(full: string, open: readonly number[]): readonly Entry[] {
      const texts = open.map((index) => segments[index] as Segment);
      if (texts.every((segment) => typeof segment === 'string')) {
        return texts.flatMap((name) => {
          const stat = lookAt(process, join(full, name), false);
          return stat === undefined || name === '' ? [] : [{ name, type: modeToDt(stat.mode) }];
        });
      }
      try {
        const entries = listDirectory(process, full);
        return texts.includes('..') ? [...entries, { name: '..', type: DT_DIR }] : entries;
      } catch {
        return [];
      }
    }
  }

  const isDirectory = (path: string): boolean => isDirectoryAt(process, path);

  async function* glob(pattern: unknown, options?: unknown): AsyncGenerator<Result, void, undefined> {
    yield* globSync(pattern, options);
  }

  function globCallback(pattern: unknown, options?: unknown, callback?: unknown): void {
    const done: Callback = checkCallback(typeof options === 'function' ? options : callback, 'callback');
    deliver(done, () => globSync(pattern, options === done ? undefined : options));
  }

  return { globSync, glob, globCallback };
}

/** One step on, as path.join goes: `..` takes a step back. */
function joinPath(path: string, name: string): string {
  if (name !== '..' || path === '.') return joinListed(path, name);
  return path === '..' || path.endsWith('/..') ? `${path}/..` : parentOf(path);
}

/** `a//b` and `a/./b` are `a/b`, `a/../b` is `b`, and `**` twice is once. What the pattern starts and ends with stays. */
function simplify(pattern: string): string {
  const steps: string[] = [];
  const all = pattern.split('/');
  for (const [index, step] of all.entries()) {
    const before = steps.at(-1);
    if (index > 0 && index < all.length - 1 && (step === '' || step === '.')) continue;
    if (step === '**' && before === '**') continue;
    if (step === '..' && before !== undefined && !['', '.', '..', '**'].includes(before)) steps.pop();
    else steps.push(step === '.' && index > 0 && before !== '**' ? '' : step);
  }
  return steps.join('/');
}
