/**
 * What is mounted where, as the host says. Linux: /proc/self/mountinfo, whose reading asks nothing of any filesystem.
 */
import { readFileSync } from 'node:fs';

export interface HostMount {
  /** Minor number of st_dev: the name of the connection below /sys/fs/fuse/connections. */
  readonly minor: number;
  readonly mountpoint: string;
  readonly type: string;
  readonly source: string;
}

/** Spaces and the like are octal escapes. */
function decodeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The mounts of this process's namespace, in the order they were attached. */
export function hostMounts(): HostMount[] {
  const mounts: HostMount[] = [];
  for (const line of readFileSync('/proc/self/mountinfo', 'latin1').split('\n')) {
    const [before, after] = line.split(' - ');
    if (before === undefined || after === undefined) continue;
    const fields = before.split(' ');
    const [type = '', source = ''] = after.split(' ');
    const mountpoint = Buffer.from(decodeOctal(fields[4] ?? ''), 'latin1').toString('utf8');
    mounts.push({ minor: Number((fields[2] ?? '').split(':')[1]), mountpoint, type, source: decodeOctal(source) });
  }
  return mounts;
}

/** The topmost mount on `directory` (an absolute path without symlinks). */
export function mountOn(directory: string): HostMount | undefined {
  return hostMounts().findLast((mount) => mount.mountpoint === directory);
}
