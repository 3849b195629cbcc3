/**
 * The model is the host's `node:fs`: random calls, right and wrong, in all their forms have the same outcome on tuxfs.
 *
 * TUXFS_MODEL_STEPS says how many (default 2 000), TUXFS_MODEL_SEED where to begin. A difference is shrunk to a short script. What versions
 * of Node do not agree on, and what docs/NODE-FS.md lists, is in node-fs-listed.ts.
 */
import * as hostFs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chooser } from './operations.ts';
import { CALLED, NOT_CALLED, randomScript, showStep } from './node-fs-calls.ts';
import { runScript, shrink } from './node-fs-runner.ts';

const STEPS = Number(process.env['TUXFS_MODEL_STEPS'] ?? 2000);
const SEED = Number(process.env['TUXFS_MODEL_SEED'] ?? 1);
const SCRIPT_LENGTH = 60;

/** Handles that a script left to a stream, and closes late. */
const late = (): void => undefined;
let umask = 0;
beforeAll(() => {
  umask = process.umask(0o022);
  process.on('unhandledRejection', late);
  // Deprecated calls are made on purpose.
  process.removeAllListeners('warning');
});
afterAll(() => {
  process.umask(umask);
  process.off('unhandledRejection', late);
});

describe('node:fs, at random', () => {
  it('calls every function there is', () => {
    const functions = Object.entries(hostFs).filter(([name, value]) => typeof value === 'function' && name !== 'default');
    const names = functions.map(([name]) => name.replace(/Sync$/, ''));
    expect(names.filter((name) => !CALLED.includes(name) && !(name in NOT_CALLED))).toEqual([]);
  });

  it(`${STEPS} steps have the same outcome`, { timeout: 60_000 + STEPS * 40 }, async () => {
    const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    for (let script = 0; script * SCRIPT_LENGTH < STEPS; script++) {
      const steps = randomScript(new Chooser(SEED * 1_000_003 + script), SCRIPT_LENGTH);
      const { differences } = await runScript(steps, user);
      if (differences.length === 0) continue;
      const short = await shrink(steps, user);
      const [difference = differences[0]] = (await runScript(short, user, { every: 1 })).differences;
      const { what, host, tuxfs } = difference as (typeof differences)[number];
      const says = (value: unknown): string => JSON.stringify(value, null, 1);
      expect.fail(`seed ${SEED}, script ${script}:\n${short.map(showStep).join('\n')}\n${what}\nhost ${says(host)}\ntuxfs ${says(tuxfs)}`);
    }
  });
});
