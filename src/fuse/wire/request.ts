/**
 * A request as the kernel wrote it. Linux: struct fuse_in_header and what follows it.
 *
 * One object reads every request: `load` points it at the bytes. Positions are in bytes from the start of the message, words are
 * 32-bit values in the host's order. 64-bit values are read as numbers; those that are only handed back keep their two words.
 */
import { decodeName } from '../../abi/name.ts';
import { FUSE_EXT_GROUPS, FUSE_IN_HEADER_SIZE, minimumBody } from './protocol.ts';

const TWO_32 = 2 ** 32;
const NAME_CACHE_SIZE = 1024;
const NAME_CACHE_LONGEST = 64;

export class Request {
  bytes: Uint8Array;
  /** Without the extensions at the tail. */
  length: number;
  opcode: number;
  uid: number;
  gid: number;
  pid: number;
  /** The group of the parent directory, when the requester is in it; else -1. */
  group: number;
  #words: Uint32Array;
  /** Where the next `name()` starts. */
  #position: number;
  /** Names met lately: the same string object again has its hash computed already. */
  #names: (string | undefined)[];

  constructor() {
    this.bytes = new Uint8Array(0);
    this.length = 0;
    this.opcode = 0;
    this.uid = 0;
    this.gid = 0;
    this.pid = 0;
    this.group = -1;
    this.#words = new Uint32Array(0);
    this.#position = 0;
    this.#names = new Array<string | undefined>(NAME_CACHE_SIZE).fill(undefined);
  }

  /** Reads the header. False when the message is not a request of a known opcode with a whole body. */
  load(bytes: Uint8Array, length: number): boolean {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      // A view that does not start at a word is copied; a transport's buffer always does.
      const aligned = (bytes.byteOffset & 3) === 0 ? bytes : bytes.slice();
      this.#words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >>> 2);
    }
    this.length = length;
    this.opcode = 0;
    this.group = -1;
    if (length < FUSE_IN_HEADER_SIZE) return false;
    const words = this.#words;
    this.opcode = words[1] as number;
    this.uid = words[6] as number;
    this.gid = words[7] as number;
    this.pid = words[8] as number;
    if (words[0] !== length) return false;
    const extensions = ((words[9] as number) & 0xffff) * 8;
    if (extensions !== 0) {
      if (extensions > length - FUSE_IN_HEADER_SIZE) return false;
      this.length = length - extensions;
      this.#readExtensions(length);
    }
    const body = minimumBody(this.opcode);
    return body >= 0 && this.length - FUSE_IN_HEADER_SIZE >= body;
  }

  /** Whether the header, and with it the number to answer to, is there. */
  get isAnswerable(): boolean {
    return this.opcode !== 0 && (this.#words[2] !== 0 || this.#words[3] !== 0);
  }

  get uniqueLow(): number {
    return this.#words[2] as number;
  }

  get uniqueHigh(): number {
    return this.#words[3] as number;
  }

  get nodeid(): number {
    return (this.#words[4] as number) + (this.#words[5] as number) * TWO_32;
  }

  /** The 32-bit value at byte `offset` of the body. */
  u32(offset: number): number {
    return this.#words[10 + (offset >>> 2)] as number;
  }

  /** The 64-bit value at byte `offset` of the body. Beyond 2^53 it is inexact, and therefore refused by whoever takes it for a size. */
  u64(offset: number): number {
    const word = 10 + (offset >>> 2);
    return (this.#words[word] as number) + (this.#words[word + 1] as number) * TWO_32;
  }

  /** The signed 64-bit value at byte `offset` of the body. */
  s64(offset: number): number {
    const word = 10 + (offset >>> 2);
    return (this.#words[word] as number) + ((this.#words[word + 1] as number) | 0) * TWO_32;
  }

  /** Names start `offset` bytes into the body. */
  seek(offset: number): void {
    this.#position = FUSE_IN_HEADER_SIZE + offset;
  }

  /** The next NUL-terminated name; undefined when its NUL is missing. */
  name(): string | undefined {
    const { bytes, length } = this;
    const start = this.#position;
    let hash = 0;
    let high = 0;
    let end = start;
    for (;;) {
      if (end >= length) return undefined;
      const byte = bytes[end] as number;
      if (byte === 0) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
      high |= byte;
      end++;
    }
    this.#position = end + 1;
    const size = end - start;
    if (high >= 0x80 || size > NAME_CACHE_LONGEST) return decodeName(bytes.subarray(start, end));
    const slot = (hash ^ (hash >>> 10)) & (NAME_CACHE_SIZE - 1);
    const known = this.#names[slot];
    if (known !== undefined && known.length === size && isSame(known, bytes, start)) return known;
    const name = String.fromCharCode(...bytes.subarray(start, end));
    this.#names[slot] = name;
    return name;
  }

  /** The `size` bytes that follow the last name, or undefined when there are fewer. */
  data(size: number): Uint8Array | undefined {
    if (size > this.length - this.#position) return undefined;
    return this.bytes.subarray(this.#position, this.#position + size);
  }

  /** Extension records at the tail, wherever the names have ended. Linux: struct fuse_ext_header, struct fuse_supp_groups. */
  #readExtensions(end: number): void {
    const words = new Uint32Array(this.bytes.slice(this.length, end).buffer);
    let word = 0;
    while (word + 2 <= words.length) {
      const size = words[word] as number;
      if (size < 8 || size > (words.length - word) * 4) return;
      if (words[word + 1] === FUSE_EXT_GROUPS && size >= 16 && words[word + 2] === 1) this.group = words[word + 3] as number;
      word += ((size + 7) & ~7) >>> 2;
    }
  }
}

function isSame(name: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index++) if (name.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
