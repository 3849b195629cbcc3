/**
 * The front-end on other versions of Node: its own tests, the calls that are compared with that version's `node:fs`, and the behaviour suite of the
 * core through both. A call of the suite goes from one process to another, and one of the two waits, so that the versions run at the same time.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { canCompare } from '../harness/not-compared.ts';
import { otherNode } from '../harness/other-node.ts';

const repository = join(import.meta.dirname, '../..');
const FILES = [
  'node.test.ts',
  'node-differential.test.ts',
  'node-differential-random.test.ts',
  'node-differential-user.test.ts',
  'node-glob.test.ts',
  'node-posix.test.ts',
  'node-utf8-stream.test.ts',
  '../model/node-fs.test.ts',
  '../model/node-fs-user.test.ts',
].map((name) => join(import.meta.dirname, name));

/** How a run of the tests on that Node ended, and what it said. */
async function run(node: string): Promise<{ status: number | null; output: string }> {
  // Without this Vitest's own variables.
  const { PATH, HOME } = process.env;
  const child = spawn(node, [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...FILES], {
    cwd: repository,
    env: { PATH, HOME, NO_COLOR: '1', TUXFS_MODEL_STEPS: '600' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe.concurrent('the node:fs front-end', () => {
  for (const major of [22, 24, 26]) {
    const node = otherNode(major, 'the node:fs front-end on it');
    it(`passes on Node ${major}`, { timeout: 900_000 }, async ({ expect }) => {
      if (node === undefined) {
        expect(Number.parseInt(process.versions.node, 10)).toBeGreaterThanOrEqual(20);
        return;
      }
      const { status, output } = await run(node);
      expect(status, output).toBe(0);
      expect(output).toMatch(new RegExp(`^ *Test Files +${FILES.length} passed \\(${FILES.length}\\)$`, 'm'));
      expect(output).not.toMatch(/^\s*not run/m);
      if (!canCompare(`the node:fs front-end with that of Node ${major}`)) return;
      expect(output).not.toMatch(/^\s*not compared/m);
      process.stdout.write(`\nNode ${major}: ${/^node:fs: .*/m.exec(output)?.[0]}\n`);
    });
  }
});
