/**
 * proc(5), mounted in the case's own namespace. What the host's kernel has and tuxfs has not (other files, other filesystems) is not
 * asked for, and nothing is changed outside the processes of a case: the files that belong to none are one for the whole machine.
 */
import {
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../../src/abi/fcntl.ts';
import { MS_NOSYMFOLLOW } from '../../src/abi/mount.ts';
import { S_IFLNK, S_IFREG } from '../../src/abi/stat.ts';
import { bytes, entries, list, readAll, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

/** Root, with proc on /proc. */
function mounted(p: Process): Process {
  p.mkdir('/proc', 0o555);
  p.mount('proc', '/proc', 'proc', 0, null);
  return p;
}

const pid = (p: Process): number => Number(p.readlink('/proc/self'));
const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

/** A line of status. */
function status(p: Process, name: string, path = '/proc/self/status'): string | undefined {
  const line = readFile(p, path)
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 2);
}

posix('/proc', (t) => {
  t.it('has its own type, and every process by its number', (p) => {
    mounted(p);
    expect(p.statfs('/proc').type).toBe(0x9fa0);
    const other = t.spawn();
    const expected = ['devices', 'filesystems', 'mounts', 'self', 'thread-self', String(pid(p)), String(pid(other))];
    expect(list(p, '/proc')).toEqual(expect.arrayContaining(expected));
  });
  t.it('lists processes last, in ascending order', (p) => {
    mounted(p);
    const others = [t.spawn(), t.spawn(), t.spawn()];
    const names = entries(p, p.open('/proc', O_RDONLY | O_DIRECTORY), 128).map(({ name }) => name);
    const numbers = names.slice(names.findIndex((name) => /^[0-9]+$/.test(name))).map(Number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    for (const other of others) expect(numbers).toContain(pid(other));
  });
  t.it('self and thread-self are the reader', (p) => {
    mounted(p);
    expect(p.readlink('/proc/thread-self')).toBe(`${pid(p)}/task/${pid(p)}`);
    expect([p.lstat('/proc/self').mode, p.lstat('/proc/self').size]).toEqual([S_IFLNK | 0o777, 0]);
    expect(p.stat('/proc/self').ino).toBe(p.stat(`/proc/${pid(p)}`).ino);
    expect(pid(t.spawn())).not.toBe(pid(p));
  });
  t.it('mounts is a link to the reader’s own', (p) => {
    mounted(p);
    expect(p.readlink('/proc/mounts')).toBe('self/mounts');
    expect(readFile(p, '/proc/mounts')).toBe(readFile(p, '/proc/self/mounts'));
  });
  t.each(
    [
      ['/proc', 0o555],
      ['/proc/devices', 0o444],
      ['/proc/filesystems', 0o444],
      ['/proc/self', 0o777],
      ['/proc/self/.', 0o555],
      ['/proc/self/comm', 0o644],
      ['/proc/self/cwd', 0o777],
      ['/proc/self/root', 0o777],
      ['/proc/self/fd', 0o500],
      ['/proc/self/fdinfo', 0o555],
      ['/proc/self/mountinfo', 0o444],
      ['/proc/self/mounts', 0o444],
      ['/proc/self/status', 0o444],
      ['/proc/self/task', 0o555],
    ] as const,
    '%s: mode %o',
    (p, path, mode) => {
      mounted(p);
      const stat = p.lstat(path);
      expect(octal(stat.mode)).toBe(octal(mode));
      if (path !== '/proc/self/fd') expect(stat.size).toBe(0);
      expect([stat.blocks, stat.uid, stat.gid]).toEqual([0, 0, 0]);
    },
  );
  t.each(
    ['0', '01', '+1', '4194305', '99999999999', 'x', '1 '].map((name): [string] => [name]),
    'no process is called %s',
    (p, name) => {
      mounted(p);
      expectErrno('ENOENT', () => p.stat(`/proc/${name}`));
    },
  );
  t.each(
    ['/proc', '/proc/self', '/proc/self/fd', '/proc/self/fdinfo', '/proc/self/task'].map((path): [string] => [path]),
    'ENOENT: a name in %s, whoever makes it',
    (p, path) => {
      mounted(p);
      for (const who of [p, t.user(1000)]) {
        const calls: (() => unknown)[] = [
          () => who.mkdir(`${path}/x`, 0o755),
          () => who.open(`${path}/x`, O_CREAT | O_RDWR, 0o644),
          () => who.symlink('t', `${path}/x`),
          () => who.mknod(`${path}/x`, S_IFREG | 0o644, 0),
          () => who.link('/proc/devices', `${path}/x`),
          () => who.rename('/proc/devices', `${path}/x`),
        ];
        if (who === p || path !== '/proc/self/fd') expect(calls.map(outcome)).toEqual(calls.map(() => 'ENOENT'));
      }
    },
  );
  t.it('names neither go nor move nor are replaced', (p) => {
    mounted(p);
    const fd = p.open('.', O_RDONLY);
    p.mkdir('d', 0o755);
    for (const path of ['/proc/mounts', '/proc/self/status', '/proc/self/cwd', `/proc/self/fd/${fd}`, '/proc/self/fd', '/proc/self/task']) {
      expectErrno('EPERM', () => p.unlink(path));
      expectErrno('EEXIST', () => p.mkdir(path, 0o755));
      expectErrno('EXDEV', () => p.rename('d', path));
      expectErrno('EXDEV', () => p.rename(path, 'd'));
    }
    for (const path of ['/proc/self/fd', `/proc/${pid(p)}`]) expectErrno('EPERM', () => p.rmdir(path));
    expectErrno('ENOENT', () => p.rename(`/proc/self/fd/${fd}`, '/proc/self/fd/99'));
  });
  t.it('the mode of what belongs to a process stays; owner and times are not refused', (p) => {
    mounted(p);
    for (const path of ['/proc/self/status', '/proc/self/comm', '/proc/self/fd', '/proc/self/task']) {
      expectErrno('EPERM', () => p.chmod(path, 0o700));
      p.chown(path, 5, 5);
      p.utimensat(AT_FDCWD, path, null, 0);
    }
    expectErrno('EPERM', () => p.chmod('/proc/self/.', 0o700));
    expectErrno('EPERM', () => p.chown('/proc/self/.', 5, 5));
  });
});

posix('the texts of proc', (t) => {
  const TEXTS = ['/proc/devices', '/proc/filesystems', '/proc/self/status', '/proc/self/mounts', '/proc/self/mountinfo'].map(
    (path): [string] => [path],
  );
  t.each(TEXTS, '%s: lseek and pread', (p, path) => {
    mounted(p);
    const fd = p.open(path, O_RDONLY);
    const place = (offset: number, whence: number): unknown => {
      try {
        return p.lseek(fd, offset, whence);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const places = [place(0, SEEK_END), place(5, SEEK_SET), place(1, SEEK_CUR), place(-100, SEEK_CUR), place(-1, SEEK_SET), place(0, 9)];
    expect(places).toEqual(['EINVAL', 5, 6, 'EINVAL', 'EINVAL', 'EINVAL']);
    p.lseek(fd, 1e6, SEEK_SET);
    expect(readAll(p, fd)).toBe('');
    const [three, two] = [new Uint8Array(3), new Uint8Array(2)];
    p.pread(fd, three, 0);
    p.pread(fd, two, 1);
    expect([...two]).toEqual([...three.subarray(1)]);
  });
  t.each(TEXTS, '%s: in small pieces', (p, path) => {
    mounted(p);
    const fd = p.open(path, O_RDONLY);
    let text = '';
    for (let part = readAll(p, fd, 7); part !== ''; part = readAll(p, fd, 7)) text += part;
    const steady = (all: string): string => all.replace(/^.*ctxt_switches.*|^(Vm|Rss|FDSize|SigQ).*$/gm, '');
    expect(steady(text)).toBe(steady(readFile(p, path)));
  });
  t.each(TEXTS, '%s: root may open it to write, and cannot', (p, path) => {
    mounted(p);
    const fd = p.open(path, O_RDWR);
    expectErrno(path.startsWith('/proc/self') ? 'EINVAL' : 'EIO', () => p.write(fd, bytes('x')));
    expect(readAll(p, fd, 4)).toHaveLength(4);
    p.close(p.open(path, O_WRONLY | O_TRUNC));
    p.truncate(path, 0);
    p.truncate(path, 5);
    p.ftruncate(fd, 5);
    expect(p.stat(path).size).toBe(0);
    expectErrno('EACCES', () => t.user(1000).open(path, O_WRONLY));
  });
  t.it('filesystems: nodev, a tab and the name', (p) => {
    mounted(p);
    const lines = readFile(p, '/proc/filesystems').split('\n');
    expect(lines.pop()).toBe('');
    for (const line of lines) expect(line).toMatch(/^(nodev)?\t[a-z0-9_]+$/);
    expect(lines).toEqual(expect.arrayContaining(['nodev\tproc', 'nodev\ttmpfs', 'nodev\tdevtmpfs']));
  });
  t.it('devices: a major of three places and a name, characters first', (p) => {
    mounted(p);
    const text = readFile(p, '/proc/devices');
    expect(text).toMatch(/^Character devices:\n((?: {2}\d| \d\d|\d+) \S+\n)+\nBlock devices:\n((?: {2}\d| \d\d|\d+) \S+\n)*$/);
    expect(text).toContain('\n  1 mem\n');
  });
  t.it('status: names, ids, groups, mask and capabilities', (p) => {
    mounted(p);
    const user = t.user(1000, 1001, [6, 5, 7]);
    user.umask(0o027);
    const shown = ['Umask', 'State', 'Ngid', 'TracerPid', 'Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((name) => [
      name,
      status(user, name),
    ]);
    expect(shown).toEqual([
      ['Umask', '0027'],
      ['State', 'R (running)'],
      ['Ngid', '0'],
      ['TracerPid', '0'],
      ['Uid', '1000\t1000\t1000\t1000'],
      ['Gid', '1001\t1001\t1001\t1001'],
      ['Groups', '5 6 7 '],
      ['CapInh', '0000000000000000'],
      ['CapPrm', '0000000000000000'],
      ['CapEff', '0000000000000000'],
      ['CapAmb', '0000000000000000'],
    ]);
    expect(user.getgroups()).toEqual([5, 6, 7]);
    expect([status(user, 'Pid'), status(user, 'Tgid')]).toEqual([String(pid(user)), String(pid(user))]);
    expect([status(p, 'Groups'), status(p, 'Uid')]).toEqual([' ', '0\t0\t0\t0']);
    p.setresuid(0, 5, 6);
    expect(status(user, 'Uid', `/proc/${pid(p)}/status`)).toBe('0\t5\t6\t5');
  });
  t.it('status: the fields that there are, in Linux’s order', (p) => {
    mounted(p);
    const names = readFile(p, '/proc/self/status')
      .split('\n')
      .map((line) => line.split(':')[0] as string);
    const order = [
      'Name',
      'Umask',
      'State',
      'Tgid',
      'Ngid',
      'Pid',
      'PPid',
      'TracerPid',
      'Uid',
      'Gid',
      'FDSize',
      'Groups',
      'CapInh',
      'CapPrm',
      'CapEff',
      'CapBnd',
      'CapAmb',
    ];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
  });
  t.it('comm: a write is a new name of at most 15 bytes', (p) => {
    mounted(p);
    const rename = (text: string): [number, string, string | undefined] => {
      const count = p.write(p.open('/proc/self/comm', O_WRONLY | O_TRUNC), bytes(text));
      return [count, readFile(p, '/proc/self/comm'), status(p, 'Name')];
    };
    expect(rename('abcdefghijklmnopqrstuvwxyz')).toEqual([26, 'abcdefghijklmno\n', 'abcdefghijklmno']);
    expect(rename('ab\ncd\n')).toEqual([6, 'ab\ncd\n\n', 'ab\\ncd\\n']);
    expect(rename('a\\b é')).toEqual([6, 'a\\b é\n', 'a\\\\b é']);
    expect(rename('')).toEqual([0, '\n', '']);
    const fd = p.open('/proc/self/comm', O_RDWR);
    p.write(fd, bytes('one'));
    p.write(fd, bytes('two'));
    expect([p.lseek(fd, 0, SEEK_CUR), readFile(p, '/proc/self/comm')]).toEqual([0, 'two\n']);
  });
  t.it('comm: of another process: EINVAL, EACCES for another user', (p) => {
    mounted(p);
    const path = `/proc/${pid(p)}/comm`;
    const other = t.spawn();
    expectErrno('EINVAL', () => other.write(other.open(path, O_WRONLY), bytes('x')));
    expectErrno('EACCES', () => t.user(1000).open(path, O_WRONLY));
  });
});

posix('/proc/<pid>/fd', (t) => {
  t.it('has a link for each descriptor', (p) => {
    mounted(p);
    const fd = p.open('.', O_RDONLY);
    expect(list(p, '/proc/self/fd')).toContain(String(fd));
    p.close(fd);
    expectErrno('ENOENT', () => p.lstat(`/proc/self/fd/${fd}`));
    expectErrno('ENOENT', () => p.readlink(`/proc/self/fd/${fd}`));
  });
  t.each(
    ['01', '-1', 'x', '4294967296', '99999', ' 1', '1x'].map((name): [string] => [name]),
    'no descriptor is called %s',
    (p, name) => {
      mounted(p);
      expectErrno('ENOENT', () => p.lstat(`/proc/self/fd/${name}`));
      expectErrno('ENOENT', () => p.stat(`/proc/self/fdinfo/${name}`));
    },
  );
  t.each(
    [
      ['O_RDONLY', O_RDONLY, 0o500, '0100000'],
      ['O_WRONLY', O_WRONLY, 0o300, '0100001'],
      ['O_RDWR', O_RDWR, 0o700, '0100002'],
      ['O_PATH', O_PATH, 0, '010000000'],
      ['3', 3, 0, '0100003'],
      ['O_APPEND', O_RDWR | O_APPEND, 0o700, '0102002'],
      ['O_CLOEXEC', O_RDWR | O_CLOEXEC, 0o700, '02100002'],
    ] as const,
    '%s: the link’s mode, and fdinfo’s flags',
    (p, _name, flags, mode, shown) => {
      mounted(p);
      writeFile(p, 'f', '0123456789');
      const fd = p.open('f', flags);
      if (mode === 0o500) p.lseek(fd, 7, SEEK_SET);
      const link = p.lstat(`/proc/self/fd/${fd}`);
      expect([octal(link.mode), link.size]).toEqual([octal(mode), 64]);
      const mount = p.statx(AT_FDCWD, 'f', 0, 0x1000).mntId;
      expect(readFile(p, `/proc/self/fdinfo/${fd}`)).toBe(
        `pos:\t${mode === 0o500 ? 7 : 0}\nflags:\t${shown}\nmnt_id:\t${mount}\nino:\t${p.stat('f').ino}\n`,
      );
    },
  );
  t.it('opens the file again, with an offset of its own', (p) => {
    mounted(p);
    writeFile(p, 'f', '0123456789');
    const fd = p.open('f', O_RDONLY);
    p.lseek(fd, 5, SEEK_SET);
    const again = p.open(`/proc/self/fd/${fd}`, O_RDWR);
    expect(readAll(p, again)).toBe('0123456789');
    p.pwrite(again, bytes('x'), 5);
    expect(readAll(p, fd)).toBe('x6789');
    expect([p.stat(`/proc/self/fd/${fd}`).ino, p.stat(`/proc/self/fd/${fd}`).dev]).toEqual([p.stat('f').ino, p.stat('f').dev]);
  });
  t.it('opens an unlinked file, whose link says so', (p) => {
    mounted(p);
    writeFile(p, 'f', 'gone');
    const fd = p.open('f', O_RDONLY);
    p.unlink('f');
    expect(p.readlink(`/proc/self/fd/${fd}`)).toBe('/case/f (deleted)');
    expect(readFile(p, `/proc/self/fd/${fd}`)).toBe('gone');
    expectErrno('ENOENT', () => p.open('/case/f (deleted)', O_RDONLY));
    expectErrno('ENOENT', () => p.linkat(AT_FDCWD, `/proc/self/fd/${fd}`, AT_FDCWD, 'g', AT_SYMLINK_FOLLOW));
  });
  t.it('follows a rename, and through a link of its own as /dev/stdin is', (p) => {
    mounted(p);
    writeFile(p, 'f', 'content');
    const fd = p.open('f', O_RDONLY);
    p.symlink(`/proc/self/fd/${fd}`, 'stdin');
    p.mkdir('d', 0o755);
    p.rename('f', 'd/g');
    expect([p.readlink(`/proc/self/fd/${fd}`), readFile(p, 'stdin')]).toEqual(['/case/d/g', 'content']);
    p.unlink('d/g');
    expect(readFile(p, 'stdin')).toBe('content');
  });
  t.it('gives a file of O_TMPFILE a name', (p) => {
    mounted(p);
    const fd = p.open('.', O_TMPFILE | O_RDWR, 0o600);
    p.write(fd, bytes('x'));
    const path = t.throughFuse('unnamed-path', /^\/case\/#\d+ \(deleted\)$/, /^\/case\/\/ \(deleted\)$/);
    expect(p.readlink(`/proc/self/fd/${fd}`)).toMatch(path);
    expectErrno('EXDEV', () => p.link(`/proc/self/fd/${fd}`, 'f'));
    p.linkat(AT_FDCWD, `/proc/self/fd/${fd}`, AT_FDCWD, 'f', AT_SYMLINK_FOLLOW);
    expect(readFile(p, 'f')).toBe('x');
  });
  t.it('asks the file for permission, not the descriptor', (p) => {
    mounted(p);
    writeFile(p, 'f', 'x', 0o444);
    const user = t.user(1000);
    const fd = user.open('f', O_RDONLY);
    expect(outcome(() => user.open(`/proc/self/fd/${fd}`, O_RDONLY))).toBe('OK');
    expectErrno('EACCES', () => user.open(`/proc/self/fd/${fd}`, O_RDWR));
    p.chmod('f', 0o200);
    expectErrno('EACCES', () => user.open(`/proc/self/fd/${fd}`, O_RDONLY));
  });
  t.it('is a way into a directory, and what is below and above it', (p) => {
    mounted(p);
    p.mkdir('d', 0o755);
    writeFile(p, 'd/f', 'x');
    const fd = p.open('d', O_PATH);
    expect(readFile(p, `/proc/self/fd/${fd}/f`)).toBe('x');
    expect(p.stat(`/proc/self/fd/${fd}/..`).ino).toBe(p.stat('.').ino);
    p.chdir(`/proc/self/fd/${fd}`);
    expect(p.getcwd()).toBe('/case/d');
    const file = p.open('f', O_RDONLY);
    expectErrno('ENOTDIR', () => p.stat(`/proc/self/fd/${file}/`));
    expectErrno('ENOTDIR', () => p.open(`/proc/self/fd/${file}`, O_RDONLY | O_DIRECTORY));
  });
  t.it('O_NOFOLLOW, O_EXCL, O_CREAT and the calls that do not follow', (p) => {
    mounted(p);
    writeFile(p, 'f', 'x');
    const fd = p.open('f', O_RDONLY);
    const link = `/proc/self/fd/${fd}`;
    expectErrno('ELOOP', () => p.open(link, O_RDONLY | O_NOFOLLOW));
    expect(p.readlinkat(p.open(link, O_PATH | O_NOFOLLOW), '')).toBe('/case/f');
    expectErrno('EEXIST', () => p.open(link, O_CREAT | O_EXCL | O_RDWR, 0o644));
    expect(outcome(() => p.open(link, O_CREAT | O_RDWR, 0o644))).toBe('OK');
    p.chmod(link, 0o600);
    expect(octal(p.stat('f').mode)).toBe('0600');
    expectErrno('EOPNOTSUPP', () => p.fchmodat(AT_FDCWD, link, 0o700, AT_SYMLINK_NOFOLLOW));
    p.lchown(link, 0, 0);
  });
  t.it('openat2: magic links are refused, or are another mount', (p) => {
    mounted(p);
    writeFile(p, 'f', 'x');
    const fd = p.open('f', O_RDONLY);
    const resolve = (flags: number, path = `/proc/self/fd/${fd}`): string =>
      outcome(() => p.openat2(AT_FDCWD, path, { flags: O_RDONLY, resolve: flags }));
    expect([RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV, RESOLVE_BENEATH].map((flags) => resolve(flags))).toEqual([
      'ELOOP',
      'ELOOP',
      'EXDEV',
      'EXDEV',
    ]);
    const proc = p.open('/proc', O_PATH);
    const below = (flags: number, path: string): string => outcome(() => p.openat2(proc, path, { flags: O_RDONLY, resolve: flags }));
    expect(
      [RESOLVE_NO_MAGICLINKS, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_XDEV].map((flags) => below(flags, `self/fd/${fd}`)),
    ).toEqual(['ELOOP', 'EXDEV', 'EXDEV', 'EXDEV']);
    expect([RESOLVE_NO_MAGICLINKS, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_XDEV].map((flags) => below(flags, 'self/status'))).toEqual([
      'OK',
      'OK',
      'OK',
      'OK',
    ]);
  });
  t.it('a mount without symlinks has no magic links either', (p) => {
    p.mkdir('/proc', 0o555);
    p.mount('proc', '/proc', 'proc', MS_NOSYMFOLLOW, null);
    const fd = p.open('.', O_RDONLY);
    expectErrno('ELOOP', () => p.stat('/proc/self/status'));
    const number = p.readlink('/proc/self');
    expectErrno('ELOOP', () => p.stat(`/proc/${number}/fd/${fd}`));
    expect(p.readlink(`/proc/${number}/fd/${fd}`)).toBe('/case');
  });
});

posix('/proc/<pid>/cwd and root', (t) => {
  t.it('lead where the process is', (p) => {
    mounted(p);
    const other = t.spawn();
    other.mkdir('d', 0o755);
    other.chdir('d');
    const path = `/proc/${pid(other)}`;
    expect([p.readlink(`${path}/cwd`), p.readlink(`${path}/root`)]).toEqual(['/case/d', '/']);
    expect(p.stat(`${path}/cwd/..`).ino).toBe(p.stat('/case').ino);
    p.rename('d', 'e');
    expect(p.readlink(`${path}/cwd`)).toBe('/case/e');
    other.chroot('/case');
    writeFile(p, 'f', 'x');
    expect([p.readlink(`${path}/root`), readFile(p, `${path}/root/f`)]).toEqual(['/case', 'x']);
  });
  t.it('a removed directory', (p) => {
    mounted(p);
    p.mkdir('d', 0o755);
    p.chdir('d');
    p.rmdir('../d');
    expect(p.readlink('/proc/self/cwd')).toBe('/case/d (deleted)');
    expect(outcome(() => p.open('/proc/self/cwd', O_RDONLY))).toBe('OK');
    expect(p.stat('/proc/self/cwd/..').ino).toBe(p.stat('/case').ino);
  });
});

posix('/proc/<pid> of another user', (t) => {
  t.it('its links are not for following, its texts are for reading', (p) => {
    mounted(p);
    writeFile(p, 'f', 'x');
    const fd = p.open('f', O_RDONLY);
    const user = t.user(1000);
    const path = `/proc/${pid(p)}`;
    for (const name of ['cwd', 'root']) {
      expectErrno('EACCES', () => user.readlink(`${path}/${name}`));
      expectErrno('EACCES', () => user.stat(`${path}/${name}`));
      expect(user.lstat(`${path}/${name}`).mode).toBe(S_IFLNK | 0o777);
    }
    for (const name of ['fd', 'fdinfo', `fd/${fd}`, `fdinfo/${fd}`]) expectErrno('EACCES', () => user.open(`${path}/${name}`, O_RDONLY));
    for (const name of ['status', 'comm', 'mounts', 'mountinfo', 'task'])
      expect(
        outcome(() => user.open(`${path}/${name}`, O_RDONLY)),
        name,
      ).toBe('OK');
    expect(p.readlink(`/proc/${pid(user)}/cwd`)).toBe('/case');
  });
  t.it('its own are for itself', () => {
    const p = mounted(t.spawn());
    writeFile(p, 'f', 'x');
    const user = t.user(1000);
    const fd = user.open('f', O_RDONLY);
    expect([user.readlink('/proc/self/cwd'), user.readlink(`/proc/self/fd/${fd}`)]).toEqual(['/case', '/case/f']);
    expect(list(user, '/proc/self/fd')).toContain(String(fd));
    expect(readFile(user, `/proc/self/fdinfo/${fd}`)).toContain('pos:\t0\n');
  });
});

posix('/proc/<pid> of a process that ends', (t) => {
  /** An exit is seen a moment later on the host. */
  const end = (p: Process, other: Process): void => {
    const path = `/proc/${pid(other)}`;
    other.exit();
    for (let tries = 0; tries < 200 && outcome(() => p.stat(path)) === 'OK'; tries++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  };
  t.it('is not there any more', (p) => {
    mounted(p);
    const other = t.spawn();
    const name = String(pid(other));
    const held = p.open(`/proc/${name}`, O_RDONLY);
    const inside = t.spawn();
    inside.chdir(`/proc/${name}`);
    end(p, other);
    expectErrno('ENOENT', () => p.stat(`/proc/${name}`));
    expect(list(p, '/proc')).not.toContain(name);
    expectErrno('ENOENT', () => p.getdents(held));
    expectErrno('ENOENT', () => inside.getcwd());
    expect(p.readlink(`/proc/self/fd/${held}`)).toBe(`/proc/${name} (deleted)`);
    expectErrno(t.deviation('proc-ended', 'ESRCH', 'ENOENT'), () => p.openat(held, 'status', O_RDONLY));
  });
  t.it('what was open of it says so', (p) => {
    mounted(p);
    const other = t.spawn();
    const path = `/proc/${pid(other)}`;
    const open = (name: string, flags = O_RDONLY): number => p.open(`${path}/${name}`, flags);
    const files = { status: open('status'), begun: open('status'), mounts: open('mounts'), comm: open('comm', O_RDWR) };
    const directories = [open('fd'), open('fdinfo'), open('task')];
    readAll(p, files.begun, 4);
    end(p, other);
    expectErrno('ESRCH', () => readAll(p, files.status));
    expect(readAll(p, files.begun, 4)).toHaveLength(4);
    expect(readAll(p, files.mounts)).toContain('/proc');
    expectErrno('ESRCH', () => p.write(files.comm, bytes('x')));
    for (const directory of directories) expectErrno('ENOENT', () => p.getdents(directory));
  });
  t.it('a listing goes on while they come and go', (p) => {
    mounted(p);
    const first = [t.spawn(), t.spawn(), t.spawn(), t.spawn()];
    const names = first.map((process) => String(pid(process)));
    const fd = p.open('/proc', O_RDONLY | O_DIRECTORY);
    const seen: string[] = [];
    for (;;) {
      const part = p.getdents(fd, 32).map(({ name }) => name);
      if (part.length === 0) break;
      seen.push(...part);
      if (part.includes(names[0] as string)) end(p, first[2] as Process);
    }
    expect(seen.filter((name) => names.includes(name))).toEqual([names[0], names[1], names[3]]);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
