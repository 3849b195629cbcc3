/**
 * The path walk. Linux: link_path_walk(), walk_component(), path_lookupat() of fs/namei.c; a `Walk` is struct nameidata.
 *
 * A path is walked as it is written, never normalised: `a/..` matters when `a` is a symlink. `toLast` walks everything but
 * the last component; operations that make or remove names stop there, and the others go on with `lookupLast`.
 */
import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV, LinuxError } from '../abi/errno.ts';
import { RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV } from '../abi/fcntl.ts';
import { MAXSYMLINKS, NAME_MAX } from '../abi/limits.ts';
import { nameLength } from '../abi/name.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_ISVTX, S_IWOTH } from '../abi/stat.ts';
import type { Caller } from './caller.ts';
import type { Credentials } from './credentials.ts';
import { DCACHE_LOOKED_UP, DCACHE_MOUNTED, type Dentry, type DirectoryDentry, VirtualDentry } from './dentry.ts';
import { MNT_NOSYMFOLLOW, type Mount } from './mount.ts';
import { genericPermission, MAY_EXEC } from './permission.ts';
import { touchAtime } from './times.ts';

/** Follow a symlink that is the last component. */
export const LOOKUP_FOLLOW = 1;
/** The result must be a directory. */
export const LOOKUP_DIRECTORY = 2;
/** An empty path means the start itself (AT_EMPTY_PATH). */
export const LOOKUP_EMPTY = 4;

/** What the last component is. */
export const LAST_NORM = 0;
export const LAST_ROOT = 1;
export const LAST_DOT = 2;
export const LAST_DOTDOT = 3;

const SLASH = 47;
const DOT = 46;
const SEARCH_FOR_ALL = 0o111;

/**
 * Where the last walk was before its last component: the next one that begins with the same directories, from the same place and for the same
 * credentials, goes on from there. Only what a second walk could not notice is kept: plain directories of pinned filesystems,
 * without symlinks and `..`. `VirtualFilesystem.forgetWalk` drops it when a directory moves, goes, or changes its owner or mode,
 * and when mounts change.
 */
export interface WalkedDirectory {
  /** The whole path, and what its last component is. */
  path: string;
  last: string;
  lastType: number;
  trailing: boolean;
  /** The path up to there, with the slashes after it. */
  prefix: string;
  creds: Credentials;
  startMount: Mount;
  startDentry: Dentry;
  mount: Mount;
  dentry: Dentry;
}

export class Walk {
  readonly caller: Caller;
  /** Where the walk stands. After `toLast`, the directory that holds the last component. */
  mount: Mount;
  dentry: Dentry;
  /** What `/` means and `..` cannot leave. */
  rootMount: Mount;
  rootDentry: Dentry;
  /** The last component, and LAST_*. */
  last: string;
  lastType: number;
  /** The path ended in a slash, or a followed link's target did: the result must be a directory. */
  trailing: boolean;
  /** Symlinks followed so far. */
  links: number;
  /** RESOLVE_* bits of openat2(2). */
  readonly resolve: number;
  /** What is absent on the way (ENOENT, ENOTDIR) is an answer, not a failure. */
  quiet: boolean;
  /** Going through a mount is a use of it, which takes umount2(MNT_EXPIRE)'s mark away. */
  usesMounts: boolean;
  /** The root has been looked at: by an absolute path or by `..`. Linux: nd->root.mnt != NULL. */
  #rootKnown: boolean;
  /** The next walk may go on from the directory of this one. */
  #keeps: boolean;

  constructor(caller: Caller, at: VirtualDentry, resolve = 0) {
    this.caller = caller;
    this.mount = at.mount;
    this.dentry = at.dentry;
    const root = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) === 0 ? caller.root : at;
    this.rootMount = root.mount;
    this.rootDentry = root.dentry;
    this.last = '';
    this.lastType = LAST_ROOT;
    this.trailing = false;
    this.links = 0;
    this.resolve = resolve;
    this.quiet = false;
    this.usesMounts = true;
    this.#rootKnown = root === at;
    this.#keeps = resolve === 0;
  }

  get place(): VirtualDentry {
    return new VirtualDentry(this.mount, this.dentry);
  }

  /** The whole path. ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, EXDEV. */
  walk(path: string, flags: number): void {
    if (!this.find(path, flags)) throw new LinuxError(nameLength(this.last) > NAME_MAX ? ENAMETOOLONG : ENOENT);
  }

  /** The whole path; false when the last component is absent, or with `quiet` any. */
  find(path: string, flags: number): boolean {
    if (path === '') {
      if ((flags & LOOKUP_EMPTY) === 0) throw new LinuxError(ENOENT);
    } else {
      if (!this.toLast(path)) return false;
      if (!this.lookupLast((flags & LOOKUP_FOLLOW) !== 0)) return false;
    }
    if ((flags & LOOKUP_DIRECTORY) !== 0 && (this.dentry.inode.mode & S_IFMT) !== S_IFDIR) throw new LinuxError(ENOTDIR);
    return true;
  }

  /** Everything but the last component, which is left in `last`, `lastType` and `trailing`. False: absent, and `quiet`. */
  toLast(start: string): boolean {
    let path = start;
    /** What remains to be walked after the symlinks that we are inside of. */
    let rests: string[] | null = null;
    let position = this.#begin(path);
    const startMount = this.mount;
    const startDentry = this.dentry;
    const first = this.#keeps ? this.#resume(path, position) : position;
    if (first < 0) return true;
    const resumed = first > position;
    position = first;
    for (;;) {
      const length = path.length;
      if (position >= length) {
        // Only slashes, or a link to nothing but the root.
        const rest = rests?.pop();
        if (rest === undefined) {
          this.lastType = LAST_ROOT;
          return true;
        }
        path = rest;
        position = 0;
        continue;
      }
      const inode = this.dentry.inode;
      const mode = inode.mode;
      if ((mode & S_IFMT) !== S_IFDIR) return this.#absent(ENOTDIR);
      // A directory that all may search needs no look at who asks.
      if ((mode & SEARCH_FOR_ALL) !== SEARCH_FOR_ALL && !genericPermission(this.caller.creds, inode, MAY_EXEC))
        throw new LinuxError(EACCES);
      let end = path.indexOf('/', position);
      let next = length;
      if (end === -1) end = length;
      else {
        next = end + 1;
        while (path.charCodeAt(next) === SLASH) next++;
      }
      let type = LAST_NORM;
      if (path.charCodeAt(position) === DOT) {
        if (end - position === 1) type = LAST_DOT;
        else if (end - position === 2 && path.charCodeAt(position + 1) === DOT) type = LAST_DOTDOT;
      }
      if (next >= length && (rests === null || rests.length === 0)) {
        if (end < length) this.trailing = true;
        this.lastType = type;
        this.last = position === 0 && end === length ? path : path.slice(position, end);
        if (this.#keeps) {
          if (position > first) this.#keep(path, position, startMount, startDentry);
          else if (resumed) this.#keepName(path);
        }
        return true;
      }
      if (type === LAST_NORM) {
        const name = path.slice(position, end);
        const dentry = this.child(name);
        if (dentry === undefined) return this.#absent(nameLength(name) > NAME_MAX ? ENAMETOOLONG : ENOENT);
        if ((dentry.inode.mode & S_IFMT) === S_IFLNK) {
          const target = this.#follow(dentry, false);
          if (target !== undefined) {
            if (next < length) {
              rests ??= [];
              rests.push(path.slice(next));
            }
            path = target;
            position = this.#begin(path);
            continue;
          }
        } else {
          this.dentry = dentry;
          if (dentry.flags !== 0) this.#enterMounts();
        }
      } else if (type === LAST_DOTDOT) this.#dotdot();
      position = next;
    }
  }

  /**
   * Goes on from the directory of the last walk if this one begins in the same way. The position of the first component that is left to
   * walk; -1 when it is the very same path, and none is.
   */
  #resume(path: string, start: number): number {
    const walked = this.caller.vfs.walked;
    if (walked === null || walked.creds !== this.caller.creds || walked.startDentry !== this.dentry || walked.startMount !== this.mount)
      return start;
    let position: number;
    if (walked.path === path) {
      this.last = walked.last;
      this.lastType = walked.lastType;
      this.trailing = walked.trailing;
      position = -1;
    } else {
      const { prefix } = walked;
      position = prefix.length;
      // A look at one character spares most comparisons that would fail.
      if (path.charCodeAt(position - 1) !== SLASH || path.slice(0, position) !== prefix) return start;
      while (path.charCodeAt(position) === SLASH) position++;
      // Of that directory itself this walk needs the name.
      if (position >= path.length) return start;
    }
    this.mount = walked.mount;
    this.dentry = walked.dentry;
    return position;
  }

  /** The next walk may resume this one, which is before its last component, at `position`. */
  #keep(path: string, position: number, startMount: Mount, startDentry: Dentry): void {
    const { vfs, creds } = this.caller;
    const { mount, dentry, last, lastType, trailing } = this;
    if (!this.usesMounts || (dentry.flags & DCACHE_LOOKED_UP) !== 0) return;
    const walked = vfs.walked;
    if (walked === null) {
      vfs.walked = { path, prefix: path.slice(0, position), last, lastType, trailing, creds, startMount, startDentry, mount, dentry };
      return;
    }
    this.#keepName(path);
    walked.prefix = path.slice(0, position);
    walked.creds = creds;
    walked.startMount = startMount;
    walked.startDentry = startDentry;
    walked.mount = mount;
    walked.dentry = dentry;
  }

  /** Another name in the directory that is kept. */
  #keepName(path: string): void {
    const walked = this.caller.vfs.walked as WalkedDirectory;
    walked.path = path;
    walked.last = this.last;
    walked.lastType = this.lastType;
    walked.trailing = this.trailing;
  }

  #absent(errno: number): false {
    if (this.quiet && errno !== ENAMETOOLONG) return false;
    throw new LinuxError(errno);
  }

  /** The last component, through mounts and, if asked or if a slash follows, symlinks. False when it is absent. */
  lookupLast(follow: boolean): boolean {
    for (;;) {
      if (this.lastType === LAST_NORM) {
        const dentry = this.child(this.last);
        if (dentry === undefined) return false;
        if ((dentry.inode.mode & S_IFMT) === S_IFLNK && (follow || this.trailing)) {
          const target = this.#follow(dentry, true);
          if (target !== undefined) {
            if (!this.toLast(target)) return false;
            continue;
          }
        } else {
          this.dentry = dentry;
          if (dentry.flags !== 0) this.#enterMounts();
        }
      } else if (this.lastType === LAST_DOTDOT) this.#dotdot();
      if (this.trailing && (this.dentry.inode.mode & S_IFMT) !== S_IFDIR) return this.#absent(ENOTDIR);
      return true;
    }
  }

  /** Follows a symlink that is the last component: true when there is a new last component, false when the walk has jumped to its end. */
  followLast(link: Dentry): boolean {
    const target = this.#follow(link, true);
    if (target === undefined) return false;
    this.toLast(target);
    return true;
  }

  /** Steps into what is found under a name of the current directory: what is mounted there counts. */
  enter(dentry: Dentry): void {
    this.dentry = dentry;
    if (dentry.flags !== 0) this.#enterMounts();
  }

  /** `..` or `.` or `/` as the last component. */
  enterDots(): void {
    if (this.lastType === LAST_DOTDOT) this.#dotdot();
  }

  /** The entry `name` of the current directory, whatever may be mounted on it. */
  child(name: string): Dentry | undefined {
    const directory = this.dentry as DirectoryDentry;
    if ((directory.flags & DCACHE_LOOKED_UP) !== 0) return this.caller.vfs.lookup(directory, name);
    return directory.child(name);
  }

  /** An absolute path starts at the root. The position of the first component. */
  #begin(path: string): number {
    if (path.charCodeAt(0) !== SLASH) return 0;
    if (this.resolve !== 0) {
      if ((this.resolve & RESOLVE_BENEATH) !== 0) throw new LinuxError(EXDEV);
      // An absolute path may start on another mount than the directory given; an absolute link may not change it.
      // As Linux: a root that the walk has not yet needed is another mount, whichever it is.
      if ((this.resolve & RESOLVE_NO_XDEV) !== 0 && this.links > 0 && (!this.#rootKnown || this.mount !== this.rootMount))
        throw new LinuxError(EXDEV);
      this.#rootKnown = true;
    }
    this.mount = this.rootMount;
    this.dentry = this.rootDentry;
    let position = 1;
    while (path.charCodeAt(position) === SLASH) position++;
    return position;
  }

  /** The target to walk next, or undefined when a magic link has moved us. Linux: pick_link(). */
  #follow(link: Dentry, trailing: boolean): string | undefined {
    this.#keeps = false;
    if (this.links++ >= MAXSYMLINKS) throw new LinuxError(ELOOP);
    const { vfs } = this.caller;
    if (trailing && vfs.sysctl['fs.protected_symlinks'] !== 0) this.#mayFollow(link);
    if ((this.resolve & RESOLVE_NO_SYMLINKS) !== 0 || (this.mount.flags & MNT_NOSYMFOLLOW) !== 0) throw new LinuxError(ELOOP);
    touchAtime(this.mount, link.inode);
    const jump = link.inode.jump(this.caller);
    if (jump !== undefined) {
      if ((this.resolve & RESOLVE_NO_MAGICLINKS) !== 0) throw new LinuxError(ELOOP);
      if ((this.resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0) throw new LinuxError(EXDEV);
      if ((this.resolve & RESOLVE_NO_XDEV) !== 0 && jump.mount !== this.mount) throw new LinuxError(EXDEV);
      this.mount = jump.mount;
      this.dentry = jump.dentry;
      return undefined;
    }
    const target = link.inode.readlink(this.caller);
    if (target === '') throw new LinuxError(ENOENT);
    return target;
  }

  /** fs.protected_symlinks. Linux: may_follow_link(). */
  #mayFollow(link: Dentry): void {
    const directory = this.dentry.inode;
    if (link.inode.uid === this.caller.creds.fsuid) return;
    if ((directory.mode & (S_ISVTX | S_IWOTH)) !== (S_ISVTX | S_IWOTH)) return;
    if (directory.uid === link.inode.uid) return;
    throw new LinuxError(EACCES);
  }

  #enterMounts(): void {
    if ((this.dentry.flags & DCACHE_LOOKED_UP) !== 0) this.#keeps = false;
    while ((this.dentry.flags & DCACHE_MOUNTED) !== 0) {
      const mounted = this.caller.vfs.mountedOn(this.mount, this.dentry);
      if (mounted === undefined) return;
      if ((this.resolve & RESOLVE_NO_XDEV) !== 0) throw new LinuxError(EXDEV);
      if (this.usesMounts) mounted.expiring = false;
      this.mount = mounted;
      this.dentry = mounted.root;
    }
  }

  /** Linux: follow_dotdot(). */
  #dotdot(): void {
    this.#rootKnown = true;
    this.#keeps = false;
    for (;;) {
      if (this.mount === this.rootMount && this.dentry === this.rootDentry) {
        if ((this.resolve & RESOLVE_BENEATH) !== 0) throw new LinuxError(EXDEV);
        break;
      }
      if (this.dentry !== this.mount.root) {
        const parent = this.dentry.parent;
        // A directory that was moved out of a bind mount's subtree has no way back. Linux: path_connected().
        if (this.mount.root !== this.mount.fs.root && !isBelow(parent, this.mount.root)) throw new LinuxError(ENOENT);
        this.dentry = parent;
        break;
      }
      const { parent, mountpoint } = this.mount;
      if (parent === null || mountpoint === null) break;
      if ((this.resolve & RESOLVE_NO_XDEV) !== 0) throw new LinuxError(EXDEV);
      this.mount = parent;
      this.dentry = mountpoint;
    }
    if (this.dentry.flags !== 0) this.#enterMounts();
  }
}

/** Whether `dentry` is `ancestor` or somewhere below it. Linux: is_subdir(). */
export function isBelow(dentry: Dentry, ancestor: Dentry): boolean {
  let current = dentry;
  while (current !== ancestor) {
    if (current.parent === current) return false;
    current = current.parent;
  }
  return true;
}

/** Walks a path to its end. */
export function lookupAt(caller: Caller, at: VirtualDentry, path: string, flags: number): VirtualDentry {
  const walk = new Walk(caller, at);
  walk.walk(path, flags);
  return walk.place;
}
