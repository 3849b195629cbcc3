/**
 * The behaviour suite of the core through `node:fs`: each case of test/posix makes its calls on createFs() and on the host's own `node:fs` in a tmpfs, as
 * root and as an ordinary user. Every result and every field of every error must be the same.
 *
 * A case's own expectations are those of system calls run by root. Where Node or another user gets something else, the case stops there, on both.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DEVIATIONS } from '../deviations.ts';
import { agree } from '../harness/agree.ts';
import { hostNodeSubject } from '../harness/host-subject.ts';
import { nodeSubject } from '../harness/node-subject.ts';
import { canCompare } from '../harness/not-compared.ts';
import { record } from '../harness/record.ts';
import { registerCasesBy } from '../harness/register.ts';

const USERS = { root: {}, 'uid 1000': { uid: 1000, gid: 1000 } } as const;
/** Cases, calls that were compared, and the cases that did not go to their end. */
const counts = { root: { cases: 0, calls: 0, stopped: [] as string[] }, 'uid 1000': { cases: 0, calls: 0, stopped: [] as string[] } };

/** Where Node's function is not the system call, and a case of the call's stops, on both. */
const STOPS: Readonly<Record<string, RegExp>> = {
  'Node refuses the wrong bits itself': /^access\(2\) > root ▸ EINVAL: other bits or flags/,
  'Node opens with O_CLOEXEC': /shares status flags|closes a range, or marks it|the link’s mode, and fdinfo’s flags/,
  'a negative position is refused, or the descriptor’s own':
    /at any offset|^null, zero, full, random, urandom > root ▸ write to|pread and pwrite at a negative offset/,
  'a read of no bytes is no call': /EBADF: not open, or not open for it|a read of no bytes/,
  'no buffers are refused, and many given in parts': /readv and writev fill one after the other|EINVAL: more than 1024 buffers/,
  'truncate opens the file': /^truncate\(2\) > root ▸ EINVAL: negative/,
};

/** Where a listed deviation shows although the case does not take it into account: through Node, truncate opens. */
const DEVIATING: Readonly<Record<string, keyof typeof DEVIATIONS>> = { 'every kind of name > truncate': 'fifo-open' };

registerCasesBy((name, run) => {
  for (const user of ['root', 'uid 1000'] as const) {
    it(`${user} ▸ ${name}`, () => {
      const ours = record(nodeSubject, run, USERS[user]);
      if (!canCompare('node:fs')) {
        expect(ours.length).toBeGreaterThan(0);
        return;
      }
      const host = record(hostNodeSubject, run, USERS[user]);
      const title = expect.getState().currentTestName ?? '';
      const deviating = Object.keys(DEVIATING).some((part) => title.includes(part));
      if (deviating) expect(() => agree(ours, host)).toThrow();
      else agree(ours, host);
      counts[user].cases++;
      counts[user].calls += host.length - 1;
      if (host.at(-1) !== 'ended') counts[user].stopped.push(`${title}: ${host.at(-1)}`);
    });
  }
});

const cases = join(import.meta.dirname, '../posix');
for (const file of readdirSync(cases).filter((name) => name.endsWith('.test.ts'))) await import(join(cases, file));

describe('altogether', () => {
  it('stops only where Node’s function is not the system call', () => {
    if (!canCompare('node:fs')) return;
    const { root } = counts;
    expect(root.stopped.filter((title) => !Object.values(STOPS).some((known) => known.test(title)))).toEqual([]);
    expect(Object.values(STOPS).filter((known) => !root.stopped.some((title) => known.test(title)))).toEqual([]);
  });
  it('compares the whole suite', () => {
    if (!canCompare('node:fs')) return;
    process.stdout.write(`\nnode:fs: ${Object.entries(counts).map(told).join('; ')}\n`);
    expect(counts.root.cases).toBe(counts['uid 1000'].cases);
    expect(counts.root.calls).toBeGreaterThan(150_000);
    expect(counts['uid 1000'].calls).toBeGreaterThan(70_000);
  });
});

function told([user, { cases, calls, stopped }]: [string, (typeof counts)['root']]): string {
  return `${user}: ${cases} cases, ${cases - stopped.length} of them to their end, ${calls} calls`;
}
