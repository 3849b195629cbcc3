/**
 * The modules of the core in dist/ as one file, dist/core.js, and those of the node:fs front-end as another, dist/node-fs.js: reading a hundred small files is most of what
 * importing them takes. The modules stay where they are, so that other front-ends and declarations need not know, but each only passes on its own names of that file.
 *
 * It is JavaScript, because `npm run build` runs it on Node 20. Files that are right already are not written: a build may run beside a program that reads them.
 */
import { build } from 'esbuild';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const core = ['index', ...['abi', 'vfs', 'fs', 'devices', 'kernel'].flatMap(modulesOf)];
/** Entries of their own, which look at where they lie. */
const APART = ['node/register', 'node/register-hooks', 'node/replaced-fs', 'node/vfs-provider'];
const nodeFs = modulesOf('node').filter((name) => !APART.includes(name));

/** Paths below src/, without `.ts`. */
function modulesOf(layer) {
  return readdirSync(`${root}src/${layer}`, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${layer}/${name.slice(0, -'.ts'.length)}`);
}

/** Imports of the core's modules become imports of its file. */
const coreApart = {
  name: 'core-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const name = relative(`${root}src`, `${resolveDir}/${path}`).slice(0, -'.ts'.length);
      return core.includes(name) ? { path: './core.js', external: true } : undefined;
    });
  },
};

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
  external: ['node:*'],
  logLevel: 'warning',
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, verbatimModuleSyntax: true } },
};

/** What each module exports, its `export *` included. */
async function namesOf(modules) {
  const { metafile } = await build({ ...OPTIONS, entryPoints: modules.map((name) => `src/${name}.ts`), splitting: true });
  const outputs = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined);
  return new Map(outputs.map(({ entryPoint, exports }) => [entryPoint.slice('src/'.length, -'.ts'.length), exports]));
}

function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(path, text);
}

/** A class that refers to itself is `var X = class _X` in a bundle, and says so where its name is shown. */
function withClassNames(text) {
  const renamed = [...text.matchAll(/ = class _(\w+)/g)].map(([, name]) => name);
  return renamed.reduce((rest, name) => rest.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), name), text);
}

/** Writes `modules` as dist/`file`, and in their places what passes its names on. */
async function bundle(modules, file, plugins) {
  const contents = modules.map((name) => `export * from './src/${name}.ts';`).join('\n');
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    plugins,
    stdin: { contents, resolveDir: root, loader: 'ts', sourcefile: file },
  });
  write(`${root}dist/${file}`, withClassNames(outputFiles[0].text));
  const [output] = Object.values(metafile.outputs);
  const names = await namesOf(modules);
  for (const name of modules) {
    const exported = names.get(name);
    // `export *` leaves out a name that two modules have.
    const twice = exported.find((each) => !output.exports.includes(each));
    if (twice !== undefined) throw new Error(`two modules in ${file} export '${twice}', one of them src/${name}.ts`);
    const up = '../'.repeat(name.split('/').length - 1) || './';
    write(`${root}dist/${name}.js`, exported.length === 0 ? 'export {};\n' : `export { ${exported.join(', ')} } from '${up}${file}';\n`);
  }
}

await bundle(core, 'core.js', []);
await bundle(nodeFs, 'node-fs.js', [coreApart]);
