/**
 * The texts of proc. Linux: fs/proc_namespace.c, fs/filesystems.c, fs/proc/devices.c, fs/proc/array.c.
 */
import type { CapabilitySet } from '../../vfs/credentials.ts';
import { VirtualDentry } from '../../vfs/dentry.ts';
import type { DeviceKind } from '../../vfs/device.ts';
import {
  MNT_NOATIME,
  MNT_NODEV,
  MNT_NODIRATIME,
  MNT_NOEXEC,
  MNT_NOSUID,
  MNT_NOSYMFOLLOW,
  MNT_READONLY,
  MNT_RELATIME,
  type Mount,
  type MountNamespace,
} from '../../vfs/mount.ts';
import { pathInFilesystem, reachablePath } from '../../vfs/path-name.ts';
import { isReadonly } from '../../vfs/permission.ts';
import type { Task } from '../../vfs/task.ts';
import type { VirtualFilesystem } from '../../vfs/virtual-filesystem.ts';
import { MS_RDONLY } from '../../abi/mount.ts';

const MOUNT_FLAGS: readonly (readonly [number, string])[] = [
  [MNT_NOSUID, ',nosuid'],
  [MNT_NODEV, ',nodev'],
  [MNT_NOEXEC, ',noexec'],
  [MNT_NOATIME, ',noatime'],
  [MNT_NODIRATIME, ',nodiratime'],
  [MNT_RELATIME, ',relatime'],
  [MNT_NOSYMFOLLOW, ',nosymfollow'],
];

/** Space, tab, newline, backslash and `#` in three octal digits. Linux: mangle(). */
function escape(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function mountFlags(mount: Mount): string {
  return MOUNT_FLAGS.map(([flag, name]) => ((mount.flags & flag) === 0 ? '' : name)).join('');
}

/** Whose mounts, and what they are seen from. */
export interface MountsView {
  readonly namespace: MountNamespace;
  readonly root: VirtualDentry;
}

/** The mounts of the namespace that the root reaches, and where: parents before children, as they were attached. */
function reachableMounts(view: MountsView): [Mount, string][] {
  const mounts: [Mount, string][] = [];
  const visit = (mount: Mount): void => {
    const path = reachablePath(new VirtualDentry(mount, mount.root), view.root);
    if (path !== undefined) mounts.push([mount, path]);
    for (const child of mount.children) visit(child);
  };
  visit(view.namespace.root);
  return mounts;
}

export function showMounts(view: MountsView): string {
  let text = '';
  for (const [mount, path] of reachableMounts(view)) {
    const access = isReadonly(mount) ? 'ro' : 'rw';
    text += `${escape(mount.source)} ${escape(path)} ${mount.fs.type.name} ${access}${mountFlags(mount)}${mount.fs.showOptions()} 0 0\n`;
  }
  return text;
}

export function showMountinfo(view: MountsView): string {
  let text = '';
  for (const [mount, path] of reachableMounts(view)) {
    const parent = mount.parent === null ? mount.id : mount.parent.id;
    const access = (mount.flags & MNT_READONLY) === 0 ? 'rw' : 'ro';
    const superAccess = (mount.fs.flags & MS_RDONLY) === 0 ? 'rw' : 'ro';
    const root = escape(pathInFilesystem(mount.root));
    const optional = mount.peerGroup === 0 ? '' : `shared:${mount.peerGroup} `;
    text += `${mount.id} ${parent} 0:${mount.fs.minor} ${root} ${escape(path)} ${access}${mountFlags(mount)} ${optional}- `;
    text += `${mount.fs.type.name} ${escape(mount.source)} ${superAccess}${mount.fs.showOptions()}\n`;
  }
  return text;
}

export function showFilesystems(vfs: VirtualFilesystem): string {
  let text = '';
  for (const type of vfs.filesystemTypes.values()) {
    if (type.userMountable !== false) text += `${type.requiresDevice ? '' : 'nodev'}\t${type.name}\n`;
  }
  return text;
}

/** Each group once per major, by major and then lowest minor. */
export function showDevices(vfs: VirtualFilesystem): string {
  const section = (kind: DeviceKind): string => {
    const devices = [...vfs.devices].filter((device) => device.kind === kind).sort((a, b) => a.major - b.major || a.minor - b.minor);
    const lines = new Set(devices.map(({ major, group }) => `${String(major).padStart(3)} ${group}\n`));
    return [...lines].join('');
  };
  return `Character devices:\n${section('char')}\nBlock devices:\n${section('block')}`;
}

/** Sixteen hexadecimal digits. */
function hex(set: CapabilitySet): string {
  const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
  return word(set.high) + word(set.low);
}

export function showStatus(task: Task): string {
  const { creds } = task;
  let descriptors = 0;
  for (const [fd] of task.descriptors()) descriptors = fd + 1;
  // The table grows in steps of 64, as the kernel's does.
  const size = Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(1, descriptors))));
  const none = '0000000000000000';
  return [
    `Name:\t${task.comm.slice(0, 15).replace(/[\n\\]/g, (character) => (character === '\n' ? '\\n' : '\\\\'))}`,
    `Umask:\t${task.fileModeMask.toString(8).padStart(4, '0')}`,
    'State:\tR (running)',
    `Tgid:\t${task.pid}`,
    'Ngid:\t0',
    `Pid:\t${task.pid}`,
    `PPid:\t${task.ppid}`,
    'TracerPid:\t0',
    `Uid:\t${creds.uid}\t${creds.euid}\t${creds.suid}\t${creds.fsuid}`,
    `Gid:\t${creds.gid}\t${creds.egid}\t${creds.sgid}\t${creds.fsgid}`,
    `FDSize:\t${size}`,
    `Groups:\t${creds.groups.join(' ')} `,
    `CapInh:\t${hex(creds.inheritable)}`,
    `CapPrm:\t${hex(creds.permitted)}`,
    `CapEff:\t${hex(creds.effective)}`,
    `CapBnd:\t${hex(creds.bounding)}`,
    `CapAmb:\t${none}`,
    '',
  ].join('\n');
}
