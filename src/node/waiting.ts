/**
 * The calls that may wait: opening, reading and writing FIFOs, terminals and what else has no answer yet.
 *
 * Each is tried at once, and goes to the kernel's blocking forms only when it would block.
 */

import { EAGAIN, LinuxError } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from '../abi/fcntl.ts';
import type { Process } from '../kernel/process.ts';
import { type AnyOptions, checkData, checkFd, parseFlags, parseMode, toPath } from './arguments.ts';
import { unlessAborted, wouldBlock } from './deliver.ts';
import type { Transfer } from './descriptors.ts';
import { type AnyFunction, failure } from './errors.ts';
import type { SyncCalls } from './sync.ts';
import { asBuffer, bytesOf, checkedEncoding, decode, type Encoding, encode, joined, normalizeEncoding } from './text.ts';
import { flagsOf, placeIn } from './whole-files.ts';

export interface Waiting {
  open(path: unknown, flags: unknown, mode: unknown): number | Promise<number>;
  transfer(direction: 'read' | 'write', fd: number, what: Transfer, above: AnyFunction): number | Promise<number>;
  readFile(path: unknown, options: AnyOptions, signal: AbortSignal | undefined): Promise<string | Uint8Array>;
  /** `run` is writeFileSync or appendFileSync. */
  writeFile(
    run: SyncCalls['writeFileSync'],
    path: unknown,
    data: unknown,
    options: AnyOptions,
    signal: AbortSignal | undefined,
  ): Promise<void>;
}

export function waitingCalls(process: Process, sync: SyncCalls): Waiting {
  function open(path: unknown, flags: unknown, mode: unknown): number | Promise<number> {
    const where = toPath(path);
    const bits = parseFlags(flags) | O_CLOEXEC;
    const permissions = parseMode(mode, 'mode', 0o666);
    const failed = (error: unknown): never => {
      throw failure(error, open, 'open', where);
    };
    try {
      return process.open(where, bits, permissions);
    } catch (error) {
      const waits = error instanceof LinuxError && error.errno === EAGAIN && (bits & O_NONBLOCK) === 0;
      return waits ? process.blocking.open(where, bits, permissions).catch(failed) : failed(error);
    }
  }

  function transfer(direction: 'read' | 'write', fd: number, what: Transfer, above: AnyFunction): number | Promise<number> {
    const { bytes, position } = what;
    const failed = (error: unknown): never => {
      throw failure(error, above, direction);
    };
    try {
      return position < 0 ? process[direction](fd, bytes) : process[`p${direction}`](fd, bytes, position);
    } catch (error) {
      if (position >= 0 || !wouldBlock(process, error, fd)) return failed(error);
      return process.blocking[direction](fd, bytes).catch(failed);
    }
  }

  /** Reads something that makes its readers wait, to its end. */
  async function readSlowly(fd: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = new Uint8Array(65536);
      const count = await process.blocking.read(fd, chunk, signal === undefined ? {} : { signal });
      if (count === 0) return asBuffer(joined(chunks));
      chunks.push(chunk.subarray(0, count));
    }
  }

  async function readFile(path: unknown, options: AnyOptions, signal: AbortSignal | undefined): Promise<string | Uint8Array> {
    if (signal !== undefined) await unlessAborted(signal);
    try {
      return sync.readFileSync(path, options);
    } catch (error) {
      if ((error as { errno?: number }).errno !== -EAGAIN) throw error;
      const flags = flagsOf(options, O_RDONLY);
      if ((flags & O_NONBLOCK) !== 0 || (typeof path === 'number' && !wouldBlock(process, error, path))) throw error;
      const fd = typeof path === 'number' ? path : await open(path, flags, 0o666);
      try {
        const read = await readSlowly(fd, signal);
        const bytes = options['buffer'] === undefined ? read : placeIn(options['buffer'], read);
        const encoding = checkedEncoding(options['encoding']);
        return encoding === undefined ? bytes : decode(bytes, encoding as Encoding);
      } catch (cause) {
        throw failure(cause, readFile, 'read');
      } finally {
        if (typeof path !== 'number') process.close(fd);
      }
    }
  }

  async function writeFile(
    run: SyncCalls['writeFileSync'],
    path: unknown,
    data: unknown,
    options: AnyOptions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
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

  return { open, transfer, readFile, writeFile };
}
