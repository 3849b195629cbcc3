import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { FileContent, type PageBudget } from '../../src/fs/tmpfs/content.ts';
import { ContentMemory } from '../../src/fs/tmpfs/memory.ts';

const PAGE = 4096;
const WINDOW = 65536;

class Budget implements PageBudget {
  limit: number;
  used: number;
  readonly memory: ContentMemory;

  constructor(limit: number = Infinity) {
    this.limit = limit;
    this.used = 0;
    this.memory = new ContentMemory();
  }

  charge(pages: number): boolean {
    if (this.used + pages > this.limit) return false;
    this.used += pages;
    return true;
  }

  uncharge(pages: number): void {
    this.used -= pages;
  }

  available(): number {
    return this.limit - this.used;
  }
}

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** What a read at `offset` gives, into a buffer that was not empty. */
function readAt(file: FileContent, offset: number, length: number): number[] {
  const into = bytes(length, 0xee);
  const count = file.read(into, offset);
  return [...into.subarray(0, count)];
}

/** Pages as a plain map, written to be obviously right. */
class Model {
  size = 0;
  data = new Map<number, Uint8Array>();
  reserved = new Set<number>();
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  pages(): number {
    return this.data.size + this.reserved.size;
  }

  write(from: Uint8Array, offset: number): number {
    for (let i = 0; i < from.length; i++) {
      const at = offset + i;
      const page = Math.floor(at / PAGE);
      if (!this.data.has(page)) {
        if (!this.reserved.delete(page) && this.pages() >= this.limit) return i;
        this.data.set(page, new Uint8Array(PAGE));
      }
      (this.data.get(page) as Uint8Array)[at % PAGE] = from[i] as number;
      this.size = Math.max(this.size, at + 1);
    }
    return from.length;
  }

  at(offset: number): number {
    return this.data.get(Math.floor(offset / PAGE))?.[offset % PAGE] ?? 0;
  }

  wipe(start: number, end: number): void {
    for (const [page, content] of this.data) {
      const low = Math.max(start - page * PAGE, 0);
      const high = Math.min(end - page * PAGE, PAGE);
      if (low === 0 && high === PAGE) this.data.delete(page);
      else if (high > low) content.fill(0, low, high);
    }
    for (const page of this.reserved) {
      if (page * PAGE >= start && (page + 1) * PAGE <= end) this.reserved.delete(page);
    }
  }

  truncate(size: number): void {
    if (size <= this.size) {
      this.wipe(size, Math.ceil(size / PAGE) * PAGE);
      this.wipe(Math.ceil(size / PAGE) * PAGE, Infinity);
    }
    this.size = size;
  }

  allocate(offset: number, length: number, keepSize: boolean): boolean {
    const fresh: number[] = [];
    for (let page = Math.floor(offset / PAGE); page * PAGE < offset + length; page++) {
      if (!this.data.has(page) && !this.reserved.has(page)) fresh.push(page);
    }
    if (fresh.length + this.pages() > this.limit) return false;
    for (const page of fresh) this.reserved.add(page);
    if (!keepSize) this.size = Math.max(this.size, offset + length);
    return true;
  }

  seek(offset: number, data: boolean): number {
    if (offset >= this.size) return -1;
    let page = Math.floor(offset / PAGE);
    const last = Math.floor((this.size - 1) / PAGE);
    if (data) page = Math.min(...[...this.data.keys()].filter((at) => at >= page));
    else while (this.data.has(page)) page++;
    if (page > last) return data ? -1 : this.size;
    return Math.max(offset, page * PAGE);
  }
}

/** Offsets near the edges of pages and windows, in the first windows and far away. */
const offset = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 2, 3, 70, 2 ** 20, 2 ** 35), fc.nat(17), fc.constantFrom(-1, 0, 1, 40, 60, 2000))
  .map(([window, page, byte]) => Math.max(0, window * WINDOW + page * PAGE + byte));
const length = fc.oneof(
  fc.nat(100),
  fc.constantFrom(PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 5000),
  fc.constantFrom(WINDOW, 2 * WINDOW, 150000),
);
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('write' as const), offset, length }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('append' as const), offset, length }) },
  fc.record({ op: fc.constant('truncate' as const), offset, length }),
  fc.record({ op: fc.constant('allocate' as const), offset, length }),
  fc.record({ op: fc.constant('keep' as const), offset, length }),
  fc.record({ op: fc.constant('punch' as const), offset, length }),
);

describe('FileContent', () => {
  it('is as a map of pages after any operations', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), fc.constantFrom(Infinity, 5, 40), (operations, limit) => {
        const budget = new Budget(limit);
        budget.memory.spare.push(bytes(WINDOW, 0xaa));
        const file = new FileContent();
        const model = new Model(limit);
        let value = 0;
        for (const { op, offset, length } of operations) {
          value = (value % 255) + 1;
          if (op === 'write') expect(file.write(bytes(length, value), offset, budget)).toBe(model.write(bytes(length, value), offset));
          if (op === 'append')
            expect(file.write(bytes(length, value), file.size, budget)).toBe(model.write(bytes(length, value), model.size));
          if (op === 'truncate') {
            file.truncate(offset, budget);
            model.truncate(offset);
          }
          if (op === 'punch') {
            file.punch(offset, length, budget);
            model.wipe(offset, offset + length);
          }
          if (length > 0 && (op === 'allocate' || op === 'keep')) {
            expect(file.allocate(offset, length, op === 'keep', budget)).toBe(model.allocate(offset, length, op === 'keep'));
          }
          expect([file.size, file.pages, budget.used]).toEqual([model.size, model.pages(), model.pages()]);
          for (const at of [0, offset, offset + length, Math.max(0, offset - WINDOW)]) {
            expect([file.seekData(at), file.seekHole(at)]).toEqual([model.seek(at, true), model.seek(at, false)]);
          }
          // Around the place, which operations before it may have left in any state.
          const start = Math.max(0, offset - PAGE - 30);
          const into = bytes(length + 2 * PAGE, 0xee);
          const count = file.read(into, start);
          expect(count).toBe(Math.max(0, Math.min(into.length, model.size - start)));
          for (let i = 0; i < count; i++)
            if (into[i] !== model.at(start + i)) expect([start + i, into[i]]).toEqual([start + i, model.at(start + i)]);
        }
        file.release(budget);
        expect([file.size, file.pages, budget.used]).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
  });

  describe('write', () => {
    it('takes a page for one byte', () => {
      const budget = new Budget();
      const file = new FileContent();
      expect(file.write(bytes(1, 7), 0, budget)).toBe(1);
      expect([file.size, file.pages, budget.used]).toEqual([1, 1, 1]);
    });

    it('beyond the end leaves zeros between', () => {
      const budget = new Budget();
      const file = new FileContent();
      file.write(bytes(3, 1), 0, budget);
      file.write(bytes(1, 2), 6, budget);
      expect(readAt(file, 0, 100)).toEqual([1, 1, 1, 0, 0, 0, 2]);
    });

    it('reads zeros where a longer file ended before', () => {
      const budget = new Budget();
      const file = new FileContent();
      file.write(bytes(100000, 1), 0, budget);
      file.truncate(70000, budget);
      file.truncate(70003, budget);
      expect(readAt(file, 69999, 10)).toEqual([1, 0, 0, 0]);
      file.truncate(2, budget);
      file.write(bytes(1, 2), 4, budget);
      expect(readAt(file, 0, 10)).toEqual([1, 1, 0, 0, 2]);
    });

    it('is short where the filesystem is full, and 0 when nothing fits', () => {
      const budget = new Budget(20);
      const file = new FileContent();
      expect(file.write(bytes(30 * PAGE, 1), 100, budget)).toBe(20 * PAGE - 100);
      expect([file.size, file.pages]).toEqual([20 * PAGE, 20]);
      expect(file.write(bytes(1, 1), file.size, budget)).toBe(0);
      expect(file.write(bytes(50, 2), 0, budget)).toBe(50);
      expect(file.size).toBe(20 * PAGE);
    });

    it('takes what fallocate reserved when nothing else is left', () => {
      const budget = new Budget(4);
      const file = new FileContent();
      expect(file.allocate(PAGE, 2 * PAGE, false, budget)).toBe(true);
      expect(file.write(bytes(10 * PAGE, 1), 0, budget)).toBe(4 * PAGE);
      expect([file.pages, budget.used]).toEqual([4, 4]);
    });

    it('holds a byte at 2^50 and little more', () => {
      const budget = new Budget();
      const file = new FileContent();
      expect(file.write(bytes(1, 9), 2 ** 50, budget)).toBe(1);
      expect([file.size, file.pages]).toEqual([2 ** 50 + 1, 1]);
      expect(file.seekData(0)).toBe(2 ** 50);
      expect(file.seekHole(0)).toBe(0);
      expect(readAt(file, 2 ** 50 - 2, 10)).toEqual([0, 0, 9]);
    });
  });

  describe('memory', () => {
    it('of a file written once is what the file holds', () => {
      const file = new FileContent();
      file.write(bytes(100, 1), 0, new Budget());
      expect(file.head.length).toBe(100);
      file.truncate(0, new Budget());
      file.write(bytes(25 * PAGE, 1), 0, new Budget());
      expect([file.head.length, file.more?.windows.get(1)?.bytes.length]).toEqual([WINDOW, 9 * PAGE]);
    });

    it('of one page far away is one page', () => {
      const file = new FileContent();
      file.write(bytes(10, 1), 5 * WINDOW + 3 * PAGE, new Budget());
      expect(file.more?.windows.get(5)?.bytes.length).toBe(PAGE);
    });

    it('of windows goes to the next file, as zeros', () => {
      const budget = new Budget();
      const file = new FileContent();
      file.write(bytes(4 * WINDOW, 5), 0, budget);
      file.truncate(0, budget);
      expect(budget.memory.spare.length).toBe(4);
      expect([file.head.length, file.more]).toEqual([0, null]);
      const next = new FileContent();
      for (let at = 0; at <= WINDOW; at += PAGE / 2) {
        next.write(bytes(1, 6), at, budget);
        if (at < WINDOW) next.truncate(at + PAGE / 2, budget);
      }
      expect(readAt(next, WINDOW - PAGE / 2, PAGE).filter((byte) => byte !== 0)).toEqual([6, 6]);
      expect(budget.memory.spare.length).toBe(2);
    });

    it('of a small file serves the next of its size, as zeros', () => {
      const budget = new Budget();
      const file = new FileContent();
      file.write(bytes(100, 5), 0, budget);
      const head = file.head;
      file.truncate(0, budget);
      expect(file.head.length).toBe(0);
      file.write(bytes(10, 6), 90, budget);
      expect(file.head).toBe(head);
      expect(readAt(file, 88, 4)).toEqual([0, 0, 6, 6]);
    });

    it('is shared by small files, each with its own part', () => {
      const budget = new Budget();
      const files = Array.from({ length: 100 }, () => new FileContent());
      for (const [i, file] of files.entries()) file.write(bytes(500 + i, i), 0, budget);
      expect(new Set(files.map((file) => file.head.buffer)).size).toBe(1);
      for (const [i, file] of files.entries()) {
        expect(readAt(file, 0, 1000)).toEqual([...bytes(500 + i, i)]);
      }
    });

    it('returns when all but a page is punched out', () => {
      const budget = new Budget();
      const file = new FileContent();
      file.write(bytes(2 * WINDOW, 5), 0, budget);
      file.punch(PAGE, WINDOW + 3 * PAGE, budget);
      file.punch(WINDOW + 6 * PAGE, 10 * PAGE, budget);
      expect([file.head.length, file.more?.windows.get(1)?.bytes.length]).toEqual([PAGE, 2 * PAGE]);
      expect(file.pages).toBe(3);
      expect(readAt(file, WINDOW + 6 * PAGE - 1, 2)).toEqual([5, 0]);
    });

    it('of a terabyte of fallocate is nothing', () => {
      const budget = new Budget();
      const file = new FileContent();
      expect(file.allocate(0, 2 ** 40, false, budget)).toBe(true);
      expect(file.pages).toBe(2 ** 28);
      file.truncate(1, budget);
      expect(budget.used).toBe(1);
    });
  });

  describe('allocate', () => {
    it('takes all pages or none', () => {
      const budget = new Budget(10);
      const file = new FileContent();
      file.write(bytes(1, 1), 3 * PAGE, budget);
      file.allocate(0, 2 * PAGE, true, budget);
      expect(file.allocate(0, 12 * PAGE, false, budget)).toBe(false);
      expect([file.size, file.pages, budget.used]).toEqual([3 * PAGE + 1, 3, 3]);
      expect(file.allocate(0, 10 * PAGE, false, budget)).toBe(true);
      expect([file.size, budget.used]).toEqual([10 * PAGE, 10]);
    });

    it('beyond the end stays when the file grows and goes when it is truncated to its own size', () => {
      const budget = new Budget();
      const file = new FileContent();
      file.write(bytes(5000, 1), 0, budget);
      file.allocate(0, 8 * PAGE, true, budget);
      file.truncate(6000, budget);
      expect(file.pages).toBe(8);
      file.truncate(6000, budget);
      expect(file.pages).toBe(2);
    });
  });
});
