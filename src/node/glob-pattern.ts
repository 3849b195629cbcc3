/**
 * Glob patterns: braces, `*`, `?`, classes, extended groups, `**`. As path.matchesGlob reads them: a leading dot is matched only by a dot.
 */

/** One component of a pattern: any depth of directories, exact text, or an expression. */
export type Segment = '**' | { readonly text: string } | { readonly regexp: RegExp };

/** `a{b,c}{1..3}` as the patterns it stands for. */
export function expandBraces(pattern: string): string[] {
  const open = findOpen(pattern);
  if (open === -1) return [pattern];
  const close = findClose(pattern, open);
  const before = pattern.slice(0, open);
  const after = pattern.slice(close + 1);
  const inner = pattern.slice(open + 1, close);
  const range = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(inner);
  const parts = range === null ? splitCommas(inner) : sequence(range);
  return parts.flatMap((part) => expandBraces(part)).flatMap((part) => expandBraces(before + part + after));
}

/** The first `{` that has a `}` and a comma or a range between. */
function findOpen(pattern: string): number {
  for (let at = pattern.indexOf('{'); at !== -1; at = pattern.indexOf('{', at + 1)) {
    if (pattern[at - 1] === '\\' || pattern[at - 1] === '$') continue;
    const close = findClose(pattern, at);
    if (close === -1) continue;
    const inner = pattern.slice(at + 1, close);
    if (splitCommas(inner).length > 1 || /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])/.test(inner)) return at;
  }
  return -1;
}

function findClose(pattern: string, open: number): number {
  let depth = 0;
  for (let at = open; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '{') depth++;
    else if (pattern[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function splitCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '{') depth++;
    else if (text[at] === '}') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
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

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{Nl}\\p{Nd}',
  alpha: '\\p{L}\\p{Nl}',
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
  word: '\\p{L}\\p{Nl}\\p{Nd}\\p{Pc}',
  xdigit: 'A-Fa-f0-9',
};

const escape = (char: string): string => (/[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char);

/** The expression source of a pattern without slashes. */
function source(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if ('?*+@!'.includes(char) && pattern[at + 1] === '(') {
      const close = closingParenthesis(pattern, at + 1);
      if (close !== -1) {
        const choices = splitChoices(pattern.slice(at + 2, close))
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

function closingParenthesis(pattern: string, open: number): number {
  let depth = 0;
  for (let at = open; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '(') depth++;
    else if (pattern[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

function splitChoices(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (at === text.length || (text[at] === '|' && depth === 0)) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return parts;
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
    if (part === '**') return '**';
    if (!/[*?[\\+@!]/.test(part)) return { text: part };
    const expression = source(part);
    // `*` and friends leave hidden names alone, and never match `.` and `..`.
    const hidden = part.startsWith('.') || /^[?*+@!]\(\./.test(part) ? '(?!\\.{1,2}$)' : '(?!\\.)';
    try {
      return { regexp: new RegExp(`^${hidden}${expression}$`, 'u') };
    } catch {
      return { text: part };
    }
  });
}

export function matchesSegment(segment: Segment, name: string): boolean {
  if (segment === '**') return !name.startsWith('.');
  return 'text' in segment ? segment.text === name : segment.regexp.test(name);
}

/** Whether a path, in components, is matched by a pattern. */
export function matchesPath(segments: readonly Segment[], parts: readonly string[], s = 0, p = 0): boolean {
  if (s === segments.length) return p === parts.length;
  const segment = segments[s] as Segment;
  if (segment === '**') {
    for (let next = p; next <= parts.length; next++) {
      if (matchesPath(segments, parts, s + 1, next)) return true;
      if (next < parts.length && (parts[next] as string).startsWith('.')) return false;
    }
    return false;
  }
  return p < parts.length && matchesSegment(segment, parts[p] as string) && matchesPath(segments, parts, s + 1, p + 1);
}
