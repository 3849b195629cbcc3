/**
 * The same calls on `node:fs` in a directory of the kernel's tmpfs and on createFs(): results and errors must be the same.
 */
import { describe } from 'vitest';
import { all, any, both, type Fs, NODE, shape } from './node-both.ts';

describe('paths', () => {
  both('stat, lstat, exists', (fs, at) => [
    ...['f', 'd', 'l', 'ld', 'dangling', 'loop', 'none', 'f/x', 'd/', 'f/', ''].flatMap((path) =>
      all(
        () => fs.statSync(at(path)),
        () => fs.lstatSync(at(path)),
        () => fs.existsSync(at(path)),
        () => fs.statSync(at(path), { throwIfNoEntry: false }),
        () => fs.statSync(at(path), { bigint: true }).size,
      ),
    ),
    ...all(
      () => fs.statSync(''),
      () => fs.existsSync(''),
      () => fs.statSync('x'.repeat(300)),
      () => fs.statSync('x'.repeat(300), { throwIfNoEntry: false }),
      () => fs.lstatSync(at(`f/${'x'.repeat(300)}`), { throwIfNoEntry: false }),
    ),
  ]);
  both('access', (fs, at) =>
    all(
      ...['f', 'd', 'none', 'dangling'].flatMap((path) =>
        [0, 1, 2, 4, 6, 7, 8, any('x')].map((mode) => () => fs.accessSync(at(path), mode)),
      ),
    ),
  );
  both('chmod, chown, utimes', (fs, at) =>
    all(
      () => fs.chmodSync(at('f'), '600'),
      () => fs.statSync(at('f')).mode,
      () => fs.chmodSync(at('none'), 0),
      () => fs.chownSync(at('f'), -1, -1),
      () => fs.lchownSync(at('none'), 0, 0),
      () => fs.utimesSync(at('f'), 1.5, new Date(2500)),
      () => fs.statSync(at('f')).mtimeMs,
      () => fs.statSync(at('f')).atime,
      () => fs.utimesSync(at('f'), '7', '8'),
      () => fs.statSync(at('f')).atimeMs,
      () => fs.utimesSync(at('none'), 1, 1),
      () => fs.lutimesSync(at('l'), 3, 4),
      () => fs.lstatSync(at('l')).mtimeMs,
      () => fs.lutimesSync(at('none'), 3, 4),
    ),
  );
  both('link, symlink, readlink, unlink, rename', (fs, at) =>
    all(
      () => fs.linkSync(at('f'), at('f2')),
      () => fs.linkSync(at('f'), at('d')),
      () => fs.linkSync(at('d'), at('d2')),
      () => fs.linkSync(at('none'), at('x')),
      () => fs.symlinkSync('a', at('f')),
      () => fs.symlinkSync('', at('empty')),
      () => fs.readlinkSync(at('l')),
      () => fs.readlinkSync(at('l'), 'buffer'),
      () => fs.readlinkSync(at('l'), { encoding: 'hex' }),
      () => fs.readlinkSync(at('f')),
      () => fs.unlinkSync(at('d')),
      () => fs.unlinkSync(at('none')),
      () => fs.unlinkSync(at('f2')),
      () => fs.renameSync(at('f'), at('d')),
      () => fs.renameSync(at('d'), at('d/e/x')),
      () => fs.renameSync(at('d'), at('f')),
      () => fs.renameSync(at('none'), at('x')),
      () => fs.renameSync(at('d/e'), at('e')),
      () => fs.readdirSync(at('')),
    ),
  );
  both('realpath', (fs, at) =>
    all(
      ...['f', 'l', 'ld/g', 'ld/../f', 'none', 'dangling', 'loop', 'f/x', 'd/./e/..', ''].flatMap((path) => [
        () => fs.realpathSync(at(path)),
        () => fs.realpathSync.native(at(path)),
      ]),
    ),
  );
  both('truncate', (fs, at) =>
    all(
      () => fs.truncateSync(at('d/g'), 3),
      () => fs.readFileSync(at('d/g'), 'utf8'),
      () => fs.truncateSync(at('d/g'), 5),
      () => fs.readFileSync(at('d/g')),
      () => fs.truncateSync(at('d')),
      () => fs.truncateSync(at('none')),
      () => fs.truncateSync(at('f'), -5),
      () => fs.statSync(at('f')).size,
      () => fs.truncateSync(at('f'), any('x')),
    ),
  );
});

describe('permissions', () => {
  both('a file of mode 0', (fs, at) => {
    fs.chmodSync(at('f'), 0);
    return all(
      () => fs.readFileSync(at('f')),
      () => fs.writeFileSync(at('f'), 'x'),
      () => fs.appendFileSync(at('f'), 'x'),
      () => fs.openSync(at('f'), 'r+') > 0,
      () => fs.accessSync(at('f'), fs.constants.R_OK),
      () => fs.accessSync(at('f'), fs.constants.X_OK),
      () => fs.copyFileSync(at('f'), at('c')),
      () => fs.cpSync(at('f'), at('c2')),
      () => fs.truncateSync(at('f'), 1),
      () => fs.utimesSync(at('f'), 1, 2),
      () => fs.statSync(at('f')),
      () => fs.renameSync(at('f'), at('moved')),
      () => fs.unlinkSync(at('moved')),
    );
  });
  for (const mode of [0, 0o100, 0o200, 0o300, 0o400, 0o500, 0o600]) {
    both(`a directory of mode 0${mode.toString(8)}`, (fs, at) => {
      fs.chmodSync(at('d'), mode);
      const results = all(
        () => fs.readdirSync(at('d')),
        () => fs.readdirSync(at('d'), { withFileTypes: true }),
        // Of opendir the path, and of the recursive forms what cannot be read, differ as listed in docs/NODE-FS.md.
        () => (mode & 0o500) === 0o500 && fs.readdirSync(at(''), { recursive: true }),
        () => (mode & 0o400) !== 0 && fs.opendirSync(at('d')).closeSync(),
        () => fs.existsSync(at('d/g')),
        () => fs.statSync(at('d/g')),
        () => fs.statSync(at('d/none'), { throwIfNoEntry: false }),
        () => fs.readFileSync(at('d/g'), 'utf8'),
        () => fs.readFileSync(at('ld/g'), 'utf8'),
        () => fs.realpathSync(at('ld/g')),
        () => fs.realpathSync.native(at('ld/g')),
        () => fs.writeFileSync(at('d/new'), ''),
        () => fs.mkdirSync(at('d/n/m'), { recursive: true }),
        () => fs.symlinkSync('x', at('d/s')),
        () => fs.linkSync(at('f'), at('d/h')),
        () => fs.renameSync(at('d/g'), at('g')),
        () => fs.renameSync(at('f'), at('d/f')),
        () => (mode & 0o500) === 0o500 && fs.cpSync(at('d'), at('copy'), { recursive: true }),
        () => fs.rmdirSync(at('d/e')),
        () => fs.unlinkSync(at('d/g')),
        () => NODE < 24 && fs.rmSync(at('d'), { recursive: true }),
        () => NODE < 24 && fs.rmSync(at('d'), { recursive: true, force: true }),
      );
      for (const path of ['d', 'copy']) if (fs.existsSync(at(path))) fs.chmodSync(at(path), 0o700);
      return results;
    });
  }
  both('what only root may', (fs, at) =>
    all(
      () => fs.chownSync(at('f'), 0, 0),
      () => fs.chownSync(at('f'), 1234, -1),
      () => fs.lchownSync(at('l'), -1, 1234),
      () => fs.fchownSync(fs.openSync(at('f'), 'r'), 1234, 1234),
      () => fs.chmodSync(at('f'), 0o7777),
      () => fs.statSync(at('f')),
      () => fs.writeFileSync(at('f'), 'x'),
      () => fs.statSync(at('f')),
    ),
  );
});

describe('directories', () => {
  both('mkdir', (fs, at) =>
    all(
      () => fs.mkdirSync(at('n')),
      () => fs.mkdirSync(at('n')),
      () => fs.mkdirSync(at('a/b')),
      () => fs.mkdirSync(at('a/b/c'), { recursive: true }),
      () => fs.mkdirSync(at('a/b/c'), { recursive: true }),
      () => fs.mkdirSync(at('a/b/c/d/'), { recursive: true, mode: 0o700 }),
      () => fs.statSync(at('a/b/c/d')).mode,
      () => fs.mkdirSync(at('f/x'), { recursive: true }),
      () => fs.mkdirSync(at('f'), { recursive: true }),
      () => fs.mkdirSync(at('f/x')),
      () => fs.mkdirSync(at('ld/new'), { recursive: true }),
      () => fs.mkdirSync(at('dangling')),
      () => fs.mkdirSync(at('m'), '750'),
      () => fs.statSync(at('m')).mode,
    ),
  );
  both('readdir', (fs, at) => {
    for (const name of ['Z', 'a', 'é', 'b10', 'b9', '.hidden', '__proto__', '𝒳', '\uffee']) fs.writeFileSync(at(`d/${name}`), '');
    // No UTF-8, and so before, between and after what is.
    for (const byte of [0x80, 0xc3, 0xef, 0xff]) fs.writeFileSync(Buffer.concat([Buffer.from(at('d/')), Buffer.from([byte])]), '');
    return all(
      () => fs.readdirSync(at('')),
      () => fs.readdirSync(at('d')),
      () => fs.readdirSync(at('d'), 'buffer'),
      () => fs.readdirSync(at('d'), 'hex'),
      () => fs.readdirSync(at(''), { withFileTypes: true }),
      () => fs.readdirSync(at(''), { recursive: true }),
      () => NODE >= 22 && fs.readdirSync(at(''), { recursive: true, withFileTypes: true }),
      () => fs.readdirSync(at('d'), { recursive: true }),
      () => fs.readdirSync(at('d'), { recursive: true, withFileTypes: true }),
      () => fs.readdirSync(at('f')),
      () => fs.readdirSync(at('none')),
      () => fs.readdirSync(at('ld')),
    );
  });
  both('names that are not UTF-8', (fs, at) => {
    const raw = Buffer.concat([Buffer.from(`${at('d')}/`), Buffer.from([0x62, 0xff, 0xc3])]);
    fs.writeFileSync(raw, 'raw');
    return all(
      () => fs.readFileSync(raw, 'utf8'),
      () => fs.readdirSync(at('d')),
      () => fs.readdirSync(at('d'), 'buffer'),
      () => fs.existsSync(at('d/b\ufffd\ufffd')),
    );
  });
  both('rmdir, rm', (fs, at) =>
    all(
      () => fs.rmdirSync(at('d')),
      () => fs.rmdirSync(at('f')),
      () => fs.rmdirSync(at('none')),
      () => fs.rmSync(at('d')),
      () => fs.rmSync(at('none'), { force: true }),
      () => fs.rmSync(at('none')),
      () => fs.rmSync(at('ld'), { recursive: true }),
      () => fs.rmSync(at('f')),
      () => fs.rmSync(at('d'), { recursive: true }),
      () => fs.readdirSync(at('')),
    ),
  );
  // The rules changed from version to version: compared with the newest, by node-versions.test.ts.
  if (NODE >= 26) {
    both('glob', (fs, at) => {
      fs.mkdirSync(at('x/y/d/.h/i'), { recursive: true });
      fs.mkdirSync(at('x/y/d/e'));
      for (const path of ['f', 'd/g']) fs.writeFileSync(at(`x/y/${path}`), '');
      for (const [path, target] of [
        ['l', 'f'],
        ['ld', 'd'],
        ['d/e/up', '..'],
      ] as const)
        fs.symlinkSync(target, at(`x/y/${path}`));
      const { globSync } = fs as unknown as { globSync: (pattern: string, options: object) => unknown[] };
      const patterns = [
        '*',
        '**',
        'd/**',
        './**',
        '**/',
        'd/*/',
        'd/e/',
        'd/.',
        '.',
        '..',
        '',
        '/',
        '*/..',
        '*/../*',
        '**/..',
        'd/../d/*',
        '**/../*',
      ];
      const more = [
        '**/g',
        '**/e/**',
        '**/up/**',
        'd/e/up/*',
        'd/.*',
        'd/.*/**',
        '**/.h',
        '{d,f}/**',
        'l*/*',
        'ld/**',
        '../*',
        'none/*',
        'f/*',
        'd/[eg]',
        'd/!(g)',
      ];
      const excluded = [
        ['**/g'],
        ['d/e'],
        ['d/e/**'],
        ['./d/../d/g'],
        [at('d/g')],
        (path: string) => path === 'e',
        (path: string) => path === 'd/e',
      ];
      const newest = [
        { followSymlinks: true },
        { followSymlinks: true, withFileTypes: true },
        ...[0, 1, 2, Number.POSITIVE_INFINITY, undefined, null, -1, 0.5, '1'].map((maxDepth) => ({ maxDepth })),
        ...[null, 1].map((followSymlinks) => ({ followSymlinks })),
      ];
      const options: object[] = [{}, { withFileTypes: true }, ...newest, ...excluded.map((exclude) => ({ exclude }))];
      const found = (pattern: string, given: object): unknown[] =>
        globSync(pattern, { cwd: at('x/y'), ...given })
          .map((each) => JSON.stringify(shape(each, at(''))))
          .sort();
      return [...patterns, ...more].map((pattern) => [pattern, ...options.map((given) => all(() => found(pattern, given))[0])]);
    });
  }
  both('opendir', (fs, at) =>
    all(() => {
      const dir = fs.opendirSync(at('d'));
      const names: string[] = [];
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) names.push(entry.name);
      dir.closeSync();
      return names.sort();
    }),
  );
});

describe('files', () => {
  both('open flags', (fs, at) =>
    ['r', 'r+', 'w', 'wx', 'w+', 'a', 'ax', 'a+', 'as', 'rs+'].flatMap((flag) =>
      ['f', 'none1', 'd', 'dangling', 'loop', 'f/x', 'd/'].flatMap((path) =>
        all(() => {
          const fd = fs.openSync(at(path === 'none1' ? `new-${flag}` : path), flag);
          try {
            return fs.writeSync(fd, 'x');
          } finally {
            fs.closeSync(fd);
          }
        }),
      ),
    ),
  );
  both('read and write', (fs, at) => {
    const fd = fs.openSync(at('f'), 'r+');
    const buffer = Buffer.alloc(10);
    const results = all(
      () => fs.readSync(fd, buffer),
      () => buffer.toString('latin1'),
      () => fs.readSync(fd, buffer, 2, 3, 0),
      () => fs.readSync(fd, buffer, { offset: 1, length: 2, position: 5 }),
      () => buffer.toString('latin1'),
      () => fs.readSync(fd, buffer, 0, 10, null),
      () => fs.readSync(fd, buffer, 0, 10, 100),
      () => fs.readSync(fd, new DataView(buffer.buffer, buffer.byteOffset, 4), 0, 4, 0n),
      () => fs.writeSync(fd, 'äbc', 2),
      () => fs.writeSync(fd, 'q', 0, 'latin1'),
      () => fs.writeSync(fd, buffer, 1, 2, 20),
      () => fs.writeSync(fd, new Uint16Array([0x4141, 0x4242])),
      () => fs.writevSync(fd, [Buffer.from('one'), new Uint8Array([50])], 1),
      () => fs.readvSync(fd, [buffer.subarray(0, 3), buffer.subarray(5, 7)], 0),
      () => fs.fstatSync(fd),
      () => fs.ftruncateSync(fd, 4),
      () => fs.fchmodSync(fd, 0o640),
      () => fs.futimesSync(fd, 1, 2),
      () => fs.fstatSync(fd).mtimeMs,
      () => fs.fsyncSync(fd),
      () => fs.fdatasyncSync(fd),
      () => fs.closeSync(fd),
      () => fs.readFileSync(at('f')),
    );
    return [results, buffer];
  });
  both('a closed descriptor', (fs) =>
    all(
      () => fs.closeSync(3999),
      () => fs.fstatSync(3999),
      () => fs.readSync(3999, Buffer.alloc(1)),
      () => fs.writeSync(3999, 'x'),
      () => fs.ftruncateSync(3999),
      () => fs.fsyncSync(3999),
      () => fs.fchmodSync(3999, 0),
      () => fs.futimesSync(3999, 1, 1),
      () => fs.readFileSync(3999),
      () => fs.writevSync(3999, [Buffer.from('x')]),
    ),
  );
  both('readFile, writeFile, appendFile, copyFile', (fs, at) =>
    all(
      () => fs.readFileSync(at('f')),
      () => fs.readFileSync(at('f'), 'utf8'),
      () => fs.readFileSync(at('f'), { encoding: 'base64' }),
      () => fs.readFileSync(at('d')),
      () => fs.readFileSync(at('d'), 'utf8'),
      () => fs.readFileSync(at('none'), 'utf8'),
      () => fs.readFileSync(new URL(`file://${at('f')}`), 'latin1'),
      () => fs.readFileSync(Buffer.from(at('f')), 'ucs2'),
      () => fs.writeFileSync(at('w'), 'ÄÖ', 'latin1'),
      () => fs.readFileSync(at('w')),
      () => fs.writeFileSync(at('w'), 'YWJj', { encoding: 'base64', mode: 0o600, flag: 'a' }),
      () => fs.appendFileSync(at('w'), new Uint8Array([65, 66])),
      () => fs.readFileSync(at('w')),
      () => fs.writeFileSync(at('d'), ''),
      () => fs.writeFileSync(at('none/x'), ''),
      () => fs.writeFileSync(at('w'), '', { flag: 'wx' }),
      () => fs.writeFileSync(at('dangling'), 'through'),
      () => fs.readFileSync(at('nowhere'), 'utf8'),
      () => fs.copyFileSync(at('f'), at('c')),
      () => fs.copyFileSync(at('f'), at('c'), fs.constants.COPYFILE_EXCL),
      () => fs.copyFileSync(at('d'), at('c')),
      () => fs.copyFileSync(at('none'), at('c')),
      () => fs.copyFileSync(at('f'), at('d')),
      () => fs.readFileSync(at('c'), 'utf8'),
    ),
  );
});

describe('arguments', () => {
  both('options that are there and undefined', (fs, at) =>
    all(
      ...['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks', 'filter', 'mode'].map(
        (name) => () => fs.cpSync(at('f'), at('c'), { [name]: undefined }),
      ),
      ...['force', 'recursive', 'maxRetries', 'retryDelay'].map((name) => () => fs.rmSync(at('f'), { [name]: undefined })),
      ...['encoding', 'recursive', 'withFileTypes'].map((name) => () => fs.readdirSync(at('d'), { [name]: undefined })),
      ...['recursive', 'mode'].map((name) => () => fs.mkdirSync(at(`new-${name}`), { [name]: undefined })),
      ...['encoding', 'flag', 'mode', 'flush'].map((name) => () => fs.writeFileSync(at('w'), 'x', { [name]: undefined })),
      ...['encoding', 'flag'].map((name) => () => fs.readFileSync(at('d/g'), { [name]: undefined })),
      ...['bigint', 'throwIfNoEntry'].map((name) => () => fs.statSync(at('d/g'), { [name]: undefined })),
      ...['bigint', 'throwIfNoEntry'].map((name) => () => fs.statSync(at('none'), { [name]: undefined })),
      ...['encoding', 'bufferSize', 'recursive'].map((name) => () => fs.opendirSync(at('d'), { [name]: undefined }).closeSync()),
    ),
  );
  both('vectors of no and of many buffers', (fs, at) => {
    const fd = fs.openSync(at('d/g'), 'r+');
    const many = Array.from({ length: 1500 }, () => Buffer.from('x'));
    return all(
      () => fs.readvSync(fd, []),
      () => fs.writevSync(fd, []),
      () => fs.writevSync(fd, many),
      () => fs.readvSync(fd, many, 0),
      () => fs.writevSync(fd, many, 5),
      () => fs.fstatSync(fd),
      () => fs.closeSync(fd),
    );
  });
  const values: unknown[] = [
    undefined,
    null,
    {},
    [],
    () => undefined,
    5,
    1.5,
    -1,
    5n,
    true,
    Symbol('s'),
    'x\0y',
    Object.create(null),
    new URL('http://h/x'),
    new URL('file:///a%2fb'),
    NaN,
    "it's",
    'a'.repeat(40),
    '"\'`',
    2 ** 40,
  ];
  const calls: [string, (fs: Fs, value: never) => unknown][] = [
    ['openSync path', (fs, value) => fs.openSync(value, undefined as never)],
    ['openSync flags', (fs, value) => fs.openSync('/nowhere/at/all', value)],
    ['openSync mode', (fs, value) => fs.openSync('/nowhere/at/all', 'r', value)],
    ['statSync', (fs, value) => fs.statSync(value)],
    ['existsSync', (fs, value) => fs.existsSync(value)],
    ['chmodSync mode', (fs, value) => fs.chmodSync('/nowhere/at/all', value)],
    ['chownSync uid', (fs, value) => fs.chownSync('/nowhere/at/all', value, 0)],
    ['utimesSync', (fs, value) => fs.utimesSync('/nowhere/at/all', value, 0)],
    ['readFileSync options', (fs, value) => fs.readFileSync('/nowhere/at/all', value)],
    ['writeFileSync data', (fs, value) => fs.writeFileSync('/nowhere/at/all', value)],
    ['renameSync old', (fs, value) => fs.renameSync(value, '/nowhere/at/all')],
    ['linkSync new', (fs, value) => fs.linkSync('/nowhere/at/all', value)],
    ['symlinkSync target', (fs, value) => fs.symlinkSync(value, '/nowhere/at/all')],
    ['mkdtempSync', (fs, value) => (typeof value === 'string' ? 0 : fs.mkdtempSync(value))],
    ['ftruncateSync len', (fs, value) => fs.ftruncateSync(3999, value)],
    ['readSync buffer', (fs, value) => fs.readSync(3999, value)],
    ['readvSync buffers', (fs, value) => (Array.isArray(value) ? 0 : fs.readvSync(3999, value))],
    ['stat callback', (fs, value) => (typeof value === 'function' ? 0 : fs.stat('/nowhere/at/all', value))],
    ['watch path', (fs, value) => (typeof value === 'string' ? 0 : fs.watch(value))],
    [
      'createReadStream start',
      (fs, value) =>
        Number.isInteger(value) && (value as number) >= 0
          ? 0
          : value === undefined
            ? 0
            : fs
                .createReadStream('/nowhere/at/all', { start: value })
                .destroy()
                .once('error', () => undefined) && 0,
    ],
    ['mkdirSync recursive', (fs, value) => (value === true ? 0 : fs.mkdirSync('/nowhere/at/all', { recursive: value }))],
  ];
  for (const [name, call] of calls) {
    both(name, (fs) => values.map((value) => all(() => (call(fs, value as never), 'returned'))[0]));
  }
});
