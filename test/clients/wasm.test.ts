/** WebAssembly programs that take an object like node:fs: esbuild through Go's runtime, Ruby through WASI. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RubyVM } from '@ruby/wasm-wasi';
import { WASI } from '@tybys/wasm-util';
import { expect, it } from 'vitest';
import { onBoth, type Subject, writeProject } from './subjects.ts';

const require = createRequire(import.meta.url);

/** Node's types have no WebAssembly. */
const wasm = (
  globalThis as unknown as {
    WebAssembly: { compile(bytes: Uint8Array): Promise<object>; instantiate(module: object, imports: object): Promise<object> };
  }
).WebAssembly;

interface Go {
  argv: string[];
  env: Record<string, string>;
  importObject: object;
  run(instance: object): Promise<void>;
  exit: (code: number) => void;
}

/** Go's wasm_exec.js takes its fs from globalThis when it is loaded. */
async function esbuild({ fs, root }: Subject, module: object, args: string[]): Promise<number> {
  const directory = dirname(require.resolve('esbuild-wasm/package.json'));
  const globals = globalThis as unknown as Record<string, unknown>;
  const before = { fs: globals['fs'], Go: globals['Go'], process: globals['process'] };
  globals['fs'] = fs;
  const host = before.process as NodeJS.Process;
  globals['process'] = {
    pid: 1,
    ppid: 0,
    cwd: () => root,
    hrtime: host.hrtime,
    umask: () => 0o22,
    getuid: () => 0,
    getgid: () => 0,
    geteuid: () => 0,
    getegid: () => 0,
    getgroups: () => [],
  };
  try {
    // biome-ignore lint/security/noGlobalEval: Go's glue is a script that sets globalThis.Go.
    (0, eval)(readFileSync(join(directory, 'wasm_exec.js'), 'utf8'));
    const go = new (globals['Go'] as new () => Go)();
    let status = 0;
    go.argv = ['esbuild', ...args];
    go.env = { ESBUILD_WORKER_THREADS: '0', NO_COLOR: '1' };
    go.exit = (code) => {
      status = code;
    };
    await go.run(await wasm.instantiate(module, go.importObject));
    return status;
  } finally {
    Object.assign(globals, before);
  }
}

it('esbuild-wasm', { timeout: 60_000 }, async () => {
  const module = await wasm.compile(readFileSync(require.resolve('esbuild-wasm/esbuild.wasm')));
  const { ours, disk } = await onBoth(async (subject) => {
    writeProject(subject);
    return esbuild(subject, module, [
      `${subject.root}/src/index.js`,
      '--bundle',
      '--format=esm',
      '--sourcemap',
      '--log-level=silent',
      `--outfile=${subject.root}/out/bundle.js`,
    ]);
  });
  expect(ours).toEqual(disk);
  expect(JSON.stringify(ours)).toContain('bundle.js.map');
});

const PROGRAM = `
  Dir.mkdir('/job/made')
  File.write('/job/made/a.txt', "one\\ntwo\\n")
  File.open('/job/made/a.txt', 'a') { |f| f.puts 'three' }
  File.symlink('a.txt', '/job/made/link')
  File.link('/job/made/a.txt', '/job/made/hard')
  File.rename('/job/made/hard', '/job/made/renamed')
  File.truncate('/job/made/renamed', 8)
  begin
    File.read('/job/none')
  rescue => e
    failed = e.class.name
  end
  [Dir.children('/job/made').sort.join(','), File.readlink('/job/made/link'), File.read('/job/made/renamed').lines.length, File.size('/job/made/a.txt'), File.stat('/job/made/a.txt').nlink,
   File.symlink?('/job/made/link'), File.directory?('/job/made'), failed].join(' ')
`;

it('ruby.wasm', { timeout: 80_000 }, async () => {
  const module = await wasm.compile(readFileSync(require.resolve('@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm')));
  const { ours, disk } = await onBoth(async ({ fs, root }) => {
    const wasi = new WASI({
      version: 'preview1',
      preopens: { '/job': root },
      fs: fs as never,
      print: () => undefined,
      printErr: () => undefined,
    });
    const { vm } = await RubyVM.instantiateModule({ module: module as never, wasip1: wasi as never });
    return vm.eval(PROGRAM).toString();
  });
  expect(ours).toEqual(disk);
});
