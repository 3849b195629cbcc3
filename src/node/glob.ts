/**
 * glob: the paths that match a pattern. Directories are listed only where a pattern may match below them.
 */

import { DT_DIR, DT_LNK, modeToDt } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkObject, flagOf, toPath } from './arguments.ts';
import { type Callback, checkCallback, deliver } from './deliver.ts';
import { type Entry, isDirectoryAt, join, listDirectory, lookAt, toDirent } from './directories.ts';
import { invalidArgType } from './errors.ts';
import { expandBraces, matchesPath, matchesSegment, parsePattern, type Segment } from './glob-pattern.ts';
import type { Dirent } from './stats.ts';

type Result = string | Dirent;

export interface Glob {
  globSync(pattern: unknown, options?: unknown): Result[];
  glob(pattern: unknown, options?: unknown): AsyncIterable<Result>;
  globCallback(pattern: unknown, options?: unknown, callback?: unknown): void;
}

interface GlobOptions {
  readonly cwd: string;
  readonly withFileTypes: boolean;
  readonly exclude: (path: string, entry: Entry, parent: string) => boolean;
}

function checkPatterns(pattern: unknown): string[] {
  if (Array.isArray(pattern)) {
    pattern.forEach((each, index) => {
      if (typeof each !== 'string') throw invalidArgType(`patterns[${index}]`, 'of type string', each);
    });
    return pattern as string[];
  }
  if (typeof pattern !== 'string') throw invalidArgType('patterns', 'of type string', pattern);
  return [pattern];
}

export function globCalls(process: Process): Glob {
  function parse(options: unknown): GlobOptions {
    const given = options === undefined || options === null ? {} : checkObject(options, 'options');
    const withFileTypes = flagOf(given, 'withFileTypes');
    const { cwd, exclude } = given;
    if (cwd !== undefined && cwd !== null && typeof cwd !== 'string' && !(cwd instanceof URL))
      throw invalidArgType('paths[0]', 'of type string', cwd);
    return {
      cwd: cwd === undefined || cwd === null ? process.getcwd() : toPath(cwd, 'cwd'),
      withFileTypes,
      exclude: excluder(exclude, withFileTypes),
    };
  }

  function globSync(pattern: unknown, options?: unknown): Result[] {
    const patterns = checkPatterns(pattern);
    const checked = parse(options);
    const results = new Map<string, Result>();
    for (const each of patterns.flatMap(expandBraces)) {
      const absolute = each.startsWith('/');
      const segments = parsePattern(absolute ? each.slice(1) : each).filter((segment, index, all) => {
        // `a//b` is `a/b`, and `**` twice is once.
        if (segment === null) return all[index - 1] !== null;
        return segment !== '.' && (segment !== '' || index === all.length - 1);
      });
      walk(checked, segments, absolute ? '/' : '', results);
    }
    return [...results.values()];
  }

  interface Place {
    readonly path: string;
    readonly entry: Entry;
    readonly parent: string;
    readonly segments: ReadonlySet<number>;
  }

  function walk(options: GlobOptions, segments: readonly Segment[], start: string, results: Map<string, Result>): void {
    const end = segments.length;
    const queue: Place[] = [
      { path: start, entry: { name: start === '' ? '.' : start, type: DT_DIR }, parent: options.cwd, segments: closure(new Set([0])) },
    ];
    /** Being at `**` is being after it too. */
    function closure(set: Set<number>): Set<number> {
      for (const index of set) if (segments[index] === null) set.add(index + 1);
      return set;
    }
    for (let at = 0; at < queue.length; at++) {
      const { path, entry, parent, segments: here } = queue[at] as Place;
      const full = path === '' ? options.cwd : path.startsWith('/') ? path : join(options.cwd, path);
      if (here.has(end)) add(path === '' ? '.' : path, entry, parent);
      // A pattern that ends in a slash wants directories.
      const wantsDirectory = here.has(end - 1) && segments[end - 1] === '';
      if (wantsDirectory && path !== '' && isDirectory(full)) add(`${path}/`, entry, parent);
      const open = [...here].filter((index) => index < end && !(index === end - 1 && wantsDirectory));
      // A symlink to a directory is entered by a name, and by `**` only once.
      if (open.length === 0 || !(entry.type === DT_DIR || (entry.type === DT_LNK && isDirectory(full)))) continue;
      for (const name of namesIn(full, open)) visit(name, path, full, open);
    }

    function visit(child: Entry, path: string, full: string, open: readonly number[]): void {
      const below = path === '' ? child.name : join(path, child.name);
      const next = new Set<number>();
      for (const index of open) {
        const segment = segments[index] as Segment;
        if (!matchesSegment(segment, child.name)) continue;
        if (segment !== null) next.add(index + 1);
        else if (child.type !== DT_LNK) next.add(index);
        else if (index + 1 === end) next.add(end);
      }
      if (next.size === 0 || options.exclude(below, child, full)) return;
      queue.push({ path: below, entry: child, parent: full, segments: closure(next) });
    }

    function add(path: string, entry: Entry, parent: string): void {
      if (results.has(path)) return;
      results.set(path, options.withFileTypes ? toDirent(entry, parent, undefined) : path);
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
    deliver(done, () => globSync(pattern, typeof options === 'function' ? undefined : options));
  }

  return { globSync, glob, globCallback };
}

/** The `exclude` option as one question. */
function excluder(exclude: unknown, withFileTypes: boolean): GlobOptions['exclude'] {
  if (exclude === undefined || exclude === null) return () => false;
  if (typeof exclude === 'function') {
    return (path, entry, parent) => Boolean(exclude(withFileTypes ? toDirent(entry, parent, undefined) : path));
  }
  if (!Array.isArray(exclude) || !exclude.every((each) => typeof each === 'string')) {
    throw invalidArgType('options.exclude', 'of type function or string[]', exclude);
  }
  const patterns = (exclude as string[]).flatMap(expandBraces).map((pattern) => parsePattern(pattern.replace(/\/$/, '')));
  return (path) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    return patterns.some((segments) => matchesPath(segments, parts));
  };
}
