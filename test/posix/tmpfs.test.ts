import { AT_EMPTY_PATH, AT_FDCWD, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, O_CREAT, O_RDWR, O_TMPFILE } from '../../src/abi/fcntl.ts';
import { MS_BIND, MS_NODEV, MS_NOSUID, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { bytes, list, permissions, readAll, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

const PAGE = 4096;
const tmpfs = (p: Process, options: string): void => {
  p.mkdir('m', 0o755);
  p.mount('t', 'm', 'tmpfs', 0, options);
};
const remount = (p: Process, options: string): void => p.mount(null, 'm', null, MS_REMOUNT, options);
const create = (p: Process, path: string): number => p.open(path, O_CREAT | O_RDWR, 0o644);
const limits = (p: Process): number[] => {
  const { blocks, files } = p.statfs('m');
  return [blocks, files];
};

posix('tmpfs(5), options', (t) => {
  t.each(
    [
      ['size=8192', [2, undefined]],
      ['size=8193', [3, undefined]],
      ['size=1', [1, undefined]],
      ['size=64k', [16, undefined]],
      ['size=1M', [256, undefined]],
      ['size=1g', [262144, undefined]],
      ['nr_blocks=7', [7, undefined]],
      ['nr_blocks=2k', [2048, undefined]],
      ['nr_inodes=10', [undefined, 10]],
      ['nr_inodes=1k', [undefined, 1024]],
      ['size=4096,size=8192', [2, undefined]],
      ['size=8192,nr_blocks=5', [5, undefined]],
      ['size=0', [0, undefined]],
      ['nr_inodes=0', [undefined, 0]],
      ['size=0x2000', [2, undefined]],
      ['size=020000', [2, undefined]],
    ] as const,
    '%s',
    (p, options, [blocks, files]) => {
      tmpfs(p, options);
      const found = limits(p);
      if (blocks !== undefined) expect(found[0]).toBe(blocks);
      if (files !== undefined) expect(found[1]).toBe(files);
    },
  );
  t.each(
    [
      ['size=x'],
      ['size='],
      ['size'],
      ['size=1z'],
      ['size=10%%'],
      ['nr_blocks=10%'],
      ['nr_inodes=10%'],
      ['mode=8'],
      ['mode=x'],
      ['mode='],
      ['uid=x'],
      ['gid=-2'],
      ['unknown'],
      ['unknown=1'],
      ['size=1,bad'],
      ['huge=bad'],
    ] as const,
    'EINVAL: %s',
    (p, options) => {
      p.mkdir('m', 0o755);
      expectErrno('EINVAL', () => p.mount('t', 'm', 'tmpfs', 0, options));
      expect(p.statfs('m').bfree).toBe(p.statfs('/').bfree);
    },
  );
  t.it('empty options and commas are nothing', (p) => {
    tmpfs(p, ',,size=8192,,');
    expect(limits(p)[0]).toBe(2);
  });
  t.it('mode, uid and gid are the root’s', (p) => {
    tmpfs(p, 'mode=2750,uid=5,gid=6');
    expect([permissions(p, 'm'), p.stat('m').uid, p.stat('m').gid]).toEqual(['2750', 5, 6]);
    p.mkdir('n', 0o755);
    p.mount('t', 'n', 'tmpfs', 0, null);
    expect([permissions(p, 'n'), p.stat('n').uid]).toEqual(['1777', 0]);
    p.mkdir('o', 0o755);
    p.mount('t', 'o', 'tmpfs', 0, 'mode=17777');
    expect(permissions(p, 'o')).toBe('7777');
  });
  t.it('remount changes the limits, down to what is used', (p) => {
    tmpfs(p, 'size=16384,nr_inodes=5,mode=0755');
    p.write(create(p, 'm/f'), new Uint8Array(3 * PAGE));
    remount(p, 'size=12288');
    expect(limits(p)).toEqual([3, 5]);
    expectErrno('EINVAL', () => remount(p, 'size=8192'));
    expectErrno('EINVAL', () => remount(p, 'nr_inodes=1'));
    remount(p, 'nr_inodes=2');
    expect(limits(p)).toEqual([3, 2]);
    expectErrno('EINVAL', () => remount(p, 'bad'));
    remount(p, 'mode=0700,uid=9');
    expect([permissions(p, 'm'), p.stat('m').uid]).toEqual(['0755', 0]);
    remount(p, 'size=0,nr_inodes=0');
    expect(limits(p)).toEqual([0, 0]);
    expectErrno('EINVAL', () => remount(p, 'size=1m'));
    expectErrno('EINVAL', () => remount(p, 'nr_inodes=1000'));
  });
});

posix('tmpfs(5), space', (t) => {
  t.it('a write that runs out is short, the next is ENOSPC, and nothing written is lost', (p) => {
    tmpfs(p, 'size=8192');
    const fd = create(p, 'm/f');
    expect(p.write(fd, new Uint8Array(3 * PAGE).fill(65))).toBe(2 * PAGE);
    expectErrno('ENOSPC', () => p.write(fd, bytes('x')));
    expect(p.fstat(fd).size).toBe(2 * PAGE);
    expect(p.pwrite(fd, bytes('overwrite'), 100)).toBe(9);
    const into = new Uint8Array(2 * PAGE);
    expect(p.pread(fd, into, 0)).toBe(2 * PAGE);
    expect([into[0], into[100], into[2 * PAGE - 1]]).toEqual([65, 111, 65]);
  });
  t.it('statfs counts pages; truncate, punch and unlink give them back', (p) => {
    tmpfs(p, 'size=40960');
    const free = (): number => p.statfs('m').bfree;
    expect([free(), p.statfs('m').bavail, p.statfs('m').blocks]).toEqual([10, 10, 10]);
    const fd = create(p, 'm/f');
    p.write(fd, new Uint8Array(PAGE + 1));
    expect(free()).toBe(8);
    p.pwrite(fd, bytes('x'), 9 * PAGE);
    expect(free()).toBe(7);
    p.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE);
    expect(free()).toBe(8);
    p.ftruncate(fd, 1);
    expect(free()).toBe(10);
    p.pwrite(fd, new Uint8Array(3 * PAGE), 0);
    p.unlink('m/f');
    expect(free()).toBe(7);
    p.close(fd);
    expect(free()).toBe(10);
  });
  t.it('a hole, a longer size and small metadata cost nothing', (p) => {
    tmpfs(p, 'size=4096');
    const fd = create(p, 'm/f');
    p.ftruncate(fd, 2 ** 40);
    p.mkdir('m/d', 0o755);
    p.symlink('x'.repeat(127), 'm/l');
    expect(p.statfs('m').bfree).toBe(1);
    p.symlink('x'.repeat(128), 'm/long');
    expect(p.statfs('m').bfree).toBe(0);
    expectErrno('ENOSPC', () => p.symlink('x'.repeat(128), 'm/more'));
    expectErrno('ENOSPC', () => p.pwrite(fd, bytes('x'), 0));
    expect(list(p, 'm')).toEqual(['d', 'f', 'l', 'long']);
  });
  t.it('fallocate: ENOSPC leaves nothing allocated', (p) => {
    tmpfs(p, 'size=40960');
    const fd = create(p, 'm/f');
    p.pwrite(fd, bytes('x'), 0);
    expectErrno('ENOSPC', () => p.fallocate(fd, 0, 0, 11 * PAGE));
    expectErrno('ENOSPC', () => p.fallocate(fd, 0, 5 * PAGE, 10 * PAGE));
    expect([p.statfs('m').bfree, p.fstat(fd).size, p.fstat(fd).blocks]).toEqual([9, 1, 8]);
    p.fallocate(fd, 0, 0, 10 * PAGE);
    expect(p.statfs('m').bfree).toBe(0);
    expect(readAll(p, fd, 1)).toBe('x');
  });
});

posix('tmpfs(5), inodes', (t) => {
  t.it('the root is one; ENOSPC when none is free', (p) => {
    tmpfs(p, 'nr_inodes=3');
    expect(p.statfs('m').ffree).toBe(2);
    create(p, 'm/a');
    p.mkdir('m/b', 0o755);
    for (const call of [
      () => create(p, 'm/c'),
      () => p.mkdir('m/c', 0o755),
      () => p.symlink('x', 'm/c'),
      () => p.mknod('m/c', 0o10644, 0),
      () => p.open('m', O_TMPFILE | O_RDWR, 0o644),
    ]) {
      expect(outcome(call)).toBe('ENOSPC');
    }
    expect([list(p, 'm'), p.stat('m').nlink, p.stat('m').size]).toEqual([['a', 'b'], 3, 80]);
    p.unlink('m/a');
    p.rmdir('m/b');
    expect(p.statfs('m').ffree).toBe(1);
  });
  t.it('a hard link is charged one too', (p) => {
    tmpfs(p, 'nr_inodes=4');
    create(p, 'm/a');
    p.link('m/a', 'm/b');
    expect(p.statfs('m').ffree).toBe(1);
    p.link('m/a', 'm/c');
    expectErrno('ENOSPC', () => p.link('m/a', 'm/d'));
    p.unlink('m/a');
    expect(p.statfs('m').ffree).toBe(1);
    p.rename('m/b', 'm/e');
    expect(p.statfs('m').ffree).toBe(1);
  });
  t.it('the first link of O_TMPFILE is free', (p) => {
    tmpfs(p, 'nr_inodes=4');
    const fd = p.open('m', O_TMPFILE | O_RDWR, 0o644);
    expect(p.statfs('m').ffree).toBe(2);
    p.linkat(fd, '', AT_FDCWD, 'm/a', AT_EMPTY_PATH);
    expect(p.statfs('m').ffree).toBe(2);
    p.linkat(fd, '', AT_FDCWD, 'm/b', AT_EMPTY_PATH);
    expect(p.statfs('m').ffree).toBe(1);
    p.unlink('m/a');
    p.unlink('m/b');
    p.close(fd);
    expect(p.statfs('m').ffree).toBe(3);
  });
  t.it('replacing by rename gives one back', (p) => {
    tmpfs(p, 'nr_inodes=4');
    p.close(create(p, 'm/a'));
    p.close(create(p, 'm/b'));
    p.rename('m/a', 'm/b');
    expect(p.statfs('m').ffree).toBe(2);
  });
});

posix('statfs(2)', (t) => {
  t.it('tells type, block size, name length and the mount’s flags', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_NODEV | MS_NOSUID, 'size=1m,nr_inodes=100');
    const s = p.statfs('m');
    expect([s.type, s.bsize, s.frsize, s.namelen, s.blocks, s.bfree, s.bavail, s.files, s.ffree]).toEqual([
      0x01021994, 4096, 4096, 255, 256, 256, 256, 100, 99,
    ]);
    expect(s.flags).toBe(0x20 | 0x1000 | 2 | 4);
    p.mount(null, 'm', null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
    expect(p.statfs('m').flags).toBe(0x20 | 0x1000 | 1);
    expect(p.fstatfs(p.open('m', 0)).blocks).toBe(256);
  });
  t.it('ENOENT, ENOTDIR, EACCES, EBADF', (p) => {
    writeFile(p, 'f');
    expectErrno('ENOENT', () => p.statfs('no'));
    expectErrno('ENOTDIR', () => p.statfs('f/x'));
    expectErrno('EBADF', () => p.fstatfs(99));
    t.user(1000).statfs('f');
  });
});
