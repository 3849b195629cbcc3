/** What src/fs/README.md quotes is what the examples and tests say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = ['examples/pinned-filesystem.ts', 'examples/looked-up-filesystem.ts'].map(read);
const blocks = [...read('src/fs/README.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block as string);

it('src/fs/README.md quotes the examples', () => {
  const quoted = blocks.map((block) => sources.findIndex((source) => source.includes(block)));
  // The last is how the suite is run, which test/testing does for each filesystem.
  expect(quoted).toEqual([0, 1, 0, -1]);
});
