/**
 * What a command of the shell is: a table of options, and a program that runs in a process of its own.
 */
import type { Call } from './call.ts';
import { type Option, optionSyntax, withHelp } from './options.ts';

export interface CommandDefinition {
  readonly name: string;
  /** What stands before its messages, where that is not the name: a builtin names its shell. */
  readonly prefix?: string;
  /** The forms of its command line, without the name. */
  readonly synopsis: readonly string[];
  /** One sentence. */
  readonly summary: string;
  readonly options: readonly Option[];
  /** Operands that are not files or options, and what is left out; plain sentences. */
  readonly notes?: readonly string[];
  /** The exit status of a wrong command line; 1 unless said otherwise. */
  readonly usageStatus?: number;
  /** Turns traditional forms into options before they are parsed: `head -5`. */
  readonly rewrite?: (words: readonly string[]) => readonly string[];
  readonly isOperand?: (word: string) => boolean;
  readonly stopAtOperand?: boolean;
  run(call: Call): number | Promise<number>;
}

/** What `--help` prints. */
export function helpText(command: CommandDefinition): string {
  const uses = command.synopsis.map((form, i) => `${i === 0 ? 'Usage:' : '  or: '} ${command.name} ${form}`.trimEnd());
  const rows = withHelp(command.options).map((option) => [optionText(option), option.help] as const);
  const width = Math.min(30, Math.max(...rows.map(([syntax]) => syntax.length)));
  const lines = rows.map(([syntax, help]) =>
    syntax.length > width ? `${syntax}\n${' '.repeat(width + 4)}${help}` : `${syntax.padEnd(width)}  ${help}`,
  );
  const notes = (command.notes ?? []).map((note) => `\n${note}`);
  return `${[...uses, command.summary, '', ...lines.map((line) => `  ${line}`), ...notes].join('\n')}\n`;
}

/** Long-only options are set in, so that the long forms stand below each other. */
function optionText(option: Option): string {
  return option.short === undefined ? `    ${optionSyntax(option)}` : optionSyntax(option);
}
