/**
 * One row with one contestant, in a process of its own. The parent says when a round begins; the answer is its CPU time.
 *
 * Arguments: the group, the row, the contestant, and `quick` for a smoke run.
 */
import { loadGroup, scaleOf } from './groups.ts';
import { type FigureRow, type Scale, type TimedRow, Unsupported } from './row.ts';

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'unsupported'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** A round takes at least this long, and code is warmed up for that long. */
const ROUND = 40_000;
const WARM_UP = 250_000;

const [groupName = '', rowName = '', contestantName = '', size = ''] = process.argv.slice(2);

function answer(message: Answer): void {
  process.send?.(message);
}

/** Microseconds of CPU, this process's threads for compilation and garbage collection included. */
function cpu(): number {
  const usage = process.cpuUsage();
  return usage.user + usage.system;
}

async function timed(row: TimedRow<unknown>, files: unknown, scale: Scale): Promise<void> {
  const prepared = await row.setup(files, scale);
  const round = async (times: number): Promise<number> => {
    prepared.before?.();
    const start = cpu();
    await prepared.run(times);
    const taken = cpu() - start;
    prepared.after?.();
    return taken;
  };
  let times = 1;
  let operations = 1;
  if (row.job === undefined) {
    const least = scale.quick ? 100 : ROUND;
    let spent = 0;
    for (;;) {
      const taken = await round(times);
      spent += taken;
      if (taken >= least && (scale.quick || spent >= WARM_UP)) break;
      if (taken < least) times = taken * 4 < least ? times * 4 : Math.ceil((times * least * 1.1) / taken);
    }
    operations = times;
  } else {
    operations = row.job(scale);
    if (!scale.quick) await round(1);
  }
  process.on('message', async () => {
    try {
      answer({ kind: 'value', value: ((await round(times)) * 1000) / operations });
    } catch (error) {
      fail(error);
    }
  });
  answer({ kind: 'ready' });
}

function fail(error: unknown): void {
  if (error instanceof Unsupported) answer({ kind: 'unsupported', why: error.message });
  else answer({ kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.disconnect?.();
}

async function main(): Promise<void> {
  const group = await loadGroup(groupName);
  const row = group.rows.find((each) => each.name === rowName);
  const contestant = group.contestants.find((each) => each.name === contestantName);
  if (row === undefined || contestant === undefined) throw new TypeError(`no row '${rowName}' or contestant '${contestantName}'`);
  const scale = scaleOf(size === 'quick');
  if (row.kind === 'figure') {
    const value = await (row as FigureRow<unknown>).measure(contestant, scale);
    answer({ kind: 'value', value });
    process.disconnect?.();
    return;
  }
  await timed(row as TimedRow<unknown>, await contestant.open(), scale);
}

main().catch(fail);
