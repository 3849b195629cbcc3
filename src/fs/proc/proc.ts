/**
 * Processes as files. Linux: fs/proc.
 *
 * A looked-up filesystem: every name is asked for each time, because processes and descriptors come and go.
 * It knows processes only through the TaskTable that the kernel implements.
 */
import { CAP_SYS_PTRACE } from '../../abi/capability.ts';
import { EACCES, EINVAL, EIO, ENOENT, EPERM, ESRCH, LinuxError } from '../../abi/errno.ts';
import { O_CLOEXEC } from '../../abi/fcntl.ts';
import { decodeName } from '../../abi/name.ts';
import { PROC_SUPER_MAGIC, S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import type { Caller } from '../../vfs/caller.ts';
import { type DirectoryDentry, VirtualDentry } from '../../vfs/dentry.ts';
import { type FileDescription, FMODE_READ, FMODE_WRITE } from '../../vfs/file-description.ts';
import { Filesystem, type FilesystemType } from '../../vfs/filesystem.ts';
import { type AttributeChange, type DirectoryEntry, Inode, S_DEAD, S_IMMUTABLE } from '../../vfs/inode.ts';
import { dPath } from '../../vfs/path-name.ts';
import type { Task, TaskTable, TaskWatcher } from '../../vfs/task.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { CommDescription, MountsDescription, SequenceDescription } from './file.ts';
import { type MountsView, showDevices, showFilesystems, showMountinfo, showMounts, showStatus } from './show.ts';

/** Inode numbers: the fixed files from 1, then a range for each process, in it the fixed names and then the descriptors. */
const PROCESS_RANGE = 2 ** 22;
const FDINFO_OFFSET = 2 ** 21;
const DESCRIPTOR_OFFSET = 64;

/** A process's name and its zero byte. */
const TASK_COMM_LEN = 16;

class ProcFilesystem extends Filesystem implements TaskWatcher {
  readonly tasks: TaskTable;

  constructor(vfs: VirtualFilesystem, type: FilesystemType, tasks: TaskTable) {
    super(vfs, type, { pinned: false, magic: PROC_SUPER_MAGIC });
    this.tasks = tasks;
    this.setRoot(new ProcRoot(this));
    tasks.watchers.add(this);
  }

  /** What is kept of a process that has ended is removed. Linux: proc_flush_pid(). */
  exited(task: Task): void {
    const kept = this.root.child(String(task.pid));
    if (kept === undefined) return;
    kept.inode.flags |= S_DEAD;
    this.vfs.invalidate(kept as DirectoryDentry);
  }

  override release(): void {
    this.tasks.watchers.delete(this);
  }
}

/** The kernel's own, or what belongs to a process and is gone with it. Names are made by the kernel alone. */
abstract class ProcInode extends Inode {
  readonly task: Task | undefined;

  constructor(fs: Filesystem, ino: number, mode: number, task?: Task) {
    super(fs, ino, mode, task === undefined ? { uid: 0, gid: 0 } : { uid: task.creds.euid, gid: task.creds.egid });
    this.task = task;
  }

  get tasks(): TaskTable {
    return (this.fs as ProcFilesystem).tasks;
  }

  get alive(): boolean {
    return this.task === undefined || this.tasks.task(this.task.pid) === this.task;
  }

  /** ENOENT for whoever kept the directory of a process that has ended; ESRCH for a file that was opened while it was there. */
  checkAlive(errno: number = ENOENT): void {
    if (!this.alive) throw new LinuxError(errno);
  }

  /** Owner and times may change while the inode is in use, the mode of what belongs to a process may not. Linux: proc_setattr(), proc_notify_change(). */
  override setattr(change: AttributeChange): void {
    if (this.task !== undefined && change.mode !== undefined && change.uid === undefined) throw new LinuxError(EPERM);
  }
}

/** A text that is made when it is read. */
class ProcFile extends ProcInode {
  readonly #open: (caller: Caller) => FileDescription;

  constructor(fs: Filesystem, ino: number, permissions: number, task: Task | undefined, open: (caller: Caller) => FileDescription) {
    super(fs, ino, S_IFREG | permissions, task);
    this.#open = open;
  }

  override open(_flags: number, caller: Caller): FileDescription {
    return this.#open(caller);
  }

  /** Root may ask for it; there is nothing to cut. */
  override truncate(_size: number): void {}
}

class ProcLink extends ProcInode {
  readonly #target: (caller: Caller) => string;

  constructor(fs: Filesystem, ino: number, target: (caller: Caller) => string) {
    super(fs, ino, S_IFLNK | 0o777);
    this.#target = target;
  }

  override readlink(caller: Caller): string {
    return this.#target(caller);
  }
}

/** A link to an object rather than a name. Linux: proc_pid_link_inode_operations. */
class MagicLink extends ProcInode {
  declare readonly task: Task;
  readonly #place: () => VirtualDentry | undefined;
  readonly #size: number;

  constructor(fs: Filesystem, ino: number, permissions: number, task: Task, place: () => VirtualDentry | undefined, size = 0) {
    super(fs, ino, S_IFLNK | permissions, task);
    this.#place = place;
    this.#size = size;
  }

  override get size(): number {
    return this.#size;
  }

  override readlink(caller: Caller): string {
    return dPath(this.jump(caller), caller.root);
  }

  override jump(caller: Caller): VirtualDentry {
    checkMayInspect(caller, this.task);
    const place = this.#place();
    if (place === undefined) throw new LinuxError(ENOENT);
    return place;
  }
}

/** EACCES. Linux: ptrace_may_access(PTRACE_MODE_READ_FSCREDS): the same user in all three ids, or CAP_SYS_PTRACE. */
function checkMayInspect(caller: Caller, task: Task): void {
  if (caller.pid === task.pid || caller.creds.has(CAP_SYS_PTRACE)) return;
  const { fsuid, fsgid } = caller.creds;
  const { uid, euid, suid, gid, egid, sgid } = task.creds;
  const sameUser = fsuid === uid && fsuid === euid && fsuid === suid;
  const sameGroup = fsgid === gid && fsgid === egid && fsgid === sgid;
  if (!sameUser || !sameGroup || !task.creds.permitted.isSubsetOf(caller.creds.permitted)) throw new LinuxError(EACCES);
}

/** A name, and what makes its inode with the number that its place gives it. */
type Entry = readonly [name: string, make: (ino: number) => Inode];

/** A directory with fixed entries. Their inode numbers follow its own. */
abstract class ProcDirectory extends ProcInode {
  abstract entries(): readonly Entry[];

  /** As Linux, an absent name is an error here, not an answer: what proc has not cannot be made to be, whoever asks. */
  override lookup(name: string): Inode {
    this.checkAlive();
    const entries = this.entries();
    const index = entries.findIndex((entry) => entry[0] === name);
    if (index === -1) throw new LinuxError(ENOENT);
    return (entries[index] as Entry)[1](this.ino + index + 1);
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    this.checkAlive();
    const entries = this.entries();
    for (let index = after; index < entries.length; index++) {
      const [name, make] = entries[index] as Entry;
      const { ino, mode } = make(this.ino + index + 1);
      yield { name, ino, mode, cookie: index + 1 };
    }
  }

  override revalidate(_name: string, inode: Inode): boolean {
    return (inode as ProcInode).alive;
  }
}

/** Where the processes begin in the root's cookies. */
const FIRST_PROCESS_COOKIE = 256;

class ProcRoot extends ProcDirectory {
  /** The files that are there whatever processes there are: one inode each, so that a change of mode or owner stays. */
  readonly #fixed: readonly Entry[];

  constructor(fs: Filesystem) {
    super(fs, 1, S_IFDIR | 0o555);
    const { vfs } = fs;
    const self = (caller: Caller): string => {
      if (caller.pid === 0 || this.tasks.task(caller.pid) === undefined) throw new LinuxError(ENOENT);
      return String(caller.pid);
    };
    const text = (show: () => string) => (ino: number) => new ProcFile(fs, ino, 0o444, undefined, () => new SequenceDescription(show, EIO));
    const link = (target: (caller: Caller) => string) => (ino: number) => new ProcLink(fs, ino, target);
    const entries: readonly Entry[] = [
      ['devices', text(() => showDevices(vfs))],
      ['filesystems', text(() => showFilesystems(vfs))],
      ['mounts', link(() => 'self/mounts')],
      ['self', link(self)],
      ['thread-self', link((caller) => `${self(caller)}/task/${self(caller)}`)],
    ];
    this.#fixed = entries.map(([name, make], index) => {
      const inode = make(this.ino + index + 1);
      return [name, () => inode];
    });
  }

  override entries(): readonly Entry[] {
    return this.#fixed;
  }

  override lookup(name: string): Inode {
    // As Linux: no leading zeros, no signs.
    if (!/^[1-9][0-9]{0,6}$/.test(name)) return super.lookup(name);
    const task = this.tasks.task(Number(name));
    if (task === undefined) throw new LinuxError(ENOENT);
    return new ProcessDirectory(this.fs, task, 0);
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    if (after < FIRST_PROCESS_COOKIE) yield* super.iterate(after);
    for (const task of this.tasks.tasks()) {
      const cookie = FIRST_PROCESS_COOKIE + task.pid;
      if (cookie > after) yield { name: String(task.pid), ino: task.pid * PROCESS_RANGE, mode: S_IFDIR, cookie };
    }
  }
}

/** /proc/<pid>, and /proc/<pid>/task/<pid>, which is the same without `task`. */
class ProcessDirectory extends ProcDirectory {
  declare readonly task: Task;
  readonly #level: number;

  constructor(fs: Filesystem, task: Task, level: number) {
    super(fs, task.pid * PROCESS_RANGE + level * 32, S_IFDIR | 0o555, task);
    this.flags |= S_IMMUTABLE;
    this.#level = level;
  }

  override entries(): readonly Entry[] {
    const { fs, task } = this;
    const file = (permissions: number, open: (caller: Caller) => FileDescription) => (ino: number) =>
      new ProcFile(fs, ino, permissions, task, open);
    const link = (place: () => VirtualDentry) => (ino: number) => new MagicLink(fs, ino, 0o777, task, place);
    const entries: Entry[] = [
      ['comm', file(0o644, (caller) => this.#openComm(caller))],
      ['cwd', link(() => task.cwd)],
      ['fd', (ino) => new DescriptorDirectory(fs, ino, S_IFDIR | 0o500, task)],
      ['fdinfo', (ino) => new DescriptorInfoDirectory(fs, ino, S_IFDIR | 0o555, task)],
      ['mountinfo', file(0o444, () => openMounts(task, showMountinfo))],
      ['mounts', file(0o444, () => openMounts(task, showMounts))],
      ['root', link(() => task.root)],
      ['status', file(0o444, () => new SequenceDescription(() => this.#show(showStatus)))],
    ];
    if (this.#level === 0) entries.push(['task', (ino) => new TaskDirectory(fs, ino, S_IFDIR | 0o555, task)]);
    return entries;
  }

  #show(text: (task: Task) => string): string {
    this.checkAlive(ESRCH);
    return text(this.task);
  }

  /** A process names itself. EINVAL another's. */
  #openComm(caller: Caller): FileDescription {
    const { task } = this;
    return new CommDescription(
      () => this.#show(({ comm }) => `${comm}\n`),
      (bytes) => {
        this.checkAlive(ESRCH);
        if (caller.pid !== task.pid) throw new LinuxError(EINVAL);
        const end = bytes.indexOf(0);
        task.comm = decodeName(bytes.subarray(0, Math.min(end === -1 ? bytes.length : end, TASK_COMM_LEN - 1)));
      },
    );
  }
}

/** The namespace and root are those of when it was opened. Linux: mounts_open_common(). */
function openMounts(task: Task, show: (view: MountsView) => string): FileDescription {
  const view = { namespace: task.namespace, root: task.root };
  return new MountsDescription(view.namespace, () => show(view));
}

class TaskDirectory extends ProcDirectory {
  declare readonly task: Task;

  override entries(): readonly Entry[] {
    return [[String(this.task.pid), () => new ProcessDirectory(this.fs, this.task, 1)]];
  }
}

/** /proc/<pid>/fd: a magic link for each descriptor, with the bits of how it is open. */
class DescriptorDirectory extends ProcInode {
  declare readonly task: Task;

  override get size(): number {
    return [...this.task.descriptors()].length;
  }

  override lookup(name: string): Inode {
    if (!this.#has(name)) throw new LinuxError(ENOENT);
    return this.make(Number(name));
  }

  #has(name: string): boolean {
    return this.alive && /^(0|[1-9][0-9]{0,9})$/.test(name) && this.task.descriptor(Number(name)) !== undefined;
  }

  /** A kept link whose descriptor was closed, or is open in another way now, is another link. */
  override revalidate(name: string, inode: Inode): boolean {
    return this.#has(name) && this.make(Number(name)).mode === inode.mode;
  }

  make(fd: number): Inode {
    const { task } = this;
    const { fmode } = task.descriptor(fd) as FileDescription;
    const permissions = ((fmode & FMODE_READ) === 0 ? 0 : 0o500) | ((fmode & FMODE_WRITE) === 0 ? 0 : 0o300);
    const place = (): VirtualDentry | undefined => {
      const file = task.descriptor(fd);
      return file && new VirtualDentry(file.mount, file.dentry);
    };
    return new MagicLink(this.fs, task.pid * PROCESS_RANGE + DESCRIPTOR_OFFSET + fd, permissions, task, place, 64);
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    this.checkAlive();
    for (const [fd] of this.task.descriptors()) {
      if (fd < after) continue;
      const { ino, mode } = this.make(fd);
      yield { name: String(fd), ino, mode, cookie: fd + 1 };
    }
  }
}

/** /proc/<pid>/fdinfo: offset, flags and mount of each descriptor. */
class DescriptorInfoDirectory extends DescriptorDirectory {
  /** Listing it takes what following the links of `fd` takes. Linux: proc_fdinfo_permission(). */
  override open(_flags: number, caller: Caller): undefined {
    checkMayInspect(caller, this.task);
  }

  override make(fd: number): Inode {
    const { task } = this;
    const show = (): string => {
      const file = task.descriptor(fd);
      if (file === undefined) throw new LinuxError(ENOENT);
      const flags = file.flags | (task.closesOnExec(fd) ? O_CLOEXEC : 0);
      return `pos:\t${file.offset}\nflags:\t0${flags.toString(8)}\nmnt_id:\t${file.mount.id}\nino:\t${file.inode.ino}\n`;
    };
    return new ProcFile(this.fs, task.pid * PROCESS_RANGE + FDINFO_OFFSET + fd, 0o444, task, (caller) => {
      checkMayInspect(caller, task);
      return new SequenceDescription(show);
    });
  }
}

export class ProcType implements FilesystemType {
  readonly name = 'proc';
  readonly requiresDevice = false;
  readonly userNamespaceMount = true;
  readonly #vfs: VirtualFilesystem;
  readonly #tasks: TaskTable;

  constructor(vfs: VirtualFilesystem, tasks: TaskTable) {
    this.#vfs = vfs;
    this.#tasks = tasks;
  }

  getFilesystem(_caller: Caller, _source: string, options: { readonly data: string }): Filesystem {
    // hidepid= and subset= are not there: silence would promise what is not kept.
    if (options.data !== '') throw new LinuxError(EINVAL);
    return new ProcFilesystem(this.#vfs, this, this.#tasks);
  }

  release(): void {}
}
