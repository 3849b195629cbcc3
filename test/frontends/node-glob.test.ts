/**
 * glob beside Node's own: random trees, patterns and options from a fixed seed. Results, their order, and what `exclude` is asked must be the same.
 * The rules changed from version to version, and we have the newest: compared with Node 26, by node-versions.test.ts. On another Node the three forms
 * are compared with each other.
 */
import * as hostFs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Kernel } from '../../src/index.ts';
import { createFs } from '../../src/node/index.ts';
import { Numbers } from '../../src/testing/numbers.ts';

type Options = Record<string, unknown>;
type Entry = { name: string; parentPath: string; isDirectory(): boolean; isSymbolicLink(): boolean };
interface GlobFs {
  globSync(pattern: unknown, options: Options): (string | Entry)[];
  glob(pattern: unknown, options: Options, callback: (error: Error | null, found: (string | Entry)[]) => void): void;
  promises: { glob(pattern: unknown, options: Options): AsyncIterable<string | Entry> };
}

const NODE = Number.parseInt(process.versions.node, 10);
// GLOB_TREES=1000 looks further.
const TREES = Number(process.env['GLOB_TREES'] ?? 40);
const CASES = 60;
const base = hostFs.mkdtempSync(`${hostFs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()}/tuxfs-glob-`);
afterAll(() => hostFs.rmSync(base, { recursive: true, force: true }));

class Choices extends Numbers {
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }
  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.below(most) }, make);
  }
}

const NAMES = ['a', 'b', 'a-b', '😀', 'ab', 'c.js', '.h', '.h.js', 'a b', 'é', '[a]', 'A', 'a+b', '{a}'];

/** The same tree on both: some directories down, so that `..` has where to go. */
function plant(choices: Choices, root: string, filesystems: readonly (typeof hostFs)[]): string[] {
  const directories = ['w', 'w/x', 'w/x/y'];
  for (const fs of filesystems) fs.mkdirSync(`${root}/w/x/y`, { recursive: true });
  const taken = new Set(directories);
  for (let count = 0; count < 12; count++) {
    const path = `${choices.one([...directories, 'w/x/y', 'w/x/y'])}/${choices.one(NAMES)}`;
    if (taken.has(path)) continue;
    taken.add(path);
    const kind = choices.below(7);
    if (kind < 3) directories.push(path);
    const target = choices.one([
      () => relative(dirname(path), choices.one(directories)) || '.',
      () => relative(dirname(path), choices.one([...taken])) || '.',
      () => `${root}/${choices.one(directories)}`,
      () => choices.one(['none', path.slice(path.lastIndexOf('/') + 1), '..', '.']),
    ])();
    for (const fs of filesystems) {
      if (kind < 3) fs.mkdirSync(`${root}/${path}`);
      else if (kind < 5) fs.writeFileSync(`${root}/${path}`, '');
      else fs.symlinkSync(target, `${root}/${path}`);
    }
  }
  return [...taken];
}

/** One component. What is left out, since the rules of Node's matcher differ from ours there, is in docs/NODE-FS.md. */
function word(choices: Choices): string {
  const group = (): string =>
    choices.one(['@', '!', '+', '*', '?']) +
    `(${choices.some(3, () => choices.one(['a', 'b', 'ab', '*', 'a*', '*.js', '.h', '', '?', '[ab]', '?b', 'é'])).join('|')})`;
  return choices.one([
    () => choices.one(NAMES),
    () => choices.one(NAMES),
    () => choices.one(['*', '*', '?', '.*', '*.js', '*.*', 'a-*', '?-?', '?b', 'a*', '*b', '**b', '.?*', '??']),
    () =>
      choices.one([
        '[ab]',
        '[!a]*',
        '[a-c]*',
        '[[:alpha:]]',
        '[[:alpha:][:digit:]]?',
        '*[[:alpha:]-]*',
        '[#[:alpha:]]*',
        '-[[:alpha:]]',
        '[[:alpha:]] *',
        '[]',
        '[a',
        '[[]a]',
        '[^.]*',
        'a[+]b',
        '[.]h',
      ]),
    () => choices.one(['{a,b}', '{a,.h,}', '{a..c}', '{ab,{a,c}.js}', '{a}', 'c{.js,}', '*{.js,}', '{*,a}', '{', '{,a}b', '${a,b}']),
    group,
    () => group() + choices.one(['', '*', 'b', '.js']),
    () => choices.one(['a', '.', '', '*']) + group(),
  ])();
}

function pattern(choices: Choices, root: string, paths: readonly string[]): string {
  let ups = 0;
  const step = (): string =>
    choices.one([
      () => '**',
      () => '**',
      () => '*',
      () => choices.one(['.', '']),
      () => (ups++ < 2 ? '..' : '**'),
      () => word(choices),
      () => word(choices),
      () => word(choices),
    ])();
  const steps = choices.some(4, step);
  const near = choices.one(paths.filter((path) => path.startsWith('w/x/y'))).slice('w/x/y/'.length);
  const [start, end] = [
    choices.one(['', '', '', '', './', '../', near === '' ? '' : `${near}/`, '**/', `${root}/w/x/y/`]),
    choices.one(['', '', '', '', '/', '/.', '/..', '/**']),
  ];
  if (choices.below(40) === 0) return choices.one(['', '/', '.', '..', './', '../', '//', `${root}`, '**', '{,a}', '{a,b}/*', 'a\\b']);
  // Nothing that looks around outside of the tree.
  const whole = start + steps.join('/') + end;
  return whole.startsWith(root) || !/^[/{]/.test(whole) ? whole : `./${whole}`;
}

/** What an `exclude` function is asked, in order; it says yes to one in `modulus`, by the path or the entry's name. */
function asker(modulus: number, asked: string[]): (entry: string | Entry) => boolean {
  return (entry) => {
    const text = show(entry);
    asked.push(text);
    const known = typeof entry === 'string' ? entry.replace(base, '') : entry.name;
    return [...known].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7) % modulus === 0;
  };
}

const show = (entry: string | Entry | null): string =>
  typeof entry === 'string' || !entry
    ? `${entry}`
    : `${entry.parentPath}:${entry.name}:${entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : '-'}`;

function makeOptions(choices: Choices, root: string, paths: readonly string[]): (asked: string[]) => Options {
  const cwd = choices.one<unknown>([
    `${root}/w/x/y`,
    `${root}/w/x/y`,
    `${root}/w/x/y/`,
    pathToFileURL(`${root}/w/x/y`),
    relative(process.cwd(), `${root}/w/x/y`),
    `${root}/${choices.one(paths.filter((path) => path.startsWith('w/x/y')))}`,
  ]);
  const withFileTypes = choices.one([undefined, undefined, false, true, true]);
  const followSymlinks = choices.one([undefined, undefined, false, true, true]);
  const maxDepth = choices.one([undefined, undefined, undefined, null, Number.POSITIVE_INFINITY, 0, 1, 2, 3]);
  const patterns = choices.some(2, () => pattern(choices, root, paths));
  const exclude = choices.one([
    () => undefined,
    () => undefined,
    () => patterns,
    () => [choices.one(['**', '*', 'a/**', '**/a', '../**', '.', 'a/', '**/.h', `${root}/w/x/y/*`])],
    () => choices.one([2, 3, 5]),
    () => choices.one([7, 100]),
  ])();
  return (asked) => ({
    cwd,
    ...(withFileTypes === undefined ? {} : { withFileTypes }),
    ...(followSymlinks === undefined ? {} : { followSymlinks }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(exclude === undefined ? {} : { exclude: typeof exclude === 'number' ? asker(exclude, asked) : exclude }),
  });
}

async function found(fs: GlobFs, form: number, patterns: unknown, options: (asked: string[]) => Options): Promise<unknown> {
  const asked: string[] = [];
  const given = options(asked);
  const results: (string | Entry)[] = [];
  try {
    if (form === 0) for (const each of fs.globSync(patterns, given)) results.push(each);
    else if (form === 1) for await (const each of fs.promises.glob(patterns, given)) results.push(each);
    else {
      await new Promise<void>((resolve, reject) => {
        fs.glob(patterns, given, (error, all) => {
          for (const each of all ?? []) results.push(each);
          if (error) reject(error);
          else resolve();
        });
      });
    }
  } catch (error) {
    return { error: `${(error as Error).name}: ${(error as Error).message.replace(/^Invalid regular .*: /, '')}`, asked };
  }
  return { found: results.map(show), asked };
}

it(`${NODE < 26 ? 'finds the same in three forms' : 'finds what Node finds'}, ${TREES} trees with ${CASES} searches each`, {
  timeout: 120_000,
}, async () => {
  const task = new Kernel().spawn({ umask: process.umask() });
  const ours = createFs(task) as unknown as typeof hostFs;
  ours.mkdirSync(process.cwd(), { recursive: true });
  task.chdir(process.cwd());
  const differences: unknown[] = [];
  for (let tree = 1; tree <= TREES; tree++) {
    const choices = new Choices(tree * 7919);
    const root = `${base}/${tree}/p/q`;
    const paths = plant(choices, root, [hostFs, ours]);
    for (let index = 0; index < CASES; index++) {
      const patterns = choices.below(6) === 0 ? choices.some(3, () => pattern(choices, root, paths)) : pattern(choices, root, paths);
      const options = makeOptions(choices, root, paths);
      const withFileTypes = options([])['withFileTypes'] === true;
      const form = choices.one([0, 0, 1, 2]);
      const host = await found((NODE < 26 ? ours : hostFs) as unknown as GlobFs, NODE < 26 && !withFileTypes ? 0 : form, patterns, options);
      const here = await found(ours as unknown as GlobFs, form, patterns, options);
      if (JSON.stringify(host) !== JSON.stringify(here))
        differences.push({ tree, index, form, patterns, options: options([]), host, here });
    }
  }
  expect(differences).toEqual([]);
});

it(`finds names that are not UTF-8, refuses what ${NODE < 26 ? 'globSync' : 'Node'} refuses`, async () => {
  const ours = createFs(new Kernel().spawn({ umask: process.umask() })) as unknown as typeof hostFs;
  const directory = `${base}/bytes`;
  for (const fs of [hostFs, ours]) {
    const at = (...bytes: number[]): Buffer => Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(bytes)]);
    fs.mkdirSync(`${directory}/o`, { recursive: true });
    fs.mkdirSync(at(0xfe));
    fs.symlinkSync('../o', Buffer.concat([at(), Buffer.from('o/'), Buffer.from([0xfd])]));
    for (const name of [at(0x61, 0xff), at(0xff), at(0xc3), `${directory}/é`, `${directory}/😀`]) fs.writeFileSync(name, '');
  }
  const patterns = [
    '*',
    '**',
    '?',
    'a*',
    '[!a]',
    '*/*',
    '**/..',
    '\ufffd',
    'a\ufffd',
    '\ufffd/*',
    '\ufffd/../*',
    '**/\ufffd',
    `${directory}/*`,
  ];
  const bad = [1, ['*', 2], 'a-[[:alpha:]]', '[#[:alpha:]]', '[[:alpha:]] b'];
  const excludes = [undefined, null, 1, 'a', {}, true, [1], ['a', 1], ['**/\ufffd'], [undefined]];
  for (const pattern of [...patterns, ...bad]) {
    for (const exclude of excludes) {
      for (const options of [{ cwd: directory }, { cwd: directory, withFileTypes: true }] as { cwd: string; withFileTypes?: boolean }[]) {
        for (const form of [0, 1, 2]) {
          const search = (fs: unknown, which: number): Promise<unknown> =>
            found(fs as GlobFs, which, pattern, () => ({ ...options, exclude }));
          const host = NODE < 26 ? await search(ours, options.withFileTypes ? form : 0) : await search(hostFs, form);
          const here = await search(ours, form);
          expect(here, JSON.stringify([pattern, exclude, options, form])).toEqual(host);
        }
      }
    }
  }
});
