/**
 * Sizes as GNU's programs read and print them: `10K`, `3MB`, `1.5G`.
 */

const POWERS = 'KMGTPEZY';

/**
 * A count with a suffix: `b` 512 (where allowed), `K` or `KiB` 1024, `kB` or `KB` 1000, and so on.
 * undefined: not a number. Infinity: more than a safe integer.
 */
export function parseSize(text: string, letters = 'bcwkKMGTPEZY'): number | undefined {
  const match = /^(\d+)(?:([a-zA-Z])(iB|B)?)?$/.exec(text);
  if (match === null) return undefined;
  const digits = Number(match[1]);
  const letter = match[2];
  if (letter === undefined) return safe(digits);
  if (!letters.includes(letter)) return undefined;
  if ((letter === 'b' || letter === 'c' || letter === 'w') && match[3] !== undefined) return undefined;
  if (letter === 'b') return safe(digits * 512);
  if (letter === 'c') return safe(digits);
  if (letter === 'w') return safe(digits * 2);
  const power = POWERS.indexOf(letter.toUpperCase()) + 1;
  return safe(digits * (match[3] === 'B' ? 1000 : 1024) ** power);
}

function safe(value: number): number {
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY;
}

/** `1.5K`, `23M`: at most three characters and a letter, rounded up as `-h` prints them, or as `toWhole` says. `base` 1000 is `--si`. */
export function humanSize(bytes: number, base: 1024 | 1000 = 1024, toWhole: (value: number) => number = Math.ceil): string {
  if (bytes < base) return String(toWhole(bytes));
  let power = 0;
  let value = bytes;
  while (value >= base && power < POWERS.length) {
    value /= base;
    power++;
  }
  const letters = base === 1000 ? `k${POWERS.slice(1)}` : POWERS;
  const tenths = toWhole(round(value * 10));
  if (tenths < 100) return `${(tenths / 10).toFixed(1)}${letters[power - 1]}`;
  const whole = toWhole(round(value));
  if (whole >= base && power < POWERS.length) return `1.0${letters[power]}`;
  return `${whole}${letters[power - 1]}`;
}

/** Takes off what a division of doubles may have added before the ceiling is taken. */
function round(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value - nearest) < 1e-9 ? nearest : value;
}

/** How sizes are printed: in units, or for people. */
export interface SizeStyle {
  readonly unit: number;
  readonly human: 1024 | 1000 | undefined;
  /** What follows a number of units: `K` of `-BK`. */
  readonly suffix: string;
}

export function sizeText(bytes: number, style: SizeStyle): string {
  if (style.human !== undefined) return humanSize(bytes, style.human);
  return `${Math.ceil(bytes / style.unit)}${style.suffix}`;
}

/** The argument of `-B` and `--block-size`; undefined when it is none. */
export function parseBlockSize(text: string): SizeStyle | undefined {
  if (text === 'human-readable') return { unit: 1, human: 1024, suffix: '' };
  if (text === 'si') return { unit: 1, human: 1000, suffix: '' };
  const bare = /^[KMGTPEZYk](?:iB|B)?$/.test(text);
  const unit = parseSize(bare ? `1${text}` : text, 'kKMGTPEZY');
  if (unit === undefined || unit === 0) return undefined;
  return { unit, human: undefined, suffix: bare ? (text.length === 1 ? text.toUpperCase() : text) : '' };
}
