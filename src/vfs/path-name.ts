/**
 * The name of a place. Linux: d_path() and getcwd(2) of fs/d_path.c.
 */
import { ENOENT, LinuxError } from '../abi/errno.ts';
import type { Caller } from './caller.ts';
import { DCACHE_UNHASHED, type Dentry, type VirtualDentry } from './dentry.ts';
import { S_DEAD } from './inode.ts';

interface Climb {
  readonly path: string;
  /** The climb ended at the root it was given. */
  readonly reached: boolean;
}

/** Linux: prepend_path(): from a place up to `root`, or to wherever there is no way on. */
function climb(at: VirtualDentry, root: VirtualDentry): Climb {
  let { mount, dentry } = at;
  let path = '';
  for (;;) {
    if (mount === root.mount && dentry === root.dentry) return { path: path === '' ? '/' : path, reached: true };
    if (dentry === mount.root) {
      if (mount.parent === null || mount.mountpoint === null) return { path: path === '' ? '/' : path, reached: false };
      dentry = mount.mountpoint;
      mount = mount.parent;
      continue;
    }
    if (dentry.parent === dentry) return { path: path === '' ? '/' : path, reached: false };
    path = `/${dentry.name}${path}`;
    dentry = dentry.parent;
  }
}

/** Whether its name, or that of the directory itself, was removed. */
export function isUnlinked(dentry: Dentry): boolean {
  return (dentry.flags & DCACHE_UNHASHED) !== 0 || (dentry.inode.flags & S_DEAD) !== 0;
}

/** What /proc/<pid>/fd links, `cwd` and `root` show: ` (deleted)` behind what was removed. What has no place (a pipe) is its bare name. */
export function dPath(at: VirtualDentry, root: VirtualDentry): string {
  if (at.dentry.parent === at.dentry && at.dentry.name !== '') return at.dentry.name;
  const { path } = climb(at, root);
  return isUnlinked(at.dentry) ? `${path} (deleted)` : path;
}

/** The path of a mount point as `root` sees it, or undefined when it does not. */
export function reachablePath(at: VirtualDentry, root: VirtualDentry): string | undefined {
  const { path, reached } = climb(at, root);
  return reached ? path : undefined;
}

/** The path of a dentry within its own filesystem. */
export function pathInFilesystem(dentry: Dentry): string {
  let path = '';
  for (let current = dentry; current.parent !== current; current = current.parent) path = `/${current.name}${path}`;
  const name = path === '' ? '/' : path;
  return isUnlinked(dentry) ? `${name}//deleted` : name;
}

/** getcwd(2).
 *  ENOENT the directory was removed
 *  @linux getcwd full */
export function getcwdPath(caller: Caller): string {
  if (isUnlinked(caller.cwd.dentry)) throw new LinuxError(ENOENT);
  const { path, reached } = climb(caller.cwd, caller.root);
  return reached ? path : `(unreachable)${path}`;
}
