/**
 * The names that stat -f gives to the magic numbers of statfs(2).
 */
import {
  CGROUP2_SUPER_MAGIC,
  DEBUGFS_MAGIC,
  DEVPTS_SUPER_MAGIC,
  EXT4_SUPER_MAGIC,
  FUSE_SUPER_MAGIC,
  HUGETLBFS_MAGIC,
  MQUEUE_MAGIC,
  OVERLAYFS_SUPER_MAGIC,
  PROC_SUPER_MAGIC,
  RAMFS_MAGIC,
  SYSFS_MAGIC,
  TMPFS_MAGIC,
  V9FS_MAGIC,
} from '../../abi/stat.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [TMPFS_MAGIC, 'tmpfs'],
  [PROC_SUPER_MAGIC, 'proc'],
  [DEVPTS_SUPER_MAGIC, 'devpts'],
  [RAMFS_MAGIC, 'ramfs'],
  [SYSFS_MAGIC, 'sysfs'],
  [EXT4_SUPER_MAGIC, 'ext2/ext3'],
  [OVERLAYFS_SUPER_MAGIC, 'overlayfs'],
  [FUSE_SUPER_MAGIC, 'fuseblk'],
  [V9FS_MAGIC, 'v9fs'],
  [CGROUP2_SUPER_MAGIC, 'cgroup2fs'],
  [DEBUGFS_MAGIC, 'debugfs'],
  [HUGETLBFS_MAGIC, 'hugetlbfs'],
  [MQUEUE_MAGIC, 'mqueue'],
]);

export function filesystemName(magic: number): string {
  return NAMES.get(magic) ?? `UNKNOWN (0x${magic.toString(16)})`;
}
