/**
 * devtmpfs: what its Accessor makes and removes, and what hot-plug does with it.
 *
 * The first two groups are the tests that the type had where it comes from; then what those left out, a behaviour each.
 */
import { describe, expect, it } from 'vitest';
import { LinuxError } from '../../src/abi/errno.ts';
import { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } from '../../src/abi/fcntl.ts';
import { MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { major, makedev, minor, S_IFBLK, S_IFCHR, S_IFDIR } from '../../src/abi/stat.ts';
import { NullDescription, ZeroDescription } from '../../src/devices/index.ts';
import { Accessor } from '../../src/fs/devtmpfs/index.ts';
import { Credentials } from '../../src/vfs/credentials.ts';
import type { Uevent } from '../../src/vfs/device.ts';
import { accessorOf, code, failure, names, type Setup, setup } from './devtmpfs-setup.ts';

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
  it.each([
    ['a\0b', TypeError],
    [7 as never, TypeError],
  ])('TypeError: path %j, which no C string is', (path, type) => {
    const { vfs } = setup();
    expect(() => accessorOf(vfs).createDeviceFile(path, 'char', 12, 34, 0o600)).toThrow(type);
    expect(() => accessorOf(vfs).deleteDeviceFile(path, 'char', 12, 34)).toThrow(type);
  });
  it('ENAMETOOLONG: a name of 256 bytes, a path of 4096', () => {
    const { vfs, p } = setup();
    const accessor = accessorOf(vfs);
    accessor.createDeviceFile('x'.repeat(255), 'char', 12, 34, 0o600);
    expect(code(() => accessor.createDeviceFile('x'.repeat(256), 'char', 12, 34, 0o600))).toBe('ENAMETOOLONG');
    expect(code(() => accessor.createDeviceFile('x/'.repeat(2048), 'char', 12, 34, 0o600))).toBe('ENAMETOOLONG');
    const error = failure(() => accessor.createDeviceFile(`${'y'.repeat(256)}/z`, 'char', 12, 34, 0o600));
    expect(error.cause).toMatchObject({ code: 'ENAMETOOLONG' });
    expect(names(p, '/dev')).toEqual(['x'.repeat(255), 'char']);
  });
  it.each(['__proto__', 'constructor/toString', '\udcff', '\u{1f5c4}'])('makes %j like any other', (path) => {
    const { vfs, p } = setup();
    accessorOf(vfs).createDeviceFile(path, 'char', 12, 34, 0o600);
    expect(p.stat(`/dev/${path}`).rdev).toBe(makedev(12, 34));
    expect(p.readlink('/dev/char/12:34')).toBe(`../${path}`);
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
  it.each([undefined, 0])('mode %s is 0600', (mode) => {
    const { vfs, p } = setup();
    vfs.devices.attach(accessorOf(vfs));
    vfs.devices.register({ name: 'x', ...(mode === undefined ? {} : { mode }), open: () => new NullDescription() });
    expect(p.stat('/dev/x').mode).toBe(S_IFCHR | 0o600);
  });
  it('gives the lowest free minor of a major, whatever was taken and given back', () => {
    const { devices } = setup().vfs;
    const open = (): NullDescription => new NullDescription();
    devices.register({ major: 12, minor: 1, open });
    const [zero, two, three] = [0, 1, 2].map(() => devices.register({ major: 12, open }));
    expect([zero?.minor, two?.minor, three?.minor]).toEqual([0, 2, 3]);
    expect(devices.register({ kind: 'block', major: 12, open }).minor).toBe(0);
    two?.unregister();
    expect(devices.register({ major: 12, open }).minor).toBe(2);
    expect(devices.register({ major: 12, open }).minor).toBe(4);
    expect(() => devices.register({ major: 12, minor: 4, open })).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  });
  it('EEXIST: a name that a device has, until it is unregistered', () => {
    const { devices } = setup().vfs;
    const open = (): NullDescription => new NullDescription();
    const device = devices.register({ name: 'x', open });
    expect(() => devices.register({ name: 'x', open })).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    device.unregister();
    devices.register({ name: 'x', open });
    // Again, of what is gone: nothing.
    device.unregister();
    expect([...devices].map(({ name }) => name)).toEqual(['x']);
  });
  it('gives dynamic majors from 254 to 234, then from 511 to 384, then EBUSY', () => {
    const { devices } = setup().vfs;
    const majors: number[] = [];
    for (let count = 0; count < 21 + 128; count++) majors.push(devices.register({ open: () => new NullDescription() }).major);
    expect([majors[0], majors[20], majors[21], majors.at(-1)]).toEqual([254, 234, 511, 384]);
    expect(() => devices.register({ open: () => new NullDescription() })).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  });
  it('is seen by who watches /dev', () => {
    const { vfs } = setup();
    vfs.devices.attach(accessorOf(vfs));
    const seen: string[] = [];
    vfs.listen(({ mask, name }) => seen.push(`${mask.toString(16)} ${name}`));
    const device = vfs.devices.register({ name: 'a/x', major: 12, minor: 1, open: () => new NullDescription() });
    const created = seen.splice(0);
    device.unregister();
    const [ATTRIB, CREATE, DELETE, DELETE_SELF] = ['4', '100', '200', '400'];
    expect(created.filter((event) => !/char|12:1/.test(event))).toEqual([`40000${CREATE} a`, `${CREATE} x`, `${ATTRIB} x`]);
    expect(seen.filter((event) => !/char|12:1/.test(event))).toEqual([
      // Stripped, then its link count falls.
      `${ATTRIB} x`,
      `${ATTRIB} x`,
      `${DELETE} x`,
      `${DELETE_SELF} x`,
      `40000${DELETE} a`,
      `40000${DELETE_SELF} a`,
    ]);
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
  it('tells of a block device that it is a disk, as netlink’s message has it', () => {
    const { vfs } = setup();
    const seen: Uevent[] = [];
    vfs.devices.subscribe((event) => seen.push(event));
    vfs.devices.register({ name: 'vda', kind: 'block', major: 254, minor: 0, open: () => new NullDescription() });
    expect(Object.entries(seen[0] ?? {}).map(([key, value]) => `${key}=${value}`)).toEqual([
      'ACTION=add',
      'DEVPATH=/devices/virtual/block/vda',
      'SUBSYSTEM=block',
      'MAJOR=254',
      'MINOR=0',
      'DEVNAME=vda',
      'DEVTYPE=disk',
      expect.stringMatching(/^SEQNUM=\d+$/),
    ]);
  });
  it.each([
    ['name', 'a\0b'],
    ['name', 7],
    ['uid', -1],
    ['gid', 2 ** 32],
    ['mode', 0o10000],
    ['kind', 'fifo'],
  ])('TypeError: a device whose %s is %j', (key, value) => {
    const { vfs } = setup();
    expect(() => vfs.devices.register({ name: 'x', open: () => new NullDescription(), [key]: value })).toThrow(TypeError);
    expect([...vfs.devices]).toEqual([]);
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
