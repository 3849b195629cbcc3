/**
 * The program `tuxfs`, as a child process.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/main.js');

function tuxfs(words: readonly string[], input: string | Buffer = ''): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...words], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TZ: 'UTC' },
  });
  return { stdout, stderr, status };
}

describe('tuxfs sh', () => {
  it('prints what a Linux shell prints', () => {
    const { stdout, stderr, status } = tuxfs([
      'sh',
      '-c',
      'ls -l /dev; readlink /dev/fd /dev/ptmx; echo hi > /dev/null; head -c 4 /dev/zero | od -An -tx1; echo x > /dev/full',
    ]);
    expect(stdout.replace(/[A-Z][a-z][a-z] [ \d]\d \d\d:\d\d/g, 'DATE')).toContain('crw-rw-rw- 1 root root 1,  3 DATE null\n');
    expect(stdout).toMatch(/\n\/proc\/self\/fd\npts\/ptmx\n 00 00 00 00\n$/);
    expect(stderr).toContain('No space left on device');
    expect(status).toBe(1);
  });
  it('ends with the status of the script', () => {
    expect(tuxfs(['sh', '-c', 'exit 3']).status).toBe(3);
    expect(tuxfs(['sh', '-c', 'false']).status).toBe(1);
    expect(tuxfs(['sh', '-c', 'no-such-command']).status).toBe(127);
    expect(tuxfs(['sh', '-c', 'echo (']).status).toBe(2);
  });
  it('runs a script from standard input, or from a file with arguments', () => {
    expect(tuxfs(['sh'], 'echo one\necho two; exit 4\n')).toEqual({ stdout: 'one\ntwo\n', stderr: '', status: 4 });
    const directory = mkdtempSync(join(tmpdir(), 'tuxfs-cli-'));
    writeFileSync(join(directory, 's.sh'), 'echo "$# $1 $2"\n');
    expect(tuxfs(['sh', join(directory, 's.sh'), 'a b', '-c']).stdout).toBe('2 a b -c\n');
    rmSync(directory, { recursive: true });
  });
  it('gives the commands its standard input', () => {
    expect(tuxfs(['sh', '-c', 'head -c 2; cat /dev/stdin | od -An -tx1'], Buffer.from([0x61, 0x0a, 0xff, 0x00])).stdout).toBe(
      'a\n ff 00\n',
    );
  });
  it('writes bytes as they are, in order', () => {
    const made = spawnSync(process.execPath, [
      main,
      'sh',
      '-c',
      'head -c 300 /dev/urandom > /r; cat /r; echo; cat /r | od -An -v -tx1 -w300',
    ]);
    const bytes = made.stdout.subarray(0, 300);
    expect([...bytes].map((byte) => ` ${byte.toString(16).padStart(2, '0')}`).join('')).toBe(
      made.stdout.subarray(301).toString().trimEnd(),
    );
    const both = spawnSync('sh', ['-c', `"${process.execPath}" "${main}" sh -c 'echo 1; cat /nope; echo 2; ls /nope; echo 3' 2>&1`], {
      encoding: 'utf8',
    });
    expect(both.stdout).toBe("1\ncat: /nope: No such file or directory\n2\nls: cannot access '/nope': No such file or directory\n3\n");
  });
  it('streams, and ends when nobody reads', async () => {
    const child = spawn(process.execPath, [main, 'sh', '-c', 'cat /dev/zero'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.once('exit', (code) => resolve(code)))).not.toBeNull();
  });
  it('--user', () => {
    expect(tuxfs(['sh', '--user', '1000', '-c', 'id']).stdout).toBe('uid=1000(user) gid=1000(user) groups=1000(user)\n');
    expect(tuxfs(['sh', '--user', '1000:100,5,6', '-c', 'id']).stdout).toBe(
      'uid=1000(user) gid=100(users) groups=100(users),5(tty),6(disk)\n',
    );
    expect(tuxfs(['sh', '--user=1000', '-c', 'cat /root/secret'])).toMatchObject({
      stderr: 'cat: /root/secret: Permission denied\n',
      status: 1,
    });
  });
  it('--size and --inodes limit the root', () => {
    const { stdout, stderr } = tuxfs([
      'sh',
      '--size',
      '1m',
      '--inodes',
      '100',
      '-c',
      'df / | tail -1 | tr -s " " | cut -d" " -f2; df -i / | tail -1 | tr -s " " | cut -d" " -f2; head -c 2000000 /dev/zero > /f',
    ]);
    expect([stdout, stderr]).toEqual(['1024\n100\n', 'head: write error: No space left on device\n']);
  });
});

describe('tuxfs sh --load', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tuxfs-load-'));
    const path = (name: string): string => join(directory, name);
    mkdirSync(path('tree/sub'), { recursive: true });
    writeFileSync(path('tree/file'), 'content\n');
    writeFileSync(path('tree/binary'), Buffer.from([0, 255, 128, 10]));
    linkSync(path('tree/file'), path('tree/sub/hard'));
    symlinkSync('../nowhere', path('tree/link'));
    writeFileSync(path('tree/sparse'), '');
    truncateSync(path('tree/sparse'), 10_000_000);
    chmodSync(path('tree/file'), 0o4750);
    utimesSync(path('tree/file'), 1_000_000_000, 1_234_567_890.25);
    lutimesSync(path('tree/link'), 5, 86_400);
    utimesSync(path('tree/sub'), 5, 1_500_000_000);
    chmodSync(path('tree/sub'), 0o555);
  });
  afterAll(() => {
    chmodSync(join(directory, 'tree/sub'), 0o755);
    rmSync(directory, { recursive: true });
  });

  it('copies contents, modes, times, symbolic and hard links', () => {
    const script =
      "cd /a/b; stat -c '%n %A %h %s %Y' file sub link sparse; stat -c '%y %X' file; stat -c %b sparse; stat -c %i file sub/hard | uniq | wc -l; readlink link; cat sub/hard; od -An -tx1 binary";
    expect(tuxfs(['sh', '--load', `${directory}/tree:/a/b`, '-c', script])).toEqual({
      stdout:
        'file -rwsr-x--- 2 8 1234567890\nsub dr-xr-xr-x 2 60 1500000000\nlink lrwxrwxrwx 1 10 86400\nsparse -rw-r--r-- 1 10000000 ' +
        `${tuxfs(['sh', '--load', `${directory}/tree:/a/b`, '-c', 'stat -c %Y /a/b/sparse']).stdout}2009-02-13 23:31:30.250000000 +0000 1000000000\n0\n1\n../nowhere\ncontent\n 00 ff 80 0a\n`,
      stderr: '',
      status: 0,
    });
  });
  it('may be given several times, and replaces', () => {
    const words = [
      'sh',
      '--load',
      `${directory}/tree/file:/etc/hostname`,
      '--load',
      `${directory}/tree:/t`,
      '-c',
      'cat /etc/hostname; ls /t',
    ];
    expect(tuxfs(words).stdout).toBe('content\nbinary\nfile\nlink\nsparse\nsub\n');
  });
  it('says what cannot be loaded', () => {
    expect(tuxfs(['sh', '--load', '/no/such:/x', '-c', 'true'])).toMatchObject({
      stderr: expect.stringMatching(/^tuxfs: --load \/no\/such:\/x: ENOENT.*\n$/),
      status: 1,
    });
    expect(tuxfs(['sh', '--size', '64k', '--load', `${root}/package-lock.json:/x`, '-c', 'true'])).toMatchObject({
      stderr: expect.stringMatching(/^tuxfs: --load .*: No space left on device\n$/),
      status: 1,
    });
  });
});

describe('wrong usage', () => {
  it.each([
    [[], 'no command'],
    [['frob'], "unknown command 'frob'"],
    [['--frob'], "unknown option '--frob'"],
    [['sh', '--frob'], "'--frob'"],
    [['sh', '-c'], "'-c"],
    [['sh', '--user', 'bob', '-c', 'id'], "--user 'bob'"],
    [['sh', '--user', '1:2:3', '-c', 'id'], "--user '1:2:3'"],
    [['sh', '--load', 'x', '-c', 'id'], "--load 'x'"],
    [['sh', '--load', 'x:y', '-c', 'id'], "--load 'x:y'"],
    [['sh', '--size', 'big', '-c', 'id'], "--size 'big'"],
    [['sh', '--inodes', '-1', '-c', 'id'], '--inodes'],
    [['sh', '/no/such/script'], "'/no/such/script'"],
  ] as const)('%j: one line, status 2', (words, named) => {
    const { stdout, stderr, status } = tuxfs(words);
    expect([stdout, status]).toEqual(['', 2]);
    expect(stderr).toMatch(/^tuxfs: [^\n]*\n$/);
    expect(stderr).toContain(named);
  });
});

describe('help', () => {
  it('--version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(tuxfs(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', status: 0 });
    expect(tuxfs(['sh', '--version']).stdout).toBe(`${version}\n`);
  });
  it('--help', () => {
    expect(tuxfs(['--help']).stdout).toContain('tuxfs sh ');
    const { stdout, status } = tuxfs(['sh', '--help']);
    expect(status).toBe(0);
    for (const option of ['-c SCRIPT', '--user', '--load', '--size', '--inodes', '--help', '--version']) expect(stdout).toContain(option);
  });
});
