/**
 * The model is the host kernel: random system calls by several users must have the same outcome on both.
 *
 * TUXFS_MODEL_STEPS says how many (default 4 000), TUXFS_MODEL_SEED where to begin. A difference is shrunk to a short script.
 */
import { describe, expect, it } from 'vitest';
import { hostSubject } from '../harness/host-subject.ts';
import { Chooser, randomStep, type Step } from './operations.ts';
import { runScript, showScript, shrink } from './runner.ts';

const STEPS = Number(process.env['TUXFS_MODEL_STEPS'] ?? 4000);
const SEED = Number(process.env['TUXFS_MODEL_SEED'] ?? 1);
/** Long enough for a tree to grow, short enough to shrink. */
const SCRIPT_LENGTH = 200;

function randomScript(seed: number): Step[] {
  const chooser = new Chooser(seed);
  return Array.from({ length: SCRIPT_LENGTH }, () => randomStep(chooser));
}

describe('model', () => {
  if (hostSubject.unavailable !== undefined) {
    process.stdout.write(`\nnot compared: the model test: ${hostSubject.unavailable}\n`);
    it('needs the host kernel', () => expect(hostSubject.unavailable).toBeTypeOf('string'));
    return;
  }
  it(`${STEPS} random steps are the same on the host kernel`, { timeout: 60_000 + STEPS * 20 }, () => {
    for (let script = 0; script * SCRIPT_LENGTH < STEPS; script++) {
      const steps = randomScript(SEED * 1_000_003 + script);
      const difference = runScript(steps);
      if (difference === undefined) continue;
      const short = shrink(steps);
      const after = runScript(short);
      expect.fail(`seed ${SEED}, script ${script}: ${after?.message ?? difference.message}\n${showScript(short)}`);
    }
  });
});
