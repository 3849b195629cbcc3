/**
 * A shell at a terminal: lines, a prompt, a history.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Command } from 'just-bash';
import { parse } from 'just-bash';
import { LinuxError } from '../abi/errno.ts';
import type { Shell } from '../bash/shell.ts';

/** Runs lines until `exit` or the end of input; the exit status is that of the last command. */
export async function interact(shell: Shell): Promise<number> {
  const terminal = new Terminal(shell);
  shell.bash.registerCommand(terminal.reader());
  shell.bash.registerCommand(terminal.breather());
  try {
    for (;;) {
      // One script for the whole session, so that variables, functions and options stay from line to line.
      const { stdout, stderr, status } = await shell.exec(SESSION, { env: terminal.env, cwd: terminal.cwd, signal: terminal.newSession() });
      terminal.write(1, stdout);
      if (!terminal.interrupted) terminal.write(2, stderr);
      if (terminal.closed || !terminal.interrupted) return terminal.closed ? terminal.status : status;
      // Ctrl-C ended a loop of the interpreter, and the session with it: it goes on with the variables of the last prompt.
      terminal.interrupted = false;
    }
  } finally {
    terminal.close();
  }
}

const READ = '__tuxfs_read';
const BREATHE = '__tuxfs_breathe';
/** Turns of a loop between two looks at the terminal. */
const TURNS = 100;
const SESSION = `__tuxfs_status() { return $1; }\nwhile ${READ} "$?"; do eval "$__tuxfs_line"; done\n`;

/** What Ctrl-C makes of a line that is being typed; no line holds it. */
const CANCELLED = '\x03';

class Terminal {
  readonly #shell: Shell;
  readonly #lines: Interface;
  /** The variables at the last prompt. */
  env: Record<string, string> = {};
  cwd: string;
  status = 0;
  closed = false;
  interrupted = false;
  #running: AbortController | undefined;
  #session: AbortController | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.cwd = shell.process.getcwd();
    this.#lines = createInterface({ input: process.stdin, output: process.stdout, terminal: true, historySize: 1000 });
    this.#lines.on('close', () => {
      this.closed = true;
    });
    process.on('SIGINT', this.#interrupt);
  }

  #interrupt = (): void => {
    process.stdout.write('\n');
    this.#running?.abort();
  };

  /** What ends a session that loops. */
  newSession(): AbortSignal {
    this.#session = new AbortController();
    return this.#session.signal;
  }

  write(fd: number, text: string): void {
    try {
      if (text !== '') this.#shell.process.write(fd, new TextEncoder().encode(text));
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
    }
  }

  close(): void {
    process.off('SIGINT', this.#interrupt);
    this.#lines.close();
  }

  /** The command that the session's loop calls for its next line. Fails at the end of input. */
  reader(): Command {
    return {
      name: READ,
      trusted: true,
      execute: async ([status], context) => {
        this.status = Number(status);
        this.#shell.signal = undefined;
        this.env = Object.fromEntries([...context.env].filter(([name]) => /^[A-Za-z_]\w*$/.test(name)));
        this.cwd = context.cwd;
        const line = await this.#command(context.cwd);
        if (line === undefined) return { stdout: '', stderr: '', exitCode: 1 };
        const { script } = this.#shell.rewriteText(line, { breathe: BREATHE });
        await context.assignShellVariable?.('__tuxfs_line', `__tuxfs_status ${this.status}\n${script}`);
        this.#running = new AbortController();
        this.#shell.signal = this.#running.signal;
        return { stdout: '', stderr: '', exitCode: 0 };
      },
    };
  }

  /** The command that loops call: signals of the host are only seen when its event loop runs. */
  breather(): Command {
    let turns = 0;
    return {
      name: BREATHE,
      trusted: true,
      execute: async ([status]) => {
        if (++turns % TURNS === 0) await new Promise((resolve) => setImmediate(resolve));
        if (this.#running?.signal.aborted === true) {
          this.interrupted = true;
          this.#session?.abort();
        }
        return { stdout: '', stderr: '', exitCode: Number(status) };
      },
    };
  }

  /** A whole command: lines are asked for until one parses. */
  async #command(cwd: string): Promise<string | undefined> {
    let text = '';
    for (;;) {
      const line = await this.#line(text === '' ? this.#prompt(cwd) : '> ');
      if (line === undefined) return text === '' ? undefined : text;
      if (line === CANCELLED) {
        text = '';
        continue;
      }
      text += text === '' ? line : `\n${line}`;
      if (text.trim() !== '' && !isUnfinished(text)) return text;
      if (text.trim() === '') text = '';
    }
  }

  #prompt(cwd: string): string {
    const home = this.env.HOME;
    const shown = home !== undefined && home !== '/' && (cwd === home || cwd.startsWith(`${home}/`)) ? `~${cwd.slice(home.length)}` : cwd;
    return `${this.env.USER ?? ''}@tuxfs:${shown}${this.#shell.process.geteuid() === 0 ? '#' : '$'} `;
  }

  #line(prompt: string): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    const lines = this.#lines;
    return new Promise((resolve) => {
      const done = (line: string | undefined): void => {
        lines.off('line', done);
        lines.off('close', onClose);
        lines.off('SIGINT', onInterrupt);
        lines.pause();
        // While a command runs the terminal makes signals of Ctrl-C itself.
        process.stdin.setRawMode(false);
        resolve(line);
      };
      const onClose = (): void => done(undefined);
      const onInterrupt = (): void => {
        process.stdout.write('^C\n');
        done(CANCELLED);
      };
      lines.on('line', done);
      lines.on('close', onClose);
      lines.on('SIGINT', onInterrupt);
      process.stdin.setRawMode(true);
      lines.resume();
      lines.setPrompt(prompt);
      lines.prompt();
    });
  }
}

/** A quote, a here-document or a compound command is still open. */
function isUnfinished(text: string): boolean {
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) return true;
  try {
    parse(text);
    const here = /<<-?\s*(['"]?)([A-Za-z_]\w*)\1/.exec(text);
    return here !== null && !new RegExp(`^\\t*${here[2]}$`, 'm').test(text);
  } catch (error) {
    return error instanceof Error && /unterminated|unexpected end|expected .*(?:got|but).*(?:EOF|end)|unclosed|EOF/i.test(error.message);
  }
}
