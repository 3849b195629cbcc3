/** What is held per file and per byte, the start, and the size of the code, with this API in front. */
import { memoryRows as systemCallRows } from '../core/memory-rows.ts';
import { bundleSize, gzippedSize } from '../core/size.ts';
import type { FigureRow } from '../row.ts';
import type { NodeFiles } from './files.ts';

type Figure = FigureRow<NodeFiles>;

/** Core and front-end together. */
const size: Figure = {
  kind: 'figure',
  name: 'size',
  title: 'minified and gzipped',
  unit: 'KiB',
  rounds: 1,
  limit: 45,
  only: ['tuxfs', 'memfs', 'zenfs'],
  async measure({ name }) {
    if (name !== 'tuxfs') return (await bundleSize(name)) / 1024;
    return (await gzippedSize(`export { Kernel } from 'tuxfs'; export { createFs } from 'tuxfs/node';`)) / 1024;
  },
};

export const memoryRows: readonly Figure[] = [
  ...(systemCallRows as unknown as Figure[])
    .filter(({ name }) => name !== 'size')
    .map((row) => ({ ...row, only: [...(row.only ?? []), 'vfs'] })),
  size,
];
