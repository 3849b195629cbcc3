/**
 * A bar on a terminal for what takes longer than a second.
 */
import type { WriteStream } from 'node:tty';

const PATIENCE = 1000;
const INTERVAL = 100;
const WIDTH = 30;

export class Progress {
  readonly #stream: WriteStream;
  readonly #began: number;
  #drawn = 0;
  #total = 0;
  #done = 0;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    this.#began = Date.now();
  }

  /** More work was found. */
  add(count: number): void {
    this.#total += count;
  }

  /** So much was done; redraws now and then. */
  step(label: string): void {
    this.#done++;
    if (this.#stream.isTTY !== true) return;
    const now = Date.now();
    if (now - this.#began < PATIENCE || now - this.#drawn < INTERVAL) return;
    this.#drawn = now;
    const part = this.#total === 0 ? 0 : this.#done / this.#total;
    const bar = '#'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '.');
    const columns = this.#stream.columns > 0 ? this.#stream.columns : 80;
    this.#stream.write(`\r\x1b[K${`[${bar}] ${this.#done}/${this.#total} ${label}`.slice(0, columns - 1)}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn !== 0) this.#stream.write('\r\x1b[K');
    this.#drawn = 0;
  }
}
