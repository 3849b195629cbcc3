/**
 * devtmpfs: the shared tree, the Accessor, removal, hot-plug and the private /dev.
 *
 * The first two groups are the tests that the type had where it comes from; then what those left out, a behaviour each.
 */
import { describe, expect, it } from 'vitest';
import { LinuxError } from '../../src/abi/errno.ts';
import { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } from '../../src/abi/fcntl.ts';
import { CLONE_NEWNS, MNT_DETACH, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { major, makedev, minor, S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT } from '../../src/abi/stat.ts';
import { NullDescription, ZeroDescription } from '../../src/devices/index.ts';
import { Accessor, DevtmpfsType, DevType, createDev } from '../../src/fs/devtmpfs/index.ts';
import type { TmpfsFilesystem } from '../../src/fs/tmpfs/tmpfs.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { Credentials } from '../../src/vfs/credentials.ts';
import type { Uevent } from '../../src/vfs/device.ts';
import { mountFilesystem } from '../../src/vfs/mounting.ts';
import type { VirtualFilesystem } from '../../src/vfs/virtual-filesystem.ts';
import { LOOKUP_FOLLOW, lookupAt } from '../../src/vfs/walk.ts';

/** A kernel with nothing in it but a devtmpfs on /dev. */
interface Setup {
  kernel: Kernel;
  vfs: VirtualFilesystem;
  type: DevtmpfsType;
  p: Process;
}

function bare(type?: (vfs: VirtualFilesystem) => DevtmpfsType): Setup {
  const kernel = new Kernel({ bare: true, stacks: true, memory: 2 ** 30 });
  const { vfs } = kernel;
  for (const device of [...vfs.devices]) device.unregister();
  if (vfs.filesystemTypes.has('devtmpfs')) vfs.unregisterFilesystemType('devtmpfs');
  const devtmpfs = type === undefined ? new DevtmpfsType(vfs) : type(vfs);
  vfs.registerFilesystemType(devtmpfs);
  const p = kernel.spawn();
  p.mkdir('/dev', 0o755);
  return { kernel, vfs, type: devtmpfs, p };
}

function setup(): Setup {
  const made = bare();
  made.p.mount('', '/dev', 'devtmpfs', 0, '');
  return made;
}

function accessorOf(vfs: VirtualFilesystem): Accessor {
  return new Accessor(vfs, Credentials.root(), 'devtmpfs');
}

function failure(act: () => unknown): Error & { code?: string } {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it succeeded');
}

const code = (act: () => unknown): string | undefined => failure(act).code;

function names(p: Process, path: string): string[] {
  const fd = p.open(path, O_RDONLY);
  const entries = p.getdents(fd).map((entry) => entry.name);
  p.close(fd);
  return entries.filter((name) => name !== '.' && name !== '..');
}

function instance(type: DevtmpfsType): TmpfsFilesystem {
  if (type.filesystem === null) throw new Error('there is no instance');
  return type.filesystem;
}

describe('userspaceInit', () => {
  const links = {
    fd: '/proc/self/fd',
    stdin: '/proc/self/fd/0',
    stdout: '/proc/self/fd/1',
    stderr: '/proc/self/fd/2',
    ptmx: 'pts/ptmx',
  };

  it('makes the five links and two directories, seen through another namespace', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.userspaceInit();
    accessor.release();
    for (const [name, target] of Object.entries(links)) expect(p.readlink(`/dev/${name}`)).toBe(target);
    for (const name of ['shm', 'pts']) expect(p.stat(`/dev/${name}`).mode).toBe(S_IFDIR | 0o755);
  });
  it('makes them in this order, and nothing else: there is no /proc/kcore to link', () => {
    const { vfs, p } = setup();
    accessorOf(vfs).userspaceInit();
    expect(names(p, '/dev')).toEqual([...Object.keys(links), 'shm', 'pts']);
  });
  it('mounts nothing', () => {
    const { vfs, p } = setup();
    accessorOf(vfs).userspaceInit();
    expect(p.stat('/dev/pts').dev).toBe(p.stat('/dev').dev);
  });
  it('fails when run twice, at the first link, saying which', () => {
    const { vfs } = setup();
    const accessor = accessorOf(vfs);
    accessor.userspaceInit();
    const error = failure(() => accessor.userspaceInit());
    expect(error.message).toBe('failed to create symlink "fd" => "/proc/self/fd": File exists');
    expect(error.code).toBeUndefined();
    expect(error.cause).toBeInstanceOf(LinuxError);
    expect(error.cause).toMatchObject({ code: 'EEXIST' });
  });
  it('leaves what it made before it failed', () => {
    const { vfs, p } = setup();
    p.mkdir('/dev/shm', 0o700);
    const error = failure(() => accessorOf(vfs).userspaceInit());
    expect(error.message).toBe('failed to create directory "shm": File exists');
    expect(error.cause).toMatchObject({ code: 'EEXIST' });
    expect(names(p, '/dev')).toEqual(['shm', ...Object.keys(links)]);
    expect(p.stat('/dev/shm').mode).toBe(S_IFDIR | 0o700);
  });
  it('marks nothing: what it made is user space’s and is never pruned', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.userspaceInit();
    accessor.createDeviceFile('shm/x', 'char', 12, 34, 0o600);
    accessor.deleteDeviceFile('shm/x', 'char', 12, 34);
    expect(names(p, '/dev')).toContain('shm');
  });
});

describe('createDeviceFile', () => {
  it.each([
    ['dummy', 'char', 12, 34, 0o600],
    ['foo/bar', 'block', 13, 35, 0o660],
    ['foo/baz', 'char', 12, 40, 0o666],
    ['a/b/c/d/e', 'block', 12, 34, 0o600],
  ] as const)('makes %s (%s %i:%i), seen through another namespace', (path, kind, maj, min, permissions) => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile(path, kind, maj, min, permissions);
    const stat = p.stat(`/dev/${path}`);
    expect([major(stat.rdev), minor(stat.rdev)]).toEqual([maj, min]);
    expect(stat.mode).toBe((kind === 'block' ? S_IFBLK : S_IFCHR) | permissions);
  });
  it('makes them all in one tree: a directory serves two nodes, a number a char and a block node', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('dummy', 'char', 12, 34, 0o600);
    accessor.createDeviceFile('foo/bar', 'block', 13, 35, 0o660);
    accessor.createDeviceFile('foo/baz', 'char', 12, 40, 0o666);
    accessor.createDeviceFile('a/b/c/d/e', 'block', 12, 34, 0o600);
    expect(names(p, '/dev/foo')).toEqual(['bar', 'baz']);
    expect(p.stat('/dev/a/b/c/d/e').rdev).toBe(p.stat('/dev/dummy').rdev);
  });
  it('makes missing parents 0755', () => {
    const { vfs, p } = setup();
    accessorOf(vfs).createDeviceFile('a/b/c', 'char', 12, 34, 0o600);
    expect([p.stat('/dev/a').mode, p.stat('/dev/a/b').mode]).toEqual([S_IFDIR | 0o755, S_IFDIR | 0o755]);
  });
  it.each([0, 0o600, 0o7777])('takes permissions as given: %o', (permissions) => {
    const { vfs, p } = setup();
    accessorOf(vfs).createDeviceFile('x', 'char', 12, 34, permissions);
    expect(p.stat('/dev/x').mode & 0o7777).toBe(permissions);
  });
  it('belongs to the Accessor’s user, or to whom it is told', () => {
    const { vfs, p } = setup();
    const creds = Credentials.of({ uid: 0, gid: 6 });
    const accessor = new Accessor(vfs, creds, 'devtmpfs');
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    accessor.createDeviceFile('y', 'char', 12, 35, 0o620, { uid: 1000, gid: 5 });
    expect(p.stat('/dev/x')).toMatchObject({ uid: 0, gid: 6 });
    expect(p.stat('/dev/y')).toMatchObject({ uid: 1000, gid: 5, mode: S_IFCHR | 0o620 });
  });
  it('is not given away by a set-gid directory', () => {
    const { vfs, p } = setup();
    p.mkdir('/dev/d', 0o755);
    p.chown('/dev/d', 0, 1000);
    p.chmod('/dev/d', 0o2755);
    accessorOf(vfs).createDeviceFile('d/x', 'char', 12, 34, 0o2660);
    expect(p.stat('/dev/d/x')).toMatchObject({ gid: 0, mode: S_IFCHR | 0o2660 });
  });
  it('EEXIST, unwrapped: the name is there', () => {
    const { vfs } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    const error = failure(() => accessor.createDeviceFile('x', 'char', 12, 34, 0o600));
    expect(error).toBeInstanceOf(LinuxError);
    expect(error.code).toBe('EEXIST');
  });
  it('EEXIST: a symlink at the end is not followed', () => {
    const { vfs, p } = setup();
    p.symlink('elsewhere', '/dev/x');
    expect(code(() => accessorOf(vfs).createDeviceFile('x', 'char', 12, 34, 0o600))).toBe('EEXIST');
    expect(names(p, '/dev')).toEqual(['x']);
  });
  it('ENOENT, unwrapped: an empty name', () => {
    const { vfs } = setup();
    expect(code(() => accessorOf(vfs).createDeviceFile('', 'char', 12, 34, 0o600))).toBe('ENOENT');
  });
  it('names the parent that is not a directory', () => {
    const { vfs } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    for (const [path, parent] of [
      ['x/y', 'x'],
      ['x/y/z', 'x/y'],
    ] as const) {
      const error = failure(() => accessor.createDeviceFile(path, 'char', 12, 35, 0o600));
      expect(error.message).toBe(`failed to create device parent directory "${parent}": Not a directory`);
      expect(error).not.toBeInstanceOf(LinuxError);
      expect(error.cause).toMatchObject({ code: 'ENOTDIR' });
    }
  });
  it('goes through a symlink to a directory on the way', () => {
    const { vfs, p } = setup();
    p.mkdir('/dev/real', 0o755);
    p.symlink('real', '/dev/link');
    accessorOf(vfs).createDeviceFile('link/x', 'char', 12, 34, 0o600);
    expect(names(p, '/dev/real')).toEqual(['x']);
  });
  it('names the parent whose link leads nowhere', () => {
    const { vfs, p } = setup();
    p.symlink('nowhere', '/dev/link');
    const error = failure(() => accessorOf(vfs).createDeviceFile('link/x', 'char', 12, 34, 0o600));
    expect(error.message).toBe('failed to create device parent directory "link": File exists');
  });
  it('takes the parent by the letter, as dirname does', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('a//b', 'char', 12, 34, 0o600);
    accessor.createDeviceFile('/c/./d', 'char', 12, 35, 0o600);
    expect([names(p, '/dev/a'), names(p, '/dev/c')]).toEqual([['b'], ['d']]);
    // `z` is backed out of before it is made, and then it is missing.
    expect(code(() => accessor.createDeviceFile('z/../e', 'char', 12, 36, 0o600))).toBe('ENOENT');
  });
  it('cannot leave the tree', () => {
    const { vfs, p } = setup();
    accessorOf(vfs).createDeviceFile('../../x', 'char', 12, 34, 0o600);
    expect(names(p, '/')).not.toContain('x');
    expect(names(p, '/dev')).toContain('x');
  });
  it('ENXIO opening a number that no driver has', () => {
    const { vfs, p } = setup();
    accessorOf(vfs).createDeviceFile('x', 'char', 12, 34, 0o666);
    expect(code(() => p.open('/dev/x', O_RDONLY))).toBe('ENXIO');
  });
  it.each(['fifo', 'Char', '', undefined])('TypeError: kind %s', (kind) => {
    const { vfs, p } = setup();
    expect(() => accessorOf(vfs).createDeviceFile('a/x', kind as 'char', 12, 34, 0o600)).toThrow(TypeError);
    expect(names(p, '/dev')).toEqual([]);
  });
  it.each([0o10000, S_IFCHR | 0o600, -1, 0.5, Number.NaN])('TypeError: permissions %s', (permissions) => {
    const { vfs } = setup();
    expect(() => accessorOf(vfs).createDeviceFile('x', 'char', 12, 34, permissions)).toThrow(TypeError);
  });
  it.each([
    [4096, 0],
    [-1, 0],
    [1, 2 ** 20],
    [1, Number.NaN],
  ])('TypeError: number %s:%s, which dev_t cannot hold', (maj, min) => {
    const { vfs } = setup();
    expect(() => accessorOf(vfs).createDeviceFile('x', 'char', maj, min, 0o600)).toThrow(TypeError);
  });
  it('takes the largest number', () => {
    const { vfs, p } = setup();
    accessorOf(vfs).createDeviceFile('x', 'char', 4095, 2 ** 20 - 1, 0o600);
    expect(p.stat('/dev/x').rdev).toBe(makedev(4095, 2 ** 20 - 1));
  });
});

describe('number links', () => {
  it('lead from char/M:m and block/M:m to the node', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 111, 11, 0o655);
    accessor.createDeviceFile('/a//b', 'block', 8, 0, 0o660);
    expect(p.readlink('/dev/char/111:11')).toBe('../x');
    expect(p.readlink('/dev/block/8:0')).toBe('../a/b');
    expect(p.stat('/dev/block/8:0').rdev).toBe(makedev(8, 0));
    expect(p.stat('/dev/char').mode).toBe(S_IFDIR | 0o755);
  });
  it('go to the first node of a number', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    accessor.createDeviceFile('y', 'char', 12, 34, 0o600);
    expect(p.readlink('/dev/char/12:34')).toBe('../x');
    // The second goes without touching the first one's link.
    accessor.deleteDeviceFile('y', 'char', 12, 34);
    expect(p.readlink('/dev/char/12:34')).toBe('../x');
  });
  it('are no reason to fail', () => {
    const { vfs, p } = setup();
    p.close(p.open('/dev/char', O_CREAT | O_WRONLY, 0o600));
    accessorOf(vfs).createDeviceFile('x', 'char', 12, 34, 0o600);
    expect(names(p, '/dev')).toEqual(['char', 'x']);
  });
  it('go with the node, and their directory with the last of them', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    accessor.createDeviceFile('y', 'char', 12, 35, 0o600);
    accessor.deleteDeviceFile('x', 'char', 12, 34);
    expect(names(p, '/dev/char')).toEqual(['12:35']);
    accessor.deleteDeviceFile('y', 'char', 12, 35);
    expect(names(p, '/dev')).toEqual([]);
  });
  it('that a user made stay', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    p.unlink('/dev/char/12:34');
    p.symlink('../x', '/dev/char/12:34');
    accessor.deleteDeviceFile('x', 'char', 12, 34);
    expect(names(p, '/dev/char')).toEqual(['12:34']);
  });
});

describe('deleteDeviceFile', () => {
  function made(): Setup & { accessor: Accessor } {
    const all = setup();
    const accessor = accessorOf(all.vfs);
    accessor.createDeviceFile('a/b/x', 'char', 12, 34, 0o666);
    return { ...all, accessor };
  }

  it('takes the node and its empty parents', () => {
    const { accessor, p } = made();
    expect(accessor.deleteDeviceFile('a/b/x', 'char', 12, 34)).toBe(true);
    expect(names(p, '/dev')).toEqual([]);
    const { files, ffree } = p.statfs('/dev');
    expect(files - ffree).toBe(1);
  });
  it('stops at the first parent that is not empty', () => {
    const { accessor, p } = made();
    accessor.createDeviceFile('a/y', 'char', 12, 35, 0o666);
    accessor.deleteDeviceFile('a/b/x', 'char', 12, 34);
    expect(names(p, '/dev/a')).toEqual(['y']);
  });
  it('stops at the first parent that a user made, even an empty one', () => {
    const { accessor, p } = made();
    p.mkdir('/dev/u', 0o755);
    accessor.createDeviceFile('u/v/x', 'char', 12, 35, 0o666);
    accessor.deleteDeviceFile('u/v/x', 'char', 12, 35);
    expect(names(p, '/dev')).toContain('u');
    expect(names(p, '/dev/u')).toEqual([]);
  });
  it('stops at a parent that a user made again', () => {
    const { accessor, p } = made();
    p.rename('/dev/a/b/x', '/dev/x');
    p.rmdir('/dev/a/b');
    p.mkdir('/dev/a/b', 0o755);
    p.rename('/dev/x', '/dev/a/b/x');
    expect(accessor.deleteDeviceFile('a/b/x', 'char', 12, 34)).toBe(true);
    expect(names(p, '/dev/a')).toEqual(['b']);
  });
  it.each([
    ['block', 12, 34],
    ['char', 12, 35],
    ['char', 13, 34],
  ] as const)('leaves a node that is not %s %i:%i', (kind, maj, min) => {
    const { accessor, p } = made();
    expect(accessor.deleteDeviceFile('a/b/x', kind, maj, min)).toBe(false);
    expect(p.stat('/dev/a/b/x').mode).toBe(S_IFCHR | 0o666);
  });
  it('leaves a node that a user made in its place', () => {
    const { accessor, p } = made();
    p.unlink('/dev/a/b/x');
    p.mknod('/dev/a/b/x', S_IFCHR | 0o640, makedev(12, 34));
    expect(accessor.deleteDeviceFile('a/b/x', 'char', 12, 34)).toBe(false);
    expect(p.stat('/dev/a/b/x').mode).toBe(S_IFCHR | 0o640);
  });
  it('ENOENT: a user removed or renamed it', () => {
    const { accessor, p } = made();
    p.rename('/dev/a/b/x', '/dev/a/b/y');
    expect(code(() => accessor.deleteDeviceFile('a/b/x', 'char', 12, 34))).toBe('ENOENT');
    expect(names(p, '/dev/a/b')).toEqual(['y']);
  });
  it('takes it whatever a user made of its owner and mode', () => {
    const { accessor, p } = made();
    p.chown('/dev/a/b/x', 1000, 1000);
    p.chmod('/dev/a/b/x', 0o4777);
    expect(accessor.deleteDeviceFile('a/b/x', 'char', 12, 34)).toBe(true);
  });
  it('leaves nothing to whoever has another link to it', () => {
    const { accessor, p } = made();
    p.link('/dev/a/b/x', '/dev/other');
    p.chown('/dev/other', 1000, 1000);
    p.chmod('/dev/other', 0o5777);
    accessor.deleteDeviceFile('a/b/x', 'char', 12, 34);
    // As Linux: all permissions go, the bits above them stay.
    expect(p.stat('/dev/other')).toMatchObject({ uid: 0, gid: 0, mode: S_IFCHR | 0o5000, nlink: 1 });
  });
  it('on a read-only filesystem strips the node before it finds out', () => {
    const { accessor, p } = made();
    p.mount('', '/dev', null, MS_REMOUNT | MS_RDONLY, '');
    expect(code(() => accessor.deleteDeviceFile('a/b/x', 'char', 12, 34))).toBe('EROFS');
    expect(p.stat('/dev/a/b/x').mode).toBe(S_IFCHR);
  });
});

describe('the type', () => {
  it('is called devtmpfs, has tmpfs’s magic, and root owns its root', () => {
    const { kernel, type } = bare();
    const user = kernel.spawn({ uid: 1000, gid: 1000, capabilities: [21] });
    user.mount('', '/dev', 'devtmpfs', 0, '');
    expect(type.name).toBe('devtmpfs');
    expect(instance(type).type.name).toBe('devtmpfs');
    expect(user.statfs('/dev').type).toBe(0x01021994);
    expect(user.stat('/dev')).toMatchObject({ uid: 0, gid: 0, mode: S_IFDIR | 0o755 });
  });
  it('is one filesystem for every mount', () => {
    const { p } = setup();
    p.mkdir('/again', 0o755);
    p.mount('', '/again', 'devtmpfs', 0, '');
    p.mkdir('/again/x', 0o755);
    expect(p.stat('/dev/x').ino).toBe(p.stat('/again/x').ino);
    expect(p.stat('/dev').dev).toBe(p.stat('/again').dev);
  });
  it('is one filesystem for every namespace', () => {
    const { kernel, p } = setup();
    const q = kernel.spawn();
    q.unshare(CLONE_NEWNS);
    q.umount('/dev');
    q.mount('', '/dev', 'devtmpfs', 0, '');
    q.mkdir('/dev/x', 0o755);
    expect(p.stat('/dev/x').dev).toBe(q.stat('/dev/x').dev);
  });
  it('EBUSY on the same place twice', () => {
    const { p } = setup();
    expect(code(() => p.mount('', '/dev', 'devtmpfs', 0, ''))).toBe('EBUSY');
  });
  it.each(['size=big', 'mode=9', 'nonsense', 'uid='])('EINVAL: option %s, on the first mount and on the next', (data) => {
    const { p, type } = bare();
    expect(code(() => p.mount('', '/dev', 'devtmpfs', 0, data))).toBe('EINVAL');
    expect(type.filesystem).toBeNull();
    p.mount('', '/dev', 'devtmpfs', 0, '');
    p.mkdir('/again', 0o755);
    expect(code(() => p.mount('', '/again', 'devtmpfs', 0, data))).toBe('EINVAL');
  });
  it('does not apply the options of a mount, the first one’s neither', () => {
    const { p } = bare();
    p.mount('', '/dev', 'devtmpfs', 0, 'size=4k,nr_inodes=2,mode=0700,uid=7');
    expect(p.stat('/dev')).toMatchObject({ mode: S_IFDIR | 0o755, uid: 0 });
    expect(p.statfs('/dev')).toMatchObject({ blocks: 131072, files: 131072 });
  });
  it('applies a remount’s, for every mount', () => {
    const { p } = setup();
    p.mkdir('/again', 0o755);
    p.mount('', '/again', 'devtmpfs', 0, '');
    p.mount('', '/again', null, MS_REMOUNT, 'size=8k,nr_inodes=4,mode=0700');
    expect(p.statfs('/dev')).toMatchObject({ blocks: 2, files: 4 });
    expect(p.stat('/dev').mode).toBe(S_IFDIR | 0o755);
  });
  it('ENOSPC, unwrapped, where a remount left no room', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    p.mount('', '/dev', null, MS_REMOUNT, 'nr_inodes=2');
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    expect(names(p, '/dev')).toEqual(['x']);
    expect(code(() => accessor.createDeviceFile('y', 'char', 12, 35, 0o600))).toBe('ENOSPC');
  });
  it('EPERM without CAP_SYS_ADMIN, and from a user namespace with it', () => {
    const { kernel, p } = bare();
    const user = kernel.spawn({ uid: 1000, gid: 1000 });
    expect(code(() => user.mount('', '/dev', 'devtmpfs', 0, ''))).toBe('EPERM');
    p.creds = p.creds.with({ initialUserNamespace: false });
    expect(code(() => p.mount('', '/dev', 'devtmpfs', 0, ''))).toBe('EPERM');
  });
  it('a read-only mount of it is not read-only for the others', () => {
    const { p } = bare();
    p.mount('', '/dev', 'devtmpfs', MS_RDONLY, '');
    p.mkdir('/again', 0o755);
    p.mount('', '/again', 'devtmpfs', 0, '');
    expect(code(() => p.mkdir('/dev/x', 0o755))).toBe('EROFS');
    p.mkdir('/again/x', 0o755);
  });

  class FailingType extends DevtmpfsType {
    tries = 0;
    protected override makeFilesystem(): TmpfsFilesystem {
      this.tries++;
      throw new LinuxError(12);
    }
  }

  it('remembers for ever that it could not be made', () => {
    const { vfs, p, type } = bare((each) => new FailingType(each));
    const first = failure(() => accessorOf(vfs));
    expect(first.code).toBe('ENOMEM');
    expect(failure(() => accessorOf(vfs))).toBe(first);
    expect(code(() => p.mount('', '/dev', 'devtmpfs', 0, ''))).toBe('ENOMEM');
    expect((type as FailingType).tries).toBe(1);
  });
  it('that has a filesystem never makes another: a restored one is initialised', () => {
    const { vfs, type } = setup();
    class Restored extends FailingType {}
    const restored = new Restored(vfs);
    restored.filesystem = instance(type);
    const options = { data: '', flags: 0 };
    expect(restored.getFilesystem(accessorOf(vfs).context, '', options)).toBe(instance(type));
    expect(restored.tries).toBe(0);
  });
  it('keeps the content when the last mount is gone', () => {
    const { p, type } = setup();
    p.mkdir('/dev/x', 0o755);
    p.umount('/dev');
    expect(instance(type).mounts.size).toBe(0);
    expect(instance(type).references).toBe(1);
    p.mount('', '/dev', 'devtmpfs', 0, '');
    expect(names(p, '/dev')).toEqual(['x']);
  });
  it('lets go on release: root first, then the filesystem', () => {
    const { vfs, p, type } = setup();
    p.umount('/dev');
    const filesystem = instance(type);
    const order: string[] = [];
    const rootInode = filesystem.root.inode;
    let opens = rootInode.opens;
    Object.defineProperty(rootInode, 'opens', {
      get: () => opens,
      set: (value: number) => {
        if (value < opens) order.push('root');
        opens = value;
      },
    });
    filesystem.release = () => order.push('filesystem');
    vfs.unregisterFilesystemType('devtmpfs');
    expect(order).toEqual(['root', 'filesystem']);
    expect(type.filesystem).toBeNull();
    expect(code(() => p.mount('', '/dev', 'devtmpfs', 0, ''))).toBe('ENODEV');
  });
  it('released while mounted, lives until the last mount', () => {
    const { vfs, p, type } = setup();
    const filesystem = instance(type);
    let released = 0;
    filesystem.release = () => released++;
    vfs.unregisterFilesystemType('devtmpfs');
    p.mkdir('/dev/x', 0o755);
    expect(released).toBe(0);
    p.umount2('/dev', MNT_DETACH);
    expect(released).toBe(1);
  });
  it('released without ever having been mounted, has nothing to do', () => {
    const { vfs } = bare();
    vfs.unregisterFilesystemType('devtmpfs');
  });
});

describe('Accessor', () => {
  it('ENODEV: no type of that name', () => {
    const { vfs } = bare();
    expect(code(() => new Accessor(vfs, Credentials.root(), 'nonesuch'))).toBe('ENODEV');
  });
  it('takes any type, mountable by users or not', () => {
    const { vfs } = bare();
    if (!vfs.filesystemTypes.has('dev')) vfs.registerFilesystemType(new DevType(vfs));
    for (const name of ['tmpfs', 'dev']) {
      const accessor = new Accessor(vfs, Credentials.root(), name);
      accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
      accessor.release();
    }
  });
  it('answers for root and namespace itself, and belongs to no process', () => {
    const { vfs, p } = setup();
    const { context, root } = accessorOf(vfs);
    expect(context.root).toBe(root);
    expect(context.namespace).not.toBe(p.namespace);
    expect(root.mount.namespace).toBe(context.namespace);
    expect([context.pid, context.fileModeMask]).toEqual([0, 0]);
    expect(root.dentry).toBe(lookupAt(p, p.root, '/dev', LOOKUP_FOLLOW).dentry);
  });
  it('does not see what users mount', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    p.mkdir('/dev/d', 0o755);
    p.mount('t', '/dev/d', 'tmpfs', 0, '');
    accessor.createDeviceFile('d/x', 'char', 12, 34, 0o600);
    expect(names(p, '/dev/d')).toEqual([]);
    p.umount('/dev/d');
    expect(names(p, '/dev/d')).toEqual(['x']);
  });
  it('removes a node that somebody has mounted on, and their mount with it', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    p.close(p.open('/file', O_CREAT | O_WRONLY, 0o600));
    p.mount('/file', '/dev/x', null, 4096, null);
    expect(accessor.deleteDeviceFile('x', 'char', 12, 34)).toBe(true);
    expect(names(p, '/dev')).toEqual([]);
  });
  it('releases its mount and nothing else', () => {
    const { vfs, p, type } = setup();
    const before = instance(type).references;
    const opens = instance(type).root.inode.opens;
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x', 'char', 12, 34, 0o600);
    const { mount } = accessor.root;
    accessor.release();
    expect(instance(type).references).toBe(before);
    expect(instance(type).root.inode.opens).toBe(opens);
    expect(mount.namespace).toBeNull();
    expect(names(p, '/dev')).toContain('x');
    accessor.release();
    expect(instance(type).references).toBe(before);
  });
  it('is disposable, and of no use afterwards', () => {
    const { vfs } = setup();
    const accessor = accessorOf(vfs);
    accessor[Symbol.dispose]();
    expect(() => accessor.createDeviceFile('x', 'char', 12, 34, 0o600)).toThrow('released');
  });
  it('can be one of many', () => {
    const { vfs, p } = setup();
    const [one, two] = [accessorOf(vfs), accessorOf(vfs)];
    one.createDeviceFile('x', 'char', 12, 34, 0o600);
    one.release();
    expect(two.deleteDeviceFile('x', 'char', 12, 34)).toBe(true);
    expect(names(p, '/dev')).toEqual([]);
  });
});

describe('hot-plug', () => {
  it('populates the tree with what is registered, in order, then keeps it current', () => {
    const { vfs, p } = setup();
    const one = vfs.devices.register({ name: 'one', major: 12, minor: 1, open: () => new NullDescription() });
    const accessor = accessorOf(vfs);
    vfs.devices.attach(accessor);
    vfs.devices.register({
      name: 'snd/two',
      kind: 'block',
      major: 12,
      minor: 2,
      mode: 0o640,
      uid: 3,
      gid: 4,
      open: () => new NullDescription(),
    });
    expect(names(p, '/dev')).toEqual(['one', 'char', 'snd', 'block']);
    expect(p.stat('/dev/one')).toMatchObject({ mode: S_IFCHR | 0o600, uid: 0, gid: 0 });
    expect(p.stat('/dev/snd/two')).toMatchObject({ mode: S_IFBLK | 0o640, uid: 3, gid: 4 });
    one.unregister();
    expect(names(p, '/dev')).toEqual(['snd', 'block']);
  });
  it('a device without a name has no node', () => {
    const { vfs, p } = setup();
    vfs.devices.attach(accessorOf(vfs));
    vfs.devices.register({ major: 12, minor: 1, open: () => new NullDescription() }).unregister();
    expect(names(p, '/dev')).toEqual([]);
  });
  it('a name that a user took stays the user’s, coming and going', () => {
    const { vfs, p } = setup();
    vfs.devices.attach(accessorOf(vfs));
    p.mknod('/dev/x', S_IFCHR | 0o644, makedev(12, 1));
    p.chown('/dev/x', 1000, 1000);
    const device = vfs.devices.register({ name: 'x', major: 12, minor: 1, open: () => new NullDescription() });
    expect(p.stat('/dev/x')).toMatchObject({ uid: 1000, mode: S_IFCHR | 0o644 });
    device.unregister();
    expect(names(p, '/dev')).toEqual(['x']);
  });
  it('does not ask whether the node could be made', () => {
    const { vfs, p } = setup();
    vfs.devices.attach(accessorOf(vfs));
    p.close(p.open('/dev/dir', O_CREAT | O_WRONLY, 0o600));
    const device = vfs.devices.register({ name: 'dir/x', major: 12, minor: 1, open: () => new NullDescription() });
    p.mount('', '/dev', null, MS_REMOUNT | MS_RDONLY, '');
    vfs.devices.register({ name: 'y', major: 12, minor: 2, open: () => new NullDescription() }).unregister();
    device.unregister();
    expect(names(p, '/dev')).toEqual(['dir']);
  });
  it('an open descriptor keeps its driver when the device goes; a new open is ENXIO', () => {
    const { vfs, p } = setup();
    vfs.devices.attach(accessorOf(vfs));
    const device = vfs.devices.register({ name: 'z', major: 12, minor: 1, mode: 0o666, open: () => new ZeroDescription() });
    p.mknod('/z', S_IFCHR | 0o666, makedev(12, 1));
    const fd = p.open('/dev/z', O_RDWR);
    device.unregister();
    const into = new Uint8Array(4).fill(1);
    expect(p.read(fd, into)).toBe(4);
    expect([...into]).toEqual([0, 0, 0, 0]);
    expect(code(() => p.open('/dev/z', O_RDWR))).toBe('ENOENT');
    expect(code(() => p.open('/z', O_RDWR))).toBe('ENXIO');
    p.close(fd);
  });
  it('tells of it, after the node is there and after it is gone', () => {
    const { vfs, p } = setup();
    vfs.devices.attach(accessorOf(vfs));
    const seen: [Uevent, boolean][] = [];
    const stop = vfs.devices.subscribe((event) => seen.push([event, names(p, '/dev').includes('snd')]));
    const device = vfs.devices.register({
      name: 'snd/x',
      major: 116,
      minor: 3,
      mode: 0o660,
      gid: 29,
      subsystem: 'sound',
      open: () => new NullDescription(),
    });
    device.unregister();
    stop();
    vfs.devices.register({ name: 'y', major: 116, minor: 4, open: () => new NullDescription() });
    const keys = {
      DEVPATH: '/devices/virtual/sound/snd!x',
      SUBSYSTEM: 'sound',
      MAJOR: '116',
      MINOR: '3',
      DEVNAME: 'snd/x',
      DEVMODE: '0660',
      DEVGID: '29',
    };
    const first = Number(seen[0]?.[0].SEQNUM);
    expect(seen).toEqual([
      [{ ACTION: 'add', SEQNUM: String(first), ...keys }, true],
      [{ ACTION: 'remove', SEQNUM: String(first + 1), ...keys }, false],
    ]);
  });
  it('stops when the listener is taken away', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    vfs.devices.attach(accessor);
    vfs.devices.detach(accessor);
    vfs.devices.register({ name: 'y', major: 116, minor: 4, open: () => new NullDescription() });
    expect(names(p, '/dev')).toEqual([]);
  });
});

describe('dev', () => {
  function mounted(options: Parameters<typeof createDev>[1] = {}): Setup & { filesystem: TmpfsFilesystem } {
    const all = bare();
    all.vfs.devices.register({ name: 'test', major: 111, minor: 11, mode: 0o655, open: () => new NullDescription() });
    const filesystem = createDev(all.vfs, options);
    mountFilesystem(all.p, lookupAt(all.p, all.p.root, '/dev', LOOKUP_FOLLOW), filesystem, { source: 'dev', flags: 0 });
    return { ...all, filesystem };
  }

  it('has the links, the directories, and a node with its number link for each device', () => {
    const { p } = mounted();
    const listing = names(p, '/dev');
    expect(listing.slice(0, 7)).toEqual(['fd', 'stdin', 'stdout', 'stderr', 'ptmx', 'shm', 'pts']);
    expect(listing).toContain('test');
    expect(p.stat('/dev/test')).toMatchObject({ mode: S_IFCHR | 0o655, rdev: makedev(111, 11) });
    expect(p.readlink('/dev/char/111:11')).toBe('../test');
    expect(p.stat('/dev').mode).toBe(S_IFDIR | 0o755);
  });
  it('is a filesystem of its own each time', () => {
    const { vfs, p } = mounted();
    p.mkdir('/dev/x', 0o755);
    expect(createDev(vfs).root.children?.has('x')).toBe(false);
  });
  it('does not follow the devices', () => {
    const { vfs, p } = mounted();
    vfs.devices.register({ name: 'late', major: 111, minor: 12, open: () => new NullDescription() });
    vfs.devices.get('char', 111, 11)?.unregister();
    expect(names(p, '/dev')).toContain('test');
    expect(names(p, '/dev')).not.toContain('late');
  });
  it('gives shm the mode it is told', () => {
    expect(mounted().p.stat('/dev/shm').mode).toBe(S_IFDIR | 0o755);
    expect(mounted({ shmMode: 0o1777 }).p.stat('/dev/shm').mode).toBe(S_IFDIR | 0o1777);
  });
  it('makes the nodes that a container lists, and leaves those alone that are there', () => {
    const { p } = mounted({
      devices: [
        { path: 'net/tun', major: 10, minor: 200, uid: 1, gid: 2 },
        { path: 'disk', kind: 'block', major: 8, minor: 0, mode: 0o660 },
        { path: 'test', major: 1, minor: 1, mode: 0o777, uid: 9 },
      ],
    });
    expect(p.stat('/dev/net/tun')).toMatchObject({ mode: S_IFCHR | 0o666, rdev: makedev(10, 200), uid: 1, gid: 2 });
    expect(p.readlink('/dev/block/8:0')).toBe('../disk');
    expect(p.stat('/dev/test')).toMatchObject({ mode: S_IFCHR | 0o655, rdev: makedev(111, 11), uid: 0 });
  });
  it('takes a limit', () => {
    expect(mounted({ data: 'size=64k' }).p.statfs('/dev').blocks).toBe(16);
    expect(code(() => mounted({ data: 'size=x' }))).toBe('EINVAL');
  });
  it('says why it has no room, and leaves nothing behind', () => {
    const { vfs } = bare();
    const minor = vfs.allocateMinor();
    vfs.releaseMinor(minor);
    const error = failure(() => createDev(vfs, { data: 'nr_inodes=6' }));
    expect(error.message).toBe('failed to create directory "shm": No space left on device');
    expect(error.cause).toMatchObject({ code: 'ENOSPC' });
    expect(vfs.allocateMinor()).toBe(minor);
  });
  it('goes with its last mount', () => {
    const { p, filesystem } = mounted();
    let released = 0;
    filesystem.release = () => released++;
    expect([filesystem.references, filesystem.type.name]).toEqual([1, 'dev']);
    p.umount('/dev');
    expect(released).toBe(1);
  });
  it('ENODEV for mount(2)', () => {
    const { vfs, p } = bare();
    if (!vfs.filesystemTypes.has('dev')) vfs.registerFilesystemType(new DevType(vfs));
    expect(code(() => p.mount('', '/dev', 'dev', 0, ''))).toBe('ENODEV');
  });
  it('is apart from the shared tree', () => {
    const { p } = mounted();
    p.mkdir('/shared', 0o755);
    p.mount('', '/shared', 'devtmpfs', 0, '');
    p.mkdir('/shared/x', 0o755);
    expect(names(p, '/dev')).not.toContain('x');
    expect(p.lstat('/dev/fd').mode & S_IFMT).toBe(S_IFLNK);
  });
});
