/**
 * `npm run bench -- [GROUP] [ROWFILTER…] [--quick] [--only=NAME,…]`: runs the rows whose name contains one of the filters, prints the
 * table, and puts them into docs/BENCHMARKS.md unless the run was quick or left contestants out.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { groupNames, loadGroup } from './groups.ts';
import type { Answer } from './measure.ts';
import { type Outcome, printRow, printTitles, type RowResult, writeReport } from './report.ts';
import type { Row } from './row.ts';

const ROUNDS = 7;
const JOB_ROUNDS = 3;
/** Preparing a row, or one round of it, may take this long. */
const PATIENCE = 25_000;

/** node:vfs, where this Node has it. */
const EXPERIMENTS = process.allowedNodeEnvironmentFlags.has('--experimental-vfs') ? ['--experimental-vfs'] : [];

interface Entrant {
  readonly name: string;
  readonly child: ChildProcess;
  /** Undefined while nothing is measured. */
  best: number | undefined;
  why: string | undefined;
}

function start(group: string, row: Row<unknown>, contestant: string, quick: boolean): ChildProcess {
  const child = fork(fileURLToPath(new URL('./measure.js', import.meta.url)), [group, row.name, contestant, quick ? 'quick' : 'full'], {
    execArgv: ['--expose-gc', '--max-old-space-size=6144', '--no-warnings', ...EXPERIMENTS],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('error', () => {});
  return child;
}

/** The next answer of a child; one that dies or is too slow has failed. */
function next(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve) => {
    const done = (answer: Answer): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(answer);
    };
    const onMessage = (message: unknown): void => done(message as Answer);
    const onExit = (): void => done({ kind: 'failed', why: 'it ran out of memory or died' });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      rmSync(`/dev/shm/tuxfs-bench-${child.pid}`, { recursive: true, force: true });
      done({ kind: 'unsupported', why: `took more than ${PATIENCE / 1000} s` });
    }, PATIENCE);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

function note(entrant: Entrant, answer: Answer): boolean {
  if (answer.kind === 'ready') return true;
  if (answer.kind === 'value') {
    if (entrant.best === undefined || answer.value < entrant.best) entrant.best = answer.value;
    return true;
  }
  entrant.why = answer.why;
  return false;
}

async function measure(group: string, row: Row<unknown>, contestants: readonly string[], quick: boolean): Promise<RowResult> {
  const entrants: Entrant[] = [];
  for (const name of contestants) {
    if (row.only !== undefined && !row.only.includes(name)) continue;
    const entrant: Entrant = { name, child: start(group, row, name, quick), best: undefined, why: undefined };
    if (note(entrant, await next(entrant.child)) && row.kind === 'figure') {
      for (let round = 1; round < (quick ? 1 : row.rounds); round++) note(entrant, await next(start(group, row, name, quick)));
    }
    entrants.push(entrant);
  }
  if (row.kind === 'time') {
    const rounds = quick ? 1 : row.job === undefined ? ROUNDS : JOB_ROUNDS;
    for (let round = 0; round < rounds; round++) {
      for (const entrant of entrants) {
        if (entrant.why !== undefined) continue;
        entrant.child.send('round');
        note(entrant, await next(entrant.child));
      }
    }
  }
  const outcomes = new Map<string, Outcome>();
  for (const entrant of entrants) {
    if (entrant.child.connected) entrant.child.disconnect();
    outcomes.set(entrant.name, { value: entrant.why === undefined ? entrant.best : undefined, why: entrant.why });
  }
  return { row, outcomes };
}

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const quick = process.argv.includes('--quick');
  const names = groupNames().includes(words[0] ?? '') ? [words.shift() as string] : words.length === 0 ? groupNames() : ['core'];
  if (words[0] === 'fuse') {
    // Programs are measured there, not JavaScript.
    const { runFuse } = await import('./fuse/run.ts');
    return runFuse({ quick });
  }
  const only = process.argv
    .find((word) => word.startsWith('--only='))
    ?.slice('--only='.length)
    .split(',');
  let failed = false;
  for (const name of names) {
    const group = await loadGroup(name);
    const rows = group.rows.filter((row) => words.length === 0 || words.some((filter) => row.name.includes(filter)));
    if (rows.length === 0) throw new TypeError(`no row of '${name}' contains '${words.join("' or '")}'`);
    for (const { name, missing } of group.contestants) if (missing !== undefined) console.log(`not compared: ${name}: ${missing}`);
    const present = group.contestants
      .filter((each) => each.missing === undefined && (only?.includes(each.name) ?? true))
      .map((each) => each.name);
    printTitles(present);
    const results: RowResult[] = [];
    for (const row of rows) {
      const result = await measure(name, row, present, quick);
      results.push(result);
      printRow(result, present);
      const ours = result.outcomes.get(present[0] as string);
      if (ours !== undefined && ours.value === undefined) failed = true;
    }
    if (!quick && only === undefined) writeReport(group, results);
  }
  if (failed) process.exitCode = 1;
}

await main();
