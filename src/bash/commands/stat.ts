/**
 * stat(1): what stat(2) and statfs(2) tell, by a format.
 */
import {
  isBlockDevice,
  isCharDevice,
  isSymlink,
  major,
  minor,
  STATX_BASIC_STATS,
  STATX_BTIME,
  type Stat,
  type Statfs,
} from '../../abi/stat.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../../abi/fcntl.ts';
import { LinuxError } from '../../abi/errno.ts';
import type { Timespec } from '../../abi/time.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { modeString, typeName } from '../modes.ts';
import { quote } from '../quote.ts';
import { fullTime } from '../times.ts';
import { escapes } from './escapes.ts';
import { filesystemName } from './filesystem-names.ts';
import { mountOf } from './mounts.ts';

export const stat: CommandDefinition = {
  name: 'stat',
  synopsis: ['[OPTION]... FILE...'],
  summary: 'Show the status of files or, with -f, of the filesystems that hold them.',
  options: [
    { short: 'L', long: 'dereference', help: 'follow symbolic links' },
    { short: 'f', long: 'file-system', help: 'show the status of the filesystem' },
    { short: 'c', long: 'format', argument: 'FORMAT', help: 'print FORMAT and a newline for each file' },
    { long: 'printf', argument: 'FORMAT', help: 'as -c, with escapes and without the newline' },
    { short: 't', long: 'terse', help: 'print the values on one line' },
  ],
  notes: [
    'Directives of files: %a %A %b %B %d %Hd %Ld %D %f %F %g %G %h %i %m %n %N %o %r %Hr %Lr %R %s %t %T %u %U %w %W %x %X %y %Y %z %Z.',
    'Directives of filesystems: %a %b %c %d %f %i %l %n %s %S %t %T. Flags, width and precision stand as in printf(3).',
  ],
  run,
};

const FILE_TERSE = '%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n';
const FILESYSTEM_TERSE = '%n %i %l %t %s %S %b %f %a %c %d\n';
const FILESYSTEM_DEFAULT =
  '  File: "%n"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\n' +
  'Blocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n';

function fileDefault(status: Stat): string {
  const device = isCharDevice(status.mode) || isBlockDevice(status.mode);
  return (
    '  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n' +
    (device ? 'Device: %Hd,%Ld\tInode: %-10i  Links: %-5h Device type: %Hr,%Lr\n' : 'Device: %Hd,%Ld\tInode: %-10i  Links: %h\n') +
    'Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n'
  );
}

function run(call: Call): number {
  if (call.operands.length === 0) call.usage('missing operand');
  const chosen = call.given.findLast(({ key }) => key === 'format' || key === 'printf');
  const format = chosen === undefined ? undefined : chosen.key === 'printf' ? escapes(chosen.value as string) : `${chosen.value}\n`;
  let status = 0;
  for (const path of call.operands) {
    if (!(call.has('file-system') ? filesystem(call, path, format) : file(call, path, format))) status = 1;
  }
  return status;
}

function file(call: Call, path: string, format: string | undefined): boolean {
  const { process } = call;
  let status: Stat;
  try {
    if (path === '-') status = process.fstat(0);
    else status = process.statx(AT_FDCWD, path, call.has('dereference') ? 0 : AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME);
  } catch (error) {
    call.warnOf(error, path === '-' ? 'cannot stat standard input' : 'cannot statx', path === '-' ? undefined : path);
    return false;
  }
  const text = format ?? (call.has('terse') ? FILE_TERSE : fileDefault(status));
  return expand(call, text, (letter, which) => fileDirective(call, path, status, { letter, which }));
}

function filesystem(call: Call, path: string, format: string | undefined): boolean {
  let status: Statfs;
  try {
    status = call.process.statfs(path);
  } catch (error) {
    call.warnOf(error, 'cannot read file system information for', path);
    return false;
  }
  const text = format ?? (call.has('terse') ? FILESYSTEM_TERSE : FILESYSTEM_DEFAULT);
  return expand(call, text, (letter) => filesystemDirective(path, status, letter));
}

type Value = string | number | Timespec | readonly string[] | undefined;

/** Replaces the directives of a format. */
function expand(call: Call, format: string, value: (letter: string, which: string) => Value): boolean {
  let ok = true;
  const text = format.replace(
    /%([-+ #0']*)(\d*)(?:\.(\d*))?([HL]?)([a-zA-Z%])?/g,
    (whole, flags: string, width: string, precision: string | undefined, which: string, letter: string | undefined) => {
      if (letter === '%' || letter === undefined) return '%';
      const padding = { flags, width: Number(width || 0), precision: precision === undefined ? undefined : Number(precision || 0) };
      const found = value(letter, which);
      // %N pads both names of a link.
      if (Array.isArray(found)) return found.map((name) => pad(name as string, letter, padding)).join(' -> ');
      if (found === undefined) {
        if (/[a-zA-Z]/.test(letter)) return whole.endsWith(letter) ? '?' : whole;
        ok = false;
        return '?';
      }
      return pad(found as string | number | Timespec, letter, padding);
    },
  );
  call.print(text);
  return ok;
}

interface Padding {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

function pad(value: string | number | Timespec, letter: string, { flags, width, precision }: Padding): string {
  let text: string;
  if (typeof value === 'object') {
    // Seconds; a precision adds that many digits of the fraction.
    const fraction =
      precision === undefined
        ? ''
        : `.${String(value.nsec)
            .padStart(9, '0')
            .slice(0, precision || 9)}`;
    text = String(value.sec) + fraction;
  } else if (typeof value === 'number') {
    const radix = letter === 'a' ? 8 : 'DfRtT'.includes(letter) ? 16 : 10;
    text = value.toString(radix);
    if (precision !== undefined) text = text.padStart(precision, '0');
    if (flags.includes('#') && radix === 8 && !text.startsWith('0')) text = `0${text}`;
    else if (flags.includes('#') && radix === 16 && value !== 0) text = `0x${text}`;
    else if (flags.includes('+') && radix === 10) text = `+${text}`;
    else if (flags.includes(' ') && radix === 10) text = ` ${text}`;
  } else {
    text = precision === undefined ? value : value.slice(0, precision);
  }
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') && typeof value !== 'string' ? '0' : ' ');
}

function fileDirective(call: Call, path: string, s: Stat, { letter, which }: { readonly letter: string; readonly which: string }): Value {
  const tz = call.env.get('TZ');
  const time = (sec: number, nsec: number): string => fullTime({ sec, nsec }, tz);
  switch (letter) {
    case 'a':
      return s.mode & 0o7777;
    case 'A':
      return modeString(s.mode);
    case 'b':
      return s.blocks;
    case 'B':
      return 512;
    case 'C':
      return '?';
    case 'd':
      return which === 'H' ? major(s.dev) : which === 'L' ? minor(s.dev) : s.dev;
    case 'D':
      return s.dev;
    case 'f':
      return s.mode;
    case 'F':
      return typeName(s.mode, s.size);
    case 'g':
      return s.gid;
    case 'G':
      return call.accounts.groupName(s.gid) ?? 'UNKNOWN';
    case 'h':
      return s.nlink;
    case 'i':
      return s.ino;
    case 'm':
      return mountOf(call.process, path)?.target ?? '?';
    case 'n':
      return path;
    case 'N':
      return isSymlink(s.mode) ? [quote(path), quote(linkTarget(call, path))] : quote(path);
    case 'o':
      return s.blksize;
    case 's':
      return s.size;
    case 'r':
      return which === 'H' ? major(s.rdev) : which === 'L' ? minor(s.rdev) : s.rdev;
    case 'R':
      return s.rdev;
    case 't':
      return major(s.rdev);
    case 'T':
      return minor(s.rdev);
    case 'u':
      return s.uid;
    case 'U':
      return call.accounts.userName(s.uid) ?? 'UNKNOWN';
    case 'w':
      return s.btimeSec === 0 && s.btimeNsec === 0 ? '-' : time(s.btimeSec, s.btimeNsec);
    case 'W':
      return { sec: s.btimeSec, nsec: s.btimeNsec };
    case 'x':
      return time(s.atimeSec, s.atimeNsec);
    case 'X':
      return { sec: s.atimeSec, nsec: s.atimeNsec };
    case 'y':
      return time(s.mtimeSec, s.mtimeNsec);
    case 'Y':
      return { sec: s.mtimeSec, nsec: s.mtimeNsec };
    case 'z':
      return time(s.ctimeSec, s.ctimeNsec);
    case 'Z':
      return { sec: s.ctimeSec, nsec: s.ctimeNsec };
    default:
      return undefined;
  }
}

function linkTarget(call: Call, path: string): string {
  try {
    return call.process.readlink(path);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return '';
  }
}

function filesystemDirective(path: string, s: Statfs, letter: string): Value {
  switch (letter) {
    case 'a':
      return s.bavail;
    case 'b':
      return s.blocks;
    case 'c':
      return s.files;
    case 'd':
      return s.ffree;
    case 'f':
      return s.bfree;
    case 'i':
      return ((BigInt(s.fsid[0] >>> 0) << 32n) | BigInt(s.fsid[1] >>> 0)).toString(16);
    case 'l':
      return s.namelen;
    case 'n':
      return path;
    case 's':
      return s.bsize;
    case 'S':
      return s.frsize;
    case 't':
      return s.type.toString(16);
    case 'T':
      return filesystemName(s.type);
    default:
      return undefined;
  }
}
