/**
 * The callback forms. Arguments are checked at once; the callback gets what the synchronous form returns or throws.
 */

import type { Process } from '../kernel/process.ts';
import {
  type AnyOptions,
  checkFd,
  checkInteger,
  checkObject,
  checkView,
  checkViews,
  isView,
  NO_OPTIONS,
  optionsOf,
  readOptions,
  toPath,
} from './arguments.ts';
import { type Callback, checkCallback, deliver, fairly, wouldBlock } from './deliver.ts';
import { positionOf, readTransfer, type Transfer, writeText, writeTransfer } from './descriptors.ts';
import type { AnyFunction } from './errors.ts';
import { named } from './property.ts';
import { laterForms, type SyncCalls } from './sync.ts';
import { bytesOf, newBuffer } from './text.ts';
import type { Waiting } from './waiting.ts';

type Args = unknown[];
type Call = (...args: never[]) => unknown;

/** These look at their arguments before they look for the callback. */
const EAGER = /^(access|copyFile|f?chmod|fchown|futimes|rm)$/;

/** A call of `required` arguments, `optional` more that may be left out, and then the callback. */
function plain(sync: unknown, name: string, required: number, optional: number): Call {
  const run = sync as (...args: Args) => unknown;
  const called = name === 'opendir' ? 'callback' : 'cb';
  const truncates = /trunc/.test(name);
  const eager = EAGER.test(name);
  const call = (...args: Args): void => {
    // Before the file is opened.
    if (truncates && args[1] !== undefined && typeof args[1] !== 'function') checkInteger(args[1], 'len');
    if (eager) {
      const first = args.slice(0, required);
      if (first.length < required || first.some((each) => typeof each === 'function')) run(...first);
    }
    let at = required;
    while (at < required + optional && typeof args[at] !== 'function') at++;
    const callback = checkCallback(args[at], called);
    deliver(callback, () => run(...args.slice(0, at)));
  };
  // What has a default does not count.
  return named(call, name, /stat|^ftr/.test(name) ? 1 : required + optional + 1);
}

/** Node's util.promisify gives these an object for a result. */
const PROMISIFIED: Readonly<Record<string, readonly string[]>> = {
  read: ['bytesRead', 'buffer'],
  write: ['bytesWritten', 'buffer'],
  readv: ['bytesRead', 'buffers'],
  writev: ['bytesWritten', 'buffers'],
};

const promisifyCustom: symbol = Symbol.for('nodejs.util.promisify.custom');

function promisify(calls: Record<string, Call>): void {
  for (const [name, names] of Object.entries(PROMISIFIED)) {
    const call = calls[name] as unknown as (...args: Args) => void;
    const value = (...args: Args): Promise<object> =>
      new Promise((resolve, reject) => {
        call(...args, (error: unknown, ...results: unknown[]) => {
          if (error) reject(error);
          else resolve(Object.fromEntries(names.map((each, index) => [each, results[index]])));
        });
      });
    Object.defineProperty(call, promisifyCustom, { value });
  }
  const exists = calls['exists'] as unknown as (path: unknown, done: (found: boolean) => void) => void;
  Object.defineProperty(exists, promisifyCustom, { value: (path: unknown) => new Promise((resolve) => exists(path, resolve)) });
}

export type CallbackCalls = Record<string, (...args: never[]) => unknown>;

/** The calls that are their synchronous form and a callback: how many arguments they need, how many more they take, and their names. */
const PLAIN = [
  [1, 0, 'unlink fsync fdatasync'],
  [1, 1, 'lstat stat fstat statfs rmdir readlink readdir mkdir mkdtemp rm opendir access truncate ftruncate'],
  [2, 0, 'rename link chmod fchmod'],
  [2, 1, 'symlink copyFile'],
  [3, 0, 'chown fchown lchown utimes futimes lutimes'],
] as const;

export function callbackCalls(process: Process, sync: SyncCalls, waiting: Waiting): CallbackCalls {
  const calls: Record<string, Call> = {};
  const later = fairly();
  const forms = laterForms(sync, Object);
  for (const [required, optional, names] of PLAIN) {
    for (const name of names.split(' ')) {
      calls[name] = plain((forms as unknown as Record<string, Call>)[`${name}Sync`], name, required, optional);
    }
  }

  const { realpathSync } = sync;
  calls['realpath'] = Object.assign(plain(realpathSync, 'realpath', 1, 1), { native: plain(realpathSync.native, 'native', 1, 1) });

  function exists(path: unknown, callback: unknown): void {
    const done = checkCallback(callback) as unknown as (found: boolean) => void;
    const found = sync.existsSync(path);
    queueMicrotask(() => done(found));
  }

  function close(fd: unknown, callback: unknown = ignore): void {
    deliver(checkCallback(callback), () => sync.closeSync(fd));
  }

  function open(path: unknown, flags?: unknown, mode?: unknown, callback?: unknown): void {
    // biome-ignore lint/complexity/noArguments: which argument is the callback depends on their count.
    const count = arguments.length;
    toPath(path);
    const done = count < 3 ? flags : typeof mode === 'function' ? mode : callback;
    deliver(checkCallback(done), () => waiting.open(path, count < 3 ? 'r' : flags, done === callback ? mode : 0o666));
  }

  /** A transfer, then `(error, count, buffer)`. */
  function transfer(direction: 'read' | 'write', fd: number, what: Transfer, callback: Callback, buffer: unknown): void {
    const above = (direction === 'read' ? read : write) as AnyFunction;
    deliver(callback, () => waiting.transfer(direction, fd, what, above), [buffer], later);
  }

  /** fs.read(fd, [buffer, [offset, length, position]] | [buffer, options] | options, callback): Node tells them apart by their count. */
  function read(fd: unknown, ...rest: unknown[]): void {
    const descriptor = checkFd(fd);
    const named = rest.length <= 3;
    const callback = rest[named ? rest.length - 1 : 4];
    let view = rest[0];
    let options = rest[1];
    if (rest.length === 3) {
      if (options !== null) checkObject(options, 'options');
    } else if (named) {
      options = NO_OPTIONS;
      if (rest.length === 1 || !isView(view)) {
        if (rest.length === 2) options = checkObject(view ?? {}, 'options');
        ({ buffer: view = newBuffer() } = options as AnyOptions);
      }
    }
    checkView(view);
    const done = checkCallback(callback);
    const planned = readTransfer(view, options, rest[2], rest[3], named);
    if (planned.position === -2) return queueMicrotask(() => done(null, 0, view));
    transfer('read', descriptor, planned, done, view);
  }

  /** fs.write(fd, buffer[, offset[, length[, position]]] | buffer[, options] | text[, position[, encoding]], callback). */
  function write(fd: unknown, buffer: unknown, ...rest: unknown[]): void {
    const descriptor = checkFd(fd);
    const [first, second, third] = rest.map((argument) => (typeof argument === 'function' ? undefined : argument));
    const callback = rest.findLast((argument) => typeof argument === 'function');
    const bytes = isView(buffer);
    const done = bytes ? checkCallback(rest[3] ?? callback) : (callback as Callback);
    const what = bytes ? writeTransfer(buffer, first, second, third) : writeText(buffer, first, second);
    transfer('write', descriptor, what, checkCallback(done), buffer);
  }

  function vector(direction: 'read' | 'write', fd: unknown, buffers: unknown, position: unknown, callback: unknown): void {
    const descriptor = checkFd(fd);
    const views = checkViews(buffers);
    const done = checkCallback(callback || position);
    const at = positionOf(position);
    const run = direction === 'read' ? sync.readvSync : sync.writevSync;
    deliver(done, () => {
      try {
        return run(descriptor, views, at);
      } catch (error) {
        const first = views.find((view) => view.byteLength > 0);
        if (first === undefined || at >= 0 || !wouldBlock(process, error, descriptor)) throw error;
        return waiting.transfer(direction, descriptor, { bytes: bytesOf(first), position: -1 }, run);
      }
    }, [buffers]);
  }

  function readv(fd: unknown, buffers: unknown, position?: unknown, callback?: unknown): void {
    vector('read', fd, buffers, position, callback);
  }

  function writev(fd: unknown, buffers: unknown, position?: unknown, callback?: unknown): void {
    vector('write', fd, buffers, position, callback);
  }

  function readFile(path: unknown, options?: unknown, callback?: unknown): void {
    const done = checkCallback(callback ?? options);
    const given = readOptions(options);
    const signal = given['signal'] as AbortSignal | undefined;
    if (typeof path !== 'number') toPath(path);
    deliver(done, () => waiting.readFile(path, given, signal));
  }

  function writing(run: SyncCalls['writeFileSync'], path: unknown, data: unknown, options: unknown, callback: unknown): void {
    const done = checkCallback(callback ?? options);
    const given = optionsOf(options);
    const signal = given['signal'] as AbortSignal | undefined;
    deliver<void>(done, () => (signal === undefined ? run(path, data, given) : waiting.writeFile(run, path, data, given, signal)));
  }

  function writeFile(path: unknown, data: unknown, options?: unknown, callback?: unknown): void {
    writing(sync.writeFileSync, path, data, options, callback);
  }

  function appendFile(path: unknown, data: unknown, options?: unknown, callback?: unknown): void {
    writing(sync.appendFileSync, path, data, options, callback);
  }

  function cp(src: unknown, dest: unknown, options?: unknown, callback?: unknown): void {
    const done = checkCallback(typeof options === 'function' ? options : callback);
    const given = typeof options === 'function' ? undefined : options;
    sync.checkCp(src, dest, given);
    deliver(done, () => sync.cpAsync(src, dest, given));
  }

  named(read, 'read', 6);
  named(write, 'write', 6);
  const all = { ...calls, exists, close, open, read, write, readv, writev, readFile, writeFile, appendFile, cp } as CallbackCalls;
  promisify(all as Record<string, Call>);
  return all;
}

function ignore(error: unknown): void {
  if (error) throw error;
}
