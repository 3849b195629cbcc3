/**
 * What the host lends: streams, events, blobs. Found at the moment they are used, so a browser that never makes a stream needs none.
 */

import { codedError } from './errors.ts';

/** The classes of `node:stream`, or of a package with the same interface. */
export interface StreamClasses {
  readonly Readable: new (options?: object) => object;
  readonly Writable: new (options?: object) => object;
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
  emitWarning?(message: string, type?: string, code?: string): void;
}

function hostProcess(): NodeProcess | undefined {
  return (globalThis as { process?: NodeProcess }).process;
}

/** A module of Node, where the program runs in Node. */
export function builtin<T>(name: string): T | undefined {
  return hostProcess()?.getBuiltinModule?.(name) as T | undefined;
}

/** What this platform lacks. */
export function notHere(message: string): Error {
  return codedError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
}

export function hostStreams(given: StreamClasses | undefined): StreamClasses {
  const streams = given ?? builtin<StreamClasses>('stream');
  if (streams === undefined) throw notHere('Streams need the `streams` option of createFs() on this platform');
  return streams;
}

type Listener = (...args: never[]) => void;

/** The methods of Node's EventEmitter that programs call on watchers and file handles. */
export interface Emitter {
  on(event: string, listener: Listener): this;
  once(event: string, listener: Listener): this;
  off(event: string, listener: Listener): this;
  addListener(event: string, listener: Listener): this;
  removeListener(event: string, listener: Listener): this;
  removeAllListeners(event?: string): this;
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
  listeners(event: string): unknown[];
}

/** An EventEmitter for where there is none. */
class SmallEmitter implements Emitter {
  #listeners = new Map<string, { listener: Listener; once: boolean }[]>();

  #of(event: string): { listener: Listener; once: boolean }[] {
    return this.#listeners.get(event) ?? [];
  }
  on(event: string, listener: Listener, once = false): this {
    this.#listeners.set(event, [...this.#of(event), { listener, once }]);
    return this;
  }
  once(event: string, listener: Listener): this {
    return this.on(event, listener, true);
  }
  addListener(event: string, listener: Listener): this {
    return this.on(event, listener);
  }
  off(event: string, listener: Listener): this {
    const last = this.#of(event).findLast((entry) => entry.listener === listener);
    this.#listeners.set(
      event,
      this.#of(event).filter((entry) => entry !== last),
    );
    return this;
  }
  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }
  removeAllListeners(event?: string): this {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.delete(event);
    return this;
  }
  emit(event: string, ...args: unknown[]): boolean {
    const list = this.#of(event);
    if (list.length === 0 && event === 'error') throw args[0];
    for (const { listener, once } of list) {
      if (once) this.off(event, listener);
      listener.apply(this as never, args as never[]);
    }
    return list.length > 0;
  }
  listenerCount(event: string): number {
    return this.#of(event).length;
  }
  listeners(event: string): unknown[] {
    return this.#of(event).map(({ listener }) => listener);
  }
}

const HostEmitter: (new () => Emitter) | undefined = builtin<{ EventEmitter: new () => Emitter }>('events')?.EventEmitter;

/** Node's EventEmitter, or a small one. */
export const EventEmitter: new () => Emitter = HostEmitter ?? SmallEmitter;

export function emitWarning(message: string): void {
  hostProcess()?.emitWarning?.(message);
}

/** Symbol.asyncDispose, also where the runtime has none. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);
