/** The node:fs front-end beyond what node:fs itself can be asked: processes, users, devices, faults, trees, and the asynchronous forms. */
import { getSystemErrorMap, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FileDescription, Kernel, WaitQueue, WOULD_BLOCK, type WouldBlock } from '../../src/index.ts';
import {
  charDevice,
  createFs,
  directory,
  type Fault,
  file,
  fromTree,
  linux,
  printTree,
  symlink,
  toTree,
  withFaults,
} from '../../src/node/index.ts';

const root = (): ReturnType<Kernel['spawn']> => new Kernel().spawn();

describe('createFs', () => {
  it('reads a device and refuses what the user may not', async () => {
    const kernel = new Kernel();
    const fs = createFs(kernel.spawn({ uid: 1000, gid: 1000, cwd: '/tmp' }));
    const fd = fs.openSync('/dev/urandom', 'r');
    expect(fs.readSync(fd, new Uint8Array(16))).toBe(16);
    await expect(fs.promises.writeFile('/etc/passwd', '')).rejects.toMatchObject({
      code: 'EACCES',
      errno: -13,
      syscall: 'open',
      path: '/etc/passwd',
    });
  });
  // As seen on Node 22, 24 and 26.
  it('a web stream of a FileHandle ends when the handle is closed', async () => {
    const fs = createFs(new Kernel().spawn());
    fs.writeFileSync('/tmp/f', 'text');
    const closed = await fs.promises.open('/tmp/f');
    const { closed: ended } = (closed.readableWebStream() as ReadableStream).getReader();
    await closed.close();
    expect(await ended).toBeUndefined();
    // What ended by itself, or was let go, is left alone.
    const read = await fs.promises.open('/tmp/f');
    let text = '';
    for await (const chunk of read.readableWebStream() as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
    expect(text).toBe('text');
    await read.close();
    const dropped = await fs.promises.open('/tmp/f');
    await dropped.readableWebStream().cancel();
    await dropped.close();
  });

  // Both as seen on Node 22, 24 and 26.
  it('glob takes the characters of names as they are, and `[*]` for a star', () => {
    const fs = createFs(new Kernel().spawn()) as unknown as typeof import('node:fs') & {
      globSync: (pattern: string | string[], options: object) => string[];
    };
    const names = ['a*', 'a+b', 'a-b', 'a-c.js', 'ab', '[a]', '😀'];
    fs.mkdirSync('/t');
    for (const name of names) fs.writeFileSync(`/t/${name}`, '');
    const found = (pattern: string): string[] => fs.globSync(pattern, { cwd: '/t' });
    expect(found('a-*')).toEqual(['a-b', 'a-c.js']);
    expect(found('?-{b,c}*')).toEqual(['a-b', 'a-c.js']);
    expect(found('a[*]')).toEqual(['a*']);
    expect(found('[[]a]')).toEqual(['[a]']);
    expect(found('[a-c]+*')).toEqual(['a+b']);
    expect(found('a[[:punct:]]b')).toEqual(['a-b']);
    // JavaScript's characters: two for this one.
    expect(found('??')).toEqual(['a*', 'ab', '😀']);
  });

  it("glob's entries say where they are from the directory that was given", () => {
    const p = root();
    p.mkdir('/tmp/a', 0o755);
    p.mkdir('/tmp/x', 0o755);
    p.chdir('/tmp');
    const fs = createFs(p);
    for (const path of ['a/f', 'x/g']) fs.writeFileSync(path, '');
    const { globSync } = fs as unknown as { globSync: (pattern: string, options: object) => { parentPath: string; name: string }[] };
    const found = (pattern: string, cwd?: string): string[] =>
      globSync(pattern, { withFileTypes: true, ...(cwd === undefined ? {} : { cwd }) })
        .map(({ parentPath, name }) => `${parentPath} ${name}`)
        .sort();
    expect(found('**')).toEqual(['. .', '. a', '. x', 'a f', 'x g']);
    expect(found('*', '/tmp')).toEqual(['/tmp a', '/tmp x']);
    expect(found('**', './a/')).toEqual(['. a', 'a f']);
    expect(found('../x/*', 'a')).toEqual(['x g']);
    expect(found('/tmp/a/*', 'x')).toEqual(['/tmp/a f']);
  });
  // As seen on Node 20, 22 and 26, which is why no test does it on the host.
  it('copyFile onto a device is refused, and takes its name away', () => {
    const fs = createFs(new Kernel().spawn());
    fs.writeFileSync('/tmp/f', 'text');
    expect(() => fs.copyFileSync('/tmp/f', '/dev/null')).toThrow('EINVAL');
    expect(fs.existsSync('/dev/null')).toBe(false);
  });

  it('shares the tree, not the user, the directory or the umask', () => {
    const kernel = new Kernel();
    const one = createFs(kernel.spawn({ cwd: '/tmp', umask: 0o077 }));
    const two = createFs(kernel.spawn({ uid: 1000, gid: 1000 }));
    one.writeFileSync('secret', 'x');
    expect(two.statSync('/tmp/secret').mode & 0o777).toBe(0o600);
    expect(() => two.readFileSync('/tmp/secret')).toThrow("EACCES: permission denied, open '/tmp/secret'");
    expect(two.existsSync('secret')).toBe(false);
  });
  it('lets its functions be taken off it', () => {
    const { writeFileSync, readFileSync, promises } = createFs(root());
    writeFileSync('/a', 'x');
    const { stat } = promises;
    expect(readFileSync('/a', 'utf8')).toBe('x');
    return expect(stat('/a')).resolves.toMatchObject({ size: 1 });
  });
  it('has every function of the host, with as many arguments', async () => {
    const host = (await import('node:fs')).default as unknown as Record<string, unknown>;
    const ours = createFs(root()) as unknown as Record<string, unknown>;
    const names = Object.keys(host).filter((name) => name !== 'Stats' && name !== 'Dir');
    expect(names.filter((name) => !(name in ours))).toEqual([]);
    const functions = names.filter((name) => typeof host[name] === 'function');
    const lengths = (of: Record<string, unknown>): object =>
      Object.fromEntries(functions.map((name) => [name, (of[name] as () => void).length]));
    expect(lengths(ours)).toEqual(lengths(host));
    expect(Object.keys(host['promises'] as object).filter((name) => !(name in (ours['promises'] as object)))).toEqual([]);
  });
  it("has libuv's names and texts for errors", () => {
    const host = getSystemErrorMap();
    for (let errno = 1; errno < 134; errno++) {
      // ENOEXEC is known to libuv from 1.49 on.
      const unknown = `Unknown system error -${errno}`;
      const [code, text] = host.get(-errno) ?? (errno === 8 ? ['ENOEXEC', 'exec format error'] : [unknown, unknown]);
      const fs = createFs(withFaults(root(), [{ call: 'open', errno }]));
      expect(() => fs.openSync('/x', 'r')).toThrow(
        expect.objectContaining({ code, errno: -errno, message: `${code}: ${text}, open '/x'` }),
      );
    }
  });
  it('lists names and kinds as they are now', () => {
    const process = root();
    const fs = createFs(process);
    const kinds = (): string[] =>
      fs.readdirSync('/d', { withFileTypes: true }).map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`);
    fs.mkdirSync('/d/x', { recursive: true });
    fs.writeFileSync('/d/y', '');
    fs.writeFileSync('/e', '');
    expect(kinds()).toEqual(['x/', 'y']);
    process.renameat2(-100, '/d/x', -100, '/d/y', 2);
    expect(kinds()).toEqual(['x', 'y/']);
    process.renameat2(-100, '/d/y', -100, '/e', 2);
    expect(kinds()).toEqual(['x', 'y']);
    fs.unlinkSync('/d/x');
    fs.mkdirSync('/d/x');
    expect(kinds()).toEqual(['x/', 'y']);
    fs.renameSync('/d/y', '/d/z');
    fs.mkdirSync('/d/y');
    expect(kinds()).toEqual(['x/', 'y/', 'z']);
  });
  it('has stacks that start at the caller', () => {
    const fs = createFs(root());
    function caller(): void {
      fs.readFileSync('/none');
    }
    expect(() => caller()).toThrow(expect.objectContaining({ stack: expect.stringMatching(/open '\/none'\n\s+at caller /) }));
  });
  it('stops reading what has no end', async () => {
    const fs = createFs(root(), { readLimit: 65536 });
    const failure = { code: 'ERR_FS_FILE_TOO_LARGE' };
    expect(() => fs.readFileSync('/dev/zero')).toThrow(expect.objectContaining(failure));
    await expect(fs.promises.readFile('/dev/zero')).rejects.toMatchObject(failure);
    await expect(promisify(fs.readFile)('/dev/zero')).rejects.toMatchObject(failure);
  });
});

describe('asynchronous forms', () => {
  it('FileHandle', async () => {
    const fs = createFs(root());
    const handle = await fs.promises.open('/f', 'w+');
    expect(await handle.write('hello')).toMatchObject({ bytesWritten: 5 });
    await handle.writeFile(' world');
    expect(await handle.read(Buffer.alloc(5), 0, 5, 0)).toMatchObject({ bytesRead: 5, buffer: Buffer.from('hello') });
    expect((await handle.stat()).size).toBe(11);
    await handle.truncate(4);
    const closed = new Promise((resolve) => (handle as unknown as NodeJS.EventEmitter).once('close', resolve));
    await handle.close();
    await closed;
    expect(handle.fd).toBe(-1);
    await expect(handle.stat()).rejects.toMatchObject({ code: 'EBADF' });
    expect(fs.readFileSync('/f', 'utf8')).toBe('hell');
  });
  it('streams', async () => {
    const fs = createFs(root());
    await new Promise((resolve, reject) =>
      fs
        .createWriteStream('/s')
        .on('error', reject)
        .on('close', () => resolve(undefined))
        .end('0123456789'),
    );
    const chunks: Buffer[] = [];
    for await (const chunk of fs.createReadStream('/s', { start: 2, end: 7, highWaterMark: 4 })) chunks.push(chunk as Buffer);
    expect(chunks.map(String)).toEqual(['2345', '67']);
  });
  it('a stream without end lets timers run', async () => {
    const fs = createFs(root());
    const stream = fs.createReadStream('/dev/zero').on('data', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1));
    stream.destroy();
  });
  it('wait for a device that has nothing yet', async () => {
    const queue = new WaitQueue();
    let ready = false;
    class Slow extends FileDescription {
      override read(into: Uint8Array): number | WouldBlock {
        if (!ready) return WOULD_BLOCK;
        into[0] = 120;
        return 1;
      }
      override get waitQueue(): WaitQueue {
        return queue;
      }
    }
    const kernel = new Kernel();
    kernel.devices.register({ name: 'slow', mode: 0o666, open: () => new Slow() });
    const fs = createFs(kernel.spawn());
    const fd = fs.openSync('/dev/slow', 'r');
    const buffer = Buffer.alloc(4);
    expect(() => fs.readSync(fd, buffer)).toThrow('EAGAIN: resource temporarily unavailable, read');
    const reading = promisify(fs.read)(fd, buffer, 0, 4, null);
    const handle = await fs.promises.open('/dev/slow');
    const other = handle.read(Buffer.alloc(2));
    ready = true;
    queue.wake();
    expect(await reading).toMatchObject({ bytesRead: 1 });
    expect(await other).toMatchObject({ bytesRead: 1, buffer: Buffer.from('x\0') });
  });
  it('watch', async () => {
    const fs = createFs(root());
    fs.mkdirSync('/w/sub', { recursive: true });
    const events: [string, string | null][] = [];
    const watcher = fs.watch('/w', { recursive: true }, (type, name) => events.push([type, name]));
    fs.writeFileSync('/w/sub/f', 'x');
    fs.renameSync('/w/sub/f', '/w/g');
    await new Promise((resolve) => setTimeout(resolve, 5));
    watcher.close();
    expect(events).toEqual([
      ['rename', 'sub/f'],
      ['change', 'sub/f'],
      ['rename', 'sub/f'],
      ['rename', 'g'],
    ]);
  });
  it('aborts', async () => {
    const fs = createFs(root());
    fs.writeFileSync('/f', 'x');
    const controller = new AbortController();
    const reading = fs.promises.readFile('/f', { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
  });
});

describe('trees', () => {
  it('fromTree makes what toTree says', () => {
    const process = new Kernel({ bare: true }).spawn();
    fromTree(process, {
      '/a/b': 'text',
      '/bin': { tool: file('#!/bin/sh\n', { mode: 0o755, uid: 7 }), empty: {} },
      '/link': symlink('a/b'),
      '/dev/null': charDevice(1, 3, { mode: 0o666 }),
      '/private': directory({ key: new Uint8Array([0, 255]) }, { mode: 0o700 }),
    });
    expect(toTree(process)).toMatchObject({
      a: { b: 'text' },
      bin: { tool: '#!/bin/sh\n', empty: {} },
      private: { key: Buffer.from([0, 255]) },
    });
    expect(printTree(process)).toBe(
      [
        'drwxr-xr-x 0:0                 /',
        'drwxr-xr-x 0:0                 ├─ a/',
        '-rw-r--r-- 0:0              4  │  └─ b',
        'drwxr-xr-x 0:0                 ├─ bin/',
        'drwxr-xr-x 0:0                 │  ├─ empty/',
        '-rwxr-xr-x 7:0             10  │  └─ tool',
        'drwxr-xr-x 0:0                 ├─ dev/',
        'crw-rw-rw- 0:0            1,3  │  └─ null',
        'lrwxrwxrwx 0:0              3  ├─ link -> a/b',
        'drwx------ 0:0                 └─ private/',
        '-rw-r--r-- 0:0              2     └─ key',
        '',
      ].join('\n'),
    );
    const other = new Kernel({ bare: true }).spawn();
    fromTree(other, toTree(process) as never);
    expect(toTree(other)).toEqual(toTree(process));
  });
});

describe('fromTree', () => {
  it('takes paths as memfs does, below a directory that is not there yet', () => {
    const process = new Kernel().spawn({ cwd: '/tmp' });
    fromTree(process, { './src/./a': '1', b: '2', 'c/../d': '3' }, 'app');
    expect(toTree(process, '/tmp/app')).toEqual({ b: '2', c: {}, d: '3', src: { a: '1' } });
  });
});

describe('faults', () => {
  it('makes the nth matching call fail, or be short', () => {
    const fs = createFs(
      withFaults(root(), [
        { call: 'open', path: /\.lock$/, nth: 2, errno: 'EMFILE' },
        { call: 'write', short: 3 },
      ]),
    );
    fs.writeFileSync('/a.lock', 'whole text');
    expect(() => fs.writeFileSync('/a.lock', 'x')).toThrow("EMFILE: too many open files, open '/a.lock'");
    expect(fs.readFileSync('/a.lock', 'utf8')).toBe('whole text');
    const fd = fs.openSync('/b', 'w');
    expect(fs.writeSync(fd, 'abcdef')).toBe(3);
  });

  it('meets stat(2) however it is asked for', () => {
    const fs = createFs(
      withFaults(root(), [
        { call: 'stat', path: '/a', errno: 'EIO' },
        { call: 'lstat', path: '/b', errno: 'EACCES' },
      ]),
    );
    expect(() => fs.statSync('/a')).toThrow("EIO: i/o error, stat '/a'");
    expect(() => fs.statSync('/a', { throwIfNoEntry: false })).toThrow('EIO');
    expect(fs.existsSync('/a')).toBe(false);
    expect(() => fs.lstatSync('/b')).toThrow("EACCES: permission denied, lstat '/b'");
    expect(() => fs.lstatSync('/a')).toThrow("ENOENT: no such file or directory, lstat '/a'");
  });

  it('counts a call for every fault that it matches', () => {
    const fs = createFs(
      withFaults(root(), [
        { call: 'write', nth: 1, errno: 'EIO' },
        { call: 'write', nth: 2, errno: 'ENOSPC' },
        { call: 'unlink', path: /^\/tmp/g, errno: 'EBUSY' },
      ]),
    );
    const fd = fs.openSync('/a', 'w');
    expect(() => fs.writeSync(fd, 'x')).toThrow('EIO');
    expect(() => fs.writeSync(fd, 'x')).toThrow('ENOSPC');
    expect(fs.writeSync(fd, 'x')).toBe(1);
    for (let i = 0; i < 3; i++) expect(() => fs.unlinkSync('/tmp/a')).toThrow('EBUSY');
  });

  it('meets each call of rm', () => {
    const plain = createFs(root());
    const process = root();
    for (const fs of [plain, createFs(process)]) {
      fs.mkdirSync('/d/e/f', { recursive: true });
      for (const path of ['/d/a', '/d/e/b', '/d/e/c', '/d/z']) fs.writeFileSync(path, '');
    }
    const rm = (fault: Omit<Fault, 'errno'>): void =>
      createFs(withFaults(process, [{ ...fault, errno: 'EBUSY' }])).rmSync('/d', { recursive: true });
    expect(() => rm({ call: 'unlink', path: '/d/e/c' })).toThrow("EBUSY: resource busy or locked, unlink '/d/e/c'");
    expect(createFs(process).readdirSync('/d', { recursive: true })).toEqual(['e', 'z', 'e/c', 'e/f']);
    expect(() => rm({ call: 'rmdir', path: '/d/e', nth: 2 })).toThrow("EBUSY: resource busy or locked, rmdir '/d/e'");
    expect(createFs(process).readdirSync('/d', { recursive: true })).toEqual(['e', 'z']);
    expect(() => rm({ call: 'open', path: '/d' })).toThrow("EBUSY: resource busy or locked, scandir '/d'");
    rm({ call: 'unlink', path: '/none' });
    plain.rmSync('/d', { recursive: true });
    for (const fs of [plain, createFs(process)]) expect(fs.existsSync('/d')).toBe(false);
  });

  it('cuts several buffers short', () => {
    const fs = createFs(withFaults(root(), [{ call: 'writev', short: 3 }]));
    const fd = fs.openSync('/a', 'w');
    expect(fs.writevSync(fd, [Buffer.from('abcd'), Buffer.from('ef')])).toBe(3);
    expect(fs.readFileSync('/a', 'utf8')).toBe('abc');
  });

  it('meets the calls of readdir', async () => {
    const fs = createFs(
      withFaults(root(), [
        { call: 'open', path: '/tmp', errno: 'EMFILE' },
        { call: 'getdents', nth: 1, errno: 'EIO' },
      ]),
    );
    expect(() => fs.readdirSync('/tmp')).toThrow("EMFILE: too many open files, scandir '/tmp'");
    await expect(fs.promises.readdir('/')).rejects.toThrow("EIO: i/o error, scandir '/'");
    expect(fs.readdirSync('/dev')).toContain('null');
  });
});

describe('linux', () => {
  it('has what node:fs has not, in three forms', async () => {
    const process = root();
    const more = linux(process);
    const fs = createFs(process);
    more.mknodSync('/null', 0o020666, 259);
    expect(fs.statSync('/null').rdev).toBe(259);
    await more.promises.mkfifo('/fifo', 0o600);
    expect(fs.statSync('/fifo').isFIFO()).toBe(true);
    await new Promise<void>((resolve, reject) => more.mkfifo('/fifo2', 0o600, (error) => (error ? reject(error) : resolve())));
    expect(() => more.mknodSync('/null', 0o100644, 0)).toThrow("EEXIST: file already exists, mknod '/null'");
    more.umaskSync(0o077);
    fs.writeFileSync('/masked', '');
    expect(fs.statSync('/masked').mode & 0o777).toBe(0o600);
  });
});
