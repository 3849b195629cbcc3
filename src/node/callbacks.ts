/**
 * The callback forms. Arguments are checked at once; the callback gets what the synchronous form returns or throws.
 */

import type { Process } from '../kernel/process.ts';
import {
  checkBoolean,
  checkFd,
  checkId,
  checkInteger,
  checkObject,
  checkSignal,
  checkView,
  checkViews,
  isView,
  optionsOf,
  parseMode,
  toPath,
} from './arguments.ts';
import { type Callback, checkCallback, deliver, fairly, settle, wouldBlock } from './deliver.ts';
import { readTransfer, type Transfer, vectorPosition, writeText, writeTransfer } from './descriptors.ts';
import type { SyncCalls } from './sync.ts';
import { bytesOf } from './text.ts';
import type { Waiting } from './waiting.ts';
import { failure } from './errors.ts';

type Args = unknown[];
type Call = (...args: never[]) => unknown;

/** A call of `required` arguments, `optional` more that may be left out, and then the callback. */
function plain(sync: Call, required: number, optional: number, check?: (...args: Args) => void, called = 'cb'): (...args: Args) => void {
  const run = sync as (...args: Args) => unknown;
  return (...args) => {
    check?.(...args);
    let at = required;
    while (at < required + optional && typeof args[at] !== 'function') at++;
    const callback = checkCallback(args[at], called);
    deliver(callback, () => run(...args.slice(0, at)));
  };
}

/** Where Node looks at an argument before it looks at the callback. */
const CHECKED_FIRST: Readonly<Record<string, (...args: Args) => void>> = {
  fchmod(fd, mode) {
    checkFd(fd);
    parseMode(mode, 'mode');
  },
  fchown(fd, uid, gid) {
    checkFd(fd);
    checkId(uid, 'uid');
    checkId(gid, 'gid');
  },
  ftruncate(_fd, len) {
    if (len !== undefined && typeof len !== 'function') checkInteger(len, 'len');
  },
  truncate(_path, len) {
    if (len !== undefined && typeof len !== 'function') checkInteger(len, 'len');
  },
};

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

export function callbackCalls(process: Process, sync: SyncCalls, waiting: Waiting): CallbackCalls {
  const calls: Record<string, Call> = {};
  const later = fairly();
  const define = (name: string, required: number, optional: number): void => {
    const run = plain(
      (sync as unknown as Record<string, Call>)[`${name}Sync`] as Call,
      required,
      optional,
      CHECKED_FIRST[name],
      name === 'opendir' ? 'callback' : 'cb',
    );
    Object.defineProperty(run, 'name', { value: name, configurable: true });
    calls[name] = run as Call;
  };
  for (const name of [
    'unlink',
    'fsync',
    'fdatasync',
    'lstat',
    'stat',
    'fstat',
    'statfs',
    'rmdir',
    'readlink',
    'readdir',
    'mkdir',
    'mkdtemp',
    'rm',
    'opendir',
    'access',
    'truncate',
    'ftruncate',
  ]) {
    define(name, 1, name === 'unlink' || name === 'fsync' || name === 'fdatasync' ? 0 : 1);
  }
  for (const name of ['rename', 'link', 'chmod', 'fchmod']) define(name, 2, 0);
  for (const name of ['symlink', 'copyFile']) define(name, 2, 1);
  for (const name of ['chown', 'fchown', 'lchown', 'utimes', 'futimes', 'lutimes']) define(name, 3, 0);

  calls['realpath'] = Object.assign(plain(sync.realpathSync as Call, 1, 1), {
    native: plain(sync.realpathSync.native as Call, 1, 1),
  }) as Call;

  function exists(path: unknown, callback: unknown): void {
    const done = checkCallback(callback) as unknown as (found: boolean) => void;
    const found = sync.existsSync(path);
    queueMicrotask(() => done(found));
  }

  function close(fd: unknown, callback?: unknown): void {
    const done = callback === undefined ? ignore : checkCallback(callback);
    deliver(done, () => sync.closeSync(fd));
  }

  function open(path: unknown, flags?: unknown, mode?: unknown, callback?: unknown): void {
    // biome-ignore lint/complexity/noArguments: which argument is the callback depends on their count.
    const count = arguments.length;
    let given = flags;
    let permissions = mode;
    let done = callback;
    if (count < 3) {
      done = flags;
      given = 'r';
      permissions = 0o666;
    } else if (typeof mode === 'function') {
      done = mode;
      permissions = 0o666;
    }
    waiting.open(checkCallback(done), path, given, permissions);
  }

  /** A transfer, then `(error, count, buffer)`. */
  function transfer(direction: 'read' | 'write', fd: number, what: Transfer, callback: Callback, buffer: unknown): void {
    const above = direction === 'read' ? read : write;
    const done = (error: unknown, count?: number): void => {
      if (error) later(() => callback(error));
      else later(() => callback(null, count, buffer));
    };
    try {
      done(null, waiting.now(direction, fd, what));
    } catch (error) {
      if (!wouldBlock(process, error, fd) || what.position >= 0) return done(failure(error, above as Call, direction));
      waiting.later(direction, fd, what).then(
        (count) => done(null, count),
        (cause: unknown) => done(failure(cause, above as Call, direction)),
      );
    }
  }

  function read(fd: unknown, buffer?: unknown, offsetOrOptions?: unknown, length?: unknown, position?: unknown, callback?: unknown): void {
    const descriptor = checkFd(fd);
    // biome-ignore lint/complexity/noArguments: Node tells the forms apart by their count.
    const count = arguments.length;
    let view = buffer;
    let done = callback;
    let what: unknown[];
    if (count <= 4) {
      if (count === 4) {
        // fs.read(fd, buffer, options, callback)
        if (offsetOrOptions !== undefined && offsetOrOptions !== null) checkObject(offsetOrOptions, 'options');
        done = length;
        what = [offsetOrOptions, undefined, undefined];
      } else if (count === 3) {
        // fs.read(fd, options, callback) or fs.read(fd, buffer, callback)
        done = offsetOrOptions;
        what = [undefined, undefined, undefined];
        if (!isView(buffer)) {
          const options = buffer === undefined || buffer === null ? {} : checkObject(buffer, 'options');
          view = options['buffer'] === undefined ? newBuffer() : options['buffer'];
          what = [options, undefined, undefined];
        }
      } else {
        done = buffer;
        view = newBuffer();
        what = [undefined, undefined, undefined];
      }
    } else what = [offsetOrOptions, length, position];
    checkView(view);
    const checked = checkCallback(done);
    const planned = readTransfer(view, what[0], what[1], what[2], count <= 4);
    if (planned.position === -2) return queueMicrotask(() => checked(null, 0, view));
    transfer('read', descriptor, planned, checked, view);
  }

  function write(fd: unknown, buffer: unknown, offsetOrOptions?: unknown, length?: unknown, position?: unknown, callback?: unknown): void {
    const descriptor = checkFd(fd);
    const last = [callback, position, length, offsetOrOptions].find((argument) => typeof argument === 'function');
    const without = (argument: unknown): unknown => (typeof argument === 'function' ? undefined : argument);
    if (isView(buffer)) {
      const done = checkCallback(callback ?? last);
      return transfer(
        'write',
        descriptor,
        writeTransfer(buffer, without(offsetOrOptions), without(length), without(position)),
        done,
        buffer,
      );
    }
    const what = writeText(buffer, without(offsetOrOptions), without(length));
    transfer('write', descriptor, what, checkCallback(last), buffer);
  }

  function vector(direction: 'read' | 'write', fd: unknown, buffers: unknown, position: unknown, callback: unknown): void {
    const descriptor = checkFd(fd);
    const views = checkViews(buffers);
    const done = checkCallback(typeof position === 'function' ? position : callback);
    const at = vectorPosition(position);
    const run = direction === 'read' ? sync.readvSync : sync.writevSync;
    try {
      const count = run(descriptor, views, at);
      queueMicrotask(() => done(null, count, buffers));
    } catch (error) {
      const first = views.find((view) => view.byteLength > 0);
      if (first === undefined || at >= 0 || !wouldBlock(process, error, descriptor)) return queueMicrotask(() => done(error));
      transfer(direction, descriptor, { bytes: bytesOf(first), position: -1 }, done, buffers);
    }
  }

  function readv(fd: unknown, buffers: unknown, position?: unknown, callback?: unknown): void {
    vector('read', fd, buffers, position, callback);
  }

  function writev(fd: unknown, buffers: unknown, position?: unknown, callback?: unknown): void {
    vector('write', fd, buffers, position, callback);
  }

  function readFile(path: unknown, options?: unknown, callback?: unknown): void {
    const done = checkCallback(callback ?? options);
    const given = optionsOf(options);
    const signal = checkSignal(given['signal']);
    if (typeof path !== 'number') toPath(path);
    settle(done, waiting.readFile(path, given, signal));
  }

  function writing(name: 'writeFile' | 'appendFile', path: unknown, data: unknown, options: unknown, callback: unknown): void {
    const done = checkCallback(callback ?? options);
    const given = optionsOf(options);
    const signal = checkSignal(given['signal']);
    if (given['flush'] !== undefined && given['flush'] !== null) checkBoolean(given['flush'], 'options.flush');
    if (signal !== undefined) return settle(done, waiting.writeFile(name, path, data, given, signal));
    deliver(done, () => (name === 'writeFile' ? sync.writeFileSync : sync.appendFileSync)(path, data, given));
  }

  function writeFile(path: unknown, data: unknown, options?: unknown, callback?: unknown): void {
    writing('writeFile', path, data, options, callback);
  }

  function appendFile(path: unknown, data: unknown, options?: unknown, callback?: unknown): void {
    writing('appendFile', path, data, options, callback);
  }

  function cp(src: unknown, dest: unknown, options?: unknown, callback?: unknown): void {
    const done = checkCallback(typeof options === 'function' ? options : callback);
    const given = typeof options === 'function' ? undefined : options;
    sync.checkCp(src, dest, given);
    settle(done, sync.cpAsync(src, dest, given));
  }

  const all = { ...calls, exists, close, open, read, write, readv, writev, readFile, writeFile, appendFile, cp } as CallbackCalls;
  promisify(all as Record<string, Call>);
  return all;
}

function newBuffer(): Uint8Array {
  const { Buffer } = globalThis as { Buffer?: BufferConstructor };
  return Buffer === undefined ? new Uint8Array(16384) : Buffer.alloc(16384);
}

function ignore(error: unknown): void {
  if (error !== null && error !== undefined) throw error;
}
