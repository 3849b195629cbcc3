/** For files whose tests are run as uid 1000 on both sides: each file has a process of its own, which gives root up for good. */
import { beforeAll, expect, it } from 'vitest';

export function becomeOrdinaryUser(what: string): void {
  const root = process.getuid?.() === 0;
  if (!root) process.stdout.write(`\nnot run: ${what} as uid 1000: that needs root; they run as who runs the tests\n`);

  beforeAll(() => {
    if (!root) return;
    process.setgroups?.([]);
    process.setgid?.(1000);
    process.setuid?.(1000);
  });

  it('is an ordinary user', () => expect([process.getuid?.(), process.geteuid?.()]).not.toContain(0));
}
