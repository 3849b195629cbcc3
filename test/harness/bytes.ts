/**
 * Paths as the kernel takes them: UTF-8, an invalid byte b being the lone surrogate U+DC00+b, and a NUL at the end.
 *
 * Written apart from src/abi/name.ts, so that one checks the other.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encode(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

export function cString(text: string): Uint8Array {
  const bytes = encode(text);
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

export function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    // Take the longest valid sequence at each place; what starts none is one invalid byte.
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      let length = 4;
      for (; length > 0; length--) {
        try {
          const character = decoder.decode(bytes.subarray(at, at + length));
          if ([...character].length !== 1) continue;
          text += character;
          break;
        } catch {}
      }
      if (length === 0) {
        text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
        length = 1;
      }
      at += length;
    }
    return text;
  }
}

/** The bytes before the first NUL. */
export function fromCString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decode(end < 0 ? bytes : bytes.subarray(0, end));
}
