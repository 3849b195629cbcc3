/**
 * What Node checks before it makes a system call: paths, descriptors, flags, modes, times, views and options. The texts are Node's.
 */

import { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { decodeName } from '../abi/name.ts';
import { type Timespec, UTIME_NOW, UTIME_OMIT } from '../abi/time.ts';
import type { Process } from '../kernel/process.ts';
import { codedError, invalidArgType, invalidArgValue, outOfRange } from './errors.ts';
import { checkedEncoding, type Encoding } from './text.ts';

export type AnyOptions = Record<string, unknown>;

export const INT32_MAX = 0x7fffffff;
const UINT32_MAX = 0xffffffff;

/** What these functions are made for: a kernel has no credentials, nor has Node's own `process`. */
export function checkProcess(process: Process): void {
  if (!process?.creds) throw invalidArgType('process', 'what kernel.spawn() returns', process);
}

/** A path as the core takes it. */
export function toPath(path: unknown, name = 'path'): string {
  if (typeof path === 'string') {
    if (path.indexOf('\0') === -1) return path;
    throw nulByte(path, name);
  }
  return pathOfObject(path, name);
}

function nulByte(path: unknown, name: string): Error {
  return invalidArgValue(name, path, 'must be a string, Uint8Array, or URL without null bytes');
}

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function pathOfObject(path: unknown, name: string): string {
  if (isBytes(path)) {
    if (path.includes(0)) throw nulByte(path, name);
    return decodeName(path);
  }
  if (isUrl(path)) return toPath(pathOfUrl(path), name);
  throw invalidArgType(name, 'of type string or an instance of Buffer or URL', path);
}

export function isUrl(value: unknown): value is URL {
  if (value === null || typeof value !== 'object') return false;
  const url = value as Partial<URL> & { auth?: unknown; path?: unknown };
  return Boolean(url.href && url.protocol && url.auth === undefined && url.path === undefined);
}

/** Node's fileURLToPath, as on Linux. */
function pathOfUrl(url: URL): string {
  if (url.protocol !== 'file:') throw codedError(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  if (url.hostname !== '') {
    throw codedError(TypeError, 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux');
  }
  const { pathname } = url;
  if (/%2f/i.test(pathname)) {
    throw Object.assign(codedError(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters'), {
      input: url,
    });
  }
  return decodeURIComponent(pathname);
}

/** A descriptor: 0 to 2**31 - 1. */
export function checkFd(fd: unknown): number {
  if (typeof fd === 'number' && fd >= 0 && fd <= INT32_MAX && fd === (fd | 0)) return fd | 0;
  return checkInteger(fd, 'fd', 0, INT32_MAX);
}

/** An integer within bounds, or ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. */
export function checkInteger(
  value: unknown,
  name: string,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isInteger(checkType(value, name, 'number'))) throw outOfRange(name, 'an integer', value);
  if ((value as number) < min || (value as number) > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
  return value as number;
}

export function checkType(value: unknown, name: string, type: string): unknown {
  if (typeof value !== type) throw invalidArgType(name, `of type ${type}`, value);
  return value;
}

export function checkBoolean(value: unknown, name: string): boolean {
  return checkType(value, name, 'boolean') as boolean;
}

export function checkFunction(value: unknown, name: string): (...args: never[]) => unknown {
  return checkType(value, name, 'function') as (...args: never[]) => unknown;
}

export function checkString(value: unknown, name: string): string {
  return checkType(value, name, 'string') as string;
}

/** Options that are an object, or nothing. */
export function objectOptions(options: unknown): AnyOptions {
  return options === undefined ? NO_OPTIONS : checkObject(options, 'options');
}

/** A boolean among the options. */
export function flagOf(options: AnyOptions, name: string, absent = false): boolean {
  const value = options[name];
  return value === undefined ? absent : checkBoolean(value, `options.${name}`);
}

export function checkObject(value: unknown, name: string): AnyOptions {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalidArgType(name, 'of type object', value);
  return value as AnyOptions;
}

/** uid_t or gid_t: -1 means unchanged. */
export function checkId(value: unknown, name: string): number {
  return checkInteger(value, name, -1, UINT32_MAX) >>> 0;
}

/** Permission bits: a number, or a string of octal digits. */
export function parseMode(value: unknown, name: string, absent?: number): number {
  if ((value === undefined || value === null) && absent !== undefined) return absent;
  let mode = value ?? undefined;
  if (typeof mode === 'string') {
    if (!/^[0-7]+$/.test(mode)) throw invalidArgValue(name, mode, 'must be a 32-bit unsigned integer or an octal string');
    mode = Number.parseInt(mode, 8);
  }
  return checkInteger(mode, name, 0, UINT32_MAX);
}

/** The mode of access and copyFile, which Node's binding checks: 0 to 7. */
export function checkSmallMode(mode: unknown): number {
  if (mode === undefined || mode === null) return 0;
  if (typeof mode !== 'number' || !Number.isInteger(mode)) {
    throw Object.assign(new TypeError('mode must be int32 or null/undefined'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  if (mode < 0 || mode > 7) throw Object.assign(new RangeError('mode is out of range: >= 0 && <= 7'), { code: 'ERR_OUT_OF_RANGE' });
  return mode;
}

/** `r+`, `wx` and the like, with their letters in either order. */
const FLAGS: Readonly<Record<string, number>> = Object.create(null);
for (const letters of ['r', 'rs', 'sr', 'w', 'wx', 'xw', 'a', 'ax', 'xa', 'as', 'sa']) {
  const bits =
    (letters.includes('w') ? O_CREAT | O_TRUNC : 0) |
    (letters.includes('a') ? O_CREAT | O_APPEND : 0) |
    (letters.includes('x') ? O_EXCL : 0) |
    (letters.includes('s') ? O_SYNC : 0);
  Object.assign(FLAGS, { [letters]: bits | (letters.includes('r') ? O_RDONLY : O_WRONLY), [`${letters}+`]: bits | O_RDWR });
}

/** `'r+'` or a number of O_ bits. */
export function parseFlags(flags: unknown, name = 'flags'): number {
  if (typeof flags === 'number') return checkInteger(flags, name, -0x80000000, INT32_MAX);
  if (flags === undefined || flags === null) return O_RDONLY;
  const known = typeof flags === 'string' ? FLAGS[flags] : undefined;
  if (known === undefined) throw invalidArgValue(name, flags);
  return known;
}

/** Options that are an encoding, an object, or nothing. A function is a callback and means nothing. */
export function optionsOf(options: unknown): AnyOptions {
  if (options === undefined || options === null || typeof options === 'function') return NO_OPTIONS;
  if (typeof options === 'string') {
    checkedEncoding(options);
    return { encoding: options };
  }
  if (typeof options !== 'object') throw invalidArgType('options', 'one of type string or object', options);
  const { encoding, signal } = options as AnyOptions;
  checkedEncoding(encoding);
  if (signal !== undefined) checkSignal(signal);
  return options as AnyOptions;
}

export function checkSignal(signal: unknown): AbortSignal {
  if (!('aborted' in Object(signal))) throw invalidArgType('options.signal', 'an instance of AbortSignal', signal);
  return signal as AbortSignal;
}

/** The options of readFile, which may name memory for what is read. */
export function readOptions(options: unknown): AnyOptions {
  const given = optionsOf(options);
  const { buffer } = given;
  if (buffer !== undefined && typeof buffer !== 'function' && !isView(buffer)) {
    throw invalidArgType('options.buffer', 'of type function or an instance of Buffer, TypedArray, or DataView', buffer);
  }
  return given;
}

export const NO_OPTIONS: AnyOptions = Object.freeze(Object.create(null) as AnyOptions);

/** The encoding of options, which may be the options themselves. */
export function encodingOf(options: unknown): Encoding | 'buffer' | undefined {
  return checkedEncoding(optionsOf(options)['encoding']);
}

export function isView(value: unknown): value is ArrayBufferView {
  return ArrayBuffer.isView(value);
}

export function checkView(buffer: unknown, name = 'buffer'): ArrayBufferView {
  if (!isView(buffer)) throw invalidArgType(name, 'an instance of Buffer, TypedArray, or DataView', buffer);
  return buffer;
}

export function checkViews(buffers: unknown): ArrayBufferView[] {
  if (!Array.isArray(buffers) || !buffers.every(isView)) throw invalidArgType('buffers', 'an ArrayBufferView[]', buffers);
  return buffers;
}

/** The length of what is in a view, from an offset on. */
export function checkLength(length: number, room: number): void {
  if (length > room) throw outOfRange('length', `<= ${room}`, length);
  if (length < 0) throw outOfRange('length', '>= 0', length);
}

/** A position to read at: -1 means the descriptor's own. */
export function checkPosition(position: unknown, length: number): number {
  if (position === undefined || position === null) return -1;
  if (typeof position === 'number') return checkInteger(position, 'position', -1);
  if (typeof position === 'bigint') {
    const max = 2n ** 63n - 1n - BigInt(length);
    if (position < -1n || position > max) throw outOfRange('position', `>= -1 && <= ${max}`, position);
    // No file is that long: whatever is past the safe integers is past its end.
    return Math.min(Number(position), Number.MAX_SAFE_INTEGER);
  }
  throw invalidArgType('position', 'of type bigint or integer', position);
}

/** A Date, a number of seconds, or a string of one; as Node rounds it. */
export function toTimespec(time: unknown, name = 'time'): Timespec {
  const seconds = toUnixTimestamp(time, name);
  // As libuv: no time at all leaves what is there, and the end of all time is now.
  if (!Number.isFinite(seconds)) return { sec: 0, nsec: Number.isNaN(seconds) ? UTIME_OMIT : UTIME_NOW };
  const sec = Math.floor(seconds);
  return { sec, nsec: Math.trunc((seconds - sec) * 1e9) };
}

export function toUnixTimestamp(time: unknown, name = 'time'): number {
  if (typeof time === 'string' && !Number.isNaN(Number(time))) return Number(time);
  if (Number.isFinite(time)) return (time as number) < 0 ? Date.now() / 1000 : (time as number);
  if (time instanceof Date) return time.getTime() / 1000;
  throw invalidArgType(name, 'an instance of Date or an Time in seconds', time);
}

/** The bytes that writeFile and appendFile take: text, or a view of any kind. */
export function isData(data: unknown): data is string | ArrayBufferView {
  return typeof data === 'string' || isView(data);
}

export function checkData(data: unknown): asserts data is string | ArrayBufferView {
  if (!isData(data)) throw invalidArgType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}
