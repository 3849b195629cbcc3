/** tuxfs: createFs() on a process of a booted kernel. */
import { Kernel } from 'tuxfs';
import { createFs } from 'tuxfs/node';
import { type NodeFiles, nodeFiles } from './files.ts';

export function open(): NodeFiles {
  const kernel = new Kernel({ memory: 2 ** 36 });
  const process = kernel.spawn({ descriptors: { cur: 1_048_576, max: 1_048_576 } });
  const fs = createFs(process);
  return {
    ...nodeFiles(fs, '/'),
    mountMany: (count) => {
      fs.mkdirSync('/mounts');
      for (let i = 0; i < count; i++) {
        fs.mkdirSync(`/mounts/${i}`);
        process.mount('tmpfs', `/mounts/${i}`, 'tmpfs', 0, null);
      }
    },
    openMany: (path, count) => {
      for (let i = 0; i < count; i++) fs.openSync(path, 'r');
    },
  };
}
