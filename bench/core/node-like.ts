/** The calls of the group on anything that looks like `node:fs`. */
import type * as fs from 'node:fs';
import type { Files } from './files.ts';

export type NodeLike = Pick<
  typeof fs,
  | 'statSync'
  | 'lstatSync'
  | 'fstatSync'
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'mkdirSync'
  | 'rmdirSync'
  | 'unlinkSync'
  | 'renameSync'
  | 'linkSync'
  | 'symlinkSync'
  | 'chmodSync'
  | 'utimesSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'writeFileSync'
  | 'rmSync'
>;

export function nodeLikeFiles(node: NodeLike, root: string): Files {
  const quiet = { throwIfNoEntry: false } as const;
  return {
    root,
    stat: (path) => node.statSync(path),
    lstat: (path) => node.lstatSync(path),
    fstat: (fd) => node.fstatSync(fd),
    statIfExists: (path) => node.statSync(path, quiet),
    open: (path, flags) => node.openSync(path, flags, 0o666),
    close: (fd) => node.closeSync(fd),
    pread: (fd, into, offset) => node.readSync(fd, into, 0, into.length, offset),
    pwrite: (fd, from, offset) => node.writeSync(fd, from, 0, from.length, offset),
    read: (fd, into) => node.readSync(fd, into, 0, into.length, null),
    write: (fd, from) => node.writeSync(fd, from, 0, from.length, null),
    mkdir: (path) => {
      node.mkdirSync(path, 0o777);
    },
    rmdir: (path) => node.rmdirSync(path),
    unlink: (path) => node.unlinkSync(path),
    rename: (from, to) => node.renameSync(from, to),
    link: (from, to) => node.linkSync(from, to),
    symlink: (target, path) => node.symlinkSync(target, path),
    chmod: (path, mode) => node.chmodSync(path, mode),
    utimes: (path, seconds) => node.utimesSync(path, seconds, seconds),
    readdir: (path) => node.readdirSync(path),
    readFile: (path) => node.readFileSync(path),
    writeFile: (path, bytes) => node.writeFileSync(path, bytes),
    remove: (path) => node.rmSync(path, { recursive: true }),
  };
}
