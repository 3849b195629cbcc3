/** What a bundle of a contestant weighs: everything its entry exports, minified and gzipped. */
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Unsupported } from '../row.ts';

const ENTRIES: Readonly<Record<string, string>> = {
  tuxfs: `export { Kernel } from 'tuxfs'`,
  memfs: `export { memfs } from 'memfs'`,
  zenfs: `export { fs } from '@zenfs/core'`,
};

export async function bundleSize(contestant: string): Promise<number> {
  const contents = ENTRIES[contestant];
  if (contents === undefined) throw new Unsupported('is no bundle');
  return gzippedSize(contents);
}

/** Bytes of the bundle of a module with that source. */
export async function gzippedSize(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    logLevel: 'silent',
  });
  return gzipSync((outputFiles[0] as { contents: Uint8Array }).contents, { level: 9 }).length;
}
