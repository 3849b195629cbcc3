/**
 * Properties that a class or an object literal cannot say.
 */

/** A property as classes have their methods: it can be replaced, and is not listed unless asked for. */
export function define(target: object, name: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: true });
}

/** A property that is made when it is first asked for, and the object's own from then on. */
export function defineLazily<T extends object>(target: T, name: string, make: (of: T) => unknown): void {
  Object.defineProperty(target, name, {
    enumerable: true,
    configurable: true,
    get(this: T): unknown {
      const value = make(this);
      define(this, name, value, true);
      return value;
    },
    set(this: T, value: unknown): void {
      define(this, name, value, true);
    },
  });
}

/** A function with a name, and as many arguments as Node's says it has: promisify and programs look at that. */
export function named<T extends object>(call: T, name: string, length: number): T {
  Object.defineProperty(call, 'length', { value: length, configurable: true });
  return Object.defineProperty(call, 'name', { value: name, configurable: true });
}
