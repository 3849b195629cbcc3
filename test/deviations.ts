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
