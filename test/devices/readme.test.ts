/** The example in src/devices/README.md is the program in examples/, which runs with the tests, and what it prints. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileDescription } from '../../src/vfs/file-description.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'src/devices/README.md'), 'utf8');

describe('src/devices/README.md', () => {
  it('shows examples/mailbox.ts, whole', () => {
    const [program = '', prints = ''] = readFileSync(join(root, 'examples/mailbox.ts'), 'utf8').split('\n// prints:\n');
    const [, code] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const [, screen] = /It prints:\n\n```\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(code?.trim()).toBe(program.trim());
    expect(screen).toBe(prints.replace(/^\/\/ /gm, ''));
  });
  it('links to what is there', () => {
    for (const [, link = ''] of readme.matchAll(/\]\(([^)]+)\)/g)) expect(existsSync(join(root, 'src/devices', link)), link).toBe(true);
  });

  class Absent extends FileDescription {}
  const bytes = new Uint8Array(1);

  it.each([
    ['read', 'EINVAL', (file: FileDescription) => file.read(bytes, 0)],
    ['write', 'EINVAL', (file: FileDescription) => file.write(bytes, 0)],
    ['seek', 'ESPIPE', (file: FileDescription) => file.seek(0, 0)],
    ['ioctl', 'ENOTTY', (file: FileDescription) => file.ioctl(0, 0, undefined as never)],
    ['truncate', 'EINVAL', (file: FileDescription) => file.truncate(0)],
    ['sync', 'EINVAL', (file: FileDescription) => file.sync()],
    ['allocate', 'ENODEV', (file: FileDescription) => file.allocate(0, 0, 1)],
  ] as const)('%s, left out, is %s as it says', (_, code, call) => {
    expect(() => call(new Absent())).toThrow(expect.objectContaining({ code }));
  });
});
