/** What the tests of devtmpfs start from. */
import { afterEach } from 'vitest';
import { O_RDONLY } from '../../src/abi/fcntl.ts';
import { Accessor, DevtmpfsType } from '../../src/fs/devtmpfs/index.ts';
import type { TmpfsFilesystem } from '../../src/fs/tmpfs/tmpfs.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { Credentials } from '../../src/vfs/credentials.ts';
import { checkInvariants } from '../../src/testing/invariants.ts';
import type { VirtualFilesystem } from '../../src/vfs/virtual-filesystem.ts';

/** The kernels of one test, all of which must be sound when it ends. */
const kernels: Kernel[] = [];
afterEach(() => {
  for (const kernel of kernels.splice(0)) checkInvariants(kernel);
});

export interface Setup {
  kernel: Kernel;
  vfs: VirtualFilesystem;
  type: DevtmpfsType;
  p: Process;
}

export function bare(type?: (vfs: VirtualFilesystem) => DevtmpfsType): Setup {
  const kernel = new Kernel({ bare: true, stacks: true, memory: 2 ** 30 });
  kernels.push(kernel);
  const { vfs } = kernel;
  for (const device of [...vfs.devices]) device.unregister();
  if (vfs.filesystemTypes.has('devtmpfs')) vfs.unregisterFilesystemType('devtmpfs');
  const devtmpfs = type === undefined ? new DevtmpfsType(vfs) : type(vfs);
  vfs.registerFilesystemType(devtmpfs);
  const p = kernel.spawn();
  p.mkdir('/dev', 0o755);
  return { kernel, vfs, type: devtmpfs, p };
}

export function setup(): Setup {
  const made = bare();
  made.p.mount('', '/dev', 'devtmpfs', 0, '');
  return made;
}

export function accessorOf(vfs: VirtualFilesystem): Accessor {
  return new Accessor(vfs, Credentials.root(), 'devtmpfs');
}

export function failure(act: () => unknown): Error & { code?: string } {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it succeeded');
}

export const code = (act: () => unknown): string | undefined => failure(act).code;

export function names(p: Process, path: string): string[] {
  const fd = p.open(path, O_RDONLY);
  const entries = p.getdents(fd).map((entry) => entry.name);
  p.close(fd);
  return entries.filter((name) => name !== '.' && name !== '..');
}

export function instance(type: DevtmpfsType): TmpfsFilesystem {
  if (type.filesystem === null) throw new Error('there is no instance');
  return type.filesystem;
}
