/**
 * Processes as proc and ttys see them. Linux: struct task_struct, the little of it that filesystems ask. The kernel implements it.
 */
import type { Credentials } from './credentials.ts';
import type { VirtualDentry } from './dentry.ts';
import type { FileDescription } from './file-description.ts';
import type { MountNamespace } from './mount.ts';

export interface Task {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly creds: Credentials;
  readonly root: VirtualDentry;
  readonly cwd: VirtualDentry;
  readonly fileModeMask: number;
  readonly namespace: MountNamespace;
  /** Open descriptors in ascending order. */
  descriptors(): Iterable<readonly [number, FileDescription]>;
  descriptor(fd: number): FileDescription | undefined;
}

export interface TaskTable {
  /** In ascending order of pid. */
  tasks(): Iterable<Task>;
  task(pid: number): Task | undefined;
}
