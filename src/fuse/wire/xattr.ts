/**
 * Requests for extended attributes. Linux: fs/fuse/xattr.c.
 */
import { EINVAL, ERANGE } from '../../abi/errno.ts';
import { encodeName } from '../../abi/name.ts';
import type { VirtualDentry } from '../../vfs/dentry.ts';
import { getXattr, listXattr, removeXattr, setXattr } from '../../vfs/xattr.ts';
import * as fuse from './protocol.ts';
import type { Reply } from './reply.ts';
import type { Request } from './request.ts';
import type { Requester } from './requester.ts';

/** The size of the body written, or a negative errno. */
export function xattrRequest(request: Request, reply: Reply, caller: Requester, at: VirtualDentry): number {
  if (request.opcode === fuse.FUSE_LISTXATTR) {
    // Whoever is not root is taken to lack CAP_SYS_ADMIN: the kernel leaves the choice to us.
    const names = listXattr(caller, at, 0).filter((name) => request.uid === 0 || !name.startsWith('trusted.'));
    return list(reply, names, request.u32(0));
  }
  request.seek(request.opcode === fuse.FUSE_REMOVEXATTR ? 0 : 8);
  const name = request.name();
  if (name === undefined) return -EINVAL;
  if (request.opcode === fuse.FUSE_REMOVEXATTR) {
    removeXattr(caller, at, name);
    return 0;
  }
  const size = request.u32(0);
  if (request.opcode === fuse.FUSE_GETXATTR) return put(reply, getXattr(caller, at, name, size), size);
  const value = request.data(size);
  if (value === undefined) return -EINVAL;
  setXattr(caller, at, { name, value, flags: request.u32(4) });
  return 0;
}

/** The bytes, or how many there are when no room is given. */
function put(reply: Reply, value: Uint8Array, size: number): number {
  if (size === 0) {
    reply.u64(0, value.length);
    return 8;
  }
  if (value.length > size) return -ERANGE;
  reply.room8(0, value.length).set(value);
  return value.length;
}

function list(reply: Reply, names: readonly string[], size: number): number {
  return put(reply, encodeName(names.map((name) => `${name}\0`).join('')), size);
}
