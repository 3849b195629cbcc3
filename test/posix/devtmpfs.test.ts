/**
 * devtmpfs as any process may mount it. Its one superblock is the machine's live /dev, so on the host a case stays in one directory
 * of its own there, guarded against a crash, and remounts nothing.
 */
import { AT_FDCWD, O_CREAT, O_RDWR } from '../../src/abi/fcntl.ts';
import { MS_BIND, MS_NODEV, MS_RDONLY } from '../../src/abi/mount.ts';
import { makedev, STATX_ATTR_MOUNT_ROOT } from '../../src/abi/stat.ts';
import { bytes, list, permissions, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process, type Suite } from '../harness/posix.ts';

const PREFIX = 'tuxfs-test-';
const own = `dev/${PREFIX}${process.pid}`;

const mount = (p: Process, path: string, options: string | null = null): void => {
  p.mkdir(path, 0o755);
  p.mount('devtmpfs', path, 'devtmpfs', 0, options);
};
/** Mounts it on `dev`, with a directory of the case's own. */
const enter = (t: Suite, p: Process): void => {
  mount(p, 'dev');
  t.guard(`/case/${own}`);
  p.mkdir(own, 0o755);
};

posix('devtmpfs', (t) => {
  t.it('is one filesystem, whoever mounts it and however often', (p) => {
    enter(t, p);
    mount(p, 'again');
    const [a, b] = [p.stat('dev'), p.stat('again')];
    expect([a.dev, a.ino]).toEqual([b.dev, b.ino]);
    writeFile(p, `${own}/f`, 'seen');
    expect(readFile(p, `again/${PREFIX}${process.pid}/f`)).toBe('seen');
    p.umount('dev');
    expect(readFile(p, `again/${PREFIX}${process.pid}/f`)).toBe('seen');
    p.mount('x', 'dev', 'devtmpfs', 0, null);
  });
  t.it('keeps what is in it while nobody has it mounted', (p) => {
    enter(t, p);
    writeFile(p, `${own}/f`, 'kept');
    p.umount('dev');
    p.mount('devtmpfs', 'dev', 'devtmpfs', 0, null);
    expect(readFile(p, `${own}/f`)).toBe('kept');
  });
  t.it('has a root of mode 0755 that is root’s, and says it is a tmpfs', (p) => {
    mount(p, 'dev');
    expect([permissions(p, 'dev'), p.stat('dev').uid, p.stat('dev').gid]).toEqual(['0755', 0, 0]);
    expect(p.statfs('dev').type).toBe(0x01021994);
    expect(p.statx(AT_FDCWD, 'dev', 0, 0).attributes & STATX_ATTR_MOUNT_ROOT).not.toBe(0);
  });
  t.it('looks at options and does not apply them', (p) => {
    mount(p, 'plain');
    const before = p.statfs('plain');
    mount(p, 'dev', 'mode=0700,size=4096,nr_inodes=1,uid=5');
    expect([permissions(p, 'dev'), p.stat('dev').uid, p.statfs('dev').blocks, p.statfs('dev').files]).toEqual([
      '0755',
      0,
      before.blocks,
      before.files,
    ]);
    p.mkdir('bad', 0o755);
    for (const options of ['nonsense', 'size=x', 'mode=9']) expectErrno('EINVAL', () => p.mount('d', 'bad', 'devtmpfs', 0, options));
  });
  t.it('needs CAP_SYS_ADMIN', (p) => {
    p.mkdir('dev', 0o777);
    expectErrno('EPERM', () => t.user(1000).mount('devtmpfs', 'dev', 'devtmpfs', 0, null));
  });
  t.it('is a tmpfs to who makes files in it', (p) => {
    enter(t, p);
    p.mknod(`${own}/null`, 0o20666, makedev(1, 3));
    p.chmod(`${own}/null`, 0o666);
    p.mkdir(`${own}/d`, 0o755);
    p.symlink('d', `${own}/l`);
    p.link(`${own}/null`, `${own}/d/again`);
    p.rename(`${own}/d`, `${own}/e`);
    expect(list(p, own)).toEqual(['e', 'l', 'null']);
    expect(p.write(t.user(1000).stat(`/case/${own}/null`).rdev === makedev(1, 3) ? p.open(`${own}/null`, O_RDWR) : -1, bytes('x'))).toBe(1);
    p.unlink(`${own}/null`);
    expect(p.stat(`${own}/e/again`).nlink).toBe(1);
    expectErrno('EACCES', () => t.user(1000).open(`/case/${own}/f`, O_CREAT | O_RDWR, 0o644));
  });
  t.it('has the memory devices, with their modes', (p) => {
    mount(p, 'dev');
    for (const [name, minor] of [
      ['null', 3],
      ['zero', 5],
      ['full', 7],
      ['random', 8],
      ['urandom', 9],
    ] as const) {
      if (outcome(() => p.lstat(`dev/${name}`)) === 'ENOENT') continue;
      const { mode, rdev, uid } = p.lstat(`dev/${name}`);
      expect([mode, rdev, uid], name).toEqual([0o20666, makedev(1, minor), 0]);
    }
  });
  t.it('EBUSY: on one place twice, by whichever name', (p) => {
    mount(p, 'dev');
    expectErrno('EBUSY', () => p.mount('devtmpfs', 'dev', 'devtmpfs', 0, null));
    p.mkdir('bound', 0o755);
    p.mount('dev', 'bound', null, MS_BIND, null);
    expectErrno('EBUSY', () => p.mount('devtmpfs', 'bound', 'devtmpfs', 0, null));
  });
  t.it('ENODEV: dev is no type that may be mounted', (p) => {
    p.mkdir('dev', 0o755);
    expectErrno('ENODEV', () => p.mount('dev', 'dev', 'dev', 0, null));
  });
  t.it('has flags for each mount of its own', (p) => {
    enter(t, p);
    p.mknod(`${own}/null`, 0o20666, makedev(1, 3));
    p.mkdir('again', 0o755);
    p.mount('devtmpfs', 'again', 'devtmpfs', MS_RDONLY | MS_NODEV, null);
    const there = `again/${PREFIX}${process.pid}`;
    expectErrno('EROFS', () => p.mkdir(`${there}/d`, 0o755));
    expectErrno('EACCES', () => p.open(`${there}/null`, O_RDWR));
    p.mkdir(`${own}/d`, 0o755);
    p.close(p.open(`${own}/null`, O_RDWR));
  });
  t.it('EPERM: a user without CAP_MKNOD makes no node, not even in a directory of theirs', (p) => {
    enter(t, p);
    p.mkdir(`${own}/d`, 0o755);
    p.chown(`${own}/d`, 1000, 1000);
    expectErrno('EPERM', () => t.user(1000).mknod(`/case/${own}/d/null`, 0o20666, makedev(1, 3)));
  });
});
