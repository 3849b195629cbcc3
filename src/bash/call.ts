/**
 * One running command: its process, its words, and its standard descriptors.
 *
 * Output is gathered as stdio does and written through descriptor 1, so a full device or a closed pipe is an error of write(2).
 */
import { EAGAIN, EINTR, EPIPE, errnoMessage, LinuxError } from '../abi/errno.ts';
import { O_NONBLOCK, O_RDONLY, F_GETFL } from '../abi/fcntl.ts';
import { encodeName } from '../abi/name.ts';
import type { Process } from '../kernel/process.ts';
import { Accounts } from './accounts.ts';
import type { Given, Parsed } from './options.ts';
import { UsageError } from './options.ts';
import { quote, quoteIfNeeded } from './quote.ts';

/** As BUFSIZ of a file: what is gathered before it is written. */
const BUFFER = 65536;
/** After this many bytes a long transfer lets the host's event loop run, so that it can be interrupted. */
const BREATH = 16 * 1024 * 1024;

/** A command that gives up: the message was or is to be printed, and this is the exit status. */
export class Exit extends Error {
  override name = 'Exit';
  readonly status: number;

  constructor(status: number, message = '') {
    super(message);
    this.status = status;
  }
}

export interface ShellState {
  /** The process of the shell itself: what `umask` changes. */
  readonly process: Process;
  /** Descriptor 1 of the shell is a terminal. */
  readonly terminal: boolean;
  /** Runs a script in a new shell of `process`, with this call's standard descriptors; its exit status. */
  run(process: Process, script: string, how: { readonly call: Call; readonly env: ReadonlyMap<string, string> }): Promise<number>;
}

export interface CallOptions {
  readonly name: string;
  readonly process: Process;
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly shell: ShellState;
  readonly signal: AbortSignal | undefined;
  readonly parsed: Parsed;
}

export class Call {
  readonly name: string;
  readonly process: Process;
  readonly env: ReadonlyMap<string, string>;
  readonly shell: ShellState;
  readonly signal: AbortSignal | undefined;
  readonly given: readonly Given[];
  readonly operands: readonly string[];
  #pending: Uint8Array[] = [];
  #pendingLength = 0;
  #moved = 0;
  #accounts: Accounts | undefined;

  constructor(options: CallOptions) {
    this.name = options.name;
    this.process = options.process;
    this.env = options.env;
    this.shell = options.shell;
    this.signal = options.signal;
    this.given = options.parsed.given;
    this.operands = options.parsed.operands;
  }

  // ── Options ──

  has(key: string): boolean {
    return this.given.some((option) => option.key === key);
  }

  /** The value of the last `key`. */
  value(key: string): string | undefined {
    return this.given.findLast((option) => option.key === key)?.value;
  }

  /** Which of several options that exclude each other came last. */
  last(...keys: readonly string[]): string | undefined {
    return this.given.findLast((option) => keys.includes(option.key))?.key;
  }

  /** The names of users and groups. */
  get accounts(): Accounts {
    this.#accounts ??= new Accounts(this.process);
    return this.#accounts;
  }

  /** Standard output is the shell's, and that is a terminal. */
  get terminal(): boolean {
    return this.shell.terminal && this.process.descriptor(1) === this.shell.process.descriptor(1);
  }

  // ── Output ──

  print(text: string): void {
    if (text !== '') this.output(encodeName(replaceStray(text)));
  }

  /** The bytes are taken over: the caller no longer writes to them. */
  output(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingLength += bytes.length;
    if (this.#pendingLength >= BUFFER) this.flush();
  }

  flush(): void {
    if (this.#pendingLength === 0) return;
    const all = this.#pending.length === 1 ? (this.#pending[0] as Uint8Array) : join(this.#pending, this.#pendingLength);
    this.#pending = [];
    this.#pendingLength = 0;
    try {
      writeAll(this.process, 1, all);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      // A program whose reader is gone dies of SIGPIPE, without a word.
      if (error.errno === EPIPE) throw new Exit(141);
      throw new Exit(1, `write error: ${errnoMessage(error.errno)}`);
    }
  }

  /** A line on standard error, with the command's name before it. */
  warn(message: string): void {
    this.flushQuietly();
    this.complain(`${this.name}: ${message}\n`);
  }

  /** `name: what 'path': No such file or directory`. */
  warnOf(error: unknown, what: string, path?: string): void {
    this.#ifInterrupted(error);
    const subject = path === undefined ? what : `${what} ${quote(path)}`;
    this.warn(`${subject}: ${errorText(error)}`);
  }

  /** `name: path: No such file or directory`. */
  warnAt(error: unknown, path: string): void {
    this.#ifInterrupted(error);
    this.warn(`${quoteIfNeeded(path)}: ${errorText(error)}`);
  }

  /** Who interrupted it knows: it ends without a word, as by SIGINT. */
  #ifInterrupted(error: unknown): void {
    if (error instanceof LinuxError && error.errno === EINTR && this.signal?.aborted === true) throw new Exit(130);
  }

  complain(text: string): void {
    try {
      writeAll(this.process, 2, encodeName(replaceStray(text)));
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
    }
  }

  flushQuietly(): void {
    try {
      this.flush();
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
    }
  }

  // ── Input ──

  /** read(2) that waits, and lets the host's event loop run now and then. */
  async read(fd: number, into: Uint8Array): Promise<number> {
    await this.breathe(into.length);
    try {
      return this.process.read(fd, into);
    } catch (error) {
      if (!(error instanceof LinuxError) || error.errno !== EAGAIN || (this.process.fcntl(fd, F_GETFL) & O_NONBLOCK) !== 0) throw error;
    }
    const options = this.signal === undefined ? {} : { signal: this.signal };
    return this.process.blocking.read(fd, into, options);
  }

  /** Counts `bytes` of a transfer; an interrupted command ends here. */
  async breathe(bytes: number): Promise<void> {
    this.#moved += bytes;
    if (this.#moved < BREATH) return;
    this.#moved = 0;
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (this.signal?.aborted === true) throw new LinuxError(EINTR);
  }

  /** A descriptor to read `path` from; `-` is standard input. */
  openInput(path: string): number {
    return path === '-' ? 0 : this.process.open(path, O_RDONLY);
  }

  closeInput(fd: number): void {
    if (fd > 2) this.process.close(fd);
  }

  /** Says what is wrong and gives up. */
  fail(message: string, status = 1): never {
    throw new Exit(status, message);
  }

  usage(message: string): never {
    throw new UsageError(message);
  }
}

export function errorText(error: unknown): string {
  if (error instanceof LinuxError) return errnoMessage(error.errno);
  throw error;
}

/** write(2) until everything is taken. */
export function writeAll(process: Process, fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += process.write(fd, at === 0 ? bytes : bytes.subarray(at));
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A lone surrogate that stands for a byte stays; any other becomes U+FFFD, as it has no bytes. */
function replaceStray(text: string): string {
  if (!/[\ud800-\udfff]/.test(text)) return text;
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) => {
    const unit = found.charCodeAt(0);
    return found.length === 2 || (unit >= 0xdc80 && unit <= 0xdcff) ? found : '\ufffd';
  });
}
