/** The system calls of a process, beside in-memory filesystems and the kernel's tmpfs through `node:fs`. */
import type { Group } from '../row.ts';
import { dataRows } from './data-rows.ts';
import type { Files } from './files.ts';
import { growthRows } from './growth-rows.ts';
import { memoryRows } from './memory-rows.ts';
import { nameRows } from './name-rows.ts';
import { pathRows } from './path-rows.ts';

export const group: Group<Files> = {
  name: 'core',
  title: 'System calls',
  // A contestant's code is imported where it is opened: the start is measured too.
  contestants: [
    { name: 'tuxfs', open: async () => (await import('./tuxfs.ts')).open() },
    { name: 'memfs', open: async () => (await import('./memfs.ts')).open() },
    { name: 'zenfs', open: async () => (await import('./zenfs.ts')).open() },
    { name: 'tmpfs', open: async () => (await import('./tmpfs.ts')).open() },
  ],
  rows: [...pathRows, ...nameRows, ...dataRows, ...growthRows, ...memoryRows],
};
