/**
 * Processes as files. Linux: fs/proc.
 *
 * A looked-up filesystem: every name is asked for each time, because processes and descriptors come and go.
 * It knows processes only through the TaskTable that the kernel implements.
 */
import { CAP_SYS_PTRACE } from '../../abi/capability.ts';
import { EACCES, EINVAL, ENOENT, EPERM, LinuxError } from '../../abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../../abi/fcntl.ts';
import { encodeName } from '../../abi/name.ts';
import { PROC_SUPER_MAGIC, S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import type { Caller } from '../../vfs/caller.ts';
import { VirtualDentry } from '../../vfs/dentry.ts';
import { FileDescription, FMODE_READ, FMODE_WRITE } from '../../vfs/file-description.ts';
import { Filesystem, type FilesystemType } from '../../vfs/filesystem.ts';
import { type DirectoryEntry, Inode, type NewInode } from '../../vfs/inode.ts';
import { dPath } from '../../vfs/path-name.ts';
import type { Task, TaskTable } from '../../vfs/task.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { showDevices, showFilesystems, showMountinfo, showMounts, showStatus } from './show.ts';

/** Inode numbers: the fixed files from 1, then a range for each process, in it the fixed names and then the descriptors. */
const PROCESS_RANGE = 2 ** 22;
const FDINFO_OFFSET = 2 ** 21;
const DESCRIPTOR_OFFSET = 64;

const ROOT = { uid: 0, gid: 0 };

class ProcFilesystem extends Filesystem {
  readonly tasks: TaskTable;

  constructor(vfs: VirtualFilesystem, type: FilesystemType, tasks: TaskTable) {
    super(vfs, type, { pinned: false, magic: PROC_SUPER_MAGIC });
    this.tasks = tasks;
    this.setRoot(new ProcRoot(this));
  }
}

/** Names are made by the kernel alone. */
abstract class ProcInode extends Inode {
  get tasks(): TaskTable {
    return (this.fs as ProcFilesystem).tasks;
  }

  /** As Linux: a name that proc has not cannot be made to be. */
  override create(_name: string, _attributes: NewInode): Inode {
    throw new LinuxError(ENOENT);
  }

  override setattr(): void {
    throw new LinuxError(EPERM);
  }
}

/** A text that is made when it is read. Linux: seq_file. */
class ProcFile extends ProcInode {
  readonly #show: (caller: Caller) => string;

  constructor(fs: Filesystem, ino: number, show: (caller: Caller) => string, owner: { readonly uid: number; readonly gid: number } = ROOT) {
    super(fs, ino, S_IFREG | 0o444, owner);
    this.#show = show;
  }

  override open(flags: number, caller: Caller): FileDescription {
    // Root may ask to write; there is nothing that would take it.
    return (flags & 3) === 0 ? new SequenceDescription(() => this.#show(caller)) : new SequenceDescription(() => '');
  }
}

class SequenceDescription extends FileDescription {
  readonly #show: () => string;
  #text: Uint8Array | undefined;

  constructor(show: () => string) {
    super();
    this.#show = show;
    this.#text = undefined;
  }

  override get moves(): boolean {
    return true;
  }

  override read(into: Uint8Array, offset: number): number {
    // From the beginning it is made anew; further on it stays what it was.
    if (offset === 0 || this.#text === undefined) this.#text = encodeName(this.#show());
    const part = this.#text.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  override write(_from: Uint8Array, _offset: number): number {
    throw new LinuxError(EINVAL);
  }

  override seek(offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) throw new LinuxError(EINVAL);
    const position = whence === SEEK_SET ? offset : this.offset + offset;
    if (position < 0) throw new LinuxError(EINVAL);
    return position;
  }
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

  constructor(
    fs: Filesystem,
    ino: number,
    link: { readonly task: Task; readonly mode: number; readonly place: () => VirtualDentry | undefined },
  ) {
    super(fs, ino, S_IFLNK | link.mode, owner(link.task));
    this.#task = link.task;
    this.#place = link.place;
  }

  override get size(): number {
    return 64;
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

  override lookup(name: string): Inode | undefined {
    return this.entries()
      .find((entry) => entry.name === name)
      ?.make();
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
  constructor(fs: Filesystem) {
    super(fs, 1, S_IFDIR | 0o555, ROOT);
  }

  override entries(): readonly Entry[] {
    const { fs } = this;
    const { vfs } = fs;
    const self = (caller: Caller): string => {
      if (caller.pid === 0 || this.tasks.task(caller.pid) === undefined) throw new LinuxError(ENOENT);
      return String(caller.pid);
    };
    return [
      { name: 'devices', ino: 2, mode: S_IFREG, make: () => new ProcFile(fs, 2, () => showDevices(vfs)) },
      { name: 'filesystems', ino: 3, mode: S_IFREG, make: () => new ProcFile(fs, 3, () => showFilesystems(vfs)) },
      { name: 'mounts', ino: 4, mode: S_IFLNK, make: () => new ProcLink(fs, 4, () => 'self/mounts') },
      { name: 'self', ino: 5, mode: S_IFLNK, make: () => new ProcLink(fs, 5, self) },
      { name: 'thread-self', ino: 6, mode: S_IFLNK, make: () => new ProcLink(fs, 6, (caller) => `${self(caller)}/task/${self(caller)}`) },
    ];
  }

  override lookup(name: string): Inode | undefined {
    const fixed = super.lookup(name);
    if (fixed !== undefined) return fixed;
    // As Linux: no leading zeros, no signs.
    if (!/^[1-9][0-9]{0,6}$/.test(name)) return undefined;
    const task = this.tasks.task(Number(name));
    return task === undefined ? undefined : new ProcessDirectory(this.fs, task, 0);
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
  readonly #task: Task;
  readonly #level: number;

  constructor(fs: Filesystem, task: Task, level: number) {
    super(fs, task.pid * PROCESS_RANGE + level * 32, S_IFDIR | 0o555, owner(task));
    this.#task = task;
    this.#level = level;
  }

  /** Alive, or ENOENT for whoever kept the directory open. */
  override entries(): readonly Entry[] {
    const { fs } = this;
    const task = this.#task;
    if (this.tasks.task(task.pid) !== task) throw new LinuxError(ENOENT);
    const base = this.ino;
    const text = (index: number, name: string, show: (caller: Caller) => string): Entry => ({
      name,
      ino: base + index,
      mode: S_IFREG,
      make: () => new ProcFile(fs, base + index, show, owner(task)),
    });
    const link = (index: number, name: string, place: () => VirtualDentry): Entry => ({
      name,
      ino: base + index,
      mode: S_IFLNK,
      make: () => new MagicLink(fs, base + index, { task, mode: 0o777, place }),
    });
    const entries: Entry[] = [
      text(1, 'comm', () => `${task.comm}\n`),
      link(2, 'cwd', () => task.cwd),
      { name: 'fd', ino: base + 3, mode: S_IFDIR, make: () => new DescriptorDirectory(fs, base + 3, task) },
      { name: 'fdinfo', ino: base + 4, mode: S_IFDIR, make: () => new DescriptorInfoDirectory(fs, base + 4, task) },
      text(5, 'mountinfo', () => showMountinfo(task)),
      text(6, 'mounts', () => showMounts(task)),
      link(7, 'root', () => task.root),
      text(8, 'status', () => showStatus(task)),
    ];
    if (this.#level === 0) entries.push({ name: 'task', ino: base + 9, mode: S_IFDIR, make: () => new TaskDirectory(fs, base + 9, task) });
    return entries;
  }
}

class TaskDirectory extends ProcDirectory {
  readonly #task: Task;

  constructor(fs: Filesystem, ino: number, task: Task) {
    super(fs, ino, S_IFDIR | 0o555, owner(task));
    this.#task = task;
  }

  override entries(): readonly Entry[] {
    const task = this.#task;
    return [
      { name: String(task.pid), ino: task.pid * PROCESS_RANGE + 32, mode: S_IFDIR, make: () => new ProcessDirectory(this.fs, task, 1) },
    ];
  }
}

/** /proc/<pid>/fd: a magic link for each descriptor, with the bits of how it is open. */
class DescriptorDirectory extends ProcInode {
  readonly task: Task;

  constructor(fs: Filesystem, ino: number, task: Task, mode = 0o500) {
    super(fs, ino, S_IFDIR | mode, owner(task));
    this.task = task;
  }

  override get size(): number {
    let count = 0;
    for (const _descriptor of this.task.descriptors()) count++;
    return count;
  }

  override lookup(name: string): Inode | undefined {
    if (!/^(0|[1-9][0-9]{0,9})$/.test(name)) return undefined;
    const fd = Number(name);
    return this.task.descriptor(fd) === undefined ? undefined : this.make(fd);
  }

  make(fd: number): Inode {
    const { task } = this;
    const file = task.descriptor(fd) as FileDescription;
    const mode = ((file.fmode & FMODE_READ) === 0 ? 0 : 0o500) | ((file.fmode & FMODE_WRITE) === 0 ? 0 : 0o300);
    return new MagicLink(this.fs, task.pid * PROCESS_RANGE + DESCRIPTOR_OFFSET + fd, {
      task,
      mode,
      place: () => {
        const now = task.descriptor(fd);
        return now === undefined ? undefined : new VirtualDentry(now.mount, now.dentry);
      },
    });
  }

  override *iterate(after: number): Iterable<DirectoryEntry> {
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

  override make(fd: number): Inode {
    const { task } = this;
    const ino = task.pid * PROCESS_RANGE + FDINFO_OFFSET + fd;
    return new ProcFile(this.fs, ino, () => {
      const file = task.descriptor(fd);
      if (file === undefined) throw new LinuxError(ENOENT);
      return `pos:\t${file.offset}\nflags:\t0${file.flags.toString(8)}\nmnt_id:\t${file.mount.id}\nino:\t${file.inode.ino}\n`;
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
