/**
 * just-bash's filesystem, on a process: its redirections, builtins and its own commands make system calls here.
 *
 * It only translates. Paths are joined and never normalised, so that `..` behind a symbolic link is walked by the kernel.
 */
import type { BufferEncoding, CpOptions, FileContent, FsStat, IFileSystem, MkdirOptions, RmOptions } from 'just-bash';
import { EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ELOOP, EFBIG, EPIPE, LinuxError } from '../abi/errno.ts';
import { O_APPEND, O_CREAT, O_DIRECTORY, O_NOCTTY, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { DT_DIR, DT_LNK, DT_REG, isDirectory, isRegular, isSymlink, type Stat } from '../abi/stat.ts';
import { UTIME_OMIT } from '../abi/time.ts';
import { decodeName, encodeName } from '../abi/name.ts';
import type { Process } from '../kernel/process.ts';
import { fromBinary, joinBytes, toBinary } from './bytes.ts';
import { Buffered, Written } from './pipe.ts';
import { STDERR, STDOUT } from './redirect.ts';
import { readDirectory } from './commands/directory.ts';
import { writeAll } from './call.ts';

export interface AdapterOptions {
  readonly process: Process;
  /** Commands that are found in /usr/bin although no file is there. */
  readonly isCommand?: (name: string) => boolean;
  /** How much of a device or a pipe is read for a command of just-bash, which holds its input in memory. */
  readonly inputLimit?: number;
}

const FAILURES = 16;
const INPUT_LIMIT = 64 * 1024 * 1024;

export class ProcessFileSystem implements IFileSystem {
  readonly process: Process;
  readonly #isCommand: (name: string) => boolean;
  readonly #inputLimit: number;
  /** Why the last `<` of a path failed: just-bash calls every failure "No such file or directory". */
  readonly failures: Map<string, string> = new Map();
  #guards = 0;
  #refused: string | undefined;
  #writeError: string | undefined;

  constructor(options: AdapterOptions) {
    this.process = options.process;
    this.#isCommand = options.isCommand ?? (() => false);
    this.#inputLimit = options.inputLimit ?? INPUT_LIMIT;
  }

  resolvePath(base: string, path: string): string {
    if (path === STDOUT || path === STDERR || path.startsWith('/')) return path;
    if (path === '') return base;
    return base.endsWith('/') ? base + path : `${base}/${path}`;
  }

  /** just-bash has its own words for an open that failed. */
  explain(text: string): string {
    if (this.failures.size === 0) return text;
    return text.replace(/^bash: (.*): (?:No such file or directory|cannot open redirect target)$/gm, (line, path: string) => {
      const found = [...this.failures].find(([failed]) => failed === path || failed.endsWith(`/${path}`));
      if (found !== undefined) this.failures.delete(found[0]);
      return found === undefined ? line : `bash: ${path}: ${found[1]}`;
    });
  }

  // ── redirections of just-bash's: an error that it does not expect makes it give up the script ──

  /** From here on, writes that fail are remembered, not thrown. */
  guard(): void {
    this.#guards++;
  }

  /** Why a write failed since. */
  unguard(): string | undefined {
    this.#guards = Math.max(0, this.#guards - 1);
    this.#refused = undefined;
    const reason = this.#writeError;
    this.#writeError = undefined;
    return reason;
  }

  /** The next look at `path` says that it cannot be opened. */
  refuse(path: string, error: LinuxError): void {
    this.#refused = path;
    this.#remember(path, error.message);
  }

  /** Only the last few can still be spoken of. */
  #remember(path: string, reason: string): void {
    this.failures.delete(path);
    this.failures.set(path, reason);
    if (this.failures.size > FAILURES) this.failures.delete(this.failures.keys().next().value as string);
  }

  getAllPaths(): string[] {
    return [];
  }

  // ── content ──

  async readFile(path: string, options?: { encoding?: BufferEncoding | null } | BufferEncoding): Promise<string> {
    const encoding = typeof options === 'string' ? options : options?.encoding;
    const bytes = await this.readFileBuffer(path);
    if (encoding === 'binary' || encoding === 'latin1' || encoding === 'ascii') return toBinary(bytes);
    if (encoding === 'hex') return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (encoding === 'base64') return btoa(toBinary(bytes));
    return decodeName(bytes);
  }

  async readFileBytes(path: string): Promise<never> {
    // The opaque type of just-bash is such a string.
    return toBinary(await this.readFileBuffer(path)) as never;
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    try {
      const fd = this.process.open(path, O_RDONLY | O_NOCTTY);
      try {
        return this.#readAll(fd);
      } finally {
        this.process.close(fd);
      }
    } catch (error) {
      this.#remember(path, error instanceof LinuxError ? error.message : String(error));
      throw hostError(error, 'open', path);
    }
  }

  /** A regular file is read in one piece; what has no end is refused at the limit. */
  #readAll(fd: number): Uint8Array {
    const { process } = this;
    const status = process.fstat(fd);
    if (isDirectory(status.mode)) throw new LinuxError(EISDIR);
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const into = new Uint8Array(isRegular(status.mode) && status.size > 0 && length === 0 ? Math.min(status.size, 1 << 30) : 65536);
      const count = process.read(fd, into);
      if (count === 0) break;
      parts.push(into.subarray(0, count));
      length += count;
      if (length > this.#inputLimit && !isRegular(status.mode))
        throw new LinuxError(EFBIG, `the input of this command is held in memory, and limited to ${this.#inputLimit} bytes`);
    }
    return joinBytes(parts);
  }

  async writeFile(path: string, content: FileContent, options?: { encoding?: BufferEncoding } | BufferEncoding): Promise<void> {
    this.#write(path, content, options, O_TRUNC);
  }

  async appendFile(path: string, content: FileContent, options?: { encoding?: BufferEncoding } | BufferEncoding): Promise<void> {
    this.#write(path, content, options, O_APPEND);
  }

  #write(path: string, content: FileContent, options: { encoding?: BufferEncoding } | BufferEncoding | undefined, how: number): void {
    const bytes = contentBytes(content, typeof options === 'string' ? options : options?.encoding);
    const { process } = this;
    try {
      if (this.#isSubstitution(path)) return this.#substitute(path, bytes);
      if (path === STDOUT) return writeAll(process, 1, bytes);
      if (path === STDERR) return writeAll(process, 2, this.failures.size === 0 ? bytes : encodeName(this.explain(decodeName(bytes))));
      const fd = process.open(path, O_WRONLY | O_CREAT | O_NOCTTY | how, 0o666);
      try {
        writeAll(process, fd, bytes);
      } finally {
        process.close(fd);
      }
    } catch (error) {
      if (this.#guards > 0 && bytes.length > 0 && error instanceof LinuxError && error.errno !== EPIPE) this.#writeError = error.message;
      else throw hostError(error, 'open', path);
    }
  }

  /** `/dev/fd/63` of a process substitution, before there is such a descriptor. */
  #isSubstitution(path: string): boolean {
    const match = /^\/dev\/fd\/([1-6]\d)$/.exec(path);
    return match !== null && this.process.descriptor(Number(match[1])) === undefined;
  }

  /** just-bash makes a file of it: here it becomes a descriptor that the commands inherit. */
  #substitute(path: string, bytes: Uint8Array): void {
    const written = new Written(this.#inputLimit);
    written.add(bytes);
    this.process.installFile(new Buffered(written), { flags: O_RDWR, fd: Number(path.slice(8)) });
  }

  // ── what is there ──

  async exists(path: string): Promise<boolean> {
    if (path === STDOUT || path === STDERR || path === this.#refused) return true;
    try {
      return this.process.statIfExists(path) !== undefined || this.#commandAt(path) !== undefined;
    } catch (error) {
      if (error instanceof LinuxError) return false;
      throw error;
    }
  }

  async stat(path: string): Promise<FsStat> {
    if (path === STDOUT || path === STDERR) return COMMAND;
    if (path === this.#refused) throw hostError(new LinuxError(ENOENT), 'open', path);
    const status = this.#try('stat', path, () => this.process.statIfExists(path));
    const found = status === undefined ? this.#commandAt(path) : fsStat(status);
    if (found === undefined) throw hostError(new LinuxError(ENOENT), 'stat', path);
    return found;
  }

  async lstat(path: string): Promise<FsStat> {
    const status = this.#try('lstat', path, () => this.process.statIfExists(path, false));
    const found = status === undefined ? this.#commandAt(path) : fsStat(status);
    if (found === undefined) throw hostError(new LinuxError(ENOENT), 'lstat', path);
    return found;
  }

  /** The shell's commands have no files; just-bash looks for one before it runs a command. */
  #commandAt(path: string): FsStat | undefined {
    const match = /^(?:\/usr)?\/bin\/([^/]+)$/.exec(path);
    return match !== null && this.#isCommand(match[1] as string) ? COMMAND : undefined;
  }

  async readdir(path: string): Promise<string[]> {
    return this.#try('scandir', path, () =>
      readDirectory(this.process, path)
        .map(({ name }) => name)
        .sort(),
    );
  }

  async readdirWithFileTypes(path: string): Promise<{ name: string; isFile: boolean; isDirectory: boolean; isSymbolicLink: boolean }[]> {
    return this.#try('scandir', path, () =>
      readDirectory(this.process, path)
        .map(({ name, type }) => ({ name, isFile: type === DT_REG, isDirectory: type === DT_DIR, isSymbolicLink: type === DT_LNK }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  async readlink(path: string): Promise<string> {
    return this.#try('readlink', path, () => this.process.readlink(path));
  }

  /** Walked by opening the place, as realpath(3) may: the kernel says where it is. */
  async realpath(path: string): Promise<string> {
    return this.#try('realpath', path, () => realpath(this.process, path));
  }

  // ── changes ──

  async mkdir(path: string, options?: MkdirOptions): Promise<void> {
    this.#try('mkdir', path, () => {
      if (options?.recursive === true) makeDirectories(this.process, path);
      else this.process.mkdir(path, 0o777);
    });
  }

  async rm(path: string, options?: RmOptions): Promise<void> {
    const substitution = /^\/dev\/fd\/([1-6]\d)$/.exec(path);
    if (substitution !== null) return this.process.close(Number(substitution[1]));
    this.#try('rm', path, () => {
      try {
        removeTree(this.process, path, options?.recursive === true);
      } catch (error) {
        if (!(error instanceof LinuxError && error.errno === ENOENT && options?.force === true)) throw error;
      }
    });
  }

  async cp(src: string, dest: string, options?: CpOptions): Promise<void> {
    this.#try('cp', src, () => copyTree(this.process, src, dest, options?.recursive === true));
  }

  async mv(src: string, dest: string): Promise<void> {
    this.#try('rename', src, () => {
      try {
        this.process.rename(src, dest);
      } catch (error) {
        // Across filesystems mv(1) copies.
        if (!(error instanceof LinuxError) || error.code !== 'EXDEV') throw error;
        copyTree(this.process, src, dest, true);
        removeTree(this.process, src, true);
      }
    });
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#try('chmod', path, () => this.process.chmod(path, mode));
  }

  async symlink(target: string, linkPath: string): Promise<void> {
    this.#try('symlink', linkPath, () => this.process.symlink(target, linkPath));
  }

  async link(existingPath: string, newPath: string): Promise<void> {
    this.#try('link', newPath, () => this.process.link(existingPath, newPath));
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    this.#try('utime', path, () => this.process.utimensat(-100, path, [timespec(atime), timespec(mtime)], 0));
  }

  #try<T>(syscall: string, path: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw hostError(error, syscall, path);
    }
  }
}

const COMMAND: FsStat = { isFile: true, isDirectory: false, isSymbolicLink: false, mode: 0o755, size: 0, mtime: new Date(0) };

/** Errors that just-bash's commands know by their message, in Node's form. */
const SNIFFED: readonly string[] = ['ENOENT', 'EEXIST', 'ENOTEMPTY', 'EPERM'];

/** Any other error they print as it is: then it reads as GNU's does. */
function hostError(error: unknown, syscall: string, path: string): unknown {
  if (!(error instanceof LinuxError)) return error;
  const text = error.message;
  const message = SNIFFED.includes(error.code)
    ? `${error.code}: ${text.charAt(0).toLowerCase()}${text.slice(1)}, ${syscall} '${path}'`
    : text;
  return Object.assign(new Error(message, { cause: error }), { code: error.code, errno: -error.errno, syscall, path });
}

function fsStat(status: Stat): FsStat {
  return {
    // As `test -f` and find -type f see it; devices and FIFOs are neither.
    isFile: isRegular(status.mode),
    isDirectory: isDirectory(status.mode),
    isSymbolicLink: isSymlink(status.mode),
    mode: status.mode & 0o7777,
    size: status.size,
    mtime: new Date(status.mtimeSec * 1000 + status.mtimeNsec / 1e6),
    dev: status.dev,
    ino: status.ino,
    identity: `${status.dev}:${status.ino}`,
  };
}

function contentBytes(content: FileContent, encoding: BufferEncoding | undefined): Uint8Array {
  if (typeof content !== 'string') return content;
  if (encoding === 'binary' || encoding === 'latin1' || encoding === 'ascii')
    return isBytes(content) ? fromBinary(content) : encodeName(content);
  if (encoding === 'base64') return fromBinary(atob(content));
  if (encoding === 'hex') return Uint8Array.from(content.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return encodeName(content);
}

function isBytes(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false;
  return true;
}

function timespec(date: Date): { sec: number; nsec: number } {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) return { sec: 0, nsec: UTIME_OMIT };
  const sec = Math.floor(milliseconds / 1000);
  return { sec, nsec: Math.round((milliseconds - sec * 1000) * 1e6) };
}

function realpath(process: Process, path: string): string {
  const O_PATH = 0o10000000;
  const fd = process.open(path, O_PATH);
  try {
    const child = process.fork();
    try {
      if (isDirectory(process.fstat(fd).mode)) {
        child.fchdir(fd);
        return child.getcwd();
      }
    } finally {
      child.exit();
    }
  } finally {
    process.close(fd);
  }
  return realpathOfFile(process, path, 0);
}

/** A file's directory and the name there, each link of the last component followed. */
function realpathOfFile(process: Process, path: string, links: number): string {
  if (links > 40) throw new LinuxError(ELOOP);
  const trimmed = path.replace(/\/+$/, '');
  const slash = trimmed.lastIndexOf('/');
  const directory = slash <= 0 ? '/' : trimmed.slice(0, slash);
  const name = trimmed.slice(slash + 1);
  if (isSymlink(process.lstat(path).mode)) {
    const target = process.readlink(path);
    const next = target.startsWith('/') ? target : `${directory}/${target}`;
    return isDirectory(process.stat(next).mode) ? realpath(process, next) : realpathOfFile(process, next, links + 1);
  }
  const parent = realpath(process, directory);
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

function makeDirectories(process: Process, path: string): void {
  let at = path.startsWith('/') ? '/' : '';
  const names = path.split('/').filter((name) => name !== '');
  for (const name of names) {
    at += at === '' || at.endsWith('/') ? name : `/${name}`;
    try {
      process.mkdir(at, 0o777);
    } catch (error) {
      if (!(error instanceof LinuxError) || error.errno !== EEXIST) throw error;
    }
  }
  // What is there may be a file.
  if (names.length > 0) process.close(process.open(at, O_RDONLY | O_DIRECTORY));
}

function removeTree(process: Process, path: string, recursive: boolean): void {
  const status = process.lstat(path);
  if (!isDirectory(status.mode)) return process.unlink(path);
  if (recursive) for (const { name } of readDirectory(process, path)) removeTree(process, `${path}/${name}`, true);
  process.rmdir(path);
}

/** As cp -r: contents and permissions less the umask; links, devices and FIFOs as they are. */
function copyTree(process: Process, src: string, dest: string, recursive: boolean): void {
  const status = recursive ? process.lstat(src) : process.stat(src);
  if (isDirectory(status.mode)) {
    if (!recursive) throw new LinuxError(EISDIR);
    if (`${dest}/`.startsWith(`${src}/`)) throw new LinuxError(EINVAL, `cannot copy a directory, '${src}', into itself, '${dest}'`);
    makeDirectory(process, dest, status.mode & 0o777);
    for (const { name } of readDirectory(process, src)) copyTree(process, `${src}/${name}`, `${dest}/${name}`, true);
  } else if (isSymlink(status.mode)) {
    process.symlink(process.readlink(src), dest);
  } else if (isRegular(status.mode)) {
    copyFile(process, src, dest, status.mode & 0o777);
  } else {
    process.mknod(dest, status.mode, status.rdev);
  }
}

function makeDirectory(process: Process, path: string, mode: number): void {
  try {
    process.mkdir(path, mode | 0o700);
  } catch (error) {
    if (!(error instanceof LinuxError) || error.errno !== EEXIST) throw error;
    if (!isDirectory(process.stat(path).mode)) throw new LinuxError(ENOTDIR);
  }
}

function copyFile(process: Process, src: string, dest: string, mode: number): void {
  const from = process.open(src, O_RDONLY);
  try {
    const to = process.open(dest, O_WRONLY | O_CREAT | O_TRUNC, mode);
    try {
      const buffer = new Uint8Array(131072);
      for (let count = process.read(from, buffer); count > 0; count = process.read(from, buffer))
        writeAll(process, to, buffer.subarray(0, count));
    } finally {
      process.close(to);
    }
  } finally {
    process.close(from);
  }
}
