/** tuxfs: Linux's virtual filesystem in TypeScript. */
export * from './abi/index.ts';
export { Kernel, type KernelOptions, type SpawnOptions } from './kernel/kernel.ts';
export type { PollFd } from './kernel/poll.ts';
export { Process, type Rlimit } from './kernel/process.ts';
export { type BlockingOptions, wait } from './kernel/blocking.ts';
export * from './vfs/index.ts';
export { KernelLog, type RandomSource } from './devices/index.ts';
export * from './fs/devtmpfs/index.ts';
