/**
 * The frames between a test and the processes it drives: a length in four bytes, then one serialised value.
 *
 * Both ends block, so a call is one write and one read on each side.
 */
import { readSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';

/** `[method, ...arguments]`. A buffer that a call fills travels as its length. */
export type Request = [method: string, ...args: unknown[]];

/** `[0, result, filled buffers]`, `[errno]`, `[-2, an error of Node's]`, or `[-1, message]` when the harness itself failed. */
export type Response = [errno: number, result?: unknown, filled?: Uint8Array[]];

export function sendFrame(fd: number, value: unknown): void {
  const body = serialize(value);
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, 4);
  for (let done = 0; done < frame.length; ) done += writeSync(fd, frame, done, frame.length - done);
}

/** Reads frames from one descriptor; undefined when the other end is gone. */
export class FrameReader {
  readonly fd: number;
  private buffer: Uint8Array;

  constructor(fd: number) {
    this.fd = fd;
    this.buffer = new Uint8Array(1 << 16);
  }

  receive(): unknown {
    let have = 0;
    let want = 4;
    while (have < want) {
      const count = readSync(this.fd, this.buffer, have, this.buffer.length - have, null);
      if (count === 0) return undefined;
      have += count;
      if (want === 4 && have >= 4) {
        want = 4 + new DataView(this.buffer.buffer).getUint32(0, true);
        if (want > this.buffer.length) {
          const larger = new Uint8Array(want);
          larger.set(this.buffer.subarray(0, have));
          this.buffer = larger;
        }
      }
    }
    return deserialize(this.buffer.subarray(4, want));
  }
}
