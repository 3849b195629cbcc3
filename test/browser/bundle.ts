/**
 * The suite as one file that runs in a page and in Node alike.
 */
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const here = import.meta.dirname;
const cases = join(here, '../posix');

/** Stand-ins for what a page has not: Vitest, the host kernel, and Node's numbers of errors. */
const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vitest$/ }, () => ({ path: join(here, 'vitest.ts') }));
    onResolve({ filter: /\/(?:host|mounted)-subject\.ts$/ }, ({ path }) => ({
      path: path.includes('host') ? 'host' : 'mounted',
      namespace: 'stand-in',
    }));
    onResolve({ filter: /^node:(?:os|fs)$/ }, ({ path, importer }) =>
      importer.includes('/test/') ? { path, namespace: 'stand-in' } : { path, external: true },
    );
    onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({ contents: MODULES[path] ?? '', loader: 'js' }));
  },
};

const MODULES: Readonly<Record<string, string>> = {
  host: "export const hostSubject = { name: 'host', unavailable: 'no host', open() { throw new Error('no host'); } };",
  mounted: "export const mountedSubject = { name: 'mounted', unavailable: 'no host', open() { throw new Error('no host'); } };",
  'node:os': `export const constants = ${JSON.stringify({ errno: constants.errno })}; export const totalmem = () => 2 ** 33;`,
  'node:fs': "export const readFileSync = () => { throw new Error('no host'); };",
};

export async function bundleSuite(): Promise<string> {
  const files = readdirSync(cases).filter((name) => name.endsWith('.test.ts'));
  const { outputFiles } = await build({
    stdin: {
      contents: `import { runSuite } from './suite.ts';
        export const results = await runSuite(async () => { ${files.map((file) => `await import('../posix/${file}');`).join('\n')} });`,
      resolveDir: here,
      loader: 'ts',
    },
    plugins: [standIns],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.pid': '1' },
    keepNames: true,
  });
  return outputFiles[0]?.text ?? '';
}
