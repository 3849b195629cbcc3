/**
 * The globals that browsers, workers and Node share and the core uses, and nothing else: whatever is not here does not
 * compile left of the front-ends. Declared as the standards have them, so that the same names from the DOM library or from
 * Node's types, which a user's project sees beside our emitted types, mean the same.
 */

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}

interface String {
  isWellFormed(): boolean;
}

declare function queueMicrotask(callback: () => void): void;
declare function setTimeout(callback: () => void, milliseconds?: number): unknown;
declare function clearTimeout(timer: unknown): void;

declare const crypto: { getRandomValues<T extends Uint8Array>(into: T): T };
declare const performance: { now(): number };

declare class TextEncoder {
  encode(text?: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array): string;
}
