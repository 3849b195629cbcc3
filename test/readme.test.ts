/** What the README and the pages for users of node:fs show is what happens: their code stands in examples/, a screen is the program's output. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Code without the remarks at the end of its lines. */
function withoutRemarks(code: string): string {
  return code.replace(/ *\/\/ .*$/gm, '');
}

describe.each(['README.md', 'docs/NODE-FS.md', 'docs/COMING-FROM-MEMFS.md'])('the code in %s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/<!-- (examples\/[a-z-]+\.ts) -->\n```ts\n([\s\S]*?)```/g)];

  it('names an example above every block', () => {
    expect(blocks).toHaveLength(text.split('```ts\n').length - 1);
  });

  it.each(blocks.map(([, file, code]) => [file as string, code as string]))('is a part of %s', (file, code) => {
    expect(withoutRemarks(readFileSync(join(root, file), 'utf8'))).toContain(withoutRemarks(code).trimEnd());
  });
});

describe('README.md', () => {
  it('shows a screen that is real', () => {
    const [, script = '', screen = ''] = /```console\n\$ npm start --silent -- -c '([^']+)'\n([\s\S]*?)```/.exec(readme) ?? [];
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), 'sh', '-c', script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    const undated = (text: string): string => text.replace(/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d/g, 'Nov 24 12:00');
    expect(undated(stdout) + stderr).toBe(screen);
  });

  it('links to what is there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link as string);
    expect(links.filter((link) => !link.startsWith('http') && !existsSync(join(root, link)))).toEqual([]);
  });
});
