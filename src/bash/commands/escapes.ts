/**
 * The backslash escapes of formats: `\n`, `\x41`, `\101`.
 */

const LETTERS: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export function escapes(format: string): string {
  return format.replace(/\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))/gs, (whole, hex?: string, octal?: string, letter?: string) => {
    if (hex !== undefined) return byte(Number.parseInt(hex, 16));
    if (octal !== undefined) return byte(Number.parseInt(octal, 8) & 0xff);
    return LETTERS[letter as string] ?? whole;
  });
}

/** One byte, as a name spells it. */
function byte(value: number): string {
  return value < 0x80 ? String.fromCharCode(value) : String.fromCharCode(0xdc00 + value);
}
