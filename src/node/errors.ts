/**
 * Errors with the shape of Node's own. libuv: uv_strerror(); Node: UVException and internal/errors.
 *
 * The core throws a stackless `LinuxError`; only here does it become an Error with a stack, once, and the stack
 * starts at the caller of the function that failed.
 */

import { EOPNOTSUPP, errnoMessage, errnoName, LinuxError } from '../abi/errno.ts';
import { builtin } from './host.ts';
import { define } from './property.ts';

/** What `node:fs` throws when a system call fails. */
export interface SystemCallError extends Error {
  errno: number;
  code: string;
  syscall: string;
  path?: string;
  dest?: string;
}

/** Where libuv (uv_strerror) says something else than Linux. */
const UV_STRERROR: Readonly<Record<number, string>> = {
  5: 'i/o error',
  12: 'not enough memory',
  14: 'bad address in system call argument',
  16: 'resource busy or locked',
  17: 'file already exists',
  18: 'cross-device link not permitted',
  21: 'illegal operation on a directory',
  23: 'file table overflow',
  26: 'text file is busy',
  29: 'invalid seek',
  34: 'result too large',
  36: 'name too long',
  40: 'too many symbolic links encountered',
  84: 'illegal byte sequence',
  95: 'operation not supported on socket',
  97: 'address family not supported',
  99: 'address not available',
  106: 'socket is already connected',
  107: 'socket is not connected',
  113: 'host is unreachable',
  114: 'connection already in progress',
};
/** libuv knows the errors up to ELOOP and those of sockets (88 to 114), but for these; of the others it knows only these. */
const UV_EXCEPTIONS: readonly number[] = [10, 15, 33, 35, 37, 49, 61, 64, 71, 75, 84, 96, 102, 109, 121, 125];

/** uv_err_name() and uv_strerror(). An errno that libuv does not know is one text in both. */
function uvError(errno: number): [code: string, message: string] {
  if ((errno < 41 || (errno > 87 && errno < 115)) === UV_EXCEPTIONS.includes(errno)) {
    const unknown = `Unknown system error -${errno}`;
    return [unknown, unknown];
  }
  const message = errnoMessage(errno);
  // libuv's only name that is not Linux's.
  return [errno === EOPNOTSUPP ? 'ENOTSUP' : errnoName(errno), UV_STRERROR[errno] ?? message.charAt(0).toLowerCase() + message.slice(1)];
}

export type AnyFunction = (...args: never[]) => unknown;

const V8 = Error as unknown as {
  stackTraceLimit?: number;
  captureStackTrace?: (target: object, above?: unknown) => void;
};

/** An Error whose stack starts at the caller of `above`, for the price of one stack. */
export function errorFrom(message: string, above: AnyFunction | undefined): Error {
  if (V8.captureStackTrace === undefined || above === undefined) return new Error(message);
  const limit = V8.stackTraceLimit;
  V8.stackTraceLimit = 0;
  const error = new Error(message);
  if (limit === undefined) delete V8.stackTraceLimit;
  else V8.stackTraceLimit = limit;
  V8.captureStackTrace(error, above);
  return error;
}

/** A path as a person reads it: a byte that is no UTF-8 (a lone surrogate in the core) shows as U+FFFD, as from Node. */
function readable(path: string): string {
  return (path as unknown as { toWellFormed(): string }).toWellFormed();
}

/** The Node-shaped error for a failed system call; anything but a LinuxError is a programming error and comes back as it is. */
export function failure(cause: unknown, above: AnyFunction, syscall: string, path?: string, dest?: string): unknown {
  if (!(cause instanceof LinuxError)) return cause;
  return systemCallError(cause.errno, above, syscall, path, dest);
}

/** Makes a system call; its failure is Node-shaped. */
export function attempt<T>(call: () => T, above: AnyFunction, syscall: string, path?: string, dest?: string): T {
  try {
    return call();
  } catch (error) {
    throw failure(error, above, syscall, path, dest);
  }
}

/** The same from an errno. */
export function systemCallError(
  errno: number,
  above: AnyFunction | undefined,
  syscall: string,
  path?: string,
  dest?: string,
): SystemCallError {
  const [code, text] = uvError(errno);
  let message = `${code}: ${text}, ${syscall}`;
  if (path !== undefined) message += ` '${readable(path)}'`;
  if (dest !== undefined) message += ` -> '${readable(dest)}'`;
  const error = errorFrom(message, above) as SystemCallError;
  error.errno = -errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = readable(path);
  if (dest !== undefined) error.dest = readable(dest);
  return error;
}

/** An error with a code of Node's own (ERR_…), named as Node prints it. */
export function codedError(kind: ErrorConstructor, code: string, message: string, name: string = kind.name): Error & { code: string } {
  const error = new kind(message) as Error & { code: string };
  // Node puts the code into the first line of the stack, and into toString(), but not into `name`.
  define(error, 'name', `${name} [${code}]`);
  V8.captureStackTrace?.(error, codedError);
  void error.stack;
  delete (error as { name?: string }).name;
  define(error, 'toString', () => `${error.name} [${code}]: ${error.message}`);
  error.code = code;
  return error;
}

/** True for what a caller did wrong, which callback forms throw at once instead of handing it to the callback. */
export function isArgumentError(error: unknown): boolean {
  if (!(error instanceof TypeError || error instanceof RangeError)) return false;
  return (error as { code?: string }).code !== 'ERR_FS_FILE_TOO_LARGE';
}

/** Node's SystemError: ERR_FS_EISDIR and its kin carry what the system said in `info`. */
export function systemError(code: string, prefix: string, errno: number, syscall: string, path: string, message: string): Error {
  const info = { errno, code: errnoName(errno), syscall, path, message };
  const error = codedError(Error, code, `${prefix}: ${syscall} returned ${info.code} (${message}) ${path}`, 'SystemError');
  define(error, 'name', 'SystemError');
  return Object.assign(error, { info, errno, syscall, path });
}

/** What a promise or callback gets when its AbortSignal fires. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason }) as Error & { code: string };
  error.code = 'ABORT_ERR';
  error.name = 'AbortError';
  return error;
}

/** A value as Node's messages quote it: util.inspect, or the little of it that is worth having where there is none. */
export function inspect(value: unknown): string {
  const util = builtin<{ inspect(value: unknown): string }>('util');
  return util === undefined ? inspectPlain(value) : util.inspect(value);
}

function inspectPlain(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const quote = [...'\'"`'].find((each) => !value.includes(each)) ?? "'";
      const escaped = JSON.stringify(value)
        .slice(1, -1)
        .replaceAll('\\"', '"')
        .replace(/\\u00(..)/g, (_, hex: string) => `\\x${hex.toUpperCase()}`);
      return quote + (quote === "'" ? escaped.replaceAll(quote, `\\${quote}`) : escaped) + quote;
    }
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `[Function${value.name === '' ? ' (anonymous)' : `: ${value.name}`}]`;
    case 'object':
      return value === null ? 'null' : inspectObject(value);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function inspectObject(value: object): string {
  const list = Array.isArray(value) || ArrayBuffer.isView(value);
  const items = Object.entries(value).map(([key, item]) => `${list ? '' : `${key}: `}${inspect(item)}`);
  const { name } = (value as { constructor?: { name?: string } }).constructor ?? { name: '[Object: null prototype]' };
  const prefix = name === 'Object' || name === 'Array' ? '' : `${name} `;
  const inside = items.length === 0 ? '' : ` ${items.join(', ')} `;
  return prefix + (list ? `[${inside}]` : `{${inside}}`);
}

function received(value: unknown): string {
  if (value === null || value === undefined) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = (value as { constructor?: { name?: string } }).constructor?.name;
    return name ? `Received an instance of ${name}` : `Received ${inspect(value)}`;
  }
  let text = typeof value === 'string' ? value : inspect(value);
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  if (typeof value === 'string') text = text.includes("'") ? JSON.stringify(text) : `'${text}'`;
  return `Received type ${typeof value} (${text})`;
}

/** ERR_INVALID_ARG_TYPE. `expected` is the part after "must be": "of type string". */
export function invalidArgType(name: string, expected: string, value: unknown): Error {
  const subject = name.endsWith(' argument') ? `The ${name}` : `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', `${subject} must be ${expected}. ${received(value)}`);
}

/** ERR_INVALID_ARG_VALUE. */
export function invalidArgValue(name: string, value: unknown, reason = 'is invalid'): Error {
  let text = inspect(value);
  if (text.length > 128) text = `${text.slice(0, 128)}...`;
  const kind = name.includes('.') ? 'property' : 'argument';
  return codedError(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${text}`);
}

/** ERR_OUT_OF_RANGE. Large numbers are grouped by underscores, as Node does above 2**32. */
export function outOfRange(name: string, range: string, value: unknown): Error {
  let text = inspect(value);
  const isWhole = typeof value === 'bigint' || Number.isInteger(value);
  if (isWhole && ((value as bigint) > 2 ** 32 || (value as bigint) < -(2 ** 32)))
    text = String(value).replace(/\B(?=(\d{3})+$)/g, '_') + (typeof value === 'bigint' ? 'n' : '');
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${range}. Received ${text}`);
}
