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

/** A directory keeps the places of this many removed names, or of a sixteenth of those it has. */
const MAX_NEGATIVE = 64;

/** A name that is not there. Linux: a dentry without an inode. */
export interface NegativeDentry {
  readonly name: string;
  readonly cookie: number;
}

/** A directory's dentry: it has the names. */
export class DirectoryDentry extends Dentry {
  /**
   * The names in the order of their cookies; made on the first child. A number is a negative dentry: a name that was removed, whose place is
   * kept because it may come back, by its index in `removed`. (The engine's Map leaves a deleted key in its bucket until it rehashes, so a
   * name that comes and goes in a large directory would be found behind all its earlier selves.) Read it through `child` and `dentries`.
   */
  children: Map<string, Dentry | number> | null;
  /** The largest so far. With each entry that comes or is put in another's place it grows. */
  lastCookie: number;
  /** The removed names whose places are kept. */
  removed: NegativeDentry[];
  /** The children in cookie order with holes for removed ones; made when a listing first resumes in the middle. */
  order: DirectoryOrder | null;
  /** Looked-up filesystems: how many hold this dentry in place. */
  pins: number;

  constructor(name: string, parent: DirectoryDentry | null, inode: Inode) {
    super(name, parent, inode);
    this.children = null;
    this.lastCookie = 2;
    this.removed = [];
    this.order = null;
    this.pins = 0;
  }

  /** How many entries there are. */
  get count(): number {
    return this.children === null ? 0 : this.children.size - this.removed.length;
  }

  /** The entry called `name`. */
  child(name: string): Dentry | undefined {
    if (this.children === null) return undefined;
    const found = this.children.get(name);
    return typeof found === 'object' ? found : undefined;
  }

  /** The entries there are now, in the order of their cookies. */
  dentries(): Dentry[] {
    this.prune();
    return this.children === null ? [] : [...(this.children as Map<string, Dentry>).values()];
  }

  /** Their names, without a look at them. */
  names(): string[] {
    this.prune();
    return this.children === null ? [] : [...this.children.keys()];
  }

  /** Enters `dentry` under its name: where the name was before, or at the end. `lastCookie` grows in any case, so that with `count` it tells of every change. */
  add(dentry: Dentry): void {
    this.children ??= new Map();
    dentry.cookie = ++this.lastCookie;
    if (this.removed.length !== 0 && this.#revive(dentry)) return;
    this.children.set(dentry.name, dentry);
    this.order?.append(dentry);
  }

  #revive(dentry: Dentry): boolean {
    const { name } = dentry;
    const children = this.children as Map<string, Dentry | number>;
    const index = children.get(name);
    if (typeof index !== 'number') return false;
    const { cookie } = this.removed[index] as NegativeDentry;
    const last = this.removed.pop() as NegativeDentry;
    if (last.name !== name) {
      this.removed[index] = last;
      children.set(last.name, index);
    }
    if (this.order !== null && !this.order.put(cookie, dentry)) {
      children.delete(name);
      return false;
    }
    dentry.cookie = cookie;
    children.set(name, dentry);
    return true;
  }

  remove(dentry: Dentry): void {
    if ((this.flags & DCACHE_LOOKED_UP) !== 0) {
      this.children?.delete(dentry.name);
      return;
    }
    this.children?.set(dentry.name, this.removed.length);
    this.order?.remove(dentry);
    const kept = this.removed.push({ name: dentry.name, cookie: dentry.cookie });
    if (kept > MAX_NEGATIVE && kept * 16 > this.count) this.prune();
  }

  /** No entries any more. */
  clear(): void {
    this.children = null;
    this.removed.length = 0;
    this.order = null;
  }

  /** Forgets the removed names. Linux: shrink_dcache_parent(). */
  prune(): void {
    for (const { name } of this.removed) this.children?.delete(name);
    this.removed.length = 0;
  }

  /** `dentry` takes the place of the entry called `name`, whose cookie is given. */
  put(name: string, dentry: Dentry, cookie: number): void {
    this.lastCookie++;
    dentry.cookie = cookie;
    this.children?.set(name, dentry);
    this.order?.put(cookie, dentry);
  }

  /** The entries with cookies greater than `after`, in order; entries made or removed meanwhile are seen or not, each at most once. */
  entriesAfter(after: number): Iterator<Dentry | number> {
    if (this.children === null) return [][Symbol.iterator]();
    if (after <= 2) return this.children.values();
    if (this.order === null) {
      this.order = new DirectoryOrder();
      for (const child of this.dentries()) this.order.append(child);
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

  /** `dentry` takes the place with that cookie. False: it is no longer kept. */
  put(cookie: number, dentry: Dentry): boolean {
    const index = this.#find(cookie);
    if (this.#cookies[index] !== cookie) return false;
    if (this.#slots[index] === null) this.#dead--;
    this.#slots[index] = dentry;
    return true;
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
    if (current.parent.child(current.name) === current) current.parent.children?.delete(current.name);
    current = current.parent;
  }
}
