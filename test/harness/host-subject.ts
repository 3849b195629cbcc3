/**
 * The running kernel as a subject: processes in a private mount namespace, called through pipes, one call at a time.
 *
 * A test is synchronous, so its side blocks too: the pipes are made with pipe2(2) and given to the child by number, as Node
 * would make its own non-blocking.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syscall } from './libc.ts';
import { NodeCallError, type NodeErrorFields } from './node-process.ts';
import type { SpawnOptions, Subject, SubjectCase, SubjectProcess } from './subject.ts';
import { FrameReader, type Request, type Response, sendFrame } from './wire.ts';

const SYS_poll = 7;
const SYS_pipe2 = 293;
const POLLIN = 1;
const O_CLOEXEC = 0o2000000;
/** Processes alive at once, the two of the harness among them. */
const SLOTS = 24;
/** What V8 does in the background, its threads would do: a fork has none. `--single-threaded` does not speak of code caches. */
const ONE_THREAD = ['--single-threaded', '--no-concurrent-cache-deserialization', '--v8-pool-size=0'];
/** Descriptors from 0 on that are the case's own. */
const DESCRIPTORS = 256;
/** A call that takes longer waits for something that a test cannot give it. */
const PATIENCE = 20_000;

/** Compiled, since Node 20 runs no TypeScript: beside this file, or where `npm run build:test` puts it. */
const CHILD: string =
  [new URL('./host-child.js', import.meta.url), new URL('../../dist-test/test/harness/host-child.js', import.meta.url)]
    .map((url) => fileURLToPath(url))
    .find((path) => existsSync(path)) ?? '';

const errnoNames = new Map<number, string>(Object.entries(constants.errno).map(([name, errno]) => [errno, name]));
// Names that share a number: the one that the man pages of files use.
for (const name of ['EAGAIN', 'EOPNOTSUPP'] as const) errnoNames.set(constants.errno[name], name);

/** A system call that failed on the host. The fields are those of LinuxError. */
export class HostError extends Error {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;

  constructor(errno: number, call: string, args: unknown[]) {
    const code = errnoNames.get(errno) ?? `errno ${errno}`;
    super(`${code}: ${call}(${args.map((argument) => JSON.stringify(argument)).join(', ')})`);
    this.errno = errno;
    this.code = code;
    this.syscall = call;
  }
}

class Pipe {
  readonly reader: FrameReader;
  readonly writeEnd: number;
  private readonly pollRequest: Uint8Array;

  constructor(readEnd: number, writeEnd: number) {
    this.reader = new FrameReader(readEnd);
    this.writeEnd = writeEnd;
    this.pollRequest = new Uint8Array(8);
    const data = new DataView(this.pollRequest.buffer);
    data.setInt32(0, readEnd, true);
    data.setInt16(4, POLLIN, true);
  }

  call(request: Request): Response {
    sendFrame(this.writeEnd, request);
    if (syscall(SYS_poll, this.pollRequest, 1, PATIENCE) === 0) {
      throw new Error(`the host process did not answer ${request[0]}: it waits, or it has died`);
    }
    const response = this.reader.receive() as Response | undefined;
    if (response === undefined) throw new Error('the host process is gone');
    if (response[0] === -1) throw new Error(`host process: ${response[1]}`);
    return response;
  }
}

/** The child processes of one test file. */
class HostMachine {
  private readonly pipes: Pipe[];
  private readonly free: number[];
  /** Processes that have left a case, and can enter another. */
  private readonly origins: number[];
  private readonly directory: string;
  /** Of the process in each slot, the slot of its parent and its own number. */
  private readonly parents: [slot: number, pid: number][];

  constructor(api: 'system calls' | 'node') {
    if (CHILD === '') throw new Error('the tests are not built: npm run build:test');
    this.pipes = [];
    this.free = [];
    this.origins = [];
    this.parents = [];
    this.directory = mkdtempSync(join(tmpdir(), 'tuxfs-host-'));
    const theirs: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const [requestRead, requestWrite] = pipe();
      const [responseRead, responseWrite] = pipe();
      theirs.push(requestRead, responseWrite);
      this.pipes.push(new Pipe(responseRead, requestWrite));
      if (slot > 0) this.free.unshift(slot);
    }
    const nothing = openSync('/dev/null', 'r');
    const child = spawn(process.execPath, [...ONE_THREAD, CHILD, String(SLOTS), String(DESCRIPTORS), this.directory], {
      // What Node opens for itself then gets numbers above those that a case sees.
      stdio: ['ignore', 'inherit', 'inherit', ...theirs, ...Array<number>(DESCRIPTORS - 3 - theirs.length).fill(nothing)],
      env: { TUXFS_HOST_API: api },
    });
    child.unref();
    for (const fd of [...theirs, nothing]) closeSync(fd);
  }

  /** A new process, a copy of the one in `slot`; answers its own slot. */
  fork(slot: number): number {
    const own = this.free.pop();
    if (own === undefined) throw new Error('no more host processes');
    const [, pid] = this.pipe(slot).call(['harness fork', own]);
    this.parents[own] = [slot, pid as number];
    return own;
  }

  pipe(slot: number): Pipe {
    return this.pipes[slot] as Pipe;
  }

  exit(slot: number, status: number): void {
    this.pipe(slot).call(['exit', status]);
    this.free.push(slot);
  }

  /** Returns when the process that was in `slot` is gone, with what it kept busy. Its parent must be alive. */
  wait(slot: number): void {
    const [parent, pid] = this.parents[slot] as [number, number];
    if (!this.free.includes(parent)) this.pipe(parent).call(['harness wait', pid]);
  }

  /** A case on a tmpfs of the host, or in a directory of the tree mounted at `tree`. */
  open(tree?: string): HostCase {
    const slot = this.origins.pop() ?? this.fork(0);
    const [errno] = this.pipe(slot).call(['harness enter', this.directory, tree]);
    // A case must never run on the machine's own tree.
    if (errno !== 0) throw new HostError(errno, 'harness enter', [this.directory]);
    return new HostCase(this, slot);
  }

  /** The case that `slot` entered has ended. */
  leave(slot: number): void {
    this.pipe(slot).call(['harness leave']);
    this.origins.push(slot);
  }
}

function pipe(): [number, number] {
  const fds = new Uint8Array(8);
  syscall(SYS_pipe2, fds, O_CLOEXEC);
  const data = new DataView(fds.buffer);
  return [data.getInt32(0, true), data.getInt32(4, true)];
}

/** Makes calls in the process of one slot. */
class RemoteProcess {
  readonly slot: number;
  private readonly owner: HostCase;

  constructor(owner: HostCase, slot: number) {
    this.owner = owner;
    this.slot = slot;
  }

  call(method: string, args: unknown[]): unknown {
    const [errno, result, filled] = this.owner.machine.pipe(this.slot).call([method, ...args]);
    if (errno === -2) throw new NodeCallError(result as NodeErrorFields);
    if (errno !== 0) throw new HostError(errno, method, args);
    if (filled !== undefined) this.filled = filled;
    return result;
  }

  filled: Uint8Array[] = [];

  into(method: string, args: [fd: number, into: Uint8Array, ...rest: unknown[]]): number {
    const [fd, into, ...rest] = args;
    const count = this.call(method, [fd, into.length, ...rest]) as number;
    into.set(this.filled[0] as Uint8Array);
    return count;
  }

  intos(method: string, args: [fd: number, intos: Uint8Array[], ...rest: unknown[]]): number {
    const [fd, intos, ...rest] = args;
    const count = this.call(method, [fd, intos.map((into) => into.length), ...rest]) as number;
    intos.forEach((into, i) => {
      into.set(this.filled[i] as Uint8Array);
    });
    return count;
  }

  ioctl(fd: number, request: number, arg: number | Uint8Array = 0): number {
    const result = this.call('ioctl', [fd, request, arg]) as number;
    if (arg instanceof Uint8Array) arg.set(this.filled[0] as Uint8Array);
    return result;
  }

  poll(fds: { revents?: number }[]): number {
    const [count, revents] = this.call('poll', [fds]) as [number, number[]];
    fds.forEach((entry, i) => {
      entry.revents = revents[i] as number;
    });
    return count;
  }

  fork(): SubjectProcess {
    return this.owner.adopt(this.owner.machine.fork(this.slot));
  }

  exit(status = 0): void {
    this.owner.release(this.slot, status);
    this.owner.machine.wait(this.slot);
  }
}

/** Every system call by name; those that fill buffers or make processes are written out above. */
function asProcess(remote: RemoteProcess): SubjectProcess {
  const methods: Record<string, (...args: never[]) => unknown> = {
    read: (...args: never) => remote.into('read', args),
    pread: (...args: never) => remote.into('pread', args),
    readv: (...args: never) => remote.intos('readv', args),
    preadv: (...args: never) => remote.intos('preadv', args),
    preadv2: (...args: never) => remote.intos('preadv2', args),
    ioctl: (fd: number, request: number, arg?: number | Uint8Array) => remote.ioctl(fd, request, arg),
    poll: (fds: { revents?: number }[]) => remote.poll(fds),
    fork: () => remote.fork(),
    exit: (status?: number) => remote.exit(status),
  };
  return new Proxy(methods, {
    get(target, name) {
      if (typeof name !== 'string') return undefined;
      target[name] ??= (...args: unknown[]) => remote.call(name, args);
      return target[name];
    },
  }) as unknown as SubjectProcess;
}

class HostCase implements SubjectCase {
  readonly machine: HostMachine;
  private readonly origin: number;
  private readonly running: Set<number>;

  constructor(machine: HostMachine, origin: number) {
    this.machine = machine;
    this.origin = origin;
    this.running = new Set();
  }

  spawn(options: SpawnOptions = {}): SubjectProcess {
    const slot = this.machine.fork(this.origin);
    const process = this.adopt(slot);
    const [errno] = this.machine.pipe(slot).call(['harness become', options]);
    if (errno !== 0) throw new HostError(errno, 'spawn', [options]);
    return process;
  }

  adopt(slot: number): SubjectProcess {
    this.running.add(slot);
    return asProcess(new RemoteProcess(this, slot));
  }

  guard(path: string): void {
    this.machine.pipe(this.origin).call(['harness guard', path]);
  }

  release(slot: number, status: number): void {
    this.running.delete(slot);
    this.machine.exit(slot, status);
  }

  close(): void {
    for (const slot of [...this.running]) this.release(slot, 0);
    this.machine.leave(this.origin);
  }
}

let machine: HostMachine | undefined;

export function hostMachine(): HostMachine {
  machine ??= new HostMachine('system calls');
  return machine;
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the host is not Linux on x86-64';
  if (process.geteuid?.() !== 0) return 'the host kernel needs root for mounts and other users';
  return undefined;
}

export const hostSubject: Subject = {
  name: 'host',
  unavailable: whyNot(),
  open: (): SubjectCase => hostMachine().open(),
};

let nodeMachine: HostMachine | undefined;

/** The same through the host's `node:fs`, wherever it has a function for the call. */
export const hostNodeSubject: Subject = {
  name: 'host',
  unavailable: whyNot(),
  open(): SubjectCase {
    nodeMachine ??= new HostMachine('node');
    return nodeMachine.open();
  },
};
