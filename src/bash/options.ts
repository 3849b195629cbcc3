/**
 * The options of the shell's commands: tables, and getopt_long(3) over them.
 *
 * A table is the one place where a command's options stand: `--help`, docs/SHELL.md and the parser read it.
 */

/** One row of a command's table. */
export interface Option {
  /** The letter of `-l`; absent for an option with only a long form. */
  readonly short?: string;
  /** The word of `--long`. */
  readonly long?: string;
  /** The name of its argument, where it takes one. */
  readonly argument?: string;
  /** The argument may be left out, and is then only taken from `--long=value` or `-lvalue`. */
  readonly optional?: boolean;
  readonly help: string;
}

/** An option as it was given: `key` is the long form where there is one. */
export interface Given {
  readonly key: string;
  readonly value: string | undefined;
}

export interface Parsed {
  /** In the order of the command line, so that the last of two that exclude each other can win. */
  readonly given: readonly Given[];
  readonly operands: readonly string[];
}

/** A command line that the table does not allow. The message is GNU's, without the command's name. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const COMMON: readonly Option[] = [{ long: 'help', help: 'print this help and exit' }];

export interface ParseOptions {
  /** Words that begin with `-` and are operands all the same, such as chmod's `-w`. */
  readonly isOperand?: ((word: string) => boolean) | undefined;
  /** Stop at the first operand, as POSIXLY_CORRECT does. */
  readonly stopAtOperand?: boolean | undefined;
}

export function withHelp(table: readonly Option[]): readonly Option[] {
  return [...table, ...COMMON];
}

/** getopt_long(3) with permutation, abbreviations and bundled letters. */
export function parseOptions(table: readonly Option[], words: readonly string[], how: ParseOptions = {}): Parsed {
  const all = withHelp(table);
  const given: Given[] = [];
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--') {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-') || how.isOperand?.(word) === true) {
      if (how.stopAtOperand === true) {
        operands.push(...words.slice(i));
        break;
      }
      operands.push(word);
    } else if (word.startsWith('--')) {
      i += parseLong(all, given, { word, next: words[i + 1] });
    } else {
      i += parseLetters(all, given, { word, next: words[i + 1] });
    }
  }
  return { given, operands };
}

interface Position {
  readonly word: string;
  readonly next: string | undefined;
}

/** How many further words were taken. */
function parseLong(table: readonly Option[], given: Given[], { word, next }: Position): number {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const option = findLong(table, name, word);
  const long = option.long as string;
  if (option.argument === undefined) {
    if (value !== undefined) throw new UsageError(`option '--${long}' doesn't allow an argument`);
    given.push({ key: long, value: undefined });
    return 0;
  }
  if (value !== undefined || option.optional === true) {
    given.push({ key: long, value });
    return 0;
  }
  if (next === undefined) throw new UsageError(`option '--${long}' requires an argument`);
  given.push({ key: long, value: next });
  return 1;
}

function findLong(table: readonly Option[], name: string, word: string): Option {
  const exact = table.find((option) => option.long === name);
  if (exact !== undefined) return exact;
  const begun = table.filter((option) => option.long?.startsWith(name) === true);
  if (begun.length === 1) return begun[0] as Option;
  if (begun.length === 0) throw new UsageError(`unrecognized option '${word.replace(/=.*/s, '')}'`);
  const possible = begun.map((option) => `'--${option.long}'`).join(' ');
  throw new UsageError(`option '${word}' is ambiguous; possibilities: ${possible}`);
}

function parseLetters(table: readonly Option[], given: Given[], { word, next }: Position): number {
  const letters = [...word.slice(1)];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] as string;
    const option = table.find((candidate) => candidate.short === letter);
    if (option === undefined) throw new UsageError(`invalid option -- '${letter}'`);
    const key = option.long ?? letter;
    if (option.argument === undefined) {
      given.push({ key, value: undefined });
      continue;
    }
    const rest = letters.slice(i + 1).join('');
    if (rest !== '' || option.optional === true) {
      given.push({ key, value: rest === '' ? undefined : rest });
      return 0;
    }
    if (next === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
    given.push({ key, value: next });
    return 1;
  }
  return 0;
}

/** `-n, --lines=NUM`, as help and the manual show an option. */
export function optionSyntax(option: Option): string {
  const argument = option.argument;
  let long = option.long === undefined ? '' : `--${option.long}`;
  if (argument !== undefined && long !== '') long += option.optional === true ? `[=${argument}]` : `=${argument}`;
  if (option.short === undefined) return long;
  const letter = `-${option.short}`;
  if (long !== '') return `${letter}, ${long}`;
  return argument === undefined ? letter : `${letter} ${argument}`;
}
