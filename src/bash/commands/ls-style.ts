/**
 * What the options of ls ask for, decided once.
 */
import type { Stat } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import { compareNames, escapeC, quote, quoteC, quoteIfNeeded, quotePlain } from '../quote.ts';
import { parseBlockSize, type SizeStyle } from '../sizes.ts';

export interface Entry {
  readonly name: string;
  readonly path: string;
  /** Absent where nothing asks for it, or where it could not be had. */
  readonly stat: Stat | undefined;
  readonly target: string | undefined;
  readonly ino?: number;
  readonly type?: number;
  /** The name is there, and its inode could not be read. */
  readonly missing?: boolean;
}

export type Format = 'long' | 'one' | 'columns' | 'across' | 'commas';
export type Sort = 'name' | 'size' | 'time' | 'extension' | 'none';
export type TimeField = 'mtime' | 'atime' | 'ctime' | 'btime';
export type Indicator = 'none' | 'slash' | 'file-type' | 'classify';

export interface ListingStyle {
  readonly format: Format;
  readonly long: boolean;
  readonly owner: boolean;
  readonly group: boolean;
  readonly numeric: boolean;
  readonly inode: boolean;
  readonly blocks: boolean;
  readonly directory: boolean;
  readonly recursive: boolean;
  readonly dereference: boolean;
  readonly dereferenceNamed: boolean;
  readonly indicator: Indicator;
  readonly time: TimeField;
  readonly sort: Sort;
  readonly reverse: boolean;
  readonly directoriesFirst: boolean;
  readonly blockSize: SizeStyle;
  readonly fileSize: SizeStyle;
  readonly timeStyle: string;
  readonly width: number;
  readonly quoting: string;
  readonly end: string;
  readonly needsStat: boolean;
  readonly shows: (name: string) => boolean;
  readonly quoteName: (name: string) => string;
  readonly compare: (a: Entry, b: Entry) => number;
}

const TIMES: Readonly<Record<string, TimeField>> = {
  atime: 'atime',
  access: 'atime',
  use: 'atime',
  ctime: 'ctime',
  status: 'ctime',
  birth: 'btime',
  creation: 'btime',
};
const SORTS: Readonly<Record<string, Sort>> = { none: 'none', size: 'size', time: 'time', extension: 'extension', name: 'name' };
const QUOTING = ['literal', 'shell', 'shell-always', 'shell-escape', 'shell-escape-always', 'c', 'escape', 'clocale', 'locale'];

export function listingStyle(call: Call): ListingStyle {
  const format = formatOf(call);
  const time = timeOf(call);
  const sort = sortOf(call);
  const indicator = indicatorOf(call);
  const quoting = quotingOf(call);
  const hide = call.last('hide-control-chars', 'show-control-chars') === 'hide-control-chars';
  const hidden = call.last('all', 'almost-all', 'f');
  const long = format === 'long';
  const dereference = call.last('dereference', 'dereference-command-line') === 'dereference';
  const needsStat =
    long ||
    call.has('size') ||
    sort === 'size' ||
    sort === 'time' ||
    indicator !== 'none' ||
    (dereference && call.has('inode')) ||
    call.has('recursive') ||
    call.has('group-directories-first');
  return {
    format,
    long,
    owner: !call.has('g'),
    group: !call.has('o') && !call.has('no-group'),
    numeric: call.has('numeric-uid-gid'),
    inode: call.has('inode'),
    blocks: call.has('size'),
    directory: call.has('directory'),
    recursive: call.has('recursive') && !call.has('directory'),
    dereference,
    dereferenceNamed: call.has('dereference-command-line'),
    indicator,
    time,
    sort,
    reverse: call.has('reverse'),
    directoriesFirst: call.has('group-directories-first'),
    ...sizesOf(call),
    timeStyle: timeStyleOf(call),
    width: widthOf(call),
    quoting,
    end: call.has('zero') ? '\0' : '\n',
    needsStat,
    shows: (name) =>
      !name.startsWith('.') || hidden === 'all' || hidden === 'f' || (hidden === 'almost-all' && name !== '.' && name !== '..'),
    quoteName: quoter(quoting, hide),
    compare: comparer(sort, time),
  };
}

function formatOf(call: Call): Format {
  let format: Format | undefined;
  for (const { key } of call.given) {
    if (key === 'l' || key === 'g' || key === 'o' || key === 'numeric-uid-gid' || key === 'full-time') format = 'long';
    else if (key === 'C') format = 'columns';
    else if (key === 'x') format = 'across';
    else if (key === 'm') format = 'commas';
    // -1 does not undo -l.
    else if ((key === '1' || key === 'zero') && format !== 'long') format = 'one';
  }
  return format ?? (call.terminal ? 'columns' : 'one');
}

function timeOf(call: Call): TimeField {
  const given = call.given.findLast(({ key }) => key === 'u' || key === 'c' || key === 'time');
  if (given === undefined) return 'mtime';
  if (given.key === 'u') return 'atime';
  if (given.key === 'c') return 'ctime';
  return TIMES[given.value as string] ?? call.fail(`invalid argument '${given.value}' for '--time'`);
}

function sortOf(call: Call): Sort {
  const given = call.given.findLast(({ key }) => ['t', 'S', 'U', 'f', 'X', 'sort'].includes(key));
  switch (given?.key) {
    case 't':
      return 'time';
    case 'S':
      return 'size';
    case 'X':
      return 'extension';
    case 'U':
    case 'f':
      return 'none';
    case 'sort':
      return SORTS[given.value as string] ?? call.fail(`invalid argument '${given.value}' for '--sort'`);
    default: {
      // -u and -c alone sort by the time they choose; with -l they only show it.
      const chosen = call.has('u') || call.has('c') || call.has('time');
      return chosen && formatOf(call) !== 'long' ? 'time' : 'name';
    }
  }
}

function indicatorOf(call: Call): Indicator {
  const given = call.given.findLast(({ key }) => ['classify', 'file-type', 'p', 'indicator-style'].includes(key));
  if (given === undefined) return 'none';
  if (given.key === 'p') return 'slash';
  if (given.key === 'file-type') return 'file-type';
  if (given.key === 'classify') {
    const when = given.value ?? 'always';
    if (['never', 'no', 'none'].includes(when)) return 'none';
    if (['auto', 'tty', 'if-tty'].includes(when)) return call.terminal ? 'classify' : 'none';
    return ['always', 'yes', 'force'].includes(when) ? 'classify' : call.fail(`invalid argument '${when}' for '--classify'`);
  }
  const word = given.value as string;
  if (word === 'none' || word === 'slash' || word === 'file-type' || word === 'classify') return word;
  return call.fail(`invalid argument '${word}' for '--indicator-style'`);
}

function quotingOf(call: Call): string {
  const given = call.given.findLast(({ key }) => ['literal', 'escape', 'quote-name', 'quoting-style'].includes(key));
  if (given === undefined) return call.terminal ? 'shell-escape' : 'literal';
  if (given.key === 'quote-name') return 'c';
  if (given.key !== 'quoting-style') return given.key;
  const word = given.value as string;
  return QUOTING.includes(word) ? word : call.fail(`invalid argument '${word}' for '--quoting-style'`);
}

function quoter(style: string, hide: boolean): (name: string) => string {
  switch (style) {
    case 'escape':
      return (name) => escapeC(name).replaceAll(' ', '\\ ');
    case 'c':
    case 'clocale':
    case 'locale':
      return quoteC;
    case 'shell':
      return (name) => (/^$|[\s!"#$&'()*;<=>?[\\^`{|}~]/.test(name) ? quotePlain(name) : name);
    case 'shell-escape':
      return quoteIfNeeded;
    case 'shell-always':
      return quotePlain;
    case 'shell-escape-always':
      return quote;
    default:
      return hide ? (name) => name.replace(/[\x00-\x1f\x7f]/g, '?') : (name) => name;
  }
}

function sizesOf(call: Call): { blockSize: SizeStyle; fileSize: SizeStyle } {
  let blockSize: SizeStyle = { unit: 1024, human: undefined, suffix: '' };
  let fileSize: SizeStyle = { unit: 1, human: undefined, suffix: '' };
  for (const { key, value } of call.given) {
    if (key === 'kibibytes') blockSize = { unit: 1024, human: undefined, suffix: '' };
    else if (key === 'human-readable' || key === 'si') blockSize = fileSize = { unit: 1, human: key === 'si' ? 1000 : 1024, suffix: '' };
    else if (key === 'block-size')
      blockSize = fileSize = parseBlockSize(value as string) ?? call.usage(`invalid --block-size argument '${value}'`);
  }
  return { blockSize, fileSize };
}

function timeStyleOf(call: Call): string {
  const given = call.given.findLast(({ key }) => key === 'time-style' || key === 'full-time');
  if (given?.key === 'full-time') return 'full-iso';
  // In the C locale `posix-X` is the locale's own style.
  const style = (given?.value ?? call.env.get('TIME_STYLE') ?? 'locale').replace(/^posix-.*/s, 'locale');
  if (style.startsWith('+') || ['full-iso', 'long-iso', 'iso', 'locale'].includes(style)) return style;
  return call.fail(`invalid argument '${style}' for 'time style'`);
}

function widthOf(call: Call): number {
  const given = call.value('width');
  if (given !== undefined) return /^\d+$/.test(given) ? Number(given) : call.usage(`invalid line width: '${given}'`);
  const columns = call.env.get('COLUMNS');
  return columns !== undefined && /^\d+$/.test(columns) && Number(columns) > 0 ? Number(columns) : 80;
}

function comparer(sort: Sort, time: TimeField): (a: Entry, b: Entry) => number {
  const byName = (a: Entry, b: Entry): number => compareNames(a.name, b.name);
  if (sort === 'size') return (a, b) => (b.stat?.size ?? 0) - (a.stat?.size ?? 0) || byName(a, b);
  if (sort === 'time') return (a, b) => compareTimes(a, b, time) || byName(a, b);
  if (sort === 'extension') return (a, b) => compareNames(extension(a.name), extension(b.name)) || byName(a, b);
  return byName;
}

function compareTimes(a: Entry, b: Entry, time: TimeField): number {
  if (a.stat === undefined || b.stat === undefined) return 0;
  return b.stat[`${time}Sec`] - a.stat[`${time}Sec`] || b.stat[`${time}Nsec`] - a.stat[`${time}Nsec`];
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}
