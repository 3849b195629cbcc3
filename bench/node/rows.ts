/** What only an object like `node:fs` has: existence, text, recursive directories, promises. */
import type { Row, TimedRow } from '../row.ts';
import type { NodeFiles } from './files.ts';

type TimeRow = TimedRow<NodeFiles>;

/** A row whose operation is one call, prepared once. */
function each(name: string, title: string, target: number, prepare: (files: NodeFiles) => () => unknown): TimeRow {
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

function deepFile({ fs, root }: NodeFiles): string {
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

function promised(
  name: string,
  title: string,
  target: number,
  concurrent: boolean,
  call: (files: NodeFiles, path: string) => Promise<unknown>,
): TimeRow {
  return {
    kind: 'time',
    name,
    title,
    target,
    setup(files) {
      const path = deepFile(files);
      return {
        async run(times) {
          if (!concurrent) for (let i = 0; i < times; i++) await call(files, path);
          else
            for (let i = 0; i < times; i += 32) await Promise.all(Array.from({ length: Math.min(32, times - i) }, () => call(files, path)));
        },
      };
    },
  };
}

const PAGE: Uint8Array = new Uint8Array(1024).fill(97);

export const nodeRows: Row<NodeFiles>[] = [
  each('exists.hit', 'existsSync of a file five deep', 0.65, (files) => {
    const path = deepFile(files);
    return () => files.fs.existsSync(path);
  }),
  each('exists.miss', 'existsSync of nothing', 0.4, (files) => {
    const path = `${deepFile(files)}-none`;
    return () => files.fs.existsSync(path);
  }),
  each('stat.throw', 'statSync of nothing, and its error', 1, (files) => {
    const path = `${deepFile(files)}-none`;
    return () => {
      try {
        files.fs.statSync(path);
      } catch {}
    };
  }),
  each('readdirTypes20', 'readdirSync of 20 names withFileTypes', 0.25, ({ fs, root }) => {
    fs.mkdirSync(`${root}list`);
    for (let i = 0; i < 20; i++) fs.writeFileSync(`${root}list/f${i}`, '');
    return () => fs.readdirSync(`${root}list`, { withFileTypes: true });
  }),
  each('appendFile.100b', 'appendFileSync of 100 bytes', 0.5, ({ fs, root }) => {
    const line = 'x'.repeat(100);
    return () => fs.appendFileSync(`${root}log`, line);
  }),
  each('mkdirp10', 'mkdirSync recursive, ten new directories, and rmSync', 0.45, ({ fs, root }) => () => {
    fs.mkdirSync(`${root}p/1/2/3/4/5/6/7/8/9`, { recursive: true });
    fs.rmSync(`${root}p`, { recursive: true });
  }),
  each('mkdirp10.exists', 'mkdirSync recursive of what is there', 0.5, ({ fs, root }) => {
    fs.mkdirSync(`${root}q/1/2/3/4/5/6/7/8/9`, { recursive: true });
    return () => fs.mkdirSync(`${root}q/1/2/3/4/5/6/7/8/9`, { recursive: true });
  }),
  ...textRows('1k.ascii', '1 KiB of ASCII', ASCII.slice(0, 1024), { write: 0.4, read: 0.35 }),
  ...textRows('100k.ascii', '100 KiB of ASCII', ASCII, { write: 0.5, read: 0.42 }),
  ...textRows('100k.mixed', '60,000 characters of mixed text', MIXED, { write: 1, read: 1 }),
  promised('promises.readFile1k.seq', 'await promises.readFile of 1 KiB', 0.03, false, ({ fs }, path) => fs.promises.readFile(path)),
  promised('promises.writeFile1k.seq', 'await promises.writeFile of 1 KiB', 0.04, false, ({ fs, root }) =>
    fs.promises.writeFile(`${root}out`, PAGE),
  ),
  promised('promises.readFile1k.conc', 'promises.readFile of 1 KiB, 32 at a time', 0.04, true, ({ fs }, path) =>
    fs.promises.readFile(path),
  ),
  promised('promises.writeFile1k.conc', 'promises.writeFile of 1 KiB, 32 at a time', 0.05, true, ({ fs, root }) =>
    fs.promises.writeFile(`${root}out`, PAGE),
  ),
  {
    kind: 'time',
    name: 'job.resolve',
    title: '200,000 existsSync misses, as of a bundler that looks for modules',
    target: 0.4,
    job: (scale) => scale.count(200_000),
    setup({ fs, root }, scale) {
      fs.mkdirSync(`${root}project/src/components/deep`, { recursive: true });
      const count = scale.count(200_000);
      return {
        run() {
          for (let i = 0; i < count; i++) fs.existsSync(`${root}project/src/components/deep/node_modules/module-${i & 1023}/index.js`);
        },
      };
    },
  },
];
