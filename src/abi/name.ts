/**
 * File names: bytes in Linux, strings here, with nothing lost between.
 *
 * A name is UTF-8; each byte b that is not part of valid UTF-8 is the lone surrogate U+DC00+b, so U+DC80 to U+DCFF (Python's
 * surrogateescape, PEP 383). The decoder is strict as Unicode's: overlong forms, encoded surrogates and what lies beyond
 * U+10FFFF are invalid bytes. Names become bytes only at a wire; a string that enters is normalised once, so that one
 * name has one string.
 */

import { EILSEQ, LinuxError } from './errno.ts';

/** The bytes of a name. EILSEQ: a surrogate that stands for no byte. */
export function encodeName(name: string): Uint8Array {
  const bytes = new Uint8Array(nameLength(name));
  let at = 0;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (isPair(name, i)) {
      const point = name.codePointAt(i) as number;
      i++;
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else {
      bytes[at++] = unit & 0xff;
    }
  }
  return bytes;
}

/** The length of a name in bytes, which NAME_MAX counts. EILSEQ: a surrogate that stands for no byte. */
export function nameLength(name: string): number {
  let length = name.length;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      length++;
    } else if (unit < 0xd800 || unit > 0xdfff) {
      length += 2;
    } else if (isPair(name, i)) {
      length += 2;
      i++;
    } else if (unit < 0xdc80 || unit > 0xdcff) {
      throw new LinuxError(EILSEQ);
    }
  }
  return length;
}

function isPair(name: string, at: number): boolean {
  return name.charCodeAt(at) < 0xdc00 && (name.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** The name that bytes spell; never fails. The string is flat and keeps nothing else alive. */
export function decodeName(bytes: Uint8Array, start: number = 0, end: number = bytes.length): string {
  let text = '';
  let units: number[] = [];
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      units.push(byte);
      at++;
    } else {
      const length = sequenceLength(bytes, at, end);
      if (length === 0) units.push(0xdc00 + byte);
      else pushPoint(units, bytes, at, length);
      at += length === 0 ? 1 : length;
    }
    // A call has a limited number of arguments.
    if (units.length >= 4096) {
      text += String.fromCharCode.apply(null, units);
      units = [];
    }
  }
  const rest = String.fromCharCode.apply(null, units);
  return text === '' ? rest : text + rest;
}

/** How many bytes the valid sequence of two to four has that begins here, or 0: Unicode's table 3-7. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1] as number;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function pushPoint(units: number[], bytes: Uint8Array, at: number, length: number): void {
  let point = (bytes[at] as number) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f);
  if (point < 0x10000) {
    units.push(point);
  } else {
    units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + (point & 0x3ff));
  }
}

/**
 * The one string of a name or path. Text is returned as it is; escaped bytes that together are valid UTF-8 become the
 * text they spell. EILSEQ: a surrogate that stands for no byte.
 */
export function normalizePath(path: string): string {
  return path.isWellFormed() ? path : decodeName(encodeName(path));
}

/** Shorter strings are copied by `slice` anyway. */
const SLICE_MIN = 13;

/** The same name as a string of its own: a slice of a long path would keep all of the path alive. */
export function flatName(name: string): string {
  return name.length < SLICE_MIN ? name : [name.slice(0, SLICE_MIN - 1), name.slice(SLICE_MIN - 1)].join('');
}
