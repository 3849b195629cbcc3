/**
 * An answer, written into the transport's buffer. Linux: struct fuse_out_header and what follows it.
 *
 * Methods fill the body and return its size; `finish` writes the header in front. Positions are in bytes from the start of the body.
 */
import { FUSE_OUT_HEADER_SIZE } from './protocol.ts';
import type { Request } from './request.ts';

/** Neither a size nor a negative errno: nothing is answered now. */
export const NO_ANSWER = -5000;

const TWO_32 = 2 ** 32;
const BODY = FUSE_OUT_HEADER_SIZE >>> 2;

export class Reply {
  bytes: Uint8Array;
  #words: Uint32Array;

  constructor() {
    this.bytes = new Uint8Array(0);
    this.#words = new Uint32Array(0);
  }

  /** Points at the transport's buffer, which starts at a word. */
  load(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  }

  /** The room for a body. */
  get room(): number {
    return this.bytes.length - FUSE_OUT_HEADER_SIZE;
  }

  u32(offset: number, value: number): void {
    this.#words[BODY + (offset >>> 2)] = value;
  }

  /** A 64-bit value; negative ones in two's complement. */
  u64(offset: number, value: number): void {
    const word = BODY + (offset >>> 2);
    this.#words[word] = value;
    this.#words[word + 1] = Math.floor(value / TWO_32);
  }

  u16(offset: number, value: number): void {
    const word = BODY + (offset >>> 2);
    const shift = (offset & 2) * 8;
    this.#words[word] = ((this.#words[word] as number) & ~(0xffff << shift)) | ((value & 0xffff) << shift);
  }

  /** Zeroes `size` bytes, a multiple of four. */
  zero(offset: number, size: number): void {
    this.#words.fill(0, BODY + (offset >>> 2), BODY + ((offset + size) >>> 2));
  }

  /** The body's bytes from `offset`. */
  room8(offset: number, size: number): Uint8Array {
    return this.bytes.subarray(FUSE_OUT_HEADER_SIZE + offset, FUSE_OUT_HEADER_SIZE + offset + size);
  }

  /** The header; `error` is an errno or 0. The length of the whole message. */
  finish(request: Request, error: number, size: number): number {
    const words = this.#words;
    const length = FUSE_OUT_HEADER_SIZE + size;
    words[0] = length;
    words[1] = -error;
    words[2] = request.uniqueLow;
    words[3] = request.uniqueHigh;
    return length;
  }
}

/** A message of its own: an answer that comes later, or (unique 0, error = code) a notification. */
export function message(unique: { readonly low: number; readonly high: number }, error: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FUSE_OUT_HEADER_SIZE + body.length);
  const words = new Uint32Array(bytes.buffer, 0, 4);
  words[0] = bytes.length;
  words[1] = error;
  words[2] = unique.low;
  words[3] = unique.high;
  bytes.set(body, FUSE_OUT_HEADER_SIZE);
  return bytes;
}
