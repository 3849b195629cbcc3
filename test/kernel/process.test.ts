/** Processes: birth, death, and arguments that no C program could pass. */
import { describe, expect, it } from 'vitest';
import { CAP_CHOWN, ENOENT, Kernel, LinuxError, O_CREAT, O_RDWR } from '../../src/index.ts';
import { checkInvariants } from '../../src/testing/invariants.ts';

function failure(call: () => unknown): LinuxError {
  try {
    call();
  } catch (error) {
    if (error instanceof LinuxError) return error;
    throw error;
  }
  throw new Error('no failure');
}

describe('spawn', () => {
  it('gives uid 0 all capabilities and others none', () => {
    const kernel = new Kernel();
    expect(kernel.spawn().capget().effective).toHaveLength(41);
    expect(kernel.spawn({ uid: 1 }).capget().effective).toEqual([]);
    expect(kernel.spawn({ uid: 1, capabilities: [CAP_CHOWN] }).capget().effective).toEqual([CAP_CHOWN]);
  });

  it('starts at / with umask 022 and no descriptors', () => {
    const process = new Kernel().spawn();
    expect(process.getcwd()).toBe('/');
    expect(process.umask(0)).toBe(0o022);
    expect(process.open('/etc/passwd', 0)).toBe(0);
  });

  it('ENOENT names a missing cwd', () => {
    const error = failure(() => new Kernel().spawn({ cwd: '/nowhere' }));
    expect(error.errno).toBe(ENOENT);
    expect(error.message).toContain("cwd '/nowhere'");
  });

  it('sees the cwd within its root', () => {
    const kernel = new Kernel();
    kernel.init.mkdir('/home/user/in', 0o755);
    const process = kernel.spawn({ root: '/home/user', cwd: '/in' });
    expect(process.getcwd()).toBe('/in');
    expect(process.stat('/..').ino).toBe(process.stat('/').ino);
  });
});

describe('exit', () => {
  it('leaves nothing behind', () => {
    const kernel = new Kernel();
    const { mount } = kernel.spawn({ cwd: '/tmp' }).cwd;
    const before = [kernel.processes.size, mount.users, kernel.init.statfs('/tmp').bfree];
    const process = kernel.spawn({ cwd: '/tmp' });
    const fd = process.open('gone', O_CREAT | O_RDWR, 0o600);
    process.write(fd, new Uint8Array(100_000));
    process.unlink('gone');
    process.fork().exit();
    process.exit();
    process.exit();
    expect([kernel.processes.size, mount.users, kernel.init.statfs('/tmp').bfree]).toEqual(before);
    checkInvariants(kernel);
  });

  it('unmounts a namespace that only it was in', () => {
    const kernel = new Kernel();
    const process = kernel.spawn();
    process.unshare(0x20000);
    const { namespace } = process;
    expect(namespace.mounts.size).toBe(kernel.init.namespace.mounts.size);
    process.exit();
    expect(namespace.mounts.size).toBe(0);
    checkInvariants(kernel);
  });
});

describe('errors', () => {
  it('carry the call and its paths', () => {
    const process = new Kernel().spawn();
    const error = failure(() => process.rename('/a', '/b'));
    expect([error.code, error.syscall, error.path, error.dest]).toEqual(['ENOENT', 'rename', '/a', '/b']);
    expect(error).toBeInstanceOf(Error);
  });

  it('have a stack when the kernel is asked for one', () => {
    const error = failure(() => new Kernel({ stacks: true }).spawn().stat('/nowhere'));
    expect(error.stack).toContain('process.test.ts');
  });
});

describe('arguments that no C program could pass', () => {
  const process = new Kernel().spawn();
  const calls: [string, () => unknown][] = [
    ['path', () => process.open(3 as never, 0)],
    ['path', () => process.stat('a\0b')],
    ['fd', () => process.close(Number.NaN)],
    ['fd', () => process.close(1.5)],
    ['buffer', () => process.read(process.open('/etc/passwd', 0), 'text' as never)],
    ['offset', () => process.pread(0, new Uint8Array(1), Number.NaN)],
    ['mode', () => process.mkdir('/x', Number.NaN)],
    ['flags', () => process.open('/x', Number.NaN)],
    ['uid', () => process.chown('/tmp', 0.5, 0)],
    ['name', () => process.setxattr('/tmp', 'user.\0', new Uint8Array(1))],
    ['groups', () => process.setgroups('0' as never)],
  ];
  for (const [name, call] of calls) it(`TypeError names ${name}`, () => expect(call).toThrow(new RegExp(`^${name}`)));

  it('numbers out of range have Linux’s errno', () => {
    expect(failure(() => process.close(-1)).code).toBe('EBADF');
    expect(failure(() => process.close(2 ** 31)).code).toBe('EBADF');
    expect(failure(() => process.pread(0, new Uint8Array(1), 2 ** 53)).code).toBe('EINVAL');
    expect(failure(() => process.chown('/tmp', 2 ** 33, 0)).code).toBe('EINVAL');
  });

  it('any name is a name', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '\udc80', '…', ' ', '\n']) {
      process.mkdir(`/tmp/${name}`, 0o755);
      expect(process.getdents(process.open('/tmp', 0)).map((entry) => entry.name)).toContain(name);
      process.rmdir(`/tmp/${name}`);
    }
    expect(failure(() => process.mkdir('/tmp/\ud800', 0o755)).code).toBe('EILSEQ');
  });

  it('escapes that spell valid UTF-8 are that text', () => {
    process.mkdir('/tmp/\udcc3\udca9', 0o755);
    expect(process.stat('/tmp/é').ino).toBe(process.stat('/tmp/\udcc3\udca9').ino);
  });
});

describe('descriptors', () => {
  it('are the lowest free, among a hundred thousand too', () => {
    const process = new Kernel().spawn({ descriptors: { cur: 200_000, max: 200_000 } });
    const first = process.open('/etc/passwd', 0);
    for (let fd = 1; fd < 100_000; fd++) expect(process.dup(first) === fd).toBe(true);
    for (const fd of [70_000, 31, 32, 1023, 99_999]) process.close(fd);
    expect([1, 2, 3, 4, 5].map(() => process.dup(first))).toEqual([31, 32, 1023, 70_000, 99_999]);
    process.exit();
  });
});

describe('a thousand kernels', () => {
  it('share nothing', () => {
    const kernels = Array.from({ length: 1000 }, () => new Kernel({ bare: true }));
    kernels.forEach((kernel, index) => {
      kernel.init.mkdir(`/${index}`, 0o755);
    });
    for (const [index, kernel] of kernels.entries()) {
      expect(kernel.init.getdents(kernel.init.open('/', 0)).map((entry) => entry.name)).toEqual(['.', '..', String(index)]);
    }
  });

  it('are the same with the same seed and clock', () => {
    const run = (): string => {
      const process = new Kernel({ seed: 7, clock: () => 1_000_000 }).spawn();
      const bytes = new Uint8Array(16);
      process.read(process.open('/dev/urandom', 0), bytes);
      return JSON.stringify([[...bytes], process.stat('/tmp'), process.getdents(process.open('/dev', 0))]);
    };
    expect(run()).toBe(run());
  });
});
