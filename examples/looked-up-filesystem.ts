/** A filesystem of one's own, looked up: the names are elsewhere, here in JavaScript Maps, and the VFS asks for them each time. */
import {
  type DirectoryEntry,
  EFBIG,
  ENOTEMPTY,
  EINVAL,
  EPERM,
  Filesystem,
  type FilesystemType,
  Inode,
  Kernel,
  LinuxError,
  type NewInode,
  O_CREAT,
  O_RDWR,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  touchMtime,
  type VirtualFilesystem,
} from 'tuxfs';

type Folder = Map<string, Folder | File>;
interface File {
  bytes: Uint8Array;
}

const OWNER = { uid: 0, gid: 0 };

class FileInode extends Inode {
  readonly #file: File;

  constructor(fs: Filesystem, file: File, made: { mode: number; uid: number; gid: number }) {
    super(fs, fs.nextIno++, made.mode, made);
    this.#file = file;
  }
  override get size(): number {
    return this.#file.bytes.length;
  }
  override read(into: Uint8Array, offset: number): number {
    const part = this.#file.bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
  override write(from: Uint8Array, offset: number): number {
    if (offset + from.length > this.size) this.truncate(offset + from.length);
    this.#file.bytes.set(from, offset);
    return from.length;
  }
  override truncate(size: number): void {
    if (size > 2 ** 24) throw new LinuxError(EFBIG);
    const before = this.#file.bytes.subarray(0, size);
    this.#file.bytes = new Uint8Array(size);
    this.#file.bytes.set(before);
  }
}

class FolderInode extends Inode {
  declare readonly fs: MapFilesystem;
  readonly folder: Folder;

  constructor(fs: MapFilesystem, folder: Folder, made: { mode: number; uid: number; gid: number }) {
    super(fs, fs.nextIno++, made.mode, made);
    this.folder = folder;
    // As filesystems do that do not count subdirectories.
    this.nlink = 1;
  }
  override lookup(name: string): Inode | undefined {
    const node = this.folder.get(name);
    return node === undefined ? undefined : this.fs.inode(node);
  }
  override revalidate(name: string, inode: Inode): boolean {
    return this.lookup(name) === inode;
  }
  override iterate(after: number): Iterable<DirectoryEntry> {
    const entries = [...this.folder].map(([name, node]) => ({ name, inode: this.fs.inode(node) }));
    // A cookie must go on meaning the same place while names come and go: the inode's number does.
    const rest = entries.filter(({ inode }) => inode.ino > after).sort((a, b) => a.inode.ino - b.inode.ino);
    return rest.map(({ name, inode: { ino, mode } }) => ({ name, ino, mode, cookie: ino }));
  }
  override create(name: string, made: NewInode): Inode {
    const type = made.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) throw new LinuxError(EPERM);
    const node: Folder | File = type === S_IFDIR ? new Map() : { bytes: new Uint8Array(0) };
    this.folder.set(name, node);
    touchMtime(this);
    return this.fs.inode(node, made);
  }
  override unlink(name: string, inode: Inode): void {
    if (inode instanceof FolderInode && inode.folder.size > 0) throw new LinuxError(ENOTEMPTY);
    this.folder.delete(name);
    inode.nlink = 0;
    touchMtime(this);
  }
  override rename(name: string, _inode: Inode, to: FolderInode, newName: string, flags: number): void {
    if ((flags & ~RENAME_NOREPLACE) !== 0) throw new LinuxError(EINVAL);
    const replaced = to.lookup(newName);
    if (replaced !== undefined) to.unlink(newName, replaced);
    to.folder.set(newName, this.folder.get(name) as Folder | File);
    this.folder.delete(name);
    touchMtime(this);
    touchMtime(to);
  }
}

class MapFilesystem extends Filesystem {
  /** The same object is the same inode: it has its number, owner, mode and times from the first time it was seen. */
  readonly #inodes = new WeakMap<object, Inode>();

  constructor(vfs: VirtualFilesystem, type: FilesystemType, folder: Folder) {
    super(vfs, type, { pinned: false, magic: 0x4d415053 });
    this.setRoot(this.inode(folder));
  }
  inode(node: Folder | File, made?: NewInode): Inode {
    let inode = this.#inodes.get(node);
    if (inode === undefined) {
      if (node instanceof Map) inode = new FolderInode(this, node, made ?? { mode: S_IFDIR | 0o755, ...OWNER });
      else inode = new FileInode(this, node, made ?? { mode: S_IFREG | 0o644, ...OWNER });
      this.#inodes.set(node, inode);
    }
    return inode;
  }
}

export function mapfs(folder: Folder): FilesystemType {
  const type: FilesystemType = {
    name: 'mapfs',
    requiresDevice: false,
    getFilesystem: (caller) => new MapFilesystem(caller.vfs, type, folder),
    release() {},
  };
  return type;
}

// ── mounted ──

const folder: Folder = new Map([['greeting', { bytes: new TextEncoder().encode('hello') }]]);
const kernel = new Kernel();
kernel.vfs.registerFilesystemType(mapfs(folder));
const { init } = kernel;
init.mount('none', '/mnt', 'mapfs', 0);
init.mkdir('/mnt/sub', 0o755);
const fd = init.open('/mnt/sub/new', O_CREAT | O_RDWR, 0o644);
init.write(fd, new TextEncoder().encode('made through the kernel'));
init.rename('/mnt/sub/new', '/mnt/moved');
console.log([...folder.keys()].join(' '));
folder.delete('greeting');
console.log(init.statIfExists('/mnt/greeting'), init.stat('/mnt/moved').size);

// prints:
// greeting sub moved
// undefined 23
