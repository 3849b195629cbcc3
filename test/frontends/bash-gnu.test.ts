/**
 * Our commands beside GNU's: each script runs in the host's bash on a directory of the host's tmpfs, and in ours on a copy of it, and both
 * print the same bytes and end with the same status.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Shell } from '../../src/bash/index.ts';
import { load } from '../../src/cli/load.ts';
import { Progress } from '../../src/cli/progress.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import { NOT_GNU, SCRIPTS, SETUP } from './gnu-scripts.ts';

const TMPFS_MAGIC = 0x01021994;
const isRoot = process.getuid?.() === 0;
const hasTmpfs = existsSync('/dev/shm') && statfsSync('/dev/shm').type === TMPFS_MAGIC;
const isGnu = spawnSync('ls', ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU coreutils') === true;

interface Outcome {
  stdout: string;
  stderr: string;
  status: number;
}

let directory = '';

/** All scripts in one bash, each in a copy of the tree. */
function runOnHost(): void {
  const each = SCRIPTS.map((script, i) => {
    const word = `'${script.replaceAll("'", "'\\''")}'`;
    return `rm -rf tree; cp -a original tree; (cd tree; exec bash -c ${word}) < /dev/null > out.${i} 2> err.${i}; echo $? > status.${i}`;
  });
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', `chmod 755 .; ${SETUP.replaceAll('tree', 'original')}\nset +e; cd ..\n${each.join('\n')}`],
    {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', HOME: '/root' },
    },
  );
  if (status !== 0) throw new Error(stderr);
}

function onHost(script: string): Outcome {
  const read = (name: string): string => readFileSync(`${directory}/${name}.${SCRIPTS.indexOf(script)}`, 'latin1');
  return { stdout: read('out'), stderr: read('err'), status: Number(read('status')) };
}

async function onTuxfs(script: string): Promise<Outcome> {
  const kernel = new Kernel();
  for (const path of ['/etc/passwd', '/etc/group', `${directory}/tree`]) {
    if (path.startsWith('/etc')) kernel.init.unlink(path);
    await load(kernel.init, { host: path.replace(/tree$/, 'original'), guest: path, progress: new Progress(process.stderr) });
  }
  const shell = new Shell({ process: kernel.spawn({ cwd: `${directory}/tree` }), env: { TZ: 'UTC', HOME: '/root' } });
  const { stdout, stderr, status } = await shell.exec(script);
  return { stdout: Buffer.from(stdout).toString('latin1'), stderr: Buffer.from(stderr).toString('latin1'), status };
}

/** GNU adds a line that names --help. */
function withoutHint({ stdout, stderr, status }: Outcome): Outcome {
  const lines = stderr
    .replace(/^Try '.*' for more information\.\n/gm, '')
    .replace(/^Usage: .*\n|^Special files require .*\n|^Fifos do not .*\n/gm, '')
    .replace(/^Valid arguments are:\n(?: {2}- .*\n)*/gm, '');
  return { stdout, stderr: lines.replace(/^bash: line \d+: /gm, 'bash: '), status };
}

const missing = !isRoot ? 'not root' : !hasTmpfs ? 'no tmpfs on /dev/shm' : !isGnu ? 'no GNU coreutils' : undefined;
if (missing !== undefined) process.stdout.write(`\nnot compared: the shell's commands with GNU's: ${missing}\n`);

describe.runIf(missing === undefined)('as GNU prints it', () => {
  beforeAll(() => {
    directory = mkdtempSync('/dev/shm/tuxfs-gnu-');
    runOnHost();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(SCRIPTS)('%s', async (script) => {
    expect(withoutHint(await onTuxfs(script))).toEqual(withoutHint(onHost(script)));
  });

  it('has a reason for each script that differs', () => {
    expect(NOT_GNU.every(({ reason }) => reason !== '')).toBe(true);
  });
});
