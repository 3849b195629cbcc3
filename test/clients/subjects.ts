/** Where a client does its job: on tuxfs and on the disk. What it leaves there must be the same. */
import * as hostFs from 'node:fs';
import { tmpdir } from 'node:os';
import { Kernel } from '../../src/index.ts';
import { createFs } from '../../src/node/index.ts';

export type Fs = typeof import('node:fs');

export interface Subject {
  readonly fs: Fs;
  /** An empty directory. */
  readonly root: string;
}

export function tuxfs(): Subject {
  const fs = createFs(new Kernel().spawn({ cwd: '/tmp' }));
  fs.mkdirSync('/tmp/work');
  return { fs, root: '/tmp/work' };
}

/** Runs a job on both and returns what each answered and left, as paths with contents. */
export async function onBoth(job: (subject: Subject) => unknown): Promise<{ readonly ours: unknown; readonly disk: unknown }> {
  const ours = tuxfs();
  const disk = { fs: hostFs as Fs, root: hostFs.realpathSync(hostFs.mkdtempSync(`${tmpdir()}/tuxfs-client-`)) };
  try {
    return { ours: await run(ours, job), disk: await run(disk, job) };
  } finally {
    hostFs.rmSync(disk.root, { recursive: true, force: true });
  }
}

async function run(subject: Subject, job: (subject: Subject) => unknown): Promise<unknown> {
  const answer = await job(subject);
  const text = JSON.stringify([answer ?? null, tree(subject.fs, subject.root)]);
  return JSON.parse(text.split(subject.root).join('ROOT')) as unknown;
}

function tree(fs: Fs, root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
      const below = `${path}/${entry.name}`;
      const mode = (fs.lstatSync(below).mode & 0o111).toString(8);
      if (entry.isDirectory()) walk(below);
      else if (entry.isSymbolicLink()) found[below.slice(root.length)] = `-> ${fs.readlinkSync(below)}`;
      // A git index holds times and inode numbers.
      else found[below.slice(root.length)] = entry.name === 'index' ? 'index' : `${mode} ${fs.readFileSync(below, 'latin1')}`;
    }
  };
  walk(root);
  return found;
}

/** A small project with a link, an import and a package. */
export function writeProject({ fs, root }: Subject): void {
  fs.mkdirSync(`${root}/src/lib`, { recursive: true });
  fs.mkdirSync(`${root}/node_modules/dep`, { recursive: true });
  fs.writeFileSync(`${root}/package.json`, '{"name":"project","type":"module"}');
  fs.writeFileSync(
    `${root}/node_modules/dep/package.json`,
    '{"name":"dep","version":"1.0.0","main":"index.js","type":"module","types":"index.d.ts"}',
  );
  fs.writeFileSync(`${root}/node_modules/dep/index.js`, 'export const dep = 42;\n');
  fs.writeFileSync(`${root}/node_modules/dep/index.d.ts`, 'export declare const dep: number;\n');
  fs.writeFileSync(`${root}/src/lib/sum.js`, 'export const sum = (a, b) => a + b;\n');
  fs.writeFileSync(
    `${root}/src/index.js`,
    "import { sum } from './lib/sum.js';\nimport { dep } from 'dep';\nexport default sum(dep, 1);\n",
  );
  fs.symlinkSync('lib', `${root}/src/link`);
  fs.writeFileSync(`${root}/src/.hidden`, '');
}
