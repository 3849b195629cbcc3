/**
 * A /dev of a container's own: a tmpfs with the devices of the moment it is made. Linux has none; runc and systemd-nspawn make such a
 * tmpfs by hand, and gVisor has a type of this name.
 *
 * Unlike devtmpfs each instance is separate, and devices that come or go later change nothing in it. mount(2) does not know the type.
 */
import { EEXIST, LinuxError } from '../../abi/errno.ts';
import type { Caller } from '../../vfs/caller.ts';
import { Credentials } from '../../vfs/credentials.ts';
import type { DeviceKind } from '../../vfs/device.ts';
import type { FilesystemType, MountOptions } from '../../vfs/filesystem.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { parseTmpfsOptions } from '../tmpfs/options.ts';
import { TmpfsFilesystem } from '../tmpfs/tmpfs.ts';
import { Accessor } from './accessor.ts';

/** A node as a container's configuration lists it (the runtime specification's linux.devices). */
export interface DevNode {
  /** Below the root; a leading `/dev/` is not part of it. */
  readonly path: string;
  /** Default `char`. */
  readonly kind?: DeviceKind;
  readonly major: number;
  readonly minor: number;
  /** Permission bits; default 0666. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface DevOptions {
  /** Mode of `shm`, where a container says so; default 0755. */
  readonly shmMode?: number;
  /** Nodes besides the registered devices. One that is there already keeps its owner. */
  readonly devices?: Iterable<DevNode>;
  /** Options of the tmpfs: `size=65536k`. */
  readonly data?: string;
}

export class DevType implements FilesystemType {
  readonly name = 'dev';
  readonly requiresDevice = false;
  /** ENODEV for mount(2), and not in /proc/filesystems. */
  readonly userMountable = false;
  readonly vfs: VirtualFilesystem;

  constructor(vfs: VirtualFilesystem) {
    this.vfs = vfs;
  }

  getFilesystem(caller: Caller, _source: string, options: MountOptions): TmpfsFilesystem {
    return this.make(caller.creds, { data: options.data });
  }

  /** A new instance, which belongs to whoever mounts it. EINVAL · ENOSPC as an Error with the errno as its cause. */
  make(creds: Credentials, options: DevOptions): TmpfsFilesystem {
    const { vfs } = this;
    const parsed = parseTmpfsOptions(`mode=0755,${options.data ?? ''}`, vfs.memory);
    const filesystem = new TmpfsFilesystem(vfs, this, parsed, { uid: creds.fsuid, gid: creds.fsgid });
    // Held while the Accessor is there, and handed over without a reference.
    vfs.getFilesystem(filesystem);
    const accessor = new Accessor(vfs, creds, filesystem);
    try {
      accessor.makeLinks();
      accessor.makeDirectory('shm', options.shmMode ?? 0o755);
      accessor.makeDirectory('pts', 0o755);
      for (const device of vfs.devices) if (device.name !== '') accessor.createNode(device);
      for (const node of options.devices ?? []) createListed(accessor, node);
    } catch (error) {
      accessor.release();
      vfs.putFilesystem(filesystem);
      throw error;
    }
    accessor.release();
    filesystem.references--;
    return filesystem;
  }

  release(): void {}
}

function createListed(accessor: Accessor, node: DevNode): void {
  try {
    accessor.createDeviceFile(node.path, node.kind ?? 'char', node.major, node.minor, node.mode ?? 0o666, node);
  } catch (error) {
    // As runc: a node that is there will do.
    if (!(error instanceof LinuxError) || error.errno !== EEXIST) throw error;
  }
}

/** A /dev for a container, to be mounted with `mountFilesystem`. Needs no registered type. */
export function createDev(vfs: VirtualFilesystem, options: DevOptions = {}): TmpfsFilesystem {
  const type = vfs.filesystemTypes.get('dev');
  return (type instanceof DevType ? type : new DevType(vfs)).make(Credentials.root(), options);
}
