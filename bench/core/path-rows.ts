/** Looking at files and changing what they are, one name at a time. */
import type { Scale, TimedRow } from '../row.ts';
import { type Files, keep, O_RDONLY } from './files.ts';

type TimeRow = TimedRow<Files>;

/** A file under `depth - 1` directories. */
export function deepFile(files: Files, depth: number): string {
  let path = files.root;
  for (let level = 1; level < depth; level++) {
    path += `directory${level}/`;
    files.mkdir(path.slice(0, -1));
  }
  path += 'file.txt';
  files.writeFile(path, new Uint8Array(100));
  return path;
}

/** A row that does one thing with one path. */
function onPath(name: string, title: string, depth: number, operation: (files: Files, path: string) => unknown, target?: number): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    ...(target === undefined ? {} : { target }),
    setup(files) {
      const path = deepFile(files, depth);
      return {
        run(times) {
          for (let i = 0; i < times; i++) keep(operation(files, path));
        },
      };
    },
  };
}

/** The path is a new string each time, as when a program has joined it. */
function onFreshPath(name: string, title: string, depth: number, target?: number): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    ...(target === undefined ? {} : { target }),
    setup(files) {
      const path = deepFile(files, depth);
      const cut = path.length - 5;
      const head = path.slice(0, cut);
      // The parts vary, so that the engine cannot know the whole.
      const tails = ['e.txt', 'e.txt'].map((tail) => Array.from(tail).join(''));
      return {
        run(times) {
          for (let i = 0; i < times; i++) keep(files.stat(head + (tails[i & 1] as string)));
        },
      };
    },
  };
}

function throwing(files: Files, path: string): void {
  try {
    files.stat(path);
  } catch {
    return;
  }
  throw new TypeError(`${path} is there`);
}

const missing: TimeRow[] = [
  {
    kind: 'time',
    name: 'stat.miss.throw',
    title: 'stat of what is not there, caught',
    target: 1,
    setup(files) {
      const path = deepFile(files, 5).replace('.txt', '.png');
      return {
        run(times) {
          for (let i = 0; i < times; i++) throwing(files, path);
        },
      };
    },
  },
  {
    kind: 'time',
    name: 'stat.miss.undef',
    title: 'the same, asked not to throw',
    target: 0.4,
    setup(files) {
      const path = deepFile(files, 5).replace('.txt', '.png');
      return {
        run(times) {
          for (let i = 0; i < times; i++) if (files.statIfExists(path) !== undefined) throw new TypeError(path);
        },
      };
    },
  },
];

const followed: TimeRow = {
  kind: 'time',
  name: 'symlink.follow5',
  title: 'stat through a chain of 5 symlinks',
  target: 0.8,
  setup(files) {
    files.writeFile(`${files.root}link0`, new Uint8Array(1));
    for (let i = 1; i <= 5; i++) files.symlink(`link${i - 1}`, `${files.root}link${i}`);
    const path = `${files.root}link5`;
    return {
      run(times) {
        for (let i = 0; i < times; i++) keep(files.stat(path));
      },
    };
  },
};

const fstat: TimeRow = {
  kind: 'time',
  name: 'fstat',
  title: 'fstat',
  target: 0.12,
  setup(files) {
    const fd = files.open(deepFile(files, 5), O_RDONLY);
    return {
      run(times) {
        for (let i = 0; i < times; i++) keep(files.fstat(fd));
      },
    };
  },
};

function listing(entries: number, target?: number): TimeRow {
  return {
    kind: 'time',
    name: `readdir.${entries}`,
    title: `names of a directory of ${entries} entries, per entry`,
    ...(target === undefined ? {} : { target }),
    ...(entries > 1000 ? { job: (scale: Scale) => scale.count(entries) } : {}),
    setup(files, scale) {
      const path = `${files.root}list`;
      const count = scale.count(entries);
      fill(files, path, count);
      return {
        run(times) {
          for (let i = 0; i < times; i++) if (files.readdir(path).length !== count) throw new TypeError('the listing is wrong');
        },
      };
    },
  };
}

/** A directory of `count` empty files. */
export function fill(files: Files, path: string, count: number): void {
  files.mkdir(path);
  for (let i = 0; i < count; i++) files.close(files.open(`${path}/entry${i}`, 0o101));
}

let seconds = 1_700_000_000;

export const pathRows: readonly TimeRow[] = [
  onPath('stat.d1', 'stat, depth 1', 1, (files, path) => files.stat(path), 0.4),
  onPath('stat.d5', 'stat, depth 5', 5, (files, path) => files.stat(path), 0.27),
  onPath('stat.d10', 'stat, depth 10', 10, (files, path) => files.stat(path), 0.6),
  onFreshPath('stat.d1.fresh', 'stat, depth 1, a new string', 1),
  onFreshPath('stat.d5.fresh', 'stat, depth 5, a new string', 5, 0.5),
  onFreshPath('stat.d10.fresh', 'stat, depth 10, a new string', 10),
  onPath('lstat.d5', 'lstat, depth 5', 5, (files, path) => files.lstat(path), 0.45),
  fstat,
  ...missing,
  onPath('openclose', 'open and close, depth 5', 5, (files, path) => files.close(files.open(path, O_RDONLY)), 0.25),
  onPath('chmod', 'chmod, depth 5', 5, (files, path) => files.chmod(path, 0o644), 0.65),
  onPath('utimes', 'utimes, depth 5', 5, (files, path) => files.utimes(path, seconds++), 0.7),
  followed,
  listing(10),
  listing(10_000),
  listing(1_000_000, 0.017),
];
