/**
 * READDIR and READDIRPLUS. Linux: struct fuse_dirent, fuse_direntplus; fs/fuse/readdir.c reads them.
 *
 * The kernel resumes with the cookie of the last entry it used, so an entry that found no room here is shown again next time.
 */
import { EINVAL, LinuxError } from '../../abi/errno.ts';
import { SEEK_SET } from '../../abi/fcntl.ts';
import { encodeName } from '../../abi/name.ts';
import { DT_BLK, DT_CHR, DT_DIR, DT_REG, DT_UNKNOWN, modeToDt } from '../../abi/stat.ts';
import type { Caller } from '../../vfs/caller.ts';
import { DCACHE_MOUNTED, type DirectoryDentry } from '../../vfs/dentry.ts';
import { type FileDescription, FMODE_NOATIME } from '../../vfs/file-description.ts';
import type { DirectoryEntry } from '../../vfs/inode.ts';
import { touchAtime } from '../../vfs/times.ts';
import type { Attributes } from './attributes.ts';
import type { Node } from './nodes.ts';
import { FUSE_ENTRY_OUT_SIZE, FUSE_NAME_OFFSET } from './protocol.ts';
import type { Reply } from './reply.ts';

export interface Listing {
  readonly reply: Reply;
  /** The room that the kernel has. */
  readonly size: number;
  readonly attributes: Attributes;
  /** READDIRPLUS: the node of an entry, whose lookup is counted. */
  readonly enter: ((name: string) => Node | undefined) | undefined;
}

/** Fills the reply with entries from `offset`; the bytes used. EINVAL: a negative or inexact offset. */
export function readDirectory(caller: Caller, file: FileDescription, offset: number, listing: Listing): number {
  if (!Number.isSafeInteger(offset)) throw new LinuxError(EINVAL);
  if (offset === 0 || offset !== file.offset) file.offset = file.seek(offset, SEEK_SET);
  let used = 0;
  file.iterate((entry) => {
    const size = put(caller, file, entry, listing, used);
    used += size;
    return size > 0;
  });
  if ((file.fmode & FMODE_NOATIME) === 0) touchAtime(file.mount, file.inode);
  return used;
}

/** One record at `offset`, or 0 when it does not fit. */
function put(caller: Caller, file: FileDescription, entry: DirectoryEntry, listing: Listing, offset: number): number {
  const { reply, attributes } = listing;
  const name = encodeName(entry.name);
  const head = listing.enter === undefined ? 0 : FUSE_ENTRY_OUT_SIZE;
  const size = head + ((FUSE_NAME_OFFSET + name.length + 7) & ~7);
  if (size > listing.size - offset) return 0;
  if (listing.enter !== undefined) {
    // Node 0 says that nothing was looked up.
    const isDots = entry.name === '.' || entry.name === '..';
    const node = isDots ? undefined : listing.enter(entry.name);
    if (node === undefined) reply.zero(offset, FUSE_ENTRY_OUT_SIZE);
    else attributes.entry(reply, offset, node);
  }
  const at = offset + head;
  reply.zero(at, size - head);
  reply.u64(at, inodeNumber(caller, file, entry, attributes));
  reply.u64(at + 8, entry.cookie);
  reply.u32(at + 16, name.length);
  reply.u32(at + 20, entryType(file, entry, attributes));
  reply.room8(at + FUSE_NAME_OFFSET, name.length).set(name);
  return size;
}

/** A device may be served as something else. Where only a lookup could tell, the reader must ask. */
function entryType(file: FileDescription, entry: DirectoryEntry, attributes: Attributes): number {
  const type = modeToDt(entry.mode);
  if (type !== DT_CHR && type !== DT_BLK) return type;
  const dentry = (file.dentry as DirectoryDentry).child(entry.name);
  if (dentry === undefined) return DT_UNKNOWN;
  return attributes.isStream(dentry.inode) ? DT_REG : type;
}

/** The whole mount is one filesystem to its users, so an entry that is mounted on shows what is mounted. */
function inodeNumber(caller: Caller, file: FileDescription, entry: DirectoryEntry, attributes: Attributes): number {
  if (modeToDt(entry.mode) === DT_DIR) {
    const dentry = (file.dentry as DirectoryDentry).child(entry.name);
    if (dentry !== undefined && (dentry.flags & DCACHE_MOUNTED) !== 0) {
      let mount = caller.vfs.mountedOn(file.mount, dentry);
      for (let above = mount; above !== undefined; above = caller.vfs.mountedOn(above, above.root)) mount = above;
      if (mount !== undefined) return attributes.ino(mount.root.inode, mount.root.inode.ino);
    } else if (entry.name === '..' && file.dentry === file.mount.root && file.mount.mountpoint !== null) {
      return attributes.ino(file.mount.mountpoint.parent.inode, entry.ino);
    }
  }
  return attributes.ino(file.inode, entry.ino);
}
