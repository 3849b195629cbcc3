/**
 * What the rows of the system-call group ask of a contestant: calls of the same meaning, as each offers them. Flags are Linux's numbers.
 */
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;

export interface Files {
  /** What a path begins with: `/`, or nothing where the working directory stands in for the root. */
  readonly root: string;
  stat(path: string): unknown;
  lstat(path: string): unknown;
  fstat(fd: number): unknown;
  /** Undefined for what is not there. */
  statIfExists(path: string): unknown;
  open(path: string, flags: number): number;
  close(fd: number): void;
  pread(fd: number, into: Uint8Array, offset: number): number;
  pwrite(fd: number, from: Uint8Array, offset: number): number;
  read(fd: number, into: Uint8Array): number;
  write(fd: number, from: Uint8Array): number;
  mkdir(path: string): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  link(from: string, to: string): void;
  symlink(target: string, path: string): void;
  chmod(path: string, mode: number): void;
  utimes(path: string, seconds: number): void;
  /** The names in a directory, as the contestant gives them. */
  readdir(path: string): readonly unknown[];
  readFile(path: string): Uint8Array;
  writeFile(path: string, bytes: Uint8Array): void;
  /** A whole tree, `rm -r`. */
  remove(path: string): void;
  /** Mounts `count` filesystems somewhere beside what is measured; absent where there are no mounts. */
  mountMany?(count: number): void;
  /** Opens one file `count` times; absent where the host limits that. */
  openMany?(path: string, count: number): void;
}

let kept: unknown;

/** Uses a result, so that the engine cannot leave out the work behind it. */
export function keep(result: unknown): void {
  kept = result;
}

/** Only so that `kept` is read somewhere. */
export function lastKept(): unknown {
  return kept;
}
