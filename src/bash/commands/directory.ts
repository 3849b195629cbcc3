/**
 * Directories read through descriptors, as ls, du and the recursive commands do.
 */
import { ENOENT, LinuxError } from '../../abi/errno.ts';
import { O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, O_RDONLY } from '../../abi/fcntl.ts';
import type { Process } from '../../kernel/process.ts';

export interface Listed {
  readonly name: string;
  readonly ino: number;
  /** DT_*. */
  readonly type: number;
}

/** All entries of a directory but `.` and `..`, in the order of the directory. */
export function readDirectory(process: Process, path: string): Listed[] {
  const entries: Listed[] = [];
  visitDirectory(process, path, (entry) => {
    if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
  });
  return entries;
}

/** Calls `visit` for each entry while the directory is open, as readdir(3) does: /proc/self/fd then shows that descriptor too. */
export function visitDirectory(process: Process, path: string, visit: (entry: Listed) => void): void {
  const fd = process.open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
  try {
    for (;;) {
      const some = nextEntries(process, fd);
      if (some.length === 0) return;
      for (const { name, ino, type } of some) visit({ name, ino, type });
    }
  } finally {
    process.close(fd);
  }
}

/** A directory that was removed is empty, as readdir(3) has it. */
function nextEntries(process: Process, fd: number): Listed[] {
  try {
    return process.getdents(fd);
  } catch (error) {
    if (error instanceof LinuxError && error.errno === ENOENT) return [];
    throw error;
  }
}

/** `directory/name`, as a program spells it. */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}
