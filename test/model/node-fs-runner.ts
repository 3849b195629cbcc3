/**
 * Runs a script of calls on the host's `node:fs` and on tuxfs's, in directories of the same path, and finds the differences: in what a call
 * answers, in the buffers it was given, and in the tree.
 */
import * as hostFs from 'node:fs';
import { createFs } from '../../src/node/index.ts';
import { Kernel } from '../../src/index.ts';
import { copiesTimes, isSkipped, listed } from './node-fs-listed.ts';
import { CLOSED, type Place, showStep, type Step } from './node-fs-calls.ts';

type Call = (this: unknown, ...args: unknown[]) => unknown;
export type Outcome = Readonly<Record<string, unknown>>;

/** What stands between the script's directory and what is not its own: no script climbs so far. */
const LADDER = 'a/b/c/d/w';
/** Times before this were set by a step; later ones are the clock's. */
const SET_BY_STEP = 1_500_000_000_000;
const LARGEST = 1 << 22;
const NEVER = 3000;
/** How many steps are made between two looks at the whole tree. */
const TREE_EVERY = 10;

/** Where root's own files are when the script's user is another. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface Difference {
  readonly step: number;
  readonly what: string;
  readonly host: unknown;
  readonly tuxfs: unknown;
}

function shapeError(error: Error): unknown {
  const { name, message, code, errno, syscall, path, dest, info, cause } = error as NodeJS.ErrnoException & Record<string, unknown>;
  // Whether the code is in the stack's first line is a matter of where Node checks: in C++ or not.
  const first = String(error.stack)
    .split('\n')[0]
    ?.replace(/ \[\w+\]:/, ':');
  // `input` of a URL's error is an object of its own.
  const keys = Object.keys(error).filter((key) => key !== 'input');
  const said = { error: name, message, code, errno, syscall, path, dest, info: shape(info), cause: shape(cause), first, keys: keys.sort() };
  // Asynchronously, mkdtemp(3)'s template is in parts filled in.
  return syscall === 'mkdtemp'
    ? JSON.parse(JSON.stringify(said).replace(/(mkdtemp '[^']*|"path":"[^"]*)\w{6}(?=['"])/g, '$1XXXXXX'))
    : said;
}

function shapeTime(ms: number | bigint): unknown {
  return Number(ms) < SET_BY_STEP ? String(ms) : 'now';
}

function shapeStats(stats: hostFs.Stats | hostFs.BigIntStats): unknown {
  const { mode, nlink, uid, gid, rdev, blksize, size, blocks, atimeMs, mtimeMs } = stats;
  return {
    keys: Object.keys(stats).filter((key) => !/^[amc]time$|^birthtime$/.test(key)),
    kinds: ['isFile', 'isDirectory', 'isSymbolicLink', 'isFIFO'].map((name) =>
      (stats as unknown as Record<string, () => boolean>)[name]?.(),
    ),
    // Of a directory the size is a matter of the filesystem.
    numbers: [mode, nlink, uid, gid, rdev, blksize, ...(stats.isDirectory() ? [] : [size, blocks])].map(String),
    types: typeof mode,
    atime: [shapeTime(atimeMs), Number(atimeMs) < SET_BY_STEP && stats.atime.getTime()],
    mtime: [shapeTime(mtimeMs), Number(mtimeMs) < SET_BY_STEP && stats.mtime.getTime()],
  };
}

function shape(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return 'function';
  if (typeof value === 'number') return Object.is(value, -0) || !Number.isFinite(value) ? `number ${value}` : value;
  if (value === undefined) return 'undefined';
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Error) return shapeError(value);
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} ${bytes.length > 300 ? `${bytes.length} ${sum(bytes)}` : bytes.toString('latin1')}`;
  }
  if (Array.isArray(value)) return value.map(shape);
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if ('nlink' in value) return shapeStats(value as hostFs.Stats);
  if ('bfree' in value)
    return { type: shape((value as hostFs.StatsFs).type), bsize: shape((value as hostFs.StatsFs).bsize), keys: Object.keys(value) };
  if ('parentPath' in value && 'isFIFO' in value) return shapeDirent(value as unknown as hostFs.Dirent);
  const name = (value as { constructor?: { name?: string } }).constructor?.name;
  if (name === 'Object' || name === undefined)
    return Object.fromEntries(
      Object.entries(value)
        .sort(byText)
        .map(([key, each]) => [key, shape(each)]),
    );
  return name;
}

function shapeDirent(entry: hostFs.Dirent): unknown {
  const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'other';
  return [shape(entry.name), shape(entry.parentPath), kind];
}

function sum(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = (value * 31 + byte) >>> 0;
  return value;
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** One `node:fs` in the middle of a script. */
class Side implements Place {
  readonly fs: typeof hostFs;
  readonly root: string;
  readonly fds: number[] = [];
  readonly handles: object[] = [];
  readonly dirs: object[] = [];
  readonly #streamed: hostFs.promises.FileHandle[] = [];
  readonly #streams: { destroy(): unknown }[] = [];

  constructor(fs: typeof hostFs, root: string) {
    this.fs = fs;
    this.root = root;
    fs.mkdirSync(`${root}/d/e`, { recursive: true });
    fs.writeFileSync(`${root}/f`, 'hello wörld\n');
    fs.writeFileSync(`${root}/d/g`, '0123456789');
    for (const [name, to] of [
      ['l', 'f'],
      ['ld', 'd'],
      ['dangling', 'nowhere'],
      ['loop', 'loop'],
      ['d/e/l', '../g'],
    ] as const)
      fs.symlinkSync(to, `${root}/${name}`);
  }

  #function(step: Step): [of: unknown, call: Call | undefined] {
    const { form, call, on } = step;
    const fs = this.fs as unknown as Record<string, Call>;
    if (form === 'handle' || form === 'dir') {
      const open = form === 'handle' ? this.handles : this.dirs;
      const of = open[(on ?? 0) % Math.max(1, open.length)] as Record<string, Call> | undefined;
      return [of, of?.[call]];
    }
    if (call.startsWith('_')) return [fs, form === 'sync' ? fs[call] : undefined];
    if (form === 'stream') return [fs, fs[call]];
    if (call === 'realpath.native')
      return [
        fs,
        (form === 'sync' ? fs['realpathSync'] : form === 'callback' ? fs['realpath'] : (undefined as unknown as { native?: Call }))?.[
          'native' as never
        ],
      ];
    if (form === 'promise') return [this.fs.promises, (this.fs.promises as unknown as Record<string, Call>)[call]];
    // Of these there is no other form.
    const name = form === 'sync' && !(call === 'openAsBlob') ? `${call}Sync` : call;
    return [fs, fs[name]];
  }

  has(step: Step): boolean {
    return step.call === 'entries' || step.call === 'path' || typeof this.#function(step)[1] === 'function';
  }

  /** What the call answered, and what is in the buffers it was given. */
  async run(step: Step): Promise<Outcome> {
    const args = step.args.map(({ make }) => make(this));
    const [of, call] = this.#function(step);
    const outcome = await within(NEVER, this.#call(step, of, call as Call, args), { never: true });
    this.#forget(step, args);
    if (copiesTimes(step)) this.#age(args[1] as string, step.call === 'cp');
    // A handle whose stream is open closes late, and differently from version to version.
    if (step.form === 'handle' && /Stream/.test(step.call)) {
      const [handle] = this.handles.splice((step.on ?? 0) % this.handles.length, 1) as [hostFs.promises.FileHandle];
      this.#streamed.push(handle);
    }
    const buffers = args
      .flat()
      .map((each) => (Object(each)['buffer'] instanceof ArrayBuffer ? each : Object(each)['buffer']))
      .filter((each) => ArrayBuffer.isView(each));
    return { ...outcome, buffers: buffers.map(shape) };
  }

  /** Gives what was copied a time and an owner of its own. */
  #age(path: string, below: boolean): void {
    const { fs } = this;
    const { uid, gid } = fs.statSync(`${this.root}/..`);
    ignore(() => (below ? fs.lchownSync(path, uid, gid) : fs.chownSync(path, uid, gid)));
    ignore(() => (below ? fs.lutimesSync(path, 5, 5) : fs.utimesSync(path, 5, 5)));
    if (!below) return;
    ignore(() => {
      if (fs.lstatSync(path).isDirectory()) for (const name of fs.readdirSync(path)) this.#age(`${String(path)}/${name}`, true);
    });
  }

  /** A number that was closed may come to mean something else, of the test's own. */
  #forget({ call, form }: Step, args: readonly unknown[]): void {
    if (call !== 'close' && form !== 'stream') return;
    const closed = form === 'stream' ? Object(args[1])['fd'] : args[0];
    for (const [index, fd] of this.fds.entries()) if (fd === closed) this.fds[index] = CLOSED;
  }

  async #call(step: Step, of: unknown, call: Call, args: unknown[]): Promise<Outcome> {
    const { form } = step;
    if (form === 'dir') return this.#directory(step.call, of as hostFs.Dir);
    try {
      if (form === 'callback' && step.call !== 'openAsBlob') return await this.#callback(step, of, call, args);
      const result = call.apply(of, args);
      if (/Stream$/.test(step.call)) this.#streams.push(result as hostFs.ReadStream);
      if (step.call === 'createReadStream') return await readAll(result as hostFs.ReadStream, args[1] ?? args[0]);
      if (step.call === 'createWriteStream')
        return await writeAll(
          result as hostFs.WriteStream,
          (step.chunks ?? []).map(({ make }) => make(this)),
        );
      if (Object(result)[Symbol.asyncIterator] !== undefined && step.call === 'glob')
        return { iterates: await this.#iterate(step, result as AsyncIterable<unknown>) };
      if (result instanceof Promise) return await this.#promise(step, result);
      return { returned: await this.#take(step, result) };
    } catch (error) {
      // A stream that could not be made listens all the same, and Node's then fails.
      if (form === 'handle') (of as NodeJS.EventEmitter).removeAllListeners('close');
      return { threw: shape(error) };
    }
  }

  async #iterate(step: Step, results: AsyncIterable<unknown>): Promise<unknown> {
    const all: unknown[] = [];
    try {
      for await (const each of results) all.push(each);
    } catch (error) {
      return shape(error);
    }
    return this.#take(step, all);
  }

  async #promise(step: Step, promise: Promise<unknown>): Promise<Outcome> {
    try {
      return { resolved: await this.#take(step, await promise) };
    } catch (error) {
      return { rejected: shape(error) };
    }
  }

  #callback(step: Step, of: unknown, call: Call, args: unknown[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const done = (...results: unknown[]): void => {
        const [error, ...more] = step.call === 'exists' ? [null, ...results] : results;
        while (more.length > 0 && more.at(-1) === undefined) more.pop();
        if (error) return resolve({ failed: shape(error), more: more.length });
        void Promise.all(more.map((each) => this.#take(step, each))).then((taken) => resolve({ done: taken, error: shape(error) }), reject);
      };
      try {
        call.apply(of, [...args, done]);
      } catch (error) {
        reject(error);
      }
    });
  }

  /** Keeps what was opened; says the rest. */
  async #take(step: Step, result: unknown): Promise<unknown> {
    const { call } = step;
    if (call === 'open' && typeof result === 'number') return (this.fds.push(result), 'fd');
    if (call === 'open' && Object(result)['fd'] !== undefined) return (this.handles.push(result as object), 'FileHandle');
    if (call === 'opendir') return (this.dirs.push(result as object), `Dir ${String(shape((result as hostFs.Dir).path))}`);
    if (call.startsWith('mkdtemp')) return this.#temporary(result);
    if (call === 'glob' && Array.isArray(result)) return result.map(shape).sort(byText);
    if (result instanceof Blob) return { size: result.size, type: result.type, text: await result.text().catch(shape) };
    return shape(result);
  }

  /** Its name is random: it does not stay. */
  #temporary(result: unknown): unknown {
    const path = typeof result === 'string' || result instanceof Uint8Array ? result : (result as { path: string }).path;
    const text = typeof path === 'string' ? path : Buffer.from(path).toString();
    const known = typeof path !== 'string' || this.fs.existsSync(path);
    for (const place of [this.root, `${this.root}/d`]) {
      ignore(() => {
        for (const name of this.fs.readdirSync(place)) if (name.startsWith('t-')) this.fs.rmdirSync(`${place}/${name}`);
      });
    }
    return [
      typeof result,
      known ? text.slice(0, -6) : 'encoded',
      known ? text.length : 0,
      Object.keys(Object(result)).length === text.length ? 0 : shape(result) === 'x',
    ];
  }

  async #directory(call: string, dir: hostFs.Dir): Promise<Outcome> {
    const one = (entry: hostFs.Dirent | null): unknown => (entry === null ? null : 'entry');
    try {
      if (call === 'path') return { path: shape(dir.path) };
      if (call === 'readSync') return { returned: one(dir.readSync()) };
      if (call === 'read') return { resolved: one(await dir.read()) };
      if (call === 'entries') {
        const all: unknown[] = [];
        for await (const entry of dir) all.push(shape(entry));
        return { all: all.length };
      }
      return { returned: shape(await (dir as unknown as Record<string, () => unknown>)[call]?.()) };
    } catch (error) {
      return { threw: shape(error) };
    }
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    // A handle that a stream holds is not closed before that.
    const open = [...this.handles, ...this.#streamed, ...this.dirs] as { close(): Promise<void> }[];
    for (const each of open)
      await within(
        100,
        each.close().catch(() => undefined),
        undefined,
      );
    for (const fd of this.fds) if (fd !== CLOSED) ignore(() => this.fs.closeSync(fd));
  }

  /** Everything from the top of the ladder on: kinds, owners, sizes, times, contents. */
  tree(top: string): string[] {
    const lines: string[] = [];
    const look = (path: string): void => {
      let stats: hostFs.Stats;
      try {
        stats = this.fs.lstatSync(path);
      } catch (error) {
        lines.push(`${path} ${(error as Error).message}`);
        return;
      }
      const { mode, nlink, uid, gid, size } = stats;
      const times = [stats.atimeMs, stats.mtimeMs].map(shapeTime).join(' ');
      let what: unknown = '';
      if (stats.isSymbolicLink()) what = this.fs.readlinkSync(path);
      else if (stats.isFile()) what = size > LARGEST ? 'large' : content(this.fs, path);
      lines.push(`${path} ${mode.toString(8)} ${nlink} ${uid} ${gid} ${stats.isDirectory() ? '' : size} ${times} ${what}`);
      if (!stats.isDirectory()) return;
      try {
        for (const name of this.fs.readdirSync(path, 'latin1')) look(`${path}/${Buffer.from(name, 'latin1').toString()}`);
      } catch (error) {
        lines.push(`${path} ${(error as Error).message}`);
      }
    };
    look(top);
    return lines;
  }
}

/** What a promise becomes, if it does so in time. */
async function within<T, U>(ms: number, promise: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => (timer = setTimeout(resolve, ms, otherwise)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(run: () => unknown): void {
  try {
    run();
  } catch {}
}

function content(fs: typeof hostFs, path: string): unknown {
  try {
    const bytes = fs.readFileSync(path);
    return bytes.length > 100 ? sum(bytes) : bytes.toString('latin1');
  } catch (error) {
    return (error as Error).message;
  }
}

/** Waits for the end of a stream, whichever way it ends. */
function ended(stream: NodeJS.EventEmitter & { destroyed: boolean }, ends: string, events: unknown[]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => (events.push('never'), resolve()), NEVER);
    // What closes itself says so soon; what does not is waited for a little.
    let soon: NodeJS.Timeout | undefined;
    const endIn = (ms: number) => (): void => {
      clearTimeout(timer);
      clearTimeout(soon);
      soon = setTimeout(resolve, ms);
    };
    for (const name of ['open', 'ready', ends, 'close']) stream.on(name, () => events.push(name));
    stream.on('error', (error: unknown) => (events.push(shape(error)), endIn(250)()));
    stream.on(ends, endIn(250));
    stream.on('close', endIn(15));
  });
}

async function readAll(stream: hostFs.ReadStream, _options: unknown): Promise<Outcome> {
  const events: unknown[] = [];
  const before = state(stream);
  const end = ended(stream, 'end', events);
  const chunks: unknown[] = [];
  stream.on('data', (chunk: unknown) => chunks.push(shape(chunk)));
  await end;
  return { events, chunks, before, after: after(stream), bytes: stream.bytesRead };
}

async function writeAll(stream: hostFs.WriteStream, chunks: readonly unknown[]): Promise<Outcome> {
  const events: unknown[] = [];
  const before = state(stream);
  const end = ended(stream, 'finish', events);
  const threw: unknown[] = [];
  for (const chunk of chunks) {
    try {
      stream.write(chunk);
    } catch (error) {
      threw.push(shape(error));
    }
  }
  stream.end();
  await end;
  return { events, threw, before, after: after(stream), bytes: stream.bytesWritten };
}

/** What was aborted may be open a moment longer. */
function after(stream: hostFs.ReadStream | hostFs.WriteStream): unknown {
  const { fd: _fd, pending: _pending, ...rest } = state(stream) as Record<string, unknown>;
  return rest;
}

function state(stream: hostFs.ReadStream | hostFs.WriteStream): unknown {
  const { path, pending, destroyed, fd, flags, mode, start, end, autoClose } = stream as unknown as Record<string, unknown>;
  return shape({
    path,
    pending,
    destroyed,
    fd: fd === null ? fd : typeof fd,
    flags,
    mode,
    start,
    end: typeof end === 'function' ? 0 : end,
    autoClose,
  });
}

function makeOurs(root: string, { uid, gid }: User): typeof hostFs {
  const task = new Kernel({ bare: true }).spawn({ uid: 0, gid: 0 });
  task.umask(0o022);
  const fs = createFs(task) as typeof hostFs;
  fs.mkdirSync('/dev/shm', { recursive: true, mode: 0o755 });
  fs.chmodSync('/dev/shm', 0o1777);
  if (uid !== 0) task.setresgid(gid, gid, gid);
  if (uid !== 0) task.setresuid(uid, uid, uid);
  fs.mkdirSync(root, { recursive: true });
  task.chdir(root);
  return fs;
}

export interface Run {
  readonly differences: readonly Difference[];
  /** How many steps were made. */
  readonly steps: number;
}

/** Runs the script until the sides differ; or, where `all` are wanted, until their trees do. */
export async function runScript(script: readonly Step[], user: User, { all = false, every = TREE_EVERY } = {}): Promise<Run> {
  const base = hostFs.existsSync('/dev/shm') ? '/dev/shm' : '/tmp';
  const top = hostFs.mkdtempSync(`${base}/tuxfs-`);
  hostFs.chmodSync(top, 0o755);
  const root = `${top}/${LADDER}`;
  hostFs.mkdirSync(root, { recursive: true });
  process.chdir(root);
  const ours = makeOurs(root, user);
  const host = new Side(hostFs, root);
  const tuxfs = new Side(ours, root);
  const { ino } = hostFs.statSync(root);
  const differences: Difference[] = [];
  let at = 0;
  try {
    for (const step of script) {
      at++;
      if (isSkipped(step)) continue;
      if (!host.has(step) && !tuxfs.has(step)) continue;
      if (!host.has(step) && step.form !== 'handle' && step.form !== 'dir') continue;
      const linux = await host.run(step);
      const mine = await tuxfs.run(step);
      const same = JSON.stringify(linux) === JSON.stringify(mine);
      // A failed copy may have left times behind.
      const known = same
        ? copiesTimes(step) && !('returned' in linux || 'resolved' in linux || 'done' in linux)
        : listed(step, linux, mine);
      if (!same && !known) {
        differences.push({ step: at - 1, what: showStep(step), host: linux, tuxfs: mine });
        if (!all) break;
      }
      // A removed directory, or a huge file, is the end of the script.
      const there = hostFs.statSync(root, { throwIfNoEntry: false })?.ino === ino;
      if (same && !known && there && at % every !== 0 && at < script.length) continue;
      const [h, t] = [host.tree(top), tuxfs.tree(top)];
      const line = h.findIndex((each, index) => each !== t[index]);
      if (line >= 0 || h.length !== t.length) {
        if (known) break;
        differences.push({
          step: at - 1,
          what: `the tree after ${showStep(step)}`,
          host: line < 0 ? h.length : h[line],
          tuxfs: line < 0 ? t[h.length] : t[line],
        });
        break;
      }
      // Its descriptor may stand elsewhere now.
      if (known && /^read/.test(step.call)) break;
      if (!there || h.some((each) => each.endsWith(' large'))) break;
      if (host.fds.length + host.handles.length !== tuxfs.fds.length + tuxfs.handles.length) break;
    }
    return { differences, steps: at };
  } finally {
    await host.close();
    await tuxfs.close();
    // Where this run began an ordinary user may not go back to.
    process.chdir('/');
    removeAll(top);
  }
}

/** As the user who may have taken permission away from himself. */
function removeAll(path: string): void {
  const open = (directory: string): void => {
    ignore(() => hostFs.chmodSync(directory, 0o700));
    ignore(() => {
      for (const entry of hostFs.readdirSync(directory, { withFileTypes: true, encoding: 'buffer' }))
        if (entry.isDirectory()) open(`${directory}/${entry.name.toString()}`);
    });
  };
  if (process.getuid?.() !== 0) open(path);
  hostFs.rmSync(path, { recursive: true, force: true });
}

/** Leaves steps out as long as there is still a difference. */
export async function shrink(script: readonly Step[], user: User): Promise<readonly Step[]> {
  const differs = async (steps: readonly Step[]): Promise<boolean> => (await runScript(steps, user, { every: 1 })).differences.length > 0;
  let current = script.slice(0, (await runScript(script, user)).steps);
  for (let size = Math.ceil(current.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < current.length; ) {
      const without = [...current.slice(0, start), ...current.slice(start + size)];
      if (await differs(without)) current = without;
      else start += size;
    }
  }
  return current;
}
