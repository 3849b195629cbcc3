/** The kernel's tmpfs through `node:fs`: a directory of /dev/shm as the working directory, so that paths are as deep as the others'. */
import fs from 'node:fs';
import type { Files } from './files.ts';
import { nodeLikeFiles } from './node-like.ts';

export function open(): Files {
  const directory = `/dev/shm/tuxfs-bench-${process.pid}`;
  fs.mkdirSync(directory);
  process.chdir(directory);
  process.on('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
  return nodeLikeFiles(fs, '');
}
