/** Whole jobs of programs: a package unpacked, walked and read; a bundler's search; a git repository. */
import git from 'isomorphic-git';
import type { Scale, TimedRow } from '../row.ts';
import type { NodeFiles } from './files.ts';

type TimeRow = TimedRow<NodeFiles>;

const DIRECTORIES = 200;
const FILES_EACH = 100;
const AUTHOR = { name: 'A', email: 'a@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

function shape({ quick }: Scale): { readonly directories: number; readonly each: number } {
  return quick ? { directories: 3, each: 5 } : { directories: DIRECTORIES, each: FILES_EACH };
}

const fileCount = (scale: Scale): number => shape(scale).directories * shape(scale).each;

/** What is in the files of a package: a few lines, or many. */
const CONTENTS: readonly Buffer[] = Array.from({ length: 97 }, (_, i) => Buffer.alloc(200 + ((i * 7919) % 3000), 32 + (i % 90)));

function unpack({ fs, root }: NodeFiles, scale: Scale): string {
  const { directories, each } = shape(scale);
  const path = `${root}node_modules`;
  for (let d = 0; d < directories; d++) {
    fs.mkdirSync(`${path}/package-${d}/lib`, { recursive: true });
    for (let f = 0; f < each; f++)
      fs.writeFileSync(`${path}/package-${d}/lib/module-${f}.js`, CONTENTS[(d + f) % CONTENTS.length] as Buffer);
  }
  return path;
}

function walk({ fs }: NodeFiles, directory: string): number {
  let count = 0;
  const walkInto = (path: string): void => {
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) walkInto(below);
      else {
        if (fs.statSync(below).size !== fs.readFileSync(below).length) throw new TypeError(`${below} is cut short`);
        count++;
      }
    }
  };
  walkInto(directory);
  return count;
}

async function repository({ fs, root }: NodeFiles, count: number): Promise<void> {
  const dir = `${root}repository`;
  const filepath = Array.from({ length: count }, (_, i) => `directory-${i % 20}/file-${i}.txt`);
  for (let d = 0; d < 20; d++) fs.mkdirSync(`${dir}/directory-${d}`, { recursive: true });
  for (const path of filepath) fs.writeFileSync(`${dir}/${path}`, `the content of ${path}\n`.repeat(10));
  await git.init({ fs, dir, defaultBranch: 'main' });
  await git.add({ fs, dir, filepath });
  await git.commit({ fs, dir, message: 'all of it', author: AUTHOR, committer: AUTHOR });
  if ((await git.statusMatrix({ fs, dir })).length !== count) throw new TypeError('files are missing');
}

export const jobRows: readonly TimeRow[] = [
  {
    kind: 'time',
    name: 'job.untar20k',
    title: 'a node_modules of 20,000 files written, per file',
    target: 0.5,
    job: fileCount,
    setup: (files, scale) => ({
      run: () => void unpack(files, scale),
      after: () => files.fs.rmSync(`${files.root}node_modules`, { recursive: true }),
    }),
  },
  {
    kind: 'time',
    name: 'job.walkread20k',
    title: 'the same walked and read, per file',
    target: 0.5,
    job: fileCount,
    setup(files, scale) {
      const path = unpack(files, scale);
      return {
        run() {
          if (walk(files, path) !== fileCount(scale)) throw new TypeError('files are missing');
        },
      };
    },
  },
  {
    kind: 'time',
    name: 'job.resolve',
    title: '200,000 existsSync misses, as of a bundler that looks for modules',
    target: 0.4,
    job: (scale) => scale.count(200_000),
    setup({ fs, root }, scale) {
      const directory = `${root}project/src/components/deep`;
      fs.mkdirSync(directory, { recursive: true });
      const count = scale.count(200_000);
      return {
        run() {
          for (let i = 0; i < count; i++) {
            if (fs.existsSync(`${directory}/node_modules/module-${i & 1023}/index.js`)) throw new TypeError('a module from nowhere');
          }
        },
      };
    },
  },
  {
    kind: 'time',
    name: 'job.git1k',
    title: 'isomorphic-git: init, add, commit and status of 1,000 files, per file',
    target: 0.68,
    job: (scale) => scale.count(1000),
    setup: (files, scale) => ({
      run: () => repository(files, scale.count(1000)),
      after: () => files.fs.rmSync(`${files.root}repository`, { recursive: true }),
    }),
  },
];
