/** The benchmark still runs: every row once with tiny sizes, no figure looked at. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { groupNames, loadGroup, scaleOf } from '../../bench/groups.ts';
import { Unsupported } from '../../bench/row.ts';
import { gzippedSize } from '../../bench/core/size.ts';

const scale = scaleOf(true);

for (const name of groupNames()) {
  const group = await loadGroup(name);
  const [ours] = group.contestants;
  describe(`bench ${name}`, () => {
    for (const row of group.rows) {
      // It weighs what was built.
      if (row.kind === 'figure' && row.unit === 'KiB') continue;
      it(`${row.name}: ${row.title}`, async () => {
        if (ours === undefined) throw new TypeError('no contestant');
        if (row.kind === 'figure') {
          try {
            expect(await row.measure(ours, scale)).toBeTypeOf('number');
          } catch (error) {
            // Memory is measured where the collector can be called.
            if (!(error instanceof Unsupported)) throw error;
          }
          return;
        }
        const prepared = await row.setup(await ours.open(), scale);
        for (let round = 0; round < 2; round++) {
          prepared.before?.();
          await prepared.run(row.job === undefined ? 3 : 1);
          prepared.after?.();
        }
      });
    }
  });
}

describe('npm run bench', () => {
  it('prints a line for a row, with every contestant', () => {
    const out = execFileSync(process.execPath, ['dist-test/bench/run.js', 'core', 'stat.miss.undef', '--quick'], { encoding: 'utf8' });
    expect(out).toMatch(/^stat\.miss\.undef( +[\d.]+ (ns|µs|ms)){4} /m);
  });
});

describe('size', () => {
  it('the core stays below 40 KiB, minified and gzipped', async () => {
    const size = await gzippedSize(`export { Kernel } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).pathname)}`);
    expect(size).toBeLessThanOrEqual(40 * 1024);
  });
});
