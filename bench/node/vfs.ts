/** Node's own `node:vfs`, which is there from Node 26.4 on; each measurement runs with the flag that it needs. */
import { type NodeFiles, nodeFiles } from './files.ts';

interface Vfs {
  create(): object;
}

export const hasVfs: boolean = process.allowedNodeEnvironmentFlags.has('--experimental-vfs');

export function open(): NodeFiles {
  const { getBuiltinModule } = process as unknown as { getBuiltinModule(name: string): Vfs };
  return nodeFiles(getBuiltinModule('node:vfs').create(), '/');
}
