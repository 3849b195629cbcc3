/**
 * A shell on a process: just-bash with our filesystem below it and our commands over its own.
 */
import { Bash, getCommandNames, type Command, type BashOptions } from 'just-bash';
import { LinuxError } from '../abi/errno.ts';
import type { Process } from '../kernel/process.ts';
import { ProcessFileSystem } from './adapter.ts';
import { Accounts } from './accounts.ts';
import type { Call, ShellState } from './call.ts';
import { COMMANDS } from './commands/index.ts';
import { follower, opener, program, reporter } from './program.ts';
import { FOLLOW, OPEN, rewrite, WRITTEN } from './redirect.ts';

export interface ShellOptions {
  /** Whose credentials, directories and umask the shell has. Its descriptors 0, 1 and 2, where it has them, are the shell's. */
  readonly process: Process;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Output goes to descriptors 1 and 2 of `process` as each command ends. Otherwise `exec` returns it.
   */
  readonly stream?: boolean;
  /** Descriptor 1 of `process` is a terminal: `ls` prints columns. */
  readonly terminal?: boolean;
  /** Bytes that one command may write into a pipe; default 64 MiB. */
  readonly outputLimit?: number;
  /** Limits of just-bash; by default so high that only a runaway script meets them. */
  readonly limits?: BashOptions['executionLimits'];
  /** Further commands of just-bash. */
  readonly commands?: readonly Command[];
}

export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  readonly env: Readonly<Record<string, string>>;
}

const OUTPUT_LIMIT = 64 * 1024 * 1024;
const MANY = 1_000_000_000;

const LIMITS: NonNullable<BashOptions['executionLimits']> = {
  maxCommandCount: MANY,
  maxLoopIterations: MANY,
  maxAwkIterations: MANY,
  maxSedIterations: MANY,
  maxJqIterations: MANY,
  maxWorkUnits: MANY,
  maxTraversalEntries: MANY,
  maxTraversalWork: MANY,
  maxGlobOperations: MANY,
  maxStringLength: 512 * 1024 * 1024,
  maxInputBytes: 4 * MANY,
  maxLiveBytes: 4 * MANY,
  maxOutputSize: 4 * MANY,
  maxArrayElements: 100_000_000,
  // The longest that a timer of the host can be set to.
  maxExecutionTimeMs: 2_147_483_647,
};

export class Shell implements ShellState {
  readonly process: Process;
  readonly fs: ProcessFileSystem;
  readonly bash: Bash;
  readonly outputLimit: number;
  readonly terminal: boolean;
  /** Ends the commands that run now. */
  signal: AbortSignal | undefined;
  readonly #options: ShellOptions;
  readonly #stream: boolean;
  /** The next script that is parsed is the one given to `exec`, not one that it runs. */
  #top = false;
  #breathe: string | undefined;
  /** Where `process` is, in the shell's words. */
  #cwd: string;

  constructor(options: ShellOptions) {
    const { process } = options;
    this.#options = options;
    this.process = process;
    this.outputLimit = options.outputLimit ?? OUTPUT_LIMIT;
    this.terminal = options.terminal ?? false;
    this.#stream = options.stream ?? false;
    this.#cwd = currentDirectory(process);
    const names = new Set<string>([
      ...getCommandNames(),
      ...COMMANDS.map(({ name }) => name),
      OPEN,
      WRITTEN,
      FOLLOW,
      '__tuxfs_read',
      '__tuxfs_breathe',
      ...(options.commands ?? []).map(({ name }) => name),
    ]);
    this.fs = new ProcessFileSystem({ process, isCommand: (name) => names.has(name) });
    this.bash = new Bash({
      fs: this.fs,
      cwd: this.#cwd,
      env: environment(process, options.env),
      executionLimits: { ...LIMITS, ...options.limits },
      // It replaces globals of the whole host program while a script runs; scripts here run no JavaScript.
      defenseInDepth: false,
      processInfo: { pid: process.pid, ppid: process.ppid, uid: process.getuid(), gid: process.getgid() },
      customCommands: [
        ...COMMANDS.map((definition) => program(this, definition)),
        opener(this),
        reporter(this),
        follower(this),
        ...(options.commands ?? []),
      ],
    });
    const ours = new Set(COMMANDS.map(({ name }) => name));
    this.bash.registerTransformPlugin({
      name: 'tuxfs',
      transform: ({ ast }) => {
        const streams = this.#stream && this.#top;
        this.#top = false;
        const breathe = this.#breathe === undefined ? {} : { breathe: this.#breathe };
        return { ast: rewrite(ast, { isOurs: (name) => ours.has(name), streams, ...breathe }) };
      },
    });
  }

  /** Runs a script to its end. */
  async exec(
    script: string,
    options: { readonly stdin?: string; readonly env?: Record<string, string>; readonly cwd?: string; readonly signal?: AbortSignal } = {},
  ): Promise<ShellResult> {
    this.#top = true;
    const before = this.signal;
    this.signal = options.signal ?? before;
    try {
      const result = await this.bash.exec(script, { rawScript: true, ...options });
      return { stdout: result.stdout, stderr: this.fs.explain(result.stderr), status: result.exitCode, env: result.env };
    } catch (error) {
      // A redirection that could not be tried beforehand: just-bash gives up the script.
      if (!(error instanceof Error && error.cause instanceof LinuxError)) throw error;
      const path = 'path' in error ? `${error.path}: ` : '';
      return { stdout: '', stderr: `bash: ${path}${error.cause.message}\n`, status: error.cause.code === 'EPIPE' ? 141 : 1, env: {} };
    } finally {
      this.signal = before;
      this.#top = false;
    }
  }

  /** A script as `exec` would run it, for `eval`. */
  rewriteText(script: string, options: { readonly breathe?: string } = {}): { readonly script: string } {
    this.#top = true;
    this.#breathe = options.breathe;
    try {
      return this.bash.transform(script);
    } catch {
      // It does not parse: eval will say so.
      return { script };
    } finally {
      this.#top = false;
      this.#breathe = undefined;
    }
  }

  /** The shell's process goes where the interpreter says it is. */
  enter(cwd: string): void {
    if (cwd === this.#cwd) return;
    try {
      this.process.chdir(cwd);
      this.#cwd = cwd;
    } catch (error) {
      // It was removed or closed off since: the shell stays where it is.
      if (!(error instanceof LinuxError)) throw error;
    }
  }

  /** A child in the shell's directory, for one command. */
  forkIn(cwd: string, comm: string): Process {
    this.enter(cwd);
    const child = this.process.fork();
    child.comm = comm;
    return child;
  }

  /** A shell of another process, for su. */
  async run(
    process: Process,
    script: string,
    { call, env }: { readonly call: Call; readonly env: ReadonlyMap<string, string> },
  ): Promise<number> {
    const shell = new Shell({ ...this.#options, process, env: Object.fromEntries(env), stream: true, terminal: call.terminal });
    shell.signal = call.signal;
    const { stdout, stderr, status } = await shell.exec(script);
    if (stdout !== '') call.print(stdout);
    call.flush();
    if (stderr !== '') call.complain(stderr);
    return status;
  }
}

function currentDirectory(process: Process): string {
  try {
    return process.getcwd();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return '/';
  }
}

function environment(process: Process, given: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const account = new Accounts(process).users.find(({ uid }) => uid === process.getuid());
  return {
    HOME: account?.home ?? '/',
    USER: account?.name ?? String(process.getuid()),
    LOGNAME: account?.name ?? String(process.getuid()),
    SHELL: account?.shell ?? '/bin/sh',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...given,
  };
}
