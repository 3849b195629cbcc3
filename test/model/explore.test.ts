import { it } from 'vitest';
import { Chooser, randomStep, type Step } from './operations.ts';
import { runScript, showScript, shrink } from './runner.ts';
it('explores', { timeout: 600_000 }, () => {
  const from = Number(process.env['FROM'] ?? 0);
  let found = 0;
  const start = Date.now();
  let n = 0;
  for (
    let script = from;
    found < 14 && Date.now() - start < Number(process.env['T'] ?? 100_000) && n < Number(process.env['N'] ?? 1e9);
    script++, n++
  ) {
    const chooser = new Chooser(1_000_003 + script);
    const steps: Step[] = Array.from({ length: 200 }, () => randomStep(chooser));
    let d: { message: string } | undefined;
    try {
      d = runScript(steps);
    } catch (e) {
      d = { message: 'THROW ' + (e as Error).stack };
    }
    if (d === undefined) continue;
    found++;
    const short = shrink(steps);
    let after: string | undefined;
    try {
      after = runScript(short)?.message;
    } catch (e) {
      after = 'THROW ' + (e as Error).stack?.split('\n').slice(0, 6).join('\n');
    }
    process.stdout.write(`#${script}: ${after ?? d.message}\n${showScript(short)}\n`);
  }
  process.stdout.write(`scripts ${n}, ${(Date.now() - start) / 1000}s\n`);
});
