/**
 * A command of the shell as just-bash calls it: a process is forked, gets its descriptors, runs, and exits.
 */
import type { Command, ExecResult } from 'just-bash';
import { LinuxError } from '../abi/errno.ts';
import { O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { decodeName } from '../abi/name.ts';
import type { Process } from '../kernel/process.ts';
import { fromBinary, toBinary } from './bytes.ts';
import { Call, Exit } from './call.ts';
import { type CommandDefinition, helpText } from './command.ts';
import { parseOptions, UsageError } from './options.ts';
import { InputPipe, OutputPipe, PipeOverflow, Written } from './pipe.ts';
import { FOLLOW, OPEN, RedirectionError, Redirections, tryOpen, WRITTEN } from './redirect.ts';
import type { Shell } from './shell.ts';

type Context = Parameters<Command['execute']>[1];

export function program(shell: Shell, definition: CommandDefinition): Command {
  return {
    name: definition.name,
    trusted: true,
    execute: (args, context) => execute(shell, definition, args, context),
  };
}

async function execute(shell: Shell, definition: CommandDefinition, args: readonly string[], context: Context): Promise<ExecResult> {
  const redirections = new Redirections(args);
  const process = shell.forkIn(context.cwd, definition.name);
  const source = { bytes: fromBinary(context.stdin as unknown as string), at: 0 };
  const stdout = new Written(shell.outputLimit);
  const stderr = new Written(shell.outputLimit);
  let status: number;
  try {
    connect(process, { shell, redirections, source, stdout, stderr });
    redirections.apply(process, { noclobber: isNoclobber(context) });
    status = await run({ shell, definition, process, words: redirections.words, context });
  } catch (error) {
    if (error instanceof RedirectionError) {
      complain(process, `bash: ${error.message}\n`);
      status = 1;
    } else if (error instanceof PipeOverflow) {
      const text = `${definition.name}: output limit of ${shell.outputLimit} bytes reached: the parts of a pipeline run one after another\n`;
      return { stdout: '', stderr: decodeName(stderr.bytes()) + text, exitCode: 1 };
    } else {
      throw error;
    }
  } finally {
    process.exit(0);
  }
  return {
    stdout: toBinary(stdout.bytes()),
    stdoutKind: 'bytes',
    stdoutEncoding: 'binary',
    stderr: decodeName(stderr.bytes()),
    exitCode: status,
    internalStdinConsumed: source.at,
  };
}

/** The command that `rewrite` puts before those whose redirections just-bash makes. `$?` stays what it was. */
export function opener(shell: Shell): Command {
  return {
    name: OPEN,
    trusted: true,
    execute: async ([status, ...args], context) => {
      const process = shell.forkIn(context.cwd, 'bash');
      shell.fs.guard();
      try {
        for (let i = 0; i + 1 < args.length; i += 2) {
          const target = args[i + 1] as string;
          try {
            tryOpen(process, { operator: args[i] as string, target, noclobber: isNoclobber(context) });
          } catch (error) {
            if (!(error instanceof LinuxError)) throw error;
            shell.fs.refuse(shell.fs.resolvePath(context.cwd, target), error);
            break;
          }
        }
      } finally {
        process.exit(0);
      }
      return { stdout: '', stderr: '', exitCode: Number(status) };
    },
  };
}

/** The command that `rewrite` puts behind them. */
export function reporter(shell: Shell): Command {
  return {
    name: WRITTEN,
    trusted: true,
    execute: async ([status, name]) => {
      const reason = shell.fs.unguard();
      if (reason === undefined) return { stdout: '', stderr: '', exitCode: Number(status) };
      return { stdout: '', stderr: `bash: ${name === '' ? '' : `${name}: `}write error: ${reason}\n`, exitCode: 1 };
    },
  };
}

/** The command that `rewrite` puts behind `cd`. */
export function follower(shell: Shell): Command {
  return {
    name: FOLLOW,
    trusted: true,
    execute: async (_, context) => {
      shell.enter(context.cwd);
      return { stdout: '', stderr: '', exitCode: 0 };
    },
  };
}

function isNoclobber(context: Context): boolean {
  return context.env.get('SHELLOPTS')?.split(':').includes('noclobber') === true;
}

interface Connections {
  readonly shell: Shell;
  readonly redirections: Redirections;
  readonly source: { readonly bytes: Uint8Array; at: number };
  readonly stdout: Written;
  readonly stderr: Written;
}

/** Descriptors 0, 1 and 2: the shell's own where the command has them, pipes elsewhere. */
function connect(process: Process, { redirections, source, stdout, stderr }: Connections): void {
  const { inherited } = redirections;
  // A here-document, a here-string or the pipe before: what just-bash holds is the input, even where the shell's would be inherited.
  if (source.bytes.length > 0 || !inherited.has(0) || process.descriptor(0) === undefined) {
    process.installFile(new InputPipe(source), { flags: O_RDONLY, fd: 0 });
  }
  if (!inherited.has(1) || process.descriptor(1) === undefined) process.installFile(new OutputPipe(stdout), { flags: O_WRONLY, fd: 1 });
  if (!inherited.has(2) || process.descriptor(2) === undefined) process.installFile(new OutputPipe(stderr), { flags: O_WRONLY, fd: 2 });
}

interface Run {
  readonly shell: Shell;
  readonly definition: CommandDefinition;
  readonly process: Process;
  readonly words: readonly string[];
  readonly context: Context;
}

async function run({ shell, definition, process, words, context }: Run): Promise<number> {
  const name = definition.prefix ?? definition.name;
  let call: Call | undefined;
  try {
    const parsed = parseOptions(definition.options, definition.rewrite?.(words) ?? words, {
      isOperand: definition.isOperand,
      stopAtOperand: definition.stopAtOperand,
    });
    call = new Call({ name, process, env: context.env, cwd: context.cwd, shell, signal: shell.signal ?? context.signal, parsed });
    if (call.has('help')) {
      call.print(helpText(definition));
      call.flush();
      return 0;
    }
    const status = await definition.run(call);
    call.flush();
    return status;
  } catch (error) {
    if (error instanceof PipeOverflow) throw error;
    if (error instanceof UsageError) {
      call?.flushQuietly();
      complain(process, `${name}: ${error.message}\n`);
      return definition.usageStatus ?? 1;
    }
    if (error instanceof Exit) {
      if (error.status !== 141) call?.flushQuietly();
      if (error.message !== '') complain(process, `${name}: ${error.message}\n`);
      return error.status;
    }
    if (error instanceof LinuxError) {
      if (error.code === 'EINTR') return 130;
      complain(process, `${name}: ${error.message}\n`);
      return definition.usageStatus ?? 1;
    }
    throw error;
  }
}

function complain(process: Process, text: string): void {
  try {
    process.write(2, new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
}
