/**
 * A set of page numbers kept as sorted ranges: the pages that fallocate(2) gave a file and no write has touched yet.
 * Linux: folios that are not up to date. There they take memory at once; here a terabyte is two numbers.
 */
export class PageRanges {
  /** Pages in the set. */
  total: number;
  /** start, end, start, end, …: ascending, disjoint, never adjacent, ends exclusive. */
  bounds: number[];

  constructor() {
    this.total = 0;
    this.bounds = [];
  }

  /** How many pages of [start, end) are in the set. */
  overlap(start: number, end: number): number {
    let pages = 0;
    for (let i = this.upTo(start) & ~1; i < this.bounds.length; i += 2) {
      const low = Math.max(start, this.bounds[i] as number);
      if (low >= end) break;
      pages += Math.max(0, Math.min(end, this.bounds[i + 1] as number) - low);
    }
    return pages;
  }

  add(start: number, end: number): void {
    this.total += end - start - this.overlap(start, end);
    // A range that ends where this one starts, or starts where it ends, becomes part of it.
    const from = this.upTo(start - 1);
    const to = this.upTo(end);
    const edges: number[] = [];
    if (from % 2 === 0) edges.push(start);
    if (to % 2 === 0) edges.push(end);
    this.bounds.splice(from, to - from, ...edges);
  }

  /** Takes [start, end) out and tells how many pages that were. */
  remove(start: number, end: number): number {
    if (this.total === 0) return 0;
    const pages = this.overlap(start, end);
    if (pages === 0) return 0;
    const from = this.upTo(start - 1);
    const to = this.upTo(end);
    const edges: number[] = [];
    if (from % 2 === 1) edges.push(start);
    if (to % 2 === 1) edges.push(end);
    this.bounds.splice(from, to - from, ...edges);
    this.total -= pages;
    return pages;
  }

  /** How many bounds are at or below `page`: odd means that the page is in the set. */
  private upTo(page: number): number {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.bounds[middle] as number) <= page) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
