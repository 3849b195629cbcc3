/**
 * Text and bytes, in Node's encodings. Uses the host's Buffer where there is one, and the web's TextEncoder elsewhere.
 */

import { encodeName } from '../abi/name.ts';
import { invalidArgValue } from './errors.ts';

export type Encoding = 'utf8' | 'utf16le' | 'latin1' | 'ascii' | 'base64' | 'base64url' | 'hex';

/** Node's Buffer, or nothing in a browser. Results are Buffers where it exists and plain Uint8Arrays elsewhere. */
export const HostBuffer: BufferConstructor | undefined = (globalThis as { Buffer?: BufferConstructor }).Buffer;

const ENCODINGS: readonly string[] = ['utf8', 'utf16le', 'latin1', 'ascii', 'base64', 'base64url', 'hex'];

/** The canonical name of an encoding, undefined for none of Node's. */
export function normalizeEncoding(name: unknown): Encoding | undefined {
  if (typeof name !== 'string') return undefined;
  if (ENCODINGS.includes(name)) return name as Encoding;
  const plain = name.toLowerCase().replace(/^(utf|ucs)-/, '$1');
  const known = plain === 'ucs2' ? 'utf16le' : plain === 'binary' ? 'latin1' : plain;
  return ENCODINGS.includes(known) ? (known as Encoding) : undefined;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Memory that is about to be filled from end to end; small pieces come from Node's pool. */
export function allocate(size: number): Uint8Array {
  return HostBuffer === undefined ? new Uint8Array(size) : HostBuffer.allocUnsafe(size);
}

/** The same, not from a pool. */
export function allocateAlone(size: number): Uint8Array {
  return HostBuffer === undefined ? new Uint8Array(size) : HostBuffer.allocUnsafeSlow(size);
}

/** What fs.read fills when it is given nothing. */
export function newBuffer(): Uint8Array {
  return HostBuffer === undefined ? new Uint8Array(16384) : HostBuffer.alloc(16384);
}

/** A view as what Node would return: a Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Uint8Array {
  if (HostBuffer === undefined || bytes instanceof HostBuffer) return bytes;
  return HostBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Several pieces in one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The bytes of a view of any kind. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Text to bytes. An unknown encoding is UTF-8, as everywhere in Node's write functions. */
export function encode(text: string, encoding: Encoding = 'utf8'): Uint8Array {
  if (text === '') return NO_BYTES;
  if (HostBuffer !== undefined) return HostBuffer.from(text, encoding);
  switch (encoding) {
    case 'utf8':
      return encoder.encode(text);
    case 'ascii':
    case 'latin1':
      return Uint8Array.from(text, (c) => c.charCodeAt(0));
    case 'utf16le':
      return Uint8Array.from({ length: text.length * 2 }, (_, i) => text.charCodeAt(i >> 1) >> (8 * (i & 1)));
    case 'hex':
      // As far as it is hex.
      return Uint8Array.from(/^([\da-f]{2})*/i.exec(text)?.[0].match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    default:
      return Uint8Array.from(
        atob(
          text
            .replace(/-/g, '+')
            .replace(/_/g, '/')
            .replace(/[^A-Za-z0-9+/]/g, ''),
        ),
        (c) => c.charCodeAt(0),
      );
  }
}

/** Bytes to text. */
export function decode(bytes: Uint8Array, encoding: Encoding): string {
  if (HostBuffer !== undefined) {
    const buffer = asBuffer(bytes) as Buffer;
    return encoding === 'utf8' ? buffer.toString() : buffer.toString(encoding);
  }
  switch (encoding) {
    case 'utf8':
      return decoder.decode(bytes);
    case 'hex':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    case 'utf16le':
      return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes.subarray(0, bytes.length & ~1));
    default: {
      let text = '';
      for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
      if (encoding === 'latin1') return text;
      if (encoding === 'ascii') return Array.from(text, (c) => String.fromCharCode(c.charCodeAt(0) & 127)).join('');
      const base64 = btoa(text);
      return encoding === 'base64' ? base64 : base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    }
  }
}

/** Whether a name is text through and through, without an escaped byte. */
export function isWellFormed(name: string): boolean {
  return (name as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** A name of the core as the caller asked to see it. Bytes that are not UTF-8 become U+FFFD in text, as in Node. */
export function nameOut(name: string, encoding: Encoding | 'buffer' | undefined): string | Uint8Array {
  if (encoding === undefined || encoding === 'utf8') return isWellFormed(name) ? name : decode(encodeName(name), 'utf8');
  if (encoding === 'buffer') return asBuffer(encodeName(name));
  return decode(encodeName(name), encoding);
}

/** The `encoding` of options, checked: an unknown one is refused. */
export function checkedEncoding(encoding: unknown): Encoding | 'buffer' | undefined {
  if (!encoding) return undefined;
  if (encoding === 'utf8') return 'utf8';
  if (encoding === 'buffer') return 'buffer';
  const known = normalizeEncoding(encoding);
  if (known === undefined) throw invalidArgValue('encoding', encoding, 'is invalid encoding');
  return known;
}
