/**
 * watch, watchFile: on the core's event hook, which tells what inotify would.
 */

import {
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT, Stat } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import type { DirectoryDentry } from '../vfs/dentry.ts';
import type { FilesystemEvent } from '../vfs/events.ts';
import { LOOKUP_FOLLOW, lookupAt } from '../vfs/walk.ts';
import { checkFunction, encodingOf, flagOf, optionsOf, toPath } from './arguments.ts';
import { lookAt } from './directories.ts';
import { abortError, codedError, failure, invalidArgType, invalidArgValue } from './errors.ts';
import { matchesPath, parsePattern } from './glob-pattern.ts';
import { EventEmitter } from './host.ts';
import { BigIntStats, type Stats, toStats } from './stats.ts';
import { nameOut } from './text.ts';

type Listener = (...args: never[]) => void;
type Emitter = InstanceType<typeof EventEmitter>;

export interface Watching {
  watch(path: unknown, options?: unknown, listener?: unknown): Emitter;
  watchAsync(path: unknown, options?: unknown): AsyncIterable<{ eventType: string; filename: unknown }>;
  watchFile(path: unknown, options?: unknown, listener?: unknown): Emitter;
  unwatchFile(path: unknown, listener?: unknown): void;
}

const CHANGE: number = IN_MODIFY | IN_ATTRIB;
const RENAME: number = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
/** For libuv every bit but those two is a new name, also the one that says that it is about a directory. */
const NO_CHANGE: number = RENAME | IN_ISDIR;

abstract class Watcher extends EventEmitter {
  #stop: (() => void) | undefined;

  constructor(stop?: () => void) {
    super();
    this.#stop = stop;
  }

  get closed(): boolean {
    return this.#stop === undefined;
  }

  /** Ends the watching; the event that says so is emitted once. */
  protected end(event: string): void {
    const stop = this.#stop;
    if (stop === undefined) return;
    this.#stop = undefined;
    stop();
    queueMicrotask(() => this.emit(event));
  }

  /** Watching inside a process keeps no event loop alive: there is nothing to hold or let go. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

class FSWatcher extends Watcher {
  close(): void {
    this.end('close');
  }
}

class StatWatcher extends Watcher {
  stop(): void {
    this.end('stop');
  }
}

/** The `ignore` option as one question: globs, expressions, functions, or several of them. */
function ignoring(ignore: unknown): (name: string) => boolean {
  if (ignore === undefined || ignore === null) return () => false;
  const tests = (Array.isArray(ignore) ? ignore : [ignore]).map((each: unknown, index): ((name: string) => boolean) => {
    if (typeof each === 'function') return (name) => Boolean(each(name));
    if (each instanceof RegExp) return (name) => each.test(name);
    if (each === '') throw invalidArgValue('options.ignore', each, 'must be a non-empty string');
    if (typeof each !== 'string') {
      throw invalidArgType(
        Array.isArray(ignore) ? `options.ignore[${index}]` : 'options.ignore',
        'of type string or function or an instance of RegExp',
        each,
      );
    }
    const patterns = parsePattern(each);
    // A pattern without a slash is about the last name of a path.
    return (name) => patterns.some(([segments]) => matchesPath(segments, name.split('/').slice(each.includes('/') ? 0 : -1)));
  });
  return (name) => tests.some((test) => test(name));
}

export function watchCalls(process: Process): Watching {
  /** Files under watchFile by path. */
  const watched = new Map<string, StatWatcher>();

  /** Calls back for each event at a place or, recursively, below it. The path that is watched must exist. */
  function listen(path: string, recursive: boolean, notify: (type: 'change' | 'rename', name: string) => void): () => void {
    const { dentry } = lookupAt(process, process.cwd, path, LOOKUP_FOLLOW);
    const { inode } = dentry;
    const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
    const own = dentry.name;
    const below = (event: FilesystemEvent): string | undefined => {
      if (event.directory === inode && isDirectory) return event.name;
      if (event.inode === inode) return isDirectory && (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)) === 0 ? undefined : own;
      return recursive && isDirectory && event.directory !== null ? pathBelow(event) : undefined;
    };
    /** The event's path under the watched directory: found by walking down, because inodes know no names. */
    const pathBelow = (event: FilesystemEvent): string | undefined => {
      const queue: [typeof dentry, string][] = [[dentry, '']];
      for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
        const [directory, prefix] = entry;
        if (directory.inode === event.directory) return `${prefix}${event.name}`;
        for (const child of (directory as DirectoryDentry).dentries())
          if ((child.inode.mode & S_IFMT) === S_IFDIR) queue.push([child, `${prefix}${child.name}/`]);
      }
      return undefined;
    };
    return process.vfs.listen((event) => {
      if ((event.mask & (CHANGE | RENAME)) === 0) return;
      const type = (event.mask & NO_CHANGE) === 0 ? 'change' : 'rename';
      // Who hears of it is inotify's rule: a name's coming and going is its directory's business.
      if (event.inode !== inode && (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) !== 0) return;
      const name = below(event);
      if (name !== undefined) notify(type, name);
    });
  }

  function watch(path: unknown, options?: unknown, listener?: unknown): FSWatcher {
    const given = optionsOf(options);
    const callback = typeof options === 'function' ? options : listener;
    const where = toPath(path);
    for (const name of ['persistent', 'recursive']) flagOf(given, name);
    const signal = given['signal'] as AbortSignal | undefined;
    const encoding = encodingOf(given);
    const ignored = ignoring(given['ignore']);
    let stop: () => void = () => undefined;
    const watcher: FSWatcher = new FSWatcher(() => stop());
    try {
      stop = listen(where, given['recursive'] === true, (type, name) => {
        if (ignored(name)) return;
        queueMicrotask(() => {
          if (!watcher.closed) watcher.emit('change', type, nameOut(name, encoding));
        });
      });
    } catch (error) {
      const failed = failure(error, watch, 'watch', where) as { filename?: string };
      failed.filename = where;
      throw failed;
    }
    if (callback !== undefined) watcher.on('change', checkFunction(callback, 'listener') as Listener);
    if (signal?.aborted === true) queueMicrotask(() => watcher.close());
    else signal?.addEventListener('abort', () => watcher.close(), { once: true });
    return watcher;
  }

  async function* watchAsync(path: unknown, options?: unknown): AsyncGenerator<{ eventType: string; filename: unknown }, void, undefined> {
    const given = optionsOf(options);
    const signal = given['signal'] as AbortSignal | undefined;
    for (const name of ['persistent', 'recursive']) flagOf(given, name);
    const { maxQueue = 2048, overflow = 'ignore' } = given;
    if (typeof maxQueue !== 'number') throw invalidArgType('options.maxQueue', 'of type number', maxQueue);
    if (overflow !== 'ignore' && overflow !== 'throw')
      throw invalidArgValue('options.overflow', overflow, "must be one of: 'ignore', 'throw'");
    toPath(path);
    encodingOf(given);
    if (signal?.aborted === true) throw abortError(signal);
    const events: { eventType: string; filename: unknown }[] = [];
    let wake: (() => void) | undefined;
    let overflowed = false;
    const { signal: _signal, ...rest } = given;
    const watcher = watch(path, rest, (eventType: string, filename: unknown) => {
      if (events.length >= maxQueue) {
        overflowed ||= overflow === 'throw';
        return wake?.();
      }
      events.push({ eventType, filename });
      wake?.();
    });
    const abort = (): void => wake?.();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (;;) {
        if (overflowed as boolean) throw codedError(Error, 'ERR_FS_WATCH_QUEUE_OVERFLOW', `fs.watch() queued more than ${maxQueue} events`);
        while (events.length > 0) yield events.shift() as { eventType: string; filename: unknown };
        if ((signal as AbortSignal | undefined)?.aborted === true) throw abortError(signal as AbortSignal);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      watcher.close();
    }
  }

  function statsOf(stat: Stat | undefined, bigint: boolean): Stats | BigIntStats {
    const of = stat ?? new Stat();
    return bigint ? new BigIntStats(of) : toStats(of);
  }

  /** Node polls; here every change is known when it is made, and the listener hears of those that changed what stat says. */
  function watchFile(path: unknown, options?: unknown, listener?: unknown): StatWatcher {
    const where = toPath(path);
    const callback = checkFunction(typeof options === 'function' ? options : listener, 'listener');
    const bigint = typeof options === 'object' && (options as { bigint?: boolean } | null)?.bigint === true;
    const known = watched.get(where);
    if (known !== undefined) {
      known.on('change', callback as Listener);
      return known;
    }
    let previous = lookAt(process, where);
    let pending = false;
    const check = (): void => {
      pending = false;
      const current = lookAt(process, where);
      if (sameStat(previous, current)) return;
      const before = previous;
      previous = current;
      watcher.emit('change', statsOf(current, bigint), statsOf(before, bigint));
    };
    const stop = process.vfs.listen(() => {
      if (pending) return;
      pending = true;
      queueMicrotask(check);
    });
    const watcher: StatWatcher = new StatWatcher(stop);
    watcher.on('change', callback as Listener);
    watched.set(where, watcher);
    // As Node: a file that is not there is reported once, with zeros.
    if (previous === undefined) queueMicrotask(() => watcher.emit('change', statsOf(undefined, bigint), statsOf(undefined, bigint)));
    return watcher;
  }

  function unwatchFile(path: unknown, listener?: unknown): void {
    const where = toPath(path);
    const watcher = watched.get(where);
    if (watcher === undefined) return;
    if (typeof listener === 'function') watcher.removeListener('change', listener as Listener);
    else watcher.removeAllListeners('change');
    if (watcher.listenerCount('change') > 0) return;
    watched.delete(where);
    watcher.stop();
  }

  return { watch, watchAsync, watchFile, unwatchFile };
}

function sameStat(a: Stat | undefined, b: Stat | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (Object.keys(a) as (keyof Stat)[]).every((key) => key.startsWith('atime') || a[key] === b[key]);
}
