/**
 * Files without a place: a front-end's pipes and whatever else has a descriptor but no name. Linux: pipefs, anon_inodes.
 */
import { PIPEFS_MAGIC } from '../abi/stat.ts';
import type { Caller } from './caller.ts';
import { Dentry, VirtualDentry } from './dentry.ts';
import { bind, type FileDescription } from './file-description.ts';
import { Filesystem, type FilesystemType } from './filesystem.ts';
import { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { VirtualFilesystem } from './virtual-filesystem.ts';

class AnonymousInode extends Inode {
  /** What has it open: opening it again through /proc/self/fd asks this for another description. */
  file: FileDescription | null = null;

  override open(flags: number): FileDescription | undefined {
    return this.file?.reopen(flags);
  }
}

class AnonymousType implements FilesystemType {
  readonly name = 'pipefs';
  readonly requiresDevice = false;
  readonly userMountable = false;
  readonly #vfs: VirtualFilesystem;

  constructor(vfs: VirtualFilesystem) {
    this.#vfs = vfs;
  }

  getFilesystem(): Filesystem {
    return new AnonymousFilesystem(this.#vfs, this);
  }

  release(): void {}
}

class AnonymousFilesystem extends Filesystem {
  constructor(vfs: VirtualFilesystem, type: FilesystemType) {
    super(vfs, type, { pinned: true, magic: PIPEFS_MAGIC });
    this.setRoot(new AnonymousInode(this, this.nextIno++, 0o040555, { uid: 0, gid: 0 }));
  }
}

/** The kernel's own mount for them. */
export function mountAnonymous(vfs: VirtualFilesystem): Mount {
  return vfs.newMount(new AnonymousType(vfs).getFilesystem(), { source: 'pipefs', flags: 0 });
}

/** Gives a description that was not opened from a path an inode of its own, shown as `NAME:[INO]`. `mode` has the type bits. */
export function bindAnonymous(
  caller: Caller,
  mount: Mount,
  file: FileDescription,
  options: { readonly name: string; readonly mode: number; readonly flags: number },
): void {
  const { fs } = mount;
  const inode = new AnonymousInode(fs, fs.nextIno++, options.mode, { uid: caller.creds.fsuid, gid: caller.creds.fsgid });
  inode.file = file;
  const dentry = new Dentry(`${options.name}:[${inode.ino}]`, null, inode);
  bind(file, new VirtualDentry(mount, dentry), options.flags, caller.creds);
  inode.opens++;
  mount.users++;
}
