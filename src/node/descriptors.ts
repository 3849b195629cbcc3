/**
 * The synchronous functions on open descriptors: open, close, read, write and their kin.
 */

import { EINVAL, LinuxError } from '../abi/errno.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import { IOV_MAX } from '../abi/limits.ts';
import type { Process } from '../kernel/process.ts';
import {
  type AnyOptions,
  checkFd,
  checkId,
  checkInteger,
  checkLength,
  checkObject,
  checkPosition,
  checkView,
  checkViews,
  INT32_MAX,
  isView,
  NO_OPTIONS,
  parseFlags,
  parseMode,
  toPath,
  toTimespec,
} from './arguments.ts';
import { attempt, failure, invalidArgType, invalidArgValue, outOfRange } from './errors.ts';
import { BigIntStats, type Stats, toStats } from './stats.ts';
import { bytesOf, type Encoding, encode, normalizeEncoding } from './text.ts';

export interface DescriptorCalls {
  openSync(path: unknown, flags?: unknown, mode?: unknown): number;
  closeSync(fd: unknown): void;
  readSync(fd: unknown, buffer: unknown, offsetOrOptions?: unknown, length?: unknown, position?: unknown): number;
  writeSync(fd: unknown, buffer: unknown, offsetOrOptions?: unknown, length?: unknown, position?: unknown): number;
  readvSync(fd: unknown, buffers: unknown, position?: unknown): number;
  writevSync(fd: unknown, buffers: unknown, position?: unknown): number;
  fstatSync(fd: unknown, options?: { readonly bigint?: boolean }): Stats | BigIntStats;
  fchmodSync(fd: unknown, mode: unknown): void;
  fchownSync(fd: unknown, uid: unknown, gid: unknown): void;
  futimesSync(fd: unknown, atime: unknown, mtime: unknown): void;
  ftruncateSync(fd: unknown, len?: unknown): void;
  fsyncSync(fd: unknown): void;
  fdatasyncSync(fd: unknown): void;
}

/** A transfer of bytes: where they are, and the position in the file, negative for the descriptor's own. */
export interface Transfer {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** The arguments of fs.read after the descriptor, in all their forms. `named` says whether they are one object. */
export function readTransfer(buffer: unknown, offsetOrOptions: unknown, length: unknown, position: unknown, named: boolean): Transfer {
  const view = checkView(buffer);
  let offset = offsetOrOptions;
  let count = length;
  let at = position;
  if (named) {
    ({ offset = 0, length: count = view.byteLength - (offset as number), position: at } = checkObject(offsetOrOptions ?? {}, 'options'));
  }
  offset ??= 0;
  checkInteger(offset, 'offset', 0);
  // As Node, whatever it is.
  const wanted = (count as number) | 0;
  at = checkPosition(at, wanted);
  if (wanted === 0) return { bytes: NOTHING, position: -2 };
  if (view.byteLength === 0) throw invalidArgValue('buffer', buffer, 'is empty and cannot be written');
  checkLength(wanted, view.byteLength - (offset as number));
  return { bytes: part(view, offset as number, wanted), position: at as number };
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** The arguments of fs.write for a view. */
export function writeTransfer(view: ArrayBufferView, offsetOrOptions: unknown, length: unknown, position: unknown): Transfer {
  let offset = offsetOrOptions;
  let count = length;
  let at = position;
  if (typeof offsetOrOptions === 'object') {
    ({ offset = 0, length: count = view.byteLength - (offset as number), position: at } = (offsetOrOptions ?? NO_OPTIONS) as AnyOptions);
  }
  offset ??= 0;
  checkInteger(offset, 'offset', 0);
  const room = view.byteLength - (offset as number);
  if (room < 0) throw outOfRange('offset', `<= ${view.byteLength}`, offset);
  if (typeof count !== 'number') count = room;
  checkLength(count as number, room);
  checkInteger(count, 'length', 0, INT32_MAX);
  return { bytes: part(view, offset as number, count as number), position: positionOf(at) };
}

/** The arguments of fs.write for text: position, then encoding. */
export function writeText(text: unknown, position: unknown, encoding: unknown): Transfer {
  if (typeof text !== 'string') {
    throw invalidArgType('buffer', 'of type string or an instance of Buffer, TypedArray, or DataView', text);
  }
  return { bytes: encode(text, checkTextEncoding(text, encoding)), position: positionOf(position) };
}

/** An unknown encoding of text that is written is UTF-8; half a byte of hex is refused. */
function checkTextEncoding(text: string, encoding: unknown): Encoding {
  const known = normalizeEncoding(encoding) ?? 'utf8';
  if (known === 'hex' && text.length % 2 !== 0) {
    throw invalidArgValue('encoding', encoding, `is invalid for data of length ${text.length}`);
  }
  return known;
}

/** A part of a view, without a new object where it is the whole. */
function part(view: ArrayBufferView, offset: number, length: number): Uint8Array {
  if (offset === 0 && length === view.byteLength && view instanceof Uint8Array) return view;
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + offset, length);
}

/** A position to write or to read a vector at: anything but a safe integer is the descriptor's own. */
export function positionOf(position: unknown): number {
  return Number.isSafeInteger(position) ? (position as number) : -1;
}

export function descriptorCalls(process: Process): DescriptorCalls {
  function openSync(path: unknown, flags?: unknown, mode?: unknown): number {
    const where = toPath(path);
    const bits = parseFlags(flags);
    const permissions = mode === undefined ? 0o666 : parseMode(mode, 'mode', 0o666);
    try {
      return process.open(where, bits | O_CLOEXEC, permissions);
    } catch (error) {
      throw failure(error, openSync, 'open', where);
    }
  }

  function closeSync(fd: unknown): void {
    const descriptor = checkFd(fd);
    try {
      process.close(descriptor);
    } catch (error) {
      throw failure(error, closeSync, 'close');
    }
  }

  function readSync(fd: unknown, buffer: unknown, offsetOrOptions?: unknown, length?: unknown, position?: unknown): number {
    const descriptor = checkFd(fd);
    try {
      // The commonest call by far: the whole of a byte array.
      if (offsetOrOptions === 0 && buffer instanceof Uint8Array && length === buffer.length && length > 0) {
        if (position === null || position === undefined) return process.read(descriptor, buffer);
        const at = checkPosition(position, length);
        return at < 0 ? process.read(descriptor, buffer) : process.pread(descriptor, buffer, at);
      }
      // biome-ignore lint/complexity/noArguments: Node tells "no length" from "undefined" by the count of arguments.
      const named = arguments.length <= 3 || typeof offsetOrOptions === 'object';
      const transfer = readTransfer(buffer, offsetOrOptions, length, position, named);
      if (transfer.position === -2) return 0;
      if (transfer.position < 0) return process.read(descriptor, transfer.bytes);
      return process.pread(descriptor, transfer.bytes, transfer.position);
    } catch (error) {
      throw failure(error, readSync, 'read');
    }
  }

  function writeSync(fd: unknown, buffer: unknown, offsetOrOptions?: unknown, length?: unknown, position?: unknown): number {
    const descriptor = checkFd(fd);
    try {
      if (offsetOrOptions === 0 && buffer instanceof Uint8Array && length === buffer.length && length <= INT32_MAX) {
        const at = positionOf(position);
        return at >= 0 ? process.pwrite(descriptor, buffer, at) : process.write(descriptor, buffer);
      }
      const transfer = isView(buffer)
        ? writeTransfer(buffer, offsetOrOptions, length, position)
        : writeText(buffer, offsetOrOptions, length);
      if (transfer.position < 0) return process.write(descriptor, transfer.bytes);
      return process.pwrite(descriptor, transfer.bytes, transfer.position);
    } catch (error) {
      throw failure(error, writeSync, 'write');
    }
  }

  function readvSync(fd: unknown, buffers: unknown, position?: unknown): number {
    const descriptor = checkFd(fd);
    // libuv hands the kernel as many buffers as it takes at once.
    const views = checkViews(buffers).slice(0, IOV_MAX).map(bytesOf);
    const at = positionOf(position);
    return attempt(
      () => {
        if (views.length === 0) throw new LinuxError(EINVAL);
        return at < 0 ? process.readv(descriptor, views) : process.preadv(descriptor, views, at);
      },
      readvSync,
      'read',
    );
  }

  function writevSync(fd: unknown, buffers: unknown, position?: unknown): number {
    const descriptor = checkFd(fd);
    const views = checkViews(buffers).map(bytesOf);
    if (views.length === 0) return 0;
    const at = positionOf(position);
    if (views.length > IOV_MAX) return writeAll(descriptor, views, at);
    return attempt(() => (at < 0 ? process.writev(descriptor, views) : process.pwritev(descriptor, views, at)), writevSync, 'write');
  }

  /** More buffers than the kernel takes at once. libuv: uv__fs_write_all; what failed after some were written is not told. */
  function writeAll(descriptor: number, views: readonly Uint8Array[], at: number): number {
    let written = 0;
    for (let index = 0; index < views.length; index += IOV_MAX) {
      const some = views.slice(index, index + IOV_MAX);
      try {
        const count = at < 0 ? process.writev(descriptor, some) : process.pwritev(descriptor, some, at + written);
        written += count;
        if (count < some.reduce((sum, { length }) => sum + length, 0)) break;
      } catch (error) {
        if (written === 0) throw failure(error, writevSync, 'write');
        break;
      }
    }
    return written;
  }

  function fstatSync(fd: unknown, options: { readonly bigint?: boolean } = NO_OPTIONS): Stats | BigIntStats {
    const descriptor = checkFd(fd);
    try {
      const stat = process.fstat(descriptor);
      return options.bigint === true ? new BigIntStats(stat) : toStats(stat);
    } catch (error) {
      throw failure(error, fstatSync, 'fstat');
    }
  }

  function fchmodSync(fd: unknown, mode: unknown): void {
    const descriptor = checkFd(fd);
    const bits = parseMode(mode, 'mode');
    attempt(() => process.fchmod(descriptor, bits), fchmodSync, 'fchmod');
  }

  function fchownSync(fd: unknown, uid: unknown, gid: unknown): void {
    const descriptor = checkFd(fd);
    const user = checkId(uid, 'uid');
    const group = checkId(gid, 'gid');
    attempt(() => process.fchown(descriptor, user, group), fchownSync, 'fchown');
  }

  function futimesSync(fd: unknown, atime: unknown, mtime: unknown): void {
    const descriptor = checkFd(fd);
    const access = toTimespec(atime, 'atime');
    const modification = toTimespec(mtime, 'mtime');
    attempt(() => process.futimens(descriptor, [access, modification]), futimesSync, 'futime');
  }

  function ftruncateSync(fd: unknown, len: unknown = 0): void {
    const descriptor = checkFd(fd);
    const size = Math.max(0, checkInteger(len, 'len'));
    attempt(() => process.ftruncate(descriptor, size), ftruncateSync, 'ftruncate');
  }

  function fsyncSync(fd: unknown): void {
    const descriptor = checkFd(fd);
    attempt(() => process.fsync(descriptor), fsyncSync, 'fsync');
  }

  function fdatasyncSync(fd: unknown): void {
    const descriptor = checkFd(fd);
    attempt(() => process.fdatasync(descriptor), fdatasyncSync, 'fdatasync');
  }

  return {
    openSync,
    closeSync,
    readSync,
    writeSync,
    readvSync,
    writevSync,
    fstatSync,
    fchmodSync,
    fchownSync,
    futimesSync,
    ftruncateSync,
    fsyncSync,
    fdatasyncSync,
  };
}
