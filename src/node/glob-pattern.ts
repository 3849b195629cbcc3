/**
 * Glob patterns: braces, `*`, `?`, classes, extended groups, `**`. As path.matchesGlob reads them: a leading dot is matched only by a dot, and a
 * backslash is a slash.
 */

/** One component of a pattern: exact text, an expression, or null for `**`, any depth of directories. */
export type Segment = string | RegExp | null;

/** A pattern without braces: its components, and what is left of it from each on, as text. */
export type Pattern = readonly [segments: readonly Segment[], rests: readonly string[]];

/** What is between brackets, by their separator, and where they are closed. Nothing, if they are not. */
function bracketed(text: string, open: number, [left, separator, right]: string): [parts: string[], close: number] | undefined {
  const parts: string[] = [];
  let from = open + 1;
  for (let at = open, depth = 0; at < text.length; at++) {
    const char = text[at];
    // In a class, a bracket is a member.
    if (left === '(' && char === '[') at += (BRACKET.exec(text.slice(at)) as RegExpExecArray)[0].length - 1;
    // A group has its kind before it.
    if (char === left && (left === '{' || /[?*+@!]/.test(text[at - 1] ?? ''))) depth++;
    if (char === right) depth--;
    if (depth === 0 || (depth === 1 && char === separator)) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return [parts, at];
  }
  return undefined;
}

/** `a{b,c}{1..3}` as the patterns it stands for. */
function expandBraces(pattern: string): string[] {
  for (let open = pattern.indexOf('{'); open !== -1; open = pattern.indexOf('{', open + 1)) {
    const [parts, close] = bracketed(pattern, open, '{,}') ?? [[], 0];
    if (close === 0 || pattern[open - 1] === '$') continue;
    const inner = pattern.slice(open + 1, close);
    const after = pattern.slice(close + 1);
    const range = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(inner);
    // Braces without a comma or a range are themselves; and so is all behind them, if there is no comma.
    if (range === null && !inner.includes(',') && !/,(?!,).*}/.test(after)) break;
    if (range === null && parts.length === 1) continue;
    return (range === null ? parts : sequence(range))
      .flatMap(expandBraces)
      .flatMap((part) => expandBraces(pattern.slice(0, open) + part + after));
  }
  return [pattern];
}

const MAX_SEQUENCE = 100_000;

function sequence([, from = '', to = '', by = '1']: RegExpExecArray): string[] {
  const ends = [from, to];
  const letters = !/\d/.test(from);
  const [first, last] = ends.map((end) => (letters ? end.charCodeAt(0) : Number(end))) as [number, number];
  const step = Math.max(1, Math.abs(Number(by)));
  const width = ends.some((end) => /^-?0\d/.test(end)) ? Math.max(from.length, to.length) : 0;
  return Array.from({ length: Math.min(MAX_SEQUENCE, Math.abs(last - first) / step + 1) }, (_, index) => {
    const value = first + Math.sign(last - first) * index * step;
    return letters ? String.fromCharCode(value) : String(value).padStart(width, '0');
  });
}

/** The components, with as few as find the same: `a/./b` is `a/b`, and `a/../b` is `b`. Node's walk depends on what is left. */
function simplify(patterns: string[][]): string[][] {
  const isStep = (part = ''): boolean => !/^\.{0,2}$/.test(part);
  let before: string;
  do {
    before = JSON.stringify(patterns);
    for (const parts of patterns) {
      for (let at = 0; at < parts.length; at++) {
        if (parts[at] !== '**') continue;
        while (parts[at + 1] === '**') parts.splice(at, 1);
        // `**/../a/b` is `../a/b` and `**/a/b`.
        if (parts[at + 1] !== '..' || !isStep(parts[at + 2]) || !isStep(parts[at + 3])) continue;
        patterns.push([...parts.slice(0, at + 1), ...parts.slice(at + 2)]);
        parts.splice(at--, 1);
      }
      // `.` and nothing, but for a slash at the end.
      for (let at = 1; at < parts.length; at++)
        if (/^\.?$/.test(parts[at] as string) && (at < parts.length - 1 || (at === 1 && parts[0] === '.'))) parts.splice(at--, 1);
      for (let at = 1; at < parts.length; at++) {
        if (parts[at] !== '..' || !isStep(parts[at - 1]) || parts[at - 1] === '**') continue;
        parts.splice(at - 1, 2, ...(at === 1 && parts[2] === '**' ? ['.'] : parts.length === 2 ? [''] : []));
        at = Math.max(0, at - 2);
      }
    }
  } while (before !== JSON.stringify(patterns));
  // One of two that is in the other goes.
  return patterns.filter((one, index) => {
    for (let at = index + 1; at < patterns.length; at++) {
      const both = merge(one, patterns[at] as string[]);
      if (both === undefined) continue;
      patterns[at] = both;
      return false;
    }
    return true;
  });
}

/** Two patterns as the one that has `*` for a name or `**` for nothing. */
function merge(one: readonly string[], two: readonly string[]): string[] | undefined {
  if (one.length !== two.length) return undefined;
  const both: string[] = [];
  let wider: readonly string[] | undefined;
  for (let a = 0, b = 0; a < one.length && b < two.length; a++, b++) {
    const [x, y] = [one[a], two[b]] as [string, string];
    if (x === y) both.push(x);
    else if (x === '**' && y === one[a + 1]) {
      both.push(x);
      b--;
    } else if (y === '**' && x === two[b + 1]) {
      both.push(y);
      a--;
    } else {
      const [star, name] = x === '*' ? [one, y] : [y === '*' ? two : undefined, x];
      if (star === undefined || /^\.|^$|^\*\*$/.test(name) || (wider ?? star) !== star) return undefined;
      wider = star;
      both.push('*');
    }
  }
  return both;
}

/** A pattern as those without braces that it stands for. */
export function parsePattern(pattern: string): Pattern[] {
  const all = [...new Set(expandBraces(pattern.replaceAll('\\', '/')))].filter(Boolean).map((each) => each.split(/\/+/));
  return simplify(all).map((parts) => [parts.map(parseSegment), parts.map((_, index) => parts.slice(index).join('/'))]);
}

const LETTERS = '\\p{L}\\p{Nl}';
const CLASSES: Readonly<Record<string, string>> = {
  alnum: `${LETTERS}\\p{Nd}`,
  alpha: LETTERS,
  ascii: '\\x00-\\x7f',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}',
  lower: '\\p{Ll}',
  // As Node has it.
  print: '\\p{C}',
  punct: '\\p{P}',
  space: '\\p{Z}\\t-\\r',
  upper: '\\p{Lu}',
  word: `${LETTERS}\\p{Nd}\\p{Pc}`,
  xdigit: 'A-Fa-f0-9',
};

const NO_DOT = '(?!\\.)';
/** A class, closed or not: no group starts in it. */
const BRACKET = /^\[[!^]?\]?[^\]]*\]?/;

/** As Node: with a class by name, `\-`, `\,`, `\#` and an escaped space are a SyntaxError. */
const escape = (text: string): string => text.replace(/[-[\]{}()*+?.,\\^$|#\s]/g, '\\$&');

/** `*` alone is at least one character. */
const solid = (text: string): string => text.replace(/^\*+$/, '?*');

/** One component: an expression, if there is anything in it that is more than text. */
function parseSegment(part: string): Segment {
  if (part === '**') return null;
  let isExpression = false;
  let flags = '';

  /** `[a-z]`, `[!x]`, `[[:digit:]]`. */
  function classSource(not: string, members: string): string {
    if (not === '' && members.length === 1) return escape(members);
    isExpression = true;
    const inner = members.replace(/\[:(\w+):\]|([\s\S])-([\s\S])|[[\]\\^-]/g, (each, name?: string, from?: string, to?: string) => {
      if (name !== undefined) flags = 'u';
      if (from !== undefined && to !== undefined)
        return from > to ? '' : [from, to].map((end) => (/\w/.test(end) ? end : `\\${end}`)).join('-');
      return name === undefined ? `\\${each}` : (CLASSES[name] ?? '');
    });
    return `[${not === '' ? '' : '^'}${inner}]`;
  }

  function textSource(text: string): string {
    return text.replace(
      /\[([!^]?)((?:\[:\w+:\]|[\s\S])(?:\[:\w+:\]|[^\]])*)\]|(\*+)|[\s\S]/g,
      (each, not?: string, members?: string, stars?: string) => {
        if (members !== undefined) return classSource(not as string, members);
        if (stars === undefined && each !== '?') return escape(each);
        isExpression = true;
        return each === '?' ? '[^/]' : '[^/]*?';
      },
    );
  }

  /** `starts`: whether this is at the start of the component. `after`: what comes behind the group that it is in. */
  function source(text: string, starts: boolean, after: string): string {
    let all: string | undefined;
    for (const { 1: type, index } of text.matchAll(/([?*+@!])\(|\[[!^]?\]?[^\]]*\]?/g)) {
      if (type === undefined) continue;
      const [choices, close] = bracketed(text, index + 1, '(|)') ?? [[], 0];
      if (close === 0) break;
      const rest = text.slice(close + 1);
      const before = textSource(text.slice(0, index));
      all = before + groupSource({ type, choices, starts: starts && index === 0, after: rest + after }) + source(rest, false, after);
      break;
    }
    all ??= textSource(text);
    if (!starts || text === '.' || text === '..' || !/^(\\\.){0,2}[[.]/.test(all)) return all;
    return (all.startsWith('\\') ? '(?!^\\.\\.?$)' : NO_DOT) + all;
  }

  function groupSource({ type, choices, starts, after }: { type: string; choices: string[]; starts: boolean; after: string }): string {
    const isWhole = starts && after === '';
    // As Node: a group of nothing is text.
    if (isWhole && type !== '!' && choices.join('') === '') return escape(`${type}(${choices.join('|')})`);
    isExpression = true;
    if (type === '!') {
      const noDot = starts ? NO_DOT : '';
      // As Node: where the last of them is empty, or ends in a group, anything is none of them.
      if (/^$|\)$/.test(choices.at(-1) as string)) return `${noDot}[^/]+?`;
      // What is not there is not there with all that follows.
      const not = choices.map((each) => (starts ? source(solid(each) + solid(after), true, '') : source(each + after, false, '')));
      return `(?:(?!(?:${not.join('|')})$)${noDot}[^/]*?)`;
    }
    const one = (first: boolean): string => {
      const each = isWhole ? choices.filter(Boolean).map(solid) : choices;
      return `(?:${each.map((choice) => source(choice, first, after)).join('|')})`;
    };
    // Of those in a row, only the first is at the start.
    const row = one(starts) + ('+*'.includes(type) ? `${one(false)}*` : '');
    return '?*'.includes(type) ? `(?:${row})?` : row;
  }

  const whole = source(solid(part), true, '');
  return isExpression ? new RegExp(`^${whole}$`, flags) : whole.replace(/\\([\s\S])/g, '$1');
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
