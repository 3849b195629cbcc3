/**
 * File modes in words: the `drwxr-xr-x` of ls, and the operands of chmod(1).
 */
import { isDirectory, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_ISVTX } from '../abi/stat.ts';

const TYPES: ReadonlyMap<number, string> = new Map([
  [0o140000, 's'],
  [0o120000, 'l'],
  [0o100000, '-'],
  [0o060000, 'b'],
  [0o040000, 'd'],
  [0o020000, 'c'],
  [0o010000, 'p'],
]);

/** `drwxr-sr-t`. */
export function modeString(mode: number): string {
  const type = TYPES.get(mode & S_IFMT) ?? '?';
  return type + triplet(mode >> 6, mode & S_ISUID, 's') + triplet(mode >> 3, mode & S_ISGID, 's') + triplet(mode, mode & S_ISVTX, 't');
}

function triplet(bits: number, special: number, letter: string): string {
  const x = (bits & 1) !== 0;
  const last = special === 0 ? (x ? 'x' : '-') : x ? letter : letter.toUpperCase();
  return ((bits & 4) !== 0 ? 'r' : '-') + ((bits & 2) !== 0 ? 'w' : '-') + last;
}

/** The type of a file in GNU's words. */
export function typeName(mode: number, size: number): string {
  switch (mode & S_IFMT) {
    case 0o140000:
      return 'socket';
    case 0o120000:
      return 'symbolic link';
    case S_IFREG:
      return size === 0 ? 'regular empty file' : 'regular file';
    case 0o060000:
      return 'block special file';
    case 0o040000:
      return 'directory';
    case 0o020000:
      return 'character special file';
    case 0o010000:
      return 'fifo';
    default:
      return 'weird file';
  }
}

/** A mode operand, to be applied to any number of files. */
export type ModeChange = (oldMode: number, umask: number) => number;

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };

/** `755`, `u+rwx,go=rX`, `=`, `g=u`. undefined: not a mode. */
export function parseMode(text: string): ModeChange | undefined {
  if (/^[0-7]+$/.test(text)) return octalMode(text);
  const clauses = text.split(',').map(parseClause);
  if (clauses.some((clause) => clause === undefined)) return undefined;
  return (oldMode, umask) => (clauses as ModeChange[]).reduce((mode, clause) => clause(mode, umask), oldMode);
}

function octalMode(text: string): ModeChange | undefined {
  const value = Number.parseInt(text, 8);
  if (value > 0o7777) return undefined;
  // As GNU: a directory keeps set-id bits that fewer than five digits do not mention.
  return (oldMode) => (isDirectory(oldMode) && text.length < 5 ? value | (oldMode & (S_ISUID | S_ISGID)) : value);
}

function parseClause(clause: string): ModeChange | undefined {
  const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]|[0-7]+))+)$/.exec(clause);
  if (match === null) return undefined;
  const who = [...(match[1] as string)].reduce((bits, letter) => bits | (WHO[letter] as number), 0);
  const actions = [...(match[2] as string).matchAll(/([-+=])([rwxXst]+|[ugo]|[0-7]+)?/g)];
  return (oldMode, umask) =>
    actions.reduce((mode, [, operator, what]) => act(mode, umask, { who, operator: operator as string, what: what ?? '' }), oldMode);
}

interface Action {
  readonly who: number;
  readonly operator: string;
  readonly what: string;
}

function act(mode: number, umask: number, { who, operator, what }: Action): number {
  const numeric = /^[0-7]+$/.test(what);
  // With nobody named, everybody is meant, less what the umask holds back.
  const affected = who === 0 ? 0o7777 & ~umask : who;
  const bits = (numeric ? Number.parseInt(what, 8) : bitsOf(what, mode)) & (numeric ? 0o7777 : affected);
  if (operator === '+') return mode | bits;
  if (operator === '-') return mode & ~bits;
  const cleared = numeric ? 0o7777 : who === 0 ? 0o7777 : who;
  const kept = isDirectory(mode) && !numeric ? mode & ~cleared & 0o7777 : mode & 0o7777 & ~cleared;
  // As GNU: `=` leaves a directory's set-id bits unless it names them.
  const special = isDirectory(mode) && !what.includes('s') ? mode & (S_ISUID | S_ISGID) : 0;
  return (mode & S_IFMT) | kept | special | bits;
}

function bitsOf(what: string, mode: number): number {
  if (what === 'u') return ((mode >> 6) & 7) * 0o111;
  if (what === 'g') return ((mode >> 3) & 7) * 0o111;
  if (what === 'o') return (mode & 7) * 0o111;
  let bits = 0;
  for (const letter of what) {
    if (letter === 'r') bits |= 0o444;
    else if (letter === 'w') bits |= 0o222;
    else if (letter === 'x') bits |= 0o111;
    else if (letter === 'X') bits |= isDirectory(mode) || (mode & 0o111) !== 0 ? 0o111 : 0;
    else if (letter === 's') bits |= S_ISUID | S_ISGID;
    else bits |= S_ISVTX;
  }
  return bits;
}

/** A mode for a node that is made: octal, or symbolic from `base`. */
export function parseCreationMode(text: string, base: number, umask: number): number | undefined {
  const change = parseMode(text);
  return change === undefined ? undefined : change(S_IFREG | base, umask) & 0o7777;
}
