/**
 * `npm run bench -- fuse`: system calls of a C program on a tuxfs mount, on libfuse's passthrough_ll over the kernel's tmpfs, and on that
 * tmpfs itself. Server and client share one CPU, since a wake-up across CPUs costs ten times what is measured; rounds alternate.
 *
 * Wants gcc, taskset and Debian's libfuse3-dev (which has the example), as root.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSection } from '../report.ts';

const EXAMPLE = '/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c';
const ROUNDS = 8;
const CPU = String(cpus().length - 1);
const LIMIT = 1.3;

const TITLES: Readonly<Record<string, string>> = {
  fstat: 'fstat(2)',
  stat: 'stat(2) of a file',
  'stat.miss': 'stat(2) of nothing',
  'open+close': 'open(2), close(2)',
  pread4k: 'pread(2) of 4 KiB',
  pwrite4k: 'pwrite(2) of 4 KiB',
  'create+unlink': 'open(2) with O_CREAT, close(2), unlink(2)',
  readdir1000: 'a listing of 1 000 entries',
  write128k: 'writing by 128 KiB',
  write1m: 'writing by 1 MiB',
  read128k: 'reading by 128 KiB',
  read1m: 'reading by 1 MiB',
  back128k: 'writing a new file and reading it once, by 128 KiB',
  back1m: 'writing a new file and reading it once, by 1 MiB',
};

/** From dist-test/bench/fuse. */
const source = (name: string): string => fileURLToPath(new URL(`../../../bench/fuse/${name}`, import.meta.url));
const isRate = (row: string): boolean => /^(read|write|back)\d/.test(row);

interface Place {
  readonly name: string;
  readonly directory: string;
  readonly best: Map<string, number>;
}

function compile(into: string): void {
  execFileSync('gcc', ['-O2', '-o', join(into, 'client'), source('client.c')]);
  const flags = execFileSync('pkg-config', ['fuse3', '--cflags', '--libs'], { encoding: 'utf8' }).trim().split(/\s+/);
  execFileSync('gcc', ['-O2', '-o', join(into, 'passthrough_ll'), EXAMPLE, ...flags], { stdio: 'ignore' });
}

async function mounted(directory: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${directory} `)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${directory} was not mounted`);
}

/** One round of the client in a place. */
function measure(work: string, place: Place, scale: number): void {
  const text = execFileSync('taskset', ['-c', CPU, join(work, 'client'), place.directory, String(scale)], { encoding: 'utf8' });
  for (const line of text.trim().split('\n')) {
    const [row = '', value = ''] = line.split(' ');
    const before = place.best.get(row);
    const now = Number(value);
    place.best.set(row, before === undefined ? now : isRate(row) ? Math.max(before, now) : Math.min(before, now));
  }
}

async function compare(work: string, cache: boolean, scale: number): Promise<Place[]> {
  const names = ['tuxfs', 'passthrough', 'tmpfs'];
  const places = names.map((name): Place => ({ name, directory: join(work, name), best: new Map() }));
  const [tuxfs, passthrough, tmpfs] = places as [Place, Place, Place];
  const behind = join(tmpfs.directory, 'behind');
  const keep = cache ? 'cache=always,timeout=86400' : 'cache=never,timeout=0';
  const servers: ChildProcess[] = [];
  const start = (...words: string[]): void =>
    void servers.push(spawn('taskset', ['-c', CPU, ...words], { stdio: ['ignore', 'ignore', 'inherit'] }));
  for (const place of places) mkdirSync(place.directory, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', tmpfs.directory]);
  mkdirSync(behind);
  start(
    process.execPath,
    fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url)),
    'mount',
    '--type',
    'tmpfs',
    ...(cache ? ['--cache'] : []),
    tuxfs.directory,
  );
  start(join(work, 'passthrough_ll'), '-s', '-f', '-o', `source=${behind},default_permissions,allow_other,${keep}`, passthrough.directory);
  try {
    await mounted(tuxfs.directory);
    await mounted(passthrough.directory);
    for (let round = 0; round < (scale === 1 ? ROUNDS : 1); round++) for (const place of places) measure(work, place, scale);
  } finally {
    for (const place of places) execFileSync('sh', ['-c', 'umount "$1" || umount -l "$1"', 'sh', place.directory], { stdio: 'ignore' });
  }
  await Promise.all(
    servers.map((server) => (server.exitCode === null ? new Promise((resolve) => server.once('exit', resolve)) : undefined)),
  );
  return places;
}

function table(places: readonly Place[]): string[] {
  const [tuxfs, passthrough, tmpfs] = places as [Place, Place, Place];
  const lines = ['| what | tuxfs | passthrough_ll | tmpfs | tuxfs / passthrough | reached |', '|---|---:|---:|---:|---:|---|'];
  for (const [row, title] of Object.entries(TITLES)) {
    const [ours, theirs, kernel] = [tuxfs, passthrough, tmpfs].map((place) => place.best.get(row) ?? Number.NaN) as [
      number,
      number,
      number,
    ];
    const ratio = ours / theirs;
    const reached = isRate(row) ? ratio >= 1 : ratio <= LIMIT;
    const show = (value: number): string =>
      isRate(row) ? `${value.toFixed(0)} MB/s` : `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} µs`;
    lines.push(`| ${title} | ${show(ours)} | ${show(theirs)} | ${show(kernel)} | ${ratio.toFixed(2)} | ${reached ? 'yes' : 'no'} |`);
  }
  return lines;
}

export async function runFuse({ quick }: { readonly quick: boolean }): Promise<void> {
  if (!existsSync('/dev/fuse') || !existsSync(EXAMPLE)) throw new Error('bench fuse wants /dev/fuse and the package libfuse3-dev');
  const work = mkdtempSync(join(tmpdir(), 'tuxfs-bench-fuse-'));
  try {
    compile(work);
    const lines = [
      '## FUSE',
      '',
      `${new Date().toISOString().slice(0, 10)}, Node ${process.version}. The median of a call of a C program, the best of ${ROUNDS} alternating rounds; server and client on one CPU.`,
      `libfuse's passthrough_ll (single-threaded) has the same default_permissions, timeouts and direct I/O, over the kernel's tmpfs. Goal: at most ${LIMIT} times its time, no less than its throughput.`,
    ];
    for (const cache of [false, true]) {
      const note = cache ? ['', 'What is read again comes from the kernel’s own pages: neither server is asked.'] : [];
      const title = cache ? 'Cached (`--cache`)' : 'Coherent (the default)';
      const rows = table(await compare(work, cache, quick ? 20 : 1));
      process.stdout.write(`${title}\n${rows.join('\n')}\n\n`);
      lines.push('', `### ${title}`, ...note, '', ...rows);
    }
    if (!quick) writeSection('FUSE', lines);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
