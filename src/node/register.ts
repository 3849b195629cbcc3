/**
 * node --import tuxfs/node/register program.js: what the program and its packages import as `fs` and `fs/promises` is tuxfs, while Node itself
 * loads them from the disk, as ever.
 */

import * as module from 'node:module';
import { pathToFileURL } from 'node:url';
import { Kernel } from '../kernel/kernel.ts';
import type { Process } from '../kernel/process.ts';
import { createFs, type NodeFs } from './index.ts';
import { initialize, type Replacements, resolve } from './register-hooks.ts';
import { fs, replaceBy } from './replaced-fs.ts';

/** That of the module which TUXFS_FS names, or one on a kernel of its own. */
async function chosen(): Promise<NodeFs> {
  const path = process.env['TUXFS_FS'];
  if (path === undefined || path === '') return createFs(firstProcess());
  const given = (await import(pathToFileURL(path).href)) as { fs?: NodeFs; process?: Process };
  if (given.fs !== undefined) return given.fs;
  if (given.process !== undefined) return createFs(given.process);
  throw new Error(`TUXFS_FS: ${path} exports neither \`fs\` nor \`process\``);
}

/** Who runs the program, where it was started: paths relative to that work, and nothing is there yet. */
function firstProcess(): Process {
  const kernel = new Kernel();
  const cwd = process.cwd();
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const root = createFs(kernel.spawn());
  if (root.mkdirSync(cwd, { recursive: true }) !== undefined) root.chownSync(cwd, uid, gid);
  return kernel.spawn({ uid, gid, cwd, umask: process.umask() });
}

/** A module with the names that `from` has, which is `name` in replaced-fs.ts. */
function moduleOf(name: string, from: object): string {
  const replaced = new URL('./replaced-fs.js', import.meta.url).href;
  const names = Object.keys(from).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
  const source = `import { fs } from ${JSON.stringify(replaced)}; const it = ${name}; export default it; export const { ${names.join(', ')} } = it;`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

function replaceImports(): void {
  const replacements: Replacements = {
    urls: { fs: moduleOf('fs', fs), 'fs/promises': moduleOf('fs.promises', fs.promises) },
    own: new URL('..', import.meta.url).href,
  };
  const { registerHooks } = module as unknown as { registerHooks?: (hooks: { resolve: typeof resolve }) => void };
  if (registerHooks === undefined) module.register(new URL('./register-hooks.js', import.meta.url), { data: replacements });
  else {
    initialize(replacements);
    registerHooks({ resolve });
  }
}

function replaceRequires(): void {
  const loader = module.Module as unknown as { _load(request: string, ...more: unknown[]): unknown };
  const load = loader._load;
  loader._load = function _load(this: unknown, request: string, ...more: unknown[]): unknown {
    if (request === 'fs' || request === 'node:fs') return fs;
    if (request === 'fs/promises' || request === 'node:fs/promises') return fs.promises;
    return load.call(this, request, ...more);
  };
}

replaceBy(await chosen());
replaceImports();
replaceRequires();

export { fs };
