/**
 * tuxfs exec: a command in a private mount namespace whose root is a tuxfs tree. The host's programs are there, read-only.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { MountError } from '../../fuse/attach.ts';
import { type CliCommand, usage } from '../command.ts';
import { parseMountWords } from '../mount-options.ts';
import { inOneLine, isRoot, runInNamespace, waitFor } from '../namespace.ts';
import type { Prepared } from '../tree.ts';
import { mountTree } from './mount.ts';

const INSIDE = 'TUXFS_EXEC_NAMESPACE';
/** In the private namespace nobody else sees what is hidden here. */
const MOUNTPOINT = '/tmp';
/** Nodes that a program may expect, which no namespace of a user may make. */
const STANDARD_NODES = ['null', 'zero', 'full', 'random', 'urandom'];

export const exec: CliCommand = {
  name: 'exec',
  synopsis: '[OPTION]... -- COMMAND [ARGUMENT]...',
  summary: 'Run a command with a fresh tree as its root; /usr and /etc are the host’s, read-only. Exit status is the command’s.',
  help: `  -o OPTIONS               as for mount
      --load HOST:GUEST    copy a file or tree of the host to GUEST first; may be given several times
      --cache              the kernel keeps what it has seen: faster
`,
  run: (words) => inOneLine(() => run(words)),
};

async function run(words: readonly string[]): Promise<number> {
  const parsed = parseMountWords(words);
  if (parsed.rest.length === 0) return usage('exec: wants a command: tuxfs exec -- bash');
  const inside = process.env[INSIDE];
  if (inside === undefined) {
    process.env[INSIDE] = isRoot() ? 'root' : 'user';
    return runInNamespace(['exec', ...words], { user: !isRoot() });
  }
  delete process.env[INSIDE];
  const user = inside === 'user';
  const bound = hostDirectories();
  const nodes = ['tty', ...(user ? STANDARD_NODES : [])].filter((name) => existsSync(`/dev/${name}`));
  const places: Prepared[] = [...bound, ...nodes.map((name): Prepared => ({ path: `/dev/${name}`, kind: 'file' }))];
  parsed.tree.prepare = places;
  if (!user) Object.assign(parsed.mount, { dev: true, suid: true });
  const mounted = await mountTree(MOUNTPOINT, parsed);
  for (const place of bound) if (place.kind === 'directory') bindReadonly(place.path);
  if (user) mountOrThrow(['--rbind', '/proc', `${MOUNTPOINT}/proc`]);
  else mountOrThrow(['-t', 'proc', 'proc', `${MOUNTPOINT}/proc`]);
  for (const name of nodes) mountOrThrow(['--bind', `/dev/${name}`, `${MOUNTPOINT}/dev/${name}`]);
  if (existsSync('/dev/pts')) mountOrThrow(['--rbind', '/dev/pts', `${MOUNTPOINT}/dev/pts`]);
  const status = await waitFor(spawn('chroot', [MOUNTPOINT, ...parsed.rest], { stdio: 'inherit', cwd: '/' }));
  await mounted.unmount({ force: true });
  return status;
}

/** /usr and /etc, and /bin, /sbin and /lib* as they are on the host: links stay links. */
function hostDirectories(): Prepared[] {
  const places: Prepared[] = [
    { path: '/usr', kind: 'directory' },
    { path: '/etc', kind: 'directory' },
  ];
  for (const name of readdirSync('/')) {
    if (!/^(bin|sbin|lib.*)$/.test(name)) continue;
    const path = `/${name}`;
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) places.push({ path, kind: 'symlink', target: readlinkSync(path) });
    else if (stat.isDirectory()) places.push({ path, kind: 'directory' });
  }
  return places;
}

/** Flags of the host's mount that a less privileged namespace must keep. */
function lockedFlags(path: string): string[] {
  let flags: string[] = [];
  let longest = -1;
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const fields = line.split(' ');
    const point = fields[4] ?? '';
    const covers = point === '/' || path === point || path.startsWith(`${point}/`);
    if (!covers || point.length < longest) continue;
    longest = point.length;
    flags = (fields[5] ?? '').split(',').filter((flag) => /^(nosuid|nodev|noexec|noatime|nodiratime|relatime)$/.test(flag));
  }
  return flags;
}

function bindReadonly(path: string): void {
  const target = `${MOUNTPOINT}${path}`;
  mountOrThrow(['--rbind', path, target]);
  mountOrThrow(['-o', ['remount', 'bind', 'ro', ...lockedFlags(path)].join(','), target]);
}

/** The tree is served by a thread of its own, so waiting for mount(8) is safe. */
function mountOrThrow(words: readonly string[]): void {
  const result = spawnSync('mount', ['-n', ...words], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (result.status !== 0) throw new MountError('EPERM', result.stderr.trim().split('\n')[0] ?? 'mount failed');
}
