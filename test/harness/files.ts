/**
 * What most cases do on the way to what they are about.
 */
import { O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY } from '../../src/abi/fcntl.ts';
import type { Dirent, Stat, SubjectProcess } from './subject.ts';

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(buffer: Uint8Array): string {
  return new TextDecoder().decode(buffer);
}

/** Makes a file with this content and exactly this mode. */
export function writeFile(p: SubjectProcess, path: string, content: string = '', mode: number = 0o644): void {
  const fd = p.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
  if (content !== '') p.write(fd, bytes(content));
  p.close(fd);
  p.chmod(path, mode);
}

export function readFile(p: SubjectProcess, path: string): string {
  const fd = p.open(path, O_RDONLY);
  const content = readAll(p, fd);
  p.close(fd);
  return content;
}

export function readAll(p: SubjectProcess, fd: number, size: number = 65536): string {
  const into = new Uint8Array(size);
  return text(into.subarray(0, p.read(fd, into)));
}

/** A directory of exactly this mode. */
export function makeDirectory(p: SubjectProcess, path: string, mode: number = 0o755): void {
  p.mkdir(path, 0o700);
  p.chmod(path, mode);
}

/** All entries from the descriptor's place on. */
export function entries(p: SubjectProcess, fd: number, count: number = 32768): Dirent[] {
  const all: Dirent[] = [];
  for (;;) {
    const some = p.getdents(fd, count);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** The names in a directory, sorted, without `.` and `..`. */
export function list(p: SubjectProcess, path: string): string[] {
  const fd = p.open(path, O_RDONLY | O_DIRECTORY);
  const names = entries(p, fd).map((entry) => entry.name);
  p.close(fd);
  return names.filter((name) => name !== '.' && name !== '..').sort();
}

/** In nanoseconds, as bigints, to be compared. */
export function times(stat: Stat): { atime: bigint; mtime: bigint; ctime: bigint } {
  const nanoseconds = (sec: number, nsec: number): bigint => BigInt(sec) * 1_000_000_000n + BigInt(nsec);
  return {
    atime: nanoseconds(stat.atimeSec, stat.atimeNsec),
    mtime: nanoseconds(stat.mtimeSec, stat.mtimeNsec),
    ctime: nanoseconds(stat.ctimeSec, stat.ctimeNsec),
  };
}

/** Which of a file's times `call` moves, as letters: `amc`. Where atime matters, after a `pause`. */
export function moved(p: SubjectProcess, path: string, call: () => void): string {
  const before = times(p.lstat(path));
  call();
  const after = times(p.lstat(path));
  return (['atime', 'mtime', 'ctime'] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => name.charAt(0))
    .join('');
}

/** Lets the clock tick: atime has the grain of the kernel's coarse clock. */
export function pause(): void {
  if (typeof SharedArrayBuffer === 'undefined') {
    // In a page, which may not sleep.
    for (const end = performance.now() + 12; performance.now() < end; );
    return;
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 12);
}

/** As `mode` of ls -l, in octal, with the set-id and sticky bits. */
export function permissions(p: SubjectProcess, path: string): string {
  return (p.lstat(path).mode & 0o7777).toString(8).padStart(4, '0');
}
