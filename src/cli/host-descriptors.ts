/**
 * The host's standard streams, as descriptors 0, 1 and 2 of a process of tuxfs.
 */
import { readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { EAGAIN, EBADF, EIO, ENOSPC, EPIPE, LinuxError } from '../abi/errno.ts';
import { O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { S_IFCHR, S_IFIFO } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { FileDescription, FMODE_STREAM } from '../vfs/file-description.ts';

/** A descriptor of the host. Reads and writes wait, as those of a program do. */
class HostStream extends FileDescription {
  readonly #fd: number;

  constructor(fd: number) {
    super();
    this.fmode = FMODE_STREAM;
    this.#fd = fd;
  }

  override read(into: Uint8Array): number {
    return this.#again(() => readSync(this.#fd, into), 0);
  }

  override write(from: Uint8Array): number {
    return this.#again(() => writeSync(this.#fd, from), undefined);
  }

  /** A pipe of the host may be non-blocking: then the call is made again a little later. */
  #again(call: () => number, atEnd: number | undefined): number {
    for (;;) {
      try {
        return call();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EOF' && atEnd !== undefined) return atEnd;
        if (code === 'EAGAIN') pause();
        else throw new LinuxError(CODES[code ?? ''] ?? EIO);
      }
    }
  }

  override reopen(): FileDescription {
    return new HostStream(this.#fd);
  }
}

const CODES: Readonly<Record<string, number>> = { EAGAIN, EBADF, EPIPE, ENOSPC };

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

/** Installs them. Without `stdin` descriptor 0 is empty: the script itself comes from there, or the terminal's line editor has it. */
export function connectHost(process: Process, { stdin }: { readonly stdin: boolean }): void {
  const describe = (fd: number): { name: string; mode: number } =>
    isatty(fd) ? { name: 'tty', mode: S_IFCHR | 0o620 } : { name: 'pipe', mode: S_IFIFO | 0o600 };
  if (stdin) process.installFile(new HostStream(0), { flags: O_RDONLY, fd: 0, ...describe(0) });
  else process.installFile(new EmptyStream(), { flags: O_RDONLY, fd: 0, name: 'pipe', mode: S_IFIFO | 0o600 });
  process.installFile(new HostStream(1), { flags: O_WRONLY, fd: 1, ...describe(1) });
  process.installFile(new HostStream(2), { flags: O_WRONLY, fd: 2, ...describe(2) });
}

class EmptyStream extends FileDescription {
  override read(): number {
    return 0;
  }

  override reopen(): FileDescription {
    return new EmptyStream();
  }
}
