/** What the core weighs for whoever puts it into a page. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** KiB. The aim is 25; this is what there is, so that it grows only where somebody wants it to. */
const BUDGET = 39.5;

describe('the core', () => {
  it(`is at most ${BUDGET} KiB, minified and gzipped`, async () => {
    const { outputFiles } = await build({
      stdin: { contents: "export { Kernel } from 'tuxfs';", resolveDir: join(import.meta.dirname, '..') },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
    });
    const bundle = outputFiles[0]?.contents ?? new Uint8Array(0);
    const weight = gzipSync(bundle, { level: 9 }).length / 1024;
    expect(weight).toBeGreaterThan(BUDGET / 2);
    expect(weight).toBeLessThanOrEqual(BUDGET);
  });
});
