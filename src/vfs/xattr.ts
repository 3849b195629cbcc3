/**
 * Extended attributes: setxattr(2), getxattr(2), listxattr(2), removexattr(2). Linux: fs/xattr.c, security/commoncap.c.
 */
import { CAP_SETFCAP, CAP_SYS_ADMIN } from '../abi/capability.ts';
import { E2BIG, EEXIST, EINVAL, ENODATA, EOPNOTSUPP, EPERM, ERANGE, LinuxError } from '../abi/errno.ts';
import { IN_ATTRIB } from '../abi/inotify.ts';
import { nameLength } from '../abi/name.ts';
import { S_IFDIR, S_IFMT, S_IFREG, S_ISVTX } from '../abi/stat.ts';
import { XATTR_CREATE, XATTR_NAME_MAX, XATTR_REPLACE, XATTR_SIZE_MAX } from '../abi/xattr.ts';
import type { Caller } from './caller.ts';
import type { VirtualDentry } from './dentry.ts';
import { type Inode, S_APPEND, S_IMMUTABLE } from './inode.ts';
import { inodePermission, isOwnerOrCapable, MAY_READ, MAY_WRITE, wantWrite } from './permission.ts';
import { touchCtime } from './times.ts';

/** The namespaces that a filesystem with attributes stores. */
const PREFIXES = ['user.', 'trusted.', 'security.'];
const CAPABILITY = 'security.capability';

/** ERANGE: empty or longer than XATTR_NAME_MAX. */
export function checkXattrName(name: string): string {
  if (name === '' || nameLength(name) > XATTR_NAME_MAX) throw new LinuxError(ERANGE);
  return name;
}

/** Linux: xattr_permission(). EPERM, ENODATA, EACCES, EROFS. */
function checkPermission(caller: Caller, inode: Inode, name: string, mask: number): void {
  const { creds } = caller;
  const writes = mask === MAY_WRITE;
  if (writes && (inode.flags & (S_IMMUTABLE | S_APPEND)) !== 0) throw new LinuxError(EPERM);
  if (name.startsWith('security.') || name.startsWith('system.')) return;
  if (name.startsWith('trusted.')) {
    if (creds.has(CAP_SYS_ADMIN)) return;
    throw new LinuxError(writes ? EPERM : ENODATA);
  }
  if (name.startsWith('user.')) {
    const type = inode.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) throw new LinuxError(writes ? EPERM : ENODATA);
    if (type === S_IFDIR && (inode.mode & S_ISVTX) !== 0 && writes && !isOwnerOrCapable(creds, inode)) throw new LinuxError(EPERM);
  }
  inodePermission(creds, inode, mask);
}

/** EOPNOTSUPP: nobody keeps such names · EINVAL: a prefix alone. Linux: xattr_resolve_name(). */
function checkHandler(inode: Inode, name: string): void {
  const prefix = inode.fs.hasXattrs ? PREFIXES.find((each) => name.startsWith(each)) : undefined;
  if (prefix === undefined) throw new LinuxError(EOPNOTSUPP);
  if (name.length === prefix.length) throw new LinuxError(EINVAL);
}

/** EPERM: the security namespace is for administrators; file capabilities for CAP_SETFCAP. Linux: cap_inode_setxattr(). */
function checkSecurity(caller: Caller, name: string): void {
  if (!name.startsWith('security.')) return;
  if (!caller.creds.has(name === CAPABILITY ? CAP_SETFCAP : CAP_SYS_ADMIN)) throw new LinuxError(EPERM);
}

/** A file capability is 20 bytes of version 2, or 24 of version 3 with its root id. Linux: cap_convert_nscap(). EINVAL. */
function checkCapabilityValue(value: Uint8Array): void {
  const revision = value.length >= 4 ? (value[3] as number) : 0;
  if (!((value.length === 20 && revision === 2) || (value.length === 24 && revision === 3))) throw new LinuxError(EINVAL);
}

/** Linux: simple_xattr_space(). */
export function xattrSpace(name: string, value: Uint8Array): number {
  return 40 + value.length + nameLength(name);
}

/** Takes an attribute away, if it is there. */
export function dropXattr(inode: Inode, name: string): void {
  const value = inode.extra?.xattrs?.get(name);
  if (value === undefined) return;
  inode.extra?.xattrs?.delete(name);
  inode.chargeXattrs(-xattrSpace(name, value));
}

export interface Attribute {
  readonly name: string;
  readonly value: Uint8Array;
  /** XATTR_CREATE, XATTR_REPLACE. */
  readonly flags: number;
}

/** setxattr(2) of what is in hand.
 *  EINVAL flags · ERANGE name · E2BIG value · EROFS · EPERM, EACCES · EOPNOTSUPP · EEXIST CREATE, ENODATA REPLACE
 *  @linux setxattr full
 *  @linux lsetxattr full
 *  @linux fsetxattr full */
export function setXattr(caller: Caller, at: VirtualDentry, attribute: Attribute): void {
  const { name, value, flags } = attribute;
  const { inode } = at;
  checkXattrArguments(attribute);
  wantWrite(at.mount);
  checkPermission(caller, inode, name, MAY_WRITE);
  if (name === CAPABILITY) checkCapabilityValue(value);
  checkSecurity(caller, name);
  checkHandler(inode, name);
  const before = inode.extra?.xattrs?.get(name);
  const space = xattrSpace(name, value);
  // As Linux: the room is taken first, then the value is exchanged, then what the old one had is given back.
  inode.chargeXattrs(space);
  if (((flags & XATTR_CREATE) !== 0 && before !== undefined) || ((flags & XATTR_REPLACE) !== 0 && before === undefined)) {
    inode.chargeXattrs(-space);
    throw new LinuxError(before === undefined ? ENODATA : EEXIST);
  }
  if (before !== undefined) inode.chargeXattrs(-xattrSpace(name, before));
  inode.setattr({});
  inode.extra ??= { xattrs: null };
  inode.extra.xattrs ??= new Map();
  const { xattrs } = inode.extra;
  xattrs.set(name, value.slice());
  touchCtime(inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ATTRIB, at.dentry);
}

/** What is wrong with the arguments alone, before any path is walked. */
export function checkXattrArguments(attribute: Attribute): void {
  if ((attribute.flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) throw new LinuxError(EINVAL);
  checkXattrName(attribute.name);
  if (attribute.value.length > XATTR_SIZE_MAX) throw new LinuxError(E2BIG);
}

/** getxattr(2) of what is in hand; `size` is the room there is, 0 asks for none.
 *  ERANGE name · ENODATA, EACCES · EOPNOTSUPP · ENODATA · ERANGE too little room
 *  @linux getxattr full
 *  @linux lgetxattr full
 *  @linux fgetxattr full */
export function getXattr(caller: Caller, at: VirtualDentry, name: string, size: number): Uint8Array {
  const { inode } = at;
  checkXattrName(name);
  checkPermission(caller, inode, name, MAY_READ);
  checkHandler(inode, name);
  const value = inode.extra?.xattrs?.get(name);
  if (value === undefined) throw new LinuxError(ENODATA);
  if (size !== 0 && value.length > size) throw new LinuxError(ERANGE);
  return value.slice();
}

/** listxattr(2) of what is in hand. ERANGE.
 *  @linux listxattr full
 *  @linux llistxattr full
 *  @linux flistxattr full */
export function listXattr(caller: Caller, at: VirtualDentry, size: number): string[] {
  const names: string[] = [];
  let bytes = 0;
  const trusted = caller.creds.has(CAP_SYS_ADMIN);
  for (const name of at.inode.extra?.xattrs?.keys() ?? []) {
    if (!trusted && name.startsWith('trusted.')) continue;
    names.push(name);
    bytes += nameLength(name) + 1;
  }
  if (size !== 0 && bytes > size) throw new LinuxError(ERANGE);
  return names;
}

/** removexattr(2) of what is in hand. ERANGE name · EROFS · EPERM, EACCES · EOPNOTSUPP · ENODATA
 *  @linux removexattr full
 *  @linux lremovexattr full
 *  @linux fremovexattr full */
export function removeXattr(caller: Caller, at: VirtualDentry, name: string): void {
  const { inode } = at;
  checkXattrName(name);
  wantWrite(at.mount);
  checkPermission(caller, inode, name, MAY_WRITE);
  checkSecurity(caller, name);
  checkHandler(inode, name);
  const xattrs = inode.extra?.xattrs;
  if (xattrs === undefined || xattrs === null || !xattrs.has(name)) throw new LinuxError(ENODATA);
  inode.setattr({});
  dropXattr(inode, name);
  touchCtime(inode);
  if (caller.vfs.listeners !== null) caller.vfs.notify(IN_ATTRIB, at.dentry);
}
