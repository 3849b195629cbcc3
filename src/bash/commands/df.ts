/**
 * df(1): what statfs(2) says of each mount.
 */
import { LinuxError } from '../../abi/errno.ts';
import type { Statfs } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';
import { humanSize, parseBlockSize, type SizeStyle, sizeText } from '../sizes.ts';
import { mountOf, type MountLine, readMounts } from './mounts.ts';

export const df: CommandDefinition = {
  name: 'df',
  synopsis: ['[OPTION]... [FILE]...'],
  summary: 'Show the space of the filesystems that hold FILEs, of all mounts by default.',
  options: [
    { short: 'a', long: 'all', help: 'show filesystems without blocks and those mounted twice' },
    { short: 'B', long: 'block-size', argument: 'SIZE', help: 'print sizes in units of SIZE' },
    { short: 'h', long: 'human-readable', help: 'print sizes like 1K 234M 2G' },
    { short: 'H', long: 'si', help: 'as -h, in powers of 1000' },
    { short: 'i', long: 'inodes', help: 'show inodes, not blocks' },
    { short: 'k', help: 'as --block-size=1K' },
    { short: 'P', long: 'portability', help: "POSIX's headings" },
    { short: 't', long: 'type', argument: 'TYPE', help: 'only filesystems of TYPE' },
    { short: 'T', long: 'print-type', help: 'show the type' },
    { long: 'total', help: 'a sum at the end' },
    { short: 'x', long: 'exclude-type', argument: 'TYPE', help: 'no filesystems of TYPE' },
  ],
  run,
};

/** Types that hold no files of their own, by GNU's list. */
const DUMMY = new Set([
  'autofs',
  'proc',
  'subfs',
  'debugfs',
  'devpts',
  'fusectl',
  'mqueue',
  'rpc_pipefs',
  'sysfs',
  'devfs',
  'kernfs',
  'ignore',
  'none',
]);

interface Row {
  readonly mount: MountLine;
  readonly usage: Statfs;
}

function run(call: Call): number {
  const style = sizeStyle(call);
  const { rows, status } = call.operands.length === 0 ? ofMounts(call) : ofOperands(call);
  const shown = rows.filter(({ mount }) => ofType(call, mount.type));
  if (shown.length === 0) {
    if (status === 0) call.warn('no file systems processed');
    return 1;
  }
  const table = [headings(call, style), ...shown.map((row) => cells(call, style, row))];
  if (call.has('total')) table.push(total(call, style, shown));
  printTable(call, table);
  return status;
}

function sizeStyle(call: Call): SizeStyle {
  let style: SizeStyle = { unit: 1024, human: undefined, suffix: '' };
  for (const { key, value } of call.given) {
    if (key === 'human-readable') style = { unit: 1, human: 1024, suffix: '' };
    else if (key === 'si') style = { unit: 1, human: 1000, suffix: '' };
    else if (key === 'k') style = { unit: 1024, human: undefined, suffix: '' };
    else if (key === 'block-size') style = parseBlockSize(value as string) ?? call.fail(`invalid -B argument ${quote(value as string)}`);
  }
  return style;
}

function ofType(call: Call, type: string): boolean {
  const wanted = call.given.filter(({ key }) => key === 'type').map(({ value }) => value);
  const unwanted = call.given.filter(({ key }) => key === 'exclude-type').map(({ value }) => value);
  return (wanted.length === 0 || wanted.includes(type)) && !unwanted.includes(type);
}

function ofMounts(call: Call): { rows: Row[]; status: number } {
  const all = call.has('all');
  const rows: Row[] = [];
  const byDevice = new Map<string, number>();
  let status = 0;
  for (const mount of readMounts(call.process)) {
    if (!all && DUMMY.has(mount.type)) continue;
    let usage: Statfs;
    try {
      usage = call.process.statfs(mount.target);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      call.warnAt(error, mount.target);
      status = 1;
      continue;
    }
    if (!all && usage.blocks === 0) continue;
    const earlier = byDevice.get(mount.device);
    if (!all && earlier !== undefined) {
      // Of several mounts of one filesystem the one nearest the root is shown.
      if (mount.target.length < (rows[earlier] as Row).mount.target.length) rows[earlier] = { mount, usage };
      continue;
    }
    byDevice.set(mount.device, rows.length);
    rows.push({ mount, usage });
  }
  return { rows, status };
}

function ofOperands(call: Call): { rows: Row[]; status: number } {
  const mounts = readMounts(call.process);
  const rows: Row[] = [];
  let status = 0;
  for (const path of call.operands) {
    try {
      const mount = mountOf(call.process, path, mounts);
      const usage = call.process.statfs(path);
      rows.push({
        mount: mount ?? { id: 0, parent: 0, device: '', root: '/', target: '-', options: '', type: '-', source: '-', superOptions: '' },
        usage,
      });
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      call.warnAt(error, path);
      status = 1;
    }
  }
  return { rows, status };
}

function headings(call: Call, style: SizeStyle): string[] {
  const type = call.has('print-type') ? ['Type'] : [];
  if (call.has('inodes')) return ['Filesystem', ...type, 'Inodes', 'IUsed', 'IFree', 'IUse%', 'Mounted on'];
  const posix = call.has('portability');
  const human = style.human !== undefined;
  const size = human ? 'Size' : posix ? `${style.unit}-blocks` : `${unitName(style.unit)}-blocks`;
  return ['Filesystem', ...type, size, 'Used', human && !posix ? 'Avail' : 'Available', posix ? 'Capacity' : 'Use%', 'Mounted on'];
}

function unitName(unit: number): string {
  const in1024 = humanSize(unit, 1024).replace(/\.0(?=\D)/, '');
  if (unit % 1024 === 0) return in1024;
  return unit % 1000 === 0 ? `${humanSize(unit, 1000).replace(/\.0(?=\D)/, '')}B` : `${unit}B`;
}

function cells(call: Call, style: SizeStyle, { mount, usage }: Row): string[] {
  const type = call.has('print-type') ? [mount.type] : [];
  const numbers = call.has('inodes') ? inodeCells(style, usage) : blockCells(style, usage);
  return [mount.source, ...type, ...numbers, mount.target];
}

function inodeCells(style: SizeStyle, { files, ffree }: Statfs): string[] {
  if (files === 0) return ['0', '0', '0', '-'];
  const count = (value: number): string => (style.human === undefined ? String(value) : humanSize(value, style.human));
  return [count(files), count(files - ffree), count(ffree), percent(files - ffree, ffree)];
}

function blockCells(style: SizeStyle, { blocks, bfree, bavail, frsize, bsize }: Statfs): string[] {
  const unit = frsize || bsize;
  const size = (count: number): string => sizeText(count * unit, style);
  return [size(blocks), size(blocks - bfree), size(bavail), percent(blocks - bfree, bavail)];
}

function percent(used: number, available: number): string {
  return used + available === 0 ? '-' : `${Math.ceil((used * 100) / (used + available))}%`;
}

function total(call: Call, style: SizeStyle, rows: readonly Row[]): string[] {
  const sum = (pick: (row: Row) => number): number => rows.reduce((all, row) => all + pick(row), 0);
  const bytes = (pick: (usage: Statfs) => number): number => sum(({ usage }) => pick(usage) * (usage.frsize || usage.bsize));
  const type = call.has('print-type') ? ['-'] : [];
  if (call.has('inodes')) {
    const files = sum(({ usage }) => usage.files);
    const free = sum(({ usage }) => usage.ffree);
    return ['total', ...type, String(files), String(files - free), String(free), percent(files - free, free), '-'];
  }
  const all = bytes(({ blocks }) => blocks);
  const free = bytes(({ bfree }) => bfree);
  const available = bytes(({ bavail }) => bavail);
  return ['total', ...type, ...[all, all - free, available].map((size) => sizeText(size, style)), percent(all - free, available), '-'];
}

/** The first column and the type stand left, numbers right; the last column has no blanks after it. */
function printTable(call: Call, table: readonly string[][]): void {
  const columns = (table[0] as string[]).length;
  const left = call.has('print-type') ? 2 : 1;
  const minimum = (column: number): number =>
    column === 0 ? 14 : column < left ? 4 : column === columns - 2 ? 4 : column === columns - 1 ? 0 : 5;
  const widths = Array.from({ length: columns }, (_, i) => Math.max(minimum(i), ...table.map((row) => (row[i] as string).length)));
  for (const row of table) {
    const texts = row.map((cell, i) => {
      if (i === columns - 1) return cell;
      return i < left ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number);
    });
    call.print(`${texts.join(' ')}\n`);
  }
}
