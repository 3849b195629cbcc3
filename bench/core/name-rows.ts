/** Making, moving and removing names; whole trees. */
import type { Scale, TimedRow } from '../row.ts';
import { type Files, O_CREAT, O_EXCL, O_WRONLY } from './files.ts';
import { fill } from './path-rows.ts';

type TimeRow = TimedRow<Files>;

/** A row that leaves things as they were: a pair of calls in a directory five deep. */
function pair(name: string, title: string, target: number, prepare: (files: Files, directory: string) => (i: number) => void): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    target,
    setup(files) {
      let directory = files.root;
      for (let level = 1; level < 5; level++) {
        directory += `${level === 1 ? '' : '/'}directory${level}`;
        files.mkdir(directory);
      }
      const operation = prepare(files, directory);
      return {
        run(times) {
          for (let i = 0; i < times; i++) operation(i);
        },
      };
    },
  };
}

const CREATE = O_CREAT | O_EXCL | O_WRONLY;

const pairs: TimeRow[] = [
  pair('create.unlink', 'open(O_CREAT|O_EXCL), close, unlink, depth 5', 0.45, (files, directory) => () => {
    const path = `${directory}/new`;
    files.close(files.open(path, CREATE));
    files.unlink(path);
  }),
  pair('mkdir.rmdir', 'mkdir, rmdir', 0.5, (files, directory) => () => {
    const path = `${directory}/new`;
    files.mkdir(path);
    files.rmdir(path);
  }),
  pair('rename.within', 'rename in one directory, there and back', 0.45, (files, directory) => {
    files.writeFile(`${directory}/a`, new Uint8Array(1));
    return () => {
      files.rename(`${directory}/a`, `${directory}/b`);
      files.rename(`${directory}/b`, `${directory}/a`);
    };
  }),
  pair('rename.across', 'rename to another directory, there and back', 0.45, (files, directory) => {
    files.mkdir(`${directory}/one`);
    files.mkdir(`${directory}/two`);
    files.writeFile(`${directory}/one/a`, new Uint8Array(1));
    return () => {
      files.rename(`${directory}/one/a`, `${directory}/two/a`);
      files.rename(`${directory}/two/a`, `${directory}/one/a`);
    };
  }),
  pair('rename.tree1k', 'rename a directory of 1000 files, there and back', 0.55, (files, directory) => {
    fill(files, `${directory}/full`, 1000);
    return () => {
      files.rename(`${directory}/full`, `${directory}/moved`);
      files.rename(`${directory}/moved`, `${directory}/full`);
    };
  }),
  pair('symlink.unlink', 'symlink, unlink', 0.5, (files, directory) => () => {
    const path = `${directory}/new`;
    files.symlink('target', path);
    files.unlink(path);
  }),
  pair('link.unlink', 'link, unlink', 0.55, (files, directory) => {
    files.writeFile(`${directory}/file`, new Uint8Array(1));
    return () => {
      const path = `${directory}/new`;
      files.link(`${directory}/file`, path);
      files.unlink(path);
    };
  }),
];

const DIRECTORIES = 200;
const FILES_EACH = 100;

function treeSize(scale: Scale): { readonly directories: number; readonly each: number } {
  return scale.quick ? { directories: 3, each: 5 } : { directories: DIRECTORIES, each: FILES_EACH };
}

function treeFiles(scale: Scale): number {
  const { directories, each } = treeSize(scale);
  return directories * each;
}

function makeTree(files: Files, scale: Scale): void {
  const { directories, each } = treeSize(scale);
  const content = new Uint8Array(500).fill(5);
  files.mkdir(`${files.root}tree`);
  for (let d = 0; d < directories; d++) {
    const directory = `${files.root}tree/package-${d}`;
    files.mkdir(directory);
    for (let f = 0; f < each; f++) files.writeFile(`${directory}/module-${f}.js`, content);
  }
}

/** Every entry is looked at; `visit` sees the files. */
function walk(files: Files, directory: string, visit: (path: string) => void): number {
  let count = 0;
  for (const name of files.readdir(directory) as readonly string[]) {
    const path = `${directory}/${name}`;
    const stat = files.lstat(path) as { readonly mode: number };
    if ((stat.mode & 0o170000) === 0o040000) count += walk(files, path, visit);
    else {
      visit(path);
      count++;
    }
  }
  return count;
}

function overTree(name: string, title: string, target: number | undefined, visit: (files: Files, path: string) => void): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    ...(target === undefined ? {} : { target }),
    job: treeFiles,
    setup(files, scale) {
      makeTree(files, scale);
      return {
        run() {
          if (walk(files, `${files.root}tree`, (path) => visit(files, path)) !== treeFiles(scale)) throw new TypeError('files are missing');
        },
      };
    },
  };
}

const trees: TimeRow[] = [
  {
    kind: 'time',
    name: 'tree.create',
    title: '20 000 files of 500 bytes in 200 directories written, per file',
    target: 0.5,
    job: treeFiles,
    setup: (files, scale) => ({
      run: () => makeTree(files, scale),
      after: () => files.remove(`${files.root}tree`),
    }),
  },
  overTree('tree.walk', 'the tree walked with lstat, per file', undefined, () => {}),
  overTree('tree.walkread', 'the tree walked and read, per file', 0.5, (files, path) => {
    files.readFile(path);
  }),
  {
    kind: 'time',
    name: 'tree.remove',
    title: 'the tree removed, per file',
    job: treeFiles,
    setup: (files, scale) => ({
      before: () => makeTree(files, scale),
      run: () => files.remove(`${files.root}tree`),
    }),
  },
];

export const nameRows: readonly TimeRow[] = [...pairs, ...trees];
