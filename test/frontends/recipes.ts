/**
 * The recipes of docs/NODE-FS.md, in projects of their own: the text of the page is what runs.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
const page = readFileSync(join(repository, 'docs/NODE-FS.md'), 'utf8');

type Files = Readonly<Record<string, string>>;

/** Every block of the page that has a name: `recipe/file` and its text. */
export const blocks: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/^<!-- recipe: (\S+) -->\n```js\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [name as string, text as string]),
);

/** The files of a recipe. */
export function recipe(name: string): Files {
  const files = [...blocks].filter(([path]) => dirname(path) === name).map(([path, text]) => [path.slice(name.length + 1), text]);
  if (files.length === 0) throw new Error(`docs/NODE-FS.md has no recipe ${name}`);
  return Object.fromEntries(files) as Files;
}

export class Project {
  readonly path: string;

  /** An empty folder with these packages, tuxfs among them, and these files. */
  constructor(packages: readonly string[], files: Files) {
    this.path = mkdtempSync(join(tmpdir(), 'tuxfs-recipe-'));
    for (const name of packages) {
      const link = join(this.path, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(repository, 'node_modules', name), link);
    }
    mkdirSync(join(this.path, 'node_modules'), { recursive: true });
    symlinkSync(repository, join(this.path, 'node_modules/tuxfs'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  copy(from: string, to: string): void {
    copyFileSync(join(this.path, from), join(this.path, to));
  }

  /** Runs a command of Node there; what it prints, errors last. Fails unless it ends well. */
  run(args: readonly string[], options: { node?: string; env?: Readonly<Record<string, string>> } = {}): string {
    // The test runner's own settings are none of the project's.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_|VITEST|JEST)/i.test(name));
    const { stdout, stderr, status } = spawnSync(options.node ?? process.execPath, args, {
      cwd: this.path,
      env: { ...Object.fromEntries(inherited), CI: '1', NO_COLOR: '1', ...options.env },
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
