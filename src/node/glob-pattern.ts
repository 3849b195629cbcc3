/**
 * Glob patterns: braces, `*`, `?`, classes, extended groups, `**`. As path.matchesGlob reads them: a leading dot is matched only by a dot.
 */

/** A pattern without braces: its components, and what is left of it from each on, as text. */
export type Pattern = readonly [segments: readonly Segment[], rests: readonly string[]];

/** One component of a pattern: exact text, an expression, or null for `**`, any depth of directories. */
export type Segment = string | RegExp | null;

/** `x..y`, with a step or without. */
const RANGE = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/;

/** `a{b,c}{1..3}` as the patterns it stands for. */
function expandBraces(pattern: string): string[] {
  for (let open = pattern.indexOf('{'); open !== -1; open = pattern.indexOf('{', open + 1)) {
    const [parts, close] = bracketed(pattern, open, '{,}') ?? [[], 0];
    const range = RANGE.exec(pattern.slice(open + 1, close));
    // Braces without a comma or a range are themselves.
    if (pattern[open - 1] === '$' || (range === null && parts.length < 2)) continue;
    return (range === null ? parts : sequence(range))
      .flatMap(expandBraces)
      .flatMap((part) => expandBraces(pattern.slice(0, open) + part + pattern.slice(close + 1)));
  }
  return [pattern];
}

/** What is between the brackets at `open`, by its separator, and where they are closed; nothing, if they are not. */
function bracketed(text: string, open: number, [left, separator, right]: string): [parts: string[], close: number] | undefined {
  const parts = [''];
  for (let at = open + 1, depth = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (depth === 0 && char === right) return [parts, at];
    if (depth === 0 && char === separator) parts.push('');
    else parts.push(parts.pop() + char);
    depth += char === left ? 1 : char === right ? -1 : 0;
  }
  return undefined;
}

const MAX_SEQUENCE = 100_000;

function sequence([, from = '', to = '', by = '1']: RegExpExecArray): string[] {
  const ends = [from, to];
  const letters = !/\d/.test(from);
  const [first, last] = ends.map((end) => (letters ? end.charCodeAt(0) : Number(end))) as [number, number];
  const step = Math.abs(Number(by)) || 1;
  const width = ends.some((end) => /^-?0\d/.test(end)) ? Math.max(from.length, to.length) : 0;
  return Array.from({ length: Math.min(MAX_SEQUENCE, Math.abs(last - first) / step + 1) }, (_, index) => {
    const value = first + Math.sign(last - first) * index * step;
    return letters ? String.fromCharCode(value) : String(value).padStart(width, '0');
  });
}

const ALPHA = '\\p{L}\\p{Nl}';
const ALNUM: string = `${ALPHA}\\p{Nd}`;
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: ALNUM,
  alpha: ALPHA,
  ascii: '\\x00-\\x7f',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '\\x21-\\x7e',
  lower: '\\p{Ll}',
  print: '\\x20-\\x7e',
  punct: '\\p{P}',
  space: '\\p{Z}\\t-\\r',
  upper: '\\p{Lu}',
  word: `${ALNUM}\\p{Pc}`,
  xdigit: 'A-Fa-f0-9',
};

/** A bracket that is closed: what is not in it, or what is. */
const CLASS = /^\[([!^]?)((?:\[:\w+:\]|.)+?)\]/;

const escape = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');

/** The expression source of a pattern without slashes. */
function source(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if ('?*+@!'.includes(char) && pattern[at + 1] === '(') {
      const [parts, close] = bracketed(pattern, at + 1, '(|)') ?? [[], 0];
      if (close > 0) {
        const choices = parts.map(source).join('|');
        const rest = source(pattern.slice(close + 1));
        return `${text}(?:${char === '!' ? `(?!(?:${choices})${rest}$)[^/]*?` : choices})${'@!'.includes(char) ? '' : char}${rest}`;
      }
    }
    if (char === '*') {
      while (pattern[at + 1] === '*' && pattern[at + 2] !== '(') at++;
      text += '[^/]*?';
    } else if (char === '?') text += '[^/]';
    else {
      const [whole = char, not, members] = CLASS.exec(pattern.slice(at)) ?? [];
      text += members === undefined ? escape(char) : classSource(not as string, members);
      at += whole.length - 1;
    }
  }
  return text;
}

/** `[a-z]`, `[!x]`, `[[:digit:]]`. */
function classSource(not: string, members: string): string {
  const inner = members.replace(/\[:(\w+):\]|[[\]\\^]/g, (each, name = '') => POSIX_CLASSES[name] ?? `\\${each}`);
  return `[${not ? '^' : ''}${inner}]`;
}

/** With as few components as find the same: `a/../b` is `b`, and `**` twice is once. Node's walk depends on what is left. */
function simplify(patterns: string[][]): string[][] {
  const isStep = (part: string | undefined): boolean => !['', '.', '..', undefined].includes(part);
  for (const parts of patterns) {
    for (let at = 0; at < parts.length; at++) {
      const [part, next, first, second] = parts.slice(at);
      if (part === '**') {
        if (next === '**') parts.splice(at--, 1);
        else if (next === '..' && isStep(first) && isStep(second)) {
          patterns.push(parts.toSpliced(at + 1, 1));
          parts.splice(at, 1);
          at = -1;
        }
      } else if (next === '..' && isStep(part)) {
        parts.splice(at, 2, ...(at === 0 && first === '**' ? ['.'] : parts.length === 2 ? [''] : []));
        at = -1;
      }
    }
    if (parts.length === 2 && parts[0] === '.' && !isStep(parts[1]) && parts[1] !== '..') parts.pop();
  }
  return patterns;
}

/** A pattern as those without braces that it stands for. */
export function parsePattern(pattern: string): Pattern[] {
  // `a//b` and `a/./b` are `a/b`.
  const all = expandBraces(pattern.replaceAll('\\', '/')).map((each) => each.replace(/\/(\.?\/)+/g, '/'));
  return simplify(all.filter(Boolean).map((each) => each.split('/'))).map((parts) => [
    parts.map(parseSegment),
    parts.map((_, index) => parts.slice(index).join('/')),
  ]);
}

/** One component. */
function parseSegment(part: string): Segment {
  if (part === '**') return null;
  // `[*]` is how a star is written that is one.
  const single = /\[([^!^])\]/g;
  if (!/[*?]|[+@!]\(|\[.+\]/.test(part.replace(single, ''))) return part.replace(single, '$1');
  // `*` alone is at least one character.
  const expression = source(part.replace(/^\*+$/, '?*'));
  // `*` and friends leave hidden names alone, and never match `.` and `..`.
  const hidden = /^([?*+@!]\()?\./.test(part) ? '(?!\\.{1,2}$)' : '(?!\\.)';
  try {
    // A `?` is half of an emoji, as in Node.
    return new RegExp(`^${hidden}${expression}$`, expression.includes('\\p') ? 'u' : '');
  } catch {
    return part;
  }
}

export function matchesSegment(segment: Segment | undefined, name: string): boolean {
  return segment instanceof RegExp ? segment.test(name) : segment === name;
}

/** Whether a path, in components, is matched by a pattern. A slash at its end does not matter. */
export function matchesPath(segments: readonly Segment[], parts: readonly string[], s = 0, p = 0): boolean {
  if (s === segments.length) return p === parts.length || (p === parts.length - 1 && parts[p] === '');
  if (segments[s] !== null)
    return p < parts.length && matchesSegment(segments[s], parts[p] as string) && matchesPath(segments, parts, s + 1, p + 1);
  // `a/**` is what is in a directory, and not the directory.
  const isLast = s + 1 === segments.length;
  for (let next = p; next <= parts.length; next++) {
    if (isLast ? next === parts.length && next > p : matchesPath(segments, parts, s + 1, next)) return true;
    if (parts[next]?.startsWith('.')) return false;
  }
  return false;
}
