/**
 * readFile, writeFile, appendFile and copyFile: several system calls each, synchronous.
 */

import { EAGAIN, EISDIR, EOPNOTSUPP, LinuxError } from '../abi/errno.ts';
import { O_APPEND, O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { S_IFDIR, S_IFMT, S_IFREG, type Stat } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import {
  type AnyOptions,
  checkBoolean,
  checkData,
  checkFd,
  checkSmallMode,
  checkView,
  NO_OPTIONS,
  optionsOf,
  parseFlags,
  parseMode,
  readOptions,
  toPath,
} from './arguments.ts';
import { codedError, failure, invalidArgValue } from './errors.ts';
import { builtin } from './host.ts';
import { allocate, asBuffer, bytesOf, checkedEncoding, decode, type Encoding, encode, HostBuffer } from './text.ts';

export interface WholeFileCalls {
  readFileSync(path: unknown, options?: unknown): string | Uint8Array;
  writeFileSync(path: unknown, data: unknown, options?: unknown): void;
  appendFileSync(path: unknown, data: unknown, options?: unknown): void;
  copyFileSync(src: unknown, dest: unknown, mode?: unknown): void;
}

/** What Node can hold in one piece of reading. */
const kIoMaxLength = 2 ** 31 - 1;
/** Where the reading of something without a size (a device, a pipe) ends; Node would go on to 2 GiB, or for ever. */
export const DEFAULT_READ_LIMIT: number = 2 ** 28;
const FIRST_CHUNK = 8192;
/** The largest text that passes through the scratch memory, at three bytes a character. */
const SCRATCH_TEXT = 1 << 17;

const COPYFILE_EXCL = 1;
const COPYFILE_FICLONE_FORCE = 4;

/** node:buffer's check, which looks at many bytes at once. */
const isAscii: ((bytes: Uint8Array) => boolean) | undefined = builtin<{ isAscii?(bytes: Uint8Array): boolean }>('buffer')?.isAscii;

/** The caller named a descriptor, or a path? */
function isFd(path: unknown): path is number {
  return typeof path === 'number' && (path | 0) === path;
}

/** As libuv, which does not look at what comes of it. */
function ignore(call: () => void): void {
  try {
    call();
  } catch {}
}

export function tooLarge(size: number | string): Error {
  return codedError(RangeError, 'ERR_FS_FILE_TOO_LARGE', `File size (${size}) is greater than 2 GiB`);
}

/** Reads to the end. `size` is what stat said; 0 says nothing. EISDIR and the like come as LinuxErrors. */
export function readToEnd(process: Process, fd: number, stat: Stat, limit: number): Uint8Array {
  if ((stat.mode & S_IFMT) !== S_IFREG || stat.size === 0) return readUnsized(process, fd, limit);
  if (stat.size > kIoMaxLength) throw tooLarge(stat.size);
  const bytes = allocate(stat.size);
  let done = process.read(fd, bytes);
  if (done === bytes.length) return bytes;
  while (done > 0 && done < bytes.length) {
    const count = process.read(fd, bytes.subarray(done));
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** What readFile was told to read into: a view, or a function that makes one. */
function memoryOf(given: unknown, size: number): { bytes: Uint8Array; tooSmall: (reason: string) => Error } {
  const name = typeof given === 'function' ? 'options.buffer()' : 'options.buffer';
  const bytes = bytesOf(checkView(typeof given === 'function' ? given(size) : given, name));
  return { bytes: asBuffer(bytes), tooSmall: (reason) => invalidArgValue(`${name}.byteLength`, bytes.length, reason) };
}

const TOO_SMALL = 'is too small to contain the entire file';

function readInto(process: Process, fd: number, stat: Stat, given: unknown): Uint8Array {
  const size = (stat.mode & S_IFMT) === S_IFREG ? stat.size : 0;
  const { bytes, tooSmall } = memoryOf(given, size);
  if (bytes.length < size) throw tooSmall(`is smaller than the file size of ${size} bytes`);
  let done = 0;
  for (let count = 1; count > 0 && done < (size || bytes.length); done += count) count = process.read(fd, bytes.subarray(done));
  if (size === 0 && done === bytes.length && process.read(fd, new Uint8Array(1)) > 0) throw tooSmall(TOO_SMALL);
  return bytes.subarray(0, done);
}

/** The same of what was read already. */
export function placeIn(given: unknown, read: Uint8Array): Uint8Array {
  const { bytes, tooSmall } = memoryOf(given, 0);
  if (bytes.length < read.length) throw tooSmall(TOO_SMALL);
  bytes.set(read);
  return bytes.subarray(0, read.length);
}

function readUnsized(process: Process, fd: number, limit: number): Uint8Array {
  let bytes = new Uint8Array(FIRST_CHUNK);
  let done = 0;
  for (;;) {
    const count = process.read(fd, done === 0 ? bytes : bytes.subarray(done));
    if (count === 0) break;
    done += count;
    if (done > limit) throw tooLarge(done);
    if (done === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
  }
  const result = allocate(done);
  result.set(bytes.subarray(0, done));
  return result;
}

/** Writes everything. A device or a full pipe may take part of it and ask for the rest. */
export function writeAll(process: Process, fd: number, bytes: Uint8Array): void {
  let done = process.write(fd, bytes);
  while (done < bytes.length) done += process.write(fd, bytes.subarray(done));
}

/** The flag of options, parsed: `'w'` and the like are known by heart. */
export function flagsOf(options: AnyOptions, absent: number): number {
  const { flag } = options;
  return flag ? parseFlags(flag) : absent;
}

export function wholeFileCalls(process: Process, readLimit: number): WholeFileCalls {
  /** Memory through which text passes; taken while in use, so that a device that calls back finds none. */
  let scratch: Buffer | undefined;

  function readFileSync(path: unknown, options?: unknown): string | Uint8Array {
    let encoding: Encoding | 'buffer' | undefined;
    let given = NO_OPTIONS;
    if (options !== undefined && options !== null) {
      if (options === 'utf8') encoding = 'utf8';
      else {
        given = readOptions(options);
        encoding = checkedEncoding(given['encoding']);
      }
    }
    const own = !isFd(path);
    const where = own ? toPath(path) : '';
    let fd: number;
    if (own) {
      const flags = flagsOf(given, O_RDONLY);
      try {
        fd = process.open(where, flags | O_CLOEXEC, 0o666);
      } catch (error) {
        throw failure(error, readFileSync, 'open', where);
      }
    } else fd = checkFd(path);
    // As Node, which reads UTF-8 in one go.
    let syscall = encoding === 'utf8' ? 'read' : 'fstat';
    try {
      const stat = process.fstat(fd);
      syscall = 'read';
      const { buffer } = given;
      if (buffer === undefined && encoding === 'utf8' && HostBuffer !== undefined && stat.size > 0 && stat.size <= 3 * SCRATCH_TEXT) {
        return readText(fd, stat.size);
      }
      const bytes = buffer === undefined ? readToEnd(process, fd, stat, readLimit) : readInto(process, fd, stat, buffer);
      return encoding === undefined ? bytes : decode(bytes, encoding as Encoding);
    } catch (error) {
      throw failure(error, readFileSync, syscall);
    } finally {
      if (own) process.close(fd);
    }
  }

  /** Text of a file that fits the scratch memory: no memory is allocated but the string's. */
  function readText(fd: number, size: number): string {
    const memory = takeScratch();
    try {
      let count = process.read(fd, memory.subarray(0, size));
      for (let more = count; more > 0 && count < size; count += more) more = process.read(fd, memory.subarray(count, size));
      // Latin-1 is a plain copy, and the same for ASCII.
      if (count > 4096 && isAscii?.(memory.subarray(0, count)) === true) return memory.latin1Slice(0, count);
      return memory.utf8Slice(0, count);
    } finally {
      scratch = memory;
    }
  }

  function takeScratch(): Buffer & {
    utf8Slice(start: number, end: number): string;
    latin1Slice(start: number, end: number): string;
    utf8Write(text: string, offset: number, length: number): number;
  } {
    const memory = scratch ?? (HostBuffer as BufferConstructor).allocUnsafeSlow(3 * SCRATCH_TEXT);
    scratch = undefined;
    return memory as never;
  }

  function writeText(fd: number, text: string): void {
    const memory = takeScratch();
    try {
      const length = memory.utf8Write(text, 0, memory.length);
      writeAll(process, fd, memory.subarray(0, length));
    } finally {
      scratch = memory;
    }
  }

  function writeWhole(path: unknown, data: unknown, options: unknown, defaults: number, above: (...args: never[]) => unknown): void {
    const given = options === undefined ? NO_OPTIONS : optionsOf(options);
    const flush = checkBoolean(given['flush'] ?? false, 'options.flush');
    const mode = parseMode(given['mode'], 'mode', 0o666);
    checkData(data);
    let bytes: Uint8Array | undefined;
    if (typeof data !== 'string') bytes = bytesOf(data);
    else {
      const encoding = (checkedEncoding(given['encoding']) ?? 'utf8') as Encoding;
      if (encoding !== 'utf8' || data.length > SCRATCH_TEXT || HostBuffer === undefined) bytes = encode(data, encoding);
    }
    let syscall = 'open';
    let where: string | undefined;
    let fd: number;
    const own = !isFd(path);
    try {
      if (own) {
        where = toPath(path);
        fd = process.open(where, flagsOf(given, defaults) | O_CLOEXEC, mode);
      } else fd = checkFd(path);
    } catch (error) {
      throw failure(error, above, syscall, where);
    }
    try {
      syscall = 'write';
      if (bytes === undefined) {
        if (data !== '') writeText(fd, data as string);
      } else if (bytes.length > 0) writeAll(process, fd, bytes);
      if (flush) {
        syscall = 'fsync';
        process.fsync(fd);
      }
    } catch (error) {
      throw failure(error, above, syscall);
    } finally {
      if (own) process.close(fd);
    }
  }

  function writeFileSync(path: unknown, data: unknown, options?: unknown): void {
    writeWhole(path, data, options, O_WRONLY | O_CREAT | O_TRUNC, writeFileSync);
  }

  function appendFileSync(path: unknown, data: unknown, options?: unknown): void {
    writeWhole(path, data, options, O_WRONLY | O_CREAT | O_APPEND, appendFileSync);
  }

  /** Node's copyFile, which is libuv's uv_fs_copyfile. */
  function copyFileSync(src: unknown, dest: unknown, mode?: unknown): void {
    const from = toPath(src, 'src');
    const to = toPath(dest, 'dest');
    const bits = checkSmallMode(mode);
    try {
      copyFile(from, to, bits);
    } catch (error) {
      throw failure(error, copyFileSync, 'copyfile', from, to);
    }
  }

  function copyFile(from: string, to: string, mode: number): void {
    const source = process.open(from, O_RDONLY | O_CLOEXEC);
    let target = -1;
    try {
      const stat = process.fstat(source);
      const exclusive = (mode & COPYFILE_EXCL) === 0 ? 0 : O_EXCL;
      target = process.open(to, O_WRONLY | O_CREAT | O_CLOEXEC | exclusive, stat.mode & 0o7777);
      const there = process.fstat(target);
      if (there.dev === stat.dev && there.ino === stat.ino) return;
      process.ftruncate(target, 0);
      // Before the bytes: where there are any, the time of modification becomes that of the copying.
      const { atimeSec, atimeNsec, mtimeSec, mtimeNsec } = stat;
      process.futimens(target, [
        { sec: atimeSec, nsec: atimeNsec },
        { sec: mtimeSec, nsec: mtimeNsec },
      ]);
      ignore(() => process.fchown(target, stat.uid, stat.gid));
      process.fchmod(target, stat.mode & 0o7777);
      if ((stat.mode & S_IFMT) === S_IFDIR) throw new LinuxError(EISDIR);
      if ((mode & COPYFILE_FICLONE_FORCE) !== 0) throw new LinuxError(EOPNOTSUPP);
      copyBytes(source, target, stat);
    } catch (error) {
      // As libuv: a destination that could be opened does not outlive the failure.
      if (target >= 0) ignore(() => process.unlink(to));
      throw error;
    } finally {
      process.close(source);
      if (target >= 0) process.close(target);
    }
  }

  function copyBytes(source: number, target: number, stat: Stat): void {
    const chunk = new Uint8Array(Math.min(Math.max(stat.size, 4096), 1 << 20));
    let done = 0;
    for (;;) {
      const count = process.read(source, chunk);
      if (count === 0) return;
      writeAll(process, target, count === chunk.length ? chunk : chunk.subarray(0, count));
      done += count;
      if (done > readLimit && (stat.mode & S_IFMT) !== S_IFREG) throw new LinuxError(EAGAIN);
    }
  }

  return { readFileSync, writeFileSync, appendFileSync, copyFileSync };
}
