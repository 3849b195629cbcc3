/** Bytes of a file lie in windows of 16 pages, so that one small integer says which pages of a window exist. */
export const WINDOW_SIZE = 65536;
/** Whole windows kept for the next writer: 16 MiB. */
const SPARE_WINDOWS = 256;
/** Small buffers kept for open(O_TRUNC) followed by a write of the same size. */
const SPARE_SMALL = 16;
/** Small files up to this size are cut from a shared buffer, where the engine does not do better itself. */
const SLAB_OBJECT_MIN = 65;
const SLAB_OBJECT_MAX = 4096;

/**
 * Where the files of one filesystem get their buffers. Linux: the slab and page allocators.
 *
 * A buffer of its own costs the engine a microsecond or two and 250 bytes, and fresh memory costs page faults. So small
 * files share a buffer, and whole windows that a file gives back serve the next. A shared buffer lives as long as
 * the last file in it: as each of these holds a page of the budget, no more than 64 KiB per page are ever held.
 * Nothing here belongs to the state of the filesystem.
 */
export class ContentMemory {
  /** Whole windows and small buffers that came back, with whatever was in them. */
  spare: Uint8Array[];
  spareSmall: Uint8Array[];
  slab: Uint8Array;
  /** Bytes of `slab` handed out. */
  slabUsed: number;

  constructor() {
    this.spare = [];
    this.spareSmall = [];
    this.slab = new Uint8Array(0);
    this.slabUsed = 0;
  }

  /** Zeros. Undefined when the host has no memory left, which for a caller means that the filesystem is full. */
  allocate(length: number): Uint8Array | undefined {
    try {
      return new Uint8Array(length);
    } catch {
      return undefined;
    }
  }

  /** A buffer for a file that is written as a whole and likely stays so. Zeros before `from`; the caller writes the rest. */
  allocateSmall(length: number, from: number): Uint8Array | undefined {
    if (length < SLAB_OBJECT_MIN || length > SLAB_OBJECT_MAX) return this.allocate(length);
    const spares = this.spareSmall;
    const spare = spares.length > 0 ? (spares[spares.length - 1] as Uint8Array) : undefined;
    if (spare !== undefined && spare.length === length) {
      spares.pop();
      spare.fill(0, 0, from);
      return spare;
    }
    if (this.slabUsed + length > this.slab.length) {
      const slab = this.allocate(WINDOW_SIZE);
      if (slab === undefined) return undefined;
      this.slab = slab;
      this.slabUsed = 0;
    }
    const bytes = this.slab.subarray(this.slabUsed, this.slabUsed + length);
    this.slabUsed += (length + 7) & ~7;
    return bytes;
  }

  /** A whole window of zeros, except that bytes `from` to `to` may hold anything: the caller writes them next. */
  allocateWindow(from: number, to: number): Uint8Array | undefined {
    const spare = this.spare.pop();
    if (spare === undefined) return this.allocate(WINDOW_SIZE);
    spare.fill(0, 0, from);
    spare.fill(0, to);
    return spare;
  }

  /** Takes back a buffer that nobody reads any more. */
  free(bytes: Uint8Array): void {
    const length = bytes.length;
    if (length === WINDOW_SIZE) {
      if (this.spare.length < SPARE_WINDOWS) this.spare.push(bytes);
    } else if (length >= SLAB_OBJECT_MIN && length <= SLAB_OBJECT_MAX) {
      if (this.spareSmall.length === SPARE_SMALL) this.spareSmall.length = 0;
      this.spareSmall.push(bytes);
    }
  }
}
