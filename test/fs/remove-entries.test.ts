/** removeEntries: the outcome of `rm -r` by system calls, name by name, in one call. */
import { describe, expect, it } from 'vitest';
import {
  AT_REMOVEDIR,
  Kernel,
  MS_BIND,
  MS_RDONLY,
  MS_REMOUNT,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  type Process,
  removeEntries,
} from '../../src/index.ts';
import { DT_DIR, PROC_SUPER_MAGIC } from '../../src/abi/stat.ts';
import { checkInvariants } from '../../src/testing/index.ts';

/** The same by getdents(2), openat(2) and unlinkat(2): a directory is tried first, so that one which may not go keeps what is in it. */
function byCalls(p: Process, fd: number): void {
  for (let batch = p.getdents(fd); batch.length > 0; batch = p.getdents(fd)) {
    for (const { name, type } of batch) {
      if (name === '.' || name === '..') continue;
      if (type === DT_DIR) {
        try {
          p.unlinkat(fd, name, AT_REMOVEDIR);
          continue;
        } catch (error) {
          if (!['ENOTEMPTY', 'EPERM'].includes((error as { code: string }).code)) throw error;
        }
        const below = p.openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        try {
          byCalls(p, below);
        } finally {
          p.close(below);
        }
        p.unlinkat(fd, name, AT_REMOVEDIR);
      } else p.unlinkat(fd, name, 0);
    }
  }
}

/** Everything that is left, with what stat(2) says of it. */
function left(p: Process, path: string): string[] {
  if (p.statfs(path).type === PROC_SUPER_MAGIC) return [];
  const fd = p.open(path, O_RDONLY | O_DIRECTORY);
  const names = p.readNames(fd).sort();
  p.close(fd);
  return names.flatMap((name) => {
    const below = `${path}/${name}`;
    const { mode, nlink, size, uid } = p.lstat(below);
    const line = `${below} ${mode.toString(8)} ${nlink} ${size} ${uid}`;
    return (mode & 0o170000) === 0o40000 ? [line, ...left(p, below)] : [line];
  });
}

const file = (p: Process, path: string, bytes = 3): void => {
  const fd = p.open(path, O_CREAT | O_WRONLY, 0o644);
  p.write(fd, new Uint8Array(bytes));
  p.close(fd);
};

/** A tree with some of everything. */
function plant(root: Process, user: Process): void {
  root.mkdir('/tmp/t', 0o755);
  root.chmod('/tmp/t', 0o777);
  for (const directory of ['a', 'a/deep', 'a/deep/er', 'b', 'empty']) user.mkdir(`/tmp/t/${directory}`, 0o755);
  for (const name of ['one', 'a/two', 'a/deep/three', 'a/deep/er/four', 'b/five', 'b/six']) file(user, `/tmp/t/${name}`, 5000);
  user.symlink('/etc/passwd', '/tmp/t/link');
  user.mknod('/tmp/t/b/fifo', 0o10644, 0);
  user.link('/tmp/t/b/five', '/tmp/t/another');
  user.link('/tmp/t/b/five', '/tmp/kept');
  user.setxattr('/tmp/t/one', 'user.x', new Uint8Array(10), 0);
}

const CASES: readonly (readonly [string, (root: Process, user: Process) => void])[] = [
  ['an ordinary tree', () => {}],
  ['a directory that is not readable', (_, user) => user.chmod('/tmp/t/a/deep', 0o300)],
  ['a directory that is not writable', (_, user) => user.chmod('/tmp/t/a/deep', 0o500)],
  ['a directory that may not be searched', (_, user) => user.chmod('/tmp/t/b', 0o600)],
  ['a sticky directory with a stranger’s file', (root) => (root.chmod('/tmp/t', 0o1777), file(root, '/tmp/t/roots'))],
  ['an open file and a working directory', (_, user) => (user.open('/tmp/t/b/six', O_RDWR), user.chdir('/tmp/t/empty'))],
  ['a mounted filesystem', (root, user) => (root.mount('x', '/tmp/t/empty', 'tmpfs', 0, null), file(user, '/tmp/t/empty/in-it'))],
  ['a mount point that is a file', (root) => root.mount('/etc/passwd', '/tmp/t/b/six', '', MS_BIND, null)],
  [
    'a read-only mount',
    (root) => {
      root.mount('/etc', '/tmp/t/b', '', MS_BIND, null);
      root.mount('', '/tmp/t/b', '', MS_BIND | MS_REMOUNT | MS_RDONLY, null);
    },
  ],
  ['a looked-up filesystem', (root) => root.mount('proc', '/tmp/t/empty', 'proc', 0, null)],
  ['an append-only directory', (root) => setFlags(root, '/tmp/t/b', 0x20)],
  ['an immutable file', (root) => setFlags(root, '/tmp/t/a/two', 0x10)],
];

/** FS_IOC_SETFLAGS. */
function setFlags(p: Process, path: string, flags: number): void {
  const fd = p.open(path, O_RDONLY);
  p.ioctl(fd, 0x40086602, new Uint8Array(new Uint32Array([flags, 0]).buffer));
  p.close(fd);
}

function outcome(prepare: (root: Process, user: Process) => void, as: 'root' | 'user', remove: (p: Process, fd: number) => void): unknown {
  const kernel = new Kernel({ clock: () => 1_700_000_000_000 });
  const root = kernel.spawn();
  const user = kernel.spawn({ uid: 1000, gid: 1000 });
  plant(root, user);
  prepare(root, user);
  const p = as === 'root' ? root : user;
  const fd = p.open('/tmp/t', O_RDONLY | O_DIRECTORY);
  let code = 'OK';
  try {
    remove(p, fd);
  } catch (error) {
    code = (error as { code: string }).code;
  }
  checkInvariants(kernel);
  const { bfree, ffree } = root.statfs('/tmp');
  return { code, left: left(root, '/tmp'), bfree, ffree };
}

describe('removeEntries', () => {
  for (const as of ['root', 'user'] as const) {
    it.each(CASES)(`${as} ▸ %s`, (_name, prepare) => {
      const expected = outcome(prepare, as, byCalls);
      const actual = outcome(prepare, as, (p, fd) => removeEntries(p, p.file(fd)));
      expect(actual).toEqual(expected);
    });
  }

  it('tells whoever listens of each name', () => {
    const heard = (remove: (p: Process, fd: number) => void): string[] => {
      const kernel = new Kernel();
      const p = kernel.spawn();
      plant(p, p);
      const fd = p.open('/tmp/t', O_RDONLY | O_DIRECTORY);
      const seen: string[] = [];
      kernel.vfs.listen(({ mask, name }) => seen.push(`${mask.toString(16)} ${name}`));
      remove(p, fd);
      // A listing that needs more than one call is one access more.
      return seen.filter((line) => !line.startsWith('40000001 '));
    };
    expect(heard((p, fd) => removeEntries(p, p.file(fd)))).toEqual(heard(byCalls));
  });

  it('keeps what somebody who listens makes meanwhile', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    plant(p, p);
    const fd = p.open('/tmp/t', O_RDONLY | O_DIRECTORY);
    const stop = kernel.vfs.listen(({ name }) => {
      if (name === 'one') file(p, '/tmp/t/made-meanwhile');
    });
    removeEntries(p, p.file(fd));
    stop();
    checkInvariants(kernel);
    expect(p.readNames(p.open('/tmp/t', O_RDONLY | O_DIRECTORY))).toEqual(['made-meanwhile']);
    expect(() => p.rmdir('/tmp/t')).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
  });

  it('ends, however deep the tree', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    p.mkdir('/tmp/t', 0o755);
    const fd = p.open('/tmp/t', O_RDONLY | O_DIRECTORY);
    p.chdir('/tmp/t');
    for (let i = 0; i < 20_000; i++) {
      p.mkdir('d', 0o755);
      p.chdir('d');
    }
    p.chdir('/');
    removeEntries(p, p.file(fd));
    p.rmdir('/tmp/t');
    checkInvariants(kernel);
  });

  it('EBADF no descriptor, O_PATH · ENOTDIR a file · ENOENT a removed directory', () => {
    const p = new Kernel().spawn();
    p.mkdir('/tmp/t', 0o755);
    const fd = p.open('/tmp/t', O_RDONLY | O_DIRECTORY);
    p.rmdir('/tmp/t');
    for (const [at, code] of [
      [99, 'EBADF'],
      [p.open('/tmp', O_PATH), 'EBADF'],
      [p.open('/etc/passwd', O_RDONLY), 'ENOTDIR'],
      [fd, 'ENOENT'],
    ] as const)
      expect(() => removeEntries(p, p.file(at))).toThrow(expect.objectContaining({ code }));
  });
});
