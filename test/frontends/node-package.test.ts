/** What the node:fs front-end weighs, what it is in TypeScript, and what it needs of its host. */
import { gzipSync } from 'node:zlib';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../..');

async function bundle(source: string, format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: repository, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format,
    platform: 'browser',
    target: 'es2022',
  });
  return outputFiles[0]?.text ?? '';
}

const USE =
  "import { Kernel } from './src/index.ts'; import { createFs } from './src/node/index.ts'; globalThis.result = run(createFs(new Kernel().spawn()));";

describe('the package', () => {
  // The aim is 45 KiB for both. What has been reached is held: these numbers go up only for what Node's API has and this front-end lacked (docs/DECISIONS.md).
  // What the core has for this front-end alone (a directory listed or emptied in one call, 1 KiB) counts here.
  it('adds at most 27 KiB to the core, and comes to 67 KiB with it, minified and gzipped', async () => {
    const weigh = async (source: string): Promise<number> => gzipSync(await bundle(source, 'esm'), { level: 9 }).length / 1024;
    const core = "export { Kernel } from './src/index.ts';";
    const both = await weigh(`${core} export { createFs } from './src/node/index.ts';`);
    expect(both - (await weigh(core))).toBeLessThanOrEqual(27);
    expect(both).toBeLessThanOrEqual(67);
  });

  it('works where there is neither Node nor Buffer', async () => {
    const run = `function run(fs) {
      fs.mkdirSync('/a/b', { recursive: true });
      fs.writeFileSync('/a/b/c', 'text ä');
      let code;
      try { fs.readFileSync('/none'); } catch (error) { code = error.code; }
      const bytes = fs.readFileSync('/a/b/c');
      const stream = new fs.Utf8Stream({ dest: '/log', sync: true });
      stream.write('a line');
      stream.end();
      return JSON.stringify([bytes.constructor.name, bytes.length, fs.readFileSync('/a/b/c', 'utf8'), fs.readFileSync('/a/b/c', 'hex'), fs.readFileSync('/a/b/c', 'base64'),
        fs.readFileSync('/a/b/c', 'latin1').length, fs.readdirSync('/a', { recursive: true }), code, fs.readdirSync('/a/b', 'buffer').length, fs.readFileSync('/log', 'utf8')]);
    }`;
    const context = {
      TextEncoder,
      TextDecoder,
      queueMicrotask,
      setTimeout,
      clearTimeout,
      clearInterval,
      crypto: globalThis.crypto,
      performance,
      URL,
      btoa,
      // One realm's TextEncoder makes that realm's arrays.
      Uint8Array,
      ArrayBuffer,
      atob,
      result: '',
    };
    runInNewContext(`${run}\n${await bundle(`declare const run: (fs: unknown) => string; ${USE}`, 'iife')}`, context);
    expect(JSON.parse(context.result)).toEqual([
      'Uint8Array',
      7,
      'text ä',
      '7465787420c3a4',
      'dGV4dCDDpA==',
      7,
      ['b', 'b/c'],
      'ENOENT',
      1,
      'a line',
    ]);
  });

  it.each([
    [
      'the oldest types',
      '@types/node',
      "import * as host from 'node:fs'; const fs: typeof host = createFs(kernel.spawn()); fs.readFileSync('/x', 'utf8').trim();",
    ],
    [
      'the newest types',
      'types-node-newest',
      "import * as host from 'node:fs'; const fs: typeof host = createFs(kernel.spawn()); fs.globSync('*').at(0);",
    ],
    [
      'the newest types, and its provider one of node:vfs',
      'types-node-newest',
      "import { create } from 'node:vfs'; import { createProvider } from 'tuxfs/node/vfs'; create(createProvider(kernel.spawn())); createFs(kernel.spawn());",
    ],
    ['no types', undefined, "const fs = createFs(kernel.spawn()); fs.readFileSync('/x');"],
  ])('is a node:fs by %s', { timeout: 60_000 }, (_name, types, code) => {
    const project = mkdtempSync(join(tmpdir(), 'tuxfs-types-'));
    try {
      mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
      symlinkSync(repository, join(project, 'node_modules/tuxfs'));
      if (types !== undefined) {
        symlinkSync(join(repository, 'node_modules', types), join(project, 'node_modules/@types/node'));
        for (const each of ['undici-types']) symlinkSync(join(repository, 'node_modules', each), join(project, 'node_modules', each));
      }
      writeFileSync(join(project, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(project, 'main.ts'),
        `import { Kernel } from 'tuxfs';\nimport { createFs } from 'tuxfs/node';\nconst kernel = new Kernel();\n${code}\nexport {};\n`,
      );
      const config = {
        compilerOptions: {
          target: 'es2024',
          // What a browser's program has by default.
          lib: types === undefined ? ['es2022', 'dom'] : ['es2024', 'esnext.disposable', 'dom'],
          module: 'nodenext',
          strict: true,
          noEmit: true,
          skipLibCheck: types !== undefined,
          preserveSymlinks: true,
          types: types === undefined ? [] : ['node'],
        },
        files: ['main.ts'],
      };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
      const { stdout, status } = spawnSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', project], {
        encoding: 'utf8',
      });
      expect([stdout, status]).toEqual(['', 0]);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  });
});
