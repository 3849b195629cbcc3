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
  /** At most 15 bytes; a process may name itself. */
  comm: string;
  readonly creds: Credentials;
  readonly root: VirtualDentry;
  readonly cwd: VirtualDentry;
  readonly fileModeMask: number;
  readonly namespace: MountNamespace;
  /** Open descriptors in ascending order. */
  descriptors(): Iterable<readonly [number, FileDescription]>;
  descriptor(fd: number): FileDescription | undefined;
  closesOnExec(fd: number): boolean;
}

/** Who is told when a process ends. */
export interface TaskWatcher {
  exited(task: Task): void;
}

export interface TaskTable {
  readonly watchers: Set<TaskWatcher>;
  /** In ascending order of pid. */
  tasks(): Iterable<Task>;
  task(pid: number): Task | undefined;
}
