import { PAGE_SIZE } from '../../abi/limits.ts';
import { type ContentMemory, WINDOW_SIZE } from './memory.ts';
import { PageRanges } from './page-ranges.ts';
import { SparseArray } from './sparse-array.ts';

const WINDOW_PAGES = 16;
/** Below this a loop over the bytes is faster than subarray and set. */
const SHORT_COPY = 48;

const NOTHING: Uint8Array = new Uint8Array(0);

/** What a file takes from its filesystem: pages of 4096 bytes of its size, and memory. Linux: shmem_inode_acct_blocks. */
export interface PageBudget {
  /** All of `pages`, or none and false. */
  charge(pages: number): boolean;
  uncharge(pages: number): void;
  /** Pages left, Infinity when unlimited. */
  available(): number;
  readonly memory: ContentMemory;
}

/**
 * The bytes of one regular file. Linux: the page cache of a shmem inode (mm/shmem.c).
 *
 * The first 64 KiB are one buffer that is as long as it has to be and doubles; what lies above is in windows of
 * 64 KiB that are found by their index, so growing never copies more than a window and a hole costs nothing.
 * Pages are counted as Linux counts them: one exists, and is charged, once a write touched any byte of it or
 * fallocate(2) reserved it. The memory held is at most 16 times those pages (one page at the end of a window).
 *
 * In every buffer, bytes of pages that do not exist and bytes beyond the end of the file are zero: a read is a copy
 * that asks no bitmap.
 *
 * FALLOC_FL_ZERO_RANGE, COLLAPSE_RANGE, INSERT_RANGE and UNSHARE_RANGE are absent, as in Linux's tmpfs (EOPNOTSUPP).
 */
export class FileContent {
  /** i_size. */
  size: number;
  /** Pages of 4096 bytes that are charged; st_blocks is 8 times this. */
  pages: number;
  /** Bytes 0 to head.length of the file, at most one window. */
  head: Uint8Array;
  /** Which pages of the first window exist, one bit each. */
  headPages: number;
  /** What most files lack. */
  more: More | null;

  constructor() {
    this.size = 0;
    this.pages = 0;
    this.head = NOTHING;
    this.headPages = 0;
    this.more = null;
  }

  /** Fills `into` from `offset` and returns how many bytes that were: 0 at or after the end of the file. */
  read(into: Uint8Array, offset: number): number {
    const size = this.size;
    if (offset >= size) return 0;
    const count = into.length <= size - offset ? into.length : size - offset;
    const head = this.head;
    if (offset + count <= head.length) copy(into, 0, head, offset, count);
    else readWindows(this, into, offset, count);
    return count;
  }

  /**
   * Writes `from` at `offset`, page by page as generic_perform_write does: where the budget ends the count is short,
   * and 0 when not one byte had a page (ENOSPC, if there was a byte to write).
   */
  write(from: Uint8Array, offset: number, budget: PageBudget): number {
    const count = from.length;
    const end = offset + count;
    if (end <= this.head.length && count > 0) {
      const pages = pageBits(offset, end);
      if ((this.headPages & pages) === pages) {
        copy(this.head, offset, from, 0, count);
        if (end > this.size) this.size = end;
        return count;
      }
    }
    return writeWindows(this, from, offset, budget);
  }

  /** ftruncate(2). Growing costs nothing; otherwise every page after the new end goes, also what fallocate reserved. */
  truncate(size: number, budget: PageBudget): void {
    if (size <= this.size) {
      const page = Math.ceil(size / PAGE_SIZE);
      zero(this, size, page * PAGE_SIZE);
      dropPages(this, page, Infinity, budget);
    }
    this.size = size;
  }

  /**
   * fallocate(2) with mode 0 or FALLOC_FL_KEEP_SIZE: all pages or none and false (ENOSPC). The pages are charged but
   * stay holes for lseek(2), as in Linux, and take no memory before they are written. Deviation: Linux makes data of
   * pages that are reserved a second time.
   */
  allocate(offset: number, length: number, keepSize: boolean, budget: PageBudget): boolean {
    const end = Math.ceil((offset + length) / PAGE_SIZE);
    const more = this.more ?? new More();
    const holes: number[] = [];
    let missing = 0;
    for (let page = nextHole(this, Math.floor(offset / PAGE_SIZE)); page < end; ) {
      const data = nextData(this, page);
      const stop = data < 0 || data > end ? end : data;
      holes.push(page, stop);
      missing += stop - page - more.reserved.overlap(page, stop);
      page = nextHole(this, stop);
    }
    if (missing > 0 && !budget.charge(missing)) return false;
    this.more = more;
    this.pages += missing;
    for (let i = 0; i < holes.length; i += 2) more.reserved.add(holes[i] as number, holes[i + 1] as number);
    if (!keepSize && offset + length > this.size) this.size = offset + length;
    return true;
  }

  /** fallocate(2) with FALLOC_FL_PUNCH_HOLE: whole pages go, parts of a page become zeros. The size stays. */
  punch(offset: number, length: number, budget: PageBudget): void {
    const end = offset + length;
    const first = Math.ceil(offset / PAGE_SIZE);
    const last = Math.floor(end / PAGE_SIZE);
    if (first > last) {
      zero(this, offset, end);
      return;
    }
    zero(this, offset, first * PAGE_SIZE);
    zero(this, last * PAGE_SIZE, end);
    dropPages(this, first, last, budget);
  }

  /** lseek(2) with SEEK_DATA, by whole pages: -1 (ENXIO) when no page with data follows. */
  seekData(offset: number): number {
    if (offset < 0 || offset >= this.size) return -1;
    const page = nextData(this, Math.floor(offset / PAGE_SIZE));
    if (page < 0 || page * PAGE_SIZE >= this.size) return -1;
    return Math.max(offset, page * PAGE_SIZE);
  }

  /** lseek(2) with SEEK_HOLE: the end of the file is a hole; -1 (ENXIO) there and beyond. */
  seekHole(offset: number): number {
    if (offset < 0 || offset >= this.size) return -1;
    const page = nextHole(this, Math.floor(offset / PAGE_SIZE));
    return Math.min(Math.max(offset, page * PAGE_SIZE), this.size);
  }

  /** The file is gone (evict_inode): every page returns to the filesystem. */
  release(budget: PageBudget): void {
    dropPages(this, 0, Infinity, budget);
    this.size = 0;
    this.head = NOTHING;
    this.more = null;
  }
}

/** The part of a file above its first window, and its reservations. */
class More {
  windows: SparseArray<Window>;
  /** The window used last: sequential access finds it without the tree. */
  lastIndex: number;
  last: Window | undefined;
  reserved: PageRanges;

  constructor() {
    this.windows = new SparseArray<Window>();
    this.lastIndex = 0;
    this.last = undefined;
    this.reserved = new PageRanges();
  }
}

/** 64 KiB of a file. Its buffer covers the pages from `first` on, so that a lonely page costs one page. */
class Window {
  bytes: Uint8Array;
  first: number;
  /** Which pages exist, one bit each. */
  present: number;

  constructor(bytes: Uint8Array, first: number, present: number) {
    this.bytes = bytes;
    this.first = first;
    this.present = present;
  }
}

function findWindow(more: More, index: number): Window | undefined {
  if (more.lastIndex === index && more.last !== undefined) return more.last;
  const window = more.windows.get(index);
  if (window === undefined) return undefined;
  more.lastIndex = index;
  more.last = window;
  return window;
}

function readWindows(file: FileContent, into: Uint8Array, offset: number, count: number): void {
  const more = file.more;
  let done = 0;
  while (done < count) {
    const index = Math.floor((offset + done) / WINDOW_SIZE);
    const start = offset + done - index * WINDOW_SIZE;
    const part = count - done <= WINDOW_SIZE - start ? count - done : WINDOW_SIZE - start;
    if (index === 0) {
      copyOrZero(into, done, file.head, start, part);
    } else {
      const window = more === null ? undefined : findWindow(more, index);
      if (window === undefined) into.fill(0, done, done + part);
      else copyOrZero(into, done, window.bytes, start - window.first * PAGE_SIZE, part);
    }
    done += part;
  }
}

function writeWindows(file: FileContent, from: Uint8Array, offset: number, budget: PageBudget): number {
  const count = from.length;
  let done = 0;
  while (done < count) {
    const index = Math.floor((offset + done) / WINDOW_SIZE);
    const start = offset + done - index * WINDOW_SIZE;
    const part = count - done <= WINDOW_SIZE - start ? count - done : WINDOW_SIZE - start;
    const written =
      index === 0 ? writeHead(file, from, done, start, part, budget) : writeWindow(file, from, done, index, start, part, budget);
    done += written;
    if (written > 0 && offset + done > file.size) file.size = offset + done;
    if (written < part) break;
  }
  return done;
}

/** Writes `part` bytes of `from` into the first window at `start`; fewer when the budget ends. */
function writeHead(file: FileContent, from: Uint8Array, done: number, start: number, part: number, budget: PageBudget): number {
  let head = file.head;
  if (start + part > head.length) {
    const need = start + part;
    // The first write is kept exactly; what grows again will grow more.
    const grown =
      head.length === 0 && need <= PAGE_SIZE
        ? budget.memory.allocateSmall(need, start)
        : newBuffer(Math.min(Math.max(need, 2 * head.length), WINDOW_SIZE), start, need, budget);
    if (grown === undefined) return 0;
    if (head.length > 0) grown.set(head);
    head = grown;
  }
  const pages = pageBits(start, start + part);
  const claimed = (file.headPages & pages) === pages ? pages : claim(file, 0, file.headPages, pages, budget);
  if (claimed === 0) return 0;
  const written = claimed === pages ? part : bytesIn(claimed, start);
  file.head = head;
  file.headPages |= claimed;
  copy(head, start, from, done, written);
  return written;
}

/** The same for a window above the first. */
function writeWindow(
  file: FileContent,
  from: Uint8Array,
  done: number,
  index: number,
  start: number,
  part: number,
  budget: PageBudget,
): number {
  if (file.more === null) file.more = new More();
  const more = file.more;
  const window = findWindow(more, index);
  const pages = pageBits(start, start + part);
  if (window !== undefined && (window.present & pages) === pages) {
    copy(window.bytes, start - window.first * PAGE_SIZE, from, done, part);
    return part;
  }
  const covering = cover(window, start, start + part, done === 0 && file.size === index * WINDOW_SIZE + start, budget);
  if (covering === undefined) return 0;
  const claimed = claim(file, index * WINDOW_PAGES, covering.present, pages, budget);
  if (claimed === 0) return 0;
  const written = claimed === pages ? part : bytesIn(claimed, start);
  covering.present |= claimed;
  copy(covering.bytes, start - covering.first * PAGE_SIZE, from, done, written);
  if (window === undefined) more.windows.set(index, covering);
  return written;
}

/** A window whose buffer covers bytes `start` to `end` of it: the one given, or a new one. */
function cover(window: Window | undefined, start: number, end: number, appends: boolean, budget: PageBudget): Window | undefined {
  const low = start >>> 12;
  const high = (end + PAGE_SIZE - 1) >>> 12;
  if (window === undefined) {
    // Who appends at the start of a window will fill it; other pages get what they ask for.
    const whole = appends && start === 0;
    const first = whole ? 0 : low;
    const length = whole ? WINDOW_SIZE : (high - low) * PAGE_SIZE;
    const bytes = newBuffer(length, start - first * PAGE_SIZE, end - first * PAGE_SIZE, budget);
    return bytes === undefined ? undefined : new Window(bytes, first, 0);
  }
  const pages = window.bytes.length / PAGE_SIZE;
  if (low >= window.first && high <= window.first + pages) return window;
  const first = Math.min(low, window.first);
  const last = Math.min(Math.max(high, first + 2 * pages, window.first + pages), WINDOW_PAGES);
  const bytes = newBuffer((last - first) * PAGE_SIZE, 0, 0, budget);
  if (bytes === undefined) return undefined;
  bytes.set(window.bytes, (window.first - first) * PAGE_SIZE);
  window.bytes = bytes;
  window.first = first;
  return window;
}

/** Zeros, except that bytes `from` to `to` may hold anything where the caller writes them next. Undefined: no memory. */
function newBuffer(length: number, from: number, to: number, budget: PageBudget): Uint8Array | undefined {
  if (length !== WINDOW_SIZE) return budget.memory.allocate(length);
  // Near the limit the write may end early, then the rest of its pages must read as zeros.
  if (budget.available() < WINDOW_PAGES) return budget.memory.allocateWindow(0, 0);
  return budget.memory.allocateWindow(from, to);
}

/**
 * Charges those of `pages` that do not exist yet. Where the budget ends, the answer holds only the pages before the
 * first one that could not be had.
 */
function claim(file: FileContent, base: number, present: number, pages: number, budget: PageBudget): number {
  const missing = pages & ~present;
  const reserved = file.more === null || file.more.reserved.total === 0 ? null : file.more.reserved;
  if (reserved === null) {
    const count = popcount(missing);
    if (budget.charge(count)) {
      file.pages += count;
      return pages;
    }
  }
  let claimed = 0;
  for (let rest = pages; rest !== 0; rest &= rest - 1) {
    const bit = rest & -rest;
    if ((missing & bit) !== 0) {
      const page = base + 31 - Math.clz32(bit);
      // A reserved page is counted already and becomes a page with data.
      if (reserved === null || reserved.remove(page, page + 1) === 0) {
        if (!budget.charge(1)) break;
        file.pages++;
      }
    }
    claimed |= bit;
  }
  return claimed;
}

/** Frees the pages from `start` up to `end`, with their memory where enough is free. */
function dropPages(file: FileContent, start: number, end: number, budget: PageBudget): void {
  if (start >= end || file.pages === 0) return;
  let freed = 0;
  if (start < WINDOW_PAGES && file.headPages !== 0) freed += dropFromHead(file, pageRangeBits(start, end), budget);
  const more = file.more;
  if (more !== null) {
    const windows = more.windows;
    let index = windows.next(Math.floor(start / WINDOW_PAGES));
    for (; index >= 0 && index * WINDOW_PAGES < end; index = windows.next(index + 1)) {
      const window = windows.get(index) as Window;
      const base = index * WINDOW_PAGES;
      freed += dropFromWindow(window, pageRangeBits(start - base, end - base), budget);
      if (window.present === 0) windows.delete(index);
    }
    more.last = undefined;
    freed += more.reserved.remove(start, end);
    if (windows.count === 0 && more.reserved.total === 0) file.more = null;
  }
  file.pages -= freed;
  if (freed > 0) budget.uncharge(freed);
}

function dropFromHead(file: FileContent, pages: number, budget: PageBudget): number {
  const gone = file.headPages & pages;
  if (gone === 0) return 0;
  file.headPages &= ~gone;
  // Bytes after the last page that stays are not needed.
  const needed = (32 - Math.clz32(file.headPages)) * PAGE_SIZE;
  if (needed <= file.head.length / 4) {
    const old = file.head;
    file.head = needed === 0 ? NOTHING : old.slice(0, needed);
    if (needed === 0) budget.memory.free(old);
  }
  zeroPages(file.head, gone, 0);
  return popcount(gone);
}

function dropFromWindow(window: Window, pages: number, budget: PageBudget): number {
  const gone = window.present & pages;
  if (gone === 0) return 0;
  window.present &= ~gone;
  if (window.present === 0) {
    budget.memory.free(window.bytes);
    return popcount(gone);
  }
  const low = 31 - Math.clz32(window.present & -window.present);
  const high = 32 - Math.clz32(window.present);
  if ((high - low) * PAGE_SIZE <= window.bytes.length / 4) {
    window.bytes = window.bytes.slice((low - window.first) * PAGE_SIZE, (high - window.first) * PAGE_SIZE);
    window.first = low;
  }
  zeroPages(window.bytes, gone, window.first);
  return popcount(gone);
}

/** Zeroes the pages of a buffer that begins with page `first` of its window. */
function zeroPages(bytes: Uint8Array, pages: number, first: number): void {
  for (let rest = pages; rest !== 0; rest &= rest - 1) {
    const start = (31 - Math.clz32(rest & -rest) - first) * PAGE_SIZE;
    if (start >= 0 && start < bytes.length) bytes.fill(0, start, start + PAGE_SIZE);
  }
}

/** Zeroes bytes `start` to `end`, which lie in one page, if the page has memory. */
function zero(file: FileContent, start: number, end: number): void {
  if (start >= end) return;
  const index = Math.floor(start / WINDOW_SIZE);
  let base = index * WINDOW_SIZE;
  let bytes: Uint8Array | undefined = file.head;
  if (index > 0) {
    const window = file.more === null ? undefined : findWindow(file.more, index);
    if (window === undefined) return;
    bytes = window.bytes;
    base += window.first * PAGE_SIZE;
  }
  // Before the first byte of the buffer or after its last, fill would count from the end.
  if (start >= base) bytes.fill(0, start - base, end - base);
}

/** The first page at or after `page` that was written, or -1. */
function nextData(file: FileContent, page: number): number {
  if (page < WINDOW_PAGES) {
    const bits = file.headPages & (-1 << page);
    if (bits !== 0) return 31 - Math.clz32(bits & -bits);
  }
  if (file.more === null) return -1;
  const windows = file.more.windows;
  let index = Math.floor(page / WINDOW_PAGES);
  const window = windows.get(index);
  if (window !== undefined) {
    const bits = window.present & (-1 << (page % WINDOW_PAGES));
    if (bits !== 0) return index * WINDOW_PAGES + 31 - Math.clz32(bits & -bits);
  }
  index = windows.next(index + 1);
  if (index < 0) return -1;
  const bits = (windows.get(index) as Window).present;
  return index * WINDOW_PAGES + 31 - Math.clz32(bits & -bits);
}

/** The first page at or after `page` that was never written. */
function nextHole(file: FileContent, page: number): number {
  let at = page;
  for (;;) {
    const index = Math.floor(at / WINDOW_PAGES);
    const present = index === 0 ? file.headPages : (file.more?.windows.get(index)?.present ?? 0);
    const absent = ~present & 0xffff & (-1 << (at % WINDOW_PAGES));
    if (absent !== 0) return index * WINDOW_PAGES + 31 - Math.clz32(absent & -absent);
    at = (index + 1) * WINDOW_PAGES;
  }
}

/** The pages that bytes `start` to `end` of a window touch, one bit each. */
function pageBits(start: number, end: number): number {
  return (2 << ((end - 1) >>> 12)) - (1 << (start >>> 12));
}

/** Pages `start` to `end` of a window; either may lie outside of it. */
function pageRangeBits(start: number, end: number): number {
  const low = Math.max(start, 0);
  const high = Math.min(end, WINDOW_PAGES);
  return low >= high ? 0 : (1 << high) - (1 << low);
}

/** How many bytes from `start` on lie in the pages of `claimed`, a run that holds the page of `start`. */
function bytesIn(claimed: number, start: number): number {
  return (32 - Math.clz32(claimed)) * PAGE_SIZE - start;
}

/** The number of bits set, of 16. */
function popcount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function copy(into: Uint8Array, at: number, from: Uint8Array, start: number, count: number): void {
  if (count < SHORT_COPY) {
    for (let i = 0; i < count; i++) into[at + i] = from[start + i] as number;
  } else if (count === from.length) {
    into.set(from, at);
  } else {
    into.set(from.subarray(start, start + count), at);
  }
}

/** Copies what `from` has of bytes `start` to `start + count`, which may begin before it and end after it. */
function copyOrZero(into: Uint8Array, at: number, from: Uint8Array, start: number, count: number): void {
  if (start >= 0 && start + count <= from.length) {
    copy(into, at, from, start, count);
    return;
  }
  const low = Math.min(Math.max(-start, 0), count);
  const high = Math.max(low, Math.min(count, from.length - start));
  into.fill(0, at, at + low);
  if (high > low) copy(into, at + low, from, start + low, high - low);
  into.fill(0, at + high, at + count);
}
