/**
 * touch(1).
 */
import { ENOENT, LinuxError } from '../../abi/errno.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CREAT, O_NOCTTY, O_NONBLOCK, O_WRONLY } from '../../abi/fcntl.ts';
import { type Timespec, UTIME_NOW, UTIME_OMIT } from '../../abi/time.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';
import { parseDate, parseStamp } from '../times.ts';

export const touch: CommandDefinition = {
  name: 'touch',
  synopsis: ['[OPTION]... FILE...'],
  summary: 'Set the times of each FILE to now, and make files that do not exist.',
  options: [
    { short: 'a', help: 'only the time of the last access' },
    { short: 'c', long: 'no-create', help: 'make no files' },
    {
      short: 'd',
      long: 'date',
      argument: 'STRING',
      help: 'the time that STRING names: @SECONDS, YYYY-MM-DD [HH:MM[:SS[.FRACTION]]] [ZONE], now, N days ago',
    },
    { short: 'f', help: 'nothing' },
    { short: 'h', long: 'no-dereference', help: 'set the times of symbolic links themselves' },
    { short: 'm', help: 'only the time of the last modification' },
    { short: 'r', long: 'reference', argument: 'FILE', help: 'the times of FILE' },
    { short: 't', argument: 'STAMP', help: 'the time [[CC]YY]MMDDhhmm[.ss]' },
    { long: 'time', argument: 'WORD', help: 'access, atime or use as -a; modify or mtime as -m' },
  ],
  run,
};

function run(call: Call): number {
  if (call.operands.length === 0) call.usage('missing file operand');
  const times = timesOf(call);
  let status = 0;
  for (const path of call.operands) if (!touchOne(call, path, times)) status = 1;
  return status;
}

type Times = readonly [Timespec, Timespec];

function timesOf(call: Call): Times {
  const words = call.given.filter(({ key }) => key === 'time').map(({ value }) => timeWord(call, value as string));
  const access = call.has('a') || words.includes('a');
  const modify = call.has('m') || words.includes('m');
  const [atime, mtime] = sources(call);
  const omit = { sec: 0, nsec: UTIME_OMIT };
  return [modify && !access ? omit : atime, access && !modify ? omit : mtime];
}

function timeWord(call: Call, word: string): 'a' | 'm' {
  if (['access', 'atime', 'use'].includes(word)) return 'a';
  if (['modify', 'mtime'].includes(word)) return 'm';
  return call.usage(`invalid argument ${quote(word)} for '--time'`);
}

function sources(call: Call): Times {
  const now = { sec: 0, nsec: UTIME_NOW };
  const clock = call.process.kernel.clock.now();
  const tz = call.env.get('TZ');
  const given = ['date', 'reference', 't'].filter((key) => call.has(key));
  if (given.includes('t') && given.length > 1) call.usage('cannot specify times from more than one source');
  const stamp = call.value('t');
  if (stamp !== undefined) return twice(parseStamp(stamp, clock, tz) ?? call.fail(`invalid date format ${quote(stamp)}`));
  const base = reference(call);
  const date = call.value('date');
  if (date === undefined) return base ?? [now, now];
  const invalid = (): never => call.fail(`invalid date format ${quote(date)}`);
  // With a reference, a relative date counts from its times.
  if (base !== undefined) return [parseDate(date, base[0], tz) ?? invalid(), parseDate(date, base[1], tz) ?? invalid()];
  return twice(parseDate(date, clock, tz) ?? invalid());
}

function twice(time: Timespec): Times {
  return [time, time];
}

function reference(call: Call): Times | undefined {
  const path = call.value('reference');
  if (path === undefined) return undefined;
  try {
    const status = call.has('no-dereference') ? call.process.lstat(path) : call.process.stat(path);
    return [
      { sec: status.atimeSec, nsec: status.atimeNsec },
      { sec: status.mtimeSec, nsec: status.mtimeNsec },
    ];
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return call.fail(`failed to get attributes of ${quote(path)}: ${error.message}`);
  }
}

function touchOne(call: Call, path: string, times: Times): boolean {
  const { process } = call;
  if (path === '-') return setTimes(call, path, () => process.futimens(1, times));
  const link = call.has('no-dereference');
  let openError: unknown;
  if (!call.has('no-create') && !link) {
    try {
      process.close(process.open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o666));
    } catch (error) {
      // A directory cannot be opened, and a file may be another's: what counts is whether its times can be set.
      if (!(error instanceof LinuxError)) throw error;
      openError = error;
    }
  }
  try {
    process.utimensat(AT_FDCWD, path, isNow(times) ? null : times, link ? AT_SYMLINK_NOFOLLOW : 0);
    return true;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    if (error.errno === ENOENT && call.has('no-create')) return true;
    if (openError !== undefined) call.warnOf(openError, 'cannot touch', path);
    else call.warnOf(error, 'setting times of', path);
    return false;
  }
}

function setTimes(call: Call, path: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    call.warnOf(error, 'setting times of', path);
    return false;
  }
}

/** Both times now: what a writer may set who is not the owner. */
function isNow([atime, mtime]: Times): boolean {
  return atime.nsec === UTIME_NOW && mtime.nsec === UTIME_NOW;
}
