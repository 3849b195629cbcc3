/**
 * The package as a user gets it: packed, unpacked into an empty folder, every sub-path imported, the command run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface PackageJson {
  name: string;
  version: string;
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, '..');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
const subpaths = Object.keys(packageJson.exports);

let folder: string;
let installed: string;

function run(command: string, args: readonly string[], options: { cwd: string }): string {
  // npm hands its own settings to what it runs; a user's shell has none of them.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_OPTIONS$|VITEST)/i.test(name)));
  return execFileSync(command, args, { ...options, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuxfs-packing-'));
  // Without scripts: `npm test` has built already, and a second build would write below tests that are running.
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const user = join(folder, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  // The peers are optional, and nothing else may be needed.
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', '--omit=peer', join(folder, tarball as string)], {
    cwd: user,
  });
  installed = join(user, 'node_modules', packageJson.name);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what a reader looks for, and no source of tests', () => {
    for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'package.json', 'docs/SUPPORT.md']) {
      expect(existsSync(join(installed, name)), name).toBe(true);
    }
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((path) => /^(?:test|bench|scripts|src|dist-test)\b|\.tsbuildinfo$/.test(path))).toEqual([]);
  });

  it('depends on nothing that is not optional', () => {
    expect(packageJson.dependencies ?? {}).toEqual({});
    expect(readdirSync(join(folder, 'user', 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([packageJson.name]);
  });

  it.each(subpaths)('exports %s', (subpath) => {
    const target = packageJson.exports[subpath] as string | Record<string, string>;
    for (const path of typeof target === 'string' ? [target] : Object.values(target)) {
      expect(existsSync(join(installed, path)), path).toBe(true);
    }
    if (subpath.endsWith('.json')) return;
    const specifier = packageJson.name + subpath.slice(1);
    let printed: string;
    try {
      printed = run('node', ['--input-type=module', '-e', `import * as it from '${specifier}'; console.log(typeof it)`], {
        cwd: join(folder, 'user'),
      });
    } catch (error) {
      // A front-end may need its optional peer; it must then be the peer, by name, that is missing.
      const { stderr } = error as { stderr: string };
      const missing = /Cannot find package '([^']+)'/.exec(stderr)?.[1];
      expect(Object.keys(packageJson.peerDependencies ?? {}), stderr).toContain(missing);
      return;
    }
    expect(printed).toBe('object\n');
  });

  it('has the core and the node:fs front-end in one file each, and each class once', () => {
    const code = `import { Kernel, LinuxError } from 'tuxfs'; import { createFs } from 'tuxfs/node';
      const { LinuxError: deep } = await import(new URL('./dist/abi/errno.js', import.meta.resolve('tuxfs/package.json')));
      let name; try { createFs(new Kernel().spawn()).readFileSync('/none'); } catch (error) { name = error.code; }
      console.log(deep === LinuxError, name);`;
    expect(run('node', ['--input-type=module', '-e', code], { cwd: join(folder, 'user') })).toBe('true ENOENT\n');
    expect(readFileSync(join(installed, 'dist/vfs/walk.js'), 'utf8')).toMatch(/^export \{ [\w, ]+ \} from '..\/core.js';\n$/);
    expect(readFileSync(join(installed, 'dist/node/index.js'), 'utf8')).toMatch(/^export \{ [\w, ]+ \} from '..\/node-fs.js';\n$/);
  });

  it('calls its functions and classes by their names', () => {
    const code = `import * as host from 'node:fs'; import * as core from 'tuxfs'; import { createFs } from 'tuxfs/node';
      const fs = createFs(new core.Kernel().spawn());
      const other = (ours, name) => typeof ours[name] === 'function' && ours[name].name !== name;
      console.log(Object.keys(core).filter((name) => other(core, name)).join());
      console.log(Object.keys(host).filter((name) => host[name]?.name === name && other(fs, name)).join());
      console.log(Object.keys(host.promises).filter((name) => host.promises[name].name === name && other(fs.promises, name)).join());`;
    expect(run('node', ['--input-type=module', '-e', code], { cwd: join(folder, 'user') })).toBe('\n\n\n');
  });

  it.each(Object.keys(packageJson.bin))('runs %s', (name) => {
    const command = join(folder, 'user', 'node_modules', '.bin', name);
    expect(statSync(command).mode & 0o111).toBe(0o111);
    expect(run(command, ['--version'], { cwd: folder })).toContain(packageJson.version);
  });

  it('says what the shell needs, where its optional peer is not installed', () => {
    const command = join(folder, 'user', 'node_modules', '.bin', 'tuxfs');
    const { status, stderr } = spawnSync(command, ['sh', '-c', 'true'], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    expect(stderr).toBe('tuxfs: sh needs the npm package just-bash, which is not installed\n');
    expect(status).toBe(1);
  });

  it('has nothing that publint objects to', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});
