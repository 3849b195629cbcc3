/**
 * What random calls (test/model/node-fs.test.ts) found to differ from `node:fs`, call by call.
 */
import type * as hostFs from 'node:fs';
import { describe } from 'vitest';
import { all, answers, any, both, bothLater, called, NODE } from './node-both.ts';

describe('what random calls found', () => {
  both('a file read as text from where its descriptor stands', (fs, at) => {
    const fd = fs.openSync(at('d/g'), 'r');
    fs.readSync(fd, Buffer.alloc(4));
    return all(
      () => fs.readFileSync(fd, 'utf8'),
      () => fs.readFileSync(fd, 'utf8'),
    );
  });
  both('positions that are none', (fs, at) => {
    const fd = fs.openSync(at('d/g'), 'r+');
    const two = Buffer.from('ab');
    return all(
      () => fs.writeSync(fd, two, 0, 2, 0.5),
      () => fs.writeSync(fd, two, 0, 2, 2 ** 53),
      () => fs.writeSync(fd, 'cd', Number.POSITIVE_INFINITY),
      () => fs.writevSync(fd, [two], 1.5),
      () => fs.readvSync(fd, [two], Number.NaN),
      () => fs.readFileSync(at('d/g'), 'utf8'),
      // An offset of null is that of options that are nothing.
      () => fs.writeSync(fd, Buffer.from('efgh'), any(null), 1, 0),
      () => fs.readFileSync(at('d/g'), 'utf8'),
      () => fs.readSync(fd, Buffer.alloc(4), any(null), 1, 0),
      () => fs.readSync(fd, Buffer.alloc(4), { length: any(null) }),
      () => fs.readSync(fd, Buffer.alloc(4), 10, 1, 0),
      () => fs.writeSync(fd, Buffer.alloc(4), 10, 1, 0),
      () => fs.writeSync(fd, Buffer.alloc(4), 0, Number.POSITIVE_INFINITY),
      () =>
        fs.writeSync(
          fd,
          Buffer.alloc(4),
          any(() => 0),
          1,
        ),
    );
  });
  both('times that are no times', (fs, at) =>
    all(
      () => fs.utimesSync(at('f'), '', '0x10'),
      () => fs.statSync(at('f')).mtimeMs,
      () => (NODE < 22 ? 0 : fs.utimesSync(at('f'), new Date(Number.NaN), 7)),
      () => (NODE < 22 ? 0 : [fs.statSync(at('f')).atimeMs, fs.statSync(at('f')).mtimeMs]),
      () => (NODE < 22 ? 0 : fs.utimesSync(at('f'), 7, 'Infinity')),
    ),
  );
  both('encodings and flags', (fs, at) => {
    const fd = fs.openSync(at('f'), 'r');
    return all(
      () => fs.readFileSync(at('f'), any('buffer')),
      () => fs.writeFileSync(at('f'), 'x', any('buffer')),
      () => fs.writeFileSync(at('f'), '616', 'hex'),
      () => fs.readFileSync(at('f')),
      () => fs.readFileSync(at('f'), { encoding: any(false) }),
      () => fs.writeFileSync(at('new'), 'x', { flag: any(0) }),
      () => fs.writeFileSync(at('new'), 'y', { flush: any(null) }),
      () => fs.readFileSync(fd, { flag: 'no flag' }),
      () => fs.readFileSync(3999, 'utf8'),
      () => fs.readFileSync(at('f'), { signal: null } as never),
    );
  });
  both('paths and names', (fs, at) => [
    ...all(
      // Text, whatever it is.
      () => fs.realpathSync(any([at('f')])),
      () => fs.realpathSync(any({ toString: () => at('l') })),
      () => fs.readdirSync(Buffer.from(at('d')), { withFileTypes: true }).map(({ name, parentPath }) => [name, parentPath]),
      () => fs.lstatSync(at('f/x'), { throwIfNoEntry: false }),
      () => fs.mkdirSync(Buffer.concat([Buffer.from(at('d/')), Buffer.from([0x62, 0xff])]), { recursive: true }),
      () => fs.mkdirSync('', { recursive: true }),
      () => fs.mkdirSync(at('dangling'), { recursive: true }),
      () => fs.mkdirSync(at('dangling/a/b'), { recursive: true }),
      () => fs.mkdirSync(at(`d/new/${'x'.repeat(256)}/y`), { recursive: true }),
      () => fs.copyFileSync(at('d'), at('c'), fs.constants.COPYFILE_FICLONE_FORCE),
      () => fs.truncateSync(at('none'), any('x')),
      () => fs.opendirSync(at('d'), { bufferSize: any('x') }),
      () => fs.opendirSync(at('d'), { recursive: any('x') }).closeSync(),
    ),
    ...all(
      () => fs.rmSync(at('f/x'), { force: true }),
      () => fs.rmSync(at('d')),
      () => fs.rmSync(at('d'), Object.create({ recursive: true })),
      ...(NODE < 24
        ? []
        : ['force', 'recursive', 'maxRetries', 'retryDelay'].map((name) => () => fs.rmSync(at('none'), { [name]: undefined }))),
      ...(NODE < 26 ? [] : [() => fs.rmdirSync(at('d/e'), { recursive: any(false) }), () => fs.rmdirSync(at('d/e'), any(5))]),
    ),
  ]);
  bothLater('callbacks, wrong in other ways', (fs, at) =>
    answers(
      ...['rename', 'chown', 'utimes'].map(
        (name) => () => called((done) => (fs as unknown as Record<string, (...args: unknown[]) => void>)[name]?.(at('f'), done)),
      ),
      () => called((done) => fs.write(3999, Buffer.from('x'), done)),
      () => called((done) => fs.read(3999, Buffer.alloc(1), 0, 1, 0, done)),
      () => called((done) => fs.readv(3999, [Buffer.alloc(1)], done)),
      () => called((done) => fs.read(3999, Buffer.alloc(1), any(undefined), done)),
      () => called((done) => fs.lstat(at('none'), any({ throwIfNoEntry: false }), done)),
    ),
  );
  bothLater('callbacks that stand where an argument should', (fs, at) => {
    const fd = fs.openSync(at('f'), 'r');
    const calls = fs as unknown as Record<string, (...args: unknown[]) => void>;
    const call =
      (name: string, ...args: unknown[]) =>
      () =>
        called((done) => calls[name]?.(...args, done));
    return answers(
      ...'access copyFile chmod rename link chown utimes open rm unlink stat mkdir readdir cp writeFile'
        .split(' ')
        .map((name) => call(name)),
      ...'copyFile chmod rename link chown lchown utimes lutimes cp writeFile appendFile'.split(' ').map((name) => call(name, at('none'))),
      ...'fchmod fchown futimes write readv writev'.split(' ').map((name) => call(name, fd)),
      ...'chown fchown utimes futimes'.split(' ').map((name) => call(name, name.startsWith('f') ? fd : at('none'), 1)),
      // Without one at all.
      () => calls['chmod']?.(at('f'), 0o600),
      () => calls['copyFile']?.(at('f'), at('never')),
      () => fs.existsSync(at('never')),
      () => fs.statSync(at('f')).mode,
    );
  });
  bothLater('options of null', (fs, at) => {
    const fd = fs.openSync(at('f'), 'r');
    return answers(
      ...(NODE < 26
        ? []
        : [
            () => called((done) => fs.stat(at('f'), any(null), (_, stats) => done(stats?.size))),
            () => called((done) => fs.lstat(at('f'), any(null), (_, stats) => done(stats?.size))),
            () => called((done) => fs.fstat(fd, any(null), (_, stats) => done(stats?.size))),
          ]),
      () => called((done) => fs.statfs(at('f'), any(null), done)),
      () => fs.statSync(at('f'), any(null)),
      () => fs.statfsSync(at('f'), any(null)),
      () => fs.promises.statfs(at('f'), any(null)),
    );
  });
  bothLater('signals and other options of stat', async (fs, at) => {
    if (NODE < 26) return [];
    const handle = await fs.promises.open(at('f'));
    const stats = await answers(
      ...[{ signal: AbortSignal.abort() }, { signal: 5 }, { signal: null }, null, 5, [], { throwIfNoEntry: false }].flatMap((options) => [
        async () => Object(await fs.promises.stat(at('none'), any(options))),
        async () => Object(await fs.promises.lstat(at('none'), any(options))),
        async () => (await handle.stat(any(options))).size,
        () => called((done) => fs.stat(at('none'), any(options), (error, found) => done(error, found))),
        () => called((done) => fs.lstat(at('none'), any(options), done)),
        () => called((done) => fs.fstat(handle.fd, any(options), (error, found) => done(error, found?.size))),
        () => Object(fs.statSync(at('f'), any(options))).size,
      ]),
      async () => {
        const abort = new AbortController();
        const late = fs.promises.stat(at('f'), any({ signal: abort.signal }));
        abort.abort();
        return late;
      },
    );
    await handle.close();
    return stats;
  });
  bothLater('readFile into memory that is given', async (fs, at) => {
    if (NODE < 24) return [];
    const sizes: unknown[] = [];
    const given = (): unknown[] => [
      Buffer.alloc(20, 46),
      Buffer.alloc(13),
      Buffer.alloc(5),
      Buffer.alloc(0),
      new Uint16Array(10),
      new DataView(new ArrayBuffer(20)),
      new ArrayBuffer(20),
      (size: number) => Buffer.alloc(sizes.push(size) && size + 3),
      () => Buffer.alloc(2),
      () => 5,
      5,
      null,
      undefined,
    ];
    fs.writeFileSync(at('empty'), '');
    const results: unknown[] = [];
    for (const path of ['f', 'empty', 'none']) {
      for (const encoding of [undefined, 'utf8', 'hex'] as const) {
        const options = (): never[] => given().map((buffer) => any({ buffer, encoding }));
        results.push(
          ...all(...options().map((each) => () => fs.readFileSync(at(path), each))),
          ...(await answers(
            ...options().map((each) => () => fs.promises.readFile(at(path), each)),
            ...options().map((each) => () => called((done) => fs.readFile(at(path), each, done))),
          )),
        );
      }
    }
    const memory = new Uint8Array(20);
    const read = fs.readFileSync(at('f'), any({ buffer: memory })) as Buffer;
    const handle = await fs.promises.open(at('f'));
    await handle.read(Buffer.alloc(4));
    results.push(...(await answers(...[13, 8].map((size) => () => handle.readFile(any({ buffer: Buffer.alloc(size) }))))));
    await handle.close();
    return [results, sizes, read.buffer === memory.buffer, memory];
  });
  bothLater('a directory that bytes opened', async (fs, at) => {
    const path = Buffer.from(at('d'));
    const dir = fs.opendirSync(path);
    const { parentPath } = dir.readSync() as hostFs.Dirent;
    dir.closeSync();
    const later = await fs.promises.opendir(any(path), { encoding: 'buffer' as BufferEncoding });
    const entry = (await later.read()) as hostFs.Dirent;
    await later.close();
    return [dir.path, any(dir.path) === path, parentPath, later.path, entry.name.length, entry.parentPath];
  });
  bothLater('rm of `a/..`, which leads through what goes', async (fs, at) => {
    fs.unlinkSync(at('d/g'));
    return answers(
      () => fs.promises.rm(at('d/e/..'), { recursive: true }),
      () => fs.readdirSync(at('d')),
      () => fs.mkdirSync(at('d/e')),
      () => called((done) => fs.rm(at('d/e/..'), { recursive: true }, done)),
      () => fs.readdirSync(at('d')),
      () => fs.mkdirSync(at('d/e')),
      () => fs.rmSync(at('d/e/..'), { recursive: true }),
      () => fs.readdirSync(at('d')),
      () => fs.promises.rm(at('d/.'), { recursive: true }),
    );
  });
  bothLater('promises, wrong in other ways', async (fs, at) => {
    const fd = fs.openSync(at('d/g'), 'r+');
    const { promises } = fs;
    const numberless = (error: Error): string => error.message.replace(/\d+/, '');
    return [
      await promises.readFile(any(fd)).catch(numberless),
      await promises.writeFile(any(fd), 'x').catch(numberless),
      await promises.appendFile(any(fd), 'x').catch(numberless),
      ...(await answers(
        () => promises.lstat(at('none'), any({ throwIfNoEntry: false })),
        () => promises.writeFile(at('never'), ['x'], { signal: AbortSignal.abort() }),
        () => fs.existsSync(at('never')),
        () => promises.rm(at('d/..'), { recursive: true, retryDelay: any('x') }),
      )),
    ];
  });
  // The source's owner and times, as far as the copying leaves them; Node 20 does not.
  bothLater('what a copy has of its source', async (fs, at) => {
    if (NODE < 22) return [];
    const root = process.getuid?.() === 0;
    const [f, e] = ['f', 'd/e/empty'];
    fs.writeFileSync(at(e), '');
    const looks: unknown[] = [];
    for (const from of [f, e]) {
      if (root) fs.chownSync(at(from), 1000, 1001);
      fs.chmodSync(at(from), 0o6755);
      for (const [to, copy] of [
        ['new', () => fs.copyFileSync(at(from), at('new'))],
        ['d/g', () => fs.copyFileSync(at(from), at('d/g'))],
        ['excl', () => fs.promises.copyFile(at(from), at('excl'), fs.constants.COPYFILE_EXCL)],
        ['cp', () => fs.promises.cp(at(from), at('cp'))],
      ] as const) {
        fs.utimesSync(at(from), 7, 9.5);
        await copy();
        const { atimeMs, mtimeMs, uid, gid, mode } = fs.statSync(at(to));
        looks.push([from, to, atimeMs, mtimeMs > 1e12 ? 'now' : mtimeMs, uid, gid, mode]);
        if (to !== 'd/g') fs.unlinkSync(at(to));
      }
    }
    return looks;
  });
  bothLater('cp', async (fs, at) => {
    fs.utimesSync(at('f'), 7, 7);
    fs.utimesSync(at('d'), 7, 7);
    const results = await answers(
      () => fs.promises.cp(at('f'), at('f/x/y')),
      () => fs.promises.cp(at('d'), at('made/on/the/way')),
      () => fs.existsSync(at('made/on/the')),
      () => fs.promises.cp(at('f'), at('new/.')),
      () => fs.existsSync(at('new')),
      () => fs.promises.cp(at('l'), at('c'), Object.create({ dereference: true })),
      () => fs.readlinkSync(at('c')).split('/').at(-1),
      () => fs.promises.cp(at('f'), at('kept'), { preserveTimestamps: true }),
      () => fs.statSync(at('kept')).mtimeMs,
      // Before it was read, the source was read in 1970.
      () => fs.statSync(at('kept')).atimeMs > 7000,
      () => fs.promises.cp(at('d'), at('copy'), { recursive: true, preserveTimestamps: true }),
      () => NODE < 26 || fs.statSync(at('copy')).mtimeMs,
    );
    return results;
  });
  bothLater('a FileHandle', async (fs, at) => {
    const handle = await fs.promises.open(at('d/g'), 'r+');
    const buffer = Buffer.alloc(4);
    const open = await answers(
      async () => (await handle.read({ buffer, length: any(null) })).bytesRead,
      () => handle.read(any(5)),
      () => handle.read(buffer, any(5n)),
      async () => (await handle.write(Buffer.from('xy'), any(null), 1, 0)).bytesWritten,
      () => fs.readFileSync(at('d/g'), 'utf8'),
      // The options are spread: a text is none.
      () => (handle.createWriteStream(any('no encoding')).destroy(), 'made'),
    );
    await handle.close();
    const closed = await answers(
      ...(['readFile', 'stat', 'sync', 'truncate', 'chmod'] as const).map((name) => () => (handle[name] as (mode: number) => unknown)(0)),
      () => handle.readv([]),
      () => handle.writev([]),
      () => handle.appendFile('x'),
      () => handle.utimes(1, 1),
      () => handle.createReadStream(),
    );
    return [open, closed];
  });
  bothLater('streams', (fs, at) =>
    answers(
      ...[{ flags: 'no flags' }, { flags: 5.5 }].map(
        (options) => () =>
          new Promise((resolve) => fs.createReadStream(at('f'), options as never).on('error', (error) => resolve(['event', error]))),
      ),
      () =>
        new Promise((resolve) =>
          fs
            .createReadStream(at('f'), { flush: 'not asked' } as never)
            .on('close', () => resolve('read'))
            .resume(),
        ),
      () => fs.createWriteStream(at('f'), { flush: 'asked' } as never),
    ),
  );
  both('realpath.native, from a directory that may not be searched, by links, and from what is no directory', (fs, at) => {
    fs.mkdirSync(at('d/e/in'));
    fs.symlinkSync('e/../g', at('d/back'));
    fs.symlinkSync(at('d/e/..'), at('d/up'));
    for (let link = 0; link < 41; link++) fs.symlinkSync(link === 0 ? 'g' : `link${link - 1}`, at(`d/link${link}`));
    fs.chmodSync(at('d/e'), 0o600);
    const paths =
      'd/e d/e/ d/e/. d/e/.. d/e/../g d/e/in d/e/in/.. d/e/./../e d/e//../none d/back d/up d/up/g d/back/.. dangling dangling/..';
    const results = all(
      ...[...paths.split(' '), ...'f/.. f/. f/ f//. f/x none/.. loop l/ d/link39 d/link40 ld/.. ld/../f'.split(' '), ''].map(
        (path) => () => fs.realpathSync.native(path === '' ? '' : at(path)),
      ),
    );
    fs.chmodSync(at('d/e'), 0o755);
    return results;
  });
  both('openAsBlob', (fs, at) =>
    NODE < 26
      ? []
      : all(
          () => fs.openAsBlob(at('none')),
          () => fs.openAsBlob(at('f/x')),
          () => fs.openAsBlob(at('f'), { type: any(5) }),
        ),
  );
});
