/**
 * C's structures as bytes, in x86-64's layout. Linux: struct stat, statx, statfs, timespec, iovec, rlimit.
 */
import { decode } from './bytes.ts';
import { address, syscall } from './libc.ts';
import type { Stat, Statfs, Statx, Timespec } from './subject.ts';

export const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function statOf(bytes: Uint8Array): Stat {
  const data = view(bytes);
  const long = (at: number): number => Number(data.getBigInt64(at, true));
  const int = (at: number): number => data.getUint32(at, true);
  return {
    dev: long(0),
    ino: long(8),
    nlink: long(16),
    mode: int(24),
    uid: int(28),
    gid: int(32),
    rdev: long(40),
    size: long(48),
    blksize: long(56),
    blocks: long(64),
    atimeSec: long(72),
    atimeNsec: long(80),
    mtimeSec: long(88),
    mtimeNsec: long(96),
    ctimeSec: long(104),
    ctimeNsec: long(112),
    btimeSec: 0,
    btimeNsec: 0,
  };
}

function makedev(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

export function statxOf(bytes: Uint8Array): Statx {
  const data = view(bytes);
  const long = (at: number): number => Number(data.getBigUint64(at, true));
  const int = (at: number): number => data.getUint32(at, true);
  const seconds = (at: number): number => Number(data.getBigInt64(at, true));
  return {
    mask: int(0),
    blksize: int(4),
    attributes: long(8),
    nlink: int(16),
    uid: int(20),
    gid: int(24),
    mode: data.getUint16(28, true),
    ino: long(32),
    size: long(40),
    blocks: long(48),
    attributesMask: long(56),
    atimeSec: seconds(64),
    atimeNsec: int(72),
    btimeSec: seconds(80),
    btimeNsec: int(88),
    ctimeSec: seconds(96),
    ctimeNsec: int(104),
    mtimeSec: seconds(112),
    mtimeNsec: int(120),
    rdev: makedev(int(128), int(132)),
    dev: makedev(int(136), int(140)),
    mntId: long(144),
  };
}

export function statfsOf(bytes: Uint8Array): Statfs {
  const data = view(bytes);
  const long = (at: number): number => Number(data.getBigInt64(at, true));
  return {
    type: long(0),
    bsize: long(8),
    blocks: long(16),
    bfree: long(24),
    bavail: long(32),
    files: long(40),
    ffree: long(48),
    fsid: [data.getInt32(56, true), data.getInt32(60, true)],
    namelen: long(64),
    frsize: long(72),
    flags: long(80),
  };
}

export function timesOf(times: readonly [Timespec, Timespec] | null): Uint8Array | null {
  if (times === null) return null;
  const bytes = new Uint8Array(32);
  const data = view(bytes);
  times.forEach((time, i) => {
    data.setBigInt64(i * 16, BigInt(time.sec), true);
    data.setBigInt64(i * 16 + 8, BigInt(time.nsec), true);
  });
  return bytes;
}

export function vectorOf(buffers: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(Math.max(16, buffers.length * 16));
  const data = view(bytes);
  buffers.forEach((buffer, i) => {
    data.setBigUint64(i * 16, buffer.length === 0 ? 0n : address(buffer), true);
    data.setBigUint64(i * 16 + 8, BigInt(buffer.length), true);
  });
  return bytes;
}

/** A pointer that is valid even for no bytes. */
export const some = (bytes: Uint8Array): Uint8Array => (bytes.length === 0 ? new Uint8Array(1) : bytes);

export function idsOf(number: number): [number, number, number] {
  const ids = [new Uint8Array(4), new Uint8Array(4), new Uint8Array(4)] as const;
  syscall(number, ...ids);
  return ids.map((id) => view(id).getUint32(0, true)) as [number, number, number];
}

export function bitsOf(low: number, high: number): number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < 64; bit++) if ((((bit < 32 ? low : high) >>> (bit & 31)) & 1) === 1) bits.push(bit);
  return bits;
}

export function namesOf(bytes: Uint8Array): string[] {
  const names = decode(bytes).split('\0');
  names.pop();
  return names;
}

export function limitAt(bytes: Uint8Array, at: number): number {
  const value = view(bytes).getBigUint64(at, true);
  return value === 0xffffffffffffffffn ? Number.POSITIVE_INFINITY : Number(value);
}
