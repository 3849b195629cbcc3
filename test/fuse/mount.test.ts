/**
 * The tree in the host's kernel, served by the test's own thread: real programs on one side, JavaScript on the other.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EBUSY, EINVAL, LinuxError } from '../../src/abi/errno.ts';
import { O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../src/abi/fcntl.ts';
import { _IOWR } from '../../src/abi/ioctl.ts';
import { POLLIN } from '../../src/abi/poll.ts';
import type { Kernel } from '../../src/index.ts';
import { FileDescription } from '../../src/vfs/file-description.ts';
import { WaitQueue, WOULD_BLOCK, type WouldBlock } from '../../src/vfs/wait.ts';
import { hasFuse, run, sayNotRun, sh, withMount } from './with-mount.ts';

sayNotRun('programs on a mounted tree');

const text = new TextEncoder();

function write(kernel: Kernel, path: string, content: string, flags = O_TRUNC): void {
  const fd = kernel.init.open(path, O_CREAT | O_WRONLY | flags, 0o644);
  kernel.init.write(fd, text.encode(content));
  kernel.init.close(fd);
}

function read(kernel: Kernel, path: string): string {
  const fd = kernel.init.open(path, O_RDONLY);
  const into = new Uint8Array(65536);
  const count = kernel.init.read(fd, into);
  kernel.init.close(fd);
  return new TextDecoder().decode(into.subarray(0, count));
}

/** A pipe of bytes from JavaScript to programs, with an ioctl that negates. */
class Ticker extends FileDescription {
  readonly queue: WaitQueue;
  readonly chunks: string[];

  constructor(queue: WaitQueue, chunks: string[]) {
    super();
    this.queue = queue;
    this.chunks = chunks;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  override read(into: Uint8Array): number | WouldBlock {
    const chunk = this.chunks.shift();
    if (chunk === undefined) return WOULD_BLOCK;
    return text.encodeInto(chunk, into).written;
  }

  override write(from: Uint8Array): number {
    this.chunks.push(new TextDecoder().decode(from).toUpperCase());
    this.queue.wake();
    return from.length;
  }

  override poll(): number {
    return this.chunks.length > 0 ? POLLIN : 0;
  }

  override ioctl(request: number, argument: number | Uint8Array): number {
    if (request !== _IOWR('Z', 1, 4) || typeof argument === 'number') throw new LinuxError(EINVAL);
    const view = new DataView(argument.buffer, argument.byteOffset, 4);
    view.setInt32(0, -view.getInt32(0, true), true);
    return 0;
  }
}

function addTicker(kernel: Kernel): { queue: WaitQueue; chunks: string[] } {
  const state = { queue: new WaitQueue(), chunks: [] as string[] };
  kernel.devices.register({ name: 'ticker', mode: 0o666, open: () => new Ticker(state.queue, state.chunks) });
  return state;
}

/** False: EBUSY. */
function succeeds(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if ((error as LinuxError).errno !== EBUSY) throw error;
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.runIf(hasFuse)('a mounted tree', () => {
  it.each([{ cache: false }, { cache: true }])('does what programs ask of a filesystem: %o', async ({ cache }) => {
    await withMount({ dev: true, suid: true, cache, kernel: { bare: true } }, async ({ directory }) => {
      const outcome = await run('python3', [`${import.meta.dirname}/program.py`, directory]);
      expect(outcome.stdout + outcome.stderr).toBe('');
      expect(outcome.status).toBe(0);
    });
  });

  it('shows each side what the other has changed, at once', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      for (let round = 0; round < 20; round++) {
        write(kernel, '/tmp/shared', `js ${round}`);
        expect((await sh(directory, 'cat tmp/shared')).stdout).toBe(`js ${round}`);
        await sh(directory, `printf 'sh ${round}' > tmp/shared`);
        expect(read(kernel, '/tmp/shared')).toBe(`sh ${round}`);
      }
      write(kernel, '/tmp/shared', '+', O_APPEND);
      kernel.init.rename('/tmp/shared', '/tmp/moved');
      expect((await sh(directory, 'cat tmp/moved; ls tmp')).stdout).toBe('sh 19+moved\n');
      kernel.init.unlink('/tmp/moved');
      expect((await sh(directory, 'cat tmp/moved')).status).toBe(1);
      kernel.init.mkdir('/tmp/over', 0o755);
      kernel.init.mount('tmpfs', '/tmp/over', 'tmpfs', 0, 'size=64k');
      expect((await sh(directory, 'echo in > tmp/over/file; head -c 100000 /dev/zero > tmp/over/big')).stderr).toContain(
        'No space left on device',
      );
      expect(read(kernel, '/tmp/over/file')).toBe('in\n');
      // The kernel's FUSE_RELEASE comes some time after close(2) has returned; until then the file is open, and its filesystem busy.
      await until(() => succeeds(() => kernel.init.umount('/tmp/over')));
      expect((await sh(directory, 'ls tmp/over')).stdout).toBe('');
    });
  });

  it('keeps a mapped file and JavaScript in step at msync', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      write(kernel, '/tmp/map', 'aaaa');
      const script =
        'import mmap\nwith open("tmp/map", "r+b") as f, mmap.mmap(f.fileno(), 4) as m:\n  m[0:2] = b"zz"\n  m.flush()\n  print("ready", flush=True)\n  input()';
      const child = spawn('python3', ['-c', `import os\nos.chdir(${JSON.stringify(directory)})\n${script}`], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      expect(read(kernel, '/tmp/map')).toBe('zzaa');
      child.stdin.end('\n');
      await once(child, 'close');
    });
  });

  it('has unique inode numbers over all its filesystems, and no loop', async () => {
    await withMount({}, async ({ directory }) => {
      await sh(directory, 'for d in tmp run dev/shm; do echo x > $d/file; done; ln tmp/file tmp/link');
      const found = await sh(directory, 'find . -path ./proc -prune -o -printf "%i %n %y %p\\n"');
      expect(found.stderr).toBe('');
      const names = new Map<string, number>();
      for (const line of found.stdout.trim().split('\n')) {
        const ino = line.split(' ')[0] as string;
        names.set(ino, (names.get(ino) ?? 0) + 1);
      }
      expect([...names.values()].filter((count) => count > 1)).toEqual([2]);
      expect((await sh(directory, 'find . -samefile tmp/file | sort')).stdout).toBe('./tmp/file\n./tmp/link\n');
      expect((await sh(directory, 'ls -di dev tmp; stat -c "%i" dev tmp')).stdout).toMatch(/^ *(\d+) dev\n *(\d+) tmp\n\1\n\2\n$/);
    });
  });

  it('serves devices with a driver as streams, and opens no others', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      kernel.init.mknod('/dev/nobody', 0o020666, 0xf0f0);
      const outcome = await sh(
        directory,
        'head -c 3 dev/zero | od -An -tx1; echo gone > dev/null; dd if=dev/zero of=dev/full bs=1 count=1; cat dev/nobody',
      );
      expect(outcome.stdout).toBe(' 00 00 00\n');
      expect(outcome.stderr).toContain('No space left on device');
      expect(outcome.stderr).toContain('dev/nobody: Permission denied');
    });
  });

  it('has the host’s devices with dev, except those that ask to be streams', async () => {
    await withMount({ dev: true }, async ({ kernel, directory }) => {
      kernel.devices.register({ name: 'ours', mode: 0o666, stream: true, open: () => new Ticker(new WaitQueue(), ['hello']) });
      expect((await sh(directory, 'test -c dev/null && test -f dev/ours && head -c 5 dev/ours')).stdout).toBe('hello');
    });
  });

  it('lets a read sleep until the driver has data, and a signal end it', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      const { queue, chunks } = addTicker(kernel);
      const reader = run('head', ['-c', '4', `${directory}/dev/ticker`]);
      await until(() => queue.waiting > 0);
      chunks.push('tick');
      queue.wake();
      expect((await reader).stdout).toBe('tick');
      for (const signal of ['SIGINT', 'SIGKILL'] as const) {
        const sleeper = spawn('cat', [`${directory}/dev/ticker`]);
        await until(() => queue.waiting > 0);
        sleeper.kill(signal);
        expect(await once(sleeper, 'close')).toEqual([null, signal]);
      }
      const duplex = await sh(directory, 'exec 3<>dev/ticker; (sleep 0.2; echo loud >&3) & head -c 5 <&3');
      expect(duplex.stdout).toBe('LOUD\n');
      const waiting = spawn('cat', [`${directory}/dev/ticker`]);
      await until(() => queue.waiting > 0);
      expect((await sh(directory, 'ls dev/null')).stdout).toBe('dev/null\n');
      waiting.kill();
      await once(waiting, 'close');
    });
  });

  it('wakes poll, answers EAGAIN to O_NONBLOCK, and carries a restricted ioctl', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      const { queue, chunks } = addTicker(kernel);
      const script = `
import fcntl, os, select, struct
fd = os.open("${directory}/dev/ticker", os.O_RDWR | os.O_NONBLOCK)
try: os.read(fd, 1)
except BlockingIOError: print("EAGAIN", flush=True)
print(struct.unpack("i", fcntl.ioctl(fd, ${_IOWR('Z', 1, 4)}, struct.pack("i", 42)))[0], flush=True)
poll = select.poll()
poll.register(fd, select.POLLIN)
print(poll.poll(50), flush=True)
print("sleeping", flush=True)
print(poll.poll(20000) == [(fd, select.POLLIN)], os.read(fd, 10), flush=True)
`;
      const program = spawn('python3', ['-c', script]);
      let stdout = '';
      program.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
      });
      await until(() => stdout.includes('sleeping') && queue.waiting > 0);
      chunks.push('now');
      queue.wake();
      await once(program, 'close');
      expect(stdout).toBe("EAGAIN\n-42\n[]\nsleeping\nTrue b'now'\n");
    });
  });

  it('acts for the requester: owners, sticky directories, set-gid directories', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      kernel.init.mkdir('/tmp/shared', 0o2777);
      kernel.init.chmod('/tmp/shared', 0o2777);
      kernel.init.chown('/tmp/shared', 0, 500);
      const python = (script: string): Promise<{ stdout: string; stderr: string }> =>
        run('python3', ['-c', `import os\nos.chdir(${JSON.stringify(`${directory}/tmp`)})\n${script}`]);
      const user = 'os.setgroups(GROUPS); os.setgid(1000); os.setuid(1000); os.umask(0)\n';
      await python(
        `${user.replace('GROUPS', '[]')}os.close(os.open("mine", os.O_CREAT | os.O_EXCL, 0o600)); os.close(os.open("shared/stranger", os.O_CREAT, 0o2775)); os.mkdir("shared/below", 0o755)`,
      );
      await python(`${user.replace('GROUPS', '[500]')}os.close(os.open("shared/member", os.O_CREAT, 0o2775))`);
      const list = await sh(directory, 'cd tmp; stat -c "%u:%g %a %n" mine shared/*');
      expect(list.stdout).toBe(
        '1000:1000 600 mine\n1000:500 2755 shared/below\n1000:500 2775 shared/member\n1000:500 775 shared/stranger\n',
      );
      const denied = await python(
        'os.setgroups([]); os.setgid(1001); os.setuid(1001)\ntry: os.unlink("mine")\nexcept PermissionError: print("EPERM")\ntry: open("mine")\nexcept PermissionError: print("EACCES")',
      );
      expect(denied.stdout).toBe('EPERM\nEACCES\n');
    });
  });

  it('honours read-only mounts and immutable files of the tree below', async () => {
    await withMount({}, async ({ kernel, directory }) => {
      write(kernel, '/tmp/file', 'x');
      kernel.init.mkdir('/mnt/ro', 0o755);
      kernel.init.mount('/tmp', '/mnt/ro', null, 4096 /* MS_BIND */, null);
      kernel.init.mount(null, '/mnt/ro', null, 4096 | 32 | 1 /* MS_BIND | MS_REMOUNT | MS_RDONLY */, null);
      expect((await sh(directory, 'echo y > mnt/ro/file')).stderr).toContain('Read-only file system');
      expect((await sh(directory, 'rm -f mnt/ro/file')).stderr).toContain('Read-only file system');
      expect((await sh(directory, 'cat mnt/ro/file')).stdout).toBe('x');
      expect((await sh(directory, 'chattr +i tmp/file && lsattr tmp/file && rm -f tmp/file')).stderr).toContain('Operation not permitted');
    });
  });
});
