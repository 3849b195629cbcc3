/**
 * The hook that finds tuxfs where a module imports `fs`. On Node 20 it runs in the loader's own thread, so it knows nothing but what
 * `initialize` gives it.
 */

export interface Replacements {
  /** URLs of the modules that stand for `fs` and `fs/promises`. */
  readonly urls: Readonly<Record<string, string>>;
  /** Where tuxfs itself lies: its own modules get what they ask for. */
  readonly own: string;
}

interface ResolveContext {
  readonly conditions: readonly string[];
  readonly parentURL?: string;
}

type NextResolve = (specifier: string, context: ResolveContext) => unknown;

let given: Replacements = { urls: {}, own: '' };

export function initialize(replacements: Replacements): void {
  given = replacements;
}

export function resolve(specifier: string, context: ResolveContext, nextResolve: NextResolve): unknown {
  const url = given.urls[specifier.replace(/^node:/, '')];
  // What require() asks for is answered in Module._load: a URL of ours could not be required.
  if (url === undefined || !context.conditions.includes('import') || context.parentURL?.startsWith(given.own)) {
    return nextResolve(specifier, context);
  }
  return { url, format: 'module', shortCircuit: true };
}
