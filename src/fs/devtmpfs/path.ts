/**
 * Paths of device nodes, taken apart as strings: they come from drivers, not from users, and their parents may not exist yet.
 */

/** The path without empty, `.` and backed-out components: a relative one may keep `..` at its start. POSIX: nothing; Go's path.Clean(). */
function clean(path: string): { readonly absolute: boolean; readonly steps: string[] } {
  const absolute = path.startsWith('/');
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (!absolute) steps.push(step);
  }
  return { absolute, steps };
}

function join({ absolute, steps }: { readonly absolute: boolean; readonly steps: string[] }): string {
  const path = steps.join('/');
  if (absolute) return `/${path}`;
  return path === '' ? '.' : path;
}

/** dirname: `dummy` is in `.`, `a/b` in `a`, `/a` in `/`. */
export function parentOf(path: string): string {
  return join(clean(path.slice(0, path.lastIndexOf('/') + 1)));
}

/** Where a link in `char` or `block` leads for a node of this path. */
export function targetFrom(path: string): string {
  return `../${clean(path).steps.join('/')}`;
}
