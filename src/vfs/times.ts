/**
 * Which operation moves which time. Linux: touch_atime(), inode_set_ctime_current(), file_update_time() of fs/inode.c.
 */
import { MS_RDONLY } from '../abi/mount.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { I_TIME_QUERIED, type Inode, S_NOATIME } from './inode.ts';
import { MNT_NOATIME, MNT_NODIRATIME, MNT_READONLY, MNT_RELATIME, type Mount } from './mount.ts';

const DAY = 86400;

/** Moves the clock's stamp, if it must be, beyond the times of `inode` that were shown. Linux: inode_set_ctime_current(). */
function stamp(inode: Inode): void {
  if ((inode.flags & I_TIME_QUERIED) === 0) return;
  const clock = inode.fs.vfs.clock;
  inode.flags &= ~I_TIME_QUERIED;
  if (clock.sec === inode.ctimeSec && clock.nsec <= inode.ctimeNsec) {
    clock.nsec = inode.ctimeNsec;
    clock.later();
  }
}

/** ctime: the inode changed. */
export function touchCtime(inode: Inode): void {
  inode.fs.vfs.clock.update();
  alsoTouchCtime(inode);
}

/** mtime and ctime: the content changed. */
export function touchMtime(inode: Inode): void {
  inode.fs.vfs.clock.update();
  alsoTouchMtime(inode);
}

/** touchCtime() of a second inode that an operation changes: at the same time, so that the clock is not read again. */
export function alsoTouchCtime(inode: Inode): void {
  stamp(inode);
  const clock = inode.fs.vfs.clock;
  inode.ctimeSec = clock.sec;
  inode.ctimeNsec = clock.nsec;
}

/** touchMtime() likewise. */
export function alsoTouchMtime(inode: Inode): void {
  alsoTouchCtime(inode);
  inode.mtimeSec = inode.ctimeSec;
  inode.mtimeNsec = inode.ctimeNsec;
}

/** atime, by the mount's rule. */
export function touchAtime(mount: Mount, inode: Inode): void {
  if ((mount.flags & (MNT_NOATIME | MNT_READONLY)) !== 0 || (mount.fs.flags & MS_RDONLY) !== 0 || (inode.flags & S_NOATIME) !== 0) return;
  if ((mount.flags & MNT_NODIRATIME) !== 0 && (inode.mode & S_IFMT) === S_IFDIR) return;
  const relatime = (mount.flags & MNT_RELATIME) !== 0;
  if (
    relatime &&
    isLater(inode.atimeSec, inode.atimeNsec, inode.mtimeSec, inode.mtimeNsec) &&
    isLater(inode.atimeSec, inode.atimeNsec, inode.ctimeSec, inode.ctimeNsec)
  ) {
    // Once a day all the same. The clock was read when the file was last touched in this operation, or soon enough.
    const clock = inode.fs.vfs.clock;
    clock.update();
    if (clock.sec - inode.atimeSec < DAY) return;
  }
  const clock = inode.fs.vfs.clock;
  clock.update();
  inode.atimeSec = clock.sec;
  inode.atimeNsec = clock.nsec;
}

function isLater(sec: number, nsec: number, thanSec: number, thanNsec: number): boolean {
  return sec > thanSec || (sec === thanSec && nsec > thanNsec);
}
