/**
 * Descriptors of one process. Linux: struct files_struct, struct fdtable (fs/file.c).
 *
 * The lowest free number is found through a bitmap with a second level whose bits say which words are full, so that a million
 * open files cost no more than ten. Linux: full_fds_bits.
 */
import { EBADF, EMFILE, LinuxError } from '../abi/errno.ts';
import type { Caller } from '../vfs/caller.ts';
import type { FileDescription } from '../vfs/file-description.ts';
import { closeFile } from '../vfs/read-write.ts';

export class FileTable {
  #files: (FileDescription | undefined)[] = [];
  /** One bit a descriptor. */
  #open = new Int32Array(32);
  /** One bit a word of `#open` that is full. */
  #full = new Int32Array(1);
  /** One bit a descriptor. Linux: close_on_exec. */
  #closeOnExec = new Int32Array(32);
  /** No descriptor below this is free. */
  #from = 0;
  count = 0;

  get(fd: number): FileDescription | undefined {
    return this.#files[fd];
  }

  /** The lowest free number. */
  lowestFree(): number {
    return this.#lowestFree(0);
  }

  /** Puts a description at what `lowestFree` has just answered. */
  installLowest(fd: number, file: FileDescription, closeOnExec: boolean): void {
    this.#put(fd, file, closeOnExec);
    this.#from = fd + 1;
  }

  /** Puts a description at the lowest free number that is at least `minimum`. EMFILE at `limit`. */
  install(file: FileDescription, options: { readonly limit: number; readonly minimum?: number; readonly closeOnExec?: boolean }): number {
    const minimum = options.minimum ?? 0;
    const fd = this.#lowestFree(minimum);
    if (fd >= options.limit) throw new LinuxError(EMFILE);
    this.#put(fd, file, options.closeOnExec === true);
    if (minimum <= this.#from) this.#from = fd + 1;
    return fd;
  }

  /** Puts a description at a number that is known to be free. */
  installAt(fd: number, file: FileDescription, closeOnExec: boolean): void {
    this.#put(fd, file, closeOnExec);
  }

  #put(fd: number, file: FileDescription, closeOnExec: boolean): void {
    const word = fd >>> 5;
    if (word >= this.#open.length) this.#grow(word);
    this.#files[fd] = file;
    const bits = (this.#open[word] as number) | (1 << (fd & 31));
    this.#open[word] = bits;
    if (bits === -1) this.#full[word >>> 5] = (this.#full[word >>> 5] as number) | (1 << (word & 31));
    if (closeOnExec) this.setCloseOnExec(fd, true);
    file.references++;
    this.count++;
  }

  #grow(word: number): void {
    const words = Math.max(this.#open.length * 2, word + 1);
    this.#open = grown(this.#open, words);
    this.#closeOnExec = grown(this.#closeOnExec, words);
    this.#full = grown(this.#full, (words + 31) >>> 5);
    // The array stays dense: a hole would turn it into a dictionary.
    while (this.#files.length < words * 32) this.#files.push(undefined);
  }

  #lowestFree(minimum: number): number {
    let fd = Math.max(minimum, this.#from);
    let word = fd >>> 5;
    if (word < this.#open.length) {
      // The rest of the first word, then whole words by the second level.
      const rest = ~(this.#open[word] as number) & (-1 << (fd & 31));
      if (rest !== 0) return (word << 5) + lowestBit(rest);
      word++;
      while (word < this.#open.length) {
        const group = word >>> 5;
        const notFull = ~(this.#full[group] as number) & (-1 << (word & 31));
        if (notFull === 0) {
          word = (group + 1) << 5;
          continue;
        }
        word = (group << 5) + lowestBit(notFull);
        if (word >= this.#open.length) break;
        return (word << 5) + lowestBit(~(this.#open[word] as number));
      }
    }
    fd = Math.max(fd, this.#open.length << 5);
    return fd;
  }

  /** Takes a descriptor away and drops its reference. EBADF. */
  close(caller: Caller, fd: number): void {
    const file = this.#files[fd];
    if (file === undefined) throw new LinuxError(EBADF);
    this.#files[fd] = undefined;
    const word = fd >>> 5;
    this.#open[word] = (this.#open[word] as number) & ~(1 << (fd & 31));
    this.#full[word >>> 5] = (this.#full[word >>> 5] as number) & ~(1 << (word & 31));
    this.setCloseOnExec(fd, false);
    if (fd < this.#from) this.#from = fd;
    this.count--;
    file.flush();
    putFile(caller, file);
  }

  isCloseOnExec(fd: number): boolean {
    return ((this.#closeOnExec[fd >>> 5] as number) & (1 << (fd & 31))) !== 0;
  }

  setCloseOnExec(fd: number, value: boolean): void {
    const word = this.#closeOnExec[fd >>> 5] as number;
    const bit = 1 << (fd & 31);
    this.#closeOnExec[fd >>> 5] = value ? word | bit : word & ~bit;
  }

  /** Open descriptors in ascending order. */
  *entries(): Generator<[number, FileDescription]> {
    let left = this.count;
    for (let fd = 0; left > 0 && fd < this.#files.length; fd++) {
      const file = this.#files[fd];
      if (file === undefined) continue;
      left--;
      yield [fd, file];
    }
  }

  /** For fork(2): the same descriptions at the same numbers. */
  copy(): FileTable {
    const table = new FileTable();
    for (const [fd, file] of this.entries()) table.installAt(fd, file, this.isCloseOnExec(fd));
    return table;
  }

  closeAll(caller: Caller): void {
    for (const [fd] of [...this.entries()]) this.close(caller, fd);
  }
}

/** Drops one reference to a description. */
export function putFile(caller: Caller, file: FileDescription): void {
  file.references--;
  if (file.references === 0) closeFile(caller, file);
}

function grown(bits: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(bits);
  return larger;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
