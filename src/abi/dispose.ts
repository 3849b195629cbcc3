/**
 * Symbol.dispose, or where the runtime lacks it a symbol in its place, so that a class can declare `[dispose]()` anywhere.
 */
/// <reference lib="esnext.disposable" preserve="true" />

export const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);
