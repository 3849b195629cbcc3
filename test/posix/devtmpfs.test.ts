/**
 * devtmpfs as users meet it, on both kernels.
 *
 * The host's is the one that the host lives with: a case makes and changes things only in a directory of its own there, which goes
 * whatever happens, and never remounts it or touches a node that it finds.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { O_CREAT, O_RDWR } from '../../src/abi/fcntl.ts';
import { MS_BIND, MS_NODEV, MS_RDONLY } from '../../src/abi/mount.ts';
import { makedev, S_IFCHR, S_IFDIR, TMPFS_MAGIC } from '../../src/abi/stat.ts';
import { expect, expectErrno, type Process, posix } from '../harness/posix.ts';

/** A name in /dev that nobody else has. */
const OWN = `tuxfs-test-${process.pid}`;

beforeAll(() => {
  // What a run that was killed left behind.
  for (const name of readdirSync('/dev')) {
    const pid = /^tuxfs-test-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(`/dev/${name}`, { recursive: true, force: true });
  }
});

afterAll(() => {
  rmSync(`/dev/${OWN}`, { recursive: true, force: true });
});

posix('devtmpfs', (t) => {
  function mounted(p: Process, flags = 0): void {
    p.mkdir('dev', 0o700);
    p.mount('', 'dev', 'devtmpfs', flags, null);
  }

  /** Runs with a directory of the case's own in the shared tree, which is gone afterwards. */
  function withOwn(p: Process, body: (own: string) => void): void {
    mounted(p);
    const own = `dev/${OWN}`;
    p.mkdir(own, 0o755);
    try {
      body(own);
    } finally {
      for (const name of ['node', 'file', 'dir/node']) try_(() => p.unlink(`${own}/${name}`));
      try_(() => p.rmdir(`${own}/dir`));
      p.rmdir(own);
    }
  }

  function try_(call: () => void): void {
    try {
      call();
    } catch {
      // It is not there.
    }
  }

  t.it('is a tmpfs with a root of 0:0, 0755, whatever was mounted over', (p) => {
    mounted(p);
    expect(p.statfs('dev').type).toBe(TMPFS_MAGIC);
    expect(p.stat('dev')).toMatchObject({ uid: 0, gid: 0, mode: S_IFDIR | 0o755 });
  });
  t.it('is the same filesystem wherever it is mounted', (p) => {
    withOwn(p, (own) => {
      p.mkdir('again', 0o700);
      p.mount('none', 'again', 'devtmpfs', 0, null);
      expect(p.stat('again').dev).toBe(p.stat('dev').dev);
      expect(p.stat('again').ino).toBe(p.stat('dev').ino);
      expect(p.stat(`again/${OWN}`).ino).toBe(p.stat(own).ino);
      p.umount('again');
    });
  });
  t.it('keeps what users make when it is unmounted', (p) => {
    withOwn(p, (own) => {
      p.close(p.open(`${own}/file`, O_CREAT | O_RDWR, 0o600));
      p.umount('dev');
      p.mount('', 'dev', 'devtmpfs', 0, null);
      expect(p.stat(`${own}/file`).size).toBe(0);
    });
  });
  t.it('EBUSY: mounted twice on one place', (p) => {
    mounted(p);
    expectErrno('EBUSY', () => p.mount('', 'dev', 'devtmpfs', 0, null));
    // From the second name of the place too.
    p.mkdir('bound', 0o700);
    p.mount('dev', 'bound', null, MS_BIND, null);
    expectErrno('EBUSY', () => p.mount('', 'bound', 'devtmpfs', 0, null));
  });
  t.each([['nonsense'], ['size=big'], ['mode=9'], ['uid=x']], 'EINVAL: option %s', (p, data) => {
    p.mkdir('dev', 0o700);
    expectErrno('EINVAL', () => p.mount('', 'dev', 'devtmpfs', 0, data));
  });
  t.it('EPERM: an ordinary user mounts nothing', (p) => {
    p.mkdir('dev', 0o777);
    expectErrno('EPERM', () => t.user(1000).mount('', 'dev', 'devtmpfs', 0, null));
  });
  t.it('ENODEV: there is no type dev', (p) => {
    p.mkdir('dev', 0o777);
    expectErrno('ENODEV', () => p.mount('', 'dev', 'dev', 0, null));
  });
  t.it('a read-only mount leaves the others as they are', (p) => {
    withOwn(p, (own) => {
      p.mkdir('again', 0o700);
      p.mount('', 'again', 'devtmpfs', MS_RDONLY, null);
      expectErrno('EROFS', () => p.mkdir(`again/${OWN}/dir`, 0o755));
      p.mkdir(`${own}/dir`, 0o755);
      p.umount('again');
    });
  });
  t.it('EACCES: a node on a nodev mount', (p) => {
    withOwn(p, (own) => {
      p.mknod(`${own}/node`, S_IFCHR | 0o666, makedev(1, 3));
      p.close(p.open(`${own}/node`, O_RDWR));
      p.mkdir('again', 0o700);
      p.mount('', 'again', 'devtmpfs', MS_NODEV, null);
      expectErrno('EACCES', () => p.open(`again/${OWN}/node`, O_RDWR));
      p.umount('again');
    });
  });
  t.it('EPERM: a user without CAP_MKNOD makes no node, not even in a directory of theirs', (p) => {
    withOwn(p, (own) => {
      p.mkdir(`${own}/dir`, 0o755);
      p.chown(`${own}/dir`, 1000, 1000);
      const user = t.user(1000);
      expectErrno('EPERM', () => user.mknod(`${own}/dir/node`, S_IFCHR | 0o666, makedev(1, 3)));
      expectErrno('EACCES', () => user.mkdir(`${own}/no`, 0o755));
    });
  });
});
