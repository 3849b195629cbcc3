/**
 * mount(8).
 */
import { EACCES, EBUSY, EINVAL, ELOOP, ENODEV, ENOENT, ENOTDIR, EPERM, errnoMessage, LinuxError } from '../../abi/errno.ts';
import {
  MS_BIND,
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from '../../abi/mount.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { type MountLine, readMounts } from './mounts.ts';

export const mount: CommandDefinition = {
  name: 'mount',
  synopsis: [
    '[-t TYPE] [-o OPTIONS] SOURCE DIRECTORY',
    '[-o OPTIONS] -B|-R|-M SOURCE DIRECTORY',
    '-o remount[,OPTIONS] DIRECTORY',
    '[-t TYPE]',
  ],
  summary: 'Attach a filesystem at DIRECTORY; without operands, list what is mounted.',
  options: [
    { short: 't', long: 'types', argument: 'TYPE', help: 'the type of the filesystem' },
    {
      short: 'o',
      long: 'options',
      argument: 'LIST',
      help: 'options, separated by commas; those that mount(2) has no flag for are for the filesystem',
    },
    { short: 'r', long: 'read-only', help: 'as -o ro' },
    { short: 'w', long: 'rw', help: 'as -o rw' },
    { short: 'B', long: 'bind', help: 'show SOURCE at DIRECTORY as well' },
    { short: 'R', long: 'rbind', help: 'as -B, with what is mounted below' },
    { short: 'M', long: 'move', help: 'move a mount' },
    { long: 'make-shared', help: 'mount events are shared' },
    { long: 'make-slave', help: 'mount events are received' },
    { long: 'make-private', help: 'mount events stay here' },
    { long: 'make-unbindable', help: 'private, and cannot be bound' },
    { short: 'v', long: 'verbose', help: 'say what is done' },
  ],
  notes: ['There is no /etc/fstab. Exit status: 0, 1 for a wrong command line, 32 for a mount that failed.'],
  run,
};

/** Options that are flags of mount(2): set, and cleared by the `no` form. */
const FLAGS: Readonly<Record<string, { readonly set?: number; readonly clear?: number }>> = {
  defaults: {},
  ro: { set: MS_RDONLY },
  rw: { clear: MS_RDONLY },
  nosuid: { set: MS_NOSUID },
  suid: { clear: MS_NOSUID },
  nodev: { set: MS_NODEV },
  dev: { clear: MS_NODEV },
  noexec: { set: MS_NOEXEC },
  exec: { clear: MS_NOEXEC },
  sync: { set: MS_SYNCHRONOUS },
  async: { clear: MS_SYNCHRONOUS },
  dirsync: { set: MS_DIRSYNC },
  remount: { set: MS_REMOUNT },
  bind: { set: MS_BIND },
  rbind: { set: MS_BIND | MS_REC },
  move: { set: MS_MOVE },
  noatime: { set: MS_NOATIME },
  atime: { clear: MS_NOATIME },
  nodiratime: { set: MS_NODIRATIME },
  diratime: { clear: MS_NODIRATIME },
  relatime: { set: MS_RELATIME },
  norelatime: { clear: MS_RELATIME },
  strictatime: { set: MS_STRICTATIME },
  nostrictatime: { clear: MS_STRICTATIME },
  lazytime: { set: MS_LAZYTIME },
  nolazytime: { clear: MS_LAZYTIME },
  nosymfollow: { set: MS_NOSYMFOLLOW },
  symfollow: { clear: MS_NOSYMFOLLOW },
  silent: { set: MS_SILENT },
  loud: { clear: MS_SILENT },
  shared: { set: MS_SHARED },
  rshared: { set: MS_SHARED | MS_REC },
  slave: { set: MS_SLAVE },
  rslave: { set: MS_SLAVE | MS_REC },
  private: { set: MS_PRIVATE },
  rprivate: { set: MS_PRIVATE | MS_REC },
  unbindable: { set: MS_UNBINDABLE },
  runbindable: { set: MS_UNBINDABLE | MS_REC },
};
const PROPAGATION = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;
const FAILED = 32;

function run(call: Call): number {
  const type = call.value('types');
  const { flags, data } = optionsOf(call);
  const [source, target] = call.operands;
  if (call.operands.length > 2) call.usage('bad usage');
  if (source === undefined) {
    if (flags !== 0 || data !== '') call.usage('bad usage');
    list(call, type);
    return 0;
  }
  if (target === undefined) return single(call, source, { flags, data });
  return attach(call, { source, target, type: type ?? null, flags, data });
}

function optionsOf(call: Call): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const { key, value } of call.given) {
    if (key === 'read-only') flags |= MS_RDONLY;
    else if (key === 'rw') flags &= ~MS_RDONLY;
    else if (key === 'bind') flags |= MS_BIND;
    else if (key === 'rbind') flags |= MS_BIND | MS_REC;
    else if (key === 'move') flags |= MS_MOVE;
    else if (key.startsWith('make-')) flags |= FLAGS[key.slice(5)]?.set ?? 0;
    else if (key === 'options') {
      for (const word of (value as string).split(',')) {
        if (word === '') continue;
        const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
        if (flag === undefined) data.push(word);
        else flags = (flags | (flag.set ?? 0)) & ~(flag.clear ?? 0);
      }
    }
  }
  return { flags, data: data.join(',') };
}

function list(call: Call, type: string | undefined): void {
  for (const mount of readMounts(call.process)) {
    if (type !== undefined && !type.split(',').includes(mount.type)) continue;
    call.print(`${mount.source} on ${mount.target} type ${mount.type} (${allOptions(mount)})\n`);
  }
}

/** The options of the mount and then those of the filesystem, `ro` once. */
function allOptions({ options, superOptions }: MountLine): string {
  const own = options.split(',');
  const rest = superOptions.split(',').filter((word) => word !== '' && word !== 'rw' && word !== 'ro');
  if (superOptions.split(',').includes('ro') && own[0] === 'rw') own[0] = 'ro';
  return [...own, ...rest].join(',');
}

/** A remount, or a change of propagation: of what is mounted at `target`. */
function single(call: Call, target: string, { flags, data }: { readonly flags: number; readonly data: string }): number {
  if ((flags & PROPAGATION) !== 0) return attempt(call, target, () => call.process.mount('none', target, null, flags, null));
  if ((flags & MS_REMOUNT) === 0) {
    call.warn(`${target}: can't find in /etc/fstab.`);
    return 1;
  }
  return attempt(call, target, () => call.process.mount('none', target, null, flags, data === '' ? null : data));
}

interface Attachment {
  readonly source: string;
  readonly target: string;
  readonly type: string | null;
  readonly flags: number;
  readonly data: string;
}

function attach(call: Call, { source, target, type, flags, data }: Attachment): number {
  const { process } = call;
  const moving = flags & (MS_BIND | MS_MOVE | MS_REMOUNT | PROPAGATION);
  if (moving === 0 && type === null) {
    call.warn(`${target}: unknown filesystem type: use -t.`);
    return FAILED;
  }
  const status = attempt(call, target, () => process.mount(source, target, type ?? 'none', flags, data === '' ? null : data), {
    source,
    type,
  });
  // A bind ignores the other flags: they are set by a second call, as mount(8) does it.
  const rest = flags & ~(MS_BIND | MS_REC | MS_SILENT);
  if (status === 0 && (flags & (MS_BIND | MS_REMOUNT)) === MS_BIND && rest !== 0 && (flags & PROPAGATION) === 0) {
    return attempt(call, target, () => process.mount('none', target, null, MS_REMOUNT | MS_BIND | rest, null));
  }
  if (status === 0 && call.has('verbose')) call.print(`mount: ${source} mounted on ${target}.\n`);
  return status;
}

function attempt(
  call: Call,
  target: string,
  action: () => void,
  what: { readonly source?: string; readonly type?: string | null } = {},
): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    call.warn(`${target}: ${message(call, error.errno, target, what)}.`);
    return FAILED;
  }
}

/** The sentences of mount(8). */
function message(
  call: Call,
  errno: number,
  target: string,
  { source, type }: { readonly source?: string; readonly type?: string | null },
): string {
  switch (errno) {
    case EPERM:
      return call.process.geteuid() === 0 ? 'permission denied' : 'must be superuser to use mount';
    case EACCES:
      return 'permission denied';
    case ENODEV:
      return `unknown filesystem type '${type ?? ''}'`;
    case EBUSY:
      return `${source ?? 'none'} already mounted or mount point busy`;
    case ENOENT:
      return exists(call, target) ? `special device ${source ?? ''} does not exist` : 'mount point does not exist';
    case ENOTDIR:
      return 'mount point is not a directory';
    case ELOOP:
      return errnoMessage(ELOOP);
    case EINVAL:
      return `wrong fs type, bad option, bad superblock on ${source ?? 'none'}, missing codepage or helper program, or other error`;
    default:
      return `mount(2) system call failed: ${errnoMessage(errno)}`;
  }
}

function exists(call: Call, path: string): boolean {
  try {
    return call.process.statIfExists(path) !== undefined;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return true;
  }
}
