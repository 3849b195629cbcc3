/**
 * What an operation acts for. Linux: current->cred, current->fs, current->nsproxy. A Process has one; the devtmpfs Accessor makes its own.
 */
import { RLIM_INFINITY } from '../abi/resource.ts';
import type { Credentials } from './credentials.ts';
import type { VirtualDentry } from './dentry.ts';
import type { MountNamespace } from './mount.ts';
import type { VirtualFilesystem } from './virtual-filesystem.ts';

export interface Caller {
  readonly vfs: VirtualFilesystem;
  readonly creds: Credentials;
  readonly root: VirtualDentry;
  readonly cwd: VirtualDentry;
  /** Bits cleared from the mode of what is created. */
  readonly fileModeMask: number;
  readonly namespace: MountNamespace;
  /** RLIMIT_FSIZE in bytes, or Infinity. */
  readonly fileSizeLimit: number;
  /** The process, for /proc/self; 0 outside one. */
  readonly pid: number;
}

/** A process's view without the process. */
export function callerOf({ vfs, creds, root, cwd, fileModeMask, namespace, fileSizeLimit, pid }: Caller): Caller {
  return { vfs, creds, root, cwd, fileModeMask, namespace, fileSizeLimit, pid };
}

/** Whoever acts outside every process. It stands nowhere until it has a namespace, which is made in its name. */
export function callerOutside(vfs: VirtualFilesystem, creds: Credentials, namespace?: MountNamespace): Caller {
  const root = (namespace?.root.rootPath ?? null) as VirtualDentry;
  return {
    vfs,
    creds,
    root,
    cwd: root,
    fileModeMask: 0,
    namespace: namespace as MountNamespace,
    fileSizeLimit: RLIM_INFINITY,
    pid: 0,
  };
}
