/**
 * Combinations, each made on both kernels: what kind of name is moved onto what, who may do what to whose file, which bits a change
 * takes away, and which times each call moves.
 */
import { describe } from 'vitest';
import * as C from '../../src/abi/index.ts';
import { bytes, list, pause, times, writeFile } from '../harness/files.ts';
import { answer, compare } from '../harness/compare.ts';
import type { Process } from '../harness/posix.ts';
import type { SubjectCase } from '../harness/subject.ts';

function product<A, B, D>(as: readonly A[], bs: readonly B[], ds: readonly D[]): [A, B, D][] {
  return as.flatMap((a) => bs.flatMap((b) => ds.map((d): [A, B, D] => [a, b, d])));
}

/** What a name can be. */
const KINDS: Record<string, (p: Process, name: string) => void> = {
  missing: () => {},
  file: (p, name) => writeFile(p, name, name),
  'empty directory': (p, name) => p.mkdir(name, 0o755),
  'full directory': (p, name) => {
    p.mkdir(name, 0o755);
    p.mkdir(`${name}/in`, 0o755);
  },
  'link to a file': (p, name) => {
    writeFile(p, 'linked');
    p.symlink('linked', name);
  },
  'link to a directory': (p, name) => {
    if (answer(() => p.mkdir('linked-to', 0o755)) === 'OK') p.close(p.open('linked-to/x', C.O_CREAT, 0o644));
    p.symlink('linked-to', name);
  },
  'dangling link': (p, name) => p.symlink('nowhere', name),
  fifo: (p, name) => p.mknod(name, 0o10644, 0),
  'mount point': (p, name) => {
    p.mkdir(name, 0o755);
    p.mount('t', name, 'tmpfs', 0, null);
  },
};
const kinds = Object.keys(KINDS);

/** Every name there is, with its type, link count and inode by the order in which it is met. */
function tree(p: Process): string {
  const inodes: number[] = [];
  const describeName = (path: string): string => {
    const { ino, mode, nlink } = p.lstat(path);
    if (!inodes.includes(ino)) inodes.push(ino);
    const inside =
      (mode & C.S_IFMT) === C.S_IFDIR
        ? `{${list(p, path)
            .map((name) => describeName(`${path}/${name}`))
            .join(' ')}}`
        : '';
    return `${path.split('/').at(-1)}:${mode.toString(8)}:${nlink}:${inodes.indexOf(ino)}${inside}`;
  };
  return list(p, '.').map(describeName).join(' ');
}

describe('every kind of name', () => {
  const flags = { none: 0, NOREPLACE: C.RENAME_NOREPLACE, EXCHANGE: C.RENAME_EXCHANGE, WHITEOUT: C.RENAME_WHITEOUT } as const;
  for (const [name, bits] of Object.entries(flags)) {
    compare(`renamed onto every other, ${name}`, product(kinds, kinds, ['', 'a', 'b']), (p, [from, to, slash]) => {
      KINDS[from]!(p, 'a');
      KINDS[to]!(p, 'b');
      const result = answer(() => p.renameat2(C.AT_FDCWD, slash === 'a' ? 'a/' : 'a', C.AT_FDCWD, slash === 'b' ? 'b/' : 'b', bits));
      return `${from} → ${to} ${slash}: ${result} ${tree(p)}`;
    });
  }
  const calls: Record<string, (p: Process, path: string) => unknown> = {
    unlink: (p, path) => p.unlink(path),
    rmdir: (p, path) => p.rmdir(path),
    mkdir: (p, path) => p.mkdir(path, 0o755),
    symlink: (p, path) => p.symlink('x', path),
    'link from': (p, path) => p.link(path, 'new'),
    'link to': (p, path) => {
      writeFile(p, 'source');
      p.link('source', path);
    },
    mknod: (p, path) => p.mknod(path, 0o10644, 0),
    creat: (p, path) =>
      path.startsWith('a') && answer(() => p.readlink(path)) === 'EINVAL' ? p.open(path, C.O_CREAT | C.O_WRONLY | C.O_NONBLOCK, 0o644) : 0,
    chdir: (p, path) => p.chdir(path),
    truncate: (p, path) => p.truncate(path, 3),
    chmod: (p, path) => p.chmod(path, 0o700),
    readlink: (p, path) => p.readlink(path),
    setxattr: (p, path) => p.setxattr(path, 'user.a', bytes('x')),
    lsetxattr: (p, path) => p.lsetxattr(path, 'trusted.a', bytes('x')),
    utimensat: (p, path) => p.utimensat(C.AT_FDCWD, path, null, C.AT_SYMLINK_NOFOLLOW),
    statfs: (p, path) => p.statfs(path).type,
    'bind mount': (p, path) => {
      p.mkdir('source', 0o755);
      p.mount('source', path, null, C.MS_BIND, null);
    },
    umount: (p, path) => p.umount(path),
  };
  for (const [name, call] of Object.entries(calls)) {
    compare(
      name,
      product(kinds, ['a', 'a/', 'a/.', 'a/..', 'a/x'], ['']),
      (p, [kind, path]) => {
        KINDS[kind]!(p, 'a');
        const result = answer(() => call(p, path));
        return `${kind} ${path}: ${result} ${answer(() => tree(p))}`;
      },
      { throughFuse: [['statfs-type', /^(?!mount point (?:a|a\/|a\/\.): )(.*) 16914836/, '$1 1702057286']] },
    );
  }
});

describe('open flags', () => {
  const bits = {
    CREAT: C.O_CREAT,
    EXCL: C.O_EXCL,
    TRUNC: C.O_TRUNC,
    DIRECTORY: C.O_DIRECTORY,
    NOFOLLOW: C.O_NOFOLLOW,
    PATH: C.O_PATH,
    TMPFILE: C.O_TMPFILE & ~C.O_DIRECTORY,
  };
  const names = Object.keys(bits) as (keyof typeof bits)[];
  const sets = Array.from({ length: 1 << names.length }, (_, set) => names.filter((_, i) => (set >> i) & 1));
  const openable = kinds.filter((kind) => kind !== 'fifo' && kind !== 'mount point');
  for (const access of [C.O_RDONLY, C.O_WRONLY, C.O_RDWR]) {
    compare(`access mode ${access}`, openable, (p, kind) =>
      sets
        .map((set, i) => {
          const name = `n${i}`;
          KINDS[kind]!(p, name);
          const result = answer(() =>
            p.open(
              name,
              set.reduce((flags, bit) => flags | bits[bit], access),
              0o644,
            ),
          );
          if (/^\d+$/.test(result)) p.close(Number(result));
          const after = answer(() => p.stat(name).size);
          for (const each of ['linked', 'nowhere']) answer(() => p.unlink(each));
          return `${kind} ${set.join('|')}: ${/^\d+$/.test(result) ? 'opened' : result} ${after}`;
        })
        .join('\n'),
    );
  }
});

describe('who may', () => {
  const CAPABILITIES = {
    none: [],
    CHOWN: [0],
    DAC_OVERRIDE: [1],
    DAC_READ_SEARCH: [2],
    FOWNER: [3],
    FSETID: [4],
    SETFCAP: [31],
    SYS_ADMIN: [21],
    MKNOD: [27],
    SYS_CHROOT: [18],
  } as const;
  const capabilityNames = Object.keys(CAPABILITIES) as (keyof typeof CAPABILITIES)[];
  /** On a file `d/f` and a directory `d/d` of somebody else's. */
  const acts: Record<string, (p: Process) => unknown> = {
    read: (p) => p.open('d/f', C.O_RDONLY),
    write: (p) => p.open('d/f', C.O_WRONLY),
    truncate: (p) => p.truncate('d/f', 0),
    'open to truncate': (p) => p.open('d/f', C.O_RDONLY | C.O_TRUNC),
    list: (p) => p.open('d', C.O_RDONLY),
    search: (p) => p.stat('d/f'),
    create: (p) => p.open('d/new', C.O_CREAT | C.O_WRONLY, 0o644),
    mkdir: (p) => p.mkdir('d/new', 0o755),
    symlink: (p) => p.symlink('x', 'd/new'),
    link: (p) => p.link('d/f', 'd/new'),
    unlink: (p) => p.unlink('d/f'),
    rmdir: (p) => p.rmdir('d/d'),
    rename: (p) => p.rename('d/f', 'd/new'),
    'rename a directory away': (p) => p.rename('d/d', 'new'),
    chmod: (p) => p.chmod('d/f', 0o6711),
    'chown uid': (p) => p.chown('d/f', 1000, -1),
    'chown gid': (p) => p.chown('d/f', -1, 1000),
    'chown nothing': (p) => p.chown('d/f', 3000, -1),
    'utimes now': (p) => p.utimensat(C.AT_FDCWD, 'd/f', null, 0),
    utimes: (p) =>
      p.utimensat(
        C.AT_FDCWD,
        'd/f',
        [
          { sec: 1, nsec: 0 },
          { sec: 1, nsec: 0 },
        ],
        0,
      ),
    'user xattr': (p) => p.setxattr('d/f', 'user.a', bytes('x')),
    'trusted xattr': (p) => p.setxattr('d/f', 'trusted.a', bytes('x')),
    'security xattr': (p) => p.setxattr('d/f', 'security.a', bytes('x')),
    'read an xattr': (p) => p.getxattr('d/f', 'user.given'),
    noatime: (p) => p.open('d/f', C.O_RDONLY | C.O_NOATIME),
    chdir: (p) => p.chdir('d'),
    'access r': (p) => p.access('d/f', C.R_OK),
    'access w': (p) => p.access('d/f', C.W_OK),
    'access x': (p) => p.access('d/f', C.X_OK),
    'access a directory': (p) => p.access('d', C.W_OK | C.X_OK),
    mknod: (p) => p.mknod('d/new', 0o20644, 0x103),
    mount: (p) => p.mount('t', 'd/d', 'tmpfs', 0, null),
    O_TMPFILE: (p) => p.open('d', C.O_TMPFILE | C.O_RDWR, 0o644),
  };
  const modes = [
    [0o777, 0o666],
    [0o1777, 0o6777],
    [0o755, 0o644],
    [0o744, 0o444],
    [0o711, 0o111],
    [0o2777, 0o2674],
    [0o000, 0o000],
  ] as const;
  /** The actors of a case, made when they are first needed. */
  const actors = new WeakMap<SubjectCase, Map<string, Process>>();
  const actorOf = (one: SubjectCase, who: string): Process => {
    const known = actors.get(one) ?? new Map<string, Process>();
    actors.set(one, known);
    const actor =
      known.get(who) ??
      one.spawn({
        uid: who === 'owner' ? 3000 : 1000,
        gid: 1000,
        groups: who === 'member' ? [4000] : [],
        ...(who === 'owner' || who === 'member' ? {} : { capabilities: CAPABILITIES[who as 'none'] }),
      });
    known.set(who, actor);
    return actor;
  };
  for (const [name, act] of Object.entries(acts)) {
    compare(
      name,
      modes,
      (p, [directory, file], one) => {
        const cwd = p.getcwd();
        p.umask(0);
        const results = [...capabilityNames, 'member', 'owner'].map((who, i) => {
          const d = `${cwd}/${i}/d`;
          p.mkdir(`${cwd}/${i}`, 0o777);
          p.mkdir(d, 0o777);
          p.mknod(`${d}/f`, C.S_IFREG | 0o600, 0);
          p.mkdir(`${d}/d`, 0o755);
          if (name.includes('xattr')) p.setxattr(`${d}/f`, 'user.given', bytes('x'));
          for (const path of [`${d}/f`, `${d}/d`, d]) p.chown(path, 3000, 4000);
          p.chmod(`${d}/f`, file);
          p.chmod(d, directory);
          const actor = actorOf(one, who);
          actor.chdir(`${cwd}/${i}`);
          const result = answer(() => act(actor)).replace(/^\d+$/, 'OK');
          actor.close_range(0, 100, 0);
          const after = answer(() => p.lstat(`${d}/f`).mode.toString(8));
          return `${who} ${result} ${after}`;
        });
        return `${directory.toString(8)} ${file.toString(8)}: ${results.join(', ')}`;
      },
      { throughFuse: name.startsWith('chown') ? [['set-id-chown', /CHOWN EPERM 10[26]/, 'CHOWN OK 100']] : [] },
    );
  }
});

describe('set-id bits', () => {
  const changes: Record<string, (p: Process) => unknown> = {
    write: (p) => p.write(p.open('f', C.O_WRONLY), bytes('x')),
    'write nothing': (p) => p.write(p.open('f', C.O_WRONLY), bytes('')),
    pwritev: (p) => p.pwritev(p.open('f', C.O_WRONLY), [bytes('x')], 0),
    truncate: (p) => p.truncate('f', 1),
    'truncate to the same size': (p) => p.truncate('f', 7),
    ftruncate: (p) => p.ftruncate(p.open('f', C.O_WRONLY), 7),
    O_TRUNC: (p) => p.open('f', C.O_WRONLY | C.O_TRUNC),
    fallocate: (p) => p.fallocate(p.open('f', C.O_WRONLY), 1, 0, 1),
    copy_file_range: (p) => p.copy_file_range(p.open('g', C.O_RDONLY), null, p.open('f', C.O_WRONLY), null, 3),
    'chown by root': (p) => p.chown('f', 1, 1),
    'chown -1': (p) => p.chown('f', -1, -1),
    link: (p) => p.link('f', 'h'),
    rename: (p) => p.rename('f', 'h'),
    setxattr: (p) => p.setxattr('f', 'user.a', bytes('x')),
  };
  const bits = [0o4777, 0o2777, 0o6767, 0o4677, 0o6666, 0o6733];
  const throughFuse = [
    ['set-id-member', /^((?!chown|link|rename|setxattr).* of 6[67]6[67] by member: \w+) 2/, '$1 '],
    ['set-id-capability', /^((?:fallocate|copy_file_range) of .* by fsetid: \w+) [246]/, '$1 '],
    ['set-id-chown', /^(chown -1 of .* by (?:user|member|fsetid): )EPERM/, '$1OK'],
  ] as const;
  const actors = ['root', 'user', 'member', 'fsetid'];
  compare(
    'are taken away',
    product(Object.keys(changes), bits, actors),
    (p, [name, mode, who], one) => {
      writeFile(p, 'f', 'content', 0o666);
      writeFile(p, 'g', 'other', 0o666);
      p.chmod('f', mode);
      const actor =
        who === 'root'
          ? p
          : one.spawn({
              uid: 1000,
              gid: 1000,
              groups: who === 'member' ? [0] : [],
              cwd: p.getcwd(),
              ...(who === 'fsetid' ? { capabilities: [4] } : {}),
            });
      const result = answer(() => changes[name]!(actor));
      if (actor !== p) actor.exit();
      const left = answer(() => (p.stat(name === 'rename' && result === 'OK' ? 'h' : 'f').mode & 0o7777).toString(8));
      return `${name} of ${mode.toString(8)} by ${who}: ${result} ${left}`;
    },
    { throughFuse },
  );
});

describe('times', () => {
  const calls: Record<string, (p: Process) => unknown> = {
    open: (p) => p.open('d/f', C.O_RDWR),
    'open to create what is there': (p) => p.open('d/f', C.O_RDWR | C.O_CREAT, 0o644),
    'open to create': (p) => p.open('d/new', C.O_RDWR | C.O_CREAT, 0o644),
    'open to truncate': (p) => p.open('d/f', C.O_RDWR | C.O_TRUNC),
    'open to truncate what is empty': (p) => p.open('d/empty', C.O_RDWR | C.O_TRUNC),
    O_TMPFILE: (p) => p.open('d', C.O_RDWR | C.O_TMPFILE, 0o644),
    read: (p) => p.read(p.open('d/f', C.O_RDONLY), new Uint8Array(10)),
    'read twice': (p) => {
      p.read(p.open('d/f', C.O_RDONLY), new Uint8Array(10));
      p.read(p.open('d/f', C.O_RDONLY), new Uint8Array(10));
    },
    'read nothing': (p) => p.read(p.open('d/empty', C.O_RDONLY), new Uint8Array(10)),
    'read with O_NOATIME': (p) => p.read(p.open('d/f', C.O_RDONLY | C.O_NOATIME), new Uint8Array(10)),
    write: (p) => p.write(p.open('d/f', C.O_WRONLY), bytes('x')),
    'write nothing': (p) => p.write(p.open('d/f', C.O_WRONLY), bytes('')),
    truncate: (p) => p.truncate('d/f', 1),
    'truncate to the same size': (p) => p.truncate('d/f', 7),
    'truncate what is empty': (p) => p.truncate('d/empty', 0),
    'ftruncate to the same size': (p) => p.ftruncate(p.open('d/f', C.O_RDWR), 7),
    fallocate: (p) => p.fallocate(p.open('d/f', C.O_RDWR), 0, 0, 1),
    'fallocate, growing': (p) => p.fallocate(p.open('d/f', C.O_RDWR), 0, 0, 9000),
    punch: (p) => p.fallocate(p.open('d/f', C.O_RDWR), 3, 0, 4096),
    chmod: (p) => p.chmod('d/f', 0o600),
    'chmod to the same': (p) => p.chmod('d/f', 0o644),
    chown: (p) => p.chown('d/f', 1, 1),
    'chown -1': (p) => p.chown('d/f', -1, -1),
    'chmod a directory': (p) => p.chmod('d/sub', 0o700),
    lchown: (p) => p.lchown('d/l', 1, 1),
    'utimensat null': (p) => p.utimensat(C.AT_FDCWD, 'd/f', null, 0),
    'utimensat atime': (p) =>
      p.utimensat(
        C.AT_FDCWD,
        'd/f',
        [
          { sec: 1, nsec: 0 },
          { sec: 0, nsec: C.UTIME_OMIT },
        ],
        0,
      ),
    'utimensat mtime': (p) =>
      p.utimensat(
        C.AT_FDCWD,
        'd/f',
        [
          { sec: 0, nsec: C.UTIME_OMIT },
          { sec: 1, nsec: 0 },
        ],
        0,
      ),
    link: (p) => p.link('d/f', 'e/new'),
    unlink: (p) => p.unlink('d/empty'),
    'unlink one of two': (p) => p.unlink('d/twin'),
    rmdir: (p) => p.rmdir('d/sub'),
    mkdir: (p) => p.mkdir('d/new', 0o755),
    symlink: (p) => p.symlink('x', 'd/new'),
    mknod: (p) => p.mknod('d/new', 0o10644, 0),
    readlink: (p) => p.readlink('d/l'),
    'follow a link': (p) => p.stat('d/l'),
    'open through a link': (p) => p.open('d/l', C.O_RDONLY),
    'rename in one directory': (p) => p.rename('d/f', 'd/new'),
    'rename to another': (p) => p.rename('d/f', 'e/new'),
    'rename onto a file': (p) => p.rename('d/f', 'd/twin2'),
    'rename onto its twin': (p) => p.rename('d/f', 'd/twin'),
    'rename a directory': (p) => p.rename('d/sub', 'e/sub'),
    exchange: (p) => p.renameat2(C.AT_FDCWD, 'd/f', C.AT_FDCWD, 'e/other', C.RENAME_EXCHANGE),
    'exchange directories': (p) => p.renameat2(C.AT_FDCWD, 'd/sub', C.AT_FDCWD, 'e/sub2', C.RENAME_EXCHANGE),
    whiteout: (p) => p.renameat2(C.AT_FDCWD, 'd/f', C.AT_FDCWD, 'd/new', C.RENAME_WHITEOUT),
    setxattr: (p) => p.setxattr('d/f', 'user.a', bytes('x')),
    'setxattr again': (p) => p.setxattr('d/f', 'user.given', bytes('x')),
    removexattr: (p) => p.removexattr('d/f', 'user.given'),
    getxattr: (p) => p.getxattr('d/f', 'user.given'),
    getdents: (p) => p.getdents(p.open('d', C.O_RDONLY)),
    stat: (p) => p.stat('d/f'),
    access: (p) => p.access('d/f', 4),
    chdir: (p) => p.chdir('d'),
    'a failed unlink': (p) => p.unlink('d/sub'),
    'a failed create': (p) => p.mkdir('d/f', 0o755),
    'a failed rename': (p) => p.rename('d/sub', 'd/f'),
    copy_file_range: (p) => p.copy_file_range(p.open('d/f', C.O_RDONLY), 0, p.open('d/empty', C.O_RDWR), 0, 5),
    lseek: (p) => p.lseek(p.open('d/f', C.O_RDWR), 0, C.SEEK_HOLE),
    fsync: (p) => p.fsync(p.open('d/f', C.O_RDWR)),
    mount: (p) => p.mount('t', 'd/sub', 'tmpfs', 0, null),
  };
  const objects = ['d', 'e', 'd/f', 'd/empty', 'd/twin', 'd/twin2', 'd/l', 'd/sub', 'e/other', 'e/sub2'];
  compare('move', Object.keys(calls), (p, name) => {
    p.mkdir('d', 0o755);
    p.mkdir('e', 0o755);
    writeFile(p, 'd/f', 'content');
    p.setxattr('d/f', 'user.given', bytes('x'));
    writeFile(p, 'd/empty');
    p.link('d/f', 'd/twin');
    writeFile(p, 'd/twin2');
    p.symlink('f', 'd/l');
    p.mkdir('d/sub', 0o755);
    writeFile(p, 'e/other');
    p.mkdir('e/sub2', 0o755);
    // By descriptor, so that what a name loses or gains is told of the file it was.
    const fds = objects.map((path) => p.open(path, C.O_PATH | C.O_NOFOLLOW));
    pause();
    const before = fds.map((fd) => times(p.fstat(fd)));
    const result = answer(() => calls[name]!(p)).replace(/^\d+$/, 'OK');
    const changed = fds.map((fd, i) => {
      const [a, b] = [before[i]!, times(p.fstat(fd))];
      const letters = (['atime', 'mtime', 'ctime'] as const).filter((time) => a[time] !== b[time]).map((time) => time.charAt(0));
      return letters.length === 0 ? '' : ` ${objects[i]}:${letters.join('')}`;
    });
    p.close_range(0, 100, 0);
    p.chdir('/');
    return `${name}: ${result}${changed.join('')}`;
  });
});
