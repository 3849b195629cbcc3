/** Clients that take no `fs` and get tuxfs by `--import tuxfs/node/register`: chokidar, pino. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const program = join(import.meta.dirname, 'registered.mjs');

function run(args: readonly string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

it.each([
  ['chokidar', 'watch'],
  ['pino', 'log'],
])('%s', (_client, job) => {
  const root = mkdtempSync(join(tmpdir(), 'tuxfs-client-'));
  try {
    const disk = run([program, join(root, 'work'), job]);
    rmSync(root, { recursive: true });
    expect(run(['--import', 'tuxfs/node/register', program, join(root, 'work'), job])).toEqual(disk);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
