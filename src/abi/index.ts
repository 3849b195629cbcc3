/**
 * The numbers, layouts and texts that Linux and its programs agree on. Linux: include/uapi. No behaviour lives here.
 */

export * from './assert.ts';
export * from './capability.ts';
export * from './dispose.ts';
export * from './errno.ts';
export * from './fcntl.ts';
export * from './inotify.ts';
export * from './ioctl.ts';
export * from './limits.ts';
export * from './mount.ts';
export * from './name.ts';
export * from './pointer.ts';
export * from './poll.ts';
export * from './resource.ts';
export * from './stat.ts';
export * from './time.ts';
export * from './xattr.ts';
