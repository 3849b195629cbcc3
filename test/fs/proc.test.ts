/** What proc shows of this kernel alone: what the host has no like of, test/posix/proc.test.ts compares the rest. */
import { describe, expect, it } from 'vitest';
import { O_DIRECTORY, O_PATH, O_NOFOLLOW, O_RDONLY, O_WRONLY } from '../../src/abi/fcntl.ts';
import { decodeName, encodeName } from '../../src/abi/name.ts';
import { S_IFIFO } from '../../src/abi/stat.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import type { Process } from '../../src/kernel/process.ts';
import { FileDescription, FMODE_STREAM } from '../../src/vfs/file-description.ts';

function read(p: Process, path: string): string {
  const fd = p.open(path, O_RDONLY);
  const into = new Uint8Array(65536);
  const text = decodeName(into.subarray(0, p.read(fd, into)));
  p.close(fd);
  return text;
}

/** Bytes that are read once, by whoever has it open. */
class Pipe extends FileDescription {
  readonly #bytes: number[];

  constructor(bytes: number[]) {
    super();
    this.fmode = FMODE_STREAM;
    this.#bytes = bytes;
  }
  override read(into: Uint8Array): number {
    const part = this.#bytes.splice(0, into.length);
    into.set(part);
    return part.length;
  }
  override write(from: Uint8Array): number {
    this.#bytes.push(...from);
    return from.length;
  }
  override reopen(): FileDescription {
    return new Pipe(this.#bytes);
  }
}

describe('a file without a place', () => {
  function piped(options: { flags?: number; name?: string } = {}): { kernel: Kernel; p: Process } {
    const kernel = new Kernel();
    const p = kernel.spawn({ uid: 1000, gid: 1000 });
    p.installFile(new Pipe([...encodeName('through the pipe')]), { flags: options.flags ?? O_RDONLY, fd: 0, ...options });
    return { kernel, p };
  }

  it('is shown by its kind and number', () => {
    const { p } = piped();
    expect(p.readlink('/proc/self/fd/0')).toBe(`pipe:[${p.fstat(0).ino}]`);
    expect(p.stat('/dev/stdin').mode).toBe(S_IFIFO | 0o600);
    expect(p.stat('/dev/stdin').ino).toBe(p.fstat(0).ino);
  });

  it('is opened again by its descriptor’s name: another description of the same pipe', () => {
    const { p } = piped();
    expect(read(p, '/dev/stdin')).toBe('through the pipe');
    expect(read(p, '/dev/fd/0')).toBe('');
    const fd = p.open('/dev/fd/0', O_WRONLY);
    p.write(fd, encodeName('more'));
    p.close(fd);
    expect(read(p, '/dev/stdin')).toBe('more');
  });

  it('goes on when the description that it was opened from is closed', () => {
    const { p } = piped();
    const fd = p.open('/dev/stdin', O_RDONLY);
    p.close(0);
    expect(() => p.open('/dev/stdin', O_RDONLY)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    const again = p.open(`/dev/fd/${fd}`, O_RDONLY);
    expect(p.read(again, new Uint8Array(7))).toBe(7);
  });

  it('is its owner’s', () => {
    const { kernel, p } = piped();
    const other = kernel.spawn({ uid: 1001, gid: 1001 });
    other.installFile(p.file(0), { flags: O_RDONLY, fd: 0 });
    expect(() => other.open('/dev/stdin', O_RDONLY)).toThrow(expect.objectContaining({ code: 'EACCES' }));
  });

  it('that cannot be opened twice is ENXIO', () => {
    class Once extends FileDescription {}
    const kernel = new Kernel();
    const p = kernel.spawn();
    p.installFile(new Once(), { flags: O_RDONLY, fd: 0, name: 'anon_inode' });
    expect(() => p.open('/dev/stdin', O_RDONLY)).toThrow(expect.objectContaining({ code: 'ENXIO' }));
  });
});

describe('/proc/devices and /proc/filesystems', () => {
  it('follow what is registered', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    const before = read(p, '/proc/devices');
    const device = kernel.devices.register({ name: 'dice', major: 200, group: 'games', open: () => new Pipe([]) });
    const disk = kernel.devices.register({ name: 'disk', kind: 'block', major: 8, open: () => new Pipe([]) });
    expect(read(p, '/proc/devices')).toMatch(/\n200 games\n(.*\n)*\nBlock devices:\n {2}8 disk\n$/);
    device.unregister();
    disk.unregister();
    expect(read(p, '/proc/devices')).toBe(before);
    kernel.vfs.registerFilesystemType({
      name: 'diskfs',
      requiresDevice: true,
      getFilesystem: () => {
        throw new Error('not mounted here');
      },
      release() {},
    });
    expect(read(p, '/proc/filesystems')).toContain('\n\tdiskfs\n');
  });
});

describe('a kept name', () => {
  it('of a descriptor is another once the descriptor is another', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    const fd = p.open('/etc', O_RDONLY);
    const held = p.open(`/proc/self/fd/${fd}`, O_PATH | O_NOFOLLOW);
    p.close(fd);
    expect(p.statIfExists(`/proc/self/fd/${fd}`)).toBeUndefined();
    expect(p.open('/dev/null', O_WRONLY)).toBe(fd);
    expect(p.lstat(`/proc/self/fd/${fd}`).mode & 0o700).toBe(0o300);
    expect(p.readlink(`/proc/self/fd/${fd}`)).toBe('/dev/null');
    p.close(held);
  });

  it('of a process takes the mounts below it along when the process ends', () => {
    const kernel = new Kernel();
    const p = kernel.spawn();
    const other = kernel.spawn();
    p.mount('none', `/proc/${other.pid}/task`, 'tmpfs', 0, null);
    const mounts = p.namespace.mounts.size;
    other.exit();
    expect(p.namespace.mounts.size).toBe(mounts - 1);
    expect(p.statIfExists(`/proc/${other.pid}`)).toBeUndefined();
  });

  it('is nobody’s business after proc is unmounted', () => {
    const kernel = new Kernel();
    const { init } = kernel;
    const watchers = kernel.watchers.size;
    init.mkdir('/mnt/proc', 0o755);
    init.mount('proc', '/mnt/proc', 'proc', 0, null);
    const fd = init.open('/mnt/proc/self/fd', O_RDONLY | O_DIRECTORY);
    init.close(fd);
    init.umount('/mnt/proc');
    expect(kernel.watchers.size).toBe(watchers);
  });
});
