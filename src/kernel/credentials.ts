/**
 * setuid(2) and kin. Linux: kernel/sys.c, cap_task_fix_setuid() of security/commoncap.c.
 */
import { CAP_SETGID, CAP_SETPCAP, CAP_SETUID } from '../abi/capability.ts';
import { EINVAL, EPERM, LinuxError } from '../abi/errno.ts';
import { NGROUPS_MAX } from '../abi/limits.ts';
import { CapabilitySet, type Credentials, filesystemCapabilities } from '../vfs/credentials.ts';

const UNCHANGED = 0xffffffff;

/** Where the credentials keep the ids of users, or those of groups, and who may set them as they like. */
export interface IdKind {
  readonly real: 'uid' | 'gid';
  readonly effective: 'euid' | 'egid';
  readonly saved: 'suid' | 'sgid';
  readonly fs: 'fsuid' | 'fsgid';
  readonly capability: number;
}

export const USER: IdKind = { real: 'uid', effective: 'euid', saved: 'suid', fs: 'fsuid', capability: CAP_SETUID };
export const GROUP: IdKind = { real: 'gid', effective: 'egid', saved: 'sgid', fs: 'fsgid', capability: CAP_SETGID };

export interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
}

/** The filesystem id follows the effective one. */
function withIds(creds: Credentials, kind: IdKind, ids: Ids): Credentials {
  const { real, effective, saved } = ids;
  const after = creds.with({ [kind.real]: real, [kind.effective]: effective, [kind.saved]: saved, [kind.fs]: effective });
  return kind === USER ? fixCapabilities(creds, after) : after;
}

/** What the user ids mean for the capabilities. Linux: cap_emulate_setxuid() and, for the filesystem uid, cap_task_fix_setuid(). */
function fixCapabilities(before: Credentials, after: Credentials): Credentials {
  let { effective, permitted } = after;
  const hadRoot = before.uid === 0 || before.euid === 0 || before.suid === 0;
  const hasRoot = after.uid === 0 || after.euid === 0 || after.suid === 0;
  if (hadRoot && !hasRoot) {
    permitted = CapabilitySet.none();
    effective = CapabilitySet.none();
  }
  if (before.euid === 0 && after.euid !== 0) effective = CapabilitySet.none();
  if (before.euid !== 0 && after.euid === 0) effective = permitted;
  return after.with({ effective, permitted });
}

function idsOf(creds: Credentials, kind: IdKind): [number, number, number] {
  return [creds[kind.real], creds[kind.effective], creds[kind.saved]];
}

/** setresuid(2), setresgid(2). EPERM: an id that is none of one's own, without the capability. */
export function setres(creds: Credentials, kind: IdKind, ids: Ids): Credentials {
  const own = idsOf(creds, kind);
  const asked = [ids.real, ids.effective, ids.saved];
  if (!creds.has(kind.capability) && asked.some((id) => id !== UNCHANGED && !own.includes(id))) throw new LinuxError(EPERM);
  const [real, effective, saved] = own.map((id, index) => (asked[index] === UNCHANGED ? id : asked[index])) as typeof own;
  // As Linux: no change keeps the object, so that a file stays its opener's.
  const follows = ids.effective !== UNCHANGED && effective !== creds[kind.fs];
  if (real === own[0] && effective === own[1] && saved === own[2] && !follows) return creds;
  return withIds(creds, kind, { real, effective, saved });
}

/** setreuid(2), setregid(2): the saved id follows the effective one when the real one is given, or the effective one becomes another than the old real one. EPERM. */
export function setre(creds: Credentials, kind: IdKind, asked: { readonly real: number; readonly effective: number }): Credentials {
  const own = idsOf(creds, kind);
  const keepsReal = asked.real === UNCHANGED;
  const keepsEffective = asked.effective === UNCHANGED;
  if (!creds.has(kind.capability)) {
    if (!keepsReal && asked.real !== own[0] && asked.real !== own[1]) throw new LinuxError(EPERM);
    if (!keepsEffective && !own.includes(asked.effective)) throw new LinuxError(EPERM);
  }
  const real = keepsReal ? own[0] : asked.real;
  const effective = keepsEffective ? own[1] : asked.effective;
  const follows = !keepsReal || (!keepsEffective && effective !== own[0]);
  return withIds(creds, kind, { real, effective, saved: follows ? effective : own[2] });
}

/** setuid(2), setgid(2): all three ids with the capability, else the effective one. EINVAL -1 · EPERM. */
export function set(creds: Credentials, kind: IdKind, id: number): Credentials {
  if (id === UNCHANGED) throw new LinuxError(EINVAL);
  if (creds.has(kind.capability)) return withIds(creds, kind, { real: id, effective: id, saved: id });
  const [real, , saved] = idsOf(creds, kind);
  if (id !== real && id !== saved) throw new LinuxError(EPERM);
  return withIds(creds, kind, { real, effective: id, saved });
}

/** setfsuid(2), setfsgid(2): never fails; without permission nothing changes. */
export function setfs(creds: Credentials, kind: IdKind, id: number): Credentials {
  const before = creds[kind.fs];
  const allowed = id === before || idsOf(creds, kind).includes(id) || creds.has(kind.capability);
  if (id === UNCHANGED || !allowed) return creds;
  const after = creds.with({ [kind.fs]: id });
  if (kind === GROUP) return after;
  const own = filesystemCapabilities();
  if (before === 0 && id !== 0) return after.with({ effective: creds.effective.without(own) });
  if (before !== 0 && id === 0) return after.with({ effective: creds.effective.or(creds.permitted.and(own)) });
  return after;
}

/** setgroups(2). EPERM · EINVAL too many, or -1. */
export function setgroups(creds: Credentials, groups: readonly number[]): Credentials {
  if (!creds.has(CAP_SETGID)) throw new LinuxError(EPERM);
  if (groups.length > NGROUPS_MAX || groups.includes(UNCHANGED)) throw new LinuxError(EINVAL);
  // Kept in ascending order, and shown so. Linux: groups_sort().
  return creds.with({ groups: [...groups].sort((a, b) => a - b) });
}

/** capset(2). EPERM: inheritable beyond what is held, permitted grown, or effective beyond permitted. Linux: cap_capset(). */
export function capset(
  creds: Credentials,
  sets: { readonly effective: CapabilitySet; readonly permitted: CapabilitySet; readonly inheritable: CapabilitySet },
): Credentials {
  if (!creds.has(CAP_SETPCAP) && !sets.inheritable.isSubsetOf(creds.inheritable.or(creds.permitted))) throw new LinuxError(EPERM);
  if (!sets.inheritable.isSubsetOf(creds.inheritable.or(creds.bounding))) throw new LinuxError(EPERM);
  if (!sets.permitted.isSubsetOf(creds.permitted)) throw new LinuxError(EPERM);
  if (!sets.effective.isSubsetOf(sets.permitted)) throw new LinuxError(EPERM);
  return creds.with(sets);
}
