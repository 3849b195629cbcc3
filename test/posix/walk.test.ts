import {
  AT_FDCWD,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../../src/abi/fcntl.ts';
import { MS_BIND, MS_NOSYMFOLLOW } from '../../src/abi/mount.ts';
import { makeDirectory, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

posix('path_resolution(7)', (t) => {
  t.it('an empty path is ENOENT', (p) => {
    const calls: (() => unknown)[] = [
      () => p.stat(''),
      () => p.lstat(''),
      () => p.access('', 0),
      () => p.chdir(''),
      () => p.chmod('', 0),
      () => p.chown('', 0, 0),
      () => p.truncate('', 0),
      () => p.statfs(''),
      () => p.mkdir('', 0),
      () => p.mknod('', 0o100644, 0),
      () => p.chroot(''),
      () => p.getxattr('', 'user.x'),
      () => p.utimensat(AT_FDCWD, '', null, 0),
      () => p.readlink(''),
      () => p.umount2('', 0),
    ];
    for (const call of calls) expectErrno('ENOENT', call);
  });
  t.it('slashes repeat, dots stay, and the root is its own parent', (p) => {
    p.mkdir('d', 0o755);
    const { ino } = p.stat('d');
    for (const path of ['d/', './/d', 'd/.', 'd/./', '/case/../case/d', '/../../case//d/', 'd/../d', '/./case/d'])
      expect(p.stat(path).ino, path).toBe(ino);
    expect(p.stat('/..').ino).toBe(p.stat('/').ino);
    expect(p.stat('////').ino).toBe(p.stat('/').ino);
  });
  t.it('ENOTDIR: a file on the way, before what follows is looked at', (p) => {
    writeFile(p, 'f');
    for (const path of ['f/', 'f/.', 'f/..', 'f/x', 'f/x/y', 'f//', `f/${'n'.repeat(256)}`]) expectErrno('ENOTDIR', () => p.stat(path));
    expectErrno('ENOTDIR', () => t.user(1000).stat('f/x'));
  });
  t.it('ENOENT: a missing directory on the way', (p) => {
    for (const path of ['no/', 'no/.', 'no/..', 'no/x']) expectErrno('ENOENT', () => p.stat(path));
  });
  t.it('.. after a symlink is the parent of the target', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/b', 0o755);
    p.symlink('a/b', 'l');
    expect(p.stat('l/..').ino).toBe(p.stat('a').ino);
  });
  t.it('relative links start at their directory, absolute ones at the root', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'd/f', 'in d');
    p.symlink('f', 'd/relative');
    p.symlink('/case/d/f', 'd/absolute');
    p.symlink('../d/relative', 'd/twice');
    for (const name of ['relative', 'absolute', 'twice']) expect(readFile(p, `d/${name}`)).toBe('in d');
  });
  t.it('40 symlinks are followed, the 41st is ELOOP', (p) => {
    writeFile(p, 'l0', 'end');
    for (let i = 1; i <= 41; i++) p.symlink(`l${i - 1}`, `l${i}`);
    expect(readFile(p, 'l40')).toBe('end');
    expectErrno('ELOOP', () => p.stat('l41'));
    expect(p.lstat('l41').size).toBe(3);
  });
  t.it('all links of a path count together', (p) => {
    p.symlink('.', 's');
    expect(p.stat(Array(40).fill('s').join('/')).ino).toBe(p.stat('.').ino);
    expectErrno('ELOOP', () => p.stat(Array(41).fill('s').join('/')));
    expectErrno('ELOOP', () => p.stat(`${Array(40).fill('s').join('/')}/s/`));
    expect(p.lstat(Array(41).fill('s').join('/')).mode).toBe(0o120777);
  });
  t.it('a link to itself is ELOOP', (p) => {
    p.symlink('l', 'l');
    expectErrno('ELOOP', () => p.stat('l'));
    expectErrno('ELOOP', () => p.stat('l/x'));
    expectErrno('ELOOP', () => p.open('l', O_CREAT | O_WRONLY, 0o644));
  });
  t.it('a link’s trailing slash demands a directory', (p) => {
    writeFile(p, 'f');
    p.symlink('f/', 'l');
    expectErrno('ENOTDIR', () => p.stat('l'));
    p.mkdir('d', 0o755);
    p.symlink('d/', 'm');
    expect(p.stat('m').ino).toBe(p.stat('d').ino);
    expect(p.lstat('m').mode).toBe(0o120777);
    expect(p.lstat('m/').ino).toBe(p.stat('d').ino);
  });
  t.it('search permission is needed on every directory, for . and .. too', (p) => {
    makeDirectory(p, 'd', 0o666);
    p.mkdir('d/e', 0o777);
    const u = t.user(1000);
    for (const path of ['d/e', 'd/.', 'd/..', 'd/no', 'd/e/..', `d/${'n'.repeat(256)}`]) expectErrno('EACCES', () => u.stat(path));
    u.stat('d');
    u.stat('d/');
  });
  t.it('search permission is needed on the working directory', (p) => {
    makeDirectory(p, 'd', 0o777);
    const u = t.user(1000);
    u.chdir('d');
    p.chmod('d', 0o600);
    expectErrno('EACCES', () => u.stat('.'));
    expectErrno('EACCES', () => u.stat('x'));
    u.stat('/case');
  });
  t.it('names have 255 bytes at most, and components are looked at in order', (p) => {
    const long = 'n'.repeat(256);
    expectErrno('ENAMETOOLONG', () => p.stat(long));
    expectErrno('ENAMETOOLONG', () => p.stat(`${long}/x`));
    expectErrno('ENOENT', () => p.stat(`no/${long}`));
    expectErrno('ENOENT', () => p.stat('n'.repeat(255)));
    expectErrno('ENAMETOOLONG', () => p.mkdir('€'.repeat(86), 0o755));
    p.mkdir('€'.repeat(85), 0o755);
  });
  t.it('paths have 4095 bytes at most', (p) => {
    const path = (length: number): string => `${'./'.repeat(2047)}d`.padStart(length, '/');
    p.mkdir('d', 0o755);
    expect(p.stat(path(4095)).ino).toBe(p.stat('d').ino);
    expectErrno('ENAMETOOLONG', () => p.stat(path(4096)));
    expectErrno('ENAMETOOLONG', () => p.stat('x/'.repeat(5000)));
    expectErrno('ENAMETOOLONG', () => p.openat(99, 'x/'.repeat(5000), 0));
  });
  t.it('names are bytes: no case folding, no normalisation', (p) => {
    for (const name of ['A', 'a', 'é', 'e\u0301', '\udcff', '__proto__', 'constructor', ' ', '\n', '\\', '...', '\ufeff'])
      writeFile(p, name, name === '\udcff' ? 'byte' : name);
    expect([readFile(p, 'A'), readFile(p, 'a'), readFile(p, '__proto__'), readFile(p, '...')]).toEqual(['A', 'a', '__proto__', '...']);
    expect([readFile(p, 'é'), readFile(p, 'e\u0301'), readFile(p, '\udcff')]).toEqual(['é', 'e\u0301', 'byte']);
    for (const name of ['toString', 'hasOwnProperty', '\udcfe']) expectErrno('ENOENT', () => p.stat(name));
  });
  t.it('a chain of surrogates that spells UTF-8 is that name', (p) => {
    writeFile(p, 'é', 'x');
    expect(readFile(p, '\udcc3\udca9')).toBe('x');
  });
  t.it('an unlinked directory is still a place', (p) => {
    p.mkdir('d', 0o755);
    p.mkdir('d/e', 0o755);
    p.chdir('d/e');
    p.rmdir('/case/d/e');
    expect(p.stat('..').ino).toBe(p.stat('/case/d').ino);
    expectErrno('ENOENT', () => p.stat('x'));
    p.rename('/case/d', '/case/f');
    expect(p.stat('..').ino).toBe(p.stat('/case/f').ino);
  });
  t.it('nosymfollow: links of the mount are ELOOP, and can be read', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_NOSYMFOLLOW, null);
    p.mkdir('m/d', 0o755);
    p.symlink('d', 'm/l');
    expectErrno('ELOOP', () => p.stat('m/l'));
    expectErrno('ELOOP', () => p.stat('m/l/'));
    expect(p.readlink('m/l')).toBe('d');
    p.symlink('m/d', 'outside');
    p.stat('outside');
  });
});

posix('openat2(2), RESOLVE_*', (t) => {
  const resolve = (p: Process, path: string, flags: number, how: number = O_PATH, dirfd: number = AT_FDCWD): string =>
    outcome(() => p.close(p.openat2(dirfd, path, { flags: how, resolve: flags })));
  const tree = (p: Process): number => {
    p.mkdir('root', 0o755);
    p.mkdir('root/d', 0o755);
    p.mkdir('root/m', 0o755);
    writeFile(p, 'outside', 'out');
    writeFile(p, 'root/f', 'in');
    p.symlink('f', 'root/link');
    p.symlink('/outside', 'root/absolute');
    p.symlink('/f', 'root/to-root');
    p.symlink('../outside', 'root/up');
    p.symlink('d/../f', 'root/within');
    p.symlink('../../../../f', 'root/d/high');
    p.mount('t', 'root/m', 'tmpfs', 0, null);
    writeFile(p, 'root/m/x');
    p.symlink('m/x', 'root/across');
    return p.open('root', O_PATH);
  };
  t.it('RESOLVE_BENEATH: EXDEV for what leaves, absolute paths, and links that do', (p) => {
    const fd = tree(p);
    const beneath = (path: string): string => resolve(p, path, RESOLVE_BENEATH, O_PATH, fd);
    expect(['f', 'd/../f', 'link', 'within', 'm/x', 'm/../f', '.'].map(beneath)).toEqual(Array(7).fill('OK'));
    expect(['..', '/f', '../root/f', 'd/../../root', 'up', 'absolute', 'to-root', '/'].map(beneath)).toEqual(Array(8).fill('EXDEV'));
    expect(beneath('no')).toBe('ENOENT');
    expect(beneath('f/x')).toBe('ENOTDIR');
    expect(resolve(p, 'up', RESOLVE_BENEATH, O_PATH | O_NOFOLLOW, fd)).toBe('OK');
  });
  t.it('RESOLVE_IN_ROOT: the descriptor is the root', (p) => {
    const fd = tree(p);
    const inRoot = (path: string): string => resolve(p, path, RESOLVE_IN_ROOT, O_PATH, fd);
    expect(['/f', '../../f', 'to-root', 'd/high', '/', '..', 'm/../f'].map(inRoot)).toEqual(Array(7).fill('OK'));
    expect(['absolute', 'up', '/outside', '../outside'].map(inRoot)).toEqual(Array(4).fill('ENOENT'));
    const found = p.openat2(fd, '/../f', { flags: O_RDONLY, resolve: RESOLVE_IN_ROOT });
    expect(p.fstat(found).ino).toBe(p.stat('root/f').ino);
    p.openat2(fd, '/../new', { flags: O_CREAT | O_WRONLY, mode: 0o644, resolve: RESOLVE_IN_ROOT });
    p.stat('root/new');
  });
  t.it('RESOLVE_NO_SYMLINKS: ELOOP for any, but a final one that is opened itself', (p) => {
    const fd = tree(p);
    const plain = (path: string, how: number = O_PATH): string => resolve(p, path, RESOLVE_NO_SYMLINKS, how, fd);
    expect(['f', 'd/../f', 'link', 'within', 'd/high'].map((path) => plain(path))).toEqual(['OK', 'OK', 'ELOOP', 'ELOOP', 'ELOOP']);
    expect(plain('link', O_PATH | O_NOFOLLOW)).toBe('OK');
    p.symlink('d', 'root/dir');
    expect(plain('dir/.', O_PATH | O_NOFOLLOW)).toBe('ELOOP');
    expect(plain('dir/', O_PATH | O_NOFOLLOW)).toBe('ELOOP');
  });
  t.it('RESOLVE_NO_XDEV: EXDEV for crossing a mount, in any way', (p) => {
    const fd = tree(p);
    const within = (path: string): string => resolve(p, path, RESOLVE_NO_XDEV, O_PATH, fd);
    expect(['f', 'link', '..', 'up'].map(within)).toEqual(['OK', 'OK', 'OK', 'OK']);
    expect(['m', 'm/x', 'across', 'm/..'].map(within)).toEqual(Array(4).fill('EXDEV'));
    const inside = p.open('root/m', O_PATH);
    expect(resolve(p, '..', RESOLVE_NO_XDEV, O_PATH, inside)).toBe('EXDEV');
    expect(resolve(p, '/case', RESOLVE_NO_XDEV, O_PATH, fd)).toBe('OK');
    expect(resolve(p, '/case', RESOLVE_NO_XDEV, O_PATH, inside)).toBe('OK');
  });
  t.it('RESOLVE_NO_MAGICLINKS leaves ordinary links alone; RESOLVE_CACHED answers what is known', (p) => {
    const fd = tree(p);
    expect(resolve(p, 'link', RESOLVE_NO_MAGICLINKS, O_PATH, fd)).toBe('OK');
    expect(resolve(p, 'f', RESOLVE_CACHED, O_RDONLY, fd)).toBe(t.throughFuse('cached-walk', 'OK', 'EAGAIN'));
    expect(resolve(p, 'f', RESOLVE_CACHED, O_WRONLY | O_CREAT, fd)).toBe('EAGAIN');
  });
  t.it('magic links of proc: ELOOP when refused, EXDEV from a scoped walk', (p) => {
    const fd = tree(p);
    p.mkdir('root/proc', 0o755);
    p.mount('proc', 'root/proc', 'proc', 0, null);
    const file = p.open('root/f', O_RDONLY);
    const magic = `root/proc/self/fd/${file}`;
    expect(resolve(p, magic, 0)).toBe('OK');
    expect(resolve(p, magic, RESOLVE_NO_MAGICLINKS)).toBe('ELOOP');
    expect(resolve(p, magic, RESOLVE_NO_SYMLINKS)).toBe('ELOOP');
    expect(resolve(p, `proc/self/fd/${file}`, RESOLVE_BENEATH, O_PATH, fd)).toBe('EXDEV');
    expect(resolve(p, `proc/self/fd/${file}`, RESOLVE_IN_ROOT, O_PATH, fd)).toBe('EXDEV');
    expect(resolve(p, magic, RESOLVE_NO_MAGICLINKS, O_PATH | O_NOFOLLOW)).toBe('OK');
  });
});

posix('chroot(2)', (t) => {
  t.it('makes / another directory, for links too; .. stays in it', (p) => {
    p.mkdir('r', 0o755);
    writeFile(p, 'r/f', 'inside');
    p.symlink('/f', 'r/l');
    p.chroot('r');
    p.chdir('/');
    expect(readFile(p, '/f')).toBe('inside');
    expect(readFile(p, 'l')).toBe('inside');
    expect(readFile(p, '../../f')).toBe('inside');
    expect(p.getcwd()).toBe('/');
  });
  t.it('leaves the working directory, from which root can leave', (p) => {
    p.mkdir('r', 0o755);
    p.mkdir('outside', 0o755);
    p.chroot('r');
    expect(p.stat('outside').mode).toBe(0o40755);
    expectErrno('ENOENT', () => p.stat('/outside'));
    expect(p.getcwd()).toBe('(unreachable)/case');
    expect(p.stat('../case/outside').nlink).toBe(2);
  });
  t.it('EPERM without CAP_SYS_CHROOT, after the walk; ENOTDIR, ENOENT, EACCES', (p) => {
    p.mkdir('r', 0o755);
    writeFile(p, 'f');
    makeDirectory(p, 'closed', 0o700);
    const u = t.user(1000);
    expectErrno('EPERM', () => u.chroot('r'));
    expectErrno('ENOTDIR', () => u.chroot('f'));
    expectErrno('ENOENT', () => u.chroot('no'));
    expectErrno('EACCES', () => u.chroot('closed'));
  });
});

posix('chdir(2), getcwd(2)', (t) => {
  t.it('getcwd follows renames', (p) => {
    p.mkdir('a', 0o755);
    p.mkdir('a/b', 0o755);
    p.chdir('a/b');
    expect(p.getcwd()).toBe('/case/a/b');
    p.rename('/case/a', '/case/c');
    expect(p.getcwd()).toBe('/case/c/b');
    p.chdir('/');
    expect(p.getcwd()).toBe('/');
  });
  t.it('chdir: ENOTDIR, EACCES, ENOENT, ELOOP', (p) => {
    writeFile(p, 'f');
    makeDirectory(p, 'd', 0o666);
    p.symlink('f', 'l');
    expectErrno('ENOTDIR', () => p.chdir('f'));
    expectErrno('ENOTDIR', () => p.chdir('l'));
    expectErrno('EACCES', () => t.user(1000).chdir('d'));
    expectErrno('ENOENT', () => p.chdir('no'));
  });
  t.it('fchdir: by descriptor; EBADF, ENOTDIR', (p) => {
    p.mkdir('d', 0o755);
    writeFile(p, 'f');
    p.fchdir(p.open('d', O_RDONLY | O_DIRECTORY));
    expect(p.getcwd()).toBe('/case/d');
    expectErrno('EBADF', () => p.fchdir(99));
    expectErrno('ENOTDIR', () => p.fchdir(p.open('/case/f', O_RDONLY)));
  });
  t.it('getcwd across a mount and under one', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    p.mkdir('m/x', 0o755);
    p.chdir('m/x');
    expect(p.getcwd()).toBe('/case/m/x');
    p.mkdir('/case/b', 0o755);
    p.mount('.', '/case/b', null, MS_BIND, null);
    p.chdir('/case/b');
    expect(p.getcwd()).toBe('/case/b');
    expect(p.stat('..').ino).toBe(p.stat('/case').ino);
  });
  t.it('a process has its own working directory, which a fork copies', (p) => {
    p.mkdir('d', 0o755);
    p.chdir('d');
    const child = p.fork();
    expect(child.getcwd()).toBe('/case/d');
    child.chdir('/');
    expect(p.getcwd()).toBe('/case/d');
    expect(t.spawn().getcwd()).toBe('/case');
  });
});
