/**
 * Every constant of the abi against the C headers of the host: a small program for each file prints the values.
 *
 * What the host's headers are too old to know is listed by name below, and checked by nothing else.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as capability from '../../src/abi/capability.ts';
import * as errno from '../../src/abi/errno.ts';
import * as fcntl from '../../src/abi/fcntl.ts';
import * as inotify from '../../src/abi/inotify.ts';
import * as ioctl from '../../src/abi/ioctl.ts';
import * as limits from '../../src/abi/limits.ts';
import * as mount from '../../src/abi/mount.ts';
import * as poll from '../../src/abi/poll.ts';
import * as resource from '../../src/abi/resource.ts';
import * as stat from '../../src/abi/stat.ts';
import * as time from '../../src/abi/time.ts';
import * as xattr from '../../src/abi/xattr.ts';

interface HeaderCase {
  name: string;
  module: Readonly<Record<string, unknown>>;
  headers: string[];
  /** Lines of C that give a name to what the headers keep elsewhere. */
  before?: string[];
  /** Constants that no user-space header has, or whose value differs there on purpose. */
  ours?: string[];
}

const CASES: HeaderCase[] = [
  { name: 'capability', module: capability, headers: ['linux/capability.h'] },
  { name: 'errno', module: errno, headers: ['errno.h'] },
  {
    name: 'fcntl',
    module: fcntl,
    headers: ['linux/fcntl.h', 'linux/fs.h', 'linux/falloc.h', 'linux/openat2.h', 'linux/close_range.h', 'linux/fadvise.h', 'unistd.h'],
    // glibc's other name for the kernel's FASYNC.
    before: ['#define O_ASYNC FASYNC'],
  },
  { name: 'inotify', module: inotify, headers: ['linux/fcntl.h', 'linux/inotify.h'] },
  {
    name: 'ioctl',
    module: ioctl,
    headers: [
      'stdint.h',
      'linux/ioctl.h',
      'asm-generic/ioctls.h',
      'asm-generic/termbits.h',
      'linux/fs.h',
      'linux/fiemap.h',
      'linux/random.h',
      'linux/fuse.h',
      'linux/if_tun.h',
      'linux/inotify.h',
      'linux/kd.h',
      'linux/vt.h',
      'linux/loop.h',
    ],
  },
  {
    name: 'limits',
    module: limits,
    headers: ['linux/limits.h', 'linux/uio.h'],
    before: ['#define IOV_MAX UIO_MAXIOV'],
    ours: ['MAXSYMLINKS', 'MAX_RW_COUNT', 'MAX_LFS_FILESIZE', 'PAGE_SIZE'],
  },
  { name: 'mount', module: mount, headers: ['linux/mount.h', 'linux/sched.h', 'sys/mount.h', 'fcntl.h'] },
  { name: 'poll', module: poll, headers: ['asm-generic/poll.h', 'linux/fcntl.h', 'linux/eventpoll.h'] },
  { name: 'resource', module: resource, headers: ['linux/resource.h'], ours: ['RLIM_INFINITY'] },
  {
    name: 'stat',
    module: stat,
    headers: ['dirent.h', 'sys/stat.h', 'sys/statvfs.h', 'linux/magic.h', 'linux/stat.h'],
    ours: ['MINORBITS', 'MINORMASK', 'MQUEUE_MAGIC', 'S_IALLUGO', 'S_IRWXUGO', 'ST_NOSYMFOLLOW', 'ST_VALID'],
  },
  { name: 'time', module: time, headers: ['sys/stat.h'], ours: ['NSEC_PER_SEC'] },
  { name: 'xattr', module: xattr, headers: ['linux/xattr.h', 'linux/limits.h'] },
];

/** In newer headers only. Where the host has one of them, it is compared like the rest. */
const NEWER = new Set([
  'AT_HANDLE_FID',
  'F_CREATED_QUERY',
  'F_DUPFD_QUERY',
  'F_SEAL_EXEC',
  'FALLOC_FL_WRITE_ZEROES',
  'MOVE_MOUNT_BENEATH',
  'RWF_ATOMIC',
  'RWF_DONTCACHE',
  'RWF_NOAPPEND',
  'STATX_ATTR_WRITE_ATOMIC',
  'STATX_DIO_READ_ALIGN',
  'STATX_DIOALIGN',
  'STATX_MNT_ID_UNIQUE',
  'STATX_SUBVOL',
  'STATX_WRITE_ATOMIC',
]);

type Constant = readonly [name: string, value: number | string];

function constantsOf(each: HeaderCase): Constant[] {
  const constants: Constant[] = [];
  for (const [name, value] of Object.entries(each.module)) {
    if (each.ours?.includes(name) || !/^[A-Z_][A-Z0-9_]+$/.test(name)) continue;
    if (typeof value === 'number' || typeof value === 'string') constants.push([name, value]);
  }
  return constants;
}

/** What the host's headers say: numbers modulo 2^32, as some are int there and some unsigned. */
function fromHeaders(each: HeaderCase, constants: readonly Constant[]): Map<string, number | string> {
  const source = [
    '#define _GNU_SOURCE',
    '#include <stdio.h>',
    // Two headers declare these structures, and neither is needed.
    ...(each.name === 'stat' ? ['#define statx_timestamp statx_timestamp_a', '#define statx statx_a'] : []),
    ...each.headers.flatMap((header) => [
      ...(header === 'linux/stat.h' ? ['#undef statx', '#undef statx_timestamp'] : []),
      `#if __has_include(<${header}>)`,
      `#include <${header}>`,
      '#endif',
    ]),
    ...(each.before ?? []),
    'int main(void) {',
    ...constants.flatMap(([name, value]) => [
      `#ifdef ${name}`,
      typeof value === 'string' ? `  printf("${name} %s\\n", ${name});` : `  printf("${name} %u\\n", (unsigned)(${name}));`,
      '#endif',
    ]),
    '}',
    '',
  ].join('\n');
  const directory = mkdtempSync(join(tmpdir(), 'tuxfs-abi-'));
  try {
    writeFileSync(join(directory, 'print.c'), source);
    execFileSync('cc', ['-w', '-o', 'print', 'print.c'], { cwd: directory, stdio: 'pipe' });
    const printed = execFileSync(join(directory, 'print'), { encoding: 'utf8' });
    return new Map(
      printed
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string])
        .map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const compiler = spawnSync('cc', ['--version']).status === 0 && process.platform === 'linux' && process.arch === 'x64';
if (!compiler) console.log('not run: no C compiler for x86-64 Linux, so constants were not compared with the headers');

describe.runIf(compiler)('constants as the C headers have them', () => {
  it.each(CASES)('$name', (each) => {
    const constants = constantsOf(each);
    expect(constants.length).toBeGreaterThan(0);
    const found = fromHeaders(each, constants);
    const unknown = constants.map(([name]) => name).filter((name) => !found.has(name) && !NEWER.has(name));
    expect(unknown).toEqual([]);
    for (const [name, value] of constants) {
      const theirs = found.get(name);
      if (theirs !== undefined) expect({ [name]: typeof value === 'number' ? value >>> 0 : value }).toEqual({ [name]: theirs });
    }
  });
});

describe('constants', () => {
  it('are the ones that LINUX has where no header of user space does', () => {
    expect(limits.MAXSYMLINKS).toBe(40);
    expect(limits.MAX_RW_COUNT).toBe(2 ** 31 - limits.PAGE_SIZE);
    expect(stat.ST_NOSYMFOLLOW).toBe(0x2000);
    expect(stat.S_IALLUGO).toBe(0o7777);
  });
  it('of ioctl(2) are what the macros make', () => {
    expect(ioctl._IOR('T', 0x30, 4)).toBe(ioctl.TIOCGPTN);
    expect(ioctl._IOW('T', 0x31, 4)).toBe(ioctl.TIOCSPTLCK);
    expect(ioctl._IO('T', 0x41)).toBe(ioctl.TIOCGPTPEER);
    expect(ioctl._IOWR('X', 119, 4)).toBe(ioctl.FIFREEZE);
    expect(ioctl._IOR(229, 0, 4)).toBe(ioctl.FUSE_DEV_IOC_CLONE);
    const parts = [ioctl._IOC_DIR, ioctl._IOC_TYPE, ioctl._IOC_NR, ioctl._IOC_SIZE].map((part) => part(ioctl.BLKGETSIZE64));
    expect(parts).toEqual([ioctl._IOC_READ, 0x12, 114, 8]);
  });
});
