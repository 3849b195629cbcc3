/** What a watcher of a directory hears, and what a closed FileHandle says: on the kernel's tmpfs and here. */
import * as host from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Kernel } from '../../src/index.ts';
import { createFs } from '../../src/node/index.ts';

type Fs = typeof host;

/** What a job says in a directory of the host's and in one here. */
async function onBoth(job: (fs: Fs, directory: string) => Promise<unknown>): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const [fs, parent] of [
    [host, '/dev/shm'],
    [createFs(new Kernel().spawn()), '/tmp'],
  ] as const) {
    const directory = fs.mkdtempSync(`${parent}/tuxfs-watch-`);
    try {
      answers.push(await job(fs, directory));
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  }
  return answers;
}

const CHANGES: readonly (readonly [string, (fs: Fs, at: string) => void])[] = [
  ['a file that goes', (fs, at) => fs.unlinkSync(`${at}/f`)],
  ['a second name', (fs, at) => fs.linkSync(`${at}/f`, `${at}/g`)],
  ['a file over another', (fs, at) => fs.renameSync(`${at}/f`, `${at}/h`)],
  ['the mode of a file', (fs, at) => fs.chmodSync(`${at}/f`, 0o600)],
  ['the mode of a directory in it', (fs, at) => fs.chmodSync(`${at}/d`, 0o700)],
  ['the time of the directory itself', (fs, at) => fs.utimesSync(at, 1, 1)],
  ['a directory that comes and goes', (fs, at) => (fs.mkdirSync(`${at}/e`), fs.rmdirSync(`${at}/e`))],
  ['a file in a directory in it', (fs, at) => fs.writeFileSync(`${at}/d/x`, '')],
];

it.each(CHANGES)('watch: %s', async (_name, change) => {
  const [there, here] = await onBoth(async (fs, at) => {
    for (const name of ['f', 'h']) fs.writeFileSync(`${at}/${name}`, '');
    fs.mkdirSync(`${at}/d`);
    const heard: string[] = [];
    // The directory's own name is made up.
    const watcher = fs.watch(at, (type, name) => heard.push(`${type} ${at.endsWith(`/${name}`) ? '.' : name}`));
    await setTimeout(30);
    change(fs, at);
    await setTimeout(60);
    watcher.close();
    return heard;
  });
  expect(here).toEqual(there);
});

it('a closed FileHandle says what was asked of it', async () => {
  const [there, here] = await onBoth(async (fs, at) => {
    const handle = await fs.promises.open(`${at}/f`, 'w');
    await handle.close();
    const bytes = new Uint8Array(1);
    const calls = [
      () => handle.read(bytes),
      () => handle.readv([bytes]),
      () => handle.readFile(),
      () => handle.write(bytes),
      () => handle.writev([bytes]),
      () => handle.writeFile('x'),
      () => handle.appendFile('x'),
      () => handle.stat(),
      () => handle.chmod(0o600),
      () => handle.chown(0, 0),
      () => handle.sync(),
      () => handle.datasync(),
      () => handle.truncate(),
      () => handle.utimes(1, 1),
    ];
    return Promise.all(
      calls.map((call) => call().then(undefined, ({ code, syscall, message }: NodeJS.ErrnoException) => [code, syscall, message])),
    );
  });
  expect(here).toEqual(there);
});
