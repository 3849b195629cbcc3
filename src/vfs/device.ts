/**
 * The device registry: which driver stands behind a number. Linux: chrdevs, bdev_map and the driver core's device_add().
 *
 * Registering a device populates devtmpfs (which listens), tells the uevent stream and feeds /proc/devices.
 */
import { checkRange, checkText, mistaken } from '../abi/check.ts';
import { EBUSY, EEXIST, EINVAL, ENXIO, LinuxError } from '../abi/errno.ts';
import type { Caller } from './caller.ts';
import type { VirtualDentry } from './dentry.ts';
import type { FileDescription } from './file-description.ts';

export type DeviceKind = 'char' | 'block';

export interface DeviceOpen {
  readonly caller: Caller;
  readonly at: VirtualDentry;
  readonly flags: number;
  readonly device: Device;
}

export interface DeviceOptions {
  /** Node name below /dev, with `/` for sub-directories. No name: no node. */
  readonly name?: string;
  /** Default `char`. */
  readonly kind?: DeviceKind;
  /** Default: a dynamic major. */
  readonly major?: number;
  /** Default 0, or the lowest free one of a given major. */
  readonly minor?: number;
  /** Permission bits of the node; 0600 if none. As Linux: 0 is none. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** The name in /proc/devices; default the node's name. */
  readonly group?: string;
  /** SUBSYSTEM of the uevents; default `block` for a block device, else the group. */
  readonly subsystem?: string;
  /** Front-ends that hand nodes to another kernel serve this one as a stream instead. */
  readonly stream?: boolean;
  open(open: DeviceOpen): FileDescription;
}

export interface Device {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly group: string;
  readonly subsystem: string;
  readonly stream: boolean;
  open(open: DeviceOpen): FileDescription;
  /** Takes the device away: open descriptions keep their driver, a new open is ENXIO, the node goes. */
  unregister(): void;
}

/** What user space is told of a device, with the keys of Linux's netlink messages (lib/kobject_uevent.c). */
export interface Uevent {
  readonly ACTION: 'add' | 'remove';
  readonly DEVPATH: string;
  readonly SUBSYSTEM: string;
  readonly MAJOR: string;
  readonly MINOR: string;
  readonly DEVNAME: string;
  /** Octal, when the mode is not the default. */
  readonly DEVMODE?: string;
  readonly DEVUID?: string;
  readonly DEVGID?: string;
  /** Of a block device. */
  readonly DEVTYPE?: 'disk';
  readonly SEQNUM: string;
}

/** What devtmpfs does when devices come and go. Linux: devtmpfs_create_node() and devtmpfs_delete_node(). */
export interface DeviceNodes {
  createNode(device: Device): void;
  deleteNode(device: Device): void;
}

const MAJOR_MAX = 511;
const MINOR_MAX = 0xfffff;
const UID_MAX = 0xfffffffe;

export class DeviceRegistry {
  #devices = new Map<string, Device>();
  #names = new Set<string>();
  /** By kind and major: below this minor all are taken. */
  #taken = new Map<string, number>();
  #nodes: DeviceNodes[] = [];
  #listeners = new Set<(event: Uevent) => void>();
  #sequence = 0;

  /** EINVAL a bad number · EBUSY the number is taken, or no dynamic major is free · EEXIST the name is. */
  register(options: DeviceOptions): Device {
    const { kind = 'char', uid = 0, gid = 0 } = options;
    const name = checkText(options.name ?? '', 'device name');
    if (name[0] === '/') throw mistaken('name', 'below /dev', name);
    if (typeof options.open !== 'function') throw mistaken('open', 'a function', options.open);
    checkDeviceKind(kind);
    const mode = options.mode || 0o600;
    const major = options.major ?? this.dynamicMajor(kind);
    const minor = options.minor ?? this.#freeMinor(kind, major);
    checkRange(mode, 'device mode', 0o7777);
    checkRange(uid, 'device uid', UID_MAX);
    checkRange(gid, 'device gid', UID_MAX);
    if (!Number.isInteger(major) || major < 0 || major > MAJOR_MAX) throw new LinuxError(EINVAL);
    if (!Number.isInteger(minor) || minor < 0 || minor > MINOR_MAX) throw new LinuxError(EINVAL);
    const key = `${kind}:${major}:${minor}`;
    if (this.#devices.has(key)) throw new LinuxError(EBUSY);
    if (name !== '' && this.#names.has(name)) throw new LinuxError(EEXIST);
    const group = options.group ?? (name === '' ? 'device' : (name.split('/').pop() as string));
    const device: Device = {
      name,
      kind,
      major,
      minor,
      mode,
      uid,
      gid,
      group,
      subsystem: options.subsystem ?? (kind === 'block' ? 'block' : group),
      stream: options.stream ?? false,
      open: (open) => options.open(open),
      unregister: () => this.#unregister(key, device),
    };
    this.#devices.set(key, device);
    if (name !== '') this.#names.add(name);
    if (name !== '') for (const nodes of this.#nodes) nodes.createNode(device);
    this.#emit('add', device);
    return device;
  }

  #unregister(key: string, device: Device): void {
    if (this.#devices.get(key) !== device) return;
    this.#devices.delete(key);
    this.#names.delete(device.name);
    const group = `${device.kind}:${device.major}`;
    this.#taken.set(group, Math.min(this.#taken.get(group) ?? 0, device.minor));
    if (device.name !== '') for (const nodes of this.#nodes) nodes.deleteNode(device);
    this.#emit('remove', device);
  }

  get(kind: DeviceKind, major: number, minor: number): Device | undefined {
    return this.#devices.get(`${kind}:${major}:${minor}`);
  }

  /** ENXIO: no driver has this number. */
  open(kind: DeviceKind, numbers: { readonly major: number; readonly minor: number }, open: Omit<DeviceOpen, 'device'>): FileDescription {
    const device = this.get(kind, numbers.major, numbers.minor);
    if (device === undefined) throw new LinuxError(ENXIO);
    return device.open({ ...open, device });
  }

  /** In the order of registration. */
  [Symbol.iterator](): Iterator<Device> {
    return this.#devices.values();
  }

  /** Populates `nodes` with what is registered, then keeps it current. */
  attach(nodes: DeviceNodes): void {
    this.#nodes.push(nodes);
    for (const device of this.#devices.values()) if (device.name !== '') nodes.createNode(device);
  }

  detach(nodes: DeviceNodes): void {
    this.#nodes = this.#nodes.filter((other) => other !== nodes);
  }

  /** Calls `listener` for every device that comes or goes, until the returned function is called. */
  subscribe(listener: (event: Uevent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Linux: find_dynamic_major(): 254 down to 234, then 511 down to 384. EBUSY when none is free. */
  dynamicMajor(kind: DeviceKind): number {
    const used = new Set<number>();
    for (const device of this.#devices.values()) if (device.kind === kind) used.add(device.major);
    for (let major = 254; major >= 234; major--) if (!used.has(major)) return major;
    for (let major = 511; major >= 384; major--) if (!used.has(major)) return major;
    throw new LinuxError(EBUSY);
  }

  /** The lowest that is free. EBUSY. */
  #freeMinor(kind: DeviceKind, major: number): number {
    const group = `${kind}:${major}`;
    for (let minor = this.#taken.get(group) ?? 0; minor <= MINOR_MAX; minor++) {
      if (this.#devices.has(`${group}:${minor}`)) continue;
      this.#taken.set(group, minor);
      return minor;
    }
    throw new LinuxError(EBUSY);
  }

  #emit(action: 'add' | 'remove', device: Device): void {
    const sequence = ++this.#sequence;
    if (this.#listeners.size === 0) return;
    const event: Uevent = {
      ACTION: action,
      DEVPATH: `/devices/virtual/${device.subsystem}/${device.name.replaceAll('/', '!')}`,
      SUBSYSTEM: device.subsystem,
      MAJOR: String(device.major),
      MINOR: String(device.minor),
      DEVNAME: device.name,
      ...(device.mode === 0o600 ? {} : { DEVMODE: `0${device.mode.toString(8)}` }),
      ...(device.uid === 0 ? {} : { DEVUID: String(device.uid) }),
      ...(device.gid === 0 ? {} : { DEVGID: String(device.gid) }),
      ...(device.kind === 'block' ? { DEVTYPE: 'disk' as const } : {}),
      SEQNUM: String(sequence),
    };
    for (const listener of [...this.#listeners]) listener(event);
  }
}

export function checkDeviceKind(kind: DeviceKind): void {
  if (kind !== 'char' && kind !== 'block') throw mistaken('kind', "'char' or 'block'", kind);
}
