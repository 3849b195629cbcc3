/**
 * devtmpfs as a filesystem type, shared and released, the Accessor's own life, and the private `dev`.
 */
import { describe, expect, it } from 'vitest';
import { LinuxError } from '../../src/abi/errno.ts';
import { O_CREAT, O_WRONLY } from '../../src/abi/fcntl.ts';
import { CLONE_NEWNS, MNT_DETACH, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { makedev, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT } from '../../src/abi/stat.ts';
import { NullDescription } from '../../src/devices/index.ts';
import { Accessor, DevtmpfsType, DevType, createDev } from '../../src/fs/devtmpfs/index.ts';
import type { TmpfsFilesystem } from '../../src/fs/tmpfs/tmpfs.ts';
import { Credentials } from '../../src/vfs/credentials.ts';
import { mountFilesystem } from '../../src/vfs/mounting.ts';
import { LOOKUP_FOLLOW, lookupAt } from '../../src/vfs/walk.ts';
import { accessorOf, bare, code, failure, instance, names, type Setup, setup } from './devtmpfs-setup.ts';

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
    expect(createDev(vfs).root.child('x')).toBe(undefined);
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
