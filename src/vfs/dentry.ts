/**
 * A name in a directory. Linux: struct dentry.
 *
 * For memory filesystems the tree of dentries *is* the directory: an entry lives here until it is unlinked. A dentry whose
 * directory was removed may still be someone's cwd.
 */
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';

/** Removed from its directory. */
export const DCACHE_UNHASHED: number = 1 << 0;
/** Something is mounted here, in some namespace. Linux: DCACHE_MOUNTED. */
export const DCACHE_MOUNTED: number = 1 << 1;
/** Belongs to a looked-up filesystem: ask the inode. */
export const DCACHE_LOOKED_UP: number = 1 << 2;

export class Dentry {
  name: string;
  /** The directory this name is in; the root's parent is itself. Kept after removal, for `..` of a removed directory. */
  parent: DirectoryDentry;
  inode: Inode;
  /** DCACHE_* bits. Zero for an ordinary entry, which is what the walk tests. */
  flags: number;
  /** Position in its directory: greater than that of every entry made before it. */
  cookie: number;

  constructor(name: string, parent: DirectoryDentry | null, inode: Inode) {
    this.name = name;
    this.parent = parent ?? (this as unknown as DirectoryDentry);
    this.inode = inode;
    this.flags = inode.fs.pinned ? 0 : DCACHE_LOOKED_UP;
    this.cookie = 0;
  }
}

/** A directory's dentry: it has the names. */
export class DirectoryDentry extends Dentry {
  /** Made on the first child. */
  children: Map<string, Dentry> | null;
  lastCookie: number;
  /** The children in cookie order with holes for removed ones; made when a listing first resumes in the middle. */
  order: DirectoryOrder | null;
  /** Looked-up filesystems: how many hold this dentry in place. */
  pins: number;

  constructor(name: string, parent: DirectoryDentry | null, inode: Inode) {
    super(name, parent, inode);
    this.children = null;
    this.lastCookie = 2;
    this.order = null;
    this.pins = 0;
  }

  /** Enters `dentry` under its name, at the end, or at the place of the entry that it replaces. */
  add(dentry: Dentry): void {
    this.children ??= new Map();
    dentry.cookie = ++this.lastCookie;
    this.children.set(dentry.name, dentry);
    this.order?.append(dentry);
  }

  remove(dentry: Dentry): void {
    this.children?.delete(dentry.name);
    this.order?.remove(dentry);
  }

  /** `dentry` takes the place of the entry called `name`, whose cookie is given. */
  put(name: string, dentry: Dentry, cookie: number): void {
    dentry.cookie = cookie;
    this.children?.set(name, dentry);
    this.order?.put(cookie, dentry);
  }

  /** The entries with cookies greater than `after`, in order; entries made or removed meanwhile are seen or not, each at most once. */
  entriesAfter(after: number): Iterator<Dentry> {
    if (this.children === null) return [][Symbol.iterator]();
    if (after <= 2) return this.children.values();
    if (this.order === null) {
      this.order = new DirectoryOrder();
      for (const child of this.children.values()) this.order.append(child);
    }
    return this.order.after(after);
  }
}

/** The entries of one directory in cookie order, so that a listing resumes by binary search. */
export class DirectoryOrder {
  #slots: (Dentry | null)[] = [];
  #cookies: number[] = [];
  #dead = 0;

  append(dentry: Dentry): void {
    this.#slots.push(dentry);
    this.#cookies.push(dentry.cookie);
  }

  remove(dentry: Dentry): void {
    const index = this.#find(dentry.cookie);
    if (this.#slots[index] !== dentry) return;
    this.#slots[index] = null;
    this.#dead++;
    if (this.#dead > 32 && this.#dead * 2 > this.#slots.length) this.#compact();
  }

  put(cookie: number, dentry: Dentry): void {
    const index = this.#find(cookie);
    if (this.#cookies[index] === cookie) this.#slots[index] = dentry;
  }

  *after(cookie: number): Generator<Dentry, undefined> {
    let last = cookie;
    let index = this.#find(cookie + 1);
    while (index < this.#slots.length) {
      const dentry = this.#slots[index];
      const at = this.#cookies[index] as number;
      if (dentry !== null && dentry !== undefined) {
        last = at;
        yield dentry;
        // A compaction may have moved the slots while we were away.
        if (this.#cookies[index] !== at) index = this.#find(last + 1) - 1;
      }
      index++;
    }
    return undefined;
  }

  /** The first index whose cookie is at least `cookie`. */
  #find(cookie: number): number {
    let low = 0;
    let high = this.#cookies.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cookies[middle] as number) < cookie) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    const slots: (Dentry | null)[] = [];
    const cookies: number[] = [];
    for (let index = 0; index < this.#slots.length; index++) {
      const dentry = this.#slots[index];
      if (dentry === null || dentry === undefined) continue;
      slots.push(dentry);
      cookies.push(this.#cookies[index] as number);
    }
    this.#slots = slots;
    this.#cookies = cookies;
    this.#dead = 0;
  }
}

/** A dentry as seen through a mount. Linux: struct path. */
export class VirtualDentry {
  readonly mount: Mount;
  readonly dentry: Dentry;

  constructor(mount: Mount, dentry: Dentry) {
    this.mount = mount;
    this.dentry = dentry;
  }

  get inode(): Inode {
    return this.dentry.inode;
  }

  equals(other: VirtualDentry): boolean {
    return this.mount === other.mount && this.dentry === other.dentry;
  }
}

/**
 * Holds a place: an open file, a cwd, a root, a mount point. The mount stays busy, the inode alive, and a looked-up
 * dentry in its directory, so that everyone who walks there meets the same one.
 */
export function hold(at: VirtualDentry): void {
  at.mount.users++;
  at.dentry.inode.opens++;
  if ((at.dentry.flags & DCACHE_LOOKED_UP) !== 0) pin(at.dentry);
}

export function release(at: VirtualDentry): void {
  if ((at.dentry.flags & DCACHE_LOOKED_UP) !== 0) unpin(at.dentry);
  const inode = at.dentry.inode;
  inode.opens--;
  if (inode.opens === 0 && inode.nlink === 0) inode.fs.vfs.inodeGone(inode, at.dentry);
  at.mount.users--;
  if (at.mount.users === 0 && at.mount.namespace === null) at.mount.fs.vfs.mountGone(at.mount);
}

/** Keeps a looked-up dentry, and the directories above it, where walks find it. */
export function pin(dentry: Dentry): void {
  if ((dentry.flags & DCACHE_LOOKED_UP) === 0) return;
  let current = dentry as DirectoryDentry;
  for (;;) {
    current.pins++;
    if (current.pins > 1 || current.parent === current) return;
    // What was removed is held all the same, but no walk may find it.
    if ((current.flags & DCACHE_UNHASHED) === 0) {
      current.parent.children ??= new Map();
      current.parent.children.set(current.name, current);
    }
    current = current.parent;
  }
}

export function unpin(dentry: Dentry): void {
  if ((dentry.flags & DCACHE_LOOKED_UP) === 0) return;
  let current = dentry as DirectoryDentry;
  for (;;) {
    current.pins--;
    if (current.pins > 0 || current.parent === current) return;
    if (current.parent.children?.get(current.name) === current) current.parent.children.delete(current.name);
    current = current.parent;
  }
}
