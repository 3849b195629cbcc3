/** Does a client's job below a folder that it is given, by what it imports as `fs`, and prints what it saw and left. */
import fs from 'node:fs';
import { relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import chokidar from 'chokidar';
import pino from 'pino';

const [root, job] = process.argv.slice(2);
fs.mkdirSync(root, { recursive: true });

/** What chokidar says of each change. */
async function watch() {
  fs.mkdirSync(`${root}/src/lib`, { recursive: true });
  fs.writeFileSync(`${root}/src/lib/old.js`, '');
  const watcher = chokidar.watch(root, { ignoreInitial: true });
  const said = [];
  watcher.on('all', (event, path) => said.push(`${event} ${relative(root, path)}`));
  await new Promise((resolve) => watcher.on('ready', resolve));
  const changes = [
    () => fs.writeFileSync(`${root}/new.js`, 'x'),
    () => fs.appendFileSync(`${root}/new.js`, 'y'),
    () => fs.mkdirSync(`${root}/src/dir`),
    () => fs.writeFileSync(`${root}/src/dir/deep.js`, ''),
    () => fs.renameSync(`${root}/new.js`, `${root}/src/lib/moved.js`),
    () => fs.rmSync(`${root}/src/dir`, { recursive: true }),
  ];
  for (const change of changes) {
    change();
    // It gathers what comes within 100 ms.
    await setTimeout(400);
  }
  await watcher.close();
  return said.sort();
}

/** Lines by both kinds of destination, the file moved away in between as logrotate does. */
async function log() {
  const later = pino.destination({ dest: `${root}/logs/later`, mkdir: true, sync: false });
  const logger = pino({ base: null, timestamp: false }, later);
  for (let line = 0; line < 2000; line++) logger.info({ line }, 'a line');
  await new Promise((resolve) => {
    later.on('close', resolve);
    later.end();
  });
  const now = pino.destination({ dest: `${root}/now`, sync: true });
  const other = pino({ base: null, timestamp: false }, now);
  other.warn('before');
  fs.renameSync(`${root}/now`, `${root}/now.1`);
  now.reopen();
  await new Promise((resolve) => now.once('ready', resolve));
  other.error('after');
  return ['logs/later', 'now', 'now.1'].map((name) => fs.readFileSync(`${root}/${name}`, 'utf8'));
}

const answer = await { watch, log }[job]();
console.log(JSON.stringify([answer, fs.readdirSync(root, { recursive: true }).sort()]));
