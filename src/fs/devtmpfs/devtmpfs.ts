/**
 * The filesystem type devtmpfs: one tmpfs for everybody. Linux: drivers/base/devtmpfs.c.
 *
 * The instance is made once and shared by every mount in every namespace; the type keeps it, so its content outlives all mounts.
 */
import type { Caller } from '../../vfs/caller.ts';
import type { FilesystemType, MountOptions } from '../../vfs/filesystem.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { parseTmpfsOptions } from '../tmpfs/options.ts';
import { TmpfsFilesystem } from '../tmpfs/tmpfs.ts';

export class DevtmpfsType implements FilesystemType {
  readonly name = 'devtmpfs';
  readonly requiresDevice = false;
  readonly userMountable = true;
  /** The tree is the whole system's: the root of a user namespace gets EPERM. */
  readonly userNamespaceMount = false;
  readonly vfs: VirtualFilesystem;
  /** The instance, once there is one: having it is what "initialised" means, so a restored type cannot make a second. */
  filesystem: TmpfsFilesystem | null;
  /** Why there is none and never will be. */
  error: unknown;

  constructor(vfs: VirtualFilesystem) {
    this.vfs = vfs;
    this.filesystem = null;
    this.error = undefined;
  }

  /** EINVAL: options are checked on every mount, but only remount applies them. Whatever the first call failed with. */
  getFilesystem(_caller: Caller, _source: string, options: MountOptions): TmpfsFilesystem {
    parseTmpfsOptions(options.data, this.vfs.memory);
    return this.filesystem ?? this.#initialise();
  }

  #initialise(): TmpfsFilesystem {
    if (this.error !== undefined) throw this.error;
    let filesystem: TmpfsFilesystem;
    try {
      filesystem = this.makeFilesystem();
    } catch (error) {
      this.error = error;
      throw error;
    }
    this.vfs.getFilesystem(filesystem);
    filesystem.root.inode.opens++;
    this.filesystem = filesystem;
    return filesystem;
  }

  /** Owned by root, whoever asks first. */
  protected makeFilesystem(): TmpfsFilesystem {
    return new TmpfsFilesystem(this.vfs, this, parseTmpfsOptions('mode=0755', this.vfs.memory), { uid: 0, gid: 0 });
  }

  /** The root first, then the filesystem. What is still mounted lives on until its last mount. */
  release(): void {
    const { filesystem } = this;
    if (filesystem === null) return;
    this.filesystem = null;
    filesystem.root.inode.opens--;
    this.vfs.putFilesystem(filesystem);
  }
}
