/** Small whole files through `fs.promises`, one after another and many at once. */
import type { TimedRow } from '../row.ts';
import type { NodeFiles } from './files.ts';
import { deepFile } from './rows.ts';

type Call = (files: NodeFiles, path: string) => Promise<unknown>;

const AT_ONCE = 32;
const BYTES: Uint8Array = Buffer.alloc(1024, 97);

function promised(name: string, title: string, target: number, call: Call, atOnce = 1): TimedRow<NodeFiles> {
  return {
    kind: 'time',
    name: `promises.${name}`,
    title: `promises.${title}`,
    target,
    setup(files) {
      const path = deepFile(files);
      return {
        async run(times) {
          if (atOnce === 1) for (let i = 0; i < times; i++) await call(files, path);
          else {
            for (let i = 0; i < times; i += atOnce)
              await Promise.all(Array.from({ length: Math.min(atOnce, times - i) }, () => call(files, path)));
          }
        },
      };
    },
  };
}

const readFile: Call = ({ fs }, path) => fs.promises.readFile(path);
const writeFile: Call = ({ fs, root }) => fs.promises.writeFile(`${root}out`, BYTES);

export const promiseRows: readonly TimedRow<NodeFiles>[] = [
  promised('readFile1k.seq', 'readFile of 1 KiB', 0.03, readFile),
  promised('writeFile1k.seq', 'writeFile of 1 KiB', 0.04, writeFile),
  promised('readFile1k.conc', 'readFile of 1 KiB, 32 at a time', 0.04, readFile, AT_ONCE),
  promised('writeFile1k.conc', 'writeFile of 1 KiB, 32 at a time', 0.05, writeFile, AT_ONCE),
  promised('readString1k.seq', 'readFile of 1 KiB as text', 0.04, ({ fs }, path) => fs.promises.readFile(path, 'utf8')),
  promised('stat.seq', 'stat, five deep', 0.1, ({ fs }, path) => fs.promises.stat(path)),
];
