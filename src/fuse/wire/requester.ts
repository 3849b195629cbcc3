/**
 * For whom a request acts. Linux: fuse_in_header's uid, gid and pid, and the caller behind them.
 *
 * Under `default_permissions` the kernel has checked. So the requester acts with its own filesystem ids, for the owner of what it
 * makes, and with every capability. The one that matters is CAP_FSETID, whose holders keep set-id bits: the request says when the
 * kernel has found it missing.
 */
import { CAP_FSETID } from '../../abi/capability.ts';
import type { Caller } from '../../vfs/caller.ts';
import { CapabilitySet, Credentials } from '../../vfs/credentials.ts';
import type { VirtualDentry } from '../../vfs/dentry.ts';
import type { MountNamespace } from '../../vfs/mount.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import type { Request } from './request.ts';

const MOST_CREDENTIALS = 256;

export class Requester implements Caller {
  readonly vfs: VirtualFilesystem;
  creds: Credentials;
  readonly root: VirtualDentry;
  readonly cwd: VirtualDentry;
  /** The kernel has applied the umask. */
  readonly fileModeMask: number;
  readonly namespace: MountNamespace;
  /** The kernel has applied RLIMIT_FSIZE. */
  readonly fileSizeLimit: number;
  readonly pid: number;
  #known: Map<string, Credentials>;
  #uid: number;
  #gid: number;
  #group: number;
  #keeps: boolean;

  constructor(vfs: VirtualFilesystem, place: { readonly root: VirtualDentry; readonly namespace: MountNamespace; readonly pid: number }) {
    const { root, namespace } = place;
    this.vfs = vfs;
    this.creds = Credentials.root();
    this.root = root;
    this.cwd = root;
    this.fileModeMask = 0;
    this.namespace = namespace;
    this.fileSizeLimit = Number.POSITIVE_INFINITY;
    this.pid = place.pid;
    this.#known = new Map();
    this.#uid = -1;
    this.#gid = -1;
    this.#group = -1;
    this.#keeps = false;
  }

  /** Becomes the requester; `keepsSetId`: the kernel saw CAP_FSETID, or has applied the rule itself. */
  become(request: Request, keepsSetId: boolean): void {
    const { uid, gid, group } = request;
    if (uid === this.#uid && gid === this.#gid && group === this.#group && keepsSetId === this.#keeps) return;
    this.#uid = uid;
    this.#gid = gid;
    this.#group = group;
    this.#keeps = keepsSetId;
    const key = `${uid}:${gid}:${group}:${keepsSetId}`;
    let creds = this.#known.get(key);
    if (creds === undefined) {
      const effective = keepsSetId ? CapabilitySet.full() : CapabilitySet.full().without(CapabilitySet.of([CAP_FSETID]));
      creds = Credentials.of({ uid, gid, groups: group === -1 ? [] : [group] }).with({ effective, permitted: effective });
      if (this.#known.size >= MOST_CREDENTIALS) this.#known.clear();
      this.#known.set(key, creds);
    }
    this.creds = creds;
  }
}
