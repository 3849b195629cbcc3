import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EILSEQ, LinuxError } from '../../src/abi/errno.ts';
import { decodeName, encodeName, nameLength, normalizePath } from '../../src/abi/name.ts';

const text = fc.string({ unit: 'grapheme' });
/** Bytes that are mostly text, and pieces of text, so that sequences are cut in the middle. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.uint8Array({ min: 0x80, maxLength: 4 }),
      text.map((part) => new TextEncoder().encode(part)),
    ),
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })))
  .map((each) => String.fromCharCode(...each));

/** The same codec by other means: TextDecoder decides whether a piece is valid, longest piece first. */
function slowDecode(from: Uint8Array): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let out = '';
  for (let at = 0; at < from.length; ) {
    let taken = 0;
    for (let length = 4; length > 0 && taken === 0; length--) {
      if (at + length > from.length) continue;
      try {
        const piece = strict.decode(from.subarray(at, at + length));
        if ([...piece].length !== 1) continue;
        out += piece;
        taken = length;
      } catch {}
    }
    if (taken === 0) out += String.fromCharCode(0xdc00 + (from[at] ?? 0));
    at += taken === 0 ? 1 : taken;
  }
  return out;
}

describe('decodeName', () => {
  it('is UTF-8 for text', () => {
    fc.assert(
      fc.property(text, (name) => {
        expect(decodeName(new TextEncoder().encode(name))).toBe(name);
      }),
    );
  });
  it('escapes exactly the bytes that a strict decoder refuses', () => {
    fc.assert(
      fc.property(bytes, (from) => {
        expect(decodeName(from)).toBe(slowDecode(from));
      }),
    );
  });
  it.each([
    ['a byte alone', [0xff], '\udcff'],
    ['a continuation alone', [0x80, 0x61], '\udc80a'],
    ['a sequence cut short', [0xe2, 0x82, 0x61], '\udce2\udc82a'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['an overlong form of three', [0xe0, 0x9f, 0xbf], '\udce0\udc9f\udcbf'],
    ['an overlong form of four', [0xf0, 0x8f, 0xbf, 0xbf], '\udcf0\udc8f\udcbf\udcbf'],
    ['an encoded surrogate', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['the last code point', [0xf4, 0x8f, 0xbf, 0xbf], '\u{10ffff}'],
    ['a byte order mark', [0xef, 0xbb, 0xbf], '\ufeff'],
    ['NUL', [0], '\0'],
  ])('%s', (_, from, expected) => {
    const name = decodeName(Uint8Array.from(from));
    expect(name).toBe(expected);
    expect([...encodeName(name)]).toEqual(from);
  });
  it('takes a part of a buffer', () => {
    const buffer = Uint8Array.of(0x2f, 0xc3, 0xa9, 0x2f);
    expect(decodeName(buffer, 1, 3)).toBe('é');
    expect(decodeName(buffer, 1, 2)).toBe('\udcc3');
    expect(decodeName(buffer, 2)).toBe('\udca9/');
    expect(decodeName(buffer, 4)).toBe('');
  });
  it('takes a name longer than a call has arguments', () => {
    const long = `${'x'.repeat(4095)}${'é🐧'.repeat(100_000)}`;
    expect(decodeName(encodeName(long))).toBe(long);
  });
});

describe('encodeName', () => {
  it('gives back any bytes that were decoded', () => {
    fc.assert(
      fc.property(bytes, (from) => {
        expect([...encodeName(decodeName(from))]).toEqual([...from]);
      }),
    );
  });
  it('gives two different names two different strings', () => {
    fc.assert(fc.property(bytes, bytes, (a, b) => (decodeName(a) === decodeName(b)) === (a.join() === b.join())));
  });
  it.each(['\ud800', 'a\udbff', '\udc00', '\udc7f', '\udd00', '\udfff', '\ud83dx'])(
    'EILSEQ: a surrogate that stands for no byte, %j',
    (name) => {
      for (const codec of [encodeName, nameLength, normalizePath]) {
        let caught: unknown;
        try {
          codec(name);
        } catch (error) {
          caught = error;
        }
        expect(caught).toBeInstanceOf(LinuxError);
        expect((caught as LinuxError).errno).toBe(EILSEQ);
      }
    },
  );
});

describe('nameLength', () => {
  it('counts bytes', () => {
    expect(nameLength('')).toBe(0);
    expect(nameLength('é'.repeat(128))).toBe(256);
    expect(nameLength('🐧\udc80')).toBe(5);
    fc.assert(
      fc.property(bytes, (from) => {
        expect(nameLength(decodeName(from))).toBe(from.length);
      }),
    );
  });
});

describe('normalizePath', () => {
  it('returns text as it is', () => {
    fc.assert(
      fc.property(text, (path) => {
        expect(normalizePath(path)).toBe(path);
      }),
    );
  });
  it('turns escaped bytes that spell text into the text', () => {
    expect(normalizePath('/\udcc3\udca9')).toBe('/é');
    expect(normalizePath('/\udcf0\udc9f\udc90\udca7')).toBe('/🐧');
    expect(normalizePath('/\udcc0\udcaf')).toBe('/\udcc0\udcaf');
  });
  it('gives the one string that its bytes decode to', () => {
    fc.assert(
      fc.property(units, (path) => {
        let normal: string;
        try {
          normal = normalizePath(path);
        } catch (error) {
          expect((error as LinuxError).errno).toBe(EILSEQ);
          return;
        }
        expect(normalizePath(normal)).toBe(normal);
        expect([...encodeName(normal)]).toEqual([...encodeName(path)]);
      }),
    );
  });
});
