/**
 * Runs one script on the host's kernel and on ours, step by step, and finds the first difference. Ours is tuxfs itself, or a tree of it
 * mounted in the host's kernel, on which the host's processes make the same calls.
 */
import { LinuxError } from '../../src/abi/errno.ts';
import { checkInvariants } from '../../src/testing/invariants.ts';
import { HostError, hostSubject } from '../harness/host-subject.ts';
import { mountedSubject } from '../harness/mounted-subject.ts';
import type { SubjectCase, SubjectProcess } from '../harness/subject.ts';
import { TuxfsCase } from '../harness/tuxfs-subject.ts';
import { type Argument, PROCESSES, type Step, WHOLE_LISTING } from './operations.ts';

/** Times before this were set by a step; later ones are the clock's. */
const SET_BY_STEP = 1_000_000_001;

const USERS = [{}, { uid: 1000, gid: 1000, groups: [100] }, { uid: 1001, gid: 100 }] as const;

export type Ours = 'tuxfs' | 'mounted';

export interface Difference {
  readonly step: number;
  readonly message: string;
}

/** One kernel in the middle of a script. */
class Side {
  readonly #case: SubjectCase;
  readonly processes: SubjectProcess[];

  constructor(subject: SubjectCase) {
    this.#case = subject;
    this.processes = USERS.slice(0, PROCESSES).map((user) => subject.spawn(user));
  }

  /** The result, or the name of the errno. */
  run(step: Step): unknown {
    const process = this.processes[step.who] as unknown as Record<string, (...args: unknown[]) => unknown>;
    const buffers: Uint8Array[] = [];
    const args = step.args.map((argument) => {
      const value = materialise(argument);
      if (value instanceof Uint8Array) buffers.push(value);
      return value;
    });
    try {
      const result = (process[step.call] as (...args: unknown[]) => unknown)(...args);
      if (step.call === 'read' || step.call === 'pread')
        return { count: result, bytes: hex((buffers[0] as Uint8Array).subarray(0, result as number)) };
      return result;
    } catch (error) {
      if (error instanceof LinuxError || error instanceof HostError) return error.code;
      throw error;
    }
  }

  close(): void {
    this.#case.close();
  }
}

function materialise(argument: Argument): unknown {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) return argument;
  if ('fill' in argument) return new Uint8Array(argument.length).fill(argument.fill);
  if ('room' in argument) return new Uint8Array(argument.room as number);
  return argument;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

interface StatLike {
  dev: number;
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  blocks: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;
}

/** Makes results of two kernels comparable: inode numbers by identity, times by whether they moved. */
class Comparer {
  /** host inode → tuxfs inode, and back. */
  #pairs = new Map<string, string>();
  #back = new Map<string, string>();
  /** The times last seen of each inode, by side. */
  readonly #times = new Map<string, string>();

  forget(): void {
    this.#pairs.clear();
    this.#back.clear();
    this.#times.clear();
  }

  same(host: StatLike, tuxfs: StatLike): string | undefined {
    for (const field of ['mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blocks'] as const) {
      if (host[field] !== tuxfs[field]) return `${field}: host ${host[field]}, tuxfs ${tuxfs[field]}`;
    }
    const identity = this.pair(`${host.dev}:${host.ino}`, `${tuxfs.dev}:${tuxfs.ino}`);
    if (identity !== undefined) return identity;
    for (const which of ['atime', 'mtime', 'ctime'] as const) {
      const [h, t] = [this.#time('host', host, which), this.#time('tuxfs', tuxfs, which)];
      if (h !== t)
        return `${which}: host ${h} (${host[`${which}Sec`]}.${host[`${which}Nsec`]}), tuxfs ${t} (${tuxfs[`${which}Sec`]}.${tuxfs[`${which}Nsec`]})`;
    }
    return undefined;
  }

  /** The two numbers mean the same object, now and before. */
  pair(host: string, tuxfs: string): string | undefined {
    const known = this.#pairs.get(host);
    const back = this.#back.get(tuxfs);
    if (known === undefined && back === undefined) {
      this.#pairs.set(host, tuxfs);
      this.#back.set(tuxfs, host);
      return undefined;
    }
    return known === tuxfs && back === host ? undefined : `inode: host ${host} was ${known}, tuxfs ${tuxfs} was ${back}`;
  }

  /** A time that a step set is compared as it is; one of the clock's by whether it moved since it was last seen. */
  #time(side: string, stat: StatLike, which: 'atime' | 'mtime' | 'ctime'): string {
    const sec = stat[`${which}Sec`];
    const value = `${sec}.${stat[`${which}Nsec`]}`;
    if (sec < SET_BY_STEP) return value;
    // Only changes are made strictly later than what was seen; an access within one tick of the clock is not.
    if (which === 'atime') return 'now';
    const key = `${side}:${stat.dev}:${stat.ino}:${which}`;
    const before = this.#times.get(key);
    this.#times.set(key, value);
    return before === undefined ? 'first' : before === value ? 'same' : 'moved';
  }
}

function isStat(value: unknown): value is StatLike {
  return typeof value === 'object' && value !== null && 'mtimeNsec' in value;
}

/** Undefined, or how the two results differ. */
function compare(comparer: Comparer, step: Step, host: unknown, tuxfs: unknown): string | undefined {
  if (isStat(host) && isStat(tuxfs)) return comparer.same(host, tuxfs);
  if (step.call === 'getdents' && Array.isArray(host) && Array.isArray(tuxfs))
    return step.args[1] === WHOLE_LISTING ? compareListings(host, tuxfs) : undefined;
  if (step.call === 'statfs' && typeof host === 'object' && typeof tuxfs === 'object') return compareStatfs(host, tuxfs);
  const [h, t] = [show(host), show(tuxfs)];
  return h === t ? undefined : `host ${h}, tuxfs ${t}`;
}

interface Entry {
  readonly name: string;
  readonly type: number;
}

/** The kernels list in different orders, so only listings that surely are whole can be compared. */
function compareListings(host: Entry[], tuxfs: Entry[]): string | undefined {
  const whole = (entries: Entry[]): boolean => entries.some(({ name }) => name === '.');
  if (!whole(host) || !whole(tuxfs)) return undefined;
  const [h, t] = [host, tuxfs].map((entries) => JSON.stringify(entries.map(({ name, type }) => [name, type]).sort()));
  return h === t ? undefined : `host ${h}, tuxfs ${t}`;
}

const FUSE_SUPER_MAGIC = 0x65735546;

function compareStatfs(host: unknown, tuxfs: unknown): string | undefined {
  // Of a mount, the kernel says only what kind it is; its directory is one of many.
  if ((tuxfs as { type: number }).type === FUSE_SUPER_MAGIC) return undefined;
  const pick = (value: unknown): string => {
    const { type, bsize, blocks, bfree, files, ffree, namelen, flags } = value as Record<string, number>;
    return JSON.stringify([type, bsize, (blocks as number) - (bfree as number), (files as number) - (ffree as number), namelen, flags]);
  };
  return pick(host) === pick(tuxfs) ? undefined : `host ${pick(host)}, tuxfs ${pick(tuxfs)}`;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return JSON.stringify([...value].sort());
  return JSON.stringify(value) ?? 'undefined';
}

/** All entries, or the name of the errno: a directory that was removed may be mounted still. */
function listing(side: Side, who: number, path: string): Entry[] | string {
  const process = side.processes[who] as SubjectProcess;
  const fd = process.open(path, 0o200000);
  try {
    const all: Entry[] = [];
    for (let part = process.getdents(fd); part.length > 0; part = process.getdents(fd)) all.push(...part);
    return all;
  } catch (error) {
    if (error instanceof LinuxError || error instanceof HostError) return error.code;
    throw error;
  } finally {
    process.close(fd);
  }
}

/** Every name below `path` on both sides, with what it is. Linux's own root looks. */
function compareTrees(comparer: Comparer, host: Side, tuxfs: Side, path: string): string | undefined {
  const [h, t] = [listing(host, PROCESSES, path), listing(tuxfs, PROCESSES, path)];
  if (typeof h === 'string' || typeof t === 'string') return h === t ? undefined : `${path}: host ${show(h)}, tuxfs ${show(t)}`;
  const names = (entries: Entry[]): string => JSON.stringify(entries.map(({ name, type }) => [name, type]).sort());
  if (names(h) !== names(t)) return `${path}: host has ${names(h)}, tuxfs ${names(t)}`;
  for (const { name, type } of h) {
    if (name === '.' || name === '..') continue;
    const child = `${path}/${name}`;
    const [hs, ts] = [host, tuxfs].map((side) => (side.processes[PROCESSES] as SubjectProcess).lstat(child));
    const difference = comparer.same(hs as StatLike, ts as StatLike);
    if (difference !== undefined) return `${child}: ${difference}`;
    if (type === 4) {
      const below = compareTrees(comparer, host, tuxfs, child);
      if (below !== undefined) return below;
    }
  }
  return undefined;
}

function brokenInvariant(subject: TuxfsCase): string | undefined {
  try {
    checkInvariants(subject.kernel);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first difference, if there is one. */
export function runScript(script: readonly Step[], ours: Ours = 'tuxfs'): Difference | undefined {
  const ourCase = ours === 'tuxfs' ? new TuxfsCase() : mountedSubject.open();
  const host = new Side(hostSubject.open());
  const tuxfs = new Side(ourCase);
  const comparer = new Comparer();
  let at = 0;
  try {
    for (const step of script) {
      const [h, t] = [host.run(step), tuxfs.run(step)];
      const difference = compare(comparer, step, h, t);
      if (difference !== undefined) return { step: at, message: difference };
      // A device number may come again after this, and with it inode numbers.
      if (step.call.startsWith('umount') && typeof h !== 'string') comparer.forget();
      const broken = ourCase instanceof TuxfsCase ? brokenInvariant(ourCase) : undefined;
      if (broken !== undefined) return { step: at, message: broken };
      at++;
    }
    host.processes.push((host.processes[0] as SubjectProcess).fork());
    tuxfs.processes.push((tuxfs.processes[0] as SubjectProcess).fork());
    const difference = compareTrees(comparer, host, tuxfs, '/case');
    return difference === undefined ? undefined : { step: at, message: difference };
  } finally {
    host.close();
    tuxfs.close();
  }
}

/** Leaves steps out as long as there is still a difference. */
export function shrink(script: readonly Step[], ours: Ours = 'tuxfs'): readonly Step[] {
  let current = script.slice(0, (runScript(script, ours)?.step ?? script.length) + 1);
  for (let size = Math.ceil(current.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < current.length; ) {
      const without = [...current.slice(0, start), ...current.slice(start + size)];
      if (differs(without, ours)) current = without;
      else start += size;
    }
  }
  return current;
}

function differs(script: readonly Step[], ours: Ours): boolean {
  try {
    return runScript(script, ours) !== undefined;
  } catch {
    return true;
  }
}

export function showScript(script: readonly Step[]): string {
  return script
    .map(({ who, call, args }) => `  p${who}.${call}(${args.map((argument) => JSON.stringify(argument)).join(', ')})`)
    .join('\n');
}
