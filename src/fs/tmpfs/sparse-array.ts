/**
 * An array with gaps, indexed by any safe integer. Linux: the xarray that holds a file's page cache.
 *
 * A tree with 64 slots per node that grows upward as larger indices come: one entry at 2^37 costs a handful of
 * nodes, a dense run costs one slot per entry, and the next entry after an index is found without a scan.
 */
export class SparseArray<T> {
  count: number;
  /** Levels of nodes; 0 while empty. */
  height: number;
  /** Indices below this fit the present height: 64 ** height. */
  span: number;
  root: Node<T>;

  constructor() {
    this.count = 0;
    this.height = 0;
    this.span = 1;
    this.root = new Node<T>();
  }

  get(index: number): T | undefined {
    if (index >= this.span || this.height === 0) return undefined;
    let node: Node<T> | undefined = this.root;
    let level = this.height - 1;
    // Above 2^30 the bitwise operators would cut the index, so the upper levels divide.
    for (; level >= 5; level--) {
      node = node.slots[Math.floor(index / 64 ** level) % 64] as Node<T> | undefined;
      if (node === undefined) return undefined;
    }
    const low = index % 0x40000000;
    for (; level > 0; level--) {
      node = node.slots[(low >>> (6 * level)) & 63] as Node<T> | undefined;
      if (node === undefined) return undefined;
    }
    return node.slots[low & 63] as T | undefined;
  }

  set(index: number, value: T): void {
    while (this.height === 0 || index >= this.span) this.grow();
    let node = this.root;
    for (let level = this.height - 1; level > 0; level--) {
      const slot = Math.floor(index / 64 ** level) % 64;
      let below = node.slots[slot] as Node<T> | undefined;
      if (below === undefined) {
        below = new Node<T>();
        node.put(slot, below);
      }
      node = below;
    }
    if (node.slots[index % 64] === undefined) this.count++;
    node.put(index % 64, value);
  }

  delete(index: number): void {
    if (index >= this.span || this.height === 0) return;
    if (!remove(this.root, this.height - 1, index)) return;
    this.count--;
    if (this.count === 0) {
      this.height = 0;
      this.span = 1;
      this.root = new Node<T>();
    }
  }

  /** The smallest index at or above `index` that has an entry, or -1. */
  next(index: number): number {
    if (index >= this.span || this.height === 0) return -1;
    return seek(this.root, this.height - 1, index);
  }

  private grow(): void {
    if (this.height > 0) {
      const above = new Node<T>();
      above.put(0, this.root);
      this.root = above;
    }
    this.height++;
    this.span *= 64;
  }
}

/** Linux: struct xa_node. Slots of the lowest level hold entries, those above hold nodes. */
class Node<T> {
  used: number;
  slots: (T | Node<T> | undefined)[];

  constructor() {
    this.used = 0;
    this.slots = [];
  }

  put(slot: number, value: T | Node<T>): void {
    // Filled in order from the start, so that the engine keeps an array without a hash table.
    while (this.slots.length <= slot) this.slots.push(undefined);
    if (this.slots[slot] === undefined) this.used++;
    this.slots[slot] = value;
  }
}

function remove<T>(node: Node<T>, level: number, index: number): boolean {
  const slot = level === 0 ? index % 64 : Math.floor(index / 64 ** level) % 64;
  const entry = node.slots[slot];
  if (entry === undefined) return false;
  if (level > 0) {
    const below = entry as Node<T>;
    if (!remove(below, level - 1, index)) return false;
    if (below.used > 0) return true;
  }
  node.slots[slot] = undefined;
  node.used--;
  return true;
}

function seek<T>(node: Node<T>, level: number, index: number): number {
  const width = 64 ** level;
  const first = Math.floor(index / width) % 64;
  for (let slot = first; slot < node.slots.length; slot++) {
    const entry = node.slots[slot];
    if (entry === undefined) continue;
    // Within the first slot the search starts at `index`; within a later one at its beginning.
    const from = slot === first ? index : Math.floor(index / (width * 64)) * (width * 64) + slot * width;
    if (level === 0) return from;
    const found = seek(entry as Node<T>, level - 1, from);
    if (found >= 0) return found;
  }
  return -1;
}
