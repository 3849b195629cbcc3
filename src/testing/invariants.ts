/**
 * What must hold between any two system calls: link counts, accounting, counts of holders, mounts. For tests; its cost is that of walking everything.
 */
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { TmpfsDirectory, TmpfsFilesystem, TmpfsRegular, TmpfsSymlink } from '../fs/tmpfs/tmpfs.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { DCACHE_MOUNTED, DCACHE_UNHASHED, type Dentry, DirectoryDentry } from '../vfs/dentry.ts';
import { type FileDescription, FMODE_WRITER } from '../vfs/file-description.ts';
import type { Filesystem } from '../vfs/filesystem.ts';
import { type Inode, S_DEAD } from '../vfs/inode.ts';
import type { Mount, MountNamespace } from '../vfs/mount.ts';
import { xattrSpace } from '../vfs/xattr.ts';

/** Throws an Error that names the first thing that does not hold. */
export function checkInvariants(kernel: Kernel): void {
  const holders = new Holders();
  const namespaces = new Map<MountNamespace, number>();
  const descriptions = new Map<FileDescription, number>();
  for (const process of kernel.processes.values()) {
    namespaces.set(process.namespace, (namespaces.get(process.namespace) ?? 0) + 1);
    for (const place of [process.cwd, process.root]) holders.add(place.mount, place.dentry);
    let count = 0;
    for (const [, file] of process.files.entries()) {
      descriptions.set(file, (descriptions.get(file) ?? 0) + 1);
      count++;
    }
    expect(count === process.files.count, `process ${process.pid}: ${process.files.count} descriptors counted, ${count} there`);
  }
  for (const [file, count] of descriptions) {
    expect(file.references === count, `${file.dentry.name}: ${file.references} references, ${count} descriptors`);
    holders.add(file.mount, file.dentry);
    if ((file.fmode & FMODE_WRITER) !== 0) holders.addWriter(file.mount);
  }
  for (const [namespace, users] of namespaces) {
    expect(namespace.users === users, `namespace ${namespace.id}: ${namespace.users} users, ${users} processes`);
    checkNamespace(kernel, namespace);
  }
  const filesystems = new Set<Filesystem>();
  for (const mount of holders.mounts()) filesystems.add(mount.fs);
  for (const namespace of namespaces.keys()) for (const mount of namespace.mounts) filesystems.add(mount.fs);
  for (const fs of filesystems) {
    for (const mount of fs.mounts) {
      holders.addInode(mount.root.inode);
      if (mount.mountpoint !== null) holders.addInode(mount.mountpoint.inode);
    }
  }
  holders.check();
  for (const fs of filesystems) if (fs instanceof TmpfsFilesystem) checkTmpfs(fs, holders);
}

function expect(condition: boolean, message: string): void {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Who holds what: open files, working directories, roots, mounts. */
class Holders {
  readonly inodes = new Map<Inode, number>();
  readonly #users = new Map<Mount, number>();
  readonly #writers = new Map<Mount, number>();

  add(mount: Mount, dentry: Dentry): void {
    this.#users.set(mount, (this.#users.get(mount) ?? 0) + 1);
    this.addInode(dentry.inode);
  }

  addInode(inode: Inode): void {
    this.inodes.set(inode, (this.inodes.get(inode) ?? 0) + 1);
  }

  addWriter(mount: Mount): void {
    this.#writers.set(mount, (this.#writers.get(mount) ?? 0) + 1);
  }

  mounts(): Iterable<Mount> {
    return this.#users.keys();
  }

  check(): void {
    for (const [mount, users] of this.#users) {
      const writers = this.#writers.get(mount) ?? 0;
      // Others may hold a place too (an Accessor), so a count may be higher, never lower.
      expect(mount.users >= users, `mount ${mount.id}: ${mount.users} users, ${users} holders`);
      expect(mount.writers === writers, `mount ${mount.id}: ${mount.writers} writers, ${writers} files open for writing`);
    }
    for (const [inode, count] of this.inodes) expect(inode.opens >= count, `inode ${inode.ino}: ${inode.opens} opens, ${count} holders`);
  }
}

function checkNamespace(kernel: Kernel, namespace: MountNamespace): void {
  let count = 0;
  const visit = (mount: Mount): void => {
    count++;
    expect(mount.namespace === namespace && namespace.mounts.has(mount), `mount ${mount.id} is not in namespace ${namespace.id}`);
    expect(mount.fs.mounts.has(mount), `mount ${mount.id} is unknown to its filesystem`);
    for (const child of mount.children) {
      expect(child.parent === mount && child.mountpoint !== null, `mount ${child.id} does not know its parent`);
      const point = child.mountpoint as Dentry;
      expect((point.flags & DCACHE_MOUNTED) !== 0, `mount point '${point.name}' is not marked`);
      expect(kernel.vfs.mountpoints.get(point)?.includes(child) === true, `mount ${child.id} is not found at its mount point`);
      visit(child);
    }
  };
  if (namespace.root.namespace === namespace) visit(namespace.root);
  expect(count === namespace.mounts.size, `namespace ${namespace.id}: ${namespace.mounts.size} mounts, ${count} in the tree`);
}

function checkTmpfs(fs: TmpfsFilesystem, holders: Holders): void {
  const names = new Map<Inode, number>();
  const visit = (directory: DirectoryDentry): void => {
    let subdirectories = 0;
    let last = 0;
    let negative = 0;
    for (const [name, child] of directory.children ?? []) {
      if (typeof child === 'number') {
        negative++;
        const removed = directory.removed[child];
        expect(removed?.name === name && removed.cookie > last, `removed entry '${name}' does not know its place`);
        last = removed?.cookie ?? last;
        continue;
      }
      expect(child.name === name && child.parent === directory, `entry '${name}' does not know its place`);
      expect((child.flags & DCACHE_UNHASHED) === 0 && (child.inode.flags & S_DEAD) === 0, `entry '${name}' is dead`);
      expect(child.cookie > last && child.cookie <= directory.lastCookie, `entry '${name}' has cookie ${child.cookie} after ${last}`);
      last = child.cookie;
      names.set(child.inode, (names.get(child.inode) ?? 0) + 1);
      if ((child.inode.mode & S_IFMT) === S_IFDIR) {
        subdirectories++;
        expect(child instanceof DirectoryDentry, `directory '${name}' has no place for entries`);
        visit(child as DirectoryDentry);
      }
    }
    const { inode } = directory;
    if (directory !== fs.root || (inode.flags & S_DEAD) === 0) {
      expect(inode.nlink === subdirectories + 2, `directory '${directory.name}': ${inode.nlink} links, ${subdirectories} subdirectories`);
    }
    expect(
      directory.removed.length === negative,
      `directory '${directory.name}': ${directory.removed.length} removed entries counted, ${negative} there`,
    );
    const { entries } = inode as TmpfsDirectory;
    expect(entries === directory.count, `directory '${directory.name}': ${entries} entries counted, ${directory.count} there`);
  };
  visit(fs.root);
  const inodes = new Set<Inode>([fs.root.inode, ...names.keys()]);
  for (const inode of holders.inodes.keys()) if (inode.fs === fs) inodes.add(inode);
  let pages = 0;
  let charged = 0;
  let removed = 0;
  for (const inode of inodes) {
    const isDirectory = inode instanceof TmpfsDirectory;
    const count = names.get(inode) ?? 0;
    if (!isDirectory) expect(inode.nlink === count, `inode ${inode.ino}: ${inode.nlink} links, ${count} names`);
    charged += 1024 * (isDirectory ? 1 : Math.max(1, inode.nlink));
    for (const [name, value] of inode.extra?.xattrs ?? []) charged += xattrSpace(name, value);
    if (inode.nlink === 0) removed++;
    if (inode instanceof TmpfsRegular) pages += inode.content?.pages ?? 0;
    else if (inode instanceof TmpfsSymlink) pages += inode.pages;
  }
  expect(fs.removed === removed, `${fs.removed} inodes without a name counted, ${removed} there`);
  expect(fs.pages.used === pages, `${fs.pages.used} pages charged, ${pages} there`);
  expect(fs.inodes.used === charged, `${fs.inodes.used} bytes of inodes charged, ${charged} there`);
}
