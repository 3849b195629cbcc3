/** Clients that walk and change files: glob, fast-glob, graceful-fs, fs-extra, tar-fs, proper-lockfile. */
import { Module } from 'node:module';
import { join, relative } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fastGlob from 'fast-glob';
import { glob } from 'glob';
import { expect, it } from 'vitest';
import { type Fs, onBoth, tuxfs, writeProject } from './subjects.ts';

it('glob', async () => {
  const { ours, disk } = await onBoth(async (subject) => {
    writeProject(subject);
    const find = async (pattern: string, more: object = {}): Promise<string[]> =>
      ((await glob(pattern, { cwd: subject.root, fs: subject.fs as never, ...more })) as string[]).sort();
    return [
      await find('**/*'),
      await find('**/*.js', { follow: true }),
      await find('src/{lib,link}/*'),
      await find('**', { dot: true, nodir: true }),
    ];
  });
  expect(ours).toEqual(disk);
});

it('fast-glob', async () => {
  const { ours, disk } = await onBoth(async (subject) => {
    writeProject(subject);
    const options = { cwd: subject.root, fs: subject.fs as never };
    return [
      (await fastGlob('**/*', { ...options, dot: true })).sort(),
      fastGlob
        .sync('**/*.js', { ...options, stats: true })
        .map(({ path }) => path)
        .sort(),
    ];
  });
  expect(ours).toEqual(disk);
});

it('graceful-fs', async () => {
  const gracefulFs = Module.createRequire(import.meta.url)('graceful-fs') as { gracefulify(fs: Fs): Fs };
  const { ours, disk } = await onBoth(async ({ fs, root }) => {
    const graceful = gracefulFs.gracefulify({ ...fs } as Fs);
    await new Promise((resolve, reject) =>
      graceful
        .createWriteStream(`${root}/out`)
        .on('error', reject)
        .on('close', () => resolve(undefined))
        .end('graceful'),
    );
    const names = Array.from({ length: 300 }, (_, index) => `${root}/f${index}`);
    await Promise.all(
      names.map(
        (name) =>
          new Promise<void>((resolve, reject) => graceful.writeFile(name, name.slice(-2), (error) => (error ? reject(error) : resolve()))),
      ),
    );
    await new Promise<void>((resolve, reject) =>
      graceful.rename(`${root}/f0`, `${root}/renamed`, (error) => (error ? reject(error) : resolve())),
    );
    let text = '';
    for await (const chunk of graceful.createReadStream(`${root}/out`, 'utf8')) text += chunk as string;
    return [text, graceful.readdirSync(root).length];
  });
  expect(ours).toEqual(disk);
});

it('fs-extra', async () => {
  /** fs-extra takes its fs when it is loaded: each subject loads its own. */
  const load = (fs: Fs): Record<string, (...args: unknown[]) => unknown> => {
    const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown; _cache: Record<string, unknown> };
    const original = loader._load;
    const forget = (): void => {
      for (const path of Object.keys(loader._cache))
        if (/node_modules[\\/](?:fs-extra|graceful-fs|jsonfile|universalify)[\\/]/.test(path)) delete loader._cache[path];
    };
    forget();
    loader._load = function (request, ...rest) {
      if (request === 'fs' || request === 'node:fs') return { ...fs };
      return original.call(this, request, ...rest);
    };
    try {
      const require = Module.createRequire(import.meta.url);
      return require('fs-extra') as Record<string, (...args: unknown[]) => unknown>;
    } finally {
      loader._load = original;
      forget();
    }
  };
  const { ours, disk } = await onBoth(async (subject) => {
    const { fs, root } = subject;
    writeProject(subject);
    const extra = load(fs);
    const at = (path: string): string => join(root, path);
    await extra['copy']?.(at('src'), at('copy'));
    await extra['move']?.(at('copy/lib'), at('moved/lib'));
    await extra['outputJson']?.(at('deep/er/data.json'), { a: 1 }, { spaces: 2 });
    await extra['ensureSymlink']?.(at('src/index.js'), at('links/index.js'));
    await extra['ensureLink']?.(at('src/index.js'), at('links/hard.js'));
    await extra['emptyDir']?.(at('node_modules'));
    extra['copySync']?.(at('src/lib'), at('synced'), { filter: (path: string) => !path.endsWith('x') });
    extra['removeSync']?.(at('copy'));
    return [
      await extra['readJson']?.(at('deep/er/data.json')),
      await extra['pathExists']?.(at('copy')),
      await extra['pathExists']?.(at('links/hard.js')),
    ];
  });
  expect(ours).toEqual(disk);
});

it('tar-fs', async () => {
  const tar = Module.createRequire(import.meta.url)('tar-fs') as {
    pack(path: string, options: object): Readable;
    extract(path: string, options: object): Writable;
  };
  const { ours, disk } = await onBoth(async (subject) => {
    const { fs, root } = subject;
    writeProject(subject);
    fs.writeFileSync(`${root}/src/tool`, Buffer.alloc(300_000, 'tool'), { mode: 0o755 });
    fs.linkSync(`${root}/src/tool`, `${root}/src/same-tool`);
    const seen: string[] = [];
    const map = (header: { name: string; type: string; mtime: Date }): object => {
      seen.push(`${header.type} ${header.name}`);
      return { ...header, mtime: new Date(5000) };
    };
    await pipeline(tar.pack(`${root}/src`, { fs, map }), fs.createWriteStream(`${root}/src.tar`));
    await pipeline(fs.createReadStream(`${root}/src.tar`), tar.extract(`${root}/out`, { fs }));
    fs.unlinkSync(`${root}/src.tar`);
    return [seen.sort(), fs.statSync(`${root}/out/tool`).mtimeMs, fs.statSync(`${root}/out/tool`).mode, fs.statSync(`${root}/out`).mode];
  });
  expect(ours).toEqual(disk);
});

it('proper-lockfile', async () => {
  const locks = Module.createRequire(import.meta.url)('proper-lockfile') as {
    lock(path: string, options: object): Promise<() => Promise<void>>;
    check(path: string, options: object): Promise<boolean>;
  };
  const { ours, disk } = await onBoth(async ({ fs, root }) => {
    fs.writeFileSync(`${root}/file`, '');
    const options = { fs: { ...fs }, realpath: true };
    const release = await locks.lock(`${root}/file`, options);
    const held = [await locks.check(`${root}/file`, options), fs.readdirSync(root)];
    const again = await locks.lock(`${root}/file`, options).catch((error: { code: string }) => error.code);
    await release();
    // Of a lock that nobody has touched for long, the holder is dead.
    fs.mkdirSync(`${root}/file.lock`);
    fs.utimesSync(`${root}/file.lock`, 1000, 1000);
    const stale = await locks.lock(`${root}/file`, options);
    await stale();
    return [held, again, fs.readdirSync(root)];
  });
  expect(ours).toEqual(disk);
});

it("finds what node:path's globs match", async () => {
  const { fs, root } = tuxfs();
  writeProject({ fs, root });
  const found = (fs as Fs & { globSync(pattern: string, options: object): string[] }).globSync('src/**/*.js', { cwd: root });
  expect(found.map((path) => relative('src', path)).sort()).toEqual(['index.js', 'lib/sum.js']);
});
