/** Each program in examples/ runs, and prints what its last comment says. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));

/** The lines after `// prints:`, to the end of the file. */
function promised(source: string): string {
  const [, comment] = source.split('\n// prints:\n');
  if (comment === undefined) throw new Error('an example ends with what it prints');
  return comment.replace(/^\/\/ ?/gm, '');
}

describe('examples', () => {
  it.each(names)('%s', (name) => {
    const printed = execFileSync(process.execPath, [join(root, 'dist-test/examples', name.replace(/\.ts$/, '.js'))], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(printed).toBe(promised(readFileSync(join(root, 'examples', name), 'utf8')));
  });
});
