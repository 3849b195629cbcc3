/** tuxfs: system calls of a process of a booted kernel. */
import { Kernel, O_DIRECTORY, type Process, removeEntries } from 'tuxfs';
import { type Files, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from './files.ts';

function names(process: Process, path: string): string[] {
  const fd = process.open(path, O_RDONLY | O_DIRECTORY);
  const found = process.readNames(fd);
  process.close(fd);
  return found;
}

function remove(process: Process, path: string): void {
  const fd = process.open(path, O_RDONLY | O_DIRECTORY);
  removeEntries(process, process.file(fd));
  process.close(fd);
  process.rmdir(path);
}

export function open(): Files {
  const kernel = new Kernel({ memory: 2 ** 36 });
  const process = kernel.spawn({ descriptors: { cur: 1_048_576, max: 1_048_576 } });
  return {
    root: '/',
    stat: (path) => process.stat(path),
    lstat: (path) => process.lstat(path),
    fstat: (fd) => process.fstat(fd),
    statIfExists: (path) => process.statIfExists(path),
    open: (path, flags) => process.open(path, flags, 0o666),
    close: (fd) => process.close(fd),
    pread: (fd, into, offset) => process.pread(fd, into, offset),
    pwrite: (fd, from, offset) => process.pwrite(fd, from, offset),
    read: (fd, into) => process.read(fd, into),
    write: (fd, from) => process.write(fd, from),
    mkdir: (path) => process.mkdir(path, 0o777),
    rmdir: (path) => process.rmdir(path),
    unlink: (path) => process.unlink(path),
    rename: (from, to) => process.rename(from, to),
    link: (from, to) => process.link(from, to),
    symlink: (target, path) => process.symlink(target, path),
    chmod: (path, mode) => process.chmod(path, mode),
    utimes: (path, sec) =>
      process.utimensat(-100, path, [
        { sec, nsec: 0 },
        { sec, nsec: 0 },
      ]),
    readdir: (path) => names(process, path),
    readFile: (path) => {
      const fd = process.open(path, O_RDONLY);
      // As readFile of node:fs does, without filling with zeros what is read into next.
      const bytes = Buffer.allocUnsafeSlow(process.fstat(fd).size);
      process.read(fd, bytes);
      process.close(fd);
      return bytes;
    },
    writeFile: (path, bytes) => {
      const fd = process.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666);
      process.write(fd, bytes);
      process.close(fd);
    },
    remove: (path) => remove(process, path),
    mountMany: (count) => {
      process.mkdir('/mounts', 0o755);
      for (let i = 0; i < count; i++) {
        process.mkdir(`/mounts/${i}`, 0o755);
        process.mount('tmpfs', `/mounts/${i}`, 'tmpfs', 0, null);
      }
    },
    openMany: (path, count) => {
      for (let i = 0; i < count; i++) process.open(path, O_RDONLY);
    },
  };
}
