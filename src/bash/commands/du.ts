/**
 * du(1): the blocks that trees take.
 */
import { LinuxError } from '../../abi/errno.ts';
import { isDirectory, type Stat } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';
import { parseBlockSize, type SizeStyle, sizeText } from '../sizes.ts';
import { joinPath, readDirectory } from './directory.ts';

export const du: CommandDefinition = {
  name: 'du',
  synopsis: ['[OPTION]... [FILE]...'],
  summary: 'Show the space that FILEs take, the current directory by default, with the directories below them.',
  options: [
    { short: '0', long: 'null', help: 'end each line with NUL, not newline' },
    { short: 'a', long: 'all', help: 'show files as well as directories' },
    { long: 'apparent-size', help: 'count sizes, not the blocks they take' },
    { short: 'b', long: 'bytes', help: 'as --apparent-size --block-size=1' },
    { short: 'B', long: 'block-size', argument: 'SIZE', help: 'print sizes in units of SIZE' },
    { short: 'c', long: 'total', help: 'a sum at the end' },
    { short: 'd', long: 'max-depth', argument: 'N', help: 'show nothing that is more than N levels below what is named' },
    { short: 'D', long: 'dereference-args', help: 'follow symbolic links that are named' },
    { short: 'h', long: 'human-readable', help: 'print sizes like 1K 234M 2G' },
    { short: 'H', help: 'as -D' },
    { long: 'inodes', help: 'count inodes' },
    { short: 'k', help: 'as --block-size=1K' },
    { short: 'l', long: 'count-links', help: 'count a file as often as it has names' },
    { short: 'L', long: 'dereference', help: 'follow all symbolic links' },
    { short: 'm', help: 'as --block-size=1M' },
    { short: 'P', long: 'no-dereference', help: 'follow no symbolic links; the default' },
    { short: 's', long: 'summarize', help: 'only a sum for each FILE' },
    { short: 'S', long: 'separate-dirs', help: 'directories without those below them' },
    { long: 'si', help: 'as -h, in powers of 1000' },
    { short: 'x', long: 'one-file-system', help: 'leave out directories of other filesystems' },
  ],
  run: (call) => new Usage(call).run(),
};

class Usage {
  readonly call: Call;
  readonly style: SizeStyle;
  readonly depth: number;
  readonly apparent: boolean;
  readonly follow: boolean;
  readonly followNamed: boolean;
  readonly end: string;
  readonly seen = new Set<string>();
  status = 0;
  device = 0;

  constructor(call: Call) {
    this.call = call;
    this.style = styleOf(call);
    this.apparent = call.has('apparent-size') || call.has('bytes');
    const links = call.last('dereference', 'no-dereference', 'dereference-args', 'H');
    this.follow = links === 'dereference';
    this.followNamed = links === 'dereference' || links === 'dereference-args' || links === 'H';
    this.end = call.has('null') ? '\0' : '\n';
    this.depth = this.#depth();
  }

  #depth(): number {
    const { call } = this;
    const given = call.value('max-depth');
    if (given !== undefined && !/^\d+$/.test(given)) call.usage(`invalid maximum depth ${quote(given)}`);
    if (call.has('summarize') && call.has('all')) call.usage('cannot both summarize and show all entries');
    if (call.has('summarize')) {
      if (given !== undefined && Number(given) !== 0) call.usage(`summarizing conflicts with --max-depth=${given}`);
      return 0;
    }
    return given === undefined ? Number.POSITIVE_INFINITY : Number(given);
  }

  async run(): Promise<number> {
    let total = 0;
    for (const path of this.call.operands.length === 0 ? ['.'] : this.call.operands) {
      const status = this.#stat(path, this.followNamed);
      if (status === undefined) continue;
      this.device = status.dev;
      total += await this.#walk(path, status, 0);
    }
    if (this.call.has('total')) this.#print(total, 'total');
    return this.status;
  }

  #stat(path: string, follow: boolean): Stat | undefined {
    try {
      return follow ? this.call.process.stat(path) : this.call.process.lstat(path);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      this.call.warnOf(error, 'cannot access', path);
      this.status = 1;
      return undefined;
    }
  }

  /** What `path` and all below it take; printed after what is below. */
  async #walk(path: string, status: Stat, level: number): Promise<number> {
    if (this.#counted(status)) return 0;
    const own = this.#size(status);
    if (!isDirectory(status.mode)) {
      if (level === 0 || (this.call.has('all') && level <= this.depth)) this.#print(own, path);
      return own;
    }
    let below = 0;
    let direct = own;
    for (const { name } of this.#entries(path)) {
      const child = joinPath(path, name);
      const childStatus = this.#stat(child, this.follow);
      if (childStatus === undefined) continue;
      if (this.call.has('one-file-system') && childStatus.dev !== this.device) continue;
      const size = await this.#walk(child, childStatus, level + 1);
      below += size;
      if (!isDirectory(childStatus.mode)) direct += size;
    }
    if (level <= this.depth) this.#print(this.call.has('separate-dirs') ? direct : own + below, path);
    await this.call.breathe(4096);
    return own + below;
  }

  #entries(path: string): readonly { readonly name: string }[] {
    try {
      return readDirectory(this.call.process, path);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      this.call.warnOf(error, 'cannot read directory', path);
      this.status = 1;
      return [];
    }
  }

  /** A file with several names is counted once; so is a directory that a link leads back to. */
  #counted({ dev, ino, nlink, mode }: Stat): boolean {
    if (this.call.has('count-links') || (nlink <= 1 && !this.follow && !isDirectory(mode))) return false;
    const key = `${dev}:${ino}`;
    if (this.seen.has(key)) return true;
    this.seen.add(key);
    return false;
  }

  #size({ size, blocks }: Stat): number {
    if (this.call.has('inodes')) return 1;
    return this.apparent ? size : blocks * 512;
  }

  #print(size: number, path: string): void {
    const counts = this.call.has('inodes') && this.style.human === undefined;
    this.call.print(`${counts ? size : sizeText(size, this.style)}\t${path}${this.end}`);
  }
}

function styleOf(call: Call): SizeStyle {
  let style: SizeStyle = { unit: 1024, human: undefined, suffix: '' };
  for (const { key, value } of call.given) {
    if (key === 'bytes') style = { unit: 1, human: undefined, suffix: '' };
    else if (key === 'k') style = { unit: 1024, human: undefined, suffix: '' };
    else if (key === 'm') style = { unit: 1048576, human: undefined, suffix: '' };
    else if (key === 'human-readable' || key === 'si') style = { unit: 1, human: key === 'si' ? 1000 : 1024, suffix: '' };
    else if (key === 'block-size') style = parseBlockSize(value as string) ?? call.fail(`invalid -B argument ${quote(value as string)}`);
  }
  return style;
}
