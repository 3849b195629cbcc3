/**
 * `--load`: a file or tree of the host, copied with contents, holes, permissions, owners, times, symbolic links and hard links.
 */
import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, type BigIntStats } from 'node:fs';
import { EEXIST, LinuxError } from '../abi/errno.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { decodeName } from '../abi/name.ts';
import type { Process } from '../kernel/process.ts';
import { writeAll } from '../bash/call.ts';
import { joinPath } from '../bash/commands/directory.ts';
import type { Progress } from './progress.ts';

const BLOCK = 1024 * 1024;
const PAGE = 4096;
/** Files after which the host's event loop runs. */
const BREATH = 500;

export interface LoadOptions {
  readonly host: string;
  readonly guest: string;
  readonly progress: Progress;
}

/** The root of the copy is what `host` names, a link at its end followed. */
export async function load(process: Process, { host, guest, progress }: LoadOptions): Promise<void> {
  makeParents(process, guest);
  progress.add(1);
  const copy = new Copy(process, progress);
  await copy.node(Buffer.from(host), guest, true);
}

class Copy {
  readonly process: Process;
  readonly progress: Progress;
  /** Where a file with several names was put first. */
  readonly links = new Map<string, string>();
  #count = 0;
  readonly #block: Uint8Array = new Uint8Array(BLOCK);
  /** For files with holes, in which pages of zeros are not written. */
  readonly #page: Uint8Array = new Uint8Array(PAGE);

  constructor(process: Process, progress: Progress) {
    this.process = process;
    this.progress = progress;
  }

  async node(host: Buffer, guest: string, follow = false): Promise<void> {
    const { process } = this;
    let status = lstatSync(host, { bigint: true });
    if (follow && status.isSymbolicLink()) status = await statFollowing(host);
    this.progress.step(guest);
    if (++this.#count % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
    if (!status.isDirectory() && status.nlink > 1n && this.#linked(status, guest)) return;
    if (status.isDirectory()) {
      makeDirectory(process, guest);
      const names = readdirSync(host, { encoding: 'buffer' });
      this.progress.add(names.length);
      for (const name of names) await this.node(Buffer.concat([host, Buffer.from('/'), name]), joinPath(guest, decodeName(name)));
    } else if (status.isSymbolicLink()) {
      process.symlink(decodeName(readlinkSync(host, { encoding: 'buffer' })), guest);
    } else if (status.isFile()) {
      copyFile(process, { host, guest, block: status.blocks * 512n < status.size ? this.#page : this.#block });
    } else {
      process.mknod(guest, Number(status.mode), Number(status.rdev));
    }
    setAttributes(process, guest, status);
  }

  #linked(status: BigIntStats, guest: string): boolean {
    const key = `${status.dev}:${status.ino}`;
    const first = this.links.get(key);
    if (first === undefined) {
      this.links.set(key, guest);
      return false;
    }
    this.process.link(first, guest);
    return true;
  }
}

async function statFollowing(path: Buffer): Promise<BigIntStats> {
  const { stat } = await import('node:fs/promises');
  return stat(path, { bigint: true });
}

function makeDirectory(process: Process, path: string): void {
  try {
    process.mkdir(path, 0o700);
  } catch (error) {
    if (!(error instanceof LinuxError) || error.errno !== EEXIST) throw error;
  }
}

function makeParents(process: Process, path: string): void {
  const names = path.split('/').filter((name) => name !== '');
  for (let i = 1; i < names.length; i++) {
    try {
      process.mkdir(`/${names.slice(0, i).join('/')}`, 0o755);
    } catch (error) {
      if (!(error instanceof LinuxError) || error.errno !== EEXIST) throw error;
    }
  }
}

interface FileCopy {
  readonly host: Buffer;
  readonly guest: string;
  /** What is read into: a page when the host's file has holes, as then pages of zeros are not written. */
  readonly block: Uint8Array;
}

function copyFile(process: Process, { host, guest, block }: FileCopy): void {
  const from = openSync(host, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const to = process.open(guest, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    try {
      const sparse = block.length === PAGE;
      let size = 0;
      for (;;) {
        const count = readSync(from, block);
        if (count === 0) break;
        const bytes = block.subarray(0, count);
        if (!sparse) writeAll(process, to, bytes);
        else if (bytes.some((byte) => byte !== 0)) process.pwrite(to, bytes, size);
        size += count;
      }
      if (sparse) process.ftruncate(to, size);
    } finally {
      process.close(to);
    }
  } finally {
    closeSync(from);
  }
}

/** Owner before permissions: a change of owner takes the set-id bits away. */
function setAttributes(process: Process, path: string, status: BigIntStats): void {
  process.lchown(path, Number(status.uid), Number(status.gid));
  if (!status.isSymbolicLink()) process.chmod(path, Number(status.mode) & 0o7777);
  process.utimensat(AT_FDCWD, path, [timespec(status.atimeNs), timespec(status.mtimeNs)], AT_SYMLINK_NOFOLLOW);
}

function timespec(nanoseconds: bigint): { sec: number; nsec: number } {
  const nsec = ((nanoseconds % 1000000000n) + 1000000000n) % 1000000000n;
  return { sec: Number((nanoseconds - nsec) / 1000000000n), nsec: Number(nsec) };
}
