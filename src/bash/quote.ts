/**
 * Names in messages and listings, quoted as GNU's programs quote them in the C locale.
 */
import { encodeName } from '../abi/name.ts';

/** Characters a shell would take for something else. */
const SPECIAL = /[\s!"#$&'()*;<=>?[\\^`{|}]|^[~#]|^$/;
const CONTROL = /[\x00-\x1f\x7f]|[\udc80-\udcff]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** GNU's shell-escape-always: `'name'`. */
export function quote(name: string): string {
  if (!CONTROL.test(name) && /[^\x00-\x7f]/.test(name) === false) {
    if (!name.includes("'")) return `'${name}'`;
    if (!/["$`\\!]/.test(name)) return `"${name}"`;
  }
  let out = "'";
  let escaped = false;
  for (const character of name) {
    const unit = character.codePointAt(0) as number;
    if (unit < 0x20 || unit >= 0x7f) {
      if (!escaped) out += "'$'";
      escaped = true;
      out += ESCAPES[character] ?? octal(character);
      continue;
    }
    if (escaped) out += "''";
    escaped = false;
    out += character === "'" ? "'\\''" : character;
  }
  return `${out}'`;
}

/** GNU's shell-always: quoted, with control characters as they are. */
export function quotePlain(name: string): string {
  if (name.includes("'") && !/["$`\\!]/.test(name)) return `"${name}"`;
  return `'${name.replaceAll("'", "'\\''")}'`;
}

function octal(character: string): string {
  return [...encodeName(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** GNU's shell-escape: quoted only where a shell would need it. */
export function quoteIfNeeded(name: string): string {
  return name !== '' && !SPECIAL.test(name) && !CONTROL.test(name) && !/[^\x00-\x7f]/.test(name) ? name : quote(name);
}

/** GNU's c style, of `ls -Q`: `"name"`; with no quotes, the escapes of `ls -b`. */
export function quoteC(name: string): string {
  return `"${escapeC(name).replaceAll('"', '\\"')}"`;
}

export function escapeC(name: string): string {
  let out = '';
  for (const character of name) {
    const unit = character.codePointAt(0) as number;
    if (character === '\\') out += '\\\\';
    else if (unit < 0x20 || unit >= 0x7f) out += ESCAPES[character] ?? octal(character);
    else out += character;
  }
  return out;
}

/** The order of strcmp(3) on the bytes of names. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  if (!/[\ud800-\uffff]/.test(a) && !/[\ud800-\uffff]/.test(b)) return a < b ? -1 : 1;
  const left = encodeName(a);
  const right = encodeName(b);
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return (left[i] as number) - (right[i] as number);
  return left.length - right.length;
}
