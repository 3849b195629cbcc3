/**
 * Requests as no kernel would send them: cut short, grown, with random fields and random bytes. Each gets an errno or an answer that
 * is well formed; nothing is thrown, nothing of ours fails, and the tree stays a tree.
 */
import { describe, expect, it } from 'vitest';
import { minimumBody } from '../../src/fuse/wire/protocol.ts';
import { errorOf, fromHex, init, newBench, request } from './messages.ts';
import { readdirSync, readFileSync } from 'node:fs';

/** A small generator with a seed, so that a failure comes again. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function recordedRequests(): Uint8Array[] {
  const directory = `${import.meta.dirname}/golden`;
  return readdirSync(directory).flatMap((file) =>
    [...readFileSync(`${directory}/${file}`, 'utf8').matchAll(/^>\n([0-9a-f\s]+)^<$/gm)].map((match) => fromHex(match[1] as string)),
  );
}

function check(answer: Uint8Array | undefined): void {
  if (answer === undefined) return;
  const [length, error] = new Int32Array(answer.slice(0, 8).buffer);
  expect(length).toBe(answer.length);
  expect(error).toBeLessThanOrEqual(0);
  expect(error).toBeGreaterThan(-4096);
  if (error !== 0) expect(length).toBe(16);
}

/** The kernel's own processes still find a whole tree. */
function checkTree(bench: ReturnType<typeof newBench>): void {
  const { init: process } = bench.kernel;
  const visit = (path: string, depth: number): void => {
    if (depth > 8) return;
    const fd = process.open(path === '' ? '/' : path, 0o200000);
    let directories = 2;
    for (const entry of process.getdents(fd, 1 << 20)) {
      if (entry.name === '.' || entry.name === '..') continue;
      const stat = process.lstat(`${path}/${entry.name}`);
      expect(stat.nlink).toBeGreaterThan(0);
      if ((stat.mode & 0o170000) !== 0o040000) continue;
      directories++;
      visit(`${path}/${entry.name}`, depth + 1);
    }
    expect(process.fstat(fd).nlink).toBe(directories);
    process.close(fd);
  };
  visit('', 0);
}

describe('malformed requests', () => {
  it('EINVAL: a body that is cut short, at every length; nothing at all without a whole header', () => {
    const bench = newBench({ kernel: { bare: true } });
    bench.ask(init());
    for (const whole of recordedRequests()) {
      const opcode = new Uint32Array(whole.slice(4, 8).buffer)[0] as number;
      for (let length = 0; length < Math.min(whole.length, 200); length++) {
        const cut = whole.slice(0, length);
        if (length >= 4) new Uint32Array(cut.buffer, 0, 1)[0] = length;
        const answer = bench.ask(cut);
        if (length < 40) expect(answer).toBeUndefined();
        else if (opcode !== 26) check(answer);
      }
      const wrong = whole.slice();
      new Uint32Array(wrong.buffer, 0, 1)[0] = whole.length + 8;
      expect(minimumBody(opcode) === -1 ? [38] : [0, 22]).toContain(errorOf(bench.ask(wrong)));
    }
    expect(bench.errors).toEqual([]);
  });

  it('answers before INIT with EIO, and unknown handles and nodes with EBADF and ESTALE', () => {
    const bench = newBench();
    expect(errorOf(bench.ask(request(3, [0, 0, 0, 0])))).toBe(5);
    bench.ask(init());
    expect(errorOf(bench.ask(request(15, [9, 0, 0, 0, 10, 0, 0, 0, 0, 0])))).toBe(9);
    expect(errorOf(bench.ask(request(3, [0, 0, 0, 0], { nodeid: 77 })))).toBe(116);
    expect(errorOf(bench.ask(request(18, [0, 0, 0, 0, 0, 0])))).toBe(9);
  });

  it('EINVAL: names that are no names', () => {
    const bench = newBench();
    bench.ask(init());
    for (const name of ['', '.', '..', 'a/b', '/', '../etc']) {
      expect(errorOf(bench.ask(request(1, [name])))).toBe(22);
      expect(errorOf(bench.ask(request(9, [0o755, 0, name])))).toBe(22);
      expect(errorOf(bench.ask(request(10, [name])))).toBe(22);
      expect(errorOf(bench.ask(request(12, [1, 0, 'tmp', name])))).toBe(22);
    }
    expect(errorOf(bench.ask(request(1, ['n'.repeat(256)])))).toBe(36);
    expect(errorOf(bench.ask(request(1, ['__proto__'])))).toBe(2);
    expect(errorOf(bench.ask(request(1, [new Uint8Array([65, 66])])))).toBe(22);
  });

  it.each([1, 2, 3, 4])('random fields and bytes: seed %i', (seed) => {
    const next = random(seed);
    const bench = newBench({ kernel: { bare: true, root: 'size=256k,nr_inodes=200' } });
    const { init: process } = bench.kernel;
    process.mkdir('/a', 0o777);
    process.close(process.creat('/a/file', 0o644));
    process.symlink('a/file', '/link');
    bench.ask(init());
    for (const name of ['a', 'link']) bench.ask(request(1, [name]));
    const samples = recordedRequests();
    const words = [0, 1, 2, 3, 4, 5, 0xff, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff, 0o100644, 0o040755, 0o120777];
    for (let round = 0; round < 4000; round++) {
      const bytes = (samples[next(samples.length)] as Uint8Array).slice();
      const header = new Uint32Array(bytes.buffer, 0, bytes.length >>> 2);
      // Not INIT again, and no number that tells us to keep quiet.
      if (header[1] === 26) continue;
      if (next(3) === 0) header[1] = next(60);
      if (header[1] === 26) continue;
      header[2] = round + 1;
      header[4] = next(6);
      for (let change = next(6); change > 0; change--) {
        if (next(2) === 0 && header.length > 10) header[10 + next(header.length - 10)] = words[next(words.length)] as number;
        else if (bytes.length > 40) bytes[40 + next(bytes.length - 40)] = next(256);
      }
      if (next(20) === 0) header[9] = next(0x10000);
      check(bench.ask(bytes));
    }
    expect(bench.errors).toEqual([]);
    checkTree(bench);
    bench.session.close();
    expect(bench.session.files.size).toBe(0);
    expect(process.statfs('/').ffree).toBeGreaterThan(0);
  });
});
