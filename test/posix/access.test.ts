import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  F_OK,
  O_CREAT,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  R_OK,
  W_OK,
  X_OK,
} from '../../src/abi/fcntl.ts';
import { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_SETGID, CAP_SETUID } from '../../src/abi/capability.ts';
import { MS_NOEXEC, MS_RDONLY, MS_REMOUNT } from '../../src/abi/mount.ts';
import { makeDirectory, writeFile } from '../harness/files.ts';
import { hostSysctl } from '../harness/tuxfs-subject.ts';
import { expect, expectErrno, outcome, posix, type Process } from '../harness/posix.ts';

/** Which of rwx a process has, by opening and searching. */
const rights = (p: Process, path: string): string =>
  [R_OK, W_OK, X_OK].map((bit, i) => (outcome(() => p.access(path, bit)) === 'OK' ? 'rwx'.charAt(i) : '-')).join('');

posix('permission', (t) => {
  t.it('exactly one class counts: owner, else group, else others', (p) => {
    writeFile(p, 'f');
    p.chown('f', 1000, 2000);
    for (const mode of [0o700, 0o070, 0o007, 0o421, 0o124, 0o077, 0o707, 0o770, 0o640]) {
      p.chmod('f', mode);
      const bits = (shift: number): string =>
        ['r', 'w', 'x'].map((letter, i) => (((mode >> shift) & (4 >> i)) !== 0 ? letter : '-')).join('');
      const seen = [t.user(1000, 2000), t.user(1001, 2000), t.user(1001, 5, [7, 2000]), t.user(1001)].map((u) => {
        const found = rights(u, 'f');
        u.exit();
        return found;
      });
      expect(seen, mode.toString(8)).toEqual([bits(6), bits(3), bits(3), bits(0)]);
    }
  });
  t.it('root may everything, but execute what nobody may', (p) => {
    writeFile(p, 'f', '', 0o000);
    expect(rights(p, 'f')).toBe('rw-');
    p.chmod('f', 0o010);
    expect(rights(p, 'f')).toBe('rwx');
    makeDirectory(p, 'd', 0o000);
    expect(rights(p, 'd')).toBe('rwx');
  });
  t.it('CAP_DAC_READ_SEARCH reads files and reads and searches directories', (p) => {
    writeFile(p, 'f', '', 0o000);
    makeDirectory(p, 'd', 0o000);
    writeFile(p, 'd/in', '', 0o000);
    const q = t.spawn({ uid: 1000, capabilities: [CAP_DAC_READ_SEARCH] });
    q.open('f', O_RDONLY);
    q.open('d/in', O_RDONLY);
    q.open('d', O_RDONLY);
    expectErrno('EACCES', () => q.open('f', O_WRONLY));
    expectErrno('EACCES', () => q.open('d/new', O_CREAT | O_RDWR, 0o644));
  });
  t.it('CAP_DAC_OVERRIDE opens all', (p) => {
    writeFile(p, 'f', '', 0o000);
    makeDirectory(p, 'd', 0o000);
    const q = t.spawn({ uid: 1000, capabilities: [CAP_DAC_OVERRIDE] });
    q.open('f', O_RDWR);
    q.open('d/new', O_CREAT | O_RDWR, 0o644);
    expect(q.stat('d/new').uid).toBe(1000);
  });
  t.it('root without capabilities is an ordinary user', (p) => {
    writeFile(p, 'f', '', 0o000);
    const q = t.spawn({ uid: 0, capabilities: [] });
    expectErrno('EACCES', () => q.open('f', O_RDONLY));
    q.chmod('f', 0o600);
    q.open('f', O_RDONLY);
  });
  t.it('fsuid and fsgid decide about files', (p) => {
    writeFile(p, 'f', '', 0o600);
    p.setfsuid(1000);
    expectErrno('EACCES', () => p.open('f', O_RDONLY));
    p.setfsuid(0);
    p.open('f', O_RDONLY);
  });
  t.it('supplementary groups count', (p) => {
    writeFile(p, 'f', '', 0o040);
    p.chown('f', 0, 77);
    const u = t.user(1000, 1000, [76, 77, 78]);
    u.open('f', O_RDONLY);
    expectErrno('EPERM', () => u.setgroups([]));
    expectErrno('EACCES', () => t.user(1000).open('f', O_RDONLY));
  });
});

posix('access(2)', (t) => {
  t.it('asks for the real ids, faccessat with AT_EACCESS for the effective ones', (p) => {
    writeFile(p, 'f', '', 0o600);
    p.setresuid(1000, 0, 0);
    p.open('f', O_RDONLY);
    expectErrno('EACCES', () => p.access('f', R_OK));
    p.faccessat(AT_FDCWD, 'f', R_OK, AT_EACCESS);
    const q = t.spawn();
    q.setresuid(0, 1000, 0);
    q.access('f', R_OK);
    expectErrno('EACCES', () => q.faccessat(AT_FDCWD, 'f', R_OK, AT_EACCESS));
  });
  t.it('F_OK: exists', (p) => {
    writeFile(p, 'f', '', 0o000);
    t.user(1000).access('f', F_OK);
    expectErrno('ENOENT', () => p.access('no', F_OK));
    p.symlink('no', 'l');
    expectErrno('ENOENT', () => p.access('l', F_OK));
    p.faccessat(AT_FDCWD, 'l', F_OK, AT_SYMLINK_NOFOLLOW);
  });
  t.it('EINVAL: other bits or flags', (p) => {
    writeFile(p, 'f');
    for (const mode of [8, -1, 0o100]) expectErrno('EINVAL', () => p.access('f', mode));
    expectErrno('EINVAL', () => p.access('no', 8));
    expectErrno('EINVAL', () => p.faccessat(AT_FDCWD, 'f', 0, 1));
    p.faccessat(p.open('f', O_PATH), '', R_OK, AT_EMPTY_PATH);
    expectErrno('EBADF', () => p.faccessat(99, 'f', R_OK, 0));
  });
  t.it('EROFS: W_OK on a read-only mount, but for devices and FIFOs', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', 0, null);
    writeFile(p, 'm/f', '', 0o666);
    p.mknod('m/fifo', 0o10666, 0);
    p.mknod('m/null', 0o20666, 259);
    p.chmod('m/f', 0o444);
    p.mount(null, 'm', null, MS_REMOUNT | MS_RDONLY, null);
    expectErrno('EROFS', () => p.access('m/f', W_OK));
    expectErrno('EROFS', () => p.access('m', W_OK));
    p.access('m/fifo', W_OK);
    p.access('m/null', W_OK);
    p.access('m/f', R_OK);
    const u = t.user(1000);
    expectErrno('EROFS', () => u.access('m/f', W_OK));
    expect(outcome(() => u.access('m/fifo', W_OK))).toBe('EACCES');
  });
  t.it('EACCES: X_OK of a file on a noexec mount; directories are searched', (p) => {
    p.mkdir('m', 0o755);
    p.mount('t', 'm', 'tmpfs', MS_NOEXEC, null);
    writeFile(p, 'm/f', '', 0o755);
    expectErrno('EACCES', () => p.access('m/f', X_OK));
    p.access('m', X_OK);
  });
});

posix('sticky directories', (t) => {
  t.it('only the owner of the file or the directory, or CAP_FOWNER, takes names away', (p) => {
    makeDirectory(p, 's', 0o1777);
    p.chown('s', 1000, 1000);
    const [owner, maker, other] = [t.user(1000), t.user(1001), t.user(1002)];
    for (const name of ['a', 'b', 'c', 'd']) writeFile(maker, `s/${name}`, '', 0o777);
    expectErrno('EPERM', () => other.unlink('s/a'));
    expectErrno('EPERM', () => other.rename('s/a', 's/z'));
    maker.unlink('s/a');
    owner.unlink('s/b');
    t.spawn({ uid: 1002, capabilities: [CAP_FOWNER] }).unlink('s/c');
    expectErrno('EPERM', () => t.spawn({ uid: 1002, capabilities: [CAP_DAC_OVERRIDE, CAP_CHOWN] }).unlink('s/d'));
  });
});

posix('fs.protected_* (proc_sys_fs(5))', (t) => {
  const sysctl = hostSysctl();
  t.it('protected_symlinks: in a sticky world-writable directory', (p) => {
    makeDirectory(p, 's', 0o1777);
    writeFile(p, 'target', '', 0o666);
    const u = t.user(1000);
    u.symlink('/case/target', 's/l');
    const other = sysctl['fs.protected_symlinks'] === 1 ? 'EACCES' : 'OK';
    expect(outcome(() => t.user(1001).open('s/l', O_RDONLY))).toBe(other);
    expect(outcome(() => p.open('s/l', O_RDONLY))).toBe(other);
    expect(outcome(() => u.open('s/l', O_RDONLY))).toBe('OK');
    expect(outcome(() => t.user(1001).lstat('s/l'))).toBe('OK');
    expect(outcome(() => t.user(1001).readlink('s/l'))).toBe('OK');
  });
  t.it('protected_regular: O_CREAT of what exists in a sticky world-writable directory', (p) => {
    makeDirectory(p, 's', 0o1777);
    writeFile(t.user(1000), 's/f', '', 0o666);
    const other = sysctl['fs.protected_regular'] > 0 ? 'EACCES' : 'OK';
    expect(outcome(() => t.user(1001).open('s/f', O_CREAT | O_RDWR, 0o644))).toBe(other);
    expect(outcome(() => t.user(1001).open('s/f', O_RDWR))).toBe('OK');
    expect(outcome(() => p.open('s/f', O_CREAT | O_RDWR, 0o644))).toBe(other);
  });
});

posix('credentials(7)', (t) => {
  t.it('setuid by root sets all, and capabilities go', (p) => {
    p.setuid(1000);
    expect(p.getresuid()).toEqual([1000, 1000, 1000]);
    expect(p.capget()).toEqual({ effective: [], permitted: [], inheritable: [] });
    expectErrno('EPERM', () => p.setuid(0));
  });
  t.it('seteuid away and back keeps the permitted set', (p) => {
    p.setresuid(-1, 1000, -1);
    expect(p.capget().effective).toEqual([]);
    expect(p.capget().permitted.length).toBeGreaterThan(10);
    p.setresuid(-1, 0, -1);
    expect(p.capget().effective).toEqual(p.capget().permitted);
  });
  t.it('setresuid, setreuid: EPERM for an id that is not one’s own', (_p) => {
    const u = t.user(1000);
    expectErrno('EPERM', () => u.setresuid(1000, 1001, 1000));
    expectErrno('EPERM', () => u.setreuid(0, -1));
    expectErrno('EPERM', () => u.setresgid(0, -1, -1));
    expectErrno('EPERM', () => u.setgid(0));
    u.setresuid(-1, -1, -1);
    u.setreuid(1000, 1000);
  });
  t.it('setreuid sets the saved id when the real one is given', (p) => {
    p.setreuid(-1, 1000);
    expect(p.getresuid()).toEqual([0, 1000, 1000]);
    p.setreuid(1000, 0);
    expect(p.getresuid()).toEqual([1000, 0, 0]);
  });
  t.it('EINVAL: an id of -1 where one is needed', (p) => {
    expectErrno('EINVAL', () => p.setuid(-1));
    expectErrno('EINVAL', () => p.setgid(-1));
  });
  t.it('setfsuid answers the old id, and refuses silently', (_p) => {
    const u = t.user(1000);
    expect([u.setfsuid(0), u.setfsuid(-1)]).toEqual([1000, 1000]);
    const q = t.spawn();
    expect([q.setfsuid(5), q.setfsuid(-1), q.setfsgid(6), q.setfsgid(-1)]).toEqual([0, 5, 0, 6]);
  });
  t.it('setgroups sorts nothing away; EPERM, EINVAL', (p) => {
    p.setgroups([3, 1, 2]);
    expect([...p.getgroups()].sort()).toEqual([1, 2, 3]);
    expectErrno('EPERM', () => t.user(1000).setgroups([1]));
    t.spawn({ uid: 1000, capabilities: [CAP_SETGID] }).setgroups([9]);
  });
  t.it('CAP_SETUID and CAP_SETGID give any id', (_p) => {
    const u = t.spawn({ uid: 1000, gid: 1000, capabilities: [CAP_SETUID, CAP_SETGID] });
    u.setresgid(5, 6, 7);
    u.setresuid(8, 9, 10);
    expect([u.getresuid(), u.getresgid()]).toEqual([
      [8, 9, 10],
      [5, 6, 7],
    ]);
    expect([u.getuid(), u.geteuid(), u.getgid(), u.getegid()]).toEqual([8, 9, 5, 6]);
  });
  t.it('capset drops, and does not add', (p) => {
    p.capset({ effective: [CAP_CHOWN], permitted: [CAP_CHOWN, CAP_FOWNER], inheritable: [] });
    expect(p.capget()).toEqual({ effective: [CAP_CHOWN], permitted: [CAP_CHOWN, CAP_FOWNER], inheritable: [] });
    expectErrno('EPERM', () => p.capset({ effective: [], permitted: [CAP_SETUID], inheritable: [] }));
    expectErrno('EPERM', () => p.capset({ effective: [CAP_SETUID], permitted: [CAP_CHOWN], inheritable: [] }));
  });
});
