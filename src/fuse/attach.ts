/**
 * Makes and removes the mount in the host's kernel, with mount(8) and umount(8): no native code.
 *
 * mount(2) for FUSE wants an open /dev/fuse; the command inherits ours as its descriptor 3. umount(8) may ask the filesystem
 * questions, so it is never waited for synchronously.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, promises, realpathSync } from 'node:fs';
import { mountOn } from './mountinfo.ts';

/** The type in /proc/mounts. */
export const FUSE_TYPE = 'fuse.tuxfs';
export const DEVICE = '/dev/fuse';

export interface AttachOptions {
  /** The first column of /proc/mounts; default `tuxfs`. */
  readonly source?: string;
  /** Device nodes may be opened: they are the host's devices. Default false. */
  readonly dev?: boolean;
  /** Set-id bits count. Default false. */
  readonly suid?: boolean;
  readonly readonly?: boolean;
  readonly noexec?: boolean;
  /** Octal type bits of the root: a single file may be served too. */
  readonly rootMode?: number;
}

export interface Attachment {
  readonly fd: number;
  readonly directory: string;
  /** Minor of st_dev: the connection's number. */
  readonly connection: number;
}

/** A call of the host failed: `code` as in node:fs, the message in one line. */
export class MountError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'MountError';
    this.code = code;
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'EIO';
}

/** Opens /dev/fuse. ENOENT, ENODEV: the host has no FUSE · EACCES: it is not for this user. */
function openDevice(): number {
  try {
    return openSync(DEVICE, 'r+');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EACCES' || code === 'EPERM')
      throw new MountError(code, `cannot open ${DEVICE}: permission denied (its mode must allow this user to read and write it)`);
    throw new MountError(code, `cannot open ${DEVICE}: ${code === 'ENOENT' ? 'no such device; is the fuse module loaded?' : code}`);
  }
}

/** Unmounts what an earlier server left on `directory`, if it is ours and dead. */
export async function clearStale(directory: string): Promise<boolean> {
  let cleared = false;
  for (;;) {
    const mount = mountOn(directory);
    if (mount === undefined || mount.type !== FUSE_TYPE) return cleared;
    const alive = await promises.stat(directory).then(
      () => true,
      (error: unknown) => codeOf(error) !== 'ENOTCONN',
    );
    if (alive) return cleared;
    if ((await run('umount', ['-l', directory])) !== '') return cleared;
    cleared = true;
  }
}

/** The directory's path without symlinks, also where a dead mount covers it. */
function canonical(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOTCONN') return directory.startsWith('/') ? directory : `${process.cwd()}/${directory}`;
    throw new MountError(code, `cannot mount on ${directory}: ${code === 'ENOENT' ? 'no such directory' : code}`);
  }
}

/** mount(8) on `directory`. The connection waits for INIT until someone reads the descriptor. */
export async function attach(directory: string, options: AttachOptions = {}): Promise<Attachment> {
  const path = canonical(directory);
  await clearStale(path);
  const fd = openDevice();
  const words = [
    'fd=3',
    `rootmode=${(options.rootMode ?? 0o40000).toString(8)}`,
    'user_id=0',
    'group_id=0',
    'allow_other',
    'default_permissions',
    options.dev === true ? 'dev' : 'nodev',
    options.suid === true ? 'suid' : 'nosuid',
  ];
  if (options.readonly === true) words.push('ro');
  if (options.noexec === true) words.push('noexec');
  // -i: no helper of the fuse type, which would start another server. This does not wait for the filesystem.
  const command = ['-i', '-t', FUSE_TYPE, '-o', words.join(','), '--', options.source ?? 'tuxfs', path];
  const result = spawnSync('mount', command, { stdio: ['ignore', 'pipe', 'pipe', fd], encoding: 'utf8' });
  const mount = result.status === 0 ? mountOn(path) : undefined;
  if (mount === undefined) {
    closeSync(fd);
    const reason = result.error?.message ?? result.stderr.trim().split('\n')[0] ?? '';
    throw new MountError(
      /permission denied|superuser|must be/i.test(reason) ? 'EPERM' : 'EINVAL',
      reason === '' ? `cannot mount on ${path}` : reason,
    );
  }
  return { fd, directory: path, connection: mount.minor };
}

/** Runs a command to its end; what it complained about, or nothing. */
export function run(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => resolve(status === 0 ? '' : complaint.trim() || `${command} ended with ${status}`));
  });
}

/** umount(8). EBUSY while files are open; `lazy` takes it out of the tree and lets them finish. */
export async function detach(directory: string, how: { readonly lazy: boolean }): Promise<void> {
  const complaint = await run('umount', how.lazy ? ['-l', '--', directory] : ['--', directory]);
  if (complaint === '') return;
  throw new MountError(/busy/.test(complaint) ? 'EBUSY' : 'EINVAL', complaint);
}
