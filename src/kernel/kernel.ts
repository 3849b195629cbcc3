/**
 * A kernel: a VFS with devices, a clock, randomness and processes. Linux: start_kernel() and what it leaves running.
 *
 * Everything that changes belongs to one Kernel object: a program may have a thousand, and no two ever touch.
 */
import { checkInteger, checkOptions, checkRange, mistaken } from '../abi/check.ts';
import { EAGAIN, LinuxError } from '../abi/errno.ts';
import { RLIM_INFINITY, RLIMIT_FSIZE, RLIMIT_NOFILE } from '../abi/resource.ts';
import { KernelLog, registerMemoryDevices } from '../devices/index.ts';
import { createDev, type DevOptions, DevType, DevtmpfsType } from '../fs/devtmpfs/index.ts';
import { ProcType } from '../fs/proc/proc.ts';
import { TmpfsType } from '../fs/tmpfs/tmpfs.ts';
import { mountAnonymous } from '../vfs/anonymous.ts';
import { type Caller, callerOf, callerOutside } from '../vfs/caller.ts';
import { Clock, type TimeSource } from '../vfs/clock.ts';
import { Credentials } from '../vfs/credentials.ts';
import type { DeviceRegistry } from '../vfs/device.ts';
import type { FileDescription } from '../vfs/file-description.ts';
import type { Filesystem } from '../vfs/filesystem.ts';
import type { Mount } from '../vfs/mount.ts';
import { newMountNamespace } from '../vfs/mounting.ts';
import type { Task, TaskTable, TaskWatcher } from '../vfs/task.ts';
import { type Sysctl, VirtualFilesystem } from '../vfs/virtual-filesystem.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW, lookupAt } from '../vfs/walk.ts';
import { checkPath } from './arguments.ts';
import { boot } from './boot.ts';
import { FileTable } from './file-table.ts';
import { Process, type ProcessState, type Rlimit } from './process.ts';
import { HostRandom, type RandomSource, SeededRandom } from './random.ts';

/** The largest pid, as on 64-bit machines. Linux: PID_MAX_LIMIT. */
const PID_MAX = 4_194_304;

/** -1 is nobody's number. */
const ID_MAX = 0xffff_fffe;

export interface KernelOptions {
  /** Where the time comes from, in milliseconds; default the host's clock. */
  readonly clock?: TimeSource;
  /** Makes /dev/random the same in every run. */
  readonly seed?: number;
  /** Only an empty tmpfs on `/`, without devices or processes' files. */
  readonly bare?: boolean;
  /** Options of the root tmpfs as for mount -o: `size=1g,nr_inodes=10000`. */
  readonly root?: string;
  /** What /etc/hostname says; default `tuxfs`. */
  readonly hostname?: string;
  /** Errors carry a stack: slower, for debugging. */
  readonly stacks?: boolean;
  readonly sysctl?: Partial<Sysctl>;
  /** Total memory in bytes, of which tmpfs takes half by default. Default 8 GiB. */
  readonly memory?: number;
}

export interface SpawnOptions {
  /** Default 0. */
  readonly uid?: number;
  /** Default 0. */
  readonly gid?: number;
  /** Supplementary groups; default none. */
  readonly groups?: readonly number[];
  /** CAP_* numbers; default all for uid 0 and none otherwise. */
  readonly capabilities?: readonly number[];
  /** Default 022. */
  readonly umask?: number;
  /** Default `/`, seen from `root`. ENOENT if it is missing. */
  readonly cwd?: string;
  /** Default the kernel's root. */
  readonly root?: string;
  readonly comm?: string;
  /** Soft and hard RLIMIT_NOFILE. */
  readonly descriptors?: Rlimit;
}

export class Kernel implements TaskTable {
  readonly vfs: VirtualFilesystem;
  readonly random: RandomSource;
  readonly processes: Map<number, Process>;
  readonly watchers: Set<TaskWatcher>;
  /** Process 1. */
  readonly init: Process;
  /** The mount of files without a place. */
  readonly anonymous: Mount;
  /** What /dev/kmsg reads. */
  readonly log: KernelLog;
  /** The last waiting call that uses a description's offset; the next one, whichever process makes it, starts after it. */
  readonly tails: WeakMap<FileDescription, Promise<unknown>>;
  /** Errors capture a stack. */
  stacks: boolean;
  #nextPid: number;

  constructor(options: KernelOptions = {}) {
    checkOptions(options);
    const { clock = Date.now, sysctl, memory, seed, stacks = false, root = '', bare = false, hostname = 'tuxfs' } = options;
    if (typeof clock !== 'function') throw mistaken('clock', 'a function', clock);
    this.vfs = new VirtualFilesystem({ clock: new Clock(clock), sysctl, memory });
    this.random = seed === undefined ? new HostRandom() : new SeededRandom(seed);
    this.processes = new Map();
    this.watchers = new Set();
    this.tails = new WeakMap();
    this.stacks = stacks;
    this.#nextPid = 1;
    this.log = new KernelLog(this.vfs.clock);
    this.vfs.registerFilesystemType(new ProcType(this.vfs, this));
    this.vfs.registerFilesystemType(new TmpfsType(this.vfs));
    this.vfs.registerFilesystemType(new DevtmpfsType(this.vfs));
    this.vfs.registerFilesystemType(new DevType(this.vfs));
    registerMemoryDevices(this.vfs, { random: this.random, log: this.log });
    this.anonymous = mountAnonymous(this.vfs);
    const creds = Credentials.root();
    const mount = { source: 'tmpfs', data: `mode=755,${root}`, flags: 0 };
    const namespace = naming('root', root, () => newMountNamespace(callerOutside(this.vfs, creds), 'tmpfs', mount));
    this.init = this.#start(0, {
      comm: 'init',
      creds,
      root: namespace.root.rootPath,
      cwd: namespace.root.rootPath,
      fileModeMask: 0o022,
      namespace,
      limits: defaultLimits(),
      files: new FileTable(),
    });
    if (!bare) boot(this, { hostname });
  }

  get clock(): Clock {
    return this.vfs.clock;
  }

  get devices(): DeviceRegistry {
    return this.vfs.devices;
  }

  get sysctl(): Sysctl {
    return this.vfs.sysctl;
  }

  /** A child of init with its own credentials and directories. ENOENT, naming the missing cwd or root. */
  spawn(options: SpawnOptions = {}): Process {
    checkOptions(options);
    const { groups = [], capabilities, umask = 0o022, comm = 'tuxfs', descriptors } = options;
    if (!Array.isArray(groups)) throw mistaken('groups', 'an array', groups);
    checkInteger(umask, 'umask');
    const creds = Credentials.of({
      uid: checkRange(options.uid ?? 0, 'uid', ID_MAX),
      gid: checkRange(options.gid ?? 0, 'gid', ID_MAX),
      groups: groups.map((each) => checkRange(each, 'groups', ID_MAX)),
      capabilities,
    });
    const limits = defaultLimits();
    if (descriptors !== undefined) {
      if (!(descriptors?.cur <= descriptors.max)) throw mistaken('descriptors', '{ cur, max }', descriptors);
      limits.set(RLIMIT_NOFILE, descriptors);
    }
    // The directories are looked up with the kernel's own rights: that a user may not go there is for its calls to find out.
    const root = this.#directory(this.init, options.root ?? '/', 'root');
    const cwd = this.#directory({ ...callerOf(this.init), root, cwd: root }, options.cwd ?? '/', 'cwd');
    const { namespace } = this.init;
    return this.adopt(this.init, { comm, creds, root, cwd, fileModeMask: umask & 0o777, namespace, limits, files: new FileTable() });
  }

  #directory(caller: Caller, path: string, name: string): ReturnType<typeof lookupAt> {
    return naming(name, path, () => lookupAt(caller, caller.cwd, checkPath(path, name), LOOKUP_FOLLOW | LOOKUP_DIRECTORY));
  }

  /** Starts a child of `parent`. */
  adopt(parent: Process, state: Omit<ProcessState, 'pid' | 'ppid'>): Process {
    return this.#start(parent.pid, state);
  }

  #start(ppid: number, state: Omit<ProcessState, 'pid' | 'ppid'>): Process {
    const process = new Process(this, { ...state, pid: this.#allocatePid(), ppid });
    this.processes.set(process.pid, process);
    return process;
  }

  /** The next number that is free. EAGAIN when there is none. */
  #allocatePid(): number {
    for (let tries = 0; tries < PID_MAX; tries++) {
      const pid = this.#nextPid;
      // As Linux: after the largest pid, low ones are given out again, but not those of early daemons.
      this.#nextPid = pid + 1 >= PID_MAX ? 300 : pid + 1;
      if (!this.processes.has(pid)) return pid;
    }
    throw new LinuxError(EAGAIN);
  }

  /** An exited process leaves the table; its children become init's. */
  reap(process: Process): void {
    this.processes.delete(process.pid);
    for (const watcher of this.watchers) watcher.exited(process);
    for (const child of this.processes.values()) if (child.ppid === process.pid) child.ppid = 1;
  }

  /** A private /dev for a container, beside the shared devtmpfs; `mountFilesystem` puts it in place. */
  createDev(options: DevOptions = {}): Filesystem {
    return createDev(this.vfs, options);
  }

  tasks(): Iterable<Task> {
    return this.processes.values();
  }

  task(pid: number): Task | undefined {
    return this.processes.get(pid);
  }
}

/** A failure says which option it comes from. */
function naming<T>(name: string, value: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof LinuxError) {
      error.message += `: ${name} '${value}'`;
      error.syscall = 'spawn';
      error.path = value;
    }
    throw error;
  }
}

/** As the kernel starts init, with the hard limit on descriptors that distributions give. */
function defaultLimits(): Map<number, Rlimit> {
  return new Map([
    [RLIMIT_FSIZE, { cur: RLIM_INFINITY, max: RLIM_INFINITY }],
    [RLIMIT_NOFILE, { cur: 1024, max: 1_048_576 }],
  ]);
}
