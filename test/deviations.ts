/**
 * Where tuxfs answers otherwise than Linux on purpose: a name that cases refer to, and the reason.
 */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  'fallocate-twice':
    'SEEK_DATA finds pages that were fallocated twice on Linux, which fills them with zeros the second time. Here they stay a hole until they are written, because they take no memory.',
  'offset-limit':
    'Offsets and sizes end at 2^53-1, the largest integer that a JavaScript number holds exactly; on Linux they end at 2^63-1. What lies beyond is EFBIG or EINVAL.',
  'posix-acl': 'Access control lists (system.posix_acl_access and _default) are EOPNOTSUPP, as on a kernel built without them.',
  propagation: 'Every mount is private: MS_SHARED, MS_SLAVE and MS_UNBINDABLE are EINVAL until there is propagation.',
  'fifo-open': 'A FIFO can be made, named and seen; opening one is ENXIO until there are pipes behind them.',
  'file-owner':
    'F_SETOWN, F_GETOWN, locks and leases are EINVAL: there are no signals yet, and a lock that does not lock would be worse than none.',
  'proc-ended':
    'A lookup in the kept directory of a process that has ended is ESRCH on Linux, and here ENOENT, as in every removed directory.',
};

/** Of these, what is also seen through a mount; the rest is the host kernel's own there. */
export const OF_THE_TREE: ReadonlySet<string> = new Set(['fallocate-twice', 'offset-limit', 'posix-acl']);

/**
 * Where a tuxfs tree mounted in the host's kernel answers otherwise than the kernel's tmpfs, because FUSE does: a name that cases refer
 * to, and the reason.
 */
export const FUSE_DEVIATIONS: Readonly<Record<string, string>> = {
  'statfs-type': 'The kernel tells FUSE_SUPER_MAGIC as the type of every FUSE filesystem.',
  'statx-mask': 'fs/fuse fills all basic fields, also those that tmpfs leaves out to keep its times coarse.',
  'empty-read': 'A read of no bytes is answered by the kernel, so the access time does not move.',
  noappend: 'RWF_NOAPPEND is not passed on: the WRITE carries O_APPEND of the open file.',
  'directory-end': 'SEEK_END of a directory is answered by fs/fuse, from the size that the directory has.',
  'cached-walk': 'Coherent mounts keep no names, so RESOLVE_CACHED finds none: EAGAIN.',
  'unnamed-path': 'The kernel gives an unnamed file of FUSE no name, so its link in /proc/self/fd shows none.',
  'bytes-used': 'FIOQSIZE is answered from a count that the kernel keeps itself for other filesystems, and does not for FUSE.',
  'device-flags': 'FS_IOC_GETFLAGS of a device node is ENOTTY for fs/fuse before the device is asked.',
  'set-id-member':
    'A request does not tell supplementary groups, so a member of the group counts as a stranger, from whom S_ISGID without group execution is taken.',
  'set-id-capability':
    'FALLOCATE and COPY_FILE_RANGE do not tell whether the caller has CAP_FSETID: root is taken to have it, and nobody else.',
  'set-id-chown':
    'fs/fuse leaves clearing set-id bits by chown(2) to us, so the kernel refuses it to nobody who may not change the mode: OK in place of EPERM. With both ids -1 a stranger then changes nothing.',
};
