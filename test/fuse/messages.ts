/**
 * Requests and answers as text, and a session that needs no host: the clock stands still, and what it sends by itself is kept.
 */
import { Kernel, type KernelOptions } from '../../src/index.ts';
import { createSession } from '../../src/fuse/index.ts';
import type { Session } from '../../src/fuse/wire/session.ts';

/** 2026-01-01T00:00:00Z. */
export const STANDSTILL = 1_767_225_600_000;

export interface Bench {
  readonly kernel: Kernel;
  readonly session: Session;
  readonly sent: Uint8Array[];
  readonly errors: unknown[];
  /** The answer, or nothing. */
  ask(request: Uint8Array): Uint8Array | undefined;
}

export function newBench(options: { readonly kernel?: KernelOptions; readonly dev?: boolean; readonly cache?: boolean } = {}): Bench {
  const kernel = new Kernel({ clock: () => STANDSTILL, seed: 1, ...options.kernel });
  const sent: Uint8Array[] = [];
  const errors: unknown[] = [];
  const session = createSession(kernel, {
    dev: options.dev ?? false,
    cache: options.cache ?? false,
    send: (message) => void sent.push(message.slice()),
    onError: (error) => void errors.push(error),
  });
  const buffer = new Uint8Array(session.requestSize);
  const reply = new Uint8Array(session.replySize);
  return {
    kernel,
    session,
    sent,
    errors,
    ask(request) {
      buffer.set(request.subarray(0, buffer.length));
      const length = session.handle(buffer, reply, Math.min(request.length, buffer.length));
      return length === 0 ? undefined : reply.slice(0, length);
    },
  };
}

export interface Head {
  readonly nodeid?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly unique?: number;
}

/** A request of words (32 bits each) and names. */
export function request(opcode: number, body: readonly (number | string | Uint8Array)[], head: Head = {}): Uint8Array {
  const parts = body.map((part) => {
    if (typeof part === 'number') return new Uint8Array(new Uint32Array([part]).buffer);
    return typeof part === 'string' ? new TextEncoder().encode(`${part}\0`) : part;
  });
  const length = 40 + parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length);
  const { nodeid = 1, uid = 0, gid = 0, unique = 2 } = head;
  new Uint32Array(bytes.buffer, 0, 10).set([length, opcode, unique, 0, nodeid, 0, uid, gid, 1, 0]);
  let at = 40;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** INIT as Linux 6.18 sends it. */
export function init(): Uint8Array {
  return request(26, [7, 45, 131072, 0x73fffffb, 0x5fd, ...new Array<number>(11).fill(0)]);
}

export function errorOf(answer: Uint8Array | undefined): number {
  return answer === undefined ? 0 : Math.abs(new Int32Array(answer.slice(4, 8).buffer)[0] as number);
}

/** Sixteen bytes a line. */
export function toHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
    lines.push(row.join(' '));
  }
  return lines.join('\n');
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(/\s+/).filter((pair) => pair !== ''),
    (pair) => Number.parseInt(pair, 16),
  );
}
