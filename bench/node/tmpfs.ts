/** The kernel's tmpfs through `node:fs`, in a directory that goes away with the process. */
import fs from 'node:fs';
import { type NodeFiles, nodeFiles } from './files.ts';

export function open(): NodeFiles {
  const directory = `/dev/shm/tuxfs-bench-${process.pid}`;
  fs.mkdirSync(directory);
  process.chdir(directory);
  process.on('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
  return nodeFiles(fs, '');
}
