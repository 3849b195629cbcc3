/**
 * Run by a Node that has node:vfs: the same calls of `node:fs` below a mounted provider and on the disk, and calls of an ordinary user.
 * Prints what each answered, as JSON.
 */
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { create, VirtualFileSystem } from 'node:vfs';
import { Kernel } from '../../dist/index.js';
import { createFs } from '../../dist/node/index.js';
import { createProvider } from '../../dist/node/vfs-provider.js';

const { promises } = fs;
const bytes = (text) => Buffer.from(text);

/** Jobs in an empty directory. Each answers what it saw. */
const jobs = {
  'whole files': (at) => {
    fs.writeFileSync(`${at}/a`, 'one', { mode: 0o600 });
    fs.appendFileSync(`${at}/a`, bytes(' two'));
    fs.copyFileSync(`${at}/a`, `${at}/b`);
    fs.truncateSync(`${at}/b`, 2);
    return [fs.readFileSync(`${at}/a`), fs.readFileSync(`${at}/b`, 'utf8'), code(() => fs.copyFileSync(`${at}/a`, `${at}/b`, 1))];
  },
  'whole files, promises': async (at) => {
    await promises.writeFile(`${at}/a`, 'one');
    await promises.appendFile(`${at}/a`, ' two');
    await promises.copyFile(`${at}/a`, `${at}/b`);
    await promises.truncate(`${at}/b`, 2);
    return [await promises.readFile(`${at}/a`), await promises.readFile(`${at}/b`, { encoding: 'hex' })];
  },
  'whole files, callbacks': async (at) => {
    await callback(fs.writeFile, `${at}/a`, 'one');
    return [await callback(fs.readFile, `${at}/a`, 'latin1'), await code(() => callback(fs.readFile, `${at}/none`))];
  },
  attributes: (at) => {
    fs.writeFileSync(`${at}/a`, 'x');
    fs.chmodSync(`${at}/a`, 0o4640);
    fs.chownSync(`${at}/a`, 5, 6);
    fs.utimesSync(`${at}/a`, 1, 2.5);
    fs.symlinkSync('a', `${at}/l`);
    fs.lutimesSync(`${at}/l`, 3, 4);
    fs.lchownSync(`${at}/l`, 7, 8);
    return [stats(fs.statSync(`${at}/a`)), stats(fs.lstatSync(`${at}/l`)), stats(fs.statSync(`${at}/a`, { bigint: true }))];
  },
  'attributes, promises': async (at) => {
    await promises.writeFile(`${at}/a`, 'x');
    await promises.chmod(`${at}/a`, 0o600);
    await promises.chown(`${at}/a`, 5, 6);
    await promises.utimes(`${at}/a`, 1, 2.5);
    await promises.lchown(`${at}/a`, 7, 8);
    await promises.lutimes(`${at}/a`, 3, 4);
    return [stats(await promises.stat(`${at}/a`)), stats(await promises.lstat(`${at}/a`, { bigint: true }))];
  },
  absent: async (at) => [
    fs.statSync(`${at}/none`, { throwIfNoEntry: false }),
    fs.lstatSync(`${at}/none`, { throwIfNoEntry: false }),
    fs.existsSync(`${at}/none`),
    await code(() => fs.statSync(`${at}/none`)),
    await code(() => promises.lstat(`${at}/none`)),
    await code(() => promises.open(`${at}/none`)),
    await code(() => callback(fs.stat, `${at}/none`)),
  ],
  directories: (at) => {
    const made = fs.mkdirSync(`${at}/d/e/f`, { recursive: true });
    fs.writeFileSync(`${at}/d/e/g`, '');
    fs.symlinkSync('e', `${at}/d/link`);
    return [
      made,
      fs.readdirSync(`${at}/d`).sort(),
      fs.readdirSync(`${at}/d`, { encoding: 'buffer' }).map(String).sort(),
      fs.readdirSync(at, { recursive: true }).sort(),
      fs.readdirSync(`${at}/d`, { withFileTypes: true }).map(dirent).sort(),
      fs.readdirSync(at, { withFileTypes: true, recursive: true }).map(dirent).sort(),
      code(() => fs.mkdirSync(`${at}/d`)),
      code(() => fs.rmdirSync(`${at}/d`)),
      fs.rmSync(`${at}/d`, { recursive: true }),
      fs.readdirSync(at),
    ];
  },
  'directories, promises': async (at) => {
    const made = await promises.mkdir(`${at}/d/e`, { recursive: true });
    await promises.writeFile(`${at}/d/f`, '');
    const names = [];
    for await (const { name } of await promises.opendir(`${at}/d`)) names.push(name);
    const listed = (await promises.readdir(`${at}/d`, { withFileTypes: true })).map(dirent).sort();
    await promises.rmdir(`${at}/d/e`);
    await promises.rm(`${at}/d`, { recursive: true });
    return [made, names.sort(), listed, fs.existsSync(`${at}/d`), (await promises.mkdtemp(`${at}/t-`)).length - at.length];
  },
  names: (at) => {
    fs.writeFileSync(`${at}/a`, 'x');
    fs.linkSync(`${at}/a`, `${at}/hard`);
    fs.symlinkSync('./hard', `${at}/soft`);
    fs.renameSync(`${at}/hard`, `${at}/renamed`);
    const dangling = [fs.existsSync(`${at}/soft`), fs.readlinkSync(`${at}/soft`)];
    fs.unlinkSync(`${at}/soft`);
    fs.symlinkSync('a', `${at}/soft`);
    fs.mkdirSync(`${at}/d`);
    return [
      dangling,
      fs.statSync(`${at}/a`).nlink,
      fs.realpathSync(`${at}/soft`),
      fs.realpathSync.native(`${at}/soft`),
      code(() => fs.renameSync(`${at}/d`, `${at}/d/below`)),
      code(() => fs.unlinkSync(`${at}/d`)),
      code(() => fs.linkSync(`${at}/a`, `${at}/soft`)),
      code(() => fs.readlinkSync(`${at}/a`)),
    ];
  },
  'names, promises': async (at) => {
    await promises.writeFile(`${at}/a`, 'x');
    await promises.link(`${at}/a`, `${at}/hard`);
    await promises.rename(`${at}/hard`, `${at}/renamed`);
    await promises.symlink('renamed', `${at}/soft`);
    await promises.access(`${at}/soft`, fs.constants.R_OK | fs.constants.W_OK);
    const seen = [
      await promises.realpath(`${at}/soft`),
      await promises.readlink(`${at}/soft`),
      await code(() => promises.access(`${at}/no`)),
    ];
    await promises.unlink(`${at}/soft`);
    return [...seen, fs.readdirSync(at).sort()];
  },
  descriptors: (at) => {
    const fd = fs.openSync(`${at}/a`, 'w+', 0o640);
    const into = Buffer.alloc(8);
    const seen = [fs.writeSync(fd, 'hello'), fs.writeSync(fd, bytes('J'), 0, 1, 0), fs.readSync(fd, into, 0, 8, 1), into.toString()];
    seen.push(fs.writevSync(fd, [bytes('1'), bytes('23')]), fs.readvSync(fd, [Buffer.alloc(2), Buffer.alloc(2)], 0));
    fs.ftruncateSync(fd, 3);
    fs.fchmodSync(fd, 0o600);
    fs.futimesSync(fd, 1, 2);
    fs.fsyncSync(fd);
    fs.fdatasyncSync(fd);
    seen.push(stats(fs.fstatSync(fd)));
    fs.closeSync(fd);
    seen.push(
      fs.readFileSync(`${at}/a`, 'latin1'),
      code(() => fs.openSync(`${at}/a`, 'wx')),
    );
    const old = fs.openSync(`${at}/a`);
    seen.push(
      fs.readFileSync(old, 'utf8'),
      code(() => fs.writeSync(old, 'x')),
    );
    fs.closeSync(old);
    return seen;
  },
  'descriptors, callbacks': async (at) => {
    const fd = await callback(fs.open, `${at}/a`, 'w+');
    const seen = [await callback(fs.write, fd, bytes('hello'), 0, 5, 0), await callback(fs.read, fd, Buffer.alloc(4), 0, 4, 1)];
    await callback(fs.ftruncate, fd, 2);
    await callback(fs.fsync, fd);
    seen.push((await callback(fs.fstat, fd)).size);
    await callback(fs.close, fd);
    return [...seen, await code(() => callback(fs.fstat, fd))];
  },
  'file handles': async (at) => {
    const handle = await promises.open(`${at}/a`, 'w+');
    const seen = [(await handle.write('abc')).bytesWritten, (await handle.writev([bytes('d'), bytes('ef')])).bytesWritten];
    await handle.writeFile('gh');
    await handle.appendFile('i');
    seen.push((await handle.read(Buffer.alloc(4), 0, 4, 2)).buffer.toString(), (await handle.readv([Buffer.alloc(3)], 0)).bytesRead);
    await handle.truncate(5);
    await handle.chmod(0o600);
    await handle.chown(1, 2);
    await handle.utimes(1, 2);
    await handle.sync();
    await handle.datasync();
    seen.push(stats(await handle.stat()));
    await handle.close();
    const again = await promises.open(`${at}/a`);
    seen.push(await again.readFile('utf8'));
    await again.close();
    return seen;
  },
  lines: async (at) => {
    fs.writeFileSync(`${at}/a`, '1\n2\n');
    const lines = [];
    for await (const line of (await promises.open(`${at}/a`)).readLines()) lines.push(line);
    return lines;
  },
  streams: async (at) => {
    const out = fs.createWriteStream(`${at}/a`);
    // One chunk: for two at once Node 26.12 calls a handler that its node:vfs lacks.
    out.end('streamed');
    await once(out, 'close');
    let text = '';
    for await (const chunk of fs.createReadStream(`${at}/a`, { encoding: 'utf8', start: 2, end: 5 })) text += chunk;
    return text;
  },
  blobs: async (at) => {
    fs.writeFileSync(`${at}/a`, 'blob');
    return (await fs.openAsBlob(`${at}/a`)).text();
  },
  watching: async (at) => {
    const watcher = fs.watch(at);
    const event = new Promise((resolve) => watcher.once('change', (type, name) => resolve([type, name])));
    fs.writeFileSync(`${at}/a`, '');
    const seen = [await event];
    watcher.close();
    const stop = new AbortController();
    const events = promises.watch(at, { signal: stop.signal })[Symbol.asyncIterator]();
    const next = events.next();
    fs.writeFileSync(`${at}/b`, '');
    seen.push((await next).value);
    stop.abort();
    fs.writeFileSync(`${at}/c`, '');
    const changed = new Promise((resolve) => fs.watchFile(`${at}/c`, { interval: 20 }, (now, before) => resolve([now.size, before.size])));
    setTimeout(() => fs.writeFileSync(`${at}/c`, '123'), 50);
    seen.push(await changed);
    fs.unwatchFile(`${at}/c`);
    return seen;
  },
};

/** What an ordinary user may and may not do, below `at`, which is the whole of a tree. */
async function asUser(at) {
  return {
    'a file of its own': [fs.writeFileSync(`${at}/tmp/mine`, 'x'), fs.statSync(`${at}/tmp/mine`).uid],
    'a system file': [code(() => fs.writeFileSync(`${at}/etc/passwd`, '')), await code(() => promises.writeFile(`${at}/etc/passwd`, ''))],
    'its owner': code(() => fs.chownSync(`${at}/tmp/mine`, 0, 0)),
    "another's private directory": await code(() => promises.readdir(`${at}/root`)),
    access: [code(() => fs.accessSync(`${at}/etc/passwd`, fs.constants.W_OK)), fs.accessSync(`${at}/etc/passwd`)],
    'a device': [fs.readSync(fs.openSync(`${at}/dev/zero`), Buffer.alloc(16)), code(() => fs.writeFileSync(`${at}/dev/full`, 'x'))],
    'a limit': code(() => fs.writeFileSync(`${at}/mnt/small/f`, Buffer.alloc(100_000))),
    'an absolute link': [fs.symlinkSync('/tmp/mine', `${at}/tmp/link`), fs.readFileSync(`${at}/tmp/link`, 'utf8')],
    module: [fs.writeFileSync(`${at}/tmp/m.mjs`, 'export default 42'), (await import(`${at}/tmp/m.mjs`)).default],
  };
}

function callback(call, ...args) {
  return new Promise((resolve, reject) => call(...args, (error, answer) => (error ? reject(error) : resolve(answer))));
}

function code(call) {
  try {
    const answer = call();
    return answer instanceof Promise ? answer.then(() => 'done', describe) : 'done';
  } catch (error) {
    return describe(error);
  }
}

function describe(error) {
  return `${error.code} ${error.syscall}`;
}

function stats(stat) {
  const { mode, nlink, uid, gid, size, mtimeMs } = stat;
  const kinds = [stat.isFile(), stat.isSymbolicLink(), stat instanceof fs.Stats, stat.mtime.getTime()];
  return [mode, nlink, uid, gid, size, mtimeMs].map(String).concat(kinds.map(String));
}

function dirent(entry) {
  return [entry.parentPath, entry.name, entry.isDirectory(), entry.isSymbolicLink(), entry instanceof fs.Dirent].join(' ');
}

async function run(place) {
  const answers = {};
  for (const [name, job] of Object.entries(jobs)) {
    const at = `${place}/${name.replaceAll(/\W+/g, '-')}`;
    fs.mkdirSync(at);
    let answer;
    try {
      answer = await job(at);
    } catch (error) {
      answer = `threw ${error.message}`;
    }
    answers[name] = JSON.parse(JSON.stringify(answer ?? null).replaceAll(place, 'ROOT'));
  }
  return answers;
}

process.umask(0o22);
const kernel = new Kernel();
const root = kernel.spawn();
const layer = create(createProvider(root));
layer.mount('/mnt/tuxfs');
const disk = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/tuxfs-vfs-`));
const { mountPoint } = layer;
let answers;
try {
  answers = { ours: await run(`${mountPoint}/tmp`), disk: await run(disk) };
} finally {
  fs.rmSync(disk, { recursive: true, force: true });
}

createFs(root).mkdirSync('/mnt/small');
root.mount('tmpfs', '/mnt/small', 'tmpfs', 0, 'size=64k,mode=1777');
const users = new VirtualFileSystem(createProvider(kernel.spawn({ uid: 1000, gid: 1000 })));
users.mount('/mnt/user');
const user = await asUser(users.mountPoint);
layer.unmount();
process.stdout.write(JSON.stringify({ ...answers, user, left: fs.existsSync(`${mountPoint}/tmp`) }));
