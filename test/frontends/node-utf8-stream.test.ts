/** Utf8Stream: what it calls and what it tells, in their order, on `node:fs` of Node 26 and on createFs(). */
import * as hostFs from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { Kernel } from '../../src/index.ts';
import { createFs, withFaults } from '../../src/node/index.ts';

type Fs = typeof hostFs;

interface Stream {
  readonly fd: number;
  readonly file: string | null;
  write(data: unknown): boolean;
  flush(callback?: (error?: unknown) => void): void;
  flushSync(): void;
  reopen(file?: unknown): void;
  end(): void;
  destroy(): void;
  on(event: string, listener: (...args: never[]) => void): this;
  once(event: string, listener: (...args: never[]) => void): this;
}

const streamClass = (fs: Fs): (new (options?: unknown) => Stream) =>
  (fs as unknown as { Utf8Stream: new (options?: unknown) => Stream }).Utf8Stream;

const base = hostFs.mkdtempSync(`${hostFs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()}/tuxfs-`);
afterAll(() => hostFs.rmSync(base, { recursive: true, force: true }));

function ours(): [string, Fs, string] {
  const fs = createFs(new Kernel().spawn()) as Fs;
  // A stream leaves the standard ones open.
  for (let fd = 0; fd < 3; fd++) fs.openSync('/dev/null', 'r+');
  return ['tuxfs', fs, fs.mkdtempSync('/tmp/')];
}

/** Versions before 26 have it otherwise, or not at all. */
const hasIt = Number.parseInt(process.versions.node, 10) >= 26 && hostFs.existsSync('/proc/self/fd');
const subjects = [ours(), ...(hasIt ? [['node:fs', hostFs, base] as [string, Fs, string]] : [])];

const CALLS = ['open', 'openSync', 'mkdir', 'mkdirSync', 'write', 'writeSync', 'fsync', 'fsyncSync', 'close'];
const EVENTS = ['ready', 'write', 'finish', 'close', 'error', 'drop'];

/** A stream on a new file, and a log of its calls and events. `call` may answer in the place of the function. */
function logged(
  fs: Fs,
  dest: string,
  options: object,
  call?: (name: string, args: unknown[]) => unknown,
): { stream: Stream; log: string[] } {
  const log: string[] = [];
  const functions = Object.fromEntries(
    CALLS.map((name) => [
      name,
      (...args: unknown[]) => {
        log.push(name + (name.startsWith('write') ? ` ${args[1]}` : ''));
        const answer = call?.(name, args);
        return answer === undefined ? (fs as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args) : answer;
      },
    ]),
  );
  const stream = new (streamClass(fs))({ dest, fs: functions, ...options });
  for (const event of EVENTS)
    stream.on(event, ((first?: unknown) => log.push(`<${event}${first === undefined ? '' : ` ${first}`}>`)) as never);
  return { stream, log };
}

const eagain = (): Error => Object.assign(new Error('no room'), { code: 'EAGAIN' });

describe.each(subjects)('Utf8Stream of %s', (_name, fs, root) => {
  let count = 0;
  const file = (): string => `${root}/file-${++count}`;

  it('refuses what Node refuses', () => {
    const refused = (run: () => unknown): string => {
      try {
        run();
        return 'taken';
      } catch (error) {
        const { name, code, message } = error as NodeJS.ErrnoException;
        return `${name} ${code} ${message}`;
      }
    };
    const Utf8Stream = streamClass(fs);
    const given = [
      undefined,
      5,
      {},
      { dest: Buffer.from(file()) },
      { fd: 1, minLength: 16384 },
      { fd: 1, maxWrite: 1.5 },
      { fd: 1, sync: 1 },
      { fd: 1, contentMode: 'x' },
      { fd: 1, retryEAGAIN: 1 },
      { fd: 1, periodicFlush: -1 },
      { fd: 1, fs: 1 },
      { fd: 1, fs: { write: 1 } },
    ];
    expect(given.map((options) => refused(() => new Utf8Stream(options)))).toEqual([
      'TypeError ERR_INVALID_ARG_TYPE The "fd" argument must be one of type number or string. Received undefined',
      'TypeError ERR_INVALID_ARG_TYPE The "options" argument must be of type object. Received type number (5)',
      'TypeError ERR_INVALID_ARG_TYPE The "fd" argument must be one of type number or string. Received undefined',
      'TypeError ERR_INVALID_ARG_TYPE The "fd" argument must be one of type number or string. Received an instance of Buffer',
      "RangeError ERR_INVALID_ARG_VALUE The argument 'minLength' should be smaller than maxWrite (16384). Received 16384",
      'RangeError ERR_OUT_OF_RANGE The value of "options.maxWrite" is out of range. It must be an integer. Received 1.5',
      'TypeError ERR_INVALID_ARG_TYPE The "options.sync" property must be of type boolean. Received type number (1)',
      "TypeError ERR_INVALID_ARG_VALUE The property 'options.contentMode' must be one of: 'buffer', 'utf8'. Received 'x'",
      'TypeError ERR_INVALID_ARG_TYPE The "options.retryEAGAIN" property must be of type function. Received type number (1)',
      'RangeError ERR_OUT_OF_RANGE The value of "options.periodicFlush" is out of range. It must be >= 0 && <= 4294967295. Received -1',
      'TypeError ERR_INVALID_ARG_TYPE The "options.fs" property must be of type object. Received type number (1)',
      'TypeError ERR_INVALID_ARG_TYPE The "options.fs.write" property must be of type function. Received type number (1)',
    ]);
    const stream = new Utf8Stream({ dest: file(), sync: true });
    const later = [
      () => stream.write(5),
      () => stream.flush(5 as never),
      () => stream.reopen(5),
      () => stream.end(),
      () => stream.end(),
      () => stream.write('x'),
      () => stream.flushSync(),
      () => stream.flush(),
      () => stream.destroy(),
    ];
    const destroyed = 'Error ERR_INVALID_STATE Invalid state: Utf8Stream is destroyed';
    expect(later.map(refused)).toEqual([
      'TypeError ERR_INVALID_ARG_TYPE The "data" argument must be of type string. Received type number (5)',
      'TypeError ERR_INVALID_ARG_TYPE The "cb" argument must be of type function. Received type number (5)',
      'TypeError ERR_INVALID_ARG_TYPE The "path" argument must be of type string or an instance of Buffer or URL. Received type number (5)',
      'taken',
      destroyed,
      destroyed,
      destroyed,
      'taken',
      'taken',
    ]);
    expect(refused(() => new Utf8Stream({ fd: 1 }).reopen())).toBe(
      'Error ERR_OPERATION_FAILED Operation failed: Unable to reopen a file descriptor, you must pass a file to SonicBoom',
    );
    expect(refused(() => new Utf8Stream({ dest: `${root}/none/x`, sync: true }))).toContain(`ENOENT: no such file or directory, open`);
  });

  it.each([
    [
      {},
      'open <ready> write abcd <write 4> | write ef fsyncSync <write 2> | open <ready> close | write gh <write 2> fsync close <finish> <close>',
    ],
    [
      { sync: true, fsync: true },
      'openSync writeSync ab <write 2> fsyncSync writeSync cd <write 2> fsyncSync <ready> | writeSync ef <write 2> fsyncSync fsyncSync | openSync <ready> close | ' +
        'writeSync gh <write 2> fsyncSync fsync close <finish> <close>',
    ],
    [
      { minLength: 100, mkdir: true },
      'mkdir open <ready> | writeSync abcdef fsyncSync | mkdir open <ready> close | write gh <write 2> fsync close <finish> <close>',
    ],
  ])('collects, writes, reopens and ends: %j', async (options, expected) => {
    const dest = file();
    const { stream, log } = logged(fs, dest, options);
    const step = async (): Promise<void> => {
      await sleep(20);
      log.push('|');
    };
    for (const text of ['ab', 'cd']) expect(stream.write(text)).toBe(true);
    await step();
    stream.write('ef');
    stream.flushSync();
    await step();
    fs.renameSync(dest, `${dest}.1`);
    stream.reopen();
    await step();
    stream.write('gh');
    stream.end();
    await sleep(20);
    expect(log.join(' ')).toBe(expected);
    expect([fs.readFileSync(`${dest}.1`, 'utf8'), fs.readFileSync(dest, 'utf8')]).toEqual(['abcdef', 'gh']);
  });

  it.each([false, true])('keeps what was not written, whole characters of it (sync %j)', async (sync) => {
    const dest = file();
    const { stream, log } = logged(fs, dest, { sync }, (name, args) => {
      if (!name.startsWith('write') || args[1] !== 'abc中def') return undefined;
      if (sync) return 4;
      queueMicrotask(() => (args.at(-1) as (error: null, count: number) => void)(null, 4));
      return null;
    });
    stream.on('ready', () => {
      stream.write('abc中def');
      stream.end();
    });
    await sleep(20);
    const write = sync ? 'writeSync' : 'write';
    expect(log.filter((entry) => entry.includes('write'))).toEqual([
      `${write} abc中def`,
      '<write 4>',
      `${write} 中def`,
      ...(sync ? [] : ['<write 6>']),
    ]);
    expect(fs.readFileSync(dest, 'utf8')).toBe('中def');
  });

  it.each([false, true])('asks again where there was no room, unless told not to (sync %j)', async (sync) => {
    for (const retry of [true, false]) {
      const dest = file();
      let failing = true;
      const { stream, log } = logged(fs, dest, { sync, retryEAGAIN: () => retry }, (name, args) => {
        if (!name.startsWith('write') || !failing) return undefined;
        failing = false;
        if (sync) throw eagain();
        queueMicrotask(() => (args.at(-1) as (error: Error) => void)(eagain()));
        return null;
      });
      await sleep(10);
      stream.write('one ');
      await sleep(sync ? 0 : 150);
      stream.write('two');
      stream.end();
      await sleep(50);
      expect(log.filter((entry) => entry.startsWith('<error'))).toEqual(retry ? [] : ['<error Error: no room>']);
      expect(fs.readFileSync(dest, 'utf8')).toBe('one two');
    }
  });

  it('stays with its file where the new one cannot be opened', async () => {
    const dest = file();
    const { stream, log } = logged(fs, dest, {});
    stream.write('one ');
    await sleep(10);
    stream.reopen(`${root}/none/x`);
    await sleep(10);
    stream.write('two');
    stream.end();
    await sleep(10);
    expect(log.filter((entry) => entry.startsWith('<error'))).toHaveLength(1);
    expect(fs.readFileSync(dest, 'utf8')).toBe('one two');
  });

  it('takes bytes, drops what is too much, and says when to wait', async () => {
    const Utf8Stream = streamClass(fs);
    const dest = file();
    const bytes = new Utf8Stream({ dest, sync: true, contentMode: 'buffer' });
    for (const data of [Buffer.from([1, 255]), new Uint16Array([0x0302]), new DataView(new Uint8Array([9, 4, 9]).buffer, 1, 1)])
      expect(bytes.write(data)).toBe(true);
    expect(() => bytes.write('x')).toThrow('The "data" argument must be an instance of Buffer, TypedArray, or DataView');
    bytes.end();
    expect([...fs.readFileSync(dest)]).toEqual([1, 255, 2, 3, 4]);
    const { stream, log } = logged(fs, file(), { maxLength: 20_000, minLength: 16_000 });
    expect([stream.write('a'.repeat(15_000)), stream.write('b'.repeat(6000)), stream.write('c'.repeat(4000))]).toEqual([true, true, false]);
    await sleep(10);
    expect(log.filter((entry) => entry.startsWith('<drop')).map((entry) => entry.length)).toEqual([6007]);
    stream.end();
    await sleep(10);
    expect(fs.readFileSync(stream.file as string, 'utf8')).toHaveLength(19_000);
  });

  it('ends what is still being opened, and tells who flushes a stream that is gone', async () => {
    const { stream, log } = logged(fs, file(), {});
    stream.write('late');
    stream.end();
    const { stream: gone, log: other } = logged(fs, file(), {});
    gone.write('never');
    gone.destroy();
    const told: unknown[] = [];
    gone.flush((error) => told.push((error as NodeJS.ErrnoException).code));
    await sleep(20);
    expect(log.slice(-2)).toEqual(['<finish>', '<close>']);
    expect(fs.readFileSync(stream.file as string, 'utf8')).toBe('late');
    expect([other.at(-1), other.includes('<finish>'), told]).toEqual(['<close>', false, ['ERR_INVALID_STATE']]);
  });

  it('flushes before the callback, and now and then by itself', async () => {
    const dest = file();
    const Utf8Stream = streamClass(fs);
    const stream = new Utf8Stream({ dest, minLength: 1000, periodicFlush: 30 });
    stream.write('at once ');
    await sleep(5);
    await new Promise<void>((resolve, reject) => stream.flush((error) => (error ? reject(error) : resolve())));
    expect(fs.readFileSync(dest, 'utf8')).toBe('at once ');
    stream.write('later');
    expect(fs.readFileSync(dest, 'utf8')).toBe('at once ');
    await sleep(100);
    expect(fs.readFileSync(dest, 'utf8')).toBe('at once later');
    stream.end();
  });
});

describe('Utf8Stream', () => {
  it('does not wait for ever in a synchronous write that never finds room', () => {
    const process = new Kernel().spawn();
    const fs = createFs(
      withFaults(
        process,
        Array.from({ length: 50 }, () => ({ call: 'write' as const, errno: 'EAGAIN' as const })),
      ),
    );
    const stream = new (streamClass(fs as Fs))({ dest: '/tmp/x', sync: true });
    const errors: unknown[] = [];
    stream.on('error', ((error: NodeJS.ErrnoException) => errors.push(error.code)) as never);
    stream.write('x');
    expect(errors).toEqual(['EAGAIN']);
  });
});
