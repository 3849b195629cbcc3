import { O_RDONLY } from '../../src/abi/fcntl.ts';
import { CAP_FOWNER, CAP_SYS_ADMIN } from '../../src/abi/capability.ts';
import { MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { XATTR_CREATE, XATTR_REPLACE } from '../../src/abi/xattr.ts';
import { bytes, makeDirectory, moved, text, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('xattr(7)', (t) => {
  t.it('sets, gets, lists and removes', (p) => {
    writeFile(p, 'f');
    p.setxattr('f', 'user.a', bytes('one'));
    p.setxattr('f', 'user.empty', bytes(''));
    p.setxattr('f', 'trusted.b', bytes('two'));
    expect(text(p.getxattr('f', 'user.a'))).toBe('one');
    expect(p.getxattr('f', 'user.empty')).toHaveLength(0);
    expect(p.listxattr('f').sort()).toEqual(['trusted.b', 'user.a', 'user.empty']);
    p.removexattr('f', 'user.a');
    expectErrno('ENODATA', () => p.getxattr('f', 'user.a'));
    expectErrno('ENODATA', () => p.removexattr('f', 'user.a'));
    const fd = p.open('f', O_RDONLY);
    p.fsetxattr(fd, 'user.c', bytes('three'));
    expect(text(p.fgetxattr(fd, 'user.c'))).toBe('three');
    expect(p.flistxattr(fd).sort()).toEqual(['trusted.b', 'user.c', 'user.empty']);
    p.fremovexattr(fd, 'user.c');
  });
  t.it('XATTR_CREATE: EEXIST; XATTR_REPLACE: ENODATA; both, or others: EINVAL', (p) => {
    writeFile(p, 'f');
    p.setxattr('f', 'user.a', bytes('1'), XATTR_CREATE);
    expectErrno('EEXIST', () => p.setxattr('f', 'user.a', bytes('2'), XATTR_CREATE));
    p.setxattr('f', 'user.a', bytes('3'), XATTR_REPLACE);
    expectErrno('ENODATA', () => p.setxattr('f', 'user.b', bytes('4'), XATTR_REPLACE));
    expectErrno('EINVAL', () => p.setxattr('f', 'user.b', bytes('4'), 4));
    expectErrno('EINVAL', () => p.setxattr('no', 'user.b', bytes('4'), 4));
    expect(text(p.getxattr('f', 'user.a'))).toBe('3');
  });
  t.it('ERANGE: an empty or long name, or a small buffer; E2BIG: a large value', (p) => {
    writeFile(p, 'f');
    expectErrno('ERANGE', () => p.setxattr('f', '', bytes('')));
    expectErrno('ERANGE', () => p.getxattr('f', `user.${'n'.repeat(251)}`));
    p.setxattr('f', `user.${'n'.repeat(250)}`, bytes('x'));
    expectErrno('ERANGE', () => p.getxattr('f', `user.${'n'.repeat(256)}`));
    p.setxattr('f', 'user.a', bytes('12345'));
    expectErrno('ERANGE', () => p.getxattr('f', 'user.a', 4));
    expect(p.getxattr('f', 'user.a', 5)).toHaveLength(5);
    expectErrno('ERANGE', () => p.listxattr('f', 5));
    expectErrno('E2BIG', () => p.setxattr('f', 'user.big', new Uint8Array(65537)));
    p.setxattr('f', 'user.big', new Uint8Array(65536));
    expect(p.getxattr('f', 'user.big')).toHaveLength(65536);
  });
  t.it('EOPNOTSUPP: an unknown prefix, or system. beyond ACLs', (p) => {
    writeFile(p, 'f');
    for (const name of ['x', 'other.a', 'system.a']) {
      expectErrno('EOPNOTSUPP', () => p.setxattr('f', name, bytes('x')));
      expectErrno('EOPNOTSUPP', () => p.getxattr('f', name));
      expectErrno('EOPNOTSUPP', () => p.removexattr('f', name));
    }
  });
  t.it('EINVAL: a prefix without a name', (p) => {
    writeFile(p, 'f');
    for (const name of ['user.', 'trusted.', 'security.']) {
      expectErrno('EINVAL', () => p.setxattr('f', name, bytes('x')));
      expectErrno('EINVAL', () => p.getxattr('f', name));
    }
  });
  t.it('user.: regular files and directories only; write EPERM, read ENODATA', (p) => {
    p.symlink('x', 'l');
    p.mknod('fifo', 0o10666, 0);
    p.mkdir('d', 0o755);
    p.setxattr('d', 'user.a', bytes('x'));
    expectErrno('EPERM', () => p.lsetxattr('l', 'user.a', bytes('x')));
    expectErrno('ENODATA', () => p.lgetxattr('l', 'user.a'));
    expectErrno('EPERM', () => p.setxattr('fifo', 'user.a', bytes('x')));
    expectErrno('ENODATA', () => p.getxattr('fifo', 'user.a'));
    expectErrno('EPERM', () => p.removexattr('fifo', 'user.a'));
    p.lsetxattr('l', 'trusted.a', bytes('x'));
    expect(text(p.lgetxattr('l', 'trusted.a'))).toBe('x');
    expect(p.llistxattr('l')).toEqual(['trusted.a']);
    p.lremovexattr('l', 'trusted.a');
  });
  t.it('user. needs the file’s read and write permission: EACCES', (p) => {
    writeFile(p, 'f', '', 0o644);
    p.setxattr('f', 'user.a', bytes('x'));
    const u = t.user(1000);
    expect(text(u.getxattr('f', 'user.a'))).toBe('x');
    expectErrno('EACCES', () => u.setxattr('f', 'user.b', bytes('x')));
    expectErrno('EACCES', () => u.removexattr('f', 'user.a'));
    p.chmod('f', 0o620);
    expectErrno('EACCES', () => u.getxattr('f', 'user.a'));
    expect(u.listxattr('f')).toEqual(['user.a']);
  });
  t.it('user. on a sticky directory needs the owner: EPERM', (p) => {
    makeDirectory(p, 's', 0o1777);
    expectErrno('EPERM', () => t.user(1000).setxattr('s', 'user.a', bytes('x')));
    t.spawn({ uid: 1000, capabilities: [CAP_FOWNER] }).setxattr('s', 'user.a', bytes('x'));
  });
  t.it('trusted. needs CAP_SYS_ADMIN: write EPERM, read ENODATA, hidden from the list', (p) => {
    writeFile(p, 'f', '', 0o666);
    p.setxattr('f', 'trusted.a', bytes('x'));
    const u = t.user(1000);
    expectErrno('EPERM', () => u.setxattr('f', 'trusted.b', bytes('x')));
    expectErrno('ENODATA', () => u.getxattr('f', 'trusted.a'));
    expect(u.listxattr('f')).toEqual([]);
    const admin = t.spawn({ uid: 1000, capabilities: [CAP_SYS_ADMIN] });
    expect(text(admin.getxattr('f', 'trusted.a'))).toBe('x');
  });
  t.it('security. is read by all and written by CAP_SYS_ADMIN', (p) => {
    writeFile(p, 'f', '', 0o666);
    p.setxattr('f', 'security.a', bytes('x'));
    const u = t.user(1000);
    expect(text(u.getxattr('f', 'security.a'))).toBe('x');
    expectErrno('EPERM', () => u.setxattr('f', 'security.a', bytes('y')));
    expectErrno('EPERM', () => u.removexattr('f', 'security.a'));
  });
  t.it('moves ctime, when it changes something', (p) => {
    writeFile(p, 'f');
    expect(moved(p, 'f', () => p.setxattr('f', 'user.a', bytes('x')))).toBe('c');
    expect(moved(p, 'f', () => p.removexattr('f', 'user.a'))).toBe('c');
    expect(moved(p, 'f', () => expectErrno('ENODATA', () => p.removexattr('f', 'user.a')))).toBe('');
  });
  t.it('EROFS, ENOENT, EBADF', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/f');
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.setxattr('m/f', 'user.a', bytes('x')));
    expectErrno('EROFS', () => p.removexattr('m/f', 'user.a'));
    expectErrno('ENODATA', () => p.getxattr('m/f', 'user.a'));
    expectErrno('ENOENT', () => p.getxattr('no', 'user.a'));
    expectErrno('EBADF', () => p.fgetxattr(99, 'user.a'));
  });
  t.it('user. is charged to the inodes of the filesystem', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, 'nr_inodes=4');
    writeFile(p, 'm/f');
    const free = p.statfs('m').ffree;
    p.setxattr('m/f', 'user.a', new Uint8Array(100));
    expect(free - p.statfs('m').ffree).toBe(1);
    expectErrno('ENOSPC', () => p.setxattr('m/f', 'user.big', new Uint8Array(8000)));
    p.removexattr('m/f', 'user.a');
    expect(p.statfs('m').ffree).toBe(free);
  });
});
