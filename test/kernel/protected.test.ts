/**
 * fs.protected_* at every setting, by proc_sys_fs(5): the switches are the machine's, so the host is compared at its own only
 * (test/posix/access.test.ts, test/posix/link.test.ts).
 */
import { describe, expect, it } from 'vitest';
import { O_CREAT, O_RDONLY, O_RDWR } from '../../src/abi/fcntl.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { outcome } from '../harness/posix.ts';

/** A sticky directory `s` of user 1000's, of this mode, and the processes of root and three users. */
function setUp(sysctl: object, mode: number): { root: Process; owner: Process; maker: Process; other: Process } {
  const kernel = new Kernel({ bare: true, sysctl });
  const root = kernel.spawn();
  root.mkdir('s', 0o755);
  root.chown('s', 1000, 1000);
  root.chmod('s', mode);
  const user = (uid: number): Process => kernel.spawn({ uid, gid: uid, groups: [1000] });
  return { root, owner: user(1000), maker: user(1001), other: user(1002) };
}

describe('fs.protected_symlinks', () => {
  it.each([
    [0, 0o1777, 'OK'],
    [1, 0o1777, 'EACCES'],
    [1, 0o777, 'OK'],
    [1, 0o1775, 'OK'],
  ] as const)('%d, in a directory of mode %o: %s', (value, mode, expected) => {
    const { root, owner, maker, other } = setUp({ 'fs.protected_symlinks': value }, mode);
    root.close(root.creat('/target', 0o644));
    maker.symlink('/target', 's/l');
    owner.symlink('/target', 's/owners');
    expect(outcome(() => other.open('s/l', O_RDONLY))).toBe(expected);
    expect(outcome(() => root.stat('s/l'))).toBe(expected);
    // The follower's own link, the directory owner's, a link on the way, and the link itself.
    expect(outcome(() => maker.stat('s/l'))).toBe('OK');
    expect(outcome(() => other.stat('s/owners'))).toBe('OK');
    maker.symlink('/', 's/top');
    expect(outcome(() => other.stat('s/top/target'))).toBe('OK');
    expect(outcome(() => other.lstat('s/l'))).toBe('OK');
    expect(outcome(() => other.readlink('s/l'))).toBe('OK');
  });
});

describe('fs.protected_regular', () => {
  it.each([
    [0, 0o1777, 'OK'],
    [1, 0o1777, 'EACCES'],
    [1, 0o1775, 'OK'],
    [2, 0o1777, 'EACCES'],
    [2, 0o1775, 'EACCES'],
    [2, 0o1755, 'OK'],
    [2, 0o777, 'OK'],
  ] as const)('%d, in a directory of mode %o: %s', (value, mode, expected) => {
    const { root, owner, maker, other } = setUp({ 'fs.protected_regular': value }, mode);
    root.close(root.creat('s/f', 0o666));
    root.chmod('s/f', 0o666);
    root.chown('s/f', 1001, 1001);
    root.close(root.creat('s/owners', 0o666));
    root.chmod('s/owners', 0o666);
    root.chown('s/owners', 1000, 1000);
    expect(outcome(() => other.open('s/f', O_CREAT | O_RDWR, 0o644))).toBe(expected);
    expect(outcome(() => owner.open('s/f', O_CREAT | O_RDWR, 0o644))).toBe(expected);
    expect(outcome(() => root.open('s/f', O_CREAT | O_RDWR, 0o644))).toBe(expected);
    expect(outcome(() => maker.open('s/f', O_CREAT | O_RDWR, 0o644))).toBe('OK');
    expect(outcome(() => other.open('s/owners', O_CREAT | O_RDWR, 0o644))).toBe('OK');
    expect(outcome(() => other.open('s/f', O_RDWR))).toBe('OK');
  });
});

describe('fs.protected_hardlinks', () => {
  it.each([
    [0, 'OK'],
    [1, 'EPERM'],
  ] as const)('%d: %s', (value, expected) => {
    const { root, owner, other } = setUp({ 'fs.protected_hardlinks': value }, 0o777);
    for (const [name, mode] of [
      ['readable', 0o644],
      ['setuid', 0o4777],
      ['setgid', 0o2777],
      ['writable', 0o666],
      ['setgid-only', 0o2767],
    ] as const) {
      root.close(root.creat(`s/${name}`, 0o600));
      root.chmod(`s/${name}`, mode);
    }
    for (const name of ['readable', 'setuid', 'setgid'])
      expect(
        outcome(() => other.link(`s/${name}`, `s/${name}2`)),
        name,
      ).toBe(expected);
    for (const name of ['writable', 'setgid-only'])
      expect(
        outcome(() => other.link(`s/${name}`, `s/${name}2`)),
        name,
      ).toBe('OK');
    root.chown('s/readable', 1000, 1000);
    expect(outcome(() => owner.link('s/readable', 's/own'))).toBe('OK');
    expect(outcome(() => root.link('s/setuid', 's/roots'))).toBe('OK');
  });
});

it('the switches are 1, 1, 1 and 2 unless told otherwise', () => {
  const { sysctl } = new Kernel({ bare: true });
  const names = ['fs.protected_symlinks', 'fs.protected_hardlinks', 'fs.protected_fifos', 'fs.protected_regular'] as const;
  expect(names.map((name) => sysctl[name])).toEqual([1, 1, 1, 2]);
});
