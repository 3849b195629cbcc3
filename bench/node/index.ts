/** `tuxfs/node`, beside in-memory filesystems, Node's own `node:vfs`, and the kernel's tmpfs through `node:fs`. */
import { dataRows } from '../core/data-rows.ts';
import { growthRows } from '../core/growth-rows.ts';
import { nameRows } from '../core/name-rows.ts';
import { pathRows } from '../core/path-rows.ts';
import type { Group, Row } from '../row.ts';
import { directoryRows } from './directory-rows.ts';
import { type NodeFiles, nodeFiles } from './files.ts';
import { jobRows } from './job-rows.ts';
import { memoryRows } from './memory-rows.ts';
import { promiseRows } from './promise-rows.ts';
import { nodeRows } from './rows.ts';
import { hasVfs, open } from './vfs.ts';

/** Whole trees and long listings are measured here as programs do them with this API. */
const OWN = /^(?:tree|readdir)\./;
const systemCalls = [...pathRows, ...nameRows, ...dataRows, ...growthRows].filter(({ name }) => !OWN.test(name));

export const group: Group<NodeFiles> = {
  name: 'node',
  // The host's own functions, one of the contestants, change with it.
  title: `The node:fs API, Node ${process.versions.node.split('.')[0]}`,
  // A contestant's code is imported where it is opened: the start is measured too.
  contestants: [
    { name: 'tuxfs', open: async () => (await import('./tuxfs.ts')).open() },
    { name: 'memfs', open: async () => nodeFiles((await import('memfs')).memfs({}).fs, '/') },
    { name: 'zenfs', open: async () => nodeFiles((await import('@zenfs/core')).fs, '/') },
    { name: 'vfs', open: async () => open(), ...(!hasVfs ? { missing: `Node ${process.versions.node} has no node:vfs` } : {}) },
    { name: 'tmpfs', open: async () => (await import('./tmpfs.ts')).open() },
  ],
  rows: [...(systemCalls as unknown as Row<NodeFiles>[]), ...nodeRows, ...directoryRows, ...promiseRows, ...jobRows, ...memoryRows],
};
