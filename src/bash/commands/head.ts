/**
 * head(1).
 */
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { parseSize } from '../sizes.ts';
import { quote } from '../quote.ts';

const BLOCK = 65536;

export const head: CommandDefinition = {
  name: 'head',
  synopsis: ['[OPTION]... [FILE]...'],
  summary: 'Print the first 10 lines of each FILE, of standard input by default or for -.',
  options: [
    { short: 'c', long: 'bytes', argument: 'NUM', help: 'the first NUM bytes; with -NUM all but the last NUM' },
    { short: 'n', long: 'lines', argument: 'NUM', help: 'the first NUM lines; with -NUM all but the last NUM' },
    { short: 'q', long: 'quiet', help: 'never print names' },
    { long: 'silent', help: 'as -q' },
    { short: 'v', long: 'verbose', help: 'always print names' },
    { short: 'z', long: 'zero-terminated', help: 'lines end with NUL' },
  ],
  notes: ['NUM may have a suffix: b 512, kB 1000, K 1024, MB 1000*1000, M 1024*1024, and so on for G, T, P. -NUM is -n NUM.'],
  // `head -5` and `head -5c`.
  rewrite: (words) =>
    words.flatMap((word, i) => {
      const match = i === 0 ? /^-(\d+)([bkm]?)([cqvz]*)$/.exec(word) : null;
      if (match === null) return [word];
      const bytes = (match[3] as string).includes('c') || match[2] !== '';
      const rest = (match[3] as string).replaceAll('c', '');
      return [
        bytes ? '-c' : '-n',
        (match[1] as string) + (match[2] as string).replace('k', 'K').replace('m', 'M'),
        ...(rest === '' ? [] : [`-${rest}`]),
      ];
    }),
  run,
};

interface Amount {
  readonly count: number;
  readonly lines: boolean;
  readonly allBut: boolean;
  readonly end: number;
}

async function run(call: Call): Promise<number> {
  const amount = amountOf(call);
  const paths = call.operands.length === 0 ? ['-'] : call.operands;
  const verbosity = call.last('quiet', 'silent', 'verbose');
  const names = verbosity === undefined ? paths.length > 1 : verbosity === 'verbose';
  let status = 0;
  let first = true;
  for (const path of paths) {
    let fd: number;
    try {
      fd = call.openInput(path);
    } catch (error) {
      call.warnOf(error, `cannot open ${quote(path)} for reading`);
      status = 1;
      continue;
    }
    try {
      if (names) call.print(`${first ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`);
      first = false;
      await (amount.allBut ? allBut(call, fd, amount) : begin(call, fd, amount));
    } catch (error) {
      call.warnOf(error, `error reading ${quote(path === '-' ? 'standard input' : path)}`);
      status = 1;
    } finally {
      call.closeInput(fd);
    }
  }
  return status;
}

function amountOf(call: Call): Amount {
  const given = call.given.findLast(({ key }) => key === 'bytes' || key === 'lines');
  const end = call.has('zero-terminated') ? 0 : 10;
  if (given === undefined) return { count: 10, lines: true, allBut: false, end };
  const text = given.value as string;
  const count = parseSize(text.replace(/^[-+]/, ''), 'bkKmMGTPEZY');
  const lines = given.key === 'lines';
  if (count === undefined) call.fail(`invalid number of ${given.key}: ${quote(text)}`);
  return { count, lines, allBut: text.startsWith('-'), end };
}

/** Reads no more than it prints where bytes are counted, so that what follows is left for the next program. */
async function begin(call: Call, fd: number, { count, lines, end }: Amount): Promise<void> {
  let left = count;
  while (left > 0) {
    const into = new Uint8Array(lines ? BLOCK : Math.min(BLOCK, left));
    const length = await call.read(fd, into);
    if (length === 0) return;
    if (!lines) {
      call.output(into.subarray(0, length));
      left -= length;
      continue;
    }
    let at = 0;
    while (at < length && left > 0) {
      const found = into.indexOf(end, at);
      if (found < 0 || found >= length) {
        at = length;
      } else {
        at = found + 1;
        left--;
      }
    }
    call.output(into.subarray(0, at));
    if (at < length) giveBack(call, fd, length - at);
  }
}

/** A seekable input is left where the last printed line ends. */
function giveBack({ process }: Call, fd: number, count: number): void {
  try {
    process.lseek(fd, -count, 1);
  } catch {
    // A pipe keeps nothing.
  }
}

async function allBut(call: Call, fd: number, { count, lines, end }: Amount): Promise<void> {
  let held: Uint8Array = new Uint8Array(0);
  for (;;) {
    const into = new Uint8Array(BLOCK);
    const length = await call.read(fd, into);
    if (length === 0) break;
    const joined = new Uint8Array(held.length + length);
    joined.set(held);
    joined.set(into.subarray(0, length), held.length);
    // One line more than may be needed is kept: the last one may be unfinished.
    const from = lines ? startOfLast(joined, count + 1, end) : Math.max(0, joined.length - count);
    call.output(joined.slice(0, from));
    held = joined.subarray(from);
  }
  if (!lines) return;
  const unfinished = held.length > 0 && held.at(-1) !== end;
  const keep = unfinished ? count - 1 : count;
  const whole = held.lastIndexOf(end) + 1;
  if (keep < 0) call.output(held);
  else call.output(held.subarray(0, startOfLast(held.subarray(0, whole), keep, end)));
}

/** Where the last `count` lines begin, each counted by its end. */
function startOfLast(bytes: Uint8Array, count: number, end: number): number {
  let at = bytes.length;
  for (let left = count + 1; left > 0; left--) {
    const found = at === 0 ? -1 : bytes.lastIndexOf(end, at - 1);
    if (found < 0) return 0;
    if (left === 1) return found + 1;
    at = found;
  }
  return bytes.length;
}
