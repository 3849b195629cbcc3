/** Node's own `node:vfs`, which is there from Node 26.4 on; each measurement runs with the flag that it needs. */
import { type NodeFiles, nodeFiles } from './files.ts';

interface Vfs {
  create(): object;
}

export const hasVfs: boolean = process.allowedNodeEnvironmentFlags.has('--experimental-vfs');

/** It moves bytes to and from Buffers only. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function open(): NodeFiles {
  const { getBuiltinModule } = process as unknown as { getBuiltinModule(name: string): Vfs };
  const files = nodeFiles(getBuiltinModule('node:vfs').create(), '/');
  return {
    ...files,
    read: (fd, into) => files.read(fd, buffer(into)),
    write: (fd, from) => files.write(fd, buffer(from)),
    pread: (fd, into, offset) => files.pread(fd, buffer(into), offset),
    pwrite: (fd, from, offset) => files.pwrite(fd, buffer(from), offset),
    writeFile: (path, bytes) => files.writeFile(path, buffer(bytes)),
  };
}
