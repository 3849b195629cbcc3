/**
 * tuxfs/bash: a shell whose files, users, mounts and devices are those of a tuxfs kernel.
 *
 * The interpreter is the package just-bash; the commands that show or change what it does not know (owners, nodes, mounts, times) are ours.
 */
export { type AdapterOptions, ProcessFileSystem } from './adapter.ts';
export { type CommandDefinition, helpText } from './command.ts';
export { COMMANDS } from './commands/index.ts';
export { type Given, type Option, optionSyntax, type Parsed, parseOptions, UsageError } from './options.ts';
export { Shell, type ShellOptions, type ShellResult } from './shell.ts';
