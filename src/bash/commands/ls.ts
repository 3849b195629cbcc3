/**
 * ls(1): the listing of directories.
 */
import { LinuxError } from '../../abi/errno.ts';
import { DT_DIR, isDirectory, isSymlink, type Stat } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import type { Option } from '../options.ts';
import { joinPath, visitDirectory } from './directory.ts';
import { type Entry, type ListingStyle, listingStyle } from './ls-style.ts';
import { LongColumns, printEntries } from './ls-print.ts';

const options: readonly Option[] = [
  { short: 'a', long: 'all', help: 'show names that begin with a dot' },
  { short: 'A', long: 'almost-all', help: 'as -a, without . and ..' },
  { short: 'b', long: 'escape', help: 'print control characters in names as C escapes' },
  { long: 'block-size', argument: 'SIZE', help: 'print sizes in units of SIZE' },
  { short: 'c', help: 'with -l the time of the last status change; with -t sort by it' },
  { short: 'C', help: 'print in columns' },
  { long: 'color', argument: 'WHEN', optional: true, help: 'nothing: there are no colours' },
  { short: 'd', long: 'directory', help: 'show directories themselves, not what is in them' },
  { short: 'f', help: 'do not sort; -a' },
  { short: 'F', long: 'classify', argument: 'WHEN', optional: true, help: 'append */=@| to names by type' },
  { long: 'file-type', help: 'as -F, without *' },
  { long: 'full-time', help: 'as -l --time-style=full-iso' },
  { short: 'g', help: 'as -l, without the owner' },
  { long: 'group-directories-first', help: 'directories before files' },
  { short: 'G', long: 'no-group', help: 'with -l, without the group' },
  { short: 'h', long: 'human-readable', help: 'with -l and -s, sizes like 1K 234M 2G' },
  { long: 'si', help: 'as -h, in powers of 1000' },
  { short: 'H', long: 'dereference-command-line', help: 'follow symbolic links named on the command line' },
  { long: 'indicator-style', argument: 'WORD', help: 'append indicators: none, slash (-p), file-type, classify (-F)' },
  { short: 'i', long: 'inode', help: 'print the inode number of each file' },
  { short: 'k', long: 'kibibytes', help: 'count blocks in 1024 bytes' },
  { short: 'l', help: 'long format' },
  { short: 'L', long: 'dereference', help: 'show what symbolic links point to' },
  { short: 'm', help: 'fill lines with names separated by commas' },
  { short: 'n', long: 'numeric-uid-gid', help: 'as -l, with numbers for owners and groups' },
  { short: 'N', long: 'literal', help: 'print names as they are' },
  { short: 'o', help: 'as -l, without the group' },
  { short: 'p', help: 'append / to directories' },
  { short: 'q', long: 'hide-control-chars', help: 'print ? for control characters in names' },
  { long: 'show-control-chars', help: 'print control characters as they are' },
  { short: 'Q', long: 'quote-name', help: 'names in double quotes' },
  { long: 'quoting-style', argument: 'WORD', help: 'names as literal, shell, shell-always, shell-escape, shell-escape-always, c, escape' },
  { short: 'r', long: 'reverse', help: 'reverse the order' },
  { short: 'R', long: 'recursive', help: 'list directories below as well' },
  { short: 's', long: 'size', help: 'print the blocks each file takes' },
  { short: 'S', help: 'sort by size, largest first' },
  { long: 'sort', argument: 'WORD', help: 'sort by none (-U), size (-S), time (-t), extension (-X)' },
  { short: 't', help: 'sort by time, newest first' },
  { long: 'time', argument: 'WORD', help: 'which time: atime, access, use, ctime, status, birth, creation' },
  { long: 'time-style', argument: 'STYLE', help: 'full-iso, long-iso, iso, locale, or +FORMAT of date(1)' },
  { short: 'u', help: 'with -l the time of the last access; with -t sort by it' },
  { short: 'U', help: 'do not sort' },
  { short: 'w', long: 'width', argument: 'COLS', help: 'the width of the output; 0 for no limit' },
  { short: 'x', help: 'print in columns, by lines' },
  { short: 'X', help: 'sort by extension' },
  { long: 'zero', help: 'end each line with NUL, not newline' },
  { short: '1', help: 'one name on each line' },
];

export const ls: CommandDefinition = {
  name: 'ls',
  synopsis: ['[OPTION]... [FILE]...'],
  summary: 'List FILEs, the current directory by default, in the order of names.',
  options,
  usageStatus: 2,
  notes: ['Exit status: 0, 1 for trouble below what was named, 2 for trouble with what was named.'],
  run: (call) => new Listing(call).run(),
};

class Listing {
  readonly call: Call;
  readonly style: ListingStyle;
  status = 0;
  /** Whether a heading or files were printed already. */
  printed = false;

  constructor(call: Call) {
    this.call = call;
    this.style = listingStyle(call);
  }

  async run(): Promise<number> {
    const { call, style } = this;
    const named = call.operands.length === 0 ? ['.'] : call.operands;
    const files: Entry[] = [];
    const directories: Entry[] = [];
    for (const path of named) {
      const entry = this.#named(path);
      if (entry === undefined) continue;
      if (!style.directory && entry.stat !== undefined && isDirectory(entry.stat.mode)) directories.push(entry);
      else files.push(entry);
    }
    this.#sort(files);
    this.#sort(directories);
    if (files.length > 0) {
      printEntries(call, style, files, new LongColumns(call, style), { alignedWith: directories });
      this.printed = true;
    }
    const headings = named.length > 1 || style.recursive;
    for (const { name } of directories) await this.#directory(name, { heading: headings, named: true });
    return this.status;
  }

  #named(path: string): Entry | undefined {
    const { call } = this;
    try {
      const stat = this.#statNamed(path);
      return { name: path, stat, target: this.#target(path, stat), path };
    } catch (error) {
      call.warnOf(error, 'cannot access', path);
      this.status = 2;
      return undefined;
    }
  }

  /** As GNU: a symbolic link to a directory is followed when it is named, unless -d, -F or -l asks for the link. */
  #statNamed(path: string): Stat {
    const { call, style } = this;
    if (style.dereference || style.dereferenceNamed) {
      try {
        return call.process.stat(path);
      } catch (error) {
        if (!(error instanceof LinuxError) || style.dereference) throw error;
        return call.process.lstat(path);
      }
    }
    const link = call.process.lstat(path);
    if (!isSymlink(link.mode) || style.directory || style.long || style.indicator === 'classify') return link;
    const target = call.process.statIfExists(path);
    return target !== undefined && isDirectory(target.mode) ? target : link;
  }

  async #directory(path: string, how: { readonly heading: boolean; readonly named: boolean }): Promise<void> {
    const { call, style } = this;
    const entries: Entry[] = [];
    try {
      visitDirectory(call.process, path, ({ name, ino, type }) => {
        const entry = style.shows(name) ? this.#entry(path, name, { ino, type }) : undefined;
        if (entry !== undefined) entries.push(entry);
      });
    } catch (error) {
      call.warnOf(error, 'cannot open directory', path);
      this.status = how.named ? 2 : Math.max(this.status, 1);
      return;
    }
    if (how.heading) {
      call.print(`${this.printed ? '\n' : ''}${style.quoting === 'literal' ? path : style.quoteName(path)}:${style.end}`);
    }
    this.printed = true;
    this.#sort(entries);
    printEntries(call, style, entries, new LongColumns(call, style), { total: true });
    await call.breathe(65536);
    if (!style.recursive) return;
    for (const entry of entries) {
      if (entry.name === '.' || entry.name === '..') continue;
      const isOne = entry.stat === undefined ? entry.type === DT_DIR : isDirectory(entry.stat.mode);
      if (isOne) await this.#directory(entry.path, { heading: true, named: false });
    }
  }

  #entry(directory: string, name: string, known: { readonly ino: number; readonly type: number }): Entry | undefined {
    const { call, style } = this;
    const path = joinPath(directory, name);
    if (!style.needsStat) return { name, path, stat: undefined, target: undefined, ...known };
    try {
      const stat = style.dereference ? call.process.stat(path) : call.process.lstat(path);
      return { name, path, stat, target: this.#target(path, stat), ...known };
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      call.warnOf(error, 'cannot access', path);
      this.status = Math.max(this.status, 1);
      return { name, path, stat: undefined, target: undefined, missing: true, ...known };
    }
  }

  #target(path: string, stat: Stat): string | undefined {
    if (!this.style.long || !isSymlink(stat.mode)) return undefined;
    try {
      return this.call.process.readlink(path);
    } catch (error) {
      this.call.warnOf(error, 'cannot read symbolic link', path);
      this.status = Math.max(this.status, 1);
      return undefined;
    }
  }

  /** A directory, or a link to one. */
  #leadsToDirectory({ path, stat }: Entry): boolean {
    if (stat === undefined || !isSymlink(stat.mode)) return stat !== undefined && isDirectory(stat.mode);
    try {
      return isDirectory(this.call.process.stat(path).mode);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return false;
    }
  }

  #sort(entries: Entry[]): void {
    const { style } = this;
    if (style.sort !== 'none') entries.sort(style.compare);
    if (style.sort !== 'none' && style.reverse) entries.reverse();
    if (style.directoriesFirst && style.sort !== 'none') {
      entries.sort((a, b) => Number(this.#leadsToDirectory(b)) - Number(this.#leadsToDirectory(a)));
    }
  }
}
