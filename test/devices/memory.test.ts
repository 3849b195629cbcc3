/**
 * The memory devices as they are registered, and random under a seed. How they behave is compared in test/posix/devices.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { O_RDONLY, O_RDWR } from '../../src/abi/fcntl.ts';
import { RNDADDENTROPY, RNDADDTOENTCNT, RNDCLEARPOOL, RNDGETENTCNT, RNDRESEEDCRNG, RNDZAPENTCNT } from '../../src/abi/ioctl.ts';
import { makedev, S_IFCHR } from '../../src/abi/stat.ts';
import { Kernel } from '../../src/kernel/kernel.ts';

describe('registerMemoryDevices', () => {
  it.each([
    ['null', 3, 0o666],
    ['zero', 5, 0o666],
    ['full', 7, 0o666],
    ['random', 8, 0o666],
    ['urandom', 9, 0o666],
    ['kmsg', 11, 0o644],
  ])('%s is 1:%i with mode %o', (name, minor, mode) => {
    const kernel = new Kernel();
    expect(kernel.init.stat(`/dev/${name}`)).toMatchObject({ mode: S_IFCHR | mode, rdev: makedev(1, minor), uid: 0, gid: 0 });
    expect(kernel.init.readlink(`/dev/char/1:${minor}`)).toBe(`../${name}`);
    expect(kernel.devices.get('char', 1, minor)).toMatchObject({ group: 'mem', subsystem: 'mem' });
  });
  it('there is no mem and no port', () => {
    const { init } = new Kernel();
    for (const name of ['mem', 'port', 'kmem']) expect(() => init.stat(`/dev/${name}`)).toThrow('No such file');
  });
});

describe('random', () => {
  function bytes(kernel: Kernel, name: string, count: number): string {
    const process = kernel.spawn();
    const into = new Uint8Array(count);
    expect(process.read(process.open(`/dev/${name}`, O_RDONLY), into)).toBe(count);
    return into.join();
  }

  it('repeats under a seed, across both names', () => {
    const [one, two] = [new Kernel({ seed: 7 }), new Kernel({ seed: 7 })];
    expect(bytes(one, 'random', 100)).toBe(bytes(two, 'urandom', 100));
    expect(bytes(one, 'urandom', 5)).toBe(bytes(two, 'random', 5));
  });
  it('differs by the seed, and without one every time', () => {
    expect(bytes(new Kernel({ seed: 7 }), 'random', 32)).not.toBe(bytes(new Kernel({ seed: 8 }), 'random', 32));
    expect(bytes(new Kernel(), 'random', 32)).not.toBe(bytes(new Kernel(), 'random', 32));
  });
  it('what is written to it changes nothing', () => {
    const [one, two] = [new Kernel({ seed: 7 }), new Kernel({ seed: 7 })];
    const process = one.spawn();
    process.write(process.open('/dev/random', O_RDWR), new Uint8Array(100).fill(1));
    expect(bytes(one, 'random', 32)).toBe(bytes(two, 'random', 32));
  });
  it('reads more than the host gives at once', () => {
    const process = new Kernel().spawn();
    const into = new Uint8Array(300_000);
    expect(process.read(process.open('/dev/urandom', O_RDONLY), into)).toBe(into.length);
    expect(into.subarray(-1000).some((byte) => byte !== 0)).toBe(true);
  });

  const ints = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);

  it('root may change the pool, which stays full', () => {
    const process = new Kernel().spawn();
    const fd = process.open('/dev/random', O_RDWR);
    expect(process.ioctl(fd, RNDADDTOENTCNT, ints(5))).toBe(0);
    expect(process.ioctl(fd, RNDADDENTROPY, ints(8, 4, 1))).toBe(0);
    for (const request of [RNDZAPENTCNT, RNDCLEARPOOL, RNDRESEEDCRNG]) expect(process.ioctl(fd, request, 0)).toBe(0);
    const count = ints(0);
    process.ioctl(fd, RNDGETENTCNT, count);
    expect(count).toEqual(ints(256));
  });
  it.each([
    ['EINVAL: a negative credit', RNDADDTOENTCNT, ints(-1), 'EINVAL'],
    ['EFAULT: no address', RNDADDTOENTCNT, 0, 'EFAULT'],
    ['EFAULT: too short', RNDADDENTROPY, ints(8), 'EFAULT'],
    ['EINVAL: a negative credit with bytes', RNDADDENTROPY, ints(-1, 4, 1), 'EINVAL'],
    ['EFAULT: fewer bytes than it says', RNDADDENTROPY, ints(8, 8, 1), 'EFAULT'],
  ] as const)('%s', (_, request, argument, code) => {
    const process = new Kernel().spawn();
    const fd = process.open('/dev/random', O_RDWR);
    expect(() => process.ioctl(fd, request, argument)).toThrow(expect.objectContaining({ code }));
  });
});
