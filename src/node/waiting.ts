/**
 * The calls that may wait: opening, reading and writing FIFOs, terminals and what else has no answer yet.
 *
 * Each is tried at once, and goes to the kernel's blocking forms only when it would block.
 */

import { EAGAIN, LinuxError } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from '../abi/fcntl.ts';
import type { Process } from '../kernel/process.ts';
import { type AnyOptions, checkData, checkFd, parseFlags, parseMode, toPath } from './arguments.ts';
import { type Callback, unlessAborted, wouldBlock } from './deliver.ts';
import type { Transfer } from './descriptors.ts';
import { failure } from './errors.ts';
import type { SyncCalls } from './sync.ts';
import { asBuffer, bytesOf, checkedEncoding, decode, encode, normalizeEncoding } from './text.ts';
import { flagsOf } from './whole-files.ts';

export interface Waiting {
  open(callback: Callback, path: unknown, flags: unknown, mode: unknown): void;
  openLater(path: unknown, flags: unknown, mode: unknown): number | Promise<number>;
  now(direction: 'read' | 'write', fd: number, what: Transfer): number;
  later(direction: 'read' | 'write', fd: number, what: Transfer): Promise<number>;
  readFile(path: unknown, options: AnyOptions, signal: AbortSignal | undefined): Promise<string | Uint8Array>;
  writeFile(
    name: 'writeFile' | 'appendFile',
    path: unknown,
    data: unknown,
    options: AnyOptions,
    signal: AbortSignal | undefined,
  ): Promise<void>;
}

export function waitingCalls(process: Process, sync: SyncCalls): Waiting {
  function openLater(path: unknown, flags: unknown, mode: unknown): number | Promise<number> {
    const where = toPath(path);
    const bits = parseFlags(flags) | O_CLOEXEC;
    const permissions = parseMode(mode, 'mode', 0o666);
    try {
      return process.open(where, bits, permissions);
    } catch (error) {
      const waits = error instanceof LinuxError && error.errno === EAGAIN && (bits & O_NONBLOCK) === 0;
      if (!waits) throw failure(error, openLater, 'open', where);
      return process.blocking.open(where, bits, permissions).catch((cause: unknown) => {
        throw failure(cause, openLater, 'open', where);
      });
    }
  }

  function open(callback: Callback, path: unknown, flags: unknown, mode: unknown): void {
    let opened: number | Promise<number>;
    try {
      opened = openLater(path, flags, mode);
    } catch (error) {
      if (typeof (error as { errno?: number }).errno !== 'number') throw error;
      queueMicrotask(() => callback(error));
      return;
    }
    if (typeof opened === 'number') queueMicrotask(() => callback(null, opened));
    else
      opened.then(
        (fd) => queueMicrotask(() => callback(null, fd)),
        (error: unknown) => queueMicrotask(() => callback(error)),
      );
  }

  function now(direction: 'read' | 'write', fd: number, what: Transfer): number {
    if (direction === 'read') return what.position < 0 ? process.read(fd, what.bytes) : process.pread(fd, what.bytes, what.position);
    return what.position < 0 ? process.write(fd, what.bytes) : process.pwrite(fd, what.bytes, what.position);
  }

  function later(direction: 'read' | 'write', fd: number, what: Transfer): Promise<number> {
    return direction === 'read' ? process.blocking.read(fd, what.bytes) : process.blocking.write(fd, what.bytes);
  }

  /** Reads something that makes its readers wait, to its end. */
  async function readSlowly(fd: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const chunk = new Uint8Array(65536);
      const count = await process.blocking.read(fd, chunk, signal === undefined ? {} : { signal });
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      length += count;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return asBuffer(bytes);
  }

  async function readFile(path: unknown, options: AnyOptions, signal: AbortSignal | undefined): Promise<string | Uint8Array> {
    if (signal !== undefined) await unlessAborted(signal);
    try {
      return sync.readFileSync(path, options);
    } catch (error) {
      if ((error as { errno?: number }).errno !== -EAGAIN) throw error;
      const flags = flagsOf(options, O_RDONLY);
      if ((flags & O_NONBLOCK) !== 0 || (typeof path === 'number' && !wouldBlock(process, error, path))) throw error;
      const fd = typeof path === 'number' ? path : await openLater(path, flags, 0o666);
      try {
        const bytes = await readSlowly(fd, signal);
        const encoding = checkedEncoding(options['encoding']);
        return encoding === undefined || encoding === 'buffer' ? bytes : decode(bytes, encoding);
      } catch (cause) {
        throw failure(cause, readFile, 'read');
      } finally {
        if (typeof path !== 'number') process.close(fd);
      }
    }
  }

  async function writeFile(
    name: 'writeFile' | 'appendFile',
    path: unknown,
    data: unknown,
    options: AnyOptions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const run = name === 'writeFile' ? sync.writeFileSync : sync.appendFileSync;
    if (signal !== undefined) await unlessAborted(signal);
    if (typeof path === 'number') {
      // A full pipe: what was not taken yet is written as there is room.
      checkData(data);
      const bytes = typeof data === 'string' ? encode(data, normalizeEncoding(options['encoding']) ?? 'utf8') : bytesOf(data);
      const fd = checkFd(path);
      try {
        for (let done = 0; done < bytes.length; ) done += await process.blocking.write(fd, bytes.subarray(done));
      } catch (error) {
        throw failure(error, writeFile, 'write');
      }
      return;
    }
    run(path, data, options);
  }

  return { open, openLater, now, later, readFile, writeFile };
}
