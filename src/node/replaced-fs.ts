/**
 * The object like `node:fs` that stands in its place, for the modules that tuxfs/node/register gives to a program. Apart from it, since
 * register awaits, and what imports a module that awaits cannot be required.
 */

import type { NodeFs } from './index.ts';

export let fs: NodeFs;

export function replaceBy(given: NodeFs): void {
  fs = given;
}
