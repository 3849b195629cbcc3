/** What only an object like `node:fs` has: existence, times as Dates, text. */
import type { TimedRow } from '../row.ts';
import type { NodeFiles } from './files.ts';

type TimeRow = TimedRow<NodeFiles>;

/** A row whose operation is one call, prepared once. */
export function each(name: string, title: string, target: number, prepare: (files: NodeFiles) => () => unknown): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    target,
    setup(files) {
      const call = prepare(files);
      return {
        run(times) {
          for (let i = 0; i < times; i++) call();
        },
      };
    },
  };
}

/** A file of 1 KiB, five deep. */
export function deepFile({ fs, root }: NodeFiles): string {
  fs.mkdirSync(`${root}a/b/c/d`, { recursive: true });
  fs.writeFileSync(`${root}a/b/c/d/file`, 'x'.repeat(1024));
  return `${root}a/b/c/d/file`;
}

const ASCII = 'the quick brown fox jumps over the lazy dog, again and again.\n'.repeat(1700).slice(0, 102_400);
const MIXED = 'naïve café, Übergröße, 日本語, emoji 🎉 and plain text\n'.repeat(2000).slice(0, 60_000);

function textRows(name: string, title: string, text: string, targets: { readonly write: number; readonly read: number }): TimeRow[] {
  return [
    each(
      `writeString.${name}`,
      `writeFileSync of ${title}`,
      targets.write,
      ({ fs, root }) =>
        () =>
          fs.writeFileSync(`${root}text`, text),
    ),
    each(`readString.${name}`, `readFileSync of ${title} as text`, targets.read, ({ fs, root }) => {
      fs.writeFileSync(`${root}text`, text);
      return () => fs.readFileSync(`${root}text`, 'utf8');
    }),
  ];
}

export const nodeRows: readonly TimeRow[] = [
  each('stat.d5.mtime', 'statSync five deep, and its mtime as a Date', 0.6, (files) => {
    const path = deepFile(files);
    return () => files.fs.statSync(path).mtime;
  }),
  each('exists.hit', 'existsSync of a file five deep', 0.65, (files) => {
    const path = deepFile(files);
    return () => files.fs.existsSync(path);
  }),
  each('exists.miss', 'existsSync of nothing', 0.4, (files) => {
    const path = `${deepFile(files)}-none`;
    return () => files.fs.existsSync(path);
  }),
  each('appendFile100b', 'appendFileSync of 100 bytes', 0.5, ({ fs, root }) => {
    const line = 'x'.repeat(100);
    return () => fs.appendFileSync(`${root}log`, line);
  }),
  ...textRows('1k.ascii', '1 KiB of ASCII', ASCII.slice(0, 1024), { write: 0.4, read: 0.35 }),
  ...textRows('100k.ascii', '100 KiB of ASCII', ASCII, { write: 0.5, read: 0.42 }),
  ...textRows('100k.mixed', '60,000 characters of mixed text', MIXED, { write: 1, read: 1 }),
];
