/**
 * A tree of files as a JavaScript object, in and out, and as text to read.
 */

import { checkInteger, checkRange, checkText, mistaken } from '../abi/check.ts';
import { AT_FDCWD, O_CREAT, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { major, makedev, minor, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, type Stat } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { checkProcess } from './arguments.ts';
import { join, listDirectory } from './directories.ts';
import { type AnyFunction, failure } from './errors.ts';
import { decode, encode } from './text.ts';
import { readToEnd, writeAll } from './whole-files.ts';

/** Who owns a file, and what may be done with it. */
export interface NodeOptions {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
}

class TreeNode {
  readonly kind: 'file' | 'directory' | 'symlink' | 'device' | 'fifo';
  readonly content: string | Uint8Array | Tree | undefined;
  readonly type: number;
  readonly rdev: number;
  readonly options: NodeOptions;

  constructor(kind: TreeNode['kind'], what: { content?: string | Uint8Array | Tree; type?: number; rdev?: number }, options: NodeOptions) {
    this.kind = kind;
    this.content = what.content;
    this.type = what.type ?? 0;
    this.rdev = what.rdev ?? 0;
    this.options = options;
  }
}

export type { TreeNode };

/** Paths or names to what is there: text, bytes, a directory (an object, or null for an empty one), or one of the makers below. */
export interface Tree {
  readonly [path: string]: string | Uint8Array | Tree | TreeNode | null;
}

/** A symbolic link. */
export function symlink(target: string, options: NodeOptions = {}): TreeNode {
  return new TreeNode('symlink', { content: target }, options);
}

/** A file with a mode, an owner or a time. */
export function file(content: string | Uint8Array, options: NodeOptions = {}): TreeNode {
  return new TreeNode('file', { content }, options);
}

/** A directory with a mode or an owner. */
export function directory(content: Tree = {}, options: NodeOptions = {}): TreeNode {
  return new TreeNode('directory', { content }, options);
}

export function charDevice(majorNumber: number, minorNumber: number, options: NodeOptions = {}): TreeNode {
  return device(S_IFCHR, majorNumber, minorNumber, options);
}

export function blockDevice(majorNumber: number, minorNumber: number, options: NodeOptions = {}): TreeNode {
  return device(S_IFBLK, majorNumber, minorNumber, options);
}

function device(type: number, majorNumber: number, minorNumber: number, options: NodeOptions): TreeNode {
  const rdev = makedev(checkRange(majorNumber, 'major', 0xfff), checkRange(minorNumber, 'minor', 0xfffff));
  return new TreeNode('device', { type, rdev }, options);
}

export function fifo(options: NodeOptions = {}): TreeNode {
  return new TreeNode('fifo', {}, options);
}

/** Makes what `tree` says, below `at`; directories on the way are made, too. The calls are the process's: EACCES is possible. */
export function fromTree(process: Process, tree: Tree, at = '/'): void {
  checkProcess(process);
  checkText(at, 'at');
  if (!isPlainObject(tree)) throw mistaken('tree', 'an object of paths and what is there', tree);
  for (const [name, value] of Object.entries(tree)) {
    const path = name.startsWith('/') ? (at === '/' ? name : at + name) : join(at, name);
    shaped(fromTree, path, () => {
      makeDirectories(process, path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
      make(process, path, value);
    });
  }
}

/** What fails is shaped as by the functions of node:fs. */
function shaped<T>(above: AnyFunction, path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { syscall, path: failed } = error as { syscall?: string; path?: string };
    throw failure(error, above, syscall ?? 'open', failed ?? path);
  }
}

/** Written as `{ … }` or made by JSON.parse, in whatever realm; no array, no Map. */
function isPlainObject(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function makeDirectories(process: Process, path: string): void {
  if (path === '' || process.statIfExists(path) !== undefined) return;
  makeDirectories(process, path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
  // `a/.` is there once `a` is.
  if (process.statIfExists(path) === undefined) process.mkdir(path, 0o777);
}

function make(process: Process, path: string, value: Tree[string]): void {
  const node = value instanceof TreeNode ? value : undefined;
  const content = value instanceof TreeNode ? value.content : value === null ? {} : value;
  const options = node?.options ?? {};
  if (options.mode !== undefined) checkInteger(options.mode, `mode of '${path}'`);
  if (node?.kind === 'symlink') process.symlink(content as string, path);
  else if (node?.kind === 'fifo') process.mknod(path, S_IFIFO | (options.mode ?? 0o666), 0);
  else if (node?.kind === 'device') process.mknod(path, node.type | (options.mode ?? 0o666), node.rdev);
  else if (typeof content === 'string' || content instanceof Uint8Array) {
    const fd = process.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666);
    try {
      const bytes = typeof content === 'string' ? encode(content) : content;
      if (bytes.length > 0) writeAll(process, fd, bytes);
    } finally {
      process.close(fd);
    }
  } else if (node?.kind !== 'file' && isPlainObject(content)) {
    if (process.statIfExists(path) === undefined) process.mkdir(path, 0o777);
    fromTree(process, content, path);
  } else throw mistaken(`'${path}'`, 'text, a Uint8Array, an object, null, or made by symlink(), file() and their kin', content);
  if (options.uid !== undefined || options.gid !== undefined) process.lchown(path, options.uid ?? -1, options.gid ?? -1);
  // After chown, which clears set-user-ID bits; the umask has no say.
  if (options.mode !== undefined && node?.kind !== 'symlink') process.chmod(path, options.mode & 0o7777);
  if (options.mtime !== undefined) {
    const time = { sec: Math.floor(options.mtime), nsec: Math.trunc((options.mtime % 1) * 1e9) };
    process.utimensat(AT_FDCWD, path, [time, time], 0x100);
  }
}

/** What is below `at`: text where a file is text, bytes where it is not. `fromTree` makes the same contents of it; modes and owners of files are not kept. */
export function toTree(process: Process, at = '/'): Record<string, unknown> {
  checkProcess(process);
  const tree: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  shaped(toTree, at, () => {
    for (const { name } of listDirectory(process, at)) {
      const path = join(at, name);
      const stat = process.lstat(path);
      tree[name] = valueOf(process, path, stat);
    }
  });
  return tree;
}

function valueOf(process: Process, path: string, stat: Stat): unknown {
  switch (stat.mode & S_IFMT) {
    case S_IFDIR:
      return toTree(process, path);
    case S_IFLNK:
      return symlink(process.readlink(path));
    case S_IFREG:
      return contentOf(process, path, stat);
    case S_IFCHR:
      return charDevice(major(stat.rdev), minor(stat.rdev), { mode: stat.mode & 0o7777 });
    case S_IFBLK:
      return blockDevice(major(stat.rdev), minor(stat.rdev), { mode: stat.mode & 0o7777 });
    default:
      return fifo({ mode: stat.mode & 0o7777 });
  }
}

function contentOf(process: Process, path: string, stat: Stat): string | Uint8Array {
  const fd = process.open(path, 0);
  try {
    const bytes = readToEnd(process, fd, stat, 2 ** 28);
    const text = decode(bytes, 'utf8');
    return encode(text).length === bytes.length && !text.includes('\ufffd') && !text.includes('\0') ? text : bytes;
  } finally {
    process.close(fd);
  }
}

const TYPES: Readonly<Record<number, string>> = {
  [S_IFDIR]: 'd',
  [S_IFLNK]: 'l',
  [S_IFCHR]: 'c',
  [S_IFBLK]: 'b',
  [S_IFIFO]: 'p',
  [S_IFSOCK]: 's',
};

/** `drwxr-xr-x`. */
export function formatMode(mode: number): string {
  const letters = [...'rwxrwxrwx'].map((letter, index) => ((mode & (0o400 >> index)) === 0 ? '-' : letter));
  const special = (bit: number, at: number, letter: string): void => {
    if ((mode & bit) !== 0) letters[at] = letters[at] === '-' ? letter.toUpperCase() : letter;
  };
  special(0o4000, 2, 's');
  special(0o2000, 5, 's');
  special(0o1000, 8, 't');
  return (TYPES[mode & S_IFMT] ?? '-') + letters.join('');
}

/** The tree below `at` as lines to read: mode, owner, size or device number, name. */
export function printTree(process: Process, at = '/'): string {
  checkProcess(process);
  const lines: string[] = [];
  const line = (path: string, name: string, prefix: string): Stat => {
    const stat = process.lstat(path);
    const kind = stat.mode & S_IFMT;
    const size =
      kind === S_IFCHR || kind === S_IFBLK ? `${major(stat.rdev)},${minor(stat.rdev)}` : kind === S_IFDIR ? '' : String(stat.size);
    const target = kind === S_IFLNK ? ` -> ${process.readlink(path)}` : '';
    lines.push(
      `${formatMode(stat.mode)} ${`${stat.uid}:${stat.gid}`.padEnd(9)} ${size.padStart(8)}  ${prefix}${name}${kind === S_IFDIR && !name.endsWith('/') ? '/' : ''}${target}`,
    );
    return stat;
  };
  const walk = (path: string, indent: string): void => {
    const entries = listDirectory(process, path);
    entries.forEach(({ name }, index) => {
      const isLast = index === entries.length - 1;
      const below = join(path, name);
      const stat = line(below, name, `${indent}${isLast ? '└─ ' : '├─ '}`);
      if ((stat.mode & S_IFMT) === S_IFDIR) walk(below, `${indent}${isLast ? '   ' : '│  '}`);
    });
  };
  shaped(printTree, at, () => {
    if ((line(at, at, '').mode & S_IFMT) === S_IFDIR) walk(at, '');
  });
  return `${lines.join('\n')}\n`;
}
