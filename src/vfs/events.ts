/**
 * The one event hook. Linux: fsnotify(). Every operation calls it, in Linux's order, after its change is made.
 *
 * `directory` and `name` say where the object was reached. By inotify's rule the mask says who hears of it: IN_CREATE, IN_DELETE and
 * IN_MOVED_* the directory; IN_DELETE_SELF, IN_MOVE_SELF and IN_UNMOUNT the inode; everything else the directory first, if there is one, then the
 * inode.
 */
import type { Inode } from './inode.ts';

export interface FilesystemEvent {
  /** IN_* bits, with IN_ISDIR where the object is a directory. */
  readonly mask: number;
  readonly inode: Inode;
  readonly directory: Inode | null;
  readonly name: string;
  /** Pairs IN_MOVED_FROM with IN_MOVED_TO; 0 otherwise. */
  readonly cookie: number;
  /** The name was removed from its directory before this event (IN_EXCL_UNLINK). */
  readonly unlinked: boolean;
}

export type EventListener = (event: FilesystemEvent) => void;
