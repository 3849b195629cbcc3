/** A filesystem of one's own, pinned: the VFS keeps the names, what is here makes inodes and keeps their bytes. Like Linux's ramfs. */
import {
  EFBIG,
  EPERM,
  Filesystem,
  type FilesystemType,
  Inode,
  Kernel,
  LinuxError,
  nameLength,
  type NewInode,
  O_CREAT,
  O_RDWR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type VirtualFilesystem,
} from 'tuxfs';

class RamFile extends Inode {
  #bytes = new Uint8Array(0);

  override get size(): number {
    return this.#bytes.length;
  }
  override read(into: Uint8Array, offset: number): number {
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
  override write(from: Uint8Array, offset: number): number {
    if (offset + from.length > this.size) this.truncate(offset + from.length);
    this.#bytes.set(from, offset);
    return from.length;
  }
  override truncate(size: number): void {
    if (size > 2 ** 24) throw new LinuxError(EFBIG);
    const before = this.#bytes.subarray(0, size);
    this.#bytes = new Uint8Array(size);
    this.#bytes.set(before);
  }
}

class RamLink extends Inode {
  target = '';

  override get size(): number {
    return nameLength(this.target);
  }
  override readlink(): string {
    return this.target;
  }
}

class RamDirectory extends Inode {
  override create(_name: string, made: NewInode): Inode {
    const type = made.mode & S_IFMT;
    if (type === S_IFDIR) return new RamDirectory(this.fs, this.fs.nextIno++, made.mode, made);
    if (type === S_IFREG) return new RamFile(this.fs, this.fs.nextIno++, made.mode, made);
    if (type !== S_IFLNK) throw new LinuxError(EPERM);
    return Object.assign(new RamLink(this.fs, this.fs.nextIno++, made.mode, made), { target: made.target });
  }
  // The VFS moves the names and counts the links; there is nothing to account for, and nothing to refuse.
  override link(): void {}
  override unlink(): void {}
  override rename(): void {}
}

class RamFilesystem extends Filesystem {
  constructor(vfs: VirtualFilesystem, type: FilesystemType) {
    super(vfs, type, { pinned: true, magic: 0x858458f6 });
    this.setRoot(new RamDirectory(this, this.nextIno++, S_IFDIR | 0o755, { uid: 0, gid: 0 }));
  }
}

export const ramfs: FilesystemType = {
  name: 'ramfs',
  requiresDevice: false,
  getFilesystem: (caller) => new RamFilesystem(caller.vfs, ramfs),
  release() {},
};

// ── mounted ──

const kernel = new Kernel();
kernel.vfs.registerFilesystemType(ramfs);
const { init } = kernel;
init.mount('none', '/mnt', 'ramfs', 0);
init.chmod('/mnt', 0o1777);
const user = kernel.spawn({ uid: 1000, gid: 1000 });
const fd = user.open('/mnt/note', O_CREAT | O_RDWR, 0o640);
user.write(fd, new TextEncoder().encode('hello'));
user.rename('/mnt/note', '/mnt/letter');
const { size, mode, uid } = user.stat('/mnt/letter');
console.log(size, (mode & 0o777).toString(8), uid);

// prints:
// 5 640 1000
