/**
 * One body of calls on `node:fs` in a directory of the kernel's tmpfs, and on createFs(): what they answer must be the same.
 */
import * as hostFs from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { Kernel } from '../../src/index.ts';
import { createFs } from '../../src/node/index.ts';

export type Fs = typeof import('node:fs');

const base = hostFs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const made: string[] = [];
afterAll(() => {
  for (const path of made) hostFs.rmSync(path, { recursive: true, force: true });
});

/** What a value is, without what may differ: times, inode numbers, the directory it happened in. */
export function shape(value: unknown, root: string): unknown {
  if (typeof value === 'string') return value.split(root).join('ROOT');
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('latin1').split(root).join('ROOT')}`;
  if (value instanceof Error) {
    const error = value as NodeJS.ErrnoException & { dest?: string };
    const { name, message, code, errno, syscall, path, dest } = error;
    return shape(
      {
        name,
        message,
        code,
        errno,
        syscall,
        path,
        dest,
        keys: Object.keys(error)
          .filter((key) => key !== 'input')
          .sort(),
      },
      root,
    );
  }
  if (Array.isArray(value)) return value.map((each) => shape(each, root));
  if (value !== null && typeof value === 'object') {
    const object = value as Record<string, unknown>;
    if ('mode' in object && 'nlink' in object) {
      const { mode, nlink, uid, gid, rdev, size, blksize } = object;
      const isDirectory = (Number(mode) & 0o170000) === 0o040000;
      return shape({ mode, nlink, uid, gid, rdev, blksize, size: isDirectory ? 'any' : size }, root);
    }
    if ('isSymbolicLink' in object) {
      const entry = object as unknown as hostFs.Dirent;
      return shape([entry.name, entry.parentPath, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink(), entry.isFIFO()], root);
    }
    return Object.fromEntries(Object.entries(object).map(([key, each]) => [key, shape(each, root)]));
  }
  return typeof value === 'function' ? 'function' : value;
}

type Case = (fs: Fs, at: (path: string) => string) => unknown;

function fill(fs: Fs, root: string): (path: string) => string {
  const at = (path: string): string => (path === '' ? root : `${root}/${path}`);
  fs.mkdirSync(at('d/e'), { recursive: true });
  fs.writeFileSync(at('f'), 'hello wörld\n');
  fs.writeFileSync(at('d/g'), '0123456789');
  fs.symlinkSync('f', at('l'));
  fs.symlinkSync('d', at('ld'));
  fs.symlinkSync('nowhere', at('dangling'));
  fs.symlinkSync('loop', at('loop'));
  return at;
}

function run(fs: Fs, root: string, body: Case): unknown {
  const at = fill(fs, root);
  try {
    return shape(body(fs, at), root);
  } catch (error) {
    return { threw: shape(error, root) };
  }
}

/** A directory on the host, and one of ours that belongs to the same user. */
function prepare(): { root: string; ours: Fs } {
  const root = hostFs.mkdtempSync(`${base}/tuxfs-`);
  made.push(root);
  hostFs.chmodSync(root, 0o755);
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const task = new Kernel({ bare: true }).spawn({ uid: 0, gid: 0 });
  const ours = createFs(task);
  ours.mkdirSync('/t');
  ours.chownSync('/t', uid, gid);
  if (uid !== 0) task.setresgid(gid, gid, gid);
  if (uid !== 0) task.setresuid(uid, uid, uid);
  return { root, ours };
}

export function both(name: string, body: Case): void {
  it(name, () => {
    const { root, ours } = prepare();
    const before = process.umask(0o022);
    try {
      expect(run(ours, '/t', body)).toEqual(run(hostFs, root, body));
    } finally {
      process.umask(before);
    }
  });
}

/** The same of a body that waits. */
export function bothLater(name: string, body: (fs: Fs, at: (path: string) => string) => Promise<unknown>): void {
  it(name, async () => {
    const sides = prepare();
    const before = process.umask(0o022);
    try {
      expect(await later(sides.ours, '/t', body)).toEqual(await later(hostFs, sides.root, body));
    } finally {
      process.umask(before);
    }
  });
}

async function later(fs: Fs, root: string, body: (fs: Fs, at: (path: string) => string) => Promise<unknown>): Promise<unknown> {
  const at = fill(fs, root);
  return shape(await body(fs, at), root);
}

/** Runs several calls and collects what each returned or threw. */
export function all(...calls: (() => unknown)[]): unknown[] {
  return calls.map((call) => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  });
}

/** What differs between versions of Node is compared with those that do as the newest; the list is in docs/NODE-FS.md. */
export const NODE: number = Number.parseInt(process.versions.node, 10);

export const any = (value: unknown): never => value as never;

/** What asynchronous forms answer, each awaited in turn. */
export async function answers(...calls: (() => unknown)[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const call of calls) {
    try {
      results.push(await call());
    } catch (error) {
      results.push(error);
    }
  }
  return results;
}

/** What a callback is given, or what is thrown instead. */
export function called(call: (done: (...results: unknown[]) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    try {
      call((...results) => resolve(results));
    } catch (error) {
      reject(error);
    }
  });
}
