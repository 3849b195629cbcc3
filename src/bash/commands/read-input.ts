/**
 * A whole standard input as text.
 */
import { decodeName } from '../../abi/name.ts';
import type { Call } from '../call.ts';

export async function readInput(call: Call, fd: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(65536);
    const count = await call.read(fd, into);
    if (count === 0) break;
    parts.push(into.subarray(0, count));
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return decodeName(all);
}
