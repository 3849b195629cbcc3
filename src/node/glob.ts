/**
 * glob: the paths that match a pattern. Directories are listed only where a pattern may match below them.
 */

import { modeToDt } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkInteger, checkString, flagOf, objectOptions, toPath } from './arguments.ts';
import { type Callback, checkCallback, deliver } from './deliver.ts';
import { absolute, isDirectoryAt, join, joinListed, listDirectory, lookAt, parentOf, toDirent } from './directories.ts';
import { invalidArgType } from './errors.ts';
import { matchesPath, matchesSegment, type Pattern, parsePattern } from './glob-pattern.ts';
import type { Dirent } from './stats.ts';

/** What an entry can be asked. */
type Found = Dirent & Record<'isDirectory' | 'isSymbolicLink', () => boolean>;
type Result = string | Dirent;

export interface Glob {
  globSync(pattern: unknown, options?: unknown): Result[];
  glob(pattern: unknown, options?: unknown): AsyncIterable<Result>;
  globCallback(pattern: unknown, options?: unknown, callback?: unknown): void;
}

function checkStrings(given: readonly unknown[], name: string): string[] {
  return Array.from(given, (each, index) => checkString(each, `${name}[${index}]`));
}

/** How far a pattern has been matched at a path. */
type Progress = readonly [
  pattern: Pattern,
  /** The components that may be next. */
  at: ReadonlySet<number>,
  /** Those of them that came through a symlink. */
  linked: ReadonlySet<number>,
  /** The directories on the way: what they are, where symlinks are followed. */
  above: readonly string[],
];

export function globCalls(process: Process): Glob {
  /** What is found in Node's order: directories are taken from the end of a list, and looked at once for what is left of a pattern. */
  function find(pattern: unknown, options: unknown, isSync: boolean): () => Result[] {
    const given = objectOptions(options ?? undefined);
    const withFileTypes = flagOf(given, 'withFileTypes');
    // `**` goes through symlinks to directories, but in no circle.
    const followSymlinks = given['followSymlinks'] !== null && flagOf(given, 'followSymlinks');
    const exclude = given['exclude'] ?? [];
    const directory = given['cwd'] ?? '.';
    // How many names a path has at most.
    const maxDepth = (given['maxDepth'] ?? Number.POSITIVE_INFINITY) as number;
    const isDeep = maxDepth === Number.POSITIVE_INFINITY;
    if (!isDeep) checkInteger(maxDepth, 'options.maxDepth', 0);
    const asks = typeof exclude === 'function' ? (exclude as (entry: Result) => unknown) : undefined;
    if (!asks && !Array.isArray(exclude)) throw invalidArgType('options.exclude', 'of type function or string[]', exclude);
    const excludedPatterns = asks ? [] : checkStrings(exclude as unknown[], 'options.exclude');
    const patterns = Array.isArray(pattern) ? checkStrings(pattern, 'patterns') : [checkString(pattern, 'patterns')];
    if (typeof directory !== 'string' && !(directory instanceof URL)) throw invalidArgType('paths[0]', 'of type string', directory);
    const from = toPath(directory, 'cwd') || '.';
    const cwd = absolute(process.getcwd(), from);
    const excluded = excludedPatterns.flatMap((each) => parsePattern(absolute(cwd, each)));
    const excludes = (path: string): boolean => excluded.some(([segments]) => matchesPath(segments, path.split('/')));

    const entries = new Map<string, Found | undefined>();
    const seen = new Set<string>();
    /** What was found, and where its entry is. */
    const results = new Map<string, string>();
    const start = patterns.flatMap(parsePattern).map((each): Progress => [each, new Set([0]), new Set(), []]);
    const queue: [string, Progress[]][] = [['.', start]];
    const next = new Map<string, Progress[]>();
    return () => {
      for (let place = queue.pop(); place; place = queue.pop()) {
        for (const progress of place[1]) visit(place[0], progress);
        queue.push(...next);
        next.clear();
      }
      return withFileTypes ? [...results.values()].map((path) => entryAt(path) ?? (null as unknown as Dirent)) : [...results.keys()];
    };

    function entryAt(path: string): Found | undefined {
      let entry = entries.get(path);
      const stat = entry ? undefined : lookAt(process, path, false);
      if (stat) {
        entry = toDirent({ name: path.split('/').findLast(Boolean) ?? '', type: modeToDt(stat.mode) }, parentOf(path), undefined) as Found;
        entries.set(path, entry);
      }
      return entry;
    }

    function listed(path: string): Found[] {
      try {
        return listDirectory(process, path).map((entry) => toDirent(entry, path, undefined) as Found);
      } catch {
        return [];
      }
    }

    /** How many steps it is from the directory that was given. */
    function depth(path: string): number {
      if (isDeep) return 0;
      const [to, root] = [path, cwd].map((each) => each.split('/').filter(Boolean)) as [string[], string[]];
      const same = [...to, ''].findIndex((step, index) => step !== root[index]);
      return to.length + root.length - 2 * same;
    }

    function add(path: string, where = absolute(isSync ? from : cwd, path)): void {
      const full = absolute(cwd, path);
      if (depth(full) <= maxDepth && !excludes(full) && !results.has(path)) results.set(path, where);
    }

    /** Whether this is the first time for what is left of a pattern. */
    function isNew(path: string, rest = ''): boolean {
      return seen.size < seen.add(`${path}\0${rest}`).size;
    }

    function enter(path: string, progress: Progress): void {
      const full = absolute(cwd, path);
      if (excludes(`${full}/`) && entryAt(full)?.isDirectory()) return;
      // As Node: an entry is that of the path in the process's own directory, if it is there.
      const asked = asks && (withFileTypes ? entryAt(path) : path);
      if (asked !== undefined && asks?.(asked)) return;
      next.set(path, [...(next.get(path) ?? []), progress]);
    }

    function visit(path: string, progress: Progress): void {
      const [each, at, linked] = progress;
      const [segments, rests] = each;
      if ([...at].filter((index) => !isNew(path, rests[index])).length > 0) return;
      const full = absolute(cwd, path);
      const entry = entryAt(full);
      const last = segments.length - 1;
      const end = segments[last];
      const first = segments[0];
      const begin = (index: number): Progress => [each, new Set([index]), new Set(), progress[3]];
      const isDirectory =
        entry?.isDirectory() ||
        (entry?.isSymbolicLink() && (followSymlinks ? isDirectoryAt(process, full) : [...at].some((index) => !linked.has(index))));
      const isLast = at.has(last) || (end === '' && isDirectory && at.has(last - 1) && segments[last - 1] === null);
      if (excludes(full)) return;
      if (at.has(0) && ['', '.', '..'].includes(first as string)) return enter(first === '.' ? first : `${first}/`, begin(1));
      if (isLast && typeof end === 'string') {
        if (entryAt(absolute(full, end)) && (end || isDirectory)) add(step(path, end));
        if (at.size === 1 && at.has(last)) return;
      } else if (isLast && end === null && (path !== '.' || first === '.' || (last === 0 && entry))) add(path);

      // What is above the directory that was given is on the way to it.
      const isAbove = first === '' && full !== cwd && cwd.startsWith(join(full, ''));
      if (!isDirectory || !(isAbove || depth(full) < maxDepth)) return;
      let [, , , above] = progress;
      if (followSymlinks) {
        const stat = lookAt(process, full);
        const identity = `${stat?.dev}:${stat?.ino}`;
        if (above.includes(identity)) return;
        above = [...above, identity];
      }

      const only = at.size === 1 ? segments[[...at][0] as number] : undefined;
      if (typeof only === 'string') {
        const child = entryAt(absolute(full, only));
        if (!child) return;
        child.name = only;
        look(child);
      } else listed(full).forEach(look);

      function look(child: Found): void {
        const name = child.name as string;
        const below = step(path, name);
        const belowFull = step(full, name);
        entries.set(belowFull, child);
        const isLink = child.isSymbolicLink();
        const canEnter = child.isDirectory() || (followSymlinks && isLink && isDirectoryAt(process, belowFull));
        const indexes = new Set<number>();
        const links = new Set<number>();
        for (const index of at) {
          const segment = segments[index];
          const after = index + 1;
          const matchesAfter = matchesSegment(segments[after], name);
          if (segment === null) {
            if ((name.startsWith('.') && !matchesAfter) || asks?.(withFileTypes ? child : name)) continue;
            const isFree = !linked.has(index);
            if (isFree && canEnter) indexes.add(index);
            else if (isFree && index === last) add(below);
            if (matchesAfter && after === last && !isLast) add(below);
            else if (matchesAfter && canEnter) indexes.add(after + 1);
            if ((matchesAfter || first === '.') && canEnter && isFree) indexes.add(after);
            if (isLink && !followSymlinks) links.add(index);
            if (segments[after] === '..' && canEnter) {
              // Up from here is above, up from below is here.
              for (const each of [path, step(path, '..')]) {
                if (after < last) {
                  if (!next.has(each) && !seen.has(`${each}\0${rests[after + 1]}`)) next.set(each, [begin(after + 1)]);
                  // As Node: the asynchronous forms look below the given directory for what is above one.
                } else if (isNew(each, rests[after])) add(each, isSync || each === path ? undefined : absolute(from, `./${each}`));
              }
            }
          } else if (matchesSegment(segment, name)) {
            if (index === last) {
              if (typeof segment !== 'string') add(below);
            } else if (canEnter || typeof segment === 'string') indexes.add(after);
          }
        }
        if (indexes.size > 0) enter(below, [each, indexes, links, above]);
      }
    }
  }

  const globSync = (pattern: unknown, options?: unknown): Result[] => find(pattern, options, true)();

  async function* glob(pattern: unknown, options?: unknown): AsyncGenerator<Result, void, undefined> {
    yield* find(pattern, options, false)();
  }

  function globCallback(pattern: unknown, options?: unknown, callback?: unknown): void {
    const done: Callback = checkCallback(typeof options === 'function' ? options : callback, 'callback');
    deliver(done, find(pattern, options === done ? undefined : options, false));
  }

  return { globSync, glob, globCallback };
}

/** One step on, as path.join goes: `..` takes a step back. */
function step(path: string, name: string): string {
  if (name === '') return path;
  return name === '..' || name === '.' ? absolute(path, name) : joinListed(path, name);
}
