/**
 * Large numbers of what there is usually little of: every operation goes on working, in a time that does not grow with the number.
 *
 * The limits on time are far above what is measured, and far below what a cost that grows with the number would take.
 */
import { describe, expect, it } from 'vitest';
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDONLY, O_WRONLY, SEEK_SET } from '../../src/abi/fcntl.ts';
import { CLONE_NEWNS, MNT_DETACH, MS_BIND, MS_REC } from '../../src/abi/mount.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { checkInvariants } from '../../src/testing/invariants.ts';

function seconds(call: () => void): number {
  const start = performance.now();
  call();
  return (performance.now() - start) / 1000;
}

function bare(sysctl = {}): { kernel: Kernel; p: Process } {
  const kernel = new Kernel({ bare: true, sysctl });
  return { kernel, p: kernel.spawn() };
}

describe('10,000 mounts', () => {
  const COUNT = 10_000;

  /** Side by side in one directory. */
  function many(): { kernel: Kernel; p: Process } {
    const { kernel, p } = bare();
    p.mkdir('/m', 0o755);
    for (let i = 0; i < COUNT; i++) {
      p.mkdir(`/m/${i}`, 0o755);
      p.mount('none', `/m/${i}`, 'tmpfs', 0, 'size=4k');
    }
    return { kernel, p };
  }

  it('are walked, shown, copied and unmounted', () => {
    const { kernel, p } = many();
    expect(
      seconds(() => {
        for (let i = 0; i < COUNT; i++) p.stat(`/m/${i}/..`);
      }),
    ).toBeLessThan(2);
    p.mkdir('/proc', 0o555);
    p.mount('proc', '/proc', 'proc', 0, null);
    const fd = p.open('/proc/mounts', O_RDONLY);
    const into = new Uint8Array(4 << 20);
    let text = '';
    expect(
      seconds(() => {
        text = new TextDecoder().decode(into.subarray(0, p.read(fd, into)));
      }),
    ).toBeLessThan(5);
    expect(text.split('\n')).toHaveLength(COUNT + 3);
    p.close(fd);
    const other = p.fork();
    expect(seconds(() => other.unshare(CLONE_NEWNS))).toBeLessThan(5);
    other.umount(`/m/${COUNT - 1}`);
    expect(p.stat(`/m/${COUNT - 1}`).dev).not.toBe(p.stat('/m').dev);
    other.exit();
    expect(
      seconds(() => {
        for (let i = 0; i < COUNT; i++) p.umount(`/m/${i}`);
      }),
    ).toBeLessThan(5);
    p.umount('/proc');
    expect(p.namespace.mounts.size).toBe(1);
    checkInvariants(kernel);
  });

  it('stop at fs.mount-max', () => {
    const { p } = bare({ 'fs.mount-max': 5 });
    p.mkdir('/m', 0o755);
    for (let i = 1; i < 5; i++) p.mount('none', '/m', 'tmpfs', 0, null);
    expect(() => p.mount('none', '/m', 'tmpfs', 0, null)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    p.umount('/m');
    p.mount('none', '/m', 'tmpfs', 0, null);
  });

  it('on one mount point are a stack', () => {
    const { kernel, p } = bare();
    p.mkdir('/m', 0o755);
    for (let i = 0; i < 1000; i++) p.mount('none', '/m', 'tmpfs', 0, null);
    expect(p.stat('/m/..').ino).toBe(p.stat('/').ino);
    for (let i = 0; i < 1000; i++) p.umount('/m');
    expect(p.stat('/m').dev).toBe(p.stat('/').dev);
    checkInvariants(kernel);
  });
});

describe('a deep tree of mounts', () => {
  it('each in the one before, moved, detached at once', () => {
    const { kernel, p } = bare();
    const DEPTH = 1000;
    p.mkdir('/m', 0o755);
    p.mkdir('/n', 0o755);
    p.chdir('/m');
    for (let i = 0; i < DEPTH; i++) {
      p.mount('none', '.', 'tmpfs', 0, null);
      // The mount is on what we stand in, and not what we stand in.
      p.chdir(`${p.getcwd()}`);
      p.mkdir('d', 0o755);
      p.chdir('d');
    }
    expect(p.getcwd()).toBe(`/m${'/d'.repeat(DEPTH)}`);
    p.stat('../'.repeat(DEPTH));
    p.chdir('/');
    p.umount2('/m', MNT_DETACH);
    expect(p.namespace.mounts.size).toBe(1);
    checkInvariants(kernel);
  });

  it('doubled by recursive binds', () => {
    const { kernel, p } = bare();
    p.mkdir('/t', 0o755);
    p.mount('none', '/t', 'tmpfs', 0, null);
    // Each copy holds the copies made before it: twice as many mounts each time.
    const TIMES = 12;
    for (let i = 0; i < TIMES; i++) p.mkdir(`/t/${i}`, 0o755);
    expect(
      seconds(() => {
        for (let i = 0; i < TIMES; i++) p.mount('/t', `/t/${i}`, null, MS_BIND | MS_REC, null);
      }),
    ).toBeLessThan(10);
    expect(p.namespace.mounts.size).toBe(1 + 2 ** TIMES);
    expect(p.stat(`/t/${Array.from({ length: TIMES }, (_, i) => TIMES - 1 - i).join('/')}`).dev).toBe(p.stat('/t').dev);
    p.umount2('/t', MNT_DETACH);
    expect(p.namespace.mounts.size).toBe(1);
    checkInvariants(kernel);
  });
});

describe('a directory of many entries', () => {
  const COUNT = 1_000_000;

  it('is filled, listed, resumed, renamed in and emptied', { timeout: 120_000 }, () => {
    const { p } = bare();
    p.mkdir('/d', 0o755);
    p.chdir('/d');
    const made = seconds(() => {
      for (let i = 0; i < COUNT; i++) p.mknod(`f${i}`, 0o100644, 0);
    });
    expect(made).toBeLessThan(30);
    expect(p.stat('/d').size).toBe(20 * (COUNT + 2));
    const fd = p.open('/d', O_RDONLY | O_DIRECTORY);
    let count = 0;
    let middle = 0;
    for (let part = p.getdents(fd, 1 << 16); part.length > 0; part = p.getdents(fd, 1 << 16)) {
      count += part.length;
      if (count < COUNT / 2) middle = part.at(-1)?.off ?? 0;
    }
    expect(count).toBe(COUNT + 2);
    // To the middle and one entry on, again and again: the first time orders the directory, the others look it up.
    expect(
      seconds(() => {
        for (let i = 0; i < 1000; i++) {
          p.lseek(fd, middle + i, SEEK_SET);
          p.getdents(fd, 64);
        }
      }),
    ).toBeLessThan(5);
    expect(
      seconds(() => {
        for (let i = 0; i < 1000; i++) p.renameat(AT_FDCWD, `f${i * 900}`, AT_FDCWD, `g${i}`);
        for (let i = 0; i < 1000; i++) p.close(p.open(`h${i}`, O_CREAT | O_WRONLY, 0o644));
        for (let i = 0; i < 1000; i++) p.unlink(`h${i}`);
      }),
    ).toBeLessThan(2);
    const removed = seconds(() => {
      for (let i = 0; i < COUNT; i++) p.unlink(i % 900 === 0 && i < 900_000 ? `g${i / 900}` : `f${i}`);
    });
    expect(removed).toBeLessThan(30);
    p.close(fd);
    p.chdir('/');
    p.rmdir('/d');
  });
});
