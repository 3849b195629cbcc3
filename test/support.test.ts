/** docs/SUPPORT.md says what the sources say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentPage, supportPage, tagsOf } from '../scripts/support.ts';
import { DEVIATIONS, FUSE_DEVIATIONS } from './deviations.ts';

const root = join(import.meta.dirname, '..');

describe('docs/SUPPORT.md', () => {
  it('is current (npm run support writes it)', () => {
    expect(readFileSync(join(root, 'docs/SUPPORT.md'), 'utf8')).toBe(currentPage(root));
  });

  it('gives a reason for each difference', () => {
    for (const [id, reason] of Object.entries({ ...DEVIATIONS, ...FUSE_DEVIATIONS })) {
      expect(id, reason).not.toBe('');
      expect(reason.length, id).toBeGreaterThan(10);
    }
  });

  it('has a case for each', () => {
    const cases = readdirSync(join(root, 'test/posix')).map((name) => readFileSync(join(root, 'test/posix', name), 'utf8'));
    for (const id of Object.keys({ ...DEVIATIONS, ...FUSE_DEVIATIONS }))
      expect(
        cases.some((text) => text.includes(`'${id}'`)),
        id,
      ).toBe(true);
  });
});

describe('a tag', () => {
  it('is read from a comment', () => {
    const source = [
      '/** mkdir(2).',
      ' *  EEXIST',
      ' *  @linux mkdirat full */',
      ' * @linux open partial: O_DIRECT is ignored.',
      '// @linux mmap none — no pages',
    ];
    expect(tagsOf('src/a.ts', source.join('\n'))).toEqual([
      { name: 'mkdirat', level: 'full', note: '', path: 'src/a.ts' },
      { name: 'open', level: 'partial', note: 'O_DIRECT is ignored', path: 'src/a.ts' },
      { name: 'mmap', level: 'none', note: 'no pages', path: 'src/a.ts' },
    ]);
  });

  it.each(['@linux', '@linux open', '@linux open mostly', '@linux open partial', '@linux open none'])('is refused: %s', (tag) =>
    expect(() => tagsOf('src/a.ts', ` * ${tag}\n`)).toThrow(SyntaxError),
  );

  it('of a part lowers the whole', () => {
    const page = supportPage([...tagsOf('src/a.ts', '// @linux open full'), ...tagsOf('src/b.ts', '// @linux open partial: a | b')], {});
    expect(page).toContain('| open | partial | a \\| b | [a.ts](../src/a.ts), [b.ts](../src/b.ts) |');
    expect(page).toContain('None.');
  });
});
