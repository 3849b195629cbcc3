import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../../src/abi/assert.ts';
import { dispose } from '../../src/abi/dispose.ts';
import {
  DT_CHR,
  DT_DIR,
  isCharDevice,
  isDirectory,
  major,
  makedev,
  minor,
  modeToDt,
  S_IFCHR,
  S_IFDIR,
  Stat,
  Statfs,
} from '../../src/abi/stat.ts';
import { compare, fromMilliseconds, toMilliseconds } from '../../src/abi/time.ts';

describe('makedev(3)', () => {
  it('lays small numbers out as the old 16 bits', () => expect(makedev(1, 3)).toBe(0x103));
  it('fills 32 bits with the largest numbers of Linux', () => expect(makedev(0xfff, 0xfffff)).toBe(0xffffffff));
  it.each([
    [136, 300, 0x10882c],
    [0, 0x100, 0x100000],
    [0x1000, 0, 2 ** 44],
    [0, 0xffffffff, 0xffffff000ff],
  ])('puts %d, %d where glibc does', (M, m, dev) => expect(makedev(M, m)).toBe(dev));
  it('is undone by major and minor', () => {
    fc.assert(
      fc.property(fc.nat(0x1fffff), fc.nat(0xffffffff), (M, m) => {
        const dev = makedev(M, m);
        expect([major(dev), minor(dev)]).toEqual([M, m]);
      }),
    );
  });
});

describe('st_mode', () => {
  it('has the type of a directory entry in it', () => {
    expect(modeToDt(S_IFCHR | 0o666)).toBe(DT_CHR);
    expect(modeToDt(S_IFDIR | 0o1777)).toBe(DT_DIR);
  });
  it('is of one type', () => {
    expect(isDirectory(S_IFDIR | 0o755)).toBe(true);
    expect(isCharDevice(S_IFDIR | 0o755)).toBe(false);
  });
});

describe('Stat and Statfs', () => {
  it('hold numbers only, and share nothing', () => {
    expect(Object.values(new Stat()).every((value) => value === 0)).toBe(true);
    expect(new Statfs().fsid).not.toBe(new Statfs().fsid);
  });
});

describe('Timespec', () => {
  it('keeps the nanosecond field positive before 1970', () => {
    expect(fromMilliseconds(-1)).toEqual({ sec: -1, nsec: 999_000_000 });
    expect(fromMilliseconds(1.5)).toEqual({ sec: 0, nsec: 1_500_000 });
    expect(fromMilliseconds(999.999_999_9)).toEqual({ sec: 1, nsec: 0 });
  });
  it('goes to milliseconds and back', () => {
    fc.assert(
      fc.property(fc.integer(), (ms) => {
        expect(toMilliseconds(fromMilliseconds(ms))).toBe(ms);
      }),
    );
  });
  it('orders by second, then by nanosecond', () => {
    expect(compare({ sec: 1, nsec: 0 }, { sec: 0, nsec: 999_999_999 })).toBeGreaterThan(0);
    expect(compare({ sec: 1, nsec: 0 }, { sec: 1, nsec: 1 })).toBeLessThan(0);
    expect(compare({ sec: 1, nsec: 1 }, { sec: 1, nsec: 1 })).toBe(0);
  });
});

describe('assert', () => {
  it('throws an Error with a stack', () => {
    expect(() => assert(true)).not.toThrow();
    expect(() => assert(false, 'nlink > 0')).toThrow('nlink > 0');
  });
});

describe('dispose', () => {
  it('is the symbol of `using` where the runtime has one', () => expect(dispose).toBe(Symbol.dispose ?? Symbol.for('Symbol.dispose')));
});
