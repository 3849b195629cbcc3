/** Moving bytes. */
import type { TimedRow } from '../row.ts';
import { type Files, O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from './files.ts';

type TimeRow = TimedRow<Files>;

const PAGE = 4096;
const LARGE = 64 << 20;
const MEBIBYTE = 1 << 20;

/** An open file of `size` bytes that are all written. */
function largeFile(files: Files, size: number): number {
  const path = `${files.root}large`;
  const chunk = new Uint8Array(Math.min(MEBIBYTE, size)).fill(7);
  const fd = files.open(path, O_RDWR | O_CREAT);
  for (let offset = 0; offset < size; offset += chunk.length) files.pwrite(fd, chunk, offset);
  return fd;
}

/** Page offsets in an order that no prefetcher knows. */
function randomOffsets(size: number): Float64Array {
  const offsets = new Float64Array(4096);
  let state = 12345;
  for (let i = 0; i < offsets.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    offsets[i] = (state % (size / PAGE)) * PAGE;
  }
  return offsets;
}

function random(
  name: string,
  title: string,
  target: number,
  operation: (files: Files, fd: number, page: Uint8Array, offset: number) => number,
): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    target,
    setup(files, scale) {
      const size = scale.quick ? MEBIBYTE : LARGE;
      const fd = largeFile(files, size);
      const offsets = randomOffsets(size);
      const page = new Uint8Array(PAGE).fill(1);
      return {
        run(times) {
          for (let i = 0; i < times; i++) {
            if (operation(files, fd, page, offsets[i & 4095] as number) !== PAGE) throw new TypeError('a short count');
          }
        },
      };
    },
  };
}

/** The file is made anew for each round and grows to its full size in it. */
function append(name: string, title: string, target: number, piece: number, pieces: number): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    target,
    job: (scale) => scale.count(pieces),
    setup(files, scale) {
      const path = `${files.root}log`;
      const bytes = new Uint8Array(piece).fill(9);
      const count = scale.count(pieces);
      let fd = -1;
      return {
        before() {
          fd = files.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
        },
        run() {
          for (let i = 0; i < count; i++) files.write(fd, bytes);
        },
        after() {
          files.close(fd);
          files.unlink(path);
        },
      };
    },
  };
}

const sequential: TimeRow = {
  kind: 'time',
  name: 'read4k.seq',
  title: 'read 4 KiB after 4 KiB of 1 MiB',
  target: 0.4,
  setup(files) {
    files.close(largeFile(files, MEBIBYTE));
    const page = new Uint8Array(PAGE);
    let fd = files.open(`${files.root}large`, O_RDONLY);
    let offset = 0;
    return {
      run(times) {
        for (let i = 0; i < times; i++) {
          if (offset === MEBIBYTE) {
            files.close(fd);
            fd = files.open(`${files.root}large`, O_RDONLY);
            offset = 0;
          }
          offset += files.read(fd, page);
        }
      },
    };
  },
};

function whole(size: number, label: string, targets: { readonly write: number; readonly read: number }): TimeRow[] {
  return [
    {
      kind: 'time',
      name: `writeFile.${label}`,
      title: `open, write ${label}, close, over what was there`,
      target: targets.write,
      setup(files) {
        const bytes = new Uint8Array(size).fill(3);
        const path = `${files.root}whole`;
        return {
          run(times) {
            for (let i = 0; i < times; i++) files.writeFile(path, bytes);
          },
        };
      },
    },
    {
      kind: 'time',
      name: `readFile.${label}`,
      title: `open, read ${label} into a new buffer, close`,
      target: targets.read,
      setup(files) {
        const path = `${files.root}whole`;
        files.writeFile(path, new Uint8Array(size).fill(3));
        return {
          run(times) {
            for (let i = 0; i < times; i++) if (files.readFile(path).length !== size) throw new TypeError('a short file');
          },
        };
      },
    },
  ];
}

export const dataRows: readonly TimeRow[] = [
  random('pread4k.rand', 'read 4 KiB at random offsets of 64 MiB', 0.28, (files, fd, page, offset) => files.pread(fd, page, offset)),
  random('pwrite4k.rand', 'write 4 KiB at random offsets of 64 MiB', 0.3, (files, fd, page, offset) => files.pwrite(fd, page, offset)),
  sequential,
  append('append4k', 'append 4 KiB until 64 MiB', 0.5, PAGE, LARGE / PAGE),
  append('append1b', 'append one byte, a million times', 0.35, 1, 1_000_000),
  ...whole(1024, '1k', { write: 0.4, read: 0.4 }),
  ...whole(102_400, '100k', { write: 0.5, read: 0.44 }),
  ...whole(10 << 20, '10m', { write: 0.3, read: 0.4 }),
];
