/** The filesystem among others. */
import { O_DIRECTORY, O_RDONLY } from '../../abi/fcntl.ts';
import { MNT_DETACH, MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../abi/mount.ts';
import { AT, type CaseDefinition, fails, names, outcome, put, same, text } from '../case.ts';

export const mountCases: readonly CaseDefinition[] = [
  {
    name: 'umount(2) is EBUSY while a file is open, and works afterwards',
    needs: [],
    body: ({ p, kernel }) => {
      const { init } = kernel;
      const { fs } = p.cwd.mount;
      const fd = init.open(AT, O_RDONLY | O_DIRECTORY);
      p.chdir('/');
      fails('EBUSY', () => init.umount(AT), 'while its root is open');
      init.close(fd);
      const references = fs.references;
      init.umount(AT);
      same(fs.references, references - 1, 'references of the instance');
      same(names(init, AT), [], 'what is below');
    },
  },
  {
    name: 'a lazily unmounted filesystem goes on for those who are in it',
    needs: ['creat', 'write'],
    body: ({ p, kernel }) => {
      kernel.init.umount2(AT, MNT_DETACH);
      put(p, 'f', 'x');
      same(text(p, 'f'), 'x', 'content');
      same(names(kernel.init, AT), [], 'what is seen from outside');
    },
  },
  {
    name: 'a bind mount shows the same files elsewhere',
    needs: ['creat', 'mkdir', 'write', 'unlink'],
    body: ({ p, kernel }) => {
      const { init } = kernel;
      p.mkdir('d', 0o755);
      init.mkdir('/elsewhere', 0o755);
      init.mount(`${AT}/d`, '/elsewhere', null, MS_BIND, null);
      put(p, 'd/f', 'x');
      same([text(init, '/elsewhere/f'), init.stat('/elsewhere/f').ino], ['x', p.stat('d/f').ino], 'content, number');
      init.unlink('/elsewhere/f');
      same(names(p, 'd'), [], 'removed through the other');
      fails('EXDEV', () => init.rename(`${AT}/d`, '/elsewhere/d'), 'rename between them');
      fails('EBUSY', () => init.rmdir('/elsewhere'), 'rmdir of the mount point');
    },
  },
  {
    name: 'a directory takes a mount, and keeps it when what holds it is renamed',
    needs: ['creat', 'mkdir', 'rename', 'write'],
    body: ({ p, kernel }) => {
      const { init } = kernel;
      p.mkdir('a', 0o755);
      p.mkdir('a/point', 0o755);
      init.mount('tmpfs', `${AT}/a/point`, 'tmpfs', 0, null);
      put(p, 'a/point/f', 'x');
      fails('EBUSY', () => p.rmdir('a/point'), 'rmdir');
      fails('EBUSY', () => p.rename('a/point', 'b'), 'rename');
      p.rename('a', 'b');
      same([text(p, 'b/point/f'), p.stat('b/point/..').ino], ['x', p.stat('b').ino], 'below its new name');
      init.umount(`${AT}/b/point`);
      same(names(p, 'b/point'), [], 'below the mount');
    },
  },
  {
    name: 'a read-only mount takes no change',
    needs: ['creat', 'write', 'mkdir'],
    body: ({ p, kernel }) => {
      put(p, 'f', 'x');
      kernel.init.mount(null, AT, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
      const attempts = [
        () => put(p, 'f', 'y'),
        () => put(p, 'g', ''),
        () => p.mkdir('d', 0o755),
        () => p.unlink('f'),
        () => p.chmod('f', 0),
      ];
      same(attempts.map(outcome), ['EROFS', 'EROFS', 'EROFS', 'EROFS', 'EROFS'], 'outcomes');
      same(text(p, 'f'), 'x', 'content');
    },
  },
];
