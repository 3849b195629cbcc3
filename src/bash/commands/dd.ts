/**
 * dd(1): blocks copied one read(2) and one write(2) at a time.
 */
import { EINTR, EINVAL, errnoMessage, ESPIPE, LinuxError } from '../../abi/errno.ts';
import {
  F_GETFL,
  F_SETFL,
  O_APPEND,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from '../../abi/fcntl.ts';
import { type Call, errorText } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';
import { humanSize, parseSize } from '../sizes.ts';

const CONVERSIONS = ['notrunc', 'nocreat', 'excl', 'fsync', 'fdatasync', 'noerror', 'sync', 'swab', 'ucase', 'lcase', 'sparse'];
const FLAGS: Readonly<Record<string, number>> = {
  append: O_APPEND,
  direct: O_DIRECT,
  directory: O_DIRECTORY,
  dsync: O_DSYNC,
  sync: O_SYNC,
  nonblock: O_NONBLOCK,
  noatime: O_NOATIME,
  noctty: O_NOCTTY,
  nofollow: O_NOFOLLOW,
  fullblock: 0,
  count_bytes: 0,
  skip_bytes: 0,
  seek_bytes: 0,
};

export const dd: CommandDefinition = {
  name: 'dd',
  synopsis: ['[OPERAND]...'],
  summary: 'Copy a file by blocks, from standard input to standard output by default.',
  options: [],
  notes: [
    'Operands: if=FILE of=FILE bs=BYTES ibs=BYTES obs=BYTES count=N skip=N (iseek=N) seek=N (oseek=N) conv=WORDS iflag=WORDS oflag=WORDS status=none|noxfer|progress.',
    `Words of conv: ${CONVERSIONS.join(' ')}.`,
    `Words of iflag and oflag: ${Object.keys(FLAGS).join(' ')}.`,
    'N and BYTES may have a suffix: c 1, w 2, b 512, kB 1000, K 1024, MB, M and so on, and products such as 2x512. N that ends in B counts bytes.',
  ],
  run: (call) => new Copy(call).run(),
};

interface Count {
  readonly value: number;
  readonly bytes: boolean;
}

class Copy {
  readonly call: Call;
  readonly words: ReadonlyMap<string, string>;
  readonly conversions: ReadonlySet<string>;
  readonly inputFlags: ReadonlySet<string>;
  readonly outputFlags: ReadonlySet<string>;
  readonly inputSize: number;
  readonly outputSize: number;
  /** With bs= each block is written as it was read. */
  readonly unblocked: boolean;
  fullIn = 0;
  partialIn = 0;
  fullOut = 0;
  partialOut = 0;
  written = 0;
  #held: Uint8Array;
  #heldLength = 0;
  /** -1, or the byte that swab keeps for the next block. */
  #odd = -1;

  constructor(call: Call) {
    this.call = call;
    this.words = operands(call);
    this.conversions = this.#list('conv', CONVERSIONS, 'conversion');
    this.inputFlags = this.#list('iflag', Object.keys(FLAGS), 'input flag');
    this.outputFlags = this.#list('oflag', Object.keys(FLAGS), 'output flag');
    const both = this.words.has('bs');
    this.inputSize = this.#size(both ? 'bs' : 'ibs');
    this.outputSize = this.#size(both ? 'bs' : 'obs');
    this.unblocked = both && !['sync', 'swab', 'ucase', 'lcase'].some((word) => word !== 'sync' && this.conversions.has(word));
    this.#held = this.unblocked ? new Uint8Array(0) : new Uint8Array(this.outputSize);
    const status = this.words.get('status');
    if (status !== undefined && !['none', 'noxfer', 'progress'].includes(status)) this.#wrong(`invalid status level: ${quote(status)}`);
  }

  #wrong(message: string): never {
    this.call.usage(message);
  }

  #list(name: string, known: readonly string[], what: string): ReadonlySet<string> {
    const words = (this.words.get(name) ?? '').split(',').filter((word) => word !== '');
    for (const word of words) if (!known.includes(word)) this.#wrong(`invalid ${what}: ${quote(word)}`);
    return new Set(words);
  }

  #size(name: string): number {
    const text = this.words.get(name);
    if (text === undefined) return 512;
    const size = product(text);
    if (size === undefined || size === 0) this.#wrong(`invalid number: ${quote(text)}`);
    if (size > 1024 * 1024 * 1024) this.call.fail(`memory exhausted by input buffer of size ${size} bytes (${humanSize(size)}iB)`);
    return size;
  }

  #count(names: readonly string[], flag: boolean): Count | undefined {
    const text = names.map((name) => this.words.get(name)).find((value) => value !== undefined);
    if (text === undefined) return undefined;
    const value = product(text) ?? (/B$/.test(text) ? product(text.slice(0, -1)) : undefined);
    if (value === undefined) this.#wrong(`invalid number: ${quote(text)}`);
    return { value, bytes: flag || /(?:^|x)\d+B$/.test(text) };
  }

  async run(): Promise<number> {
    const { call } = this;
    const count = this.#count(['count'], this.inputFlags.has('count_bytes'));
    const skip = this.#count(['skip', 'iseek'], this.inputFlags.has('skip_bytes'));
    const seek = this.#count(['seek', 'oseek'], this.outputFlags.has('seek_bytes'));
    const started = Date.now();
    const input = this.#openInput();
    const output = this.#openOutput(seek);
    let ok = await this.#skip(input, skip);
    try {
      ok = (await this.#copy(input, output, count)) && ok;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      if (error.errno !== EINTR)
        call.warn(`error writing ${quote(this.words.get('of') ?? 'standard output')}: ${errnoMessage(error.errno)}`);
      ok = false;
    }
    if (this.conversions.has('fsync') || this.conversions.has('fdatasync')) ok = this.#sync(output) && ok;
    this.#report((Date.now() - started) / 1000);
    return ok ? 0 : 1;
  }

  #openInput(): number {
    const { call } = this;
    const path = this.words.get('if');
    const flags = flagBits(this.inputFlags);
    try {
      if (path !== undefined) return call.process.open(path, O_RDONLY | flags);
      if (flags !== 0) call.process.fcntl(0, F_SETFL, call.process.fcntl(0, F_GETFL) | flags);
      return 0;
    } catch (error) {
      return call.fail(
        path === undefined
          ? `setting flags for 'standard input': ${errorText(error)}`
          : `failed to open ${quote(path)}: ${errorText(error)}`,
      );
    }
  }

  #openOutput(seek: Count | undefined): number {
    const { call, conversions } = this;
    const path = this.words.get('of');
    const size = seek === undefined ? 0 : seek.bytes ? seek.value : seek.value * this.outputSize;
    let fd = 1;
    try {
      if (path !== undefined) {
        const create = conversions.has('nocreat') ? 0 : O_CREAT;
        const exclusive = conversions.has('excl') ? O_EXCL : 0;
        const truncate = conversions.has('notrunc') || size > 0 ? 0 : O_TRUNC;
        fd = call.process.open(path, O_WRONLY | create | exclusive | truncate | flagBits(this.outputFlags), 0o666);
      } else if (flagBits(this.outputFlags) !== 0) {
        call.process.fcntl(1, F_SETFL, call.process.fcntl(1, F_GETFL) | flagBits(this.outputFlags));
      }
    } catch (error) {
      call.fail(
        path === undefined
          ? `setting flags for 'standard output': ${errorText(error)}`
          : `failed to open ${quote(path)}: ${errorText(error)}`,
      );
    }
    if (size > 0) this.#seekOutput(fd, path, size);
    return fd;
  }

  #seekOutput(fd: number, path: string | undefined, size: number): void {
    const { call } = this;
    const name = quote(path ?? 'standard output');
    if (path !== undefined && !this.conversions.has('notrunc')) {
      try {
        call.process.ftruncate(fd, size);
      } catch (error) {
        // As GNU: only what ftruncate should have done, a device or a pipe is left alone.
        if (!(error instanceof LinuxError) || error.errno !== EINVAL)
          call.fail(`failed to truncate to ${size} bytes in output file ${name}: ${errorText(error)}`);
      }
    }
    try {
      call.process.lseek(fd, size, 0);
    } catch (error) {
      call.fail(`${name}: cannot seek: ${errorText(error)}`);
    }
  }

  async #skip(fd: number, skip: Count | undefined): Promise<boolean> {
    if (skip === undefined || skip.value === 0) return true;
    const { call } = this;
    const bytes = skip.bytes ? skip.value : skip.value * this.inputSize;
    const name = quote(this.words.get('if') ?? 'standard input');
    try {
      const size = call.process.fstat(fd).size;
      const at = call.process.lseek(fd, bytes, 1);
      if (size > 0 && at > size) call.warn(`${name}: cannot skip to specified offset`);
      return true;
    } catch (error) {
      if (!(error instanceof LinuxError) || error.errno !== ESPIPE) {
        call.warn(`${name}: cannot skip: ${errorText(error)}`);
        return false;
      }
    }
    for (let left = bytes; left > 0; ) {
      const read = await call.read(fd, new Uint8Array(Math.min(left, this.inputSize)));
      if (read === 0) {
        call.warn(`${name}: cannot skip to specified offset`);
        break;
      }
      left -= read;
    }
    return true;
  }

  async #copy(input: number, output: number, count: Count | undefined): Promise<boolean> {
    const { call } = this;
    let blocks = count === undefined || count.bytes ? Number.POSITIVE_INFINITY : count.value;
    let bytes = count?.bytes === true ? count.value : Number.POSITIVE_INFINITY;
    let ok = true;
    while (blocks > 0 && bytes > 0) {
      const block = new Uint8Array(Math.min(this.inputSize, bytes));
      let length: number;
      try {
        length = await this.#read(input, block);
      } catch (error) {
        if (error instanceof LinuxError && error.errno === EINTR) return false;
        call.warn(`error reading ${quote(this.words.get('if') ?? 'standard input')}: ${errorText(error)}`);
        ok = false;
        if (!this.conversions.has('noerror')) break;
        blocks--;
        continue;
      }
      if (length === 0) break;
      blocks--;
      bytes -= length;
      if (length === this.inputSize) this.fullIn++;
      else this.partialIn++;
      if (length < this.inputSize && this.conversions.has('sync')) length = block.length;
      this.#write(output, this.#convert(block.subarray(0, length)));
    }
    this.#finish(output);
    return ok;
  }

  async #read(fd: number, block: Uint8Array): Promise<number> {
    let length = await this.call.read(fd, block);
    if (!this.inputFlags.has('fullblock')) return length;
    while (length > 0 && length < block.length) {
      const more = await this.call.read(fd, block.subarray(length));
      if (more === 0) break;
      length += more;
    }
    return length;
  }

  #convert(bytes: Uint8Array): Uint8Array {
    let out = bytes;
    if (this.conversions.has('ucase')) out = out.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte));
    if (this.conversions.has('lcase')) out = out.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));
    return this.conversions.has('swab') ? this.#swab(out) : out;
  }

  #swab(bytes: Uint8Array): Uint8Array {
    const all = this.#odd < 0 ? bytes : Uint8Array.of(this.#odd, ...bytes);
    const even = all.length & ~1;
    const out = new Uint8Array(even);
    for (let i = 0; i < even; i += 2) {
      out[i] = all[i + 1] as number;
      out[i + 1] = all[i] as number;
    }
    this.#odd = all.length === even ? -1 : (all[even] as number);
    return out;
  }

  #write(fd: number, bytes: Uint8Array): void {
    if (this.unblocked) return this.#writeBlock(fd, bytes);
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.outputSize - this.#heldLength);
      this.#held.set(part, this.#heldLength);
      this.#heldLength += part.length;
      at += part.length;
      if (this.#heldLength === this.outputSize) {
        this.#heldLength = 0;
        this.#writeBlock(fd, this.#held.slice());
      }
    }
  }

  #finish(fd: number): void {
    if (this.#odd >= 0) {
      const last = Uint8Array.of(this.#odd);
      this.#odd = -1;
      this.#write(fd, last);
    }
    if (this.#heldLength > 0) this.#writeBlock(fd, this.#held.slice(0, this.#heldLength));
    this.#heldLength = 0;
    if (this.conversions.has('sparse')) this.#endSparse(fd);
  }

  #writeBlock(fd: number, bytes: Uint8Array): void {
    if (this.conversions.has('sparse') && bytes.every((byte) => byte === 0)) {
      this.call.process.lseek(fd, bytes.length, 1);
      this.written += bytes.length;
    } else {
      let at = 0;
      try {
        while (at < bytes.length) at += this.call.process.write(fd, bytes.subarray(at));
      } finally {
        this.written += at;
        if (at > 0 && at < bytes.length) this.partialOut++;
      }
    }
    if (bytes.length === this.outputSize) this.fullOut++;
    else this.partialOut++;
  }

  /** A hole at the end needs its size set. */
  #endSparse(fd: number): void {
    const { process } = this.call;
    const at = process.lseek(fd, 0, 1);
    if (process.fstat(fd).size < at) process.ftruncate(fd, at);
  }

  #sync(fd: number): boolean {
    const { call } = this;
    try {
      if (this.conversions.has('fsync')) call.process.fsync(fd);
      else call.process.fdatasync(fd);
      return true;
    } catch (error) {
      call.warn(`fsync failed for ${quote(this.words.get('of') ?? 'standard output')}: ${errorText(error)}`);
      return false;
    }
  }

  #report(seconds: number): void {
    const status = this.words.get('status');
    if (status === 'none') return;
    this.call.complain(`${this.fullIn}+${this.partialIn} records in\n${this.fullOut}+${this.partialOut} records out\n`);
    if (status === 'noxfer') return;
    const bytes = this.written;
    const sizes = [bytes >= 1000 ? spaced(bytes, 1000) : '', bytes >= 1024 ? spaced(bytes, 1024) : ''].filter((text) => text !== '');
    const human = sizes.length === 0 ? '' : ` (${sizes.join(', ')})`;
    const rate = seconds === 0 ? 'Infinity B' : spaced(bytes / seconds, 1000);
    this.call.complain(`${bytes} byte${bytes === 1 ? '' : 's'}${human} copied, ${Number(seconds.toPrecision(6))} s, ${rate}/s\n`);
  }
}

/** `1.5 kB`, `1.0 KiB`. */
function spaced(bytes: number, base: 1024 | 1000): string {
  const text = humanSize(bytes, base, Math.round);
  const match = /^(.*?)([a-zA-Z]?)$/.exec(text) as RegExpExecArray;
  return `${match[1]} ${match[2]}${match[2] !== '' && base === 1024 ? 'i' : ''}B`;
}

function operands(call: Call): Map<string, string> {
  const known = ['if', 'of', 'bs', 'ibs', 'obs', 'count', 'skip', 'iseek', 'seek', 'oseek', 'conv', 'iflag', 'oflag', 'status'];
  const words = new Map<string, string>();
  for (const word of call.operands) {
    const equals = word.indexOf('=');
    const name = word.slice(0, equals);
    if (equals < 0 || !known.includes(name)) call.usage(`unrecognized operand ${quote(word)}`);
    const value = word.slice(equals + 1);
    const earlier = words.get(name);
    // Lists add up; of anything else the last one holds.
    const adds = earlier !== undefined && (name === 'conv' || name === 'iflag' || name === 'oflag');
    words.set(name, adds ? `${earlier},${value}` : value);
  }
  return words;
}

/** `2x512`, `4K`. */
function product(text: string): number | undefined {
  let result = 1;
  for (const factor of text.split('x')) {
    const size = parseSize(factor, 'bcwkKMGTPEZY');
    if (size === undefined) return undefined;
    result *= size;
  }
  return result;
}

function flagBits(flags: ReadonlySet<string>): number {
  let bits = 0;
  for (const flag of flags) bits |= FLAGS[flag] as number;
  return bits;
}
