import { closeSync, fstatSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import koffi from 'koffi';
import { FileContent, type PageBudget } from '../../src/fs/tmpfs/content.ts';
import { ContentMemory } from '../../src/fs/tmpfs/memory.ts';

const TMPFS_MAGIC = 0x01021994;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const PAGE = 4096;
const WINDOW = 65536;

const unlimited: PageBudget = { charge: () => true, uncharge: () => {}, available: () => Infinity, memory: new ContentMemory() };

function onTmpfs(): boolean {
  try {
    return process.platform === 'linux' && statfsSync('/dev/shm').type === TMPFS_MAGIC;
  } catch {
    return false;
  }
}

const offset = fc
  .tuple(fc.constantFrom(0, 0, 1, 2, 3, 2 ** 20), fc.nat(17), fc.constantFrom(-1, 0, 1, 60, 2000))
  .map(([window, page, byte]) => Math.max(0, window * WINDOW + page * PAGE + byte));
const length = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, WINDOW, 100000));
const name = fc.constantFrom('write', 'write', 'write', 'append', 'truncate', 'allocate', 'keep', 'punch');

describe.runIf(onTmpfs())('FileContent beside the kernel', () => {
  let directory = '';
  let seek: (fd: number, offset: number, whence: number) => number;
  let fallocate: (fd: number, mode: number, offset: number, length: number) => number;

  beforeAll(() => {
    directory = mkdtempSync('/dev/shm/tuxfs-');
    const libc = koffi.load(null);
    seek = libc.func('int64_t lseek(int fd, int64_t offset, int whence)');
    fallocate = libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('gives the same bytes, size, blocks, holes and data', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name, offset, length }), { maxLength: 25 }), (operations) => {
        const path = `${directory}/file`;
        const fd = openSync(path, 'w+');
        unlinkSync(path);
        try {
          const file = new FileContent();
          let value = 0;
          // The deviation fallocate-twice: a page that fallocate reserves a second time is data for Linux, which initialises it then
          // ("goto clear" in shmem_get_folio_gfp). Here it stays a hole, because it still takes no memory.
          let reservedTwice = false;
          for (const { name, offset, length } of operations) {
            value = (value % 255) + 1;
            if (name === 'write' || name === 'append') {
              const at = name === 'write' ? offset : file.size;
              const from = new Uint8Array(length).fill(value);
              expect(file.write(from, at, unlimited)).toBe(writeSync(fd, from, 0, length, at));
            } else if (name === 'truncate') {
              file.truncate(offset, unlimited);
              ftruncateSync(fd, offset);
            } else if (name === 'punch') {
              file.punch(offset, length, unlimited);
              expect(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length)).toBe(0);
            } else {
              const reserved = file.more?.reserved.overlap(Math.floor(offset / PAGE), Math.ceil((offset + length) / PAGE)) ?? 0;
              reservedTwice ||= reserved > 0;
              file.allocate(offset, length, name === 'keep', unlimited);
              expect(fallocate(fd, name === 'keep' ? FALLOC_FL_KEEP_SIZE : 0, offset, length)).toBe(0);
            }
            const stat = fstatSync(fd);
            expect([file.size, file.pages * 8]).toEqual([stat.size, stat.blocks]);
            for (const at of [0, PAGE, WINDOW, offset, offset + length, file.size - 1]) {
              if (at < 0 || reservedTwice) continue;
              expect([at, file.seekData(at), file.seekHole(at)]).toEqual([
                at,
                Number(seek(fd, at, SEEK_DATA)),
                Number(seek(fd, at, SEEK_HOLE)),
              ]);
            }
            for (const at of [0, Math.max(0, offset - PAGE - 30)]) {
              const ours = new Uint8Array(length + 2 * PAGE + WINDOW).fill(0xee);
              const theirs = new Uint8Array(ours);
              expect(file.read(ours, at)).toBe(readSync(fd, theirs, 0, theirs.length, at));
              expect(Buffer.compare(ours, theirs)).toBe(0);
            }
          }
        } finally {
          closeSync(fd);
        }
      }),
      { numRuns: 300 },
    );
  });
});
