/** Compilers and bundlers: webpack, rollup, esbuild-wasm's Go runtime, TypeScript's own System. */
import { rollup } from 'rollup';
import ts from 'typescript-5.9';
import { expect, it } from 'vitest';
import webpack from 'webpack';
import { onBoth, type Subject, writeProject } from './subjects.ts';

it('rollup', async () => {
  const { ours, disk } = await onBoth(async (subject) => {
    writeProject(subject);
    const { fs, root } = subject;
    const bundle = await rollup({ input: `${root}/src/index.js`, external: ['dep'], fs: fs.promises as never });
    const { output } = await bundle.generate({ format: 'es' });
    fs.writeFileSync(`${root}/bundle.js`, output[0].code);
    return bundle.watchFiles;
  });
  expect(ours).toEqual(disk);
});

it('webpack', { timeout: 30_000 }, async () => {
  const { ours, disk } = await onBoth(async (subject) => {
    writeProject(subject);
    const { fs, root } = subject;
    const compiler = webpack({
      mode: 'production',
      context: root,
      entry: './src/index.js',
      output: { path: `${root}/dist`, library: { type: 'module' } },
      experiments: { outputModule: true },
      cache: false,
    });
    compiler.inputFileSystem = fs as never;
    compiler.outputFileSystem = fs as never;
    compiler.intermediateFileSystem = fs as never;
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    await new Promise<void>((resolve) => compiler.close(() => resolve()));
    return [stats?.compilation.errors.map(String), Object.keys(stats?.compilation.assets ?? {})];
  });
  expect(ours).toEqual(disk);
});

/** What the compiler asks of a system, answered by an object like node:fs. */
function system({ fs, root }: Subject): ts.System {
  const isFile = (path: string): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const isDirectory = (path: string): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const sys: ts.System = {
    args: [],
    newLine: '\n',
    useCaseSensitiveFileNames: true,
    write: () => undefined,
    exit: () => undefined,
    readFile: (path) => (isFile(path) ? fs.readFileSync(path, 'utf8') : undefined),
    writeFile: (path, text) => fs.writeFileSync(path, text),
    fileExists: isFile,
    directoryExists: isDirectory,
    createDirectory: (path) => fs.mkdirSync(path),
    getDirectories: (path) => (isDirectory(path) ? fs.readdirSync(path).filter((name) => isDirectory(`${path}/${name}`)) : []),
    readDirectory: (path) => fs.readdirSync(path).map((name) => `${path}/${name}`),
    realpath: (path) => (fs.existsSync(path) ? fs.realpathSync(path) : path),
    getModifiedTime: (path) => fs.statSync(path, { throwIfNoEntry: false })?.mtime,
    getCurrentDirectory: () => root,
    getExecutingFilePath: () => `${root}/lib/tsc.js`,
    resolvePath: (path) => path,
  };
  return sys;
}

it('TypeScript 5.9', { timeout: 60_000 }, async () => {
  const { ours, disk } = await onBoth((subject) => {
    writeProject(subject);
    const { fs, root } = subject;
    fs.writeFileSync(
      `${root}/src/main.ts`,
      "import { dep } from 'dep';\nimport { sum } from './sum.js';\nexport const n: string = sum(dep, 1);\n",
    );
    fs.writeFileSync(`${root}/src/sum.ts`, 'export const sum = (a: number, b: number): number => a + b;\n');
    const sys = system(subject);
    const options: ts.CompilerOptions = {
      noLib: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      outDir: `${root}/out`,
      declaration: true,
      types: [],
    };
    const host = ts.createCompilerHost(options);
    // The host's methods that touch files, each by the System above.
    Object.assign(host, {
      readFile: sys.readFile,
      fileExists: sys.fileExists,
      directoryExists: sys.directoryExists,
      getDirectories: sys.getDirectories,
      realpath: sys.realpath,
      getCurrentDirectory: sys.getCurrentDirectory,
      getSourceFile: (path: string, target: ts.ScriptTarget) => {
        const text = sys.readFile(path);
        return text === undefined ? undefined : ts.createSourceFile(path, text, target);
      },
      writeFile: (path: string, text: string) => {
        fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
        sys.writeFile(path, text);
      },
    });
    const program = ts.createProgram([`${root}/src/main.ts`], options, host);
    program.emit();
    return ts
      .getPreEmitDiagnostics(program)
      .filter(({ file }) => file !== undefined)
      .map(({ code, file }) => [code, file?.fileName]);
  });
  expect(ours).toEqual(disk);
});
