/** /proc/<pid>/mounts and mountinfo: whose mounts, in whose view, in which words. */
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from '../../src/abi/fcntl.ts';
import {
  CLONE_NEWNS,
  MS_BIND,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_REMOUNT,
  MS_STRICTATIME,
} from '../../src/abi/mount.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../../src/abi/poll.ts';
import { minor } from '../../src/abi/stat.ts';
import { readAll, readFile, writeFile } from '../harness/files.ts';
import { expect, expectErrno, posix, type Process } from '../harness/posix.ts';

/** Root, with proc on /proc. */
function mounted(p: Process): Process {
  p.mkdir('/proc', 0o555);
  p.mount('proc', '/proc', 'proc', 0, null);
  return p;
}

const pid = (p: Process): number => Number(p.readlink('/proc/self'));

/** The lines of mounts (field 1) or mountinfo (field 4) whose mount point begins with `path`; what tmpfs says of inode numbers is a matter of the host's configuration. */
function mountLines(p: Process, file: string, path: string): string[][] {
  const field = file.endsWith('mountinfo') ? 4 : 1;
  return readFile(p, file)
    .replace(/,inode(32|64)/g, '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[field]?.startsWith(path) === true);
}

posix('/proc/<pid>/mounts and mountinfo', (t) => {
  const tmpfs = (p: Process, path: string, flags = 0, data: string | null = null): void => {
    p.mkdir(path, 0o755);
    p.mount('none', path, 'tmpfs', flags, data);
  };
  t.it('source, place, type, options, two zeros', (p) => {
    mounted(p);
    tmpfs(p, 'a', 0, 'size=8k,mode=700,uid=5');
    expect(mountLines(p, '/proc/mounts', '/case')).toEqual([['none', '/case/a', 'tmpfs', 'rw,relatime,size=8k,mode=700,uid=5', '0', '0']]);
  });
  t.it('spaces, tabs, newlines, backslashes and # in octal', (p) => {
    mounted(p);
    p.mkdir('x y\n\\#\té', 0o755);
    p.mount('so ur\tce\n#\\', 'x y\n\\#\té', 'tmpfs', 0, null);
    expect(mountLines(p, '/proc/mounts', '/case')).toEqual(
      [['so\\040ur\\011ce\\012\\043\\134', '/case/x\\040y\\012\\134#\\011é', 'tmpfs', 'rw,relatime', '0', '0']].map((fields) =>
        fields.map((field, at) => (at === 1 ? expect.stringMatching(/^\/case\/x\\040y\\012\\134(#|\\043)\\011é$/) : field)),
      ),
    );
  });
  t.each(
    [
      [MS_RDONLY, 'ro,relatime'],
      [MS_NOSUID | MS_NODEV | MS_NOEXEC, 'rw,nosuid,nodev,noexec,relatime'],
      [MS_NOATIME, 'rw,noatime'],
      [MS_NODIRATIME, 'rw,nodiratime,relatime'],
      [MS_STRICTATIME, 'rw'],
      [MS_NOSYMFOLLOW, 'rw,relatime,nosymfollow'],
    ] as const,
    'flags %o',
    (p, flags, shown) => {
      mounted(p);
      tmpfs(p, 'a', flags);
      expect(mountLines(p, '/proc/mounts', '/case')[0]?.[3]).toBe(shown);
    },
  );
  t.it('mountinfo: numbers, device, root, place, and both kinds of options', (p) => {
    mounted(p);
    tmpfs(p, 'a', 0, 'size=8k');
    p.mkdir('a/sub dir', 0o755);
    p.mkdir('b', 0o755);
    p.mount('a/sub dir', 'b', null, MS_BIND, null);
    p.mount(null, 'b', null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOEXEC, null);
    const id = (path: string): string => String(p.statx(AT_FDCWD, path, 0, 0x1000).mntId);
    const device = `0:${minor(p.stat('a').dev)}`;
    expect(mountLines(p, '/proc/self/mountinfo', '/case')).toEqual([
      [id('a'), id('/case'), device, '/', '/case/a', 'rw,relatime', '-', 'tmpfs', 'none', 'rw,size=8k'],
      [id('b'), id('/case'), device, '/sub\\040dir', '/case/b', 'ro,noexec,relatime', '-', 'tmpfs', 'none', 'rw,size=8k'],
    ]);
    expect(mountLines(p, '/proc/mounts', '/case/b')[0]?.[3]).toBe('ro,noexec,relatime,size=8k');
  });
  t.it('mountinfo: a removed directory that is mounted elsewhere', (p) => {
    mounted(p);
    p.mkdir('a', 0o755);
    p.mkdir('b', 0o755);
    p.mount('a', 'b', null, MS_BIND, null);
    p.rmdir('a');
    // On a mount, the root of a case is a directory of it.
    const path = mountLines(p, '/proc/self/mountinfo', '/case/b')[0]?.[3];
    expect(path?.replace(/^\/\d+(?=\/)/, '')).toBe('/case/a//deleted');
  });
  t.it('a chroot sees what it can reach, from its own root', (p) => {
    mounted(p);
    tmpfs(p, 'jail');
    tmpfs(p, 'jail/in');
    tmpfs(p, 'out');
    const fd = p.open('/proc', O_RDONLY | O_DIRECTORY);
    p.chroot('jail');
    const lines = readAll(p, p.openat(fd, 'self/mounts', O_RDONLY))
      .trim()
      .split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['/', '/in']);
    const other = t.spawn();
    expect(mountLines(other, `/proc/${pid(other)}/mounts`, '/case')).toHaveLength(3);
  });
  t.it('of a process in another namespace are its own', (p) => {
    mounted(p);
    const other = t.spawn();
    other.unshare(CLONE_NEWNS);
    tmpfs(other, 'theirs');
    writeFile(other, 'theirs/f', 'x');
    const path = `/proc/${pid(other)}`;
    expect([mountLines(p, `${path}/mounts`, '/case').length, mountLines(p, '/proc/mounts', '/case').length]).toEqual([1, 0]);
    expect(readFile(p, `${path}/root/case/theirs/f`)).toBe('x');
    expectErrno('ENOENT', () => p.stat('theirs/f'));
  });
  t.it('a mount that goes is not shown, and poll(2) tells of it once', (p) => {
    mounted(p);
    const fd = p.open('/proc/self/mounts', O_RDONLY);
    const poll = (): number | undefined => {
      const fds: { fd: number; events: number; revents?: number }[] = [{ fd, events: POLLIN | POLLPRI | POLLRDNORM, revents: 0 }];
      p.poll(fds);
      return fds[0]?.revents;
    };
    const [quiet, changed] = [POLLIN | POLLRDNORM, POLLIN | POLLRDNORM | POLLERR | POLLPRI];
    expect(poll()).toBe(quiet);
    tmpfs(p, 'a');
    expect([poll(), poll()]).toEqual([changed, quiet]);
    p.umount('a');
    expect([poll(), poll()]).toEqual([changed, quiet]);
    expect(mountLines(p, '/proc/mounts', '/case')).toEqual([]);
  });
});
