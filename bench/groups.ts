/** The groups there are. A front-end adds its own here, in a directory beside `core`. */
import type { Group } from './row.ts';

// biome-ignore lint/suspicious/noExplicitAny: each group's rows and contestants agree among themselves.
type AnyGroup = Group<any>;

const GROUPS: Readonly<Record<string, () => Promise<{ readonly group: AnyGroup }>>> = {
  core: () => import('./core/index.ts'),
  node: () => import('./node/index.ts'),
};

export function groupNames(): string[] {
  return Object.keys(GROUPS);
}

export async function loadGroup(name: string): Promise<AnyGroup> {
  const load = GROUPS[name];
  if (load === undefined) throw new TypeError(`no group '${name}': ${groupNames().join(', ')}`);
  return (await load()).group;
}

export function scaleOf(quick: boolean): { quick: boolean; count(full: number): number } {
  return { quick, count: (full) => (quick ? Math.min(full, 20) : full) };
}
