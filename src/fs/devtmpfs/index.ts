/** devtmpfs: the shared /dev, and a private one for containers. */
export * from './accessor.ts';
export * from './dev.ts';
export * from './devtmpfs.ts';
