/**
 * Real input: the packages this repository is developed with, loaded, and asked the same questions as a copy on the host's tmpfs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const TMPFS_MAGIC = 0x01021994;
/** The copy and as much again. */
const ROOM = 2 * 2 ** 30;

function hasRoom(): boolean {
  if (!existsSync('/dev/shm')) return false;
  const { type, bavail, bsize } = statfsSync('/dev/shm');
  return type === TMPFS_MAGIC && bavail * bsize > ROOM;
}

const SCRIPT = [
  'find node_modules',
  'find node_modules -type f -name "*.json" | wc -l',
  'du -s node_modules',
  'du -sb node_modules',
  'ls -lR node_modules | wc -l',
  'ls -lRA --time-style=full-iso node_modules | grep -v ^total | md5sum',
  // The interpreter's grep leaves out what is hidden.
  'grep -rl --include="*.json" --exclude=".?*" --exclude-dir=".?*" MIT node_modules',
  'grep -rn "export" node_modules/just-bash/dist --include="*.d.ts"',
  'cat node_modules/typescript/package.json | md5sum',
].join('\necho ==\n');

/** The answers, each with its lines in one order: find and grep give them in that of the directory. */
function answers(stdout: string): string[] {
  return stdout.split('==\n').map((answer) => answer.split('\n').sort().join('\n'));
}

if (!hasRoom()) process.stdout.write('\nnot compared: a loaded node_modules: no tmpfs with 2 GiB of room on /dev/shm\n');

describe.runIf(hasRoom())('node_modules', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync('/dev/shm/tuxfs-modules-');
    spawnSync('cp', ['-a', join(root, 'node_modules'), directory]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('answers as on the host', { timeout: 240_000 }, () => {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    const host = spawnSync('bash', ['-c', SCRIPT], { cwd: directory, encoding: 'utf8', env, maxBuffer: 2 ** 28 });
    const words = [
      'dist/cli/main.js',
      'sh',
      '--load',
      '/etc/passwd:/etc/passwd',
      '--load',
      '/etc/group:/etc/group',
      '--load',
      `${directory}/node_modules:/node_modules`,
    ];
    const ours = spawnSync(process.execPath, [...words, '-c', `cd /\n${SCRIPT}`], { cwd: root, encoding: 'utf8', env, maxBuffer: 2 ** 28 });
    expect(ours.stderr).toBe('');
    const [expected, found] = [answers(host.stdout), answers(ours.stdout)];
    expect(found.length).toBe(9);
    for (const [i, answer] of found.entries()) expect(answer).toBe(expected[i]);
    expect((found[0] as string).split('\n').length).toBeGreaterThan(1000);
  });
});
