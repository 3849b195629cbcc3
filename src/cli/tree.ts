/**
 * The tree that `tuxfs mount` and `tuxfs exec` serve. It is made on the serving thread, from a description that can be sent there:
 * the default export is what the FUSE front-end boots.
 */
import { O_RDONLY } from '../abi/fcntl.ts';
import { MS_BIND, MS_REMOUNT } from '../abi/mount.ts';
import { Kernel } from '../kernel/kernel.ts';
import { load } from './load.ts';
import { Progress } from './progress.ts';

/** Where the root of a `--type` mount is kept in the kernel that serves it. */
export const TYPE_MOUNTPOINT = '/mnt';

export interface TreeDescription {
  /** A filesystem type, mounted alone; otherwise a fresh root as a kernel boots it. */
  readonly type?: string;
  /** What mount(2) takes as data. */
  readonly data: string;
  /** MS_NOATIME and its like, for the mount that is served. */
  readonly flags?: number;
  /** Host files and trees, and where they go. */
  readonly load: readonly { readonly host: string; readonly guest: string }[];
  /** Symlinks, directories and empty files to make first, for others to mount on. An absent link target removes nothing. */
  readonly prepare?: readonly Prepared[];
}

export interface Prepared {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'symlink';
  readonly target?: string;
}

export default async function makeTree(description: TreeDescription): Promise<Kernel> {
  const { type, data, flags } = description;
  const kernel = type === undefined && data !== '' ? new Kernel({ root: data }) : new Kernel();
  const { init } = kernel;
  if (type !== undefined) init.mount(type, TYPE_MOUNTPOINT, type, 0, data === '' ? null : data);
  if (flags !== undefined) for (const path of mountpoints(kernel)) init.mount(null, path, null, MS_REMOUNT | MS_BIND | flags, null);
  for (const each of description.prepare ?? []) prepare(kernel, each);
  const root = type === undefined ? '' : TYPE_MOUNTPOINT;
  const progress = new Progress(process.stderr);
  for (const { host, guest } of description.load)
    await load(init, { host, guest: root === '' ? guest : `${root}${guest === '/' ? '' : guest}`, progress });
  progress.end();
  return kernel;
}

/** To a program outside, all of them are one mount. */
function mountpoints({ init }: Kernel): string[] {
  const fd = init.open('/proc/self/mounts', O_RDONLY);
  const into = new Uint8Array(65536);
  const text = new TextDecoder().decode(into.subarray(0, init.read(fd, into)));
  init.close(fd);
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[1] as string);
}

/** Makes what others will be mounted on; what is there of another kind, a link for a directory, gives way. */
function prepare(kernel: Kernel, { path, kind, target = '' }: Prepared): void {
  const { init } = kernel;
  const existing = init.statIfExists(path, false);
  if (existing !== undefined) {
    const isDirectory = (existing.mode & 0o170000) === 0o040000;
    if (kind === 'directory' && isDirectory) return;
    if (kind === 'file' && !isDirectory) return;
    if (isDirectory) init.rmdir(path);
    else init.unlink(path);
  }
  if (kind === 'directory') init.mkdir(path, 0o755);
  else if (kind === 'symlink') init.symlink(target, path);
  else init.close(init.creat(path, 0o644));
}
