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
import { PROC_SUPER_MAGIC, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
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

const ROOT = { uid: 0, gid: 0 };

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
    const kept = this.root.children?.get(String(task.pid));
    if (kept === undefined) return;
    kept.inode.flags |= S_DEAD;
    this.vfs.invalidate(kept as DirectoryDentry);
  }

  override release(): void {
    this.tasks.watchers.delete(this);
  }
}

/** Names are made by the kernel alone. */
abstract class ProcInode extends Inode {
  get tasks(): TaskTable {
    return (this.fs as ProcFilesystem).tasks;
  }

  /** Owner and times may change while the inode is in use, the mode of what belongs to a process may not. Linux: proc_setattr(). */
  override setattr(change: AttributeChange): void {
    if (change.mode !== undefined && change.uid === undefined) throw new LinuxError(EPERM);
  }
}

/** A text that is made when it is read. */
class ProcFile extends ProcInode {
  readonly #open: (caller: Caller) => FileDescription;

  constructor(fs: Filesystem, ino: number, file: { readonly mode?: number; readonly task?: Task; open(caller: Caller): FileDescription }) {
    super(fs, ino, S_IFREG | (file.mode ?? 0o444), file.task === undefined ? ROOT : owner(file.task));
    this.#open = file.open;
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
    super(fs, ino, S_IFLNK | 0o777, ROOT);
    this.#target = target;
  }

  override readlink(caller: Caller): string {
    return this.#target(caller);
  }
}

/** A link to an object rather than a name. Linux: proc_pid_link_inode_operations. */
class MagicLink extends ProcInode {
  readonly #task: Task;
  readonly #place: () => VirtualDentry | undefined;
  readonly #size: number;

  constructor(
    fs: Filesystem,
    ino: number,
    link: { readonly task: Task; readonly mode: number; readonly size: number; readonly place: () => VirtualDentry | undefined },
  ) {
    super(fs, ino, S_IFLNK | link.mode, owner(link.task));
    this.#task = link.task;
    this.#place = link.place;
    this.#size = link.size;
  }

  override get size(): number {
    return this.#size;
  }

  #resolve(caller: Caller): VirtualDentry {
    if (!mayInspect(caller, this.#task)) throw new LinuxError(EACCES);
    const place = this.#place();
    if (place === undefined) throw new LinuxError(ENOENT);
    return place;
  }

  override readlink(caller: Caller): string {
    return dPath(this.#resolve(caller), caller.root);
  }

  override jump(caller: Caller): VirtualDentry {
    return this.#resolve(caller);
  }
}

/** Linux: ptrace_may_access(PTRACE_MODE_READ_FSCREDS): the same user in all three ids, or CAP_SYS_PTRACE. */
function mayInspect(caller: Caller, task: Task): boolean {
  if (caller.pid === task.pid || caller.creds.has(CAP_SYS_PTRACE)) return true;
  const { fsuid, fsgid } = caller.creds;
  const { uid, euid, suid, gid, egid, sgid } = task.creds;
  const sameUser = fsuid === uid && fsuid === euid && fsuid === suid;
  const sameGroup = fsgid === gid && fsgid === egid && fsgid === sgid;
  return sameUser && sameGroup && task.creds.permitted.isSubsetOf(caller.creds.permitted);
}

function owner(task: Task): { uid: number; gid: number } {
  return { uid: task.creds.euid, gid: task.creds.egid };
}

interface Entry {
  readonly name: string;
  readonly ino: number;
  readonly mode: number;
  make(): Inode;
}

/** A directory with fixed entries. */
abstract class ProcDirectory extends ProcInode {
  abstract entries(): readonly Entry[];

  /** As Linux, an absent name is an error here, not an answer: what proc has not cannot be made to be, whoever asks. */
  override lookup(name: string): Inode {
    const entry = this.entries().find((each) => each.name === name);
    if (entry === undefined) throw new LinuxError(ENOENT);
    return entry.make();
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    const entries = this.entries();
    for (let index = after; index < entries.length; index++) {
      const { name, ino, mode } = entries[index] as Entry;
      yield { name, ino, mode, cookie: index + 1 };
    }
  }
}

/** Where the processes begin in the root's cookies. */
const FIRST_PROCESS_COOKIE = 256;

class ProcRoot extends ProcDirectory {
  /** The files that are there whatever processes there are: one inode each, so that a change of mode or owner stays. */
  readonly #fixed: readonly Entry[];

  constructor(fs: Filesystem) {
    super(fs, 1, S_IFDIR | 0o555, ROOT);
    const { vfs } = fs;
    const self = (caller: Caller): string => {
      if (caller.pid === 0 || this.tasks.task(caller.pid) === undefined) throw new LinuxError(ENOENT);
      return String(caller.pid);
    };
    const text = (ino: number, show: () => string): Inode => new FixedFile(fs, ino, { open: () => new SequenceDescription(show, EIO) });
    const inodes: readonly (readonly [string, Inode])[] = [
      ['devices', text(2, () => showDevices(vfs))],
      ['filesystems', text(3, () => showFilesystems(vfs))],
      ['mounts', new ProcLink(fs, 4, () => 'self/mounts')],
      ['self', new ProcLink(fs, 5, self)],
      ['thread-self', new ProcLink(fs, 6, (caller) => `${self(caller)}/task/${self(caller)}`)],
    ];
    this.#fixed = inodes.map(([name, inode]) => ({ name, ino: inode.ino, mode: inode.mode & S_IFMT, make: () => inode }));
  }

  override setattr(): void {}

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

  override revalidate(_name: string, inode: Inode): boolean {
    return !(inode instanceof ProcessDirectory) || inode.alive;
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    if (after < FIRST_PROCESS_COOKIE) yield* super.iterate(after);
    for (const task of this.tasks.tasks()) {
      const cookie = FIRST_PROCESS_COOKIE + task.pid;
      if (cookie > after) yield { name: String(task.pid), ino: task.pid * PROCESS_RANGE, mode: S_IFDIR, cookie };
    }
  }
}

/** A file of the kernel's own. Linux: proc_notify_change() keeps what is set. */
class FixedFile extends ProcFile {
  override setattr(): void {}
}

/** What belongs to a process, and is gone with it. */
abstract class TaskInode extends ProcDirectory {
  readonly task: Task;

  constructor(fs: Filesystem, ino: number, task: Task, mode: number) {
    super(fs, ino, S_IFDIR | mode, owner(task));
    this.task = task;
  }

  get alive(): boolean {
    return this.tasks.task(this.task.pid) === this.task;
  }

  /** ENOENT for whoever kept the directory of a process that has ended. */
  checkAlive(): void {
    if (!this.alive) throw new LinuxError(ENOENT);
  }
}

/** /proc/<pid>, and /proc/<pid>/task/<pid>, which is the same without `task`. */
class ProcessDirectory extends TaskInode {
  readonly #level: number;

  constructor(fs: Filesystem, task: Task, level: number) {
    super(fs, task.pid * PROCESS_RANGE + level * 32, task, 0o555);
    this.flags |= S_IMMUTABLE;
    this.#level = level;
  }

  override entries(): readonly Entry[] {
    const { fs, task } = this;
    this.checkAlive();
    const base = this.ino;
    const file = (index: number, name: string, mode: number, open: (caller: Caller) => FileDescription): Entry => ({
      name,
      ino: base + index,
      mode: S_IFREG,
      make: () => new ProcFile(fs, base + index, { mode, task, open }),
    });
    const link = (index: number, name: string, place: () => VirtualDentry): Entry => ({
      name,
      ino: base + index,
      mode: S_IFLNK,
      make: () => new MagicLink(fs, base + index, { task, mode: 0o777, size: 0, place }),
    });
    const directory = (index: number, name: string, make: () => Inode): Entry => ({ name, ino: base + index, mode: S_IFDIR, make });
    const entries: Entry[] = [
      file(1, 'comm', 0o644, (caller) => this.#openComm(caller)),
      link(2, 'cwd', () => task.cwd),
      directory(3, 'fd', () => new DescriptorDirectory(fs, base + 3, task)),
      directory(4, 'fdinfo', () => new DescriptorInfoDirectory(fs, base + 4, task)),
      file(5, 'mountinfo', 0o444, () => openMounts(task, showMountinfo)),
      file(6, 'mounts', 0o444, () => openMounts(task, showMounts)),
      link(7, 'root', () => task.root),
      file(8, 'status', 0o444, () => new SequenceDescription(() => this.#show(() => showStatus(task)))),
    ];
    if (this.#level === 0) entries.push(directory(9, 'task', () => new TaskDirectory(fs, base + 9, task)));
    return entries;
  }

  /** ESRCH: a file that was opened while the process was there. */
  #show(text: () => string): string {
    if (!this.alive) throw new LinuxError(ESRCH);
    return text();
  }

  /** A process names itself. EINVAL another's. */
  #openComm(caller: Caller): FileDescription {
    const { task } = this;
    return new CommDescription(
      () => this.#show(() => `${task.comm}\n`),
      (bytes) => {
        if (!this.alive) throw new LinuxError(ESRCH);
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

class TaskDirectory extends TaskInode {
  constructor(fs: Filesystem, ino: number, task: Task) {
    super(fs, ino, task, 0o555);
  }

  override entries(): readonly Entry[] {
    const { fs, task } = this;
    this.checkAlive();
    return [{ name: String(task.pid), ino: task.pid * PROCESS_RANGE + 32, mode: S_IFDIR, make: () => new ProcessDirectory(fs, task, 1) }];
  }

  override revalidate(): boolean {
    return this.alive;
  }
}

/** /proc/<pid>/fd: a magic link for each descriptor, with the bits of how it is open. */
class DescriptorDirectory extends TaskInode {
  constructor(fs: Filesystem, ino: number, task: Task, mode = 0o500) {
    super(fs, ino, task, mode);
  }

  override get size(): number {
    let count = 0;
    for (const _descriptor of this.task.descriptors()) count++;
    return count;
  }

  override entries(): readonly Entry[] {
    return [];
  }

  override lookup(name: string): Inode {
    const fd = Number(name);
    if (!this.#has(name)) throw new LinuxError(ENOENT);
    return this.make(fd);
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
    const file = task.descriptor(fd) as FileDescription;
    const mode = ((file.fmode & FMODE_READ) === 0 ? 0 : 0o500) | ((file.fmode & FMODE_WRITE) === 0 ? 0 : 0o300);
    return new MagicLink(this.fs, task.pid * PROCESS_RANGE + DESCRIPTOR_OFFSET + fd, {
      task,
      mode,
      size: 64,
      place: () => {
        const now = task.descriptor(fd);
        return now === undefined ? undefined : new VirtualDentry(now.mount, now.dentry);
      },
    });
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    this.checkAlive();
    for (const [fd] of this.task.descriptors()) {
      if (fd + 1 > after)
        yield { name: String(fd), ino: this.task.pid * PROCESS_RANGE + DESCRIPTOR_OFFSET + fd, mode: S_IFLNK, cookie: fd + 1 };
    }
  }
}

/** /proc/<pid>/fdinfo: offset, flags and mount of each descriptor. */
class DescriptorInfoDirectory extends DescriptorDirectory {
  constructor(fs: Filesystem, ino: number, task: Task) {
    super(fs, ino, task, 0o555);
  }

  /** Listing it takes what following the links of `fd` takes. Linux: proc_fdinfo_permission(). */
  override open(_flags: number, caller: Caller): undefined {
    if (!mayInspect(caller, this.task)) throw new LinuxError(EACCES);
  }

  override make(fd: number): Inode {
    const { task } = this;
    const show = (): string => {
      const file = task.descriptor(fd);
      if (file === undefined) throw new LinuxError(ENOENT);
      const flags = file.flags | (task.closesOnExec(fd) ? O_CLOEXEC : 0);
      return `pos:\t${file.offset}\nflags:\t0${flags.toString(8)}\nmnt_id:\t${file.mount.id}\nino:\t${file.inode.ino}\n`;
    };
    return new ProcFile(this.fs, task.pid * PROCESS_RANGE + FDINFO_OFFSET + fd, {
      task,
      open: (caller) => {
        if (!mayInspect(caller, task)) throw new LinuxError(EACCES);
        return new SequenceDescription(show);
      },
    });
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
    for (const entry of super.iterate(after))
      yield { ...entry, ino: this.task.pid * PROCESS_RANGE + FDINFO_OFFSET + Number(entry.name), mode: S_IFREG };
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
