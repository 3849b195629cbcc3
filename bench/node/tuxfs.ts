/** tuxfs: createFs() on a process of a booted kernel. */
import { Kernel } from '../../src/index.ts';
import { createFs } from '../../src/node/index.ts';
import { type NodeFiles, nodeFiles } from './files.ts';

export function open(): NodeFiles {
  const kernel = new Kernel({ memory: 2 ** 36 });
  return nodeFiles(createFs(kernel.spawn({ descriptors: { cur: 1_048_576, max: 1_048_576 } })), '/');
}
