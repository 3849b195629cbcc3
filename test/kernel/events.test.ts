/** The event hook: what every operation says, in the order of fsnotify(). */
import { describe, expect, it } from 'vitest';
import * as abi from '../../src/abi/inotify.ts';
import { Kernel, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, type Process, RENAME_EXCHANGE, UTIME_OMIT } from '../../src/index.ts';

const NAMES = Object.entries(abi as unknown as Record<string, number>).filter(([name]) =>
  /^IN_(ACCESS|MODIFY|ATTRIB|CLOSE_WRITE|CLOSE_NOWRITE|OPEN|MOVED_FROM|MOVED_TO|CREATE|DELETE|DELETE_SELF|MOVE_SELF)$/.test(name),
);

/** `CREATE a`, `OPEN|ISDIR d`: what `body` does below /tmp. */
function events(body: (p: Process) => void, before?: (p: Process) => void): string[] {
  const kernel = new Kernel();
  const p = kernel.spawn({ cwd: '/tmp' });
  before?.(p);
  const seen: string[] = [];
  const stop = kernel.vfs.listen(({ mask, name }) => {
    const words = NAMES.filter(([, bit]) => (mask & bit) !== 0).map(([word]) => word.slice(3));
    if ((mask & abi.IN_ISDIR) !== 0) words.push('ISDIR');
    seen.push(`${words.join('|')} ${name}`);
  });
  body(p);
  stop();
  p.mkdir('unheard', 0o755);
  return seen;
}

const create = (p: Process): number => p.open('f', O_CREAT | O_RDWR, 0o644);

describe('events', () => {
  it('creating: CREATE, then OPEN, then CLOSE_WRITE', () => {
    expect(events((p) => p.close(create(p)))).toEqual(['CREATE f', 'OPEN f', 'CLOSE_WRITE f']);
  });

  it('O_TRUNC of a file that was there: OPEN, then MODIFY', () => {
    expect(events((p) => p.open('f', O_RDWR | O_TRUNC), create)).toEqual(['OPEN f', 'MODIFY f']);
  });

  it('reading and writing: only when bytes moved', () => {
    const body = (p: Process): void => {
      p.write(0, new Uint8Array(0));
      p.write(0, new Uint8Array(3));
      p.read(0, new Uint8Array(3));
      p.pread(0, new Uint8Array(3), 0);
    };
    expect(events(body, create)).toEqual(['MODIFY f', 'ACCESS f']);
  });

  it('unlink: ATTRIB of the file, DELETE of the name, DELETE_SELF when the last holder is gone', () => {
    const body = (p: Process): void => {
      p.unlink('f');
      p.close(0);
    };
    expect(events(body, create)).toEqual(['ATTRIB f', 'DELETE f', 'CLOSE_WRITE f', 'DELETE_SELF f']);
  });

  it('mkdir and rmdir', () => {
    const body = (p: Process): void => {
      p.mkdir('d', 0o755);
      p.rmdir('d');
    };
    expect(events(body)).toEqual(['CREATE|ISDIR d', 'DELETE|ISDIR d', 'DELETE_SELF|ISDIR d']);
  });

  it('link: ATTRIB, then CREATE', () => {
    expect(events((p) => p.link('f', 'g'), create)).toEqual(['ATTRIB f', 'CREATE g']);
  });

  it('rename: MOVED_FROM, MOVED_TO, MOVE_SELF; what is replaced goes', () => {
    expect(events((p) => p.rename('f', 'g'), create)).toEqual(['MOVED_FROM f', 'MOVED_TO g', 'MOVE_SELF g']);
    const both = (p: Process): void => {
      p.close(create(p));
      p.close(p.open('g', O_CREAT, 0o644));
    };
    expect(events((p) => p.rename('f', 'g'), both)).toEqual(['MOVED_FROM f', 'MOVED_TO g', 'ATTRIB g', 'MOVE_SELF g', 'DELETE_SELF g']);
    expect(events((p) => p.renameat2(-100, 'f', -100, 'g', RENAME_EXCHANGE), both)).toHaveLength(6);
  });

  it('attributes', () => {
    const change = (p: Process): void => {
      p.chmod('f', 0o600);
      p.chown('f', 1, 1);
      p.setxattr('f', 'user.a', new Uint8Array(1));
      p.truncate('f', 10);
      p.utimensat(-100, 'f', null, 0);
      p.utimensat(
        -100,
        'f',
        [
          { sec: 1, nsec: 0 },
          { sec: 0, nsec: UTIME_OMIT },
        ],
        0,
      );
      p.utimensat(
        -100,
        'f',
        [
          { sec: 0, nsec: UTIME_OMIT },
          { sec: 1, nsec: 0 },
        ],
        0,
      );
    };
    expect(events(change, create)).toEqual(['ATTRIB f', 'ATTRIB f', 'ATTRIB f', 'MODIFY f', 'ATTRIB f', 'ACCESS f', 'MODIFY f']);
  });

  it('listing a directory: ACCESS', () => {
    expect(events((p) => p.getdents(p.open('/etc', O_RDONLY)))).toEqual(['OPEN|ISDIR etc', 'ACCESS|ISDIR etc']);
  });
});
