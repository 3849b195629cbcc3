/**
 * cat(1).
 */
import { isRegular } from '../../abi/stat.ts';
import { O_APPEND, F_GETFL } from '../../abi/fcntl.ts';
import { LinuxError } from '../../abi/errno.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quoteIfNeeded } from '../quote.ts';

const BLOCK = 131072;

export const cat: CommandDefinition = {
  name: 'cat',
  synopsis: ['[OPTION]... [FILE]...'],
  summary: 'Copy FILEs, standard input by default or for -, to standard output.',
  options: [
    { short: 'A', long: 'show-all', help: 'as -vET' },
    { short: 'b', long: 'number-nonblank', help: 'number lines that are not empty' },
    { short: 'e', help: 'as -vE' },
    { short: 'E', long: 'show-ends', help: 'print $ at the end of each line' },
    { short: 'n', long: 'number', help: 'number all lines' },
    { short: 's', long: 'squeeze-blank', help: 'print one of several empty lines' },
    { short: 't', help: 'as -vT' },
    { short: 'T', long: 'show-tabs', help: 'print tabs as ^I' },
    { short: 'u', help: 'nothing: output is not delayed beyond the end of the command' },
    { short: 'v', long: 'show-nonprinting', help: 'print control characters as ^X and bytes above 127 as M-x' },
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const style = new LineStyle(call);
  let status = 0;
  for (const path of call.operands.length === 0 ? ['-'] : call.operands) {
    if (!(await copy(call, path, style))) status = 1;
  }
  return status;
}

async function copy(call: Call, path: string, style: LineStyle): Promise<boolean> {
  let fd = -1;
  try {
    fd = call.openInput(path);
    if (isOwnOutput(call, fd)) {
      call.warn(`${quoteIfNeeded(path)}: input file is output file`);
      return false;
    }
    for (;;) {
      const into = new Uint8Array(BLOCK);
      const count = await call.read(fd, into);
      if (count === 0) return true;
      const bytes = into.subarray(0, count);
      call.output(style.plain ? bytes : style.convert(bytes));
      call.flush();
    }
  } catch (error) {
    call.warnAt(error, path);
    return false;
  } finally {
    if (fd >= 0) call.closeInput(fd);
  }
}

/** A file that grows while it is read is never read to its end. */
function isOwnOutput({ process }: Call, fd: number): boolean {
  try {
    const input = process.fstat(fd);
    const output = process.fstat(1);
    if (!isRegular(input.mode) || input.ino !== output.ino || input.dev !== output.dev) return false;
    return (process.fcntl(1, F_GETFL) & O_APPEND) !== 0 || process.lseek(1, 0, 1) > process.lseek(fd, 0, 1);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return false;
  }
}

const NEWLINE = 10;
const TAB = 9;

/** What -b, -E, -n, -s, -T and -v make of bytes; lines go on from file to file. */
class LineStyle {
  readonly number: boolean;
  readonly numberNonblank: boolean;
  readonly squeeze: boolean;
  readonly ends: boolean;
  readonly tabs: boolean;
  readonly nonprinting: boolean;
  readonly plain: boolean;
  #line = 0;
  #atStart = true;
  /** Newlines in a row before this byte. */
  #newlines = 1;

  constructor(call: Call) {
    this.numberNonblank = call.has('number-nonblank');
    this.number = call.has('number') && !this.numberNonblank;
    this.squeeze = call.has('squeeze-blank');
    this.ends = ['show-all', 'e', 'show-ends'].some((key) => call.has(key));
    this.tabs = ['show-all', 't', 'show-tabs'].some((key) => call.has(key));
    this.nonprinting = ['show-all', 'e', 't', 'show-nonprinting'].some((key) => call.has(key));
    this.plain = !(this.number || this.numberNonblank || this.squeeze || this.ends || this.tabs || this.nonprinting);
  }

  convert(bytes: Uint8Array): Uint8Array {
    const out: number[] = [];
    for (const byte of bytes) this.#byte(byte, out);
    return Uint8Array.from(out);
  }

  #byte(byte: number, out: number[]): void {
    if (byte === NEWLINE) {
      this.#newlines++;
      if (this.squeeze && this.#newlines > 2) return;
      if (this.#atStart && this.number) this.#numberLine(out);
      if (this.ends) out.push(36);
      out.push(NEWLINE);
      this.#atStart = true;
      return;
    }
    if (this.#atStart && (this.number || this.numberNonblank)) this.#numberLine(out);
    this.#atStart = false;
    this.#newlines = 0;
    if (byte === TAB) {
      if (this.tabs) out.push(94, 73);
      else out.push(TAB);
    } else if (this.nonprinting) visible(byte, out);
    else out.push(byte);
  }

  #numberLine(out: number[]): void {
    for (const character of `${String(++this.#line).padStart(6)}\t`) out.push(character.charCodeAt(0));
  }
}

function visible(byte: number, out: number[]): void {
  let low = byte;
  if (byte >= 128) {
    out.push(77, 45);
    low = byte - 128;
  }
  if (low < 32) out.push(94, low + 64);
  else if (low === 127) out.push(94, 63);
  else out.push(low);
}
