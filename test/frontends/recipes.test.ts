/** Each way to give a program tuxfs for its `fs`: the recipes of docs/NODE-FS.md. */
import { dirname } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { otherNode } from '../harness/other-node.ts';
import { blocks, Project, recipe } from './recipes.ts';

const newest = otherNode(26, 'the recipes of docs/NODE-FS.md on it');
const nodes: [string, string][] = [['this Node', process.execPath]];
if (newest !== undefined) nodes.push(['Node 26', newest]);

let project: Project;
afterEach(() => project?.remove());

const MODULE = '{ "type": "module" }';

/** What the tests of a user would test: a program that knows nothing of tuxfs, and names `fs` in every way. */
const PROGRAM = `
import fs, { writeFileSync } from 'node:fs';
import * as same from 'fs';
import { readFile } from 'node:fs/promises';
import promises from 'fs/promises';

if (fs.writeFileSync !== same.writeFileSync || promises.readFile !== readFile) throw new Error('two kinds of fs');
if (fs.existsSync(import.meta.dirname ?? import.meta.url.slice(7))) throw new Error('the disk');
export const save = (path, text) => writeFileSync(path, text);
export const load = (path) => readFile(path, 'utf8');
`;
const COMMONJS = `
const fs = require('node:fs');
const { readFile } = require('fs/promises');

if (fs !== require('fs') || require('node:fs/promises').readFile !== readFile) throw new Error('two kinds of fs');
if (fs.existsSync(__filename)) throw new Error('the disk');
exports.save = (path, text) => fs.writeFileSync(path, text);
exports.load = (path) => readFile(path, 'utf8');
`;

it('runs every recipe that the page has', () => {
  const tested = 'vitest jest jest-esm bundlers esbuild webpack vite rollup streams go register vfs';
  expect([...new Set([...blocks.keys()].map(dirname))].sort()).toEqual(tested.split(' ').sort());
});

describe('mocks', () => {
  it('Vitest', () => {
    project = new Project(['vitest'], { ...recipe('vitest'), 'program.js': PROGRAM, 'package.json': MODULE });
    expect(project.run(['node_modules/vitest/vitest.mjs', 'run'])).toMatch(/Tests +1 passed \(1\)/);
  });

  it('Jest, CommonJS', () => {
    project = new Project(['jest', 'jest-environment-node'], {
      ...recipe('jest'),
      'program.js': COMMONJS,
      'package.json': '{ "jest": { "testEnvironment": "./tuxfs-environment.mjs" } }',
    });
    expect(project.run(['node_modules/jest/bin/jest.js'])).toMatch(/Tests: +1 passed, 1 total/);
  });

  it('Jest, ES modules', () => {
    project = new Project(['jest', '@jest/globals'], {
      ...recipe('jest-esm'),
      'program.mjs': PROGRAM,
      'package.json': '{ "jest": { "testMatch": ["**/*.test.mjs"] } }',
    });
    expect(project.run(['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'])).toMatch(/Tests: +1 passed, 1 total/);
  });
});

/** What browsers and Node share: neither `process` nor `Buffer` nor `require`. */
function browserGlobals(done: (answer: unknown) => void): Record<string, unknown> {
  const names =
    'AbortController AbortSignal Event EventTarget TextDecoder TextEncoder URL atob btoa clearTimeout crypto performance queueMicrotask setTimeout Uint8Array ArrayBuffer';
  const globals: Record<string, unknown> = { done };
  for (const name of names.split(' ')) globals[name] = (globalThis as unknown as Record<string, unknown>)[name];
  globals['self'] = globals;
  return globals;
}

function runBare(bundle: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('the bundle has not answered')), 20_000).unref();
    runInNewContext(bundle, browserGlobals(resolve));
  });
}

describe('bundlers', () => {
  const program = `
import fs, { writeFileSync } from 'node:fs';
import * as same from 'fs';
import { readFile } from 'node:fs/promises';
import promises from 'fs/promises';

writeFileSync('saved', 'by tuxfs');
let code;
try {
  same.writeFileSync('/etc/passwd', '');
} catch (error) {
  code = error.code;
}
readFile('saved', 'utf8').then((text) => done(JSON.stringify([text, code, fs.readdirSync('/tmp'), promises.readFile === readFile, typeof process])));
`;
  const answer = JSON.stringify(['by tuxfs', 'EACCES', ['saved'], true, 'undefined']);
  const files = { 'program.js': program, 'package.json': MODULE };
  const commonjs = { ...files, ...recipe('bundlers') };

  it('esbuild', async () => {
    project = new Project(['esbuild'], { ...commonjs, ...recipe('esbuild') });
    project.run(['build.mjs']);
    expect(await runBare(project.read('bundle.js'))).toBe(answer);
  });

  it('webpack', async () => {
    const build = `import config from './webpack.config.js';
      import webpack from 'webpack';
      webpack(config, (error, stats) => { if (error || stats.hasErrors()) throw error ?? new Error(stats.toString()); });`;
    project = new Project(['webpack'], { ...commonjs, ...recipe('webpack'), 'build.mjs': build });
    project.run(['build.mjs']);
    expect(await runBare(project.read('bundle.js'))).toBe(answer);
  });

  it('Vite', async () => {
    project = new Project(['vite'], { ...commonjs, ...recipe('vite') });
    project.run(['node_modules/vite/bin/vite.js', 'build']);
    expect(await runBare(project.read('dist/bundle.js'))).toBe(answer);
  });

  it('Rollup', async () => {
    project = new Project(['rollup', '@rollup/plugin-node-resolve'], { ...files, ...recipe('rollup') });
    project.run(['node_modules/rollup/dist/bin/rollup', '-c', '--silent']);
    expect(await runBare(project.read('bundle.js'))).toBe(answer);
  });

  it('streams of a package, where there is no node:stream', async () => {
    const use = `
const without = createFs(new Kernel().spawn());
let code;
try {
  without.createReadStream('/etc/passwd');
} catch (error) {
  code = error.code;
}
const output = fs.createWriteStream('/tmp/a');
output.write('one ');
output.end('two');
output.on('close', async () => {
  const input = fs.createReadStream('/tmp/a', { encoding: 'utf8', start: 1, highWaterMark: 3 });
  let text = '';
  for await (const chunk of input) text += chunk;
  const missing = await new Promise((resolve) => fs.createReadStream('/none').on('error', resolve));
  const handle = await fs.promises.open('/tmp/a');
  const bytes = [];
  for await (const chunk of handle.createReadStream()) bytes.push(...chunk);
  done(JSON.stringify([code, text, input instanceof Readable, input.bytesRead, output.bytesWritten, missing.code, bytes.length, typeof process]));
});
`;
    const build = "import { build } from 'esbuild'; await build({ entryPoints: ['program.js'], bundle: true, outfile: 'bundle.js' });";
    project = new Project(['esbuild', 'readable-stream'], {
      'build.mjs': build,
      'program.js': `${recipe('streams')['program.js']}${use}`,
      'package.json': MODULE,
    });
    project.run(['build.mjs']);
    const expected = ['ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'ne two', true, 6, 7, 'ENOENT', 7, 'undefined'];
    expect(await runBare(project.read('bundle.js'))).toBe(JSON.stringify(expected));
  });
});

describe('programs', () => {
  it.each(nodes)("Go's WebAssembly on %s", (_name, node) => {
    project = new Project(['esbuild-wasm'], { ...recipe('go'), 'package.json': MODULE });
    project.copy('node_modules/esbuild-wasm/wasm_exec.js', 'wasm_exec.js');
    project.copy('node_modules/esbuild-wasm/esbuild.wasm', 'program.wasm');
    expect(project.run(['run.mjs', 'hello.js', '--minify'], { node })).toBe('console.log("hello");\n');
  });

  it('node:vfs', () => {
    if (newest === undefined) return;
    project = new Project([], recipe('vfs'));
    const flags = ['--no-warnings', '--experimental-vfs'];
    // The last call fails, as the page says.
    expect(() => project.run([...flags, 'program.mjs'], { node: newest })).toThrow(
      /\[ 'user' \] true\n[\s\S]*EACCES: permission denied, open '\/etc\/passwd'/,
    );
  });

  it.each(nodes)('--import with a module that chooses, on %s', (_name, node) => {
    project = new Project([], {
      ...recipe('register'),
      'settings.json': '{"a":1}',
      'program.mjs': `import fs from 'fs';
        let code;
        try { fs.writeFileSync('settings.json', ''); } catch (error) { code = error.code; }
        console.log(fs.readFileSync('settings.json', 'utf8'), fs.realpathSync('.'), code, process.getBuiltinModule('fs').existsSync('program.mjs'));`,
    });
    const args = ['--import', 'tuxfs/node/register', 'program.mjs'];
    expect(project.run(args, { node, env: { TUXFS_FS: './my-fs.mjs' } })).toBe('{"a":1} /srv EACCES true\n');
  });
});
