/** tuxfs under the real `node:fs`, through the `node:vfs` of a Node that has it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Kernel } from '../../src/index.ts';
import { createProvider } from '../../src/node/vfs-provider.ts';
import { otherNode } from '../harness/other-node.ts';

interface Answers {
  readonly ours: Record<string, unknown>;
  readonly disk: Record<string, unknown>;
  readonly user: Record<string, unknown>;
  readonly left: boolean;
}

const node = otherNode(26, 'the provider for node:vfs');

function run(command: string): Answers {
  const { stdout, stderr, status } = spawnSync(
    command,
    ['--no-warnings', '--experimental-vfs', join(import.meta.dirname, 'vfs-program.mjs')],
    { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return JSON.parse(stdout) as Answers;
}

describe('createProvider()', () => {
  it('says what it needs, where there is no node:vfs', () => {
    expect(() => createProvider(new Kernel().spawn())).toThrow('Node 26.4 or newer with --experimental-vfs');
  });

  if (node === undefined) return;
  const { ours, disk, user, left } = run(node);

  it.each(Object.keys(disk))('answers as the disk does: %s', (name) => {
    expect(JSON.stringify(disk[name])).not.toMatch(/^"threw/);
    expect(ours[name]).toEqual(disk[name]);
  });

  it('keeps users, permissions, devices and limits', () => {
    expect(user).toEqual({
      'a file of its own': [null, 1000],
      'a system file': ['EACCES open', 'EACCES open'],
      'its owner': 'EPERM chown',
      "another's private directory": 'EACCES scandir',
      access: ['EACCES access', null],
      'a device': [16, 'ENOSPC write'],
      'a limit': 'ENOSPC write',
      'an absolute link': [null, 'x'],
      module: [null, 42],
    });
  });

  it('is gone when it is unmounted', () => expect(left).toBe(false));
});
