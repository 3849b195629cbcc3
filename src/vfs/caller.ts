/**
 * What an operation acts for. Linux: current->cred, current->fs, current->nsproxy. A Process has one; the devtmpfs Accessor makes its own.
 */
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
