/**
 * umask(1): a builtin of every shell, as it changes the shell's own process.
 */
import { S_IFREG } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { parseMode } from '../modes.ts';

export const umask: CommandDefinition = {
  name: 'umask',
  prefix: 'bash: umask',
  synopsis: ['[-p] [-S] [MODE]'],
  summary: 'Show or set which permissions new files do not get.',
  options: [
    { short: 'p', help: 'print in a form that can be read back' },
    { short: 'S', help: 'print the permissions that are left, in letters' },
  ],
  notes: ['A symbolic MODE names the permissions that new files may have.'],
  usageStatus: 2,
  isOperand: (word) => /^-[rwxXstugo,+=-]+$/.test(word) && word !== '-S' && word !== '-p',
  run,
};

function run(call: Call): number {
  const { process } = call.shell;
  const current = process.umask(0);
  process.umask(current);
  const [text] = call.operands;
  if (text === undefined) {
    print(call, current);
    return 0;
  }
  const mask = newMask(call, text, current);
  process.umask(mask);
  if (call.has('S')) call.print(`${letters(mask)}\n`);
  return 0;
}

function newMask(call: Call, text: string, current: number): number {
  if (/^\d/.test(text)) {
    if (!/^[0-7]+$/.test(text) || Number.parseInt(text, 8) > 0o7777) call.fail(`${text}: octal number out of range`);
    return Number.parseInt(text, 8) & 0o777;
  }
  const change = parseMode(text);
  if (change === undefined)
    call.fail(`${JSON.stringify(text[0]).replaceAll('"', '`').replace(/`$/, "'")}: invalid symbolic mode character`);
  return ~change(S_IFREG | (~current & 0o777), 0) & 0o777;
}

function print(call: Call, mask: number): void {
  const text = call.has('S') ? letters(mask) : mask.toString(8).padStart(4, '0');
  call.print(call.has('p') ? `umask ${call.has('S') ? '-S ' : ''}${text}\n` : `${text}\n`);
}

function letters(mask: number): string {
  const some = (bits: number): string => `${(bits & 4) === 0 ? 'r' : ''}${(bits & 2) === 0 ? 'w' : ''}${(bits & 1) === 0 ? 'x' : ''}`;
  return `u=${some(mask >> 6)},g=${some(mask >> 3)},o=${some(mask)}`;
}
