/**
 * chmod(1).
 */
import { ENOENT, LinuxError } from '../../abi/errno.ts';
import { isDirectory, isSymlink, type Stat } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { type ModeChange, modeString, parseMode } from '../modes.ts';
import { quote } from '../quote.ts';
import { joinPath, readDirectory } from './directory.ts';

export const chmod: CommandDefinition = {
  name: 'chmod',
  synopsis: ['[OPTION]... MODE[,MODE]... FILE...', '[OPTION]... --reference=RFILE FILE...'],
  summary: 'Change the permissions of each FILE. MODE is octal, or [ugoa]*[-+=]([rwxXst]*|[ugo]).',
  options: [
    { short: 'c', long: 'changes', help: 'say what is changed' },
    { short: 'f', long: 'silent', help: 'do not complain' },
    { long: 'quiet', help: 'as -f' },
    { long: 'reference', argument: 'RFILE', help: 'the permissions of RFILE' },
    { short: 'R', long: 'recursive', help: 'change what is below directories as well' },
    { short: 'v', long: 'verbose', help: 'say what is done to each file' },
  ],
  isOperand: (word) => /^-[rwxXstugoa,+=0-7-]+$/.test(word) && word !== '--',
  run: (call) => new PermissionChange(call).run(),
};

class PermissionChange {
  readonly call: Call;
  readonly change: ModeChange;
  readonly umask: number;
  readonly paths: readonly string[];
  readonly silent: boolean;
  status = 0;

  constructor(call: Call) {
    this.call = call;
    this.silent = call.has('silent') || call.has('quiet');
    this.umask = call.process.umask(0);
    call.process.umask(this.umask);
    const reference = call.value('reference');
    const operands = [...call.operands];
    this.change = reference === undefined ? this.#parse(operands) : this.#reference(reference);
    if (operands.length === 0)
      call.usage(call.operands.length === 0 ? 'missing operand' : `missing operand after ${quote(call.operands.at(-1) as string)}`);
    this.paths = operands;
  }

  /** Modes that begin with a minus may be several words, and stand anywhere. */
  #parse(operands: string[]): ModeChange {
    const minus = operands.filter((word) => word.startsWith('-'));
    const text = minus.length > 0 ? minus.join(',') : operands.shift();
    if (text === undefined) return this.call.usage('missing operand');
    if (minus.length > 0) operands.splice(0, operands.length, ...operands.filter((word) => !word.startsWith('-')));
    return parseMode(text) ?? this.call.usage(`invalid mode: ${quote(text)}`);
  }

  #reference(path: string): ModeChange {
    try {
      const { mode } = this.call.process.stat(path);
      return () => mode & 0o7777;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return this.call.fail(`failed to get attributes of ${quote(path)}: ${error.message}`);
    }
  }

  async run(): Promise<number> {
    for (const path of this.paths) await this.#one(path, true);
    return this.status;
  }

  #fault(error: unknown, what: string, path: string): void {
    if (!(error instanceof LinuxError)) throw error;
    if (!this.silent) this.call.warnOf(error, what, path);
    this.status = 1;
  }

  async #one(path: string, named: boolean): Promise<void> {
    const { process } = this.call;
    let status: Stat;
    let link = false;
    try {
      status = process.lstat(path);
      link = isSymlink(status.mode);
      if (link) {
        // Links met on the way have no permissions of their own.
        if (!named) return;
        status = process.stat(path);
      }
    } catch (error) {
      if (link && error instanceof LinuxError && error.errno === ENOENT) {
        if (!this.silent) this.call.warn(`cannot operate on dangling symlink ${quote(path)}`);
        this.status = 1;
      } else this.#fault(error, 'cannot access', path);
      return;
    }
    const mode = this.change(status.mode, this.umask) & 0o7777;
    try {
      process.chmod(path, mode);
      this.#say(path, status.mode, mode);
    } catch (error) {
      this.#fault(error, 'changing permissions of', path);
    }
    if (!this.call.has('recursive') || !isDirectory(status.mode)) return;
    try {
      for (const { name } of readDirectory(process, path)) await this.#one(joinPath(path, name), false);
    } catch (error) {
      this.#fault(error, 'cannot read directory', path);
    }
    await this.call.breathe(4096);
  }

  #say(path: string, old: number, mode: number): void {
    const { call } = this;
    const changed = (old & 0o7777) !== mode;
    if (!call.has('verbose') && !(call.has('changes') && changed)) return;
    const text = (bits: number): string => `${(bits & 0o7777).toString(8).padStart(4, '0')} (${modeString(bits).slice(1)})`;
    if (changed) call.print(`mode of ${quote(path)} changed from ${text(old)} to ${text(mode)}\n`);
    else call.print(`mode of ${quote(path)} retained as ${text(mode)}\n`);
  }
}
