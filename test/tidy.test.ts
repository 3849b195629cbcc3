/**
 * Holds the rules of the house over the whole repository: the layers, no state in modules, no test left out, files of a readable length.
 *
 * Each rule is also shown a sample that breaks it, so that a rule that sees nothing does not pass for a tidy repository.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as rules from './tidy/rules.ts';
import { blank, importsOf } from './tidy/source.ts';

const root = join(import.meta.dirname, '..');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};
const packages = Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies });

const NOT_OURS = new Set(['node_modules', 'dist', 'dist-test', '.git', 'package-lock.json', 'coverage']);
const TEXT = /\.(?:ts|mts|mjs|js|json|md|html|sh|yml|yaml)$|^[^.]+$|^\.(?:editorconfig|gitignore|gitattributes|npmrc)$/;

function* walk(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile() && TEXT.test(entry.name)) yield relative(root, path).split(sep).join('/');
  }
}

const files = [...walk(root)].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const sources = files.filter(({ path }) => path.endsWith('.ts'));

function faults(rule: (path: string, text: string) => string[], over: typeof files = sources): string[] {
  return over.flatMap(({ path, text }) => rule(path, text));
}

describe('the repository', () => {
  it('is found', () => {
    expect(sources.map(({ path }) => path)).toContain('src/index.ts');
    expect(files.length).toBeGreaterThan(10);
  });
  it('keeps the layers', () => expect(faults(rules.layerFaults)).toEqual([]));
  it('imports no package that a user would not have', () =>
    expect(faults((path, text) => rules.packageFaults(path, text, packages))).toEqual([]));
  it('has no mutable state in modules of the core', () => expect(faults(rules.stateFaults)).toEqual([]));
  it('awaits only in kernel/blocking.ts', () => expect(faults(rules.awaitFaults)).toEqual([]));
  it('leaves no test out', () => expect(faults(rules.testFaults)).toEqual([]));
  it('has a reason for each long file', () => {
    expect(faults(rules.lengthFaults)).toEqual([]);
    const paths = files.map(({ path }) => path);
    expect(Object.keys(rules.LONG_FILES).filter((path) => !paths.includes(path))).toEqual([]);
  });
  it('knows no path of one machine', () => expect(faults((path, text) => rules.pathFaults(path, text, root), files)).toEqual([]));
});

describe('the scanner', () => {
  it('knows comments, strings, templates and regular expressions', () => {
    expect(blank('x // await', { literals: true })).toBe('x         ');
    expect(blank("f('await')", { literals: true })).toBe("f('     ')");
    expect(blank('f(`a ${await b} await`)', { literals: true })).toBe('f(     await b        )');
    expect(blank("s.replace(/'/g, await x)", { literals: true })).toContain('await x');
    expect(blank('a / b; // it is, await', { literals: true })).not.toContain('await');
    expect(blank("'one\\'await'", { literals: true })).not.toContain('await');
  });
  it('finds every form of import', () => {
    const sample = `
      import { a,
        type B } from './a.ts';
      import './b.ts';
      export * from "./c.ts";
      export { d } from './d.ts';
      import type E from 'e';
      const f = await import('./f.ts');
      let g: typeof import('./g.ts');
      // import './no.ts'
      const text = 'x'; export const from = 'not';
    `;
    expect(importsOf(sample).sort()).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './f.ts', './g.ts', 'e']);
    expect(importsOf('/// <reference types="node" />\n')).toEqual(['node']);
  });
});

describe('the rules', () => {
  const imports = (path: string, specifier: string): string[] => rules.layerFaults(path, `import { x } from '${specifier}';\n`);

  it.each([
    ['src/abi/errno.ts', '../vfs/mount.ts'],
    ['src/vfs/mount.ts', '../fs/tmpfs/index.ts'],
    ['src/vfs/mount.ts', '../kernel/process.ts'],
    ['src/fs/tmpfs/inode.ts', '../devtmpfs/index.ts'],
    ['src/fs/proc/index.ts', '../tmpfs/index.ts'],
    ['src/fs/tmpfs/inode.ts', '../../devices/memory.ts'],
    ['src/fs/tmpfs/inode.ts', '../index.ts'],
    ['src/devices/memory.ts', './kmsg.ts'],
    ['src/devices/memory.ts', '../fs/tmpfs/index.ts'],
    ['src/devices/tty.ts', '../fs/devpts/index.ts'],
    ['src/kernel/process.ts', '../node/fs.ts'],
    ['src/kernel/process.ts', '../index.ts'],
    ['src/node/fs.ts', '../fuse/wire.ts'],
    ['src/bash/shell.ts', '../node/fs.ts'],
    ['src/node/fs.ts', '../cli/main.ts'],
    ['src/node/fs.ts', '../testing/index.ts'],
    ['src/cli/main.ts', '../testing/index.ts'],
    ['src/testing/index.ts', '../node/fs.ts'],
    ['src/node/fs.ts', '../../test/sample.ts'],
    ['src/abi/errno.ts', 'node:os'],
    ['src/kernel/random.ts', 'node:crypto'],
    ['src/index.ts', 'memfs'],
    ['src/fuse/wire/opcodes.ts', 'node:fs'],
    ['src/fuse/wire/opcodes.ts', '../transport.ts'],
  ])('layers: %s may not import %s', (path, specifier) => expect(imports(path, specifier)).toHaveLength(1));

  it.each([
    ['src/vfs/mount.ts', '../abi/errno.ts'],
    ['src/vfs/mount.ts', './dentry.ts'],
    ['src/fs/devtmpfs/index.ts', '../tmpfs/index.ts'],
    ['src/fs/devpts/index.ts', '../../devices/tty.ts'],
    ['src/devices/index.ts', './memory.ts'],
    ['src/kernel/kernel.ts', '../devices/index.ts'],
    ['src/index.ts', './kernel/kernel.ts'],
    ['src/node/fs.ts', '../kernel/process.ts'],
    ['src/node/fs.ts', '../index.ts'],
    ['src/node/fs.ts', 'node:stream'],
    ['src/fuse/wire/opcodes.ts', '../../abi/errno.ts'],
    ['src/fuse/wire/opcodes.ts', './bytes.ts'],
    ['src/fuse/transport.ts', './wire/opcodes.ts'],
    ['src/cli/main.ts', '../bash/index.ts'],
    ['src/testing/index.ts', '../kernel/kernel.ts'],
    ['test/posix/rename.test.ts', '../../src/vfs/mount.ts'],
  ])('layers: %s may import %s', (path, specifier) => expect(imports(path, specifier)).toEqual([]));

  it('packages: only those a user gets', () => {
    const source = "import 'just-bash';\nimport '@scope/name/deep';\nimport 'node:fs';\nimport './own.ts';\n";
    expect(rules.packageFaults('src/bash/index.ts', source, ['just-bash'])).toEqual([
      "src/bash/index.ts: imports '@scope/name', which is not among the package's dependencies",
    ]);
  });

  it.each([
    'let counter = 0;',
    'export var name: string;',
    'const cache = new Map<string, Map<string, number>>();',
    'export const seen: Set<string> = new Set();',
    'const queue: number[] = [];',
    'const table = {};',
    'class A {\n  static count = 0;\n}',
    'class A {\n  private static last: string;\n}',
  ])('state: %s', (sample) => {
    expect(rules.stateFaults('src/vfs/sample.ts', `${sample}\n`)).toHaveLength(1);
    expect(rules.stateFaults('src/node/sample.ts', `${sample}\n`)).toEqual([]);
  });

  it.each([
    'const EMPTY: readonly string[] = [];',
    'const NAMES: ReadonlyMap<number, string> = new Map([[1, "EPERM"]]);',
    'export const NONE: Readonly<Record<string, string>> = {};',
    'function f(): void {\n  let x = 0;\n}',
    'class A {\n  static readonly ROOT = 1;\n  static of(): A {}\n  count = 0;\n}',
    '// let it be\n',
  ])('state: %s is none', (sample) => expect(rules.stateFaults('src/vfs/sample.ts', `${sample}\n`)).toEqual([]));

  it('await: not in the core', () => {
    expect(rules.awaitFaults('src/vfs/sample.ts', 'async function f() {\n  await g();\n}\n')).toEqual([
      'src/vfs/sample.ts:2: await outside kernel/blocking.ts',
    ]);
    expect(rules.awaitFaults('src/kernel/blocking.ts', 'await g();\n')).toEqual([]);
    expect(rules.awaitFaults('src/vfs/sample.ts', '// we await nothing\n')).toEqual([]);
  });

  it.each([
    'it.only("x", f);',
    'describe.skip("x", f);',
    'test.todo("x");',
    'describe.each([1]).only("x", f);',
    'it.concurrent.skip("x", f);',
    'xit("x", f);',
  ])('tests left out: %s', (sample) => {
    const plain = sample.replace('.each([1])', '.each');
    expect(rules.testFaults('test/sample.test.ts', `${plain}\n`)).toHaveLength(1);
  });

  it('length: a long file without a reason, and a reason without a long file', () => {
    const long = 'x\n'.repeat(rules.LONG + 1);
    expect(rules.lengthFaults('src/vfs/sample.ts', long, {})).toHaveLength(1);
    expect(rules.lengthFaults('src/vfs/sample.ts', long, { 'src/vfs/sample.ts': 'one table' })).toEqual([]);
    expect(rules.lengthFaults('src/vfs/sample.ts', 'x\n'.repeat(rules.LONG), {})).toEqual([]);
    expect(rules.lengthFaults('src/vfs/sample.ts', 'x\n', { 'src/vfs/sample.ts': 'one table' })).toHaveLength(1);
  });

  it('paths of one machine', () => {
    expect(rules.pathFaults('docs/sample.md', ['see', '/work', '/x'].join('\n').replace('\n/x', '/x'), '/srv/tuxfs')).toHaveLength(1);
    expect(rules.pathFaults('docs/sample.md', 'in /srv/tuxfs/src\n', '/srv/tuxfs')).toHaveLength(1);
    expect(rules.pathFaults('docs/sample.md', 'in /home/user, /tmp, /dev/null and /usr/src\n', '/srv/tuxfs')).toEqual([]);
    expect(rules.pathFaults('docs/sample.md', 'in /src/vfs\n', '/src')).toEqual([]);
  });
});
