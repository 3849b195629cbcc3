/**
 * The core's modules of dist/ as one file, dist/core.js: reading seventy small files is most of what `import 'tuxfs'` takes. The modules stay where they are, so that
 * front-ends and declarations need not know, but each only passes on its own names of that file.
 *
 * It is JavaScript, because `npm run build` runs it on Node 20. Files that are right already are not written: a build may run beside a program that reads them.
 */
import { build } from 'esbuild';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LAYERS = ['abi', 'vfs', 'fs', 'devices', 'kernel'];
const root = fileURLToPath(new URL('..', import.meta.url));

/** Paths below src/, without `.ts`. */
const modules = [
  'index',
  ...LAYERS.flatMap((layer) =>
    readdirSync(`${root}src/${layer}`, { recursive: true })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => `${layer}/${name.slice(0, -3)}`),
  ),
];

const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  // Puts constants where they are used, which a bundler could no longer do afterwards.
  minifySyntax: true,
  outdir: `${root}dist`,
  absWorkingDir: root,
  logLevel: 'warning',
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, verbatimModuleSyntax: true } },
};

/** What each module exports, its `export *` included. */
async function namesOf() {
  const { metafile } = await build({ ...OPTIONS, entryPoints: modules.map((name) => `src/${name}.ts`), splitting: true });
  const outputs = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined);
  return new Map(outputs.map(({ entryPoint, exports }) => [entryPoint.slice('src/'.length, -'.ts'.length), exports]));
}

async function bundle() {
  const contents = modules.map((name) => `export * from './src/${name}.ts';`).join('\n');
  const { outputFiles, metafile } = await build({ ...OPTIONS, stdin: { contents, resolveDir: root, loader: 'ts', sourcefile: 'core.ts' } });
  const [{ exports }] = Object.values(metafile.outputs);
  return { text: outputFiles[0].text, exports: new Set(exports) };
}

function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(path, text);
}

const [names, core] = await Promise.all([namesOf(), bundle()]);
write(`${root}dist/core.js`, core.text);
for (const name of modules) {
  const exported = names.get(name);
  // `export *` leaves out a name that two modules have.
  const twice = exported.find((each) => !core.exports.has(each));
  if (twice !== undefined) throw new Error(`two modules of the core export '${twice}', one of them src/${name}.ts`);
  const up = '../'.repeat(name.split('/').length - 1) || './';
  write(`${root}dist/${name}.js`, exported.length === 0 ? 'export {};\n' : `export { ${exported.join(', ')} } from '${up}core.js';\n`);
}
