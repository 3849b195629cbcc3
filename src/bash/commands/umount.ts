/**
 * umount(8).
 */
import { EBUSY, EINVAL, ENOENT, EPERM, errnoMessage, LinuxError } from '../../abi/errno.ts';
import { MNT_DETACH, MNT_FORCE } from '../../abi/mount.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { type MountLine, readMounts } from './mounts.ts';

export const umount: CommandDefinition = {
  name: 'umount',
  synopsis: ['[OPTION]... DIRECTORY...'],
  summary: 'Detach what is mounted at each DIRECTORY.',
  options: [
    { short: 'f', long: 'force', help: 'MNT_FORCE' },
    { short: 'l', long: 'lazy', help: 'detach now, and let go when nothing uses it' },
    { short: 'R', long: 'recursive', help: 'what is mounted below as well' },
    { short: 'v', long: 'verbose', help: 'say what is done' },
  ],
  notes: ['Exit status: 0, 1 for a wrong command line, 32 when something could not be detached.'],
  run,
};

function run(call: Call): number {
  if (call.operands.length === 0) call.usage('bad usage');
  let status = 0;
  for (const target of call.operands) {
    const all = call.has('recursive') ? below(readMounts(call.process), target) : [target];
    for (const path of all) if (!detach(call, path)) status = 32;
  }
  return status;
}

/** The mounts at and below a path, the last one first. */
function below(mounts: readonly MountLine[], target: string): string[] {
  const prefix = target === '/' ? '/' : `${target}/`;
  const found = mounts.filter((mount) => mount.target === target || mount.target.startsWith(prefix)).map((mount) => mount.target);
  return found.length === 0 ? [target] : found.reverse();
}

function detach(call: Call, target: string): boolean {
  const flags = (call.has('lazy') ? MNT_DETACH : 0) | (call.has('force') ? MNT_FORCE : 0);
  try {
    call.process.umount2(target, flags);
    if (call.has('verbose')) call.print(`umount: ${target} unmounted\n`);
    return true;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    call.warn(`${target}: ${message(call, error.errno)}.`);
    return false;
  }
}

function message(call: Call, errno: number): string {
  switch (errno) {
    case EINVAL:
      return 'not mounted';
    case EBUSY:
      return 'target is busy';
    case ENOENT:
      return 'no mount point specified';
    case EPERM:
      return call.process.geteuid() === 0 ? 'block devices are not permitted on filesystem' : 'must be superuser to unmount';
    default:
      return `umount failed: ${errnoMessage(errno)}`;
  }
}
