/**
 * FUSE messages as bytes. golden/ holds one file for each opcode, with requests and what we answered; each exchange is numbered by its
 * place in the whole. Up to 132 they are what Linux 6.18 sent while a program ran through the calls of a filesystem; from 133 on they are
 * made by the structures of its header, since it does not send them to a filesystem like ours. Here all are played again, in order,
 * without a mount.
 *
 * TUXFS_GOLDEN=update writes the answers anew, when a change of them is meant.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorOf, fromHex, init, newBench, request, toHex } from './messages.ts';

const DIRECTORY = `${import.meta.dirname}/golden`;

interface Exchange {
  readonly file: string;
  readonly number: number;
  readonly request: Uint8Array;
  answer: string;
}

function readGolden(): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const file of readdirSync(DIRECTORY)) {
    const [, ...parts] = readFileSync(`${DIRECTORY}/${file}`, 'utf8').split(/^# /m);
    for (const part of parts) {
      const [head = '', answer = ''] = part.split(/^<$/m);
      const [number = '', asked = ''] = head.split(/^>$/m);
      exchanges.push({ file, number: Number(number), request: fromHex(asked), answer: answer.trim() });
    }
  }
  return exchanges.sort((a, b) => a.number - b.number);
}

function writeGolden(exchanges: readonly Exchange[]): void {
  const files = new Map<string, string>();
  for (const each of exchanges) {
    const title = files.get(each.file) ?? `FUSE_${each.file.replace('.txt', '').toUpperCase()}\n`;
    files.set(each.file, `${title}\n# ${each.number}\n>\n${toHex(each.request)}\n<\n${each.answer}\n`);
  }
  for (const [file, text] of files) writeFileSync(`${DIRECTORY}/${file}`, text);
}

describe('golden messages', () => {
  it('are answered byte for byte', () => {
    const bench = newBench({ kernel: { bare: true, root: 'size=1m,nr_inodes=100' } });
    bench.kernel.init.mkdir('/tmp', 0o755);
    bench.kernel.init.chown('/tmp', 0, 77);
    bench.kernel.init.chmod('/tmp', 0o3777);
    const exchanges = readGolden();
    expect(exchanges.length).toBeGreaterThan(100);
    for (const each of exchanges) {
      const answer = toHex(bench.ask(each.request) ?? new Uint8Array(0));
      if (process.env.TUXFS_GOLDEN === 'update') each.answer = answer;
      else expect(answer, `${each.file} #${each.number}`).toBe(each.answer);
    }
    if (process.env.TUXFS_GOLDEN === 'update') writeGolden(exchanges);
    expect(bench.errors).toEqual([]);
  });

  it('has a file for each opcode', () => {
    const source = readFileSync(new URL('../../src/fuse/wire/protocol.ts', import.meta.url), 'utf8');
    const opcodes = (source.split('── opcodes ──')[1] as string).split('// ──')[0] as string;
    const names = [...opcodes.matchAll(/^export const FUSE_([A-Z0-9_]+) = (\d+);$/gm)].map((match) => ({
      file: `${(match[1] as string).toLowerCase()}.txt`,
      opcode: Number(match[2]),
    }));
    expect(names.length).toBeGreaterThan(45);
    const exchanges = readGolden();
    for (const { file, opcode } of names) {
      const found = exchanges.filter((each) => each.file === file).map((each) => new Uint32Array(each.request.slice(4, 8).buffer)[0]);
      expect(new Set(found), file).toEqual(new Set([opcode]));
    }
  });
});

describe('requests that Linux 6.18 does not make of us', () => {
  const bench = newBench();
  bench.ask(init());
  const open = bench.ask(request(27, [0, 0]));
  const fh = new Uint32Array((open as Uint8Array).slice(16, 20).buffer)[0] as number;

  it('READDIRPLUS: entries with their attributes, and a lookup each but for the dots', () => {
    const before = bench.session.nodes.size;
    const answer = bench.ask(request(44, [fh, 0, 0, 0, 4096, 0, 0, 0, 0, 0])) as Uint8Array;
    const names: string[] = [];
    for (let at = 16; at < answer.length; ) {
      const words = new Uint32Array(answer.slice(at, at + 152).buffer);
      const length = words[36] as number;
      const name = new TextDecoder().decode(answer.subarray(at + 152, at + 152 + length));
      names.push(name);
      expect(words[0] === 0).toBe(name === '.' || name === '..');
      at += 128 + ((24 + length + 7) & ~7);
    }
    expect(names.slice(0, 3)).toEqual(['.', '..', 'dev']);
    expect(bench.session.nodes.size - before).toBe(names.length - 2);
  });

  it('COPY_FILE_RANGE, SYNCFS, DESTROY, locks, ACCESS, BMAP, INTERRUPT, and an opcode from the future', () => {
    expect(errorOf(bench.ask(request(47, [fh, 0, 0, 0, 1, 0, fh, 0, 0, 0, 1, 0, 0, 0])))).toBe(21);
    expect(errorOf(bench.ask(request(50, [0, 0])))).toBe(0);
    for (const opcode of [31, 32, 33, 34, 37, 48, 63, 4096, 0xffffffff])
      expect(errorOf(bench.ask(request(opcode, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])))).toBe(38);
    expect(bench.ask(request(36, [99, 0]))).toBeUndefined();
    expect(errorOf(bench.ask(request(38, [])))).toBe(0);
  });
});

describe('INIT', () => {
  const answerWords = (answer: Uint8Array | undefined): number[] => [...new Uint32Array((answer as Uint8Array).slice().buffer)];

  it('takes only what was offered', () => {
    const words = answerWords(newBench().ask(request(26, [7, 38, 65536, 1 << 22, 0])));
    expect(words.slice(4, 8)).toEqual([7, 38, 65536, 1 << 22]);
    expect(words[12]).toBe(0);
  });

  it('asks a newer kernel to come again, and refuses one that is too old', () => {
    const bench = newBench();
    expect(answerWords(bench.ask(request(26, [8, 0, 0, 0]))).slice(4, 6)).toEqual([7, 45]);
    expect(errorOf(bench.ask(request(17, [])))).toBe(5);
    expect(errorOf(bench.ask(request(26, [7, 30, 0, 0])))).toBe(71);
    expect(errorOf(bench.ask(init()))).toBe(0);
    expect(errorOf(bench.ask(request(17, [])))).toBe(0);
  });
});
