/**
 * `tuxfs sh`: a shell in a kernel of its own.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Shell } from '../../bash/shell.ts';
import { Kernel } from '../../kernel/kernel.ts';
import { LinuxError } from '../../abi/errno.ts';
import type { Process } from '../../kernel/process.ts';
import { type CliCommand, usage } from '../command.ts';
import { connectHost } from '../host-descriptors.ts';
import { load } from '../load.ts';
import { Progress } from '../progress.ts';

export const sh: CliCommand = {
  name: 'sh',
  synopsis: '[OPTION]... [-c SCRIPT | FILE] [ARGUMENT]...',
  summary: 'Run a shell inside a Linux filesystem that lives in this process.',
  help: `  -c SCRIPT                      run SCRIPT; without it and FILE the script is standard input, or typed at a terminal
  --user UID[:GID[,GROUP]...]    run as this user; root by default
  --load HOST:GUEST              copy a file or tree of the host to GUEST first; may be given several times
  --size SIZE                    the size of the root filesystem: bytes, or with k, m, g or %
  --inodes COUNT                 the most files that the root filesystem holds
  --help, --version

The exit status is the script's; 2 for a wrong command line.
`,
  run,
};

interface Options {
  readonly script: string | undefined;
  readonly file: string | undefined;
  readonly positional: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly loads: readonly { readonly host: string; readonly guest: string }[];
  readonly root: string;
}

async function run(words: readonly string[]): Promise<number> {
  const options = parse(words);
  const bash = await importShell();
  if (bash === undefined) {
    process.stderr.write('tuxfs: sh needs the npm package just-bash, which is not installed\n');
    return 1;
  }
  const script = options.script ?? readScript(options.file);
  const kernel = start(options.root);
  const progress = new Progress(process.stderr);
  for (const { host, guest } of options.loads) {
    try {
      await load(kernel.init, { host, guest, progress });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      progress.end();
      process.stderr.write(`tuxfs: --load ${host}:${guest}: ${error.message}\n`);
      return 1;
    }
  }
  progress.end();
  const shellProcess = spawn(kernel, options.user);
  const fromInput = script === undefined;
  const interactive = fromInput && process.stdin.isTTY === true;
  connectHost(shellProcess, { stdin: !fromInput && process.stdin.isTTY !== true });
  const terminal = process.stdout.isTTY === true;
  const env: Record<string, string> = { ...(terminal && process.stdout.columns > 0 ? { COLUMNS: String(process.stdout.columns) } : {}) };
  for (const name of ['TERM', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const shell = new bash.Shell({ process: shellProcess, stream: true, terminal, env });
  if (interactive) return bash.interact(shell);
  const text = script ?? readFileSync(0, 'utf8');
  return runScript(shell, text, options);
}

interface ShellModules {
  readonly Shell: typeof Shell;
  readonly interact: (shell: Shell) => Promise<number>;
}

/** The shell is an optional peer: the other commands run without it. Undefined: it is not installed. */
async function importShell(): Promise<ShellModules | undefined> {
  try {
    const { Shell } = await import('../../bash/shell.ts');
    const { interact } = await import('../interactive.ts');
    return { Shell, interact };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' && String(error).includes("'just-bash'")) return undefined;
    throw error;
  }
}

async function runScript(shell: Shell, text: string, { positional }: Options): Promise<number> {
  const words = positional.map(shellWord).join(' ');
  const before = positional.length === 0 ? '' : `set -- ${words}\n`;
  const { stdout, stderr, status } = await shell.exec(before + text);
  writeRest(shell.process, 1, stdout);
  writeRest(shell.process, 2, stderr);
  return status;
}

/** What just-bash gave back rather than sent on as it came. */
function writeRest(shell: Process, fd: number, text: string): void {
  try {
    if (text !== '') shell.write(fd, new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
}

function parse(words: readonly string[]): Options {
  const config = {
    c: { type: 'string', short: 'c' },
    user: { type: 'string' },
    load: { type: 'string', multiple: true },
    size: { type: 'string' },
    inodes: { type: 'string' },
  } as const;
  // Options end at the script's name, as for sh; its own words follow.
  const end = endOfOptions(words);
  let values: { c?: string; user?: string; load?: string[]; size?: string; inodes?: string };
  try {
    values = parseArgs({ args: words.slice(0, end), options: config, allowPositionals: false }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return usage(`sh: ${(error.message.split('\n')[0] as string).replace(/\. To specify.*/s, '').replace(/\.$/, '')}`);
  }
  const rest = words[end] === '--' ? words.slice(end + 1) : words.slice(end);
  const { c: script } = values;
  return {
    script,
    file: script === undefined ? rest[0] : undefined,
    positional: script === undefined ? rest.slice(1) : rest.slice(1),
    user: parseUser(values.user ?? '0'),
    loads: (values.load ?? []).map(parseLoad),
    root: rootOptions(values.size, values.inodes),
  };
}

const WITH_VALUE = ['-c', '--user', '--load', '--size', '--inodes'];

function endOfOptions(words: readonly string[]): number {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--' || !word.startsWith('-') || word === '-') return i;
    if (WITH_VALUE.includes(word)) i++;
  }
  return words.length;
}

function parseUser(text: string): Options['user'] {
  const match = /^(\d+)(?::(\d+)((?:,\d+)*))?$/.exec(text);
  if (match === null) return usage(`--user '${text}' is not UID[:GID[,GROUP]...]`);
  const numbers = [match[1], match[2] ?? match[1], ...(match[3] ?? '').split(',').slice(1)].map(Number) as [number, number, ...number[]];
  if (numbers.some((id) => id > 0xfffffffe)) return usage(`--user '${text}' has a number that is no id`);
  const [uid, gid, ...groups] = numbers;
  return { uid, gid, groups };
}

function parseLoad(text: string): { host: string; guest: string } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  const guest = text.slice(colon + 1);
  if (colon <= 0 || guest === '') return usage(`--load '${text}' is not HOST:GUEST`);
  if (!guest.startsWith('/')) return usage(`--load '${text}': the guest's path must be absolute`);
  return { host, guest };
}

function rootOptions(size: string | undefined, inodes: string | undefined): string {
  if (size !== undefined && !/^\d+[kKmMgG%]?$/.test(size)) usage(`--size '${size}' is not a size: digits and k, m, g or %`);
  if (inodes !== undefined && !/^\d+[kKmMgG]?$/.test(inodes)) usage(`--inodes '${inodes}' is not a count`);
  return [...(size === undefined ? [] : [`size=${size}`]), ...(inodes === undefined ? [] : [`nr_inodes=${inodes}`])].join(',');
}

function readScript(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return usage(`sh: cannot read '${file}': ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function start(root: string): Kernel {
  try {
    return new Kernel(root === '' ? {} : { root });
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return usage(`sh: the root filesystem cannot hold a system with ${root}: ${error.message}`);
  }
}

/** In the user's home, where there is one that the user may enter. */
function spawn(kernel: Kernel, { uid, gid, groups }: Options['user']): Process {
  return kernel.spawn({ uid, gid, groups, comm: 'bash' });
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
