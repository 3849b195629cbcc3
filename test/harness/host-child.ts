/**
 * The processes under test on the host: `node host-child.js`, driven through pipes, and what it forks.
 *
 * The first process only forks: per case one that enters a mount namespace of its own, and from that the processes of the case. When the case
 * ends, that one leaves and serves another.
 * A fork of Node is sound here because it runs with one thread that matters, makes only synchronous calls and never returns to
 * its event loop. setresuid, chroot and unshare act on the calling thread, which is the whole of such a process.
 *
 * Arguments: the number of slots; below which number descriptors are a case's own; a directory to mount on, which goes at the end.
 * Slot n reads requests at descriptor 3 + 2n and answers at 4 + 2n, moved out of the way.
 */
import fs from 'node:fs';
import { fork, signal, SYS, syscall, Errno } from './libc.ts';
import { become, HostProcess, removeTree, reserveDescriptorsFrom } from './host-process.ts';
import { keepMemoryOnFork } from './keep-on-fork.ts';
import { NodeCallError, NodeProcess } from './node-process.ts';
import type { SpawnOptions } from './subject.ts';
import { cString } from './bytes.ts';
import { FrameReader, sendFrame, type Request, type Response } from './wire.ts';

const SIGCHLD = 17;
const SIGXFSZ = 25;
const SIG_IGN = 1;
const F_DUPFD = 0;
const RLIMIT_NOFILE = 7;
const CLONE_NEWNS = 0x20000;
const MS_BIND = 4096;
const MS_REC = 0x4000;
const MS_PRIVATE = 1 << 18;
const MNT_DETACH = 2;

const slots = Number(process.argv[2]);
const descriptors = Number(process.argv[3]);
const hostProcess = new HostProcess();
/** A directory on the machine's own devtmpfs, which must go even if the test is killed. */
let guarded: string | undefined;
/** The calls of a case: system calls, or Node's functions where it has them. */
const made = process.env.TUXFS_HOST_API === 'node' ? new NodeProcess(fs, hostProcess) : hostProcess;
const calls = made as unknown as Record<string, (...args: unknown[]) => unknown>;

/** Where the pipes are after they moved, far above what a case opens. */
const base = hostProcess.getrlimit(RLIMIT_NOFILE).max === Number.POSITIVE_INFINITY ? 60000 : highest() - 2 * slots;

function highest(): number {
  const { max } = hostProcess.getrlimit(RLIMIT_NOFILE);
  hostProcess.setrlimit(RLIMIT_NOFILE, { cur: max, max });
  return Math.min(max, 1 << 16);
}

/** A mounted tuxfs tree, which ends when nobody has it mounted any more. */
let mounted: string | undefined;

/** A new directory of the mounted tree takes the place of the tmpfs. */
function bindMounted(tree: string, directory: string): void {
  const own = `${tree}/${process.hrtime.bigint()}`;
  hostProcess.mkdir(own, 0o755);
  syscall(SYS.mount, cString(own), cString(directory), null, MS_BIND, null);
}

/** The host's mounts, for who has left a case. It is above the descriptors of a case, which are all taken at the start. */
const hostMounts = hostProcess.open('/proc/self/ns/mnt', 0);

/** Back to the host's mounts; those of the case go with the last process in it. */
function leave(): void {
  if (guarded !== undefined) removeTree(hostProcess, guarded);
  guarded = undefined;
  syscall(SYS.setns, hostMounts, CLONE_NEWNS);
}

/** A private copy of the mount tree, then a fresh tmpfs as its root, or `tree`. Everything goes with the last process in it. */
function enter(directory: string, tree: string | undefined): void {
  syscall(SYS.unshare, CLONE_NEWNS);
  syscall(SYS.mount, cString('none'), cString('/'), null, MS_REC | MS_PRIVATE, null);
  if (tree === undefined) syscall(SYS.mount, cString('tmpfs'), cString(directory), cString('tmpfs'), 0, cString('mode=0755'));
  else bindMounted(tree, directory);
  hostProcess.chdir(directory);
  syscall(SYS.pivot_root, cString('.'), cString('.'));
  hostProcess.umount2('.', MNT_DETACH);
  hostProcess.chdir('/');
  hostProcess.umask(0);
  hostProcess.mkdir('/case', 0o777);
  hostProcess.umask(0o022);
  hostProcess.chdir('/case');
}

function answer(request: Request): Response {
  const [method, ...args] = request;
  switch (method) {
    case 'harness enter':
      return [0, enter(args[0] as string, args[1] as string | undefined)];
    case 'harness leave':
      return [0, leave()];
    case 'harness tree':
      mounted = args[0] as string;
      return [0];
    case 'harness guard':
      guarded = args[0] as string;
      return [0];
    case 'harness wait':
      try {
        // With SIGCHLD ignored it waits, and then finds no child.
        syscall(SYS.wait4, args[0] as number, null, 0, null);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
      }
      return [0];
    case 'harness become':
      return [0, become(hostProcess, args[0] as SpawnOptions)];
    case 'read':
    case 'pread': {
      const into = new Uint8Array(args[1] as number);
      const count = calls[method]!(args[0], into, args[2]) as number;
      return [0, count, [into.subarray(0, count)]];
    }
    case 'readv':
    case 'preadv':
    case 'preadv2': {
      const intos = (args[1] as number[]).map((length) => new Uint8Array(length));
      const count = calls[method]!(args[0], intos, args[2], args[3]);
      return [0, count, intos];
    }
    case 'ioctl': {
      const result = made.ioctl(args[0] as number, args[1] as number, args[2] as number | Uint8Array);
      return [0, result, args[2] instanceof Uint8Array ? [args[2]] : []];
    }
    case 'poll': {
      const fds = args[0] as { fd: number; events: number; revents: number }[];
      const result = made.poll(fds);
      return [0, [result, fds.map((entry) => entry.revents)]];
    }
    default: {
      const call = calls[method];
      if (call === undefined) return [-1, `no such call: ${method}`];
      return [0, call.apply(made, args)];
    }
  }
}

/** Serves one slot. A fork answers twice: its number here, and as the child from its own slot on. */
function serve(first: number): void {
  let slot = first;
  let reader = new FrameReader(base + 2 * slot);
  for (;;) {
    const request = reader.receive() as Request | undefined;
    if (request === undefined) {
      // The test is gone.
      if (guarded !== undefined) removeTree(hostProcess, guarded);
      // Only the first process sees the host's tree; the mounts on its directory were other namespaces'.
      if (slot === 0) hostProcess.rmdir(process.argv[4] as string);
      if (slot === 0 && mounted !== undefined) {
        hostProcess.umount2(mounted, MNT_DETACH);
        hostProcess.rmdir(mounted);
      }
      syscall(SYS.exit_group, 0);
    }
    let response: Response;
    const [method, argument] = request as Request;
    if (method === 'harness fork') {
      const pid = fork();
      if (pid === 0) {
        slot = argument as number;
        guarded = undefined;
        mounted = undefined;
        reader = new FrameReader(base + 2 * slot);
        continue;
      }
      response = pid > 0 ? [0, pid] : [-1, 'fork failed'];
    } else if (method === 'exit') {
      if (guarded !== undefined) removeTree(hostProcess, guarded);
      sendFrame(base + 2 * slot + 1, [0]);
      syscall(SYS.exit_group, (argument as number | undefined) ?? 0);
      continue;
    } else {
      try {
        response = answer(request as Request);
      } catch (error) {
        if (error instanceof NodeCallError) response = [-2, error.fields];
        else response = error instanceof Errno ? [error.errno] : [-1, String((error as Error).stack)];
      }
    }
    sendFrame(base + 2 * slot + 1, response);
  }
}

try {
  keepMemoryOnFork();
  signal(SIGCHLD, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  for (let i = 0; i < 2 * slots; i++) hostProcess.fcntl(3 + i, F_DUPFD, base + i);
  reserveDescriptorsFrom(descriptors);
  // A case starts with no descriptor open, as after spawn. Node's own are above; V8 still writes to its event descriptor.
  syscall(SYS.close_range, 0, descriptors - 1, 0);
  hostProcess.umask(0o022);
  hostProcess.setgroups([]);
  serve(0);
} catch (error) {
  fs.writeSync(2, `${(error as Error).stack}\n`);
  process.exit(1);
}
