/**
 * The lines that ls prints: widths are of a whole listing, so its columns stand below each other.
 */
import {
  DT_CHR,
  DT_DIR,
  DT_FIFO,
  DT_LNK,
  DT_SOCK,
  isBlockDevice,
  isCharDevice,
  isSymlink,
  major,
  minor,
  modeToDt,
  type Stat,
} from '../../abi/stat.ts';
import { LinuxError } from '../../abi/errno.ts';
import type { Timespec } from '../../abi/time.ts';
import type { Accounts } from '../accounts.ts';
import type { Call } from '../call.ts';
import { modeString } from '../modes.ts';
import { sizeText } from '../sizes.ts';
import { formatTime } from '../times.ts';
import type { Entry, ListingStyle } from './ls-style.ts';

/** Half an average Gregorian year: older times show the year instead of the hour. */
const RECENT = 15778476;

/** The names and the moment that all lines of one listing share. */
export class LongColumns {
  readonly accounts: Accounts | undefined;
  readonly now: Timespec;
  readonly tz: string | undefined;

  constructor(call: Call, style: ListingStyle) {
    this.accounts = style.long && !style.numeric ? call.accounts : undefined;
    this.now = call.process.kernel.clock.now();
    this.tz = call.env.get('TZ');
  }
}

export function printEntries(
  call: Call,
  style: ListingStyle,
  entries: readonly Entry[],
  columns: LongColumns,
  how: { readonly total?: boolean; readonly alignedWith?: readonly Entry[] } = {},
): void {
  if (how.total === true && (style.long || style.blocks)) {
    const blocks = entries.reduce((sum, { stat }) => sum + (stat?.blocks ?? 0), 0);
    call.print(`total ${sizeText(blocks * 512, style.blockSize)}${style.end}`);
  }
  // As GNU: the widths of what is named on the command line are those of directories too, which are listed later.
  if (style.long) return printLong(call, style, { entries, all: [...entries, ...(how.alignedWith ?? [])] }, columns);
  const cells = shortCells(style, entries);
  if (style.format === 'commas') call.print(fill(cells, style.width));
  else if (style.format === 'columns' || style.format === 'across') call.print(inColumns(cells, style));
  else for (const cell of cells) call.print(cell + style.end);
}

// ── Short formats ──

function shortCells(style: ListingStyle, entries: readonly Entry[]): string[] {
  const inodes = style.inode ? entries.map(inodeText) : [];
  const blocks = style.blocks ? entries.map((entry) => blocksText(entry, style)) : [];
  // -m packs its items and does not align them.
  const aligned = style.format !== 'commas';
  const inodeWidth = aligned ? longest(inodes) : 0;
  const blocksWidth = aligned ? longest(blocks) : 0;
  return entries.map((entry, i) => {
    const before =
      (style.inode ? `${(inodes[i] as string).padStart(inodeWidth)} ` : '') +
      (style.blocks ? `${(blocks[i] as string).padStart(blocksWidth)} ` : '');
    return before + style.quoteName(entry.name) + indicatorOf(entry, style);
  });
}

function inodeText({ stat, ino, missing }: Entry): string {
  if (missing === true) return '?';
  return String(stat?.ino ?? ino ?? 0);
}

function blocksText({ stat, missing }: Entry, style: ListingStyle): string {
  return missing === true ? '?' : sizeText((stat?.blocks ?? 0) * 512, style.blockSize);
}

function longest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}

function indicatorOf({ stat, type }: Entry, style: ListingStyle): string {
  if (style.indicator === 'none') return '';
  const kind = stat === undefined ? type : modeToDt(stat.mode);
  if (kind === DT_DIR) return '/';
  if (style.indicator === 'slash') return '';
  if (kind === DT_LNK) return style.long ? '' : '@';
  if (kind === DT_FIFO) return '|';
  if (kind === DT_SOCK) return '=';
  return style.indicator === 'classify' && kind !== DT_CHR && stat !== undefined && (stat.mode & 0o100111) > 0o100000 ? '*' : '';
}

/** A name is as wide as its characters; control characters take no place. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) if (character >= ' ' && character !== '\x7f') width++;
  return width;
}

function fill(cells: readonly string[], width: number): string {
  let out = '';
  let column = 0;
  cells.forEach((cell, i) => {
    const length = widthOf(cell);
    if (i > 0) {
      const fits = width === 0 || column + length + 2 < width;
      out += fits ? ', ' : ',\n';
      column = fits ? column + 2 : 0;
    }
    out += cell;
    column += length;
  });
  return cells.length === 0 ? '' : `${out}\n`;
}

/** The most columns that fit: each as wide as its widest cell and two blanks. */
function inColumns(cells: readonly string[], style: ListingStyle): string {
  if (cells.length === 0) return '';
  const across = style.format === 'across';
  const lengths = cells.map(widthOf);
  const most = style.width === 0 ? cells.length : Math.min(cells.length, Math.max(1, Math.floor(style.width / 3)));
  for (let count = most; count >= 1; count--) {
    const rows = Math.ceil(cells.length / count);
    const widths = columnWidths(lengths, { count, rows, across });
    if (count > 1 && style.width !== 0 && widths.reduce((sum, width) => sum + width, 0) >= style.width) continue;
    return layOut(cells, { rows, count, across, widths, tabs: style.width !== 0 });
  }
  return '';
}

interface Grid {
  readonly count: number;
  readonly rows: number;
  readonly across: boolean;
}

function columnWidths(lengths: readonly number[], { count, rows, across }: Grid): number[] {
  const widths = new Array<number>(count).fill(3);
  lengths.forEach((length, i) => {
    const column = across ? i % count : Math.floor(i / rows);
    widths[column] = Math.max(widths[column] as number, length + (column === count - 1 ? 0 : 2));
  });
  return widths;
}

function layOut(
  cells: readonly string[],
  { count, rows, across, widths, tabs }: Grid & { readonly widths: readonly number[]; readonly tabs: boolean },
): string {
  let out = '';
  for (let row = 0; row < rows; row++) {
    let at = 0;
    let line = '';
    let length = 0;
    for (let column = 0; column < count; column++) {
      const cell = cells[across ? row * count + column : column * rows + row];
      if (cell === undefined) break;
      if (column > 0) line += gap(length, at, tabs);
      line += cell;
      length = at + widthOf(cell);
      at += widths[column] as number;
    }
    out += `${line}\n`;
  }
  return out;
}

/** GNU moves from one column to another with tabs where they help. */
function gap(from: number, to: number, tabs: boolean): string {
  let at = from;
  let out = '';
  while (at < to) {
    if (tabs && Math.floor(to / 8) > Math.floor((at + 1) / 8)) {
      out += '\t';
      at += 8 - (at % 8);
    } else {
      out += ' ';
      at++;
    }
  }
  return out;
}

// ── The long format ──

interface LongRow {
  readonly inode: string;
  readonly blocks: string;
  readonly mode: string;
  readonly links: string;
  readonly owner: string;
  readonly group: string;
  readonly size: string;
  readonly device: { readonly major: string; readonly minor: string } | undefined;
  readonly time: string;
  readonly name: string;
}

function printLong(
  call: Call,
  style: ListingStyle,
  { entries, all }: { readonly entries: readonly Entry[]; readonly all: readonly Entry[] },
  columns: LongColumns,
): void {
  const aligned = all.map((entry) => longRow(call, style, entry, columns));
  const rows = aligned.slice(0, entries.length);
  const width = (pick: (row: LongRow) => string): number => aligned.reduce((most, row) => Math.max(most, pick(row).length), 0);
  const inode = width((row) => row.inode);
  const blocks = width((row) => row.blocks);
  const links = width((row) => row.links);
  const owner = width((row) => row.owner);
  const group = width((row) => row.group);
  const majors = width((row) => row.device?.major ?? '');
  const minors = width((row) => row.device?.minor ?? '');
  const size = Math.max(
    width((row) => row.size),
    majors === 0 ? 0 : majors + 2 + minors,
  );
  const time = width((row) => row.time);
  for (const row of rows) {
    let line = '';
    if (style.inode) line += `${row.inode.padStart(inode)} `;
    if (style.blocks) line += `${row.blocks.padStart(blocks)} `;
    line += `${row.mode} ${row.links.padStart(links)} `;
    if (style.owner) line += `${align(row.owner, owner)} `;
    if (style.group) line += `${align(row.group, group)} `;
    line += `${deviceOrSize(row, { size, majors, minors })} ${row.time.padStart(time)} ${row.name}${style.end}`;
    call.print(line);
  }
}

function deviceOrSize(row: LongRow, widths: { readonly size: number; readonly majors: number; readonly minors: number }): string {
  if (row.device === undefined) return row.size.padStart(widths.size);
  const blanks = Math.max(0, widths.size - (widths.majors + 2 + widths.minors));
  return `${row.device.major.padStart(widths.majors + blanks)}, ${row.device.minor.padStart(widths.minors)}`;
}

/** Names stand left, numbers right. */
function align(text: string, width: number): string {
  return /^(\d+|\?)$/.test(text) ? text.padStart(width) : text.padEnd(width);
}

function longRow(call: Call, style: ListingStyle, entry: Entry, columns: LongColumns): LongRow {
  const { stat } = entry;
  const name = style.quoteName(entry.name) + indicatorOf(entry, style);
  if (stat === undefined) {
    const mode = entry.type === DT_DIR ? 'd?????????' : entry.type === DT_LNK ? 'l?????????' : '-?????????';
    return { inode: '?', blocks: '?', mode, links: '?', owner: '?', group: '?', size: '?', device: undefined, time: '?', name };
  }
  const isDevice = isCharDevice(stat.mode) || isBlockDevice(stat.mode);
  return {
    inode: style.inode ? String(stat.ino) : '',
    blocks: style.blocks ? sizeText(stat.blocks * 512, style.blockSize) : '',
    mode: modeString(stat.mode),
    links: String(stat.nlink),
    owner: columns.accounts?.userName(stat.uid) ?? String(stat.uid),
    group: columns.accounts?.groupName(stat.gid) ?? String(stat.gid),
    size: isDevice ? '' : sizeText(stat.size, style.fileSize),
    device: isDevice ? { major: String(major(stat.rdev)), minor: String(minor(stat.rdev)) } : undefined,
    time: timeText(stat, style, columns),
    name: isSymlink(stat.mode) ? name + arrow(call, style, entry) : name,
  };
}

function arrow(call: Call, style: ListingStyle, entry: Entry): string {
  const { target } = entry;
  if (target === undefined) return '';
  const followed = style.indicator === 'none' ? undefined : statQuietly(call, entry.path);
  const mark = followed === undefined ? '' : indicatorOf({ ...entry, stat: followed }, style);
  return ` -> ${style.quoteName(target)}${mark}`;
}

function statQuietly(call: Call, path: string): Stat | undefined {
  try {
    return call.process.stat(path);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return undefined;
  }
}

function timeText(stat: Stat, style: ListingStyle, { now, tz }: LongColumns): string {
  const time = { sec: stat[`${style.time}Sec`], nsec: stat[`${style.time}Nsec`] };
  const recent = isRecent(time, now);
  switch (style.timeStyle) {
    case 'full-iso':
      return formatTime('%Y-%m-%d %H:%M:%S.%N %z', time, tz);
    case 'long-iso':
      return formatTime('%Y-%m-%d %H:%M', time, tz);
    case 'iso':
      return formatTime(recent ? '%m-%d %H:%M' : '%Y-%m-%d ', time, tz);
    case 'locale':
      return formatTime(recent ? '%b %e %H:%M' : '%b %e  %Y', time, tz);
    default: {
      const [old, new_] = style.timeStyle.slice(1).split('\n');
      return formatTime(recent ? (new_ ?? (old as string)) : (old as string), time, tz);
    }
  }
}

function isRecent(time: Timespec, now: Timespec): boolean {
  const later = (a: Timespec, b: Timespec): boolean => a.sec > b.sec || (a.sec === b.sec && a.nsec > b.nsec);
  return later(time, { sec: now.sec - RECENT, nsec: now.nsec }) && !later(time, now);
}
