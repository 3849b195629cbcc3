/**
 * The cases of node-differential.test.ts and node-differential-random.test.ts once more, as uid 1000 on both sides. This file's process gives root up for good.
 */
import { beforeAll, expect, it } from 'vitest';
import './node-differential.test.ts';
import './node-differential-random.test.ts';

const root = process.getuid?.() === 0;
if (!root) process.stdout.write('\nnot run: the calls of node:fs as uid 1000: that needs root; they run as who runs the tests\n');

beforeAll(() => {
  if (!root) return;
  process.setgroups?.([]);
  process.setgid?.(1000);
  process.setuid?.(1000);
});

it('is an ordinary user', () => expect([process.getuid?.(), process.geteuid?.()]).not.toContain(0));
