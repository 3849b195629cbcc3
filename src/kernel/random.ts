/** Random bytes for /dev/random, /dev/urandom: the host's, or a seeded sequence that is the same in every run. */

export interface RandomSource {
  fill(into: Uint8Array): void;
}

/** What crypto.getRandomValues takes at once. */
const QUOTA = 65536;

export class HostRandom implements RandomSource {
  fill(into: Uint8Array): void {
    for (let start = 0; start < into.length; start += QUOTA) {
      crypto.getRandomValues(into.subarray(start, Math.min(start + QUOTA, into.length)));
    }
  }
}

/** splitmix32: a counter, well stirred. Not for secrets. */
export class SeededRandom implements RandomSource {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  fill(into: Uint8Array): void {
    let word = 0;
    for (let index = 0; index < into.length; index++) {
      if ((index & 3) === 0) word = this.next();
      into[index] = word;
      word >>>= 8;
    }
  }
}
