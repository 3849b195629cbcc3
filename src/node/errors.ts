/**
 * Errors with the shape of Node's own. libuv: uv_strerror(); Node: UVException and internal/errors.
 *
 * The core throws a stackless `LinuxError`; only here does it become an Error with a stack, once, and the stack
 * starts at the caller of the function that failed.
 */

import { LinuxError } from '../abi/errno.ts';
import { builtin } from './host.ts';

/** What `node:fs` throws when a system call fails. */
export interface SystemCallError extends Error {
  errno: number;
  code: string;
  syscall: string;
  path?: string;
  dest?: string;
}

/** libuv's text for each errno (uv_strerror). The names are Linux's, but for 95, where libuv says ENOTSUP. */
const UV_STRERROR =
  '1 EPERM operation not permitted|2 ENOENT no such file or directory|3 ESRCH no such process|4 EINTR interrupted system call|' +
  '5 EIO i/o error|6 ENXIO no such device or address|7 E2BIG argument list too long|9 EBADF bad file descriptor|' +
  '11 EAGAIN resource temporarily unavailable|12 ENOMEM not enough memory|13 EACCES permission denied|' +
  '14 EFAULT bad address in system call argument|16 EBUSY resource busy or locked|17 EEXIST file already exists|' +
  '18 EXDEV cross-device link not permitted|19 ENODEV no such device|20 ENOTDIR not a directory|' +
  '21 EISDIR illegal operation on a directory|22 EINVAL invalid argument|23 ENFILE file table overflow|' +
  '24 EMFILE too many open files|25 ENOTTY inappropriate ioctl for device|26 ETXTBSY text file is busy|27 EFBIG file too large|' +
  '28 ENOSPC no space left on device|29 ESPIPE invalid seek|30 EROFS read-only file system|31 EMLINK too many links|' +
  '32 EPIPE broken pipe|34 ERANGE result too large|36 ENAMETOOLONG name too long|38 ENOSYS function not implemented|' +
  '39 ENOTEMPTY directory not empty|40 ELOOP too many symbolic links encountered|61 ENODATA no data available|' +
  '71 EPROTO protocol error|75 EOVERFLOW value too large for defined data type|84 EILSEQ illegal byte sequence|' +
  '95 ENOTSUP operation not supported on socket|110 ETIMEDOUT connection timed out|121 EREMOTEIO remote I/O error|' +
  '125 ECANCELED operation canceled';

const strerror: ReadonlyMap<number, readonly [string, string]> = new Map(
  UV_STRERROR.split('|').map((line) => {
    const [errno, code] = line.split(' ', 2) as [string, string];
    return [Number(errno), [code, line.slice(errno.length + code.length + 2)]] as const;
  }),
);

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

/** The same from an errno. */
export function systemCallError(
  errno: number,
  above: AnyFunction | undefined,
  syscall: string,
  path?: string,
  dest?: string,
): SystemCallError {
  const known = strerror.get(errno);
  const unknown = `Unknown system error -${errno}`;
  const code = known === undefined ? (new LinuxError(errno).code ?? unknown) : known[0];
  let message = `${code}: ${known === undefined ? unknown : known[1]}, ${syscall}`;
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
export function codedError(kind: ErrorConstructor, code: string, message: string): Error & { code: string } {
  const error = new kind(message) as Error & { code: string };
  const name = error.name;
  // Node puts the code into the first line of the stack, and into toString(), but not into `name`.
  Object.defineProperty(error, 'name', { value: `${name} [${code}]`, configurable: true, writable: true, enumerable: false });
  V8.captureStackTrace?.(error, codedError);
  void error.stack;
  delete (error as { name?: string }).name;
  Object.defineProperty(error, 'toString', {
    value(this: Error): string {
      return `${this.name} [${code}]: ${this.message}`;
    },
    configurable: true,
    writable: true,
    enumerable: false,
  });
  error.code = code;
  return error;
}

/** True for what a caller did wrong, which callback forms throw at once instead of handing it to the callback. */
export function isArgumentError(error: unknown): boolean {
  if (!(error instanceof TypeError || error instanceof RangeError)) return false;
  return (error as { code?: string }).code !== 'ERR_FS_FILE_TOO_LARGE';
}

/** Node's SystemError: ERR_FS_EISDIR and its kin carry what the system said in `info`. */
export function systemError(
  code: string,
  prefix: string,
  info: { errno: number; code: string; syscall: string; path: string; message: string },
): Error {
  const error = codedError(Error, code, `${prefix}: ${info.syscall} returned ${info.code} (${info.message}) ${info.path}`);
  Object.defineProperty(error, 'name', { value: 'SystemError', configurable: true, writable: true, enumerable: false });
  return Object.assign(error, { info: { ...info }, errno: info.errno, syscall: info.syscall, path: info.path });
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
      const quote = !value.includes("'") ? "'" : !value.includes('"') ? '"' : !value.includes('`') ? '`' : "'";
      const escaped = value.replace(/[\x00-\x1f\x7f\\]/g, (c) => {
        const named = '\b\t\n\f\r\\'.indexOf(c);
        return named >= 0 ? `\\${'btnfr\\'[named]}` : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
      });
      return quote + (quote === "'" ? escaped.replace(/'/g, "\\'") : escaped) + quote;
    }
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'symbol':
      return value.toString();
    case 'function':
      return value.name === '' ? '[Function (anonymous)]' : `[Function: ${value.name}]`;
    case 'object':
      return value === null ? 'null' : inspectObject(value);
    default:
      return String(value);
  }
}

function inspectObject(value: object): string {
  if (value instanceof Uint8Array) {
    const bytes = Array.from(value.subarray(0, 50), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return `<Buffer ${bytes}${value.length > 50 ? ` ... ${value.length - 50} more bytes` : ''}>`;
  }
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(inspect).join(', ')} ]`;
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  const name =
    prototype === null ? '[Object: null prototype] ' : prototype.constructor?.name === 'Object' ? '' : `${prototype.constructor?.name} `;
  const entries = Object.entries(value);
  return entries.length === 0 ? `${name}{}` : `${name}{ ${entries.map(([key, item]) => `${key}: ${inspect(item)}`).join(', ')} }`;
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
  const big =
    typeof value === 'bigint'
      ? value > 4294967296n || value < -4294967296n
      : Number.isInteger(value) && Math.abs(value as number) > 4294967296;
  if (big) text = String(value).replace(/\B(?=(\d{3})+$)/g, '_') + (typeof value === 'bigint' ? 'n' : '');
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${range}. Received ${text}`);
}
