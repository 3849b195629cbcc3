/** tuxfs in the place of `node:fs`, by Vitest's mocks: the recipe of docs/NODE-FS.md. */
import * as fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';

const { tux } = await vi.hoisted(async () => {
  const { Kernel } = await import('../../src/index.ts');
  const { createFs } = await import('../../src/node/index.ts');
  return { tux: createFs(new Kernel().spawn({ uid: 1000, gid: 1000 })) };
});

vi.mock('node:fs', () => ({ default: tux, ...tux }));
vi.mock('node:fs/promises', () => ({ default: tux.promises, ...tux.promises }));

it('gives a program tuxfs for its fs', async () => {
  fs.writeFileSync('/tmp/mocked', 'by tuxfs');
  expect(await readFile('/tmp/mocked', 'utf8')).toBe('by tuxfs');
  expect(() => fs.writeFileSync('/etc/passwd', '')).toThrow('EACCES');
});
