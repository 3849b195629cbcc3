/** The bytes of files. */
import { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, SEEK_END, SEEK_SET } from '../../abi/fcntl.ts';
import { encodeName } from '../../abi/name.ts';
import type { Process } from '../../kernel/process.ts';
import { type CaseDefinition, put, same, text } from '../case.ts';

function open(p: Process, flags = 0): number {
  return p.open('f', O_CREAT | O_RDWR | flags, 0o644);
}

function read(p: Process, fd: number, length: number, offset: number): string {
  const into = new Uint8Array(length).fill(0x2e);
  const count = p.pread(fd, into, offset);
  return `${count}:${String.fromCharCode(...into)}`;
}

export const contentCases: readonly CaseDefinition[] = [
  {
    name: 'what is written is read, wherever it is',
    needs: ['creat', 'write'],
    body: ({ p }) => {
      const fd = open(p);
      same(p.write(fd, encodeName('0123456789')), 10, 'written');
      same([p.fstat(fd).size, read(p, fd, 4, 3), read(p, fd, 4, 8), read(p, fd, 4, 10)], [10, '4:3456', '2:89..', '0:....'], 'read');
      same(p.pwrite(fd, encodeName('ab'), 4), 2, 'written in the middle');
      same([text(p, 'f'), p.lseek(fd, 0, SEEK_END)], ['0123ab6789', 10], 'all of it');
      same(read(p, fd, 4, 1e9), '0:....', 'far past the end');
    },
  },
  {
    name: 'neither read nor write keeps the buffer',
    needs: ['creat', 'write'],
    body: ({ p }) => {
      const fd = open(p);
      const bytes = encodeName('kept');
      p.write(fd, bytes);
      bytes.fill(0x78);
      same(text(p, 'f'), 'kept', 'after the writer’s buffer changed');
      const into = new Uint8Array(4);
      p.pread(fd, into, 0);
      into.fill(0x78);
      same(text(p, 'f'), 'kept', 'after the reader’s buffer changed');
    },
  },
  {
    name: 'a write past the end leaves zeros between',
    needs: ['creat', 'write'],
    body: ({ p }) => {
      const fd = open(p);
      p.write(fd, encodeName('a'));
      p.pwrite(fd, encodeName('z'), 10_000);
      same(p.fstat(fd).size, 10_001, 'size');
      same([read(p, fd, 3, 0), read(p, fd, 3, 5000), read(p, fd, 3, 9999)], ['3:a\0\0', '3:\0\0\0', '2:\0z.'], 'content');
    },
  },
  {
    name: 'truncate(2) cuts and grows, and what was cut does not come back',
    needs: ['creat', 'write', 'truncate'],
    body: ({ p }) => {
      const fd = open(p);
      p.write(fd, encodeName('0123456789'));
      p.ftruncate(fd, 4);
      same([text(p, 'f'), p.fstat(fd).size], ['0123', 4], 'cut');
      p.truncate('f', 8);
      same([text(p, 'f'), p.fstat(fd).size], ['0123\0\0\0\0', 8], 'grown');
      p.ftruncate(fd, 2);
      p.pwrite(fd, encodeName('x'), 5);
      same(text(p, 'f'), '01\0\0\0x', 'cut, and written past the end');
      p.close(open(p, O_TRUNC));
      same([p.fstat(fd).size, text(p, 'f')], [0, ''], 'O_TRUNC');
    },
  },
  {
    name: 'O_APPEND writes at the end, whoever made it longer',
    needs: ['creat', 'write'],
    body: ({ p }) => {
      const [one, other] = [open(p, O_APPEND), open(p, O_APPEND)];
      p.write(one, encodeName('a'));
      p.write(other, encodeName('b'));
      p.lseek(one, 0, SEEK_SET);
      p.write(one, encodeName('c'));
      same(text(p, 'f'), 'abc', 'content');
    },
  },
  {
    name: 'many pieces make one file',
    needs: ['creat', 'write'],
    body: ({ p }) => {
      const fd = open(p);
      let expected = '';
      for (let i = 0; i < 500; i++) {
        const piece = `${i},`.repeat((i % 7) + 1);
        p.write(fd, encodeName(piece));
        expected += piece;
      }
      same(text(p, 'f') === expected, true, 'content is what was written');
      put(p, 'f', 'short');
      same(text(p, 'f'), 'short', 'replaced');
    },
  },
];
