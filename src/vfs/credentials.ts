/**
 * Who acts. Linux: struct cred. Immutable: a change makes a new object, so open files keep the credentials they were opened with.
 */
import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_LAST_CAP,
  CAP_LINUX_IMMUTABLE,
  CAP_MAC_OVERRIDE,
  CAP_MKNOD,
} from '../abi/capability.ts';

/** A capability set as two words of bits (numbers 0–31 and 32–63), because JavaScript's bit operators see 32. */
export class CapabilitySet {
  readonly low: number;
  readonly high: number;

  constructor(low: number, high: number) {
    this.low = low | 0;
    this.high = high | 0;
  }

  static of(capabilities: Iterable<number>): CapabilitySet {
    let low = 0;
    let high = 0;
    for (const capability of capabilities) {
      if (capability < 32) low |= 1 << capability;
      else high |= 1 << (capability - 32);
    }
    return new CapabilitySet(low, high);
  }

  static none(): CapabilitySet {
    return new CapabilitySet(0, 0);
  }

  static full(): CapabilitySet {
    return new CapabilitySet(-1, (1 << (CAP_LAST_CAP - 31)) - 1);
  }

  has(capability: number): boolean {
    return capability < 32 ? ((this.low >>> capability) & 1) === 1 : ((this.high >>> (capability - 32)) & 1) === 1;
  }

  and(other: CapabilitySet): CapabilitySet {
    return new CapabilitySet(this.low & other.low, this.high & other.high);
  }

  or(other: CapabilitySet): CapabilitySet {
    return new CapabilitySet(this.low | other.low, this.high | other.high);
  }

  without(other: CapabilitySet): CapabilitySet {
    return new CapabilitySet(this.low & ~other.low, this.high & ~other.high);
  }

  isSubsetOf(other: CapabilitySet): boolean {
    return (this.low & ~other.low) === 0 && (this.high & ~other.high) === 0;
  }

  equals(other: CapabilitySet): boolean {
    return this.low === other.low && this.high === other.high;
  }

  list(): number[] {
    const capabilities: number[] = [];
    for (let capability = 0; capability <= CAP_LAST_CAP; capability++) if (this.has(capability)) capabilities.push(capability);
    return capabilities;
  }
}

/** The capabilities that the filesystem uid carries with it (capabilities(7), CAP_FS_MASK). */
export function filesystemCapabilities(): CapabilitySet {
  return CapabilitySet.of([
    CAP_CHOWN,
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    CAP_FOWNER,
    CAP_FSETID,
    CAP_MKNOD,
    CAP_LINUX_IMMUTABLE,
    CAP_MAC_OVERRIDE,
  ]);
}

export interface CredentialsFields {
  uid: number;
  gid: number;
  euid: number;
  egid: number;
  suid: number;
  sgid: number;
  fsuid: number;
  fsgid: number;
  groups: readonly number[];
  effective: CapabilitySet;
  permitted: CapabilitySet;
  inheritable: CapabilitySet;
  bounding: CapabilitySet;
  /** The user namespace: true for the initial one, the only one there is so far. */
  initialUserNamespace: boolean;
}

export class Credentials implements CredentialsFields {
  readonly uid: number;
  readonly gid: number;
  readonly euid: number;
  readonly egid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly fsuid: number;
  readonly fsgid: number;
  readonly groups: readonly number[];
  readonly effective: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly inheritable: CapabilitySet;
  readonly bounding: CapabilitySet;
  readonly initialUserNamespace: boolean;

  constructor(fields: CredentialsFields) {
    this.uid = fields.uid;
    this.gid = fields.gid;
    this.euid = fields.euid;
    this.egid = fields.egid;
    this.suid = fields.suid;
    this.sgid = fields.sgid;
    this.fsuid = fields.fsuid;
    this.fsgid = fields.fsgid;
    this.groups = fields.groups;
    this.effective = fields.effective;
    this.permitted = fields.permitted;
    this.inheritable = fields.inheritable;
    this.bounding = fields.bounding;
    this.initialUserNamespace = fields.initialUserNamespace;
  }

  /** All ids of one user: all capabilities for uid 0 and none otherwise, unless given. */
  static of(user: { uid: number; gid: number; groups?: readonly number[]; capabilities?: Iterable<number> | undefined }): Credentials {
    const { uid, gid, groups = [] } = user;
    const all = uid === 0 ? CapabilitySet.full() : CapabilitySet.none();
    const capabilities = user.capabilities === undefined ? all : CapabilitySet.of(user.capabilities);
    return new Credentials({
      uid,
      gid,
      euid: uid,
      egid: gid,
      suid: uid,
      sgid: gid,
      fsuid: uid,
      fsgid: gid,
      groups: [...groups].sort((a, b) => a - b),
      effective: capabilities,
      permitted: capabilities,
      inheritable: CapabilitySet.none(),
      bounding: CapabilitySet.full(),
      initialUserNamespace: true,
    });
  }

  static root(): Credentials {
    return Credentials.of({ uid: 0, gid: 0 });
  }

  with(changes: Partial<CredentialsFields>): Credentials {
    return new Credentials({ ...this, ...changes });
  }

  has(capability: number): boolean {
    return this.effective.has(capability);
  }

  /** Linux: in_group_p(): the filesystem gid or a supplementary group. */
  inGroup(gid: number): boolean {
    return gid === this.fsgid || this.groups.includes(gid);
  }

  /** What access(2) acts with: the real ids; capabilities only if the real uid is 0. Linux: access_override_creds(). */
  forAccess(): Credentials {
    return this.with({
      fsuid: this.uid,
      fsgid: this.gid,
      effective: this.uid === 0 ? this.permitted : CapabilitySet.none(),
    });
  }
}
