/** Modes, owners and times. */
import { AT_FDCWD, O_RDONLY, O_RDWR, O_CREAT } from '../../abi/fcntl.ts';
import { encodeName } from '../../abi/name.ts';
import { S_IFREG, type Stat } from '../../abi/stat.ts';
import { UTIME_OMIT } from '../../abi/time.ts';
import { type CaseDefinition, fails, holds, put, same, text } from '../case.ts';

/** Nanoseconds within eleven days, so that a number holds them. */
const mtime = (stat: Stat): number => (stat.mtimeSec % 1e6) * 1e9 + stat.mtimeNsec;
const ctime = (stat: Stat): number => (stat.ctimeSec % 1e6) * 1e9 + stat.ctimeNsec;

export const attributeCases: readonly CaseDefinition[] = [
  {
    name: 'chmod(2) and chown(2) are there when the file is looked up again',
    needs: ['creat', 'mkdir', 'chmod', 'chown'],
    body: ({ p }) => {
      p.close(p.creat('f', 0o644));
      p.mkdir('d', 0o755);
      const before = p.stat('f');
      for (const path of ['f', 'd']) {
        p.chmod(path, 0o2751);
        p.chown(path, 1000, 100);
      }
      const { mode, uid, gid } = p.stat('f');
      same([mode, uid, gid], [S_IFREG | 0o751, 1000, 100], 'mode, uid, gid');
      same([p.stat('d').mode & 0o7777, p.stat('d').uid, p.stat('d').gid], [0o2751, 1000, 100], 'of a directory');
      holds(ctime(p.stat('f')) > ctime(before), 'ctime did not move');
      same(mtime(p.stat('f')), mtime(before), 'mtime');
    },
  },
  {
    name: 'permissions hold for other users',
    needs: ['creat', 'write', 'chmod', 'chown', 'mkdir'],
    body: ({ p, spawn }) => {
      p.mkdir('d', 0o711);
      put(p, 'd/f', 'secret');
      p.chown('d/f', 1000, 1000);
      p.chmod('d/f', 0o640);
      const [owner, group, other] = [
        { uid: 1000, gid: 1 },
        { uid: 1001, gid: 1000 },
        { uid: 1002, gid: 1002 },
      ].map(spawn);
      same(text(owner as NonNullable<typeof owner>, 'd/f'), 'secret', 'the owner');
      same(text(group as NonNullable<typeof group>, 'd/f'), 'secret', 'the group');
      fails('EACCES', () => other?.open('d/f', O_RDONLY), 'another');
      fails('EACCES', () => group?.open('d/f', O_RDWR), 'the group, to write');
      fails('EACCES', () => owner?.mkdir('d/e', 0o755), 'making a name in another’s directory');
      fails('EACCES', () => owner?.unlink('d/f'), 'removing a name from another’s directory');
      fails('EACCES', () => owner?.getdents(owner.open('d', O_RDONLY)), 'listing it');
      fails('EPERM', () => group?.chmod('d/f', 0o777), 'chmod of another’s file');
    },
  },
  {
    name: 'a set-group-id directory gives its group to what is made in it',
    needs: ['creat', 'mkdir', 'chmod', 'chown'],
    body: ({ p }) => {
      p.mkdir('d', 0o755);
      p.chown('d', 0, 100);
      p.chmod('d', 0o2775);
      p.close(p.creat('d/f', 0o644));
      p.mkdir('d/e', 0o755);
      same([p.stat('d/f').gid, p.stat('d/e').gid, p.stat('d/e').mode & 0o7777], [100, 100, 0o2755], 'groups, mode');
    },
  },
  {
    name: 'a name that comes, goes or moves moves its directory’s times, and a write the file’s',
    needs: ['creat', 'mkdir', 'unlink', 'rename', 'write'],
    body: ({ p }) => {
      p.mkdir('d', 0o755);
      p.mkdir('e', 0o755);
      const changes: readonly (readonly [string, readonly string[], () => void])[] = [
        ['creat', ['d'], () => p.close(p.creat('d/f', 0o644))],
        ['write', ['d/f'], () => put(p, 'd/f', 'x')],
        ['rename', ['d', 'e'], () => p.rename('d/f', 'e/g')],
        ['rename within', ['e'], () => p.rename('e/g', 'e/h')],
        ['unlink', ['e'], () => p.unlink('e/h')],
        ['mkdir', ['e'], () => p.mkdir('e/i', 0o755)],
        ['rmdir', ['e'], () => p.rmdir('e/i')],
      ];
      for (const [what, moved, change] of changes) {
        const before = moved.map((path) => p.stat(path));
        change();
        for (const [index, path] of moved.entries()) {
          holds(mtime(p.stat(path)) > mtime(before[index] as Stat), `${what}: mtime of ${path} did not move`);
          holds(ctime(p.stat(path)) > ctime(before[index] as Stat), `${what}: ctime of ${path} did not move`);
        }
      }
    },
  },
  {
    name: 'utimensat(2) sets times to the nanosecond',
    needs: ['creat', 'utimensat'],
    body: ({ p }) => {
      p.close(p.creat('f', 0o644));
      const times = [
        { sec: 1, nsec: 2 },
        { sec: 2 ** 33, nsec: 999_999_999 },
      ] as const;
      p.utimensat(AT_FDCWD, 'f', times, 0);
      const { atimeSec, atimeNsec, mtimeSec, mtimeNsec } = p.stat('f');
      same([atimeSec, atimeNsec, mtimeSec, mtimeNsec], [1, 2, 2 ** 33, 999_999_999], 'both');
      p.utimensat(
        AT_FDCWD,
        'f',
        [
          { sec: 0, nsec: UTIME_OMIT },
          { sec: 5, nsec: 0 },
        ],
        0,
      );
      same([p.stat('f').atimeSec, p.stat('f').mtimeSec], [1, 5], 'mtime alone');
    },
  },
  {
    name: 'extended attributes are kept',
    needs: ['creat', 'setxattr'],
    body: ({ p }) => {
      p.close(p.open('f', O_CREAT | O_RDWR, 0o644));
      p.setxattr('f', 'user.note', encodeName('x'));
      same([...p.getxattr('f', 'user.note')], [0x78], 'value');
      same(p.listxattr('f').includes('user.note'), true, 'listed');
      p.removexattr('f', 'user.note');
      fails('ENODATA', () => p.getxattr('f', 'user.note'), 'removed');
    },
  },
];
