#!/usr/bin/env node
/**
 * The program `tuxfs`: its sub-commands are the files of `commands/`.
 */
import { readFileSync } from 'node:fs';
import { type CliCommand, CliUsageError, usage } from './command.ts';
import { exec } from './commands/exec.ts';
import { mount } from './commands/mount.ts';
import { mountHelper } from './commands/mount-helper.ts';
import { sh } from './commands/sh.ts';

const COMMANDS: readonly CliCommand[] = [sh, mount, exec, mountHelper];

function help(): string {
  const rows = COMMANDS.map(({ name, synopsis, summary }) => `  tuxfs ${name} ${synopsis}\n      ${summary}`);
  return `Usage: tuxfs COMMAND [OPTION]...\n\n${rows.join('\n')}\n\n  --help     print this help; after a command, the help of the command\n  --version  print the version\n`;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === '--help' || name === '-h') return print(help());
  if (name === '--version') return print(`${version()}\n`);
  if (name === undefined) return usage("no command; 'tuxfs --help' lists them");
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    return usage(name.startsWith('-') ? `unknown option '${name}'` : `unknown command '${name}'; 'tuxfs --help' lists them`);
  }
  const dashes = rest.indexOf('--');
  const own = dashes < 0 ? rest : rest.slice(0, dashes);
  if (own[0] === '--version') return print(`${version()}\n`);
  if (own[0] === '--help' || own[0] === '-h') {
    return print(`Usage: tuxfs ${command.name} ${command.synopsis}\n${command.summary}\n\n${command.help}`);
  }
  return command.run(rest);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliUsageError)) throw error;
  process.stderr.write(`tuxfs: ${error.message}\n`);
  process.exitCode = 2;
}
