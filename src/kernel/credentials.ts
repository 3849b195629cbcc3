/**
 * setuid(2) and kin. Linux: kernel/sys.c, cap_task_fix_setuid() of security/commoncap.c.
 */
import { CAP_SETGID, CAP_SETPCAP, CAP_SETUID } from '../abi/capability.ts';
import { EINVAL, EPERM, LinuxError } from '../abi/errno.ts';
import { NGROUPS_MAX } from '../abi/limits.ts';
import { CapabilitySet, type Credentials, filesystemCapabilities } from '../vfs/credentials.ts';

const UNCHANGED = 0xffffffff;

export interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
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

/** setresuid(2). EPERM: an id that is none of one's own, without CAP_SETUID. */
export function setresuid(creds: Credentials, ids: Ids): Credentials {
  if (!creds.has(CAP_SETUID)) {
    for (const id of [ids.real, ids.effective, ids.saved]) {
      if (id !== UNCHANGED && id !== creds.uid && id !== creds.euid && id !== creds.suid) throw new LinuxError(EPERM);
    }
  }
  const uid = ids.real === UNCHANGED ? creds.uid : ids.real;
  const euid = ids.effective === UNCHANGED ? creds.euid : ids.effective;
  const suid = ids.saved === UNCHANGED ? creds.suid : ids.saved;
  // As Linux: no change keeps the object, so that a file stays its opener's.
  const follows = ids.effective !== UNCHANGED && euid !== creds.fsuid;
  if (uid === creds.uid && euid === creds.euid && suid === creds.suid && !follows) return creds;
  return fixCapabilities(creds, creds.with({ uid, euid, suid, fsuid: euid }));
}

/** setreuid(2): the saved id follows the effective one when the real one is given, or the effective one becomes another than the old real one. EPERM. */
export function setreuid(creds: Credentials, real: number, effective: number): Credentials {
  if (!creds.has(CAP_SETUID)) {
    if (real !== UNCHANGED && real !== creds.uid && real !== creds.euid) throw new LinuxError(EPERM);
    if (effective !== UNCHANGED && effective !== creds.uid && effective !== creds.euid && effective !== creds.suid)
      throw new LinuxError(EPERM);
  }
  const uid = real === UNCHANGED ? creds.uid : real;
  const euid = effective === UNCHANGED ? creds.euid : effective;
  const follows = real !== UNCHANGED || (effective !== UNCHANGED && effective !== creds.uid);
  return fixCapabilities(creds, creds.with({ uid, euid, suid: follows ? euid : creds.suid, fsuid: euid }));
}

/** setuid(2): all three ids with CAP_SETUID, else the effective one. EINVAL -1 · EPERM. */
export function setuid(creds: Credentials, uid: number): Credentials {
  if (uid === UNCHANGED) throw new LinuxError(EINVAL);
  if (creds.has(CAP_SETUID)) return fixCapabilities(creds, creds.with({ uid, euid: uid, suid: uid, fsuid: uid }));
  if (uid !== creds.uid && uid !== creds.suid) throw new LinuxError(EPERM);
  return fixCapabilities(creds, creds.with({ euid: uid, fsuid: uid }));
}

/** setfsuid(2): never fails; without permission nothing changes. */
export function setfsuid(creds: Credentials, uid: number): Credentials {
  const allowed = uid === creds.uid || uid === creds.euid || uid === creds.suid || uid === creds.fsuid || creds.has(CAP_SETUID);
  if (uid === UNCHANGED || !allowed) return creds;
  const after = creds.with({ fsuid: uid });
  const own = filesystemCapabilities();
  if (creds.fsuid === 0 && uid !== 0) return after.with({ effective: creds.effective.without(own) });
  if (creds.fsuid !== 0 && uid === 0) return after.with({ effective: creds.effective.or(creds.permitted.and(own)) });
  return after;
}

/** setresgid(2). EPERM. */
export function setresgid(creds: Credentials, ids: Ids): Credentials {
  if (!creds.has(CAP_SETGID)) {
    for (const id of [ids.real, ids.effective, ids.saved]) {
      if (id !== UNCHANGED && id !== creds.gid && id !== creds.egid && id !== creds.sgid) throw new LinuxError(EPERM);
    }
  }
  const gid = ids.real === UNCHANGED ? creds.gid : ids.real;
  const egid = ids.effective === UNCHANGED ? creds.egid : ids.effective;
  const sgid = ids.saved === UNCHANGED ? creds.sgid : ids.saved;
  const follows = ids.effective !== UNCHANGED && egid !== creds.fsgid;
  if (gid === creds.gid && egid === creds.egid && sgid === creds.sgid && !follows) return creds;
  return creds.with({ gid, egid, sgid, fsgid: egid });
}

/** setregid(2). EPERM. */
export function setregid(creds: Credentials, real: number, effective: number): Credentials {
  if (!creds.has(CAP_SETGID)) {
    if (real !== UNCHANGED && real !== creds.gid && real !== creds.egid) throw new LinuxError(EPERM);
    if (effective !== UNCHANGED && effective !== creds.gid && effective !== creds.egid && effective !== creds.sgid)
      throw new LinuxError(EPERM);
  }
  const gid = real === UNCHANGED ? creds.gid : real;
  const egid = effective === UNCHANGED ? creds.egid : effective;
  const follows = real !== UNCHANGED || (effective !== UNCHANGED && effective !== creds.gid);
  return creds.with({ gid, egid, sgid: follows ? egid : creds.sgid, fsgid: egid });
}

/** setgid(2). EINVAL -1 · EPERM. */
export function setgid(creds: Credentials, gid: number): Credentials {
  if (gid === UNCHANGED) throw new LinuxError(EINVAL);
  if (creds.has(CAP_SETGID)) return creds.with({ gid, egid: gid, sgid: gid, fsgid: gid });
  if (gid !== creds.gid && gid !== creds.sgid) throw new LinuxError(EPERM);
  return creds.with({ egid: gid, fsgid: gid });
}

/** setfsgid(2): never fails. */
export function setfsgid(creds: Credentials, gid: number): Credentials {
  const allowed = gid === creds.gid || gid === creds.egid || gid === creds.sgid || gid === creds.fsgid || creds.has(CAP_SETGID);
  return gid === UNCHANGED || !allowed ? creds : creds.with({ fsgid: gid });
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
