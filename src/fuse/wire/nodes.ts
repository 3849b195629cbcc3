/**
 * What the kernel knows: nodes by their id, with the number of lookups it still owes us. Linux: struct fuse_inode's nodeid and nlookup.
 *
 * A node is an inode seen through one mount; all names of a file are one node. While the kernel knows it, the inode stays, as an
 * inode in the kernel's own cache would.
 */
import type { VirtualDentry } from '../../vfs/dentry.ts';
import type { Filesystem } from '../../vfs/filesystem.ts';
import type { Inode } from '../../vfs/inode.ts';
import { FUSE_ROOT_ID } from './protocol.ts';

export class Node {
  readonly id: number;
  /** Tells this use of the id from earlier ones. */
  readonly generation: number;
  /** The name it was last reached by. */
  at: VirtualDentry;
  /** Entries given to the kernel and not yet forgotten. */
  lookups: number;
  /** The same inode through another mount. */
  next: Node | null;

  constructor(id: number, generation: number, at: VirtualDentry) {
    this.id = id;
    this.generation = generation;
    this.at = at;
    this.lookups = 0;
    this.next = null;
  }
}

export class NodeTable {
  #nodes: (Node | undefined)[];
  /** Ids that were forgotten, and the generation of their next use. */
  #free: number[];
  #generations: number[];
  #byInode: Map<Inode, Node>;
  #instances: WeakMap<Filesystem, number>;
  #nextInstance: number;

  constructor(root: VirtualDentry) {
    const node = new Node(FUSE_ROOT_ID, 0, root);
    // The kernel never forgets the root.
    node.lookups = 1;
    this.#nodes = [undefined, node];
    this.#generations = [0, 0];
    this.#free = [];
    this.#byInode = new Map([[root.inode, node]]);
    this.#instances = new WeakMap([[root.inode.fs, 0]]);
    this.#nextInstance = 1;
    root.inode.opens++;
  }

  get size(): number {
    return this.#nodes.length - 1 - this.#free.length;
  }

  get(id: number): Node | undefined {
    return this.#nodes[id];
  }

  /** The node of a place, if the kernel knows it. */
  find(at: VirtualDentry): Node | undefined {
    let node: Node | null | undefined = this.#byInode.get(at.inode);
    while (node !== undefined && node !== null && node.at.mount !== at.mount) node = node.next;
    return node ?? undefined;
  }

  /** The nodes of an inode, whatever the mount. */
  ofInode(inode: Inode): Node | undefined {
    return this.#byInode.get(inode);
  }

  /** The kernel is about to be told of a place: one more lookup. */
  enter(at: VirtualDentry): Node {
    const inode = at.inode;
    const first = this.#byInode.get(inode);
    let node: Node | null = first ?? null;
    while (node !== null && node.at.mount !== at.mount) node = node.next;
    if (node === null) {
      const id = this.#free.pop() ?? this.#nodes.length;
      node = new Node(id, this.#generations[id] ?? 0, at);
      node.next = first ?? null;
      this.#nodes[id] = node;
      this.#byInode.set(inode, node);
      inode.opens++;
    } else if (node.at.dentry !== at.dentry) node.at = at;
    node.lookups++;
    return node;
  }

  /** The kernel dropped `count` lookups. Counts that were never given are ignored. */
  forget(id: number, count: number): void {
    const node = this.#nodes[id];
    if (node === undefined || id === FUSE_ROOT_ID) return;
    node.lookups -= count;
    if (node.lookups <= 0) this.#drop(node);
  }

  /** The kernel is gone: so is all it knew. */
  clear(): void {
    for (const node of this.#nodes) if (node !== undefined) this.#drop(node);
  }

  /** Inode numbers are unique in the mount: which instance of a filesystem it is stands above the inode's own number. */
  instance(fs: Filesystem): number {
    let instance = this.#instances.get(fs);
    if (instance === undefined) {
      instance = this.#nextInstance++;
      this.#instances.set(fs, instance);
    }
    return instance;
  }

  #drop(node: Node): void {
    const inode = node.at.inode;
    this.#nodes[node.id] = undefined;
    this.#generations[node.id] = node.generation + 1;
    this.#free.push(node.id);
    const first = this.#byInode.get(inode) as Node;
    if (first === node) {
      if (node.next === null) this.#byInode.delete(inode);
      else this.#byInode.set(inode, node.next);
    } else {
      let before = first;
      while (before.next !== null && before.next !== node) before = before.next;
      before.next = node.next;
    }
    inode.opens--;
    if (inode.opens === 0 && inode.nlink === 0) inode.fs.vfs.inodeGone(inode, node.at.dentry);
  }
}
