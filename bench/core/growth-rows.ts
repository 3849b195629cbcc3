/** The same operation in a directory of ten, ten thousand and a million entries, beside ten thousand mounts, beside a million open files. */
import type { TimedRow } from '../row.ts';
import { type Files, keep, O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } from './files.ts';
import { deepFile, fill } from './path-rows.ts';
import { Unsupported } from '../row.ts';

type TimeRow = TimedRow<Files>;
const CREATE = O_CREAT | O_EXCL | O_WRONLY;

function amid(entries: number): TimeRow[] {
  const label = entries >= 1_000_000 ? '1m' : entries >= 10_000 ? '10k' : String(entries);
  const row = (
    name: string,
    title: string,
    prepare: (files: Files, directory: string, count: number) => (i: number) => unknown,
  ): TimeRow => ({
    kind: 'time',
    name: `grow.${name}.${label}`,
    title: `${title} in a directory of ${entries}`,
    setup(files, scale) {
      const directory = `${files.root}grown`;
      const count = scale.count(entries);
      fill(files, directory, count);
      const operation = prepare(files, directory, count);
      return {
        run(times) {
          for (let i = 0; i < times; i++) keep(operation(i));
        },
      };
    },
  });
  return [
    row('stat', 'stat of one of 10 files', (files, directory, count) => {
      const paths = Array.from({ length: 10 }, (_, i) => `${directory}/entry${Math.floor((i * count) / 10)}`);
      return (i) => files.stat(paths[i % 10] as string);
    }),
    row('create', 'create, unlink', (files, directory) => () => {
      const path = `${directory}/new`;
      files.close(files.open(path, CREATE));
      files.unlink(path);
    }),
    row('rename', 'rename there and back', (files, directory) => () => {
      files.rename(`${directory}/entry5`, `${directory}/other`);
      files.rename(`${directory}/other`, `${directory}/entry5`);
    }),
  ];
}

function beside(
  name: string,
  title: string,
  prepare: (files: Files, path: string, count: (full: number) => number) => void,
  operation: (files: Files, path: string, fd: number) => unknown,
): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    // The host limits its open files, and nobody else mounts.
    only: ['tuxfs'],
    setup(files, scale) {
      const path = deepFile(files, 5);
      prepare(files, path, (full) => scale.count(full));
      const fd = files.open(path, O_RDONLY);
      return {
        run(times) {
          for (let i = 0; i < times; i++) keep(operation(files, path, fd));
        },
      };
    },
  };
}

function mounts(full: number): (files: Files, path: string, count: (full: number) => number) => void {
  return (files, _path, count) => {
    if (files.mountMany === undefined) throw new Unsupported('it has no mounts');
    files.mountMany(count(full));
  };
}

function opens(full: number): (files: Files, path: string, count: (full: number) => number) => void {
  return (files, path, count) => {
    if (files.openMany === undefined) throw new Unsupported('open files are limited');
    files.openMany(path, count(full));
  };
}

const stat = (files: Files, path: string): unknown => files.stat(path);
const openClose = (files: Files, path: string): void => files.close(files.open(path, O_RDONLY));
const fstat = (files: Files, _path: string, fd: number): unknown => files.fstat(fd);

export const growthRows: readonly TimeRow[] = [
  ...amid(10),
  ...amid(10_000),
  ...amid(1_000_000),
  beside('grow.stat.mounts1', 'stat, depth 5, beside 1 mount', mounts(1), stat),
  beside('grow.stat.mounts10k', 'stat, depth 5, beside 10 000 mounts', mounts(10_000), stat),
  beside('grow.open.mounts1', 'open, close beside 1 mount', mounts(1), openClose),
  beside('grow.open.mounts10k', 'open, close beside 10 000 mounts', mounts(10_000), openClose),
  beside('grow.open.files1', 'open, close beside 1 open file', opens(1), openClose),
  beside('grow.open.files1m', 'open, close beside 1 000 000 open files', opens(1_000_000), openClose),
  beside('grow.fstat.files1', 'fstat beside 1 open file', opens(1), fstat),
  beside('grow.fstat.files1m', 'fstat beside 1 000 000 open files', opens(1_000_000), fstat),
];
