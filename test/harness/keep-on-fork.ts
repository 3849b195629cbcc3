/**
 * Lets this process fork: V8 asks the kernel to leave its heap and code out of a child's memory (MADV_DONTFORK).
 *
 * What it has asked so far is taken back, and what it asks from now on, in whichever thread, is answered with success and not done, by a
 * seccomp filter, which children inherit.
 */
import { readFileSync } from 'node:fs';
import { address, SYS, syscall } from './libc.ts';

const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
const SECCOMP_RET_ALLOW = 0x7fff0000;
/** The low bits are the errno: none, so the call answers 0. */
const SECCOMP_RET_ERRNO = 0x00050000;
const BPF_LD_W_ABS = 0x20;
const BPF_JEQ_K = 0x15;
const BPF_RET_K = 0x06;
/** In struct seccomp_data: the call's number, and the low half of its third argument. */
const NR = 0;
const ADVICE = 32;

export function keepMemoryOnFork(): void {
  const program: [code: number, jumpTrue: number, jumpFalse: number, k: number][] = [
    [BPF_LD_W_ABS, 0, 0, NR],
    [BPF_JEQ_K, 0, 3, SYS.madvise],
    [BPF_LD_W_ABS, 0, 0, ADVICE],
    [BPF_JEQ_K, 0, 1, MADV_DONTFORK],
    [BPF_RET_K, 0, 0, SECCOMP_RET_ERRNO],
    [BPF_RET_K, 0, 0, SECCOMP_RET_ALLOW],
  ];
  const filter = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, jumpTrue, jumpFalse, k], i) => {
    filter.setUint16(i * 8, code, true);
    filter.setUint8(i * 8 + 2, jumpTrue);
    filter.setUint8(i * 8 + 3, jumpFalse);
    filter.setUint32(i * 8 + 4, k, true);
  });
  const header = new DataView(new ArrayBuffer(16));
  header.setUint16(0, program.length, true);
  header.setBigUint64(8, address(new Uint8Array(filter.buffer)), true);
  syscall(SYS.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, new Uint8Array(header.buffer));

  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) .{4} 0+ 00:00 0/.exec(line);
    if (range === null || line.endsWith(']')) continue;
    const start = BigInt(`0x${range[1]}`);
    syscall(SYS.madvise, start, BigInt(`0x${range[2]}`) - start, MADV_DOFORK);
  }
}
