/**
 * The front-end on other versions of Node: its own tests, and the calls that are compared with that version's `node:fs`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { otherNode } from '../harness/other-node.ts';

const repository = join(import.meta.dirname, '../..');
const FILES = ['node.test.ts', 'node-differential.test.ts', 'node-differential-user.test.ts'].map((name) =>
  join(import.meta.dirname, name),
);

for (const major of [22, 24, 26]) {
  const node = otherNode(major, 'the node:fs front-end on it');
  it(`passes on Node ${major}`, { timeout: 180_000 }, () => {
    if (node === undefined) {
      expect(Number.parseInt(process.versions.node, 10)).toBeGreaterThanOrEqual(20);
      return;
    }
    // Without this Vitest's own variables.
    const { PATH, HOME } = process.env;
    const { status, stdout, stderr } = spawnSync(node, [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...FILES], {
      cwd: repository,
      encoding: 'utf8',
      env: { PATH, HOME, NO_COLOR: '1' },
    });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^ *Test Files +3 passed \(3\)$/m);
    expect(stdout).not.toMatch(/^\s*not run/m);
  });
}
