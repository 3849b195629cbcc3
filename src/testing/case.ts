/**
 * What a case of the suite works with: a fresh kernel with the filesystem mounted on /mnt, root standing in it, and a few ways to say what must hold.
 */
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { decodeName, encodeName } from '../abi/name.ts';
import type { Kernel, SpawnOptions } from '../kernel/kernel.ts';
import type { Process } from '../kernel/process.ts';
import type { Dirent } from '../vfs/read-write.ts';
import type { Feature } from './feature.ts';

/** Where the filesystem is mounted. */
export const AT = '/mnt';

export interface Case {
  readonly kernel: Kernel;
  /** Root, standing in the filesystem's root. */
  readonly p: Process;
  /** Another process, standing there too. */
  spawn(options: SpawnOptions): Process;
}

export interface CaseDefinition {
  readonly name: string;
  /** What the filesystem must be able to do for this to make sense. */
  readonly needs: readonly Feature[];
  body(c: Case): void;
}

/** Deeply the same, as JSON shows it. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${what}: ${a}, expected ${e}`);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** The error's name, or OK. */
export function outcome(call: () => unknown): string {
  try {
    call();
    return 'OK';
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw error;
    return code;
  }
}

export function fails(code: string, call: () => unknown, what: string): void {
  same(outcome(call), code, what);
}

/** Makes or replaces a file. */
export function put(p: Process, path: string, text: string): void {
  const fd = p.open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644);
  p.write(fd, encodeName(text));
  p.close(fd);
}

/** What a file holds, read to its end. */
export function text(p: Process, path: string): string {
  const fd = p.open(path, O_RDONLY);
  try {
    return textOf(p, fd);
  } finally {
    p.close(fd);
  }
}

export function textOf(p: Process, fd: number): string {
  const into = new Uint8Array(4096);
  let all = '';
  for (let count = p.read(fd, into); count > 0; count = p.read(fd, into)) all += decodeName(into.subarray(0, count));
  return all;
}

/** The entries of a directory as getdents(2) gives them with a buffer of `size` bytes. */
export function entries(p: Process, path: string, size = 32768): Dirent[] {
  const fd = p.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  const all: Dirent[] = [];
  for (let part = p.getdents(fd, size); part.length > 0; part = p.getdents(fd, size)) all.push(...part);
  p.close(fd);
  return all;
}

/** The names in a directory, sorted. */
export function names(p: Process, path: string): string[] {
  return entries(p, path)
    .map(({ name }) => name)
    .filter((name) => name !== '.' && name !== '..')
    .sort();
}
