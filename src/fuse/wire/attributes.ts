/**
 * A file as the kernel is told of it. Linux: struct fuse_attr, fuse_entry_out, fuse_attr_out, fuse_statx_out, fuse_kstatfs.
 */
import { major, minor, S_IFBLK, S_IFCHR, S_IFMT, S_IFREG, type Stat, STATX_BASIC_STATS, STATX_BTIME } from '../../abi/stat.ts';
import { statfsOf, statInode } from '../../vfs/attributes.ts';
import type { VirtualDentry } from '../../vfs/dentry.ts';
import type { Inode } from '../../vfs/inode.ts';
import type { Node, NodeTable } from './nodes.ts';
import { FUSE_ATTR_OUT_SIZE, FUSE_ENTRY_OUT_SIZE, FUSE_STATFS_OUT_SIZE, FUSE_STATX_OUT_SIZE } from './protocol.ts';
import type { Reply } from './reply.ts';

/** How far inode numbers are shifted up by the instance they are of. */
const INSTANCE_SHIFT = 2 ** 44;

export interface AttributeOptions {
  /** Device nodes are the host's devices. */
  readonly dev: boolean;
  /** Seconds for which the kernel may believe a name and an attribute. */
  readonly seconds: number;
}

export class Attributes {
  readonly #nodes: NodeTable;
  readonly #dev: boolean;
  readonly #seconds: number;

  constructor(nodes: NodeTable, options: AttributeOptions) {
    this.#nodes = nodes;
    this.#dev = options.dev;
    this.#seconds = options.seconds;
  }

  /** Whether a node is served as a stream: the host's kernel keeps device nodes to itself, so a driver of ours needs another face. */
  isStream(inode: Inode): boolean {
    const type = inode.mode & S_IFMT;
    if (type !== S_IFCHR && type !== S_IFBLK) return false;
    const device = inode.fs.vfs.devices.get(type === S_IFCHR ? 'char' : 'block', major(inode.rdev), minor(inode.rdev));
    return device !== undefined && (!this.#dev || device.stream);
  }

  /** Inode numbers are unique over all instances in the mount; the root's are their own. */
  ino(inode: Inode, ino: number): number {
    return ino + this.#nodes.instance(inode.fs) * INSTANCE_SHIFT;
  }

  /** What changes without the kernel's doing is never kept. */
  #valid(inode: Inode): number {
    return inode.fs.pinned ? this.#seconds : 0;
  }

  #stat(inode: Inode): Stat {
    const stat = statInode(inode);
    stat.ino = this.ino(inode, stat.ino);
    if (this.isStream(inode)) {
      stat.mode = S_IFREG | (stat.mode & ~S_IFMT);
      stat.rdev = 0;
    }
    return stat;
  }

  #attr(reply: Reply, offset: number, inode: Inode): void {
    const stat = this.#stat(inode);
    reply.u64(offset, stat.ino);
    reply.u64(offset + 8, stat.size);
    reply.u64(offset + 16, stat.blocks);
    reply.u64(offset + 24, stat.atimeSec);
    reply.u64(offset + 32, stat.mtimeSec);
    reply.u64(offset + 40, stat.ctimeSec);
    reply.u32(offset + 48, stat.atimeNsec);
    reply.u32(offset + 52, stat.mtimeNsec);
    reply.u32(offset + 56, stat.ctimeNsec);
    reply.u32(offset + 60, stat.mode);
    reply.u32(offset + 64, stat.nlink);
    reply.u32(offset + 68, stat.uid);
    reply.u32(offset + 72, stat.gid);
    reply.u32(offset + 76, stat.rdev);
    reply.u32(offset + 80, stat.blksize);
    reply.u32(offset + 84, 0);
  }

  /** Linux: struct fuse_entry_out. */
  entry(reply: Reply, offset: number, node: Node): number {
    const { inode } = node.at;
    const seconds = this.#valid(inode);
    reply.u64(offset, node.id);
    reply.u64(offset + 8, node.generation);
    reply.u64(offset + 16, seconds);
    reply.u64(offset + 24, seconds);
    reply.u64(offset + 32, 0);
    this.#attr(reply, offset + 40, inode);
    return FUSE_ENTRY_OUT_SIZE;
  }

  /** An entry that says: no such name, and for how long. */
  negative(reply: Reply, offset: number): number {
    reply.zero(offset, FUSE_ENTRY_OUT_SIZE);
    reply.u64(offset + 16, this.#seconds);
    return FUSE_ENTRY_OUT_SIZE;
  }

  /** Linux: struct fuse_attr_out. */
  attributes(reply: Reply, offset: number, inode: Inode): number {
    reply.u64(offset, this.#valid(inode));
    reply.u64(offset + 8, 0);
    this.#attr(reply, offset + 16, inode);
    return FUSE_ATTR_OUT_SIZE;
  }

  /** Linux: struct fuse_statx_out. It is asked for when someone wants the time of birth. */
  statx(reply: Reply, inode: Inode): number {
    const stat = this.#stat(inode);
    reply.zero(0, FUSE_STATX_OUT_SIZE);
    reply.u64(0, this.#valid(inode));
    const base = 32;
    reply.u32(base, STATX_BASIC_STATS | STATX_BTIME);
    reply.u32(base + 4, stat.blksize);
    reply.u32(base + 16, stat.nlink);
    reply.u32(base + 20, stat.uid);
    reply.u32(base + 24, stat.gid);
    reply.u32(base + 28, stat.mode);
    reply.u64(base + 32, stat.ino);
    reply.u64(base + 40, stat.size);
    reply.u64(base + 48, stat.blocks);
    time(reply, base + 64, stat.atimeSec, stat.atimeNsec);
    time(reply, base + 80, stat.btimeSec, stat.btimeNsec);
    time(reply, base + 96, stat.ctimeSec, stat.ctimeNsec);
    time(reply, base + 112, stat.mtimeSec, stat.mtimeNsec);
    reply.u32(base + 128, major(stat.rdev));
    reply.u32(base + 132, minor(stat.rdev));
    return FUSE_STATX_OUT_SIZE;
  }

  /** Linux: struct fuse_kstatfs. */
  statfs(reply: Reply, at: VirtualDentry): number {
    const statfs = statfsOf(at.mount);
    reply.zero(0, FUSE_STATFS_OUT_SIZE);
    reply.u64(0, statfs.blocks);
    reply.u64(8, statfs.bfree);
    reply.u64(16, statfs.bavail);
    reply.u64(24, statfs.files);
    reply.u64(32, statfs.ffree);
    reply.u32(40, statfs.bsize);
    reply.u32(44, statfs.namelen);
    reply.u32(48, statfs.frsize);
    return FUSE_STATFS_OUT_SIZE;
  }
}

function time(reply: Reply, offset: number, sec: number, nsec: number): void {
  reply.u64(offset, sec);
  reply.u32(offset + 8, nsec);
}
