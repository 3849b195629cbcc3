/**
 * The behaviour suite for a page: every case through createFs(), as root and as an ordinary user, with no host behind it.
 *
 * bundle.ts puts vitest.ts in Vitest's place. The result is what each case saw, call by call (record.ts).
 */
import { nodeSubject } from '../harness/node-subject.ts';
import { record } from '../harness/record.ts';
import { registerCasesBy } from '../harness/register.ts';
import { it, tests } from './vitest.ts';

/** What a case saw, or the failure of a test that is no case. */
export type Results = Record<string, string[]>;

const seen: Results = {};

export async function runSuite(load: () => Promise<unknown>): Promise<Results> {
  let running = 0;
  registerCasesBy((name, run) => {
    for (const [user, options] of [['root', {}] as const, ['uid 1000', { uid: 1000, gid: 1000 }] as const]) {
      it(`${user} ▸ ${name}`, () => {
        seen[tests[running]?.name ?? ''] = record(nodeSubject, run, options);
      });
    }
  });
  await load();
  for (; running < tests.length; running++) {
    const { name, run } = tests[running] as (typeof tests)[number];
    try {
      run();
      seen[name] ??= ['passed'];
    } catch (error) {
      seen[name] = [`failed: ${(error as Error).message}`];
    }
  }
  return seen;
}
