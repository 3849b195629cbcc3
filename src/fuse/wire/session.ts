/**
 * The serving end of one FUSE connection, as bytes in and bytes out: no transport, no host. Linux: fs/fuse, seen from the other side.
 *
 * `handle` takes one request and leaves the answer in the buffer given. What cannot be answered yet goes out later through `send`,
 * as do notifications. Nothing is thrown: a malformed request gets EINVAL, an unknown one ENOSYS, a mistake of ours EIO.
 */
import { EACCES, EINVAL, EIO, ENAMETOOLONG, ENOENT, ENOSYS, ENOTDIR, EPERM, EPROTO, EROFS, ESTALE, LinuxError } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, O_ACCMODE, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_TRUNC } from '../../abi/fcntl.ts';
import { IN_MODIFY } from '../../abi/inotify.ts';
import { NAME_MAX } from '../../abi/limits.ts';
import { encodeName, nameLength } from '../../abi/name.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { UTIME_NOW, UTIME_OMIT } from '../../abi/time.ts';
import { chmod, chown, dropPrivileges, truncateInode, truncatePlace, UNCHANGED, utimens } from '../../vfs/attributes.ts';
import { VirtualDentry } from '../../vfs/dentry.ts';
import { FMODE_REGULAR, FMODE_STREAM, type FileDescription } from '../../vfs/file-description.ts';
import { S_APPEND, S_IMMUTABLE } from '../../vfs/inode.ts';
import { MNT_NODEV, type MountNamespace } from '../../vfs/mount.ts';
import { linkAt, mkdirAt, mknodAt, renameAt, rmdirAt, symlinkAt, unlinkAt } from '../../vfs/names.ts';
import { openAt, openPlace, openUnnamed } from '../../vfs/open.ts';
import { isReadonly, wantWrite } from '../../vfs/permission.ts';
import { allocateFile, seekFile, truncateFile } from '../../vfs/read-write.ts';
import { touchAtime } from '../../vfs/times.ts';
import { Walk } from '../../vfs/walk.ts';
import { Attributes } from './attributes.ts';
import { readDirectory } from './directory.ts';
import { FileRequests } from './file-requests.ts';
import { negotiate, type Negotiated } from './init.ts';
import { type Node, NodeTable } from './nodes.ts';
import { OpenFiles, type Send } from './open-files.ts';
import * as fuse from './protocol.ts';
import { NO_ANSWER, Reply } from './reply.ts';
import { Request } from './request.ts';
import { Requester } from './requester.ts';
import { xattrRequest } from './xattr.ts';

export interface SessionOptions {
  /** What is served as the root of the mount. */
  readonly root: VirtualDentry;
  readonly namespace: MountNamespace;
  /** Whose /proc/self the requesters see: they are no processes of the tree's kernel. */
  readonly pid: number;
  /** Device nodes are the host's devices; otherwise those with a driver here are served as streams. Default false. */
  readonly dev?: boolean;
  /** The kernel may keep names, attributes and pages: right only while nobody else changes the tree. Default false. */
  readonly cache?: boolean;
  /** The most bytes in one WRITE or READ. Default 1 MiB. */
  readonly maxWrite?: number;
  /** Writes a message that answers no request in hand. */
  send: Send;
  /** Hears of our own mistakes, which the requester sees as EIO. */
  onError?(error: unknown): void;
}

const MEBIBYTE = 1 << 20;
/** The header, the longest body, and room for the extensions. */
const REQUEST_MARGIN = 4096;
/** Seconds that the kernel keeps what it may. */
const CACHE_SECONDS = 86400;
const LARGEST_ERRNO = 4095;

/** The room for the longest request. */
export function requestSize(maxWrite: number = MEBIBYTE): number {
  return maxWrite + REQUEST_MARGIN;
}

export class Session {
  readonly nodes: NodeTable;
  readonly files: OpenFiles;
  readonly maxWrite: number;
  /** What INIT agreed on; undefined before. */
  agreed: Negotiated | undefined;
  /** Requests taken in, for those who watch whether we make progress. */
  handled: number;
  readonly #attributes: Attributes;
  readonly #caller: Requester;
  readonly #request: Request;
  readonly #reply: Reply;
  readonly #io: FileRequests;
  readonly #cache: boolean;
  readonly #onError: ((error: unknown) => void) | undefined;

  constructor(options: SessionOptions) {
    this.maxWrite = options.maxWrite ?? MEBIBYTE;
    this.#cache = options.cache ?? false;
    this.nodes = new NodeTable(options.root);
    this.files = new OpenFiles(options.send);
    this.agreed = undefined;
    this.handled = 0;
    this.#attributes = new Attributes(this.nodes, { dev: options.dev ?? false, seconds: this.#cache ? CACHE_SECONDS : 0 });
    this.#caller = new Requester(options.root.inode.fs.vfs, options);
    this.#request = new Request();
    this.#reply = new Reply();
    this.#io = new FileRequests(this.files, this.#caller, this.#reply);
    this.#onError = options.onError;
  }

  /** The root's mode, which the kernel wants to know when it mounts. */
  get rootMode(): number {
    return this.#node(fuse.FUSE_ROOT_ID).at.inode.mode;
  }

  /** A transport's buffer for requests is at least this long. */
  get requestSize(): number {
    return requestSize(this.maxWrite);
  }

  /** And for answers, which start at a multiple of four bytes. */
  get replySize(): number {
    return this.maxWrite + REQUEST_MARGIN;
  }

  /** Takes the request in the first `length` bytes; the length of the answer left in `reply`, or 0 for none (now). */
  handle(bytes: Uint8Array, reply: Uint8Array, length: number = bytes.length): number {
    const request = this.#request;
    this.handled++;
    this.#reply.load(reply);
    const whole = request.load(bytes, length);
    if (!whole) return this.#refuse(request);
    let result: number;
    try {
      result = this.#dispatch(request);
    } catch (error) {
      result = -this.#errno(error);
    }
    if (result >= 0) return this.#reply.finish(request, 0, result);
    if (result === NO_ANSWER) return 0;
    return this.#reply.finish(request, -result, 0);
  }

  /** The connection is gone: everything the kernel held goes. */
  close(): void {
    this.files.clear(this.#caller);
    this.nodes.clear();
  }

  /** Not a request as we know them. */
  #refuse(request: Request): number {
    const { opcode } = request;
    if (!request.isAnswerable || opcode === fuse.FUSE_FORGET || opcode === fuse.FUSE_BATCH_FORGET || opcode === fuse.FUSE_INTERRUPT)
      return 0;
    return this.#reply.finish(request, fuse.minimumBody(opcode) === -1 ? ENOSYS : EINVAL, 0);
  }

  #errno(error: unknown): number {
    if (error instanceof LinuxError && error.errno > 0 && error.errno <= LARGEST_ERRNO) return error.errno;
    this.#onError?.(error);
    return EIO;
  }

  #dispatch(request: Request): number {
    const { opcode } = request;
    const caller = this.#caller;
    if (opcode === fuse.FUSE_WRITE) return this.agreed === undefined ? -EIO : this.#io.write(request);
    // Root has CAP_FSETID; who else has it keeps what a member of the group keeps, since the kernel has stripped the others' bits.
    caller.become(request, request.uid === 0);
    if (this.agreed === undefined && opcode !== fuse.FUSE_INIT) return -EIO;
    switch (opcode) {
      case fuse.FUSE_LOOKUP:
        return this.#lookup(request);
      case fuse.FUSE_GETATTR:
        return this.#attributes.attributes(this.#reply, 0, this.#node(request.nodeid).at.inode);
      case fuse.FUSE_STATX:
        return this.#attributes.statx(this.#reply, this.#node(request.nodeid).at.inode);
      case fuse.FUSE_READ:
        return this.#io.read(request);
      case fuse.FUSE_OPEN:
      case fuse.FUSE_OPENDIR:
        return this.#open(request);
      case fuse.FUSE_RELEASE:
      case fuse.FUSE_RELEASEDIR:
        this.files.release(caller, request.u64(0));
        return 0;
      case fuse.FUSE_READDIR:
      case fuse.FUSE_READDIRPLUS:
        return this.#readdir(request);
      case fuse.FUSE_FORGET:
        this.nodes.forget(request.nodeid, request.u64(0));
        return NO_ANSWER;
      case fuse.FUSE_BATCH_FORGET:
        return this.#batchForget(request);
      case fuse.FUSE_SETATTR:
        return this.#setattr(request);
      case fuse.FUSE_READLINK:
        return this.#readlink(request);
      case fuse.FUSE_CREATE:
        return this.#create(request);
      case fuse.FUSE_TMPFILE:
        return this.#tmpfile(request);
      case fuse.FUSE_MKNOD:
      case fuse.FUSE_MKDIR:
      case fuse.FUSE_SYMLINK:
      case fuse.FUSE_LINK:
        return this.#make(request);
      case fuse.FUSE_UNLINK:
        request.seek(0);
        unlinkAt(caller, this.#directory(request.nodeid), this.#name(request));
        return 0;
      case fuse.FUSE_RMDIR:
        request.seek(0);
        rmdirAt(caller, this.#directory(request.nodeid), this.#name(request));
        return 0;
      case fuse.FUSE_RENAME:
        return this.#rename(request, 0, 8);
      case fuse.FUSE_RENAME2:
        return this.#rename(request, request.u32(8), 16);
      case fuse.FUSE_STATFS:
        return this.#attributes.statfs(this.#reply, this.#node(request.nodeid).at);
      case fuse.FUSE_FLUSH:
        this.files.get(request.u64(0)).flush();
        return 0;
      case fuse.FUSE_FSYNC:
      case fuse.FUSE_FSYNCDIR:
        this.files.get(request.u64(0)).sync();
        return 0;
      case fuse.FUSE_SYNCFS:
        this.#node(request.nodeid).at.inode.fs.sync();
        return 0;
      case fuse.FUSE_SETXATTR:
      case fuse.FUSE_GETXATTR:
      case fuse.FUSE_LISTXATTR:
      case fuse.FUSE_REMOVEXATTR:
        return xattrRequest(request, this.#reply, caller, this.#node(request.nodeid).at);
      case fuse.FUSE_FALLOCATE:
        allocateFile(caller, this.files.get(request.u64(0)), request.u32(24), { offset: request.s64(8), length: request.s64(16) });
        return 0;
      case fuse.FUSE_LSEEK:
        this.#reply.u64(0, seekFile(this.files.get(request.u64(0)), request.s64(8), request.u32(16)));
        return 8;
      case fuse.FUSE_COPY_FILE_RANGE:
      case fuse.FUSE_COPY_FILE_RANGE_64:
        return this.#io.copyFileRange(request);
      case fuse.FUSE_IOCTL:
        return this.#io.ioctl(request);
      case fuse.FUSE_POLL:
        return this.#io.poll(request);
      case fuse.FUSE_INTERRUPT:
        this.files.interrupt({ low: request.u32(0), high: request.u32(4) });
        return NO_ANSWER;
      case fuse.FUSE_INIT:
        return this.#init(request);
      case fuse.FUSE_DESTROY:
        return 0;
      default:
        // Locks, ACCESS and BMAP are the kernel's own business once it hears this.
        return -ENOSYS;
    }
  }

  // ── places and names ──

  /** ESTALE: an id that was never given, or was forgotten. */
  #node(id: number): Node {
    const node = this.nodes.get(id);
    if (node === undefined) throw new LinuxError(ESTALE);
    return node;
  }

  #directory(id: number): VirtualDentry {
    const { at } = this.#node(id);
    if ((at.inode.mode & S_IFMT) !== S_IFDIR) throw new LinuxError(ENOTDIR);
    return at;
  }

  /** The next name of the request. EINVAL: no NUL, or not the name of an entry. */
  #name(request: Request): string {
    const name = request.name();
    if (name === undefined || name === '' || name === '.' || name === '..' || name.includes('/')) throw new LinuxError(EINVAL);
    return name;
  }

  /** What `name` means in a directory: what is mounted there counts, a symlink is itself. */
  #find(directory: VirtualDentry, name: string): VirtualDentry | undefined {
    const walk = new Walk(this.#caller, directory);
    const dentry = walk.child(name);
    if (dentry === undefined) return undefined;
    walk.enter(dentry);
    return walk.place;
  }

  #lookup(request: Request): number {
    request.seek(0);
    const name = this.#name(request);
    const found = this.#find(this.#directory(request.nodeid), name);
    if (found !== undefined) return this.#attributes.entry(this.#reply, 0, this.nodes.enter(found));
    if (name.length > 85 && nameLength(name) > NAME_MAX) return -ENAMETOOLONG;
    return this.#cache ? this.#attributes.negative(this.#reply, 0) : -ENOENT;
  }

  /** The entry of what was just made. */
  #made(directory: VirtualDentry, name: string): number {
    const found = this.#find(directory, name);
    if (found === undefined) return -EIO;
    return this.#attributes.entry(this.#reply, 0, this.nodes.enter(found));
  }

  #batchForget(request: Request): number {
    const count = Math.min(request.u32(0), Math.floor((request.length - fuse.FUSE_IN_HEADER_SIZE - 8) / 16));
    for (let index = 0; index < count; index++) this.nodes.forget(request.u64(8 + index * 16), request.u64(16 + index * 16));
    return NO_ANSWER;
  }

  // ── making and moving names ──

  #make(request: Request): number {
    const caller = this.#caller;
    const directory = this.#directory(request.nodeid);
    let name: string;
    switch (request.opcode) {
      case fuse.FUSE_MKNOD:
        request.seek(16);
        name = this.#name(request);
        mknodAt(caller, directory, name, { mode: request.u32(0), rdev: request.u32(4) });
        break;
      case fuse.FUSE_MKDIR:
        request.seek(8);
        name = this.#name(request);
        mkdirAt(caller, directory, name, request.u32(0));
        break;
      case fuse.FUSE_SYMLINK: {
        request.seek(0);
        name = this.#name(request);
        const target = request.name();
        if (target === undefined) return -EINVAL;
        symlinkAt(caller, target, directory, name);
        break;
      }
      default:
        request.seek(8);
        name = this.#name(request);
        linkAt(caller, { at: this.#node(request.u64(0)).at, path: '' }, { at: directory, path: name }, AT_EMPTY_PATH);
    }
    return this.#made(directory, name);
  }

  #rename(request: Request, flags: number, names: number): number {
    const from = this.#directory(request.nodeid);
    const to = this.#directory(request.u64(0));
    request.seek(names);
    const name = this.#name(request);
    renameAt(this.#caller, { at: from, path: name }, { at: to, path: this.#name(request) }, flags);
    return 0;
  }

  #readlink(request: Request): number {
    const { at } = this.#node(request.nodeid);
    if ((at.inode.mode & S_IFMT) !== S_IFLNK) return -EINVAL;
    touchAtime(at.mount, at.inode);
    const target = encodeName(at.inode.readlink(this.#caller));
    this.#reply.room8(0, target.length).set(target);
    return target.length;
  }

  // ── attributes ──

  #setattr(request: Request): number {
    const caller = this.#caller;
    const valid = request.u32(0);
    const { at } = this.#node(request.nodeid);
    caller.become(request, (valid & fuse.FATTR_KILL_SUIDGID) === 0);
    if ((valid & fuse.FATTR_SIZE) !== 0) this.#truncate(request, at, valid);
    // The kernel has applied the rules for members of a group, which it alone knows.
    caller.become(request, true);
    // What asks for nothing is chown(2) with both ids -1, which clears set-id bits and moves ctime all the same; or a writer's
    // allocation or copy, which clears them itself. The latter may be a stranger, whom the former would be refused.
    if ((valid & ~fuse.FATTR_FH) === 0 && request.uid !== 0 && request.uid !== at.inode.uid)
      return this.#attributes.attributes(this.#reply, 0, at.inode);
    if ((valid & (fuse.FATTR_UID | fuse.FATTR_GID)) !== 0 || (valid & ~fuse.FATTR_FH) === 0) {
      const uid = (valid & fuse.FATTR_UID) === 0 ? UNCHANGED : request.u32(76);
      const gid = (valid & fuse.FATTR_GID) === 0 ? UNCHANGED : request.u32(80);
      chown(caller, at, { uid, gid });
    } else if ((valid & (fuse.FATTR_KILL_SUIDGID | fuse.FATTR_SIZE)) === fuse.FATTR_KILL_SUIDGID) {
      wantWrite(at.mount);
      caller.become(request, false);
      dropPrivileges(caller, at.inode);
    }
    if ((valid & fuse.FATTR_MODE) !== 0) chmod(caller, at, request.u32(68) & 0o7777);
    const atime = this.#time(request, valid, { set: fuse.FATTR_ATIME, now: fuse.FATTR_ATIME_NOW, sec: 32, nsec: 56 });
    const mtime = this.#time(request, valid, { set: fuse.FATTR_MTIME, now: fuse.FATTR_MTIME_NOW, sec: 40, nsec: 60 });
    if (atime.nsec !== UTIME_OMIT || mtime.nsec !== UTIME_OMIT) utimens(caller, at, [atime, mtime]);
    return this.#attributes.attributes(this.#reply, 0, at.inode);
  }

  #time(request: Request, valid: number, field: { set: number; now: number; sec: number; nsec: number }): { sec: number; nsec: number } {
    if ((valid & field.set) === 0) return { sec: 0, nsec: UTIME_OMIT };
    if ((valid & field.now) !== 0) return { sec: 0, nsec: UTIME_NOW };
    const nsec = request.u32(field.nsec);
    if (nsec > 999_999_999) throw new LinuxError(EINVAL);
    return { sec: request.s64(field.sec), nsec };
  }

  /** ftruncate(2) comes with a handle, truncate(2) without. */
  #truncate(request: Request, at: VirtualDentry, valid: number): void {
    const caller = this.#caller;
    const size = request.s64(16);
    if ((valid & fuse.FATTR_FH) !== 0) {
      truncateFile(caller, this.files.get(request.u64(8)), size);
      return;
    }
    if (size < 0) throw new LinuxError(EINVAL);
    truncatePlace(caller, at, size);
  }

  // ── opening ──

  #open(request: Request): number {
    const caller = this.#caller;
    const { at } = this.#node(request.nodeid);
    const flags = request.u32(0) & ~(O_CREAT | O_EXCL);
    this.#checkOpen(at, flags);
    caller.become(request, (request.u32(4) & fuse.FUSE_OPEN_KILL_SUIDGID) === 0);
    const file = openPlace(caller, at, request.opcode === fuse.FUSE_OPENDIR ? flags | O_DIRECTORY : flags);
    if ((flags & O_TRUNC) !== 0 && (at.inode.mode & S_IFMT) === S_IFREG) {
      truncateInode(caller, at.inode, 0);
      if (caller.vfs.listeners !== null) caller.vfs.notify(IN_MODIFY, at.dentry);
    }
    return this.#opened(0, file);
  }

  /** What the kernel cannot know: read-only mounts below ours, and inode flags. */
  #checkOpen(at: VirtualDentry, flags: number): void {
    const { inode } = at;
    const writes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
    const type = inode.mode & S_IFMT;
    if ((type === S_IFCHR || type === S_IFBLK) && (at.mount.flags & MNT_NODEV) !== 0) throw new LinuxError(EACCES);
    if (writes && (type === S_IFREG || type === S_IFDIR) && isReadonly(at.mount)) throw new LinuxError(EROFS);
    if (writes && (inode.flags & S_IMMUTABLE) !== 0) throw new LinuxError(EPERM);
    if (writes && (inode.flags & S_APPEND) !== 0 && ((flags & O_APPEND) === 0 || (flags & O_TRUNC) !== 0)) throw new LinuxError(EPERM);
  }

  #create(request: Request): number {
    const directory = this.#directory(request.nodeid);
    request.seek(16);
    const name = this.#name(request);
    // Only what is made, or is a plain file: the kernel does not follow a link here either.
    const flags = request.u32(0) | O_CREAT | O_NOFOLLOW;
    const file = openAt(this.#caller, directory, name, { flags: flags & ~O_DIRECTORY, mode: request.u32(4) & 0o7777, resolve: 0 });
    return this.#createdFile(file);
  }

  #tmpfile(request: Request): number {
    const directory = this.#directory(request.nodeid);
    wantWrite(directory.mount);
    if (!directory.inode.fs.pinned) return -EPERM;
    return this.#createdFile(openUnnamed(this.#caller, directory, { flags: request.u32(0), mode: request.u32(4) & 0o7777 }));
  }

  #createdFile(file: FileDescription): number {
    const node = this.nodes.enter(new VirtualDentry(file.mount, file.dentry));
    const size = this.#attributes.entry(this.#reply, 0, node);
    return size + this.#opened(size, file);
  }

  /** Linux: struct fuse_open_out. */
  #opened(offset: number, file: FileDescription): number {
    const reply = this.#reply;
    reply.u64(offset, this.files.add(file));
    reply.u32(offset + 8, this.#openFlags(file));
    reply.u32(offset + 12, 0);
    return fuse.FUSE_OPEN_OUT_SIZE;
  }

  #openFlags(file: FileDescription): number {
    const { inode } = file;
    if ((inode.mode & S_IFMT) === S_IFDIR) return this.#cache && inode.fs.pinned ? fuse.FOPEN_CACHE_DIR | fuse.FOPEN_KEEP_CACHE : 0;
    if ((file.fmode & FMODE_REGULAR) === 0 || !inode.fs.pinned) {
      // A driver's file: sizes mean nothing, and a sleeping read must not keep a write waiting.
      const sleeps = file.waitQueue !== undefined || (file.fmode & FMODE_STREAM) !== 0;
      const stream = !sleeps ? 0 : fuse.FOPEN_STREAM | fuse.FOPEN_NONSEEKABLE;
      return fuse.FOPEN_DIRECT_IO | fuse.FOPEN_PARALLEL_DIRECT_WRITES | stream;
    }
    if (this.#cache) return fuse.FOPEN_KEEP_CACHE | fuse.FOPEN_NOFLUSH;
    const direct = this.agreed?.directMmap === true ? fuse.FOPEN_DIRECT_IO | fuse.FOPEN_PARALLEL_DIRECT_WRITES : 0;
    return direct | fuse.FOPEN_NOFLUSH;
  }

  #readdir(request: Request): number {
    const plus = request.opcode === fuse.FUSE_READDIRPLUS;
    const file = this.files.get(request.u64(0));
    if ((file.inode.mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
    const size = Math.min(request.u32(16), this.#reply.room);
    return readDirectory(this.#caller, file, request.u64(8), {
      reply: this.#reply,
      size,
      attributes: this.#attributes,
      enter: plus ? (name) => this.#enterListed(file, name) : undefined,
    });
  }

  #enterListed(file: FileDescription, name: string): Node | undefined {
    const found = this.#find(new VirtualDentry(file.mount, file.dentry), name);
    return found === undefined ? undefined : this.nodes.enter(found);
  }

  #init(request: Request): number {
    const { reply, agreed } = negotiate(request, { cache: this.#cache, maxWrite: this.maxWrite });
    if (agreed === undefined) return -EPROTO;
    if (agreed.minor !== 0) this.agreed = agreed;
    this.#reply.zero(0, fuse.FUSE_INIT_OUT_SIZE);
    for (const [index, word] of reply.entries()) this.#reply.u32(index * 4, word);
    return fuse.FUSE_INIT_OUT_SIZE;
  }
}
