/**
 * Glob patterns: braces, `*`, `?`, classes, extended groups, `**`. As path.matchesGlob reads them: a leading dot is matched only by a dot.
 */

/** One component of a pattern: exact text, an expression, or null for `**`, any depth of directories. */
export type Segment = string | RegExp | null;

/** `x..y`, with a step or without. */
const RANGE = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/;

/** `a{b,c}{1..3}` as the patterns it stands for. */
export function expandBraces(pattern: string): string[] {
  for (let open = pattern.indexOf('{'); open !== -1; open = pattern.indexOf('{', open + 1)) {
    const close = '\\$'.includes(pattern[open - 1] ?? ' ') ? -1 : closing(pattern, open, '{}');
    if (close === -1) continue;
    const inner = pattern.slice(open + 1, close);
    const range = RANGE.exec(inner);
    const parts = range === null ? split(inner, ',', '{}') : sequence(range);
    // Braces without a comma or a range are themselves.
    if (range === null && parts.length === 1) continue;
    const around = (part: string): string => pattern.slice(0, open) + part + pattern.slice(close + 1);
    return parts.flatMap(expandBraces).flatMap((part) => expandBraces(around(part)));
  }
  return [pattern];
}

/** Where the bracket at `open` is closed; -1 if it is not. */
function closing(text: string, open: number, brackets: string): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === brackets[0]) depth++;
    else if (text[at] === brackets[1] && --depth === 0) return at;
  }
  return -1;
}

/** The parts between separators that are outside of brackets. */
function split(text: string, separator: string, brackets: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === brackets[0]) at = Math.max(at, closing(text, at, brackets));
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const MAX_SEQUENCE = 100_000;

function sequence([, from = '', to = '', by]: RegExpExecArray): string[] {
  const letters = !/^-?\d+$/.test(from);
  const first = letters ? from.charCodeAt(0) : Number(from);
  const last = letters ? to.charCodeAt(0) : Number(to);
  const step = Math.max(1, Math.abs(Number(by ?? 1)));
  const width = /^-?0\d/.test(from) || /^-?0\d/.test(to) ? Math.max(from.length, to.length) : 0;
  const result: string[] = [];
  for (let value = first; first <= last ? value <= last : value >= last; value += first <= last ? step : -step) {
    result.push(letters ? String.fromCharCode(value) : String(value).padStart(width, '0'));
    if (result.length >= MAX_SEQUENCE) break;
  }
  return result;
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
  space: '\\p{Z}\\t\\r\\n\\v\\f',
  upper: '\\p{Lu}',
  word: `${ALNUM}\\p{Pc}`,
  xdigit: 'A-Fa-f0-9',
};

const escape = (char: string): string => (/[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char);

/** The expression source of a pattern without slashes. */
function source(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if ('?*+@!'.includes(char) && pattern[at + 1] === '(') {
      const close = closing(pattern, at + 1, '()');
      if (close !== -1) {
        const choices = split(pattern.slice(at + 2, close), '|', '()')
          .map(source)
          .join('|');
        const rest = source(pattern.slice(close + 1));
        if (char === '!') return `${text}(?:(?!(?:${choices})${rest}$)[^/]*?)${rest}`;
        return `${text}(?:${choices})${char === '@' ? '' : char}${rest}`;
      }
    }
    if (char === '*') {
      while (pattern[at + 1] === '*') at++;
      text += '[^/]*?';
    } else if (char === '?') text += '[^/]';
    else if (char === '\\' && at + 1 < pattern.length) text += escape(pattern[++at] as string);
    else if (char === '[') {
      const [expression, end] = characterClass(pattern, at);
      text += expression;
      at = end;
    } else text += escape(char);
  }
  return text;
}

/** `[a-z]`, `[!x]`, `[[:digit:]]`: its expression and the position of its end. An open bracket alone is itself. */
function characterClass(pattern: string, open: number): [string, number] {
  let at = open + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at++;
  let inner = '';
  for (const first = at; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === ']' && at > first) return [`[${negated ? '^/' : ''}${inner}]`, at];
    const named = char === '[' ? /^\[:(\w+):\]/.exec(pattern.slice(at)) : null;
    const members = named === null ? undefined : POSIX_CLASSES[named[1] as string];
    if (named !== null && members !== undefined) {
      inner += members;
      at += named[0].length - 1;
    } else if (char === '\\' && at + 1 < pattern.length) inner += escape(pattern[++at] as string);
    else inner += char === '-' ? '-' : escape(char);
  }
  return ['\\[', open];
}

/** A pattern without braces as its components. */
export function parsePattern(pattern: string): Segment[] {
  return pattern.split('/').map((part) => {
    if (part === '**') return null;
    if (!/[*?[\\+@!]/.test(part)) return part;
    const expression = source(part);
    // `*` and friends leave hidden names alone, and never match `.` and `..`.
    const hidden = part.startsWith('.') || /^[?*+@!]\(\./.test(part) ? '(?!\\.{1,2}$)' : '(?!\\.)';
    try {
      return new RegExp(`^${hidden}${expression}$`, 'u');
    } catch {
      return part;
    }
  });
}

export function matchesSegment(segment: Segment, name: string): boolean {
  if (segment === null) return !name.startsWith('.');
  return typeof segment === 'string' ? segment === name : segment.test(name);
}

/** Whether a path, in components, is matched by a pattern. */
export function matchesPath(segments: readonly Segment[], parts: readonly string[], s = 0, p = 0): boolean {
  if (s === segments.length) return p === parts.length;
  const segment = segments[s] as Segment;
  if (segment === null) {
    for (let next = p; next <= parts.length; next++) {
      if (matchesPath(segments, parts, s + 1, next)) return true;
      if (next < parts.length && (parts[next] as string).startsWith('.')) return false;
    }
    return false;
  }
  return p < parts.length && matchesSegment(segment, parts[p] as string) && matchesPath(segments, parts, s + 1, p + 1);
}
