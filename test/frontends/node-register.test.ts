/** `node --import tuxfs/node/register`: tuxfs for a program and its packages, from the disk for Node. */
import * as module from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { initialize, resolve } from '../../src/node/register-hooks.ts';
import { otherNode } from '../harness/other-node.ts';
import { Project } from './recipes.ts';

const newest = otherNode(26, 'tuxfs/node/register on it');
const nodes: [string, string][] = [['this Node', process.execPath]];
if (newest !== undefined) nodes.push(['Node 26', newest]);

let project: Project;
afterEach(() => project?.remove());

const REGISTER = ['--import', 'tuxfs/node/register'];

/** Everything here lies on the disk, and nothing of it in tuxfs. */
const FILES = {
  'here.cjs': "exports.fs = require('fs'); exports.sees = exports.fs.existsSync(__filename);",
  'here.mjs': "import fs from 'node:fs'; export const sees = fs.existsSync(import.meta.url.slice('file://'.length)); export { fs };",
  'program.mjs': `
    import fs, { promises as promisesOfFs, writeFileSync } from 'node:fs';
    import * as names from 'fs';
    import promises, { readFile } from 'node:fs/promises';
    import plainPromises from 'fs/promises';
    import { createRequire } from 'node:module';
    import commonjs from './here.cjs';
    import * as esm from './here.mjs';
    import fse from 'fs-extra';

    const require = createRequire(import.meta.url);
    fse.outputFileSync('deep/er/file', 'by a package');
    writeFileSync('/tmp/mine', 'x', { mode: 0o600 });
    const stream = fs.createReadStream('deep/er/file', { encoding: 'utf8' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    console.log(JSON.stringify({
      one: [names.default, commonjs.fs, esm.fs, require('fs'), require('node:fs'), (await import('fs')).default].every((each) => each === fs),
      oneOfPromises: [promises, plainPromises, require('fs/promises'), require('node:fs/promises')].every((each) => each === promisesOfFs),
      named: names.readFileSync === fs.readFileSync && names.ReadStream === fs.ReadStream,
      sees: [commonjs.sees, esm.sees],
      text: [text, await readFile('deep/er/file', 'utf8')],
      here: [fs.realpathSync('.') === process.cwd(), fs.readdirSync('.'), fs.statSync('.').uid === process.getuid()],
      tuxfs: [fs.existsSync('/dev/full'), fs.readFileSync('/proc/self/mounts', 'utf8').includes('tmpfs'), fs.statSync('/tmp/mine').ino > 0],
      disk: process.getBuiltinModule('fs').existsSync('program.mjs'),
    }));`,
  'program.cjs': `
    const fs = require('fs');
    import('./here.mjs').then((esm) => console.log(JSON.stringify([fs.existsSync(__filename), require('./here.cjs').fs === fs, esm.fs === fs])));`,
  'required.cjs': "console.log(require('./here.mjs').sees);",
};

describe.each(nodes)('tuxfs/node/register on %s', (_name, node) => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): string => {
    project = new Project(['fs-extra', 'graceful-fs', 'jsonfile', 'universalify'], FILES);
    return project.run([...REGISTER, ...args], { node, env });
  };

  it('gives tuxfs to every kind of module, and to packages', () => {
    expect(JSON.parse(run(['program.mjs']))).toEqual({
      one: true,
      oneOfPromises: true,
      named: true,
      sees: [false, false],
      text: ['by a package', 'by a package'],
      here: [true, ['deep'], true],
      tuxfs: [true, true, true],
      disk: true,
    });
  });

  it('runs a CommonJS program', () => expect(run(['program.cjs'])).toBe('[false,true,true]\n'));

  it('leaves nothing on the disk', () => {
    run(['program.mjs']);
    expect(() => project.read('deep/er/file')).toThrow('ENOENT');
  });

  it.each([
    [
      'an `fs`',
      "import { Kernel } from 'tuxfs'; import { createFs } from 'tuxfs/node'; export const fs = createFs(new Kernel().spawn({ cwd: '/' }));",
    ],
    ['a `process`', "import { Kernel } from 'tuxfs'; export const process = new Kernel().spawn({ cwd: '/' });"],
  ])('takes %s from the module in TUXFS_FS', (_what, source) => {
    project = new Project([], {
      'my-fs.mjs': source,
      'main.mjs': "import fs from 'fs'; console.log(fs.realpathSync('.'), fs.existsSync('/dev/full'));",
    });
    expect(project.run([...REGISTER, 'main.mjs'], { node, env: { TUXFS_FS: 'my-fs.mjs' } })).toBe('/ true\n');
  });

  it('refuses a module that has neither', () => {
    project = new Project([], { 'my-fs.mjs': 'export const other = 1;', 'main.mjs': '' });
    expect(() => project.run([...REGISTER, 'main.mjs'], { node, env: { TUXFS_FS: 'my-fs.mjs' } })).toThrow(
      'TUXFS_FS: my-fs.mjs exports neither `fs` nor `process`',
    );
  });

  it('keeps to tuxfs where an ES module is required, where Node has synchronous hooks', () => {
    const old = node === process.execPath && !('registerHooks' in module);
    expect(run(['--no-warnings', 'required.cjs'])).toBe(`${old}
`);
  });
});

it('gives the host its own fs in modules of tuxfs', () => {
  initialize({ urls: { fs: 'data:,' }, own: 'file:///node_modules/tuxfs/dist/' });
  const resolved = (specifier: string, parentURL: string, conditions: string[] = ['node', 'import']): unknown =>
    resolve(specifier, { conditions, parentURL }, (name) => `next ${name}`);
  const ours = { url: 'data:,', format: 'module', shortCircuit: true };
  expect(resolved('fs', 'file:///program.js')).toEqual(ours);
  expect(resolved('node:fs', 'file:///program.js')).toEqual(ours);
  expect(resolved('node:fs', 'file:///node_modules/tuxfs/dist/fuse/mount.js')).toBe('next node:fs');
  expect(resolved('node:fs', 'file:///program.js', ['node', 'require'])).toBe('next node:fs');
  expect(resolved('./fs', 'file:///program.js')).toBe('next ./fs');
});
