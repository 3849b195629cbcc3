/**
 * The table of mounts, read from /proc/self as df, mount and stat read it. Linux: /proc/self/mountinfo, proc_pid_mountinfo(5).
 */
import { major, minor } from '../../abi/stat.ts';
import { encodeName, decodeName } from '../../abi/name.ts';
import type { Process } from '../../kernel/process.ts';
import { readText } from '../accounts.ts';

export interface MountLine {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the filesystem. */
  readonly device: string;
  readonly root: string;
  readonly target: string;
  readonly options: string;
  readonly type: string;
  readonly source: string;
  readonly superOptions: string;
}

export function readMounts(process: Process): MountLine[] {
  return readText(process, '/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): MountLine {
  const words = line.split(' ');
  const dash = words.indexOf('-', 6);
  const word = (i: number): string => unescape_(words[i] ?? '');
  return {
    id: Number(words[0]),
    parent: Number(words[1]),
    device: word(2),
    root: word(3),
    target: word(4),
    options: word(5),
    type: word(dash + 1),
    source: word(dash + 2),
    superOptions: word(dash + 3),
  };
}

/** Blanks, newlines and backslashes stand as `\040`. */
function unescape_(word: string): string {
  if (!word.includes('\\')) return word;
  const bytes = encodeName(word.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))));
  return decodeName(bytes);
}

/** The mount that holds `path`: of those with its device, the one whose mount point is the longest above it. */
export function mountOf(process: Process, path: string, mounts: readonly MountLine[] = readMounts(process)): MountLine | undefined {
  const { dev } = process.stat(path);
  const device = `${major(dev)}:${minor(dev)}`;
  const absolute = absolutePath(process, path);
  let best: MountLine | undefined;
  for (const mount of mounts) {
    if (mount.device !== device || !isBelow(absolute, mount.target)) continue;
    if (best === undefined || mount.target.length >= best.target.length) best = mount;
  }
  return best ?? mounts.findLast((mount) => mount.device === device);
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Where a path leads: walked by a directory's descriptor, so that no `..` is taken away before its time. */
function absolutePath(process: Process, path: string): string {
  const fd = process.open(path, 0o10000000);
  try {
    return process.readlink(`/proc/self/fd/${fd}`);
  } finally {
    process.close(fd);
  }
}
