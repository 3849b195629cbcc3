/** Directories: small listings, `mkdir -p`, a hundred thousand entries, and `rm -r`. */
import type { Scale, TimedRow } from '../row.ts';
import type { NodeFiles } from './files.ts';
import { each } from './rows.ts';

type TimeRow = TimedRow<NodeFiles>;

const MANY = 100_000;
const FLAG = { flag: 'wx' } as const;

function fill({ fs, root }: NodeFiles, count: number): string {
  const path = `${root}many`;
  fs.mkdirSync(path);
  for (let i = 0; i < count; i++) fs.writeFileSync(`${path}/file-${i}`, '', FLAG);
  return path;
}

/** A directory of a hundred thousand empty files; a round is one pass, and the figure is for one entry. */
function many(
  name: string,
  title: string,
  target: number,
  prepare: (files: NodeFiles, count: number) => { before?(): void; run(): void; after?(): void },
): TimeRow {
  return {
    kind: 'time',
    name: `dir.${name}100k`,
    title: `${title} 100,000 entries, per entry`,
    target,
    job: (scale: Scale) => scale.count(MANY),
    setup: (files, scale) => prepare(files, scale.count(MANY)),
  };
}

function twenty({ fs, root }: NodeFiles): string {
  fs.mkdirSync(`${root}list`);
  for (let i = 0; i < 20; i++) fs.writeFileSync(`${root}list/f${i}`, '');
  return `${root}list`;
}

const DEEP = 'q/1/2/3/4/5/6/7/8/9';
const RECURSIVE = { recursive: true } as const;

/** Ten thousand files in a hundred directories, gone at once. */
const rmrf: TimeRow = {
  kind: 'time',
  name: 'rmrf10k',
  title: 'rmSync recursive of 10,000 files, per file',
  target: 0.016,
  job: (scale) => scale.count(10_000),
  setup({ fs, root }, scale) {
    const count = scale.count(10_000);
    return {
      before() {
        for (let d = 0; d * 100 < count; d++) {
          fs.mkdirSync(`${root}tree/${d}`, RECURSIVE);
          for (let i = 0; i < 100 && d * 100 + i < count; i++) fs.writeFileSync(`${root}tree/${d}/${i}`, 'content');
        }
      },
      run: () => fs.rmSync(`${root}tree`, RECURSIVE),
    };
  },
};

export const directoryRows: readonly TimeRow[] = [
  each('readdir20', 'readdirSync of 20 names', 0.15, (files) => {
    const path = twenty(files);
    return () => files.fs.readdirSync(path);
  }),
  each('readdirTypes20', 'readdirSync of 20 names withFileTypes', 0.25, (files) => {
    const path = twenty(files);
    return () => files.fs.readdirSync(path, { withFileTypes: true });
  }),
  {
    kind: 'time',
    name: 'mkdirp10',
    title: 'mkdirSync recursive, ten new directories',
    target: 0.45,
    job: (scale) => scale.count(2000),
    setup({ fs, root }, scale) {
      const count = scale.count(2000);
      return {
        run() {
          for (let i = 0; i < count; i++) fs.mkdirSync(`${root}p/${i}/${DEEP}`, RECURSIVE);
        },
        after: () => fs.rmSync(`${root}p`, RECURSIVE),
      };
    },
  },
  each('mkdirp10.exists', 'mkdirSync recursive of what is there', 0.5, ({ fs, root }) => {
    fs.mkdirSync(`${root}${DEEP}`, RECURSIVE);
    return () => fs.mkdirSync(`${root}${DEEP}`, RECURSIVE);
  }),
  many('create', 'writeFileSync of', 0.45, (files, count) => ({
    run: () => void fill(files, count),
    after: () => files.fs.rmSync(`${files.root}many`, RECURSIVE),
  })),
  many('readdir', 'readdirSync of', 0.017, (files, count) => {
    const path = fill(files, count);
    return {
      run() {
        if (files.fs.readdirSync(path).length !== count) throw new TypeError('names are missing');
      },
    };
  }),
  many('readdirTypes', 'readdirSync withFileTypes of', 0.25, (files, count) => {
    const path = fill(files, count);
    return {
      run() {
        if (files.fs.readdirSync(path, { withFileTypes: true }).length !== count) throw new TypeError('names are missing');
      },
    };
  }),
  many('unlink', 'unlinkSync of', 0.45, (files, count) => {
    const path = `${files.root}many`;
    return {
      before: () => void fill(files, count),
      run() {
        for (let i = 0; i < count; i++) files.fs.unlinkSync(`${path}/file-${i}`);
      },
      after: () => files.fs.rmdirSync(path),
    };
  }),
  rmrf,
];
