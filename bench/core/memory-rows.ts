/** What is held per file and per byte, the start, and the size of the code. The kernel's own memory cannot be seen, so tmpfs has no figure. */
import type { Contestant, FigureRow, Scale } from '../row.ts';
import { Unsupported } from '../row.ts';
import { type Files, O_CREAT, O_EXCL, O_WRONLY } from './files.ts';
import { bundleSize } from './size.ts';

type Figure = FigureRow<Files>;

const IN_MEMORY = ['tuxfs', 'memfs', 'zenfs'];
const CREATE = O_CREAT | O_EXCL | O_WRONLY;
const PER_DIRECTORY = 1000;

/** What the engine holds after a full collection, buffers included. */
function held(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Unsupported('needs --expose-gc');
  for (let i = 0; i < 3; i++) collect();
  const usage = process.memoryUsage();
  return usage.heapUsed + usage.external;
}

/** The growth of memory by `make`, divided by `units`. The filesystem is alive until it is measured. */
async function growth(contestant: Contestant<Files>, units: number, make: (files: Files) => void): Promise<number> {
  const files = await contestant.open();
  files.mkdir(`${files.root}first`);
  files.close(files.open(`${files.root}first/file`, CREATE));
  const before = held();
  make(files);
  const after = held();
  files.stat(`${files.root}first/file`);
  return (after - before) / units;
}

function emptyFiles(
  count: number,
  name: string,
  title: string,
  limit: number | undefined,
  path: (files: Files, directory: number) => string,
  file: (i: number) => string,
): Figure {
  return {
    kind: 'figure',
    name,
    title,
    unit: 'B',
    rounds: 1,
    only: IN_MEMORY,
    ...(limit === undefined ? {} : { limit }),
    measure(contestant, scale) {
      const total = scale.count(count);
      return growth(contestant, total, (files) => {
        let directory = '';
        for (let i = 0; i < total; i++) {
          if (i % PER_DIRECTORY === 0) {
            directory = path(files, i / PER_DIRECTORY);
            files.mkdir(directory);
          }
          files.close(files.open(`${directory}/${file(i)}`, CREATE));
        }
      });
    },
  };
}

const short = (files: Files, directory: number): string => `${files.root}d${directory}`;
const shortName = (i: number): string => `f${String(i).padStart(7, '0')}`;
/** With the name, a hundred characters. */
const long = (files: Files, directory: number): string => {
  const path = `${files.root}${'long-directory-name-'.repeat(3)}${directory}`;
  return path.slice(0, 1) + path.slice(1).padStart(58, '-');
};
const longName = (i: number): string => `${'module-with-a-long-name-'.padEnd(33, 'x')}${String(i).padStart(7, '0')}`;

function bytesPerByte(name: string, title: string, limit: number, fileCount: number, size: number): Figure {
  return {
    kind: 'figure',
    name,
    title,
    unit: 'B/B',
    rounds: 1,
    limit,
    only: IN_MEMORY,
    measure(contestant, scale: Scale) {
      const bytes = scale.quick ? 4096 : size;
      return growth(contestant, fileCount * bytes, (files) => {
        const piece = new Uint8Array(Math.min(bytes, 1 << 20)).fill(1);
        for (let i = 0; i < fileCount; i++) {
          const fd = files.open(`${files.root}data${i}`, CREATE);
          for (let offset = 0; offset < bytes; offset += piece.length) files.write(fd, piece);
          files.close(fd);
        }
      });
    },
  };
}

const start: Figure = {
  kind: 'figure',
  name: 'start',
  title: 'CPU time from import to the first file',
  unit: 'ms',
  rounds: 7,
  only: [...IN_MEMORY, 'tmpfs'],
  async measure(contestant) {
    const before = process.cpuUsage();
    const files = await contestant.open();
    files.close(files.open(`${files.root}first`, CREATE));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  },
};

const size: Figure = {
  kind: 'figure',
  name: 'size',
  title: 'minified and gzipped',
  unit: 'KiB',
  rounds: 1,
  limit: 25,
  only: IN_MEMORY,
  measure: async (contestant) => (await bundleSize(contestant.name)) / 1024,
};

export const memoryRows: readonly Figure[] = [
  emptyFiles(100_000, 'memory.100k', 'heap of an empty file among 100 000, 8-character names', undefined, short, shortName),
  emptyFiles(1_000_000, 'memory.1m', 'heap of an empty file among 1 000 000, 8-character names', 320, short, shortName),
  emptyFiles(1_000_000, 'memory.1m.long', 'the same, 40-character names out of 100-character paths', 360, long, longName),
  bytesPerByte('memory.4k', 'memory per byte, 1000 files of 4 KiB', 1.13, 1000, 4096),
  bytesPerByte('memory.256m', 'memory per byte, one file of 256 MiB', 1.02, 1, 256 << 20),
  start,
  size,
];
