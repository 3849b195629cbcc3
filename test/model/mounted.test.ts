/**
 * The model test through a mount: random system calls by several users have the same outcome on the kernel's tmpfs and on a tuxfs tree
 * mounted in the same kernel, served by the command's own thread.
 *
 * TUXFS_MODEL_STEPS says how many (default 2 000), TUXFS_MODEL_SEED where to begin. What FUSE is known to change (test/deviations.ts) is
 * not asked.
 */
import { describe, expect, it } from 'vitest';
import { SEEK_END } from '../../src/abi/fcntl.ts';
import { MS_BIND, MS_REMOUNT } from '../../src/abi/mount.ts';
import { canMount } from '../harness/not-compared.ts';
import { type Argument, Chooser, randomStep, type Step } from './operations.ts';
import { runScript, showScript, shrink } from './runner.ts';

const STEPS = Number(process.env['TUXFS_MODEL_STEPS'] ?? 2000);
const SEED = Number(process.env['TUXFS_MODEL_SEED'] ?? 1);
const SCRIPT_LENGTH = 200;
const CHOWN = ['chown', 'lchown', 'fchown'];

function isEmptyBuffer(argument: Argument): boolean {
  return typeof argument === 'object' && argument !== null && 'room' in argument && argument.room === 0;
}

/** Whether FUSE answers by its own rules: empty reads, the end of a directory, S_ISGID of a member's, and chown(2) that asks for nothing. */
function isOfFuse({ call, args }: Step): boolean {
  if (args.some(isEmptyBuffer)) return true;
  if (call === 'lseek') return args[2] === SEEK_END;
  // The superblock is every script's.
  if (call === 'mount') return ((args[3] as number) & (MS_REMOUNT | MS_BIND)) === MS_REMOUNT;
  if (CHOWN.includes(call)) return args[1] === -1 && args[2] === -1;
  return args.includes(0o2644);
}

function randomScript(seed: number): Step[] {
  const chooser = new Chooser(seed);
  const steps: Step[] = [];
  while (steps.length < SCRIPT_LENGTH) {
    const step = randomStep(chooser);
    if (!isOfFuse(step)) steps.push(step);
  }
  return steps;
}

describe('model, mounted', () => {
  it(`${STEPS} random steps are the same on a mount`, { timeout: 60_000 + STEPS * 40 }, () => {
    if (!canMount('the model test')) return;
    for (let script = 0; script * SCRIPT_LENGTH < STEPS; script++) {
      const steps = randomScript(SEED * 1_000_003 + script);
      const difference = runScript(steps, 'mounted');
      if (difference === undefined) continue;
      const short = shrink(steps, 'mounted');
      const after = runScript(short, 'mounted');
      expect.fail(`seed ${SEED}, script ${script}: ${after?.message ?? difference.message}\n${showScript(short)}`);
    }
  });
});
