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

/** xoshiro128**, seeded through splitmix32. Not for secrets. */
export class SeededRandom implements RandomSource {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let state = seed >>> 0;
    for (let index = 0; index < 4; index++) {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.#state[index] = mixed ^ (mixed >>> 15);
    }
  }

  next(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    state[2] = c ^ a;
    state[3] = d ^ b;
    state[1] = b ^ (c ^ a);
    state[0] = a ^ (d ^ b);
    state[2] = c ^ a ^ (b << 9);
    state[3] = rotate(d ^ b, 11);
    return result;
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

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
