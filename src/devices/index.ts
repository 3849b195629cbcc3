/**
 * The memory devices with their numbers and modes. Linux: devlist of drivers/char/mem.c. mem and port are not there: there is no memory to show.
 */
import type { Device, DeviceOpen } from '../vfs/device.ts';
import type { FileDescription } from '../vfs/file-description.ts';
import type { VirtualFilesystem } from '../vfs/virtual-filesystem.ts';
import { type KernelLog, openKmsg } from './kmsg.ts';
import { FullDescription, NullDescription, ZeroDescription } from './memory.ts';
import { RandomDescription, type RandomSource, UrandomDescription } from './random.ts';

export { KernelLog, KmsgDescription, type KernelRecord } from './kmsg.ts';
export { FullDescription, NullDescription, ZeroDescription } from './memory.ts';
export { RandomDescription, type RandomSource, UrandomDescription } from './random.ts';

const MEM_MAJOR = 1;

export interface MemoryDeviceOptions {
  readonly random: RandomSource;
  readonly log: KernelLog;
}

/** Registers null, zero, full, random, urandom and kmsg. EBUSY, EEXIST: they are there already. */
export function registerMemoryDevices(vfs: VirtualFilesystem, { random, log }: MemoryDeviceOptions): Device[] {
  const register = (minor: number, name: string, mode: number, open: (open: DeviceOpen) => FileDescription): Device =>
    vfs.devices.register({ name, kind: 'char', major: MEM_MAJOR, minor, mode, group: 'mem', subsystem: 'mem', open });
  return [
    register(3, 'null', 0o666, () => new NullDescription()),
    register(5, 'zero', 0o666, () => new ZeroDescription()),
    register(7, 'full', 0o666, () => new FullDescription()),
    register(8, 'random', 0o666, () => new RandomDescription(random)),
    register(9, 'urandom', 0o666, () => new UrandomDescription(random)),
    register(11, 'kmsg', 0o644, (open) => openKmsg(log, open)),
  ];
}
