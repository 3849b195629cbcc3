/**
 * tuxfs/fuse: a tuxfs tree in the host's kernel, for any program to use. No native code.
 *
 *     const mounted = await mount(kernel, '/mnt/t');
 *     await mounted.unmount();
 */
export { type AttachOptions, clearStale, FUSE_TYPE, MountError } from './attach.ts';
export {
  createSession,
  Mounted,
  type MountOptions,
  mount,
  mountInWorker,
  type ServeTreeOptions,
  type WorkerMountOptions,
} from './mount.ts';
export type { Ended } from './serve.ts';
export { Session, type SessionOptions } from './wire/session.ts';
