/**
 * Times in words, as ls, stat, du and touch print and read them, in the C locale.
 *
 * The time zone is TZ, a name that the host's Intl knows; without it, UTC.
 */
import type { Timespec } from '../abi/time.ts';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A moment on the calendar of a time zone. */
interface LocalTime {
  readonly date: Date;
  /** Seconds east of Greenwich. */
  readonly offset: number;
  readonly zone: string;
}

function local(seconds: number, tz: string | undefined): LocalTime {
  const offset = zoneOffset(seconds, tz);
  return { date: new Date((seconds + offset) * 1000), offset, zone: offset === 0 && isUtc(tz) ? 'UTC' : zoneName(seconds, tz) };
}

function isUtc(tz: string | undefined): boolean {
  return tz === undefined || tz === '' || /^(?::?UTC0?|GMT0?|Z)$/.test(tz);
}

function zoneOffset(seconds: number, tz: string | undefined): number {
  if (isUtc(tz) || Math.abs(seconds) > 8.64e12) return 0;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: tz as string, timeZoneName: 'longOffset' });
    const name = format.formatToParts(new Date(seconds * 1000)).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const match = /GMT([-+])(\d\d):(\d\d)/.exec(name);
    if (match === null) return 0;
    return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
  } catch {
    // An unknown zone is UTC, as for glibc.
    return 0;
  }
}

function zoneName(seconds: number, tz: string | undefined): string {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: tz as string, timeZoneName: 'short' });
    return format.formatToParts(new Date(seconds * 1000)).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  } catch {
    return 'UTC';
  }
}

function pad(value: number, width: number, fill = '0'): string {
  return String(value).padStart(width, fill);
}

/** strftime(3) with GNU's `%N`. */
export function formatTime(format: string, time: Timespec, tz: string | undefined): string {
  const at = local(time.sec, tz);
  return format.replace(/%([-_0^#]?)(\d*)(:{0,2}[A-Za-z%+])/g, (whole, flag: string, width: string, letter: string) => {
    const text = directive(letter, time, at);
    if (text === undefined) return whole;
    return adjust(text, { flag, width: width === '' ? 0 : Number(width), letter });
  });
}

interface Adjustment {
  readonly flag: string;
  readonly width: number;
  readonly letter: string;
}

function adjust(text: string, { flag, width, letter }: Adjustment): string {
  let out = text;
  if (letter === 'N' && width > 0) return text.slice(0, width).padEnd(width, '0');
  if (flag === '-') out = out.replace(/^[0 ]+(?=.)/, '');
  else if (flag === '_') out = out.replace(/^0+(?=.)/, (zeros) => ' '.repeat(zeros.length));
  else if (flag === '0') out = out.replace(/^ +(?=.)/, (spaces) => '0'.repeat(spaces.length));
  else if (flag === '^') out = out.toUpperCase();
  return out.padStart(width, flag === '_' || /[aAbBhZ]/.test(letter) ? ' ' : '0');
}

function directive(letter: string, time: Timespec, { date, offset, zone }: LocalTime): string | undefined {
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  const hour = date.getUTCHours();
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const minute = date.getUTCMinutes();
  const second = date.getUTCSeconds();
  const weekday = date.getUTCDay();
  const clock = `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`;
  const monthName = MONTHS[month] as string;
  const dayName = DAYS[weekday] as string;
  switch (letter) {
    case '%':
      return '%';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'Y':
      return String(year);
    case 'C':
      return pad(Math.floor(year / 100), 2);
    case 'y':
      return pad(year % 100, 2);
    case 'm':
      return pad(month + 1, 2);
    case 'b':
    case 'h':
      return monthName.slice(0, 3);
    case 'B':
      return monthName;
    case 'd':
      return pad(day, 2);
    case 'e':
      return pad(day, 2, ' ');
    case 'j':
      return pad(dayOfYear(date), 3);
    case 'H':
      return pad(hour, 2);
    case 'k':
      return pad(hour, 2, ' ');
    case 'I':
      return pad(hour12, 2);
    case 'l':
      return pad(hour12, 2, ' ');
    case 'M':
      return pad(minute, 2);
    case 'S':
      return pad(second, 2);
    case 'N':
      return pad(time.nsec, 9);
    case 's':
      return String(time.sec);
    case 'p':
      return hour < 12 ? 'AM' : 'PM';
    case 'P':
      return hour < 12 ? 'am' : 'pm';
    case 'a':
      return dayName.slice(0, 3);
    case 'A':
      return dayName;
    case 'u':
      return String(weekday === 0 ? 7 : weekday);
    case 'w':
      return String(weekday);
    case 'U':
      return pad(Math.floor((dayOfYear(date) + 6 - weekday) / 7), 2);
    case 'W':
      return pad(Math.floor((dayOfYear(date) + 6 - ((weekday + 6) % 7)) / 7), 2);
    case 'F':
      return `${year}-${pad(month + 1, 2)}-${pad(day, 2)}`;
    case 'T':
    case 'X':
      return clock;
    case 'R':
      return clock.slice(0, 5);
    case 'r':
      return `${pad(hour12, 2)}:${pad(minute, 2)}:${pad(second, 2)} ${hour < 12 ? 'AM' : 'PM'}`;
    case 'D':
    case 'x':
      return `${pad(month + 1, 2)}/${pad(day, 2)}/${pad(year % 100, 2)}`;
    case 'c':
      return `${dayName.slice(0, 3)} ${monthName.slice(0, 3)} ${pad(day, 2, ' ')} ${clock} ${year}`;
    case 'z':
      return zoneText(offset, '');
    case ':z':
      return zoneText(offset, ':');
    case 'Z':
      return zone;
    default:
      return undefined;
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86400000) + 1;
}

function zoneText(offset: number, colon: string): string {
  const minutes = Math.abs(Math.trunc(offset / 60));
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${colon}${pad(minutes % 60, 2)}`;
}

/** `2024-05-06 07:08:09.000000001 +0000`, as stat(1) prints a time. */
export function fullTime(time: Timespec, tz: string | undefined): string {
  return formatTime('%Y-%m-%d %H:%M:%S.%N %z', time, tz);
}

/**
 * The argument of `touch -d`: `@SECONDS[.FRACTION]`, an ISO date with time and zone, `now`, `today`, `yesterday`, `tomorrow`,
 * and `N UNIT [ago]`. undefined: none of these.
 */
export function parseDate(text: string, now: Timespec, tz: string | undefined): Timespec | undefined {
  const word = text.trim().toLowerCase();
  const epoch = /^@(-?\d+)(?:[.,](\d{1,9})\d*)?$/.exec(word);
  if (epoch !== null) {
    const nsec = Number((epoch[2] ?? '').padEnd(9, '0'));
    const sec = Number(epoch[1]);
    return (epoch[1] as string).startsWith('-') && nsec > 0 ? { sec: sec - 1, nsec: 1e9 - nsec } : { sec, nsec };
  }
  if (word === '' || word === 'today' || word === 'now') return word === '' ? midnight(now, tz) : now;
  if (word === 'yesterday') return { sec: now.sec - 86400, nsec: now.nsec };
  if (word === 'tomorrow') return { sec: now.sec + 86400, nsec: now.nsec };
  return parseRelative(word, now) ?? parseIso(word, now, tz);
}

function midnight(now: Timespec, tz: string | undefined): Timespec {
  const offset = zoneOffset(now.sec, tz);
  return { sec: Math.floor((now.sec + offset) / 86400) * 86400 - offset, nsec: 0 };
}

const UNITS: Readonly<Record<string, number>> = {
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  hour: 3600,
  day: 86400,
  week: 604800,
  fortnight: 1209600,
};

function parseRelative(word: string, now: Timespec): Timespec | undefined {
  const match = /^([-+]?\d+|last|next|a)\s*([a-z]+?)s?(\s+ago)?$/.exec(word);
  if (match === null) return undefined;
  const amount = match[1] === 'last' ? -1 : match[1] === 'next' || match[1] === 'a' ? 1 : Number(match[1]);
  const count = match[3] === undefined ? amount : -amount;
  const unit = UNITS[match[2] as string];
  if (unit !== undefined) return { sec: now.sec + count * unit, nsec: now.nsec };
  if (match[2] !== 'month' && match[2] !== 'year') return undefined;
  const date = new Date(now.sec * 1000);
  date.setUTCMonth(date.getUTCMonth() + (match[2] === 'year' ? 12 * count : count));
  return { sec: Math.floor(date.getTime() / 1000), nsec: now.nsec };
}

const ISO =
  /^(\d{4,})-(\d{1,2})-(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(z|utc|gmt|[-+]\d{2}:?\d{2}|[-+]\d{2})?$/;

function parseIso(word: string, now: Timespec, tz: string | undefined): Timespec | undefined {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?$/.exec(word);
  if (clock !== null) {
    const day = midnight(now, tz);
    const seconds = Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
    return { sec: day.sec + seconds, nsec: Number((clock[4] ?? '').slice(0, 9).padEnd(9, '0')) };
  }
  const match = ISO.exec(word);
  if (match === null) return undefined;
  const numbers = match.slice(1, 7).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  const seconds = calendar(numbers);
  if (seconds === undefined) return undefined;
  const nsec = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return { sec: seconds - (match[8] === undefined ? localOffset(seconds, tz) : parseZone(match[8])), nsec };
}

/** Seconds of a date taken as UTC; undefined when there is no such date. */
function calendar([year, month, day, hour, minute, second]: readonly [number, number, number, number, number, number]): number | undefined {
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day || Number.isNaN(date.getTime())) return undefined;
  return Math.floor(date.getTime() / 1000);
}

/** The offset that holds at a local time. */
function localOffset(seconds: number, tz: string | undefined): number {
  return zoneOffset(seconds - zoneOffset(seconds, tz), tz);
}

function parseZone(zone: string): number {
  const match = /^([-+])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60);
}

/** The argument of `touch -t`: `[[CC]YY]MMDDhhmm[.ss]`. */
export function parseStamp(text: string, now: Timespec, tz: string | undefined): Timespec | undefined {
  const match = /^(\d{2}|\d{4})?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, head, month, day, hour, minute, second] = match;
  let year = new Date((now.sec + zoneOffset(now.sec, tz)) * 1000).getUTCFullYear();
  if (head?.length === 4) year = Number(head);
  else if (head !== undefined) year = Number(head) + (Number(head) < 69 ? 2000 : 1900);
  const seconds = calendar([year, Number(month), Number(day), Number(hour), Number(minute), Number(second ?? 0)]);
  return seconds === undefined ? undefined : { sec: seconds - localOffset(seconds, tz), nsec: 0 };
}
