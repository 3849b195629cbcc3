/** `tuxfs/node`, beside in-memory filesystems and the kernel's tmpfs through `node:fs`. */
import { dataRows } from '../core/data-rows.ts';
import { growthRows } from '../core/growth-rows.ts';
import { nameRows } from '../core/name-rows.ts';
import { pathRows } from '../core/path-rows.ts';
import type { Group, Row } from '../row.ts';
import { type NodeFiles, nodeFiles } from './files.ts';
import { nodeRows } from './rows.ts';

const systemCalls = [...pathRows, ...nameRows, ...dataRows, ...growthRows] as unknown as Row<NodeFiles>[];

export const group: Group<NodeFiles> = {
  name: 'node',
  title: 'The node:fs API',
  // A contestant's code is imported where it is opened: the start is measured too.
  contestants: [
    { name: 'tuxfs', open: async () => (await import('./tuxfs.ts')).open() },
    { name: 'memfs', open: async () => nodeFiles((await import('memfs')).memfs({}).fs, '/') },
    { name: 'zenfs', open: async () => nodeFiles((await import('@zenfs/core')).fs, '/') },
    { name: 'tmpfs', open: async () => (await import('./tmpfs.ts')).open() },
  ],
  rows: [...systemCalls, ...nodeRows],
};
