/** The same random calls on the filesystem and on tmpfs: every outcome and the trees at the end are the same. */
import { AT_FDCWD, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../abi/fcntl.ts';
import { CLONE_NEWNS } from '../../abi/mount.ts';
import { encodeName } from '../../abi/name.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { Process } from '../../kernel/process.ts';
import { type CaseDefinition, names, outcome, same, text } from '../case.ts';
import type { Feature } from '../feature.ts';
import { Numbers } from '../numbers.ts';

/** Few names, so that calls meet. */
function path(numbers: Numbers): string {
  // `..` follows a name, so that it never leaves the filesystem's root for what is around it.
  const step = (): string => ['a', 'b', 'c', '.', 'a/..'][numbers.below(numbers.below(8) === 0 ? 5 : 3)] as string;
  return Array.from({ length: 1 + numbers.below(3) }, step).join('/');
}

/** A call with its arguments drawn. */
interface Call {
  readonly what: string;
  make(p: Process): unknown;
}

function call(what: string, args: readonly (string | number)[], make: (p: Process) => unknown): Call {
  return { what: `${what}(${args.join(', ')})`, make };
}

function writeAt(p: Process, at: string, place: { readonly offset: number; readonly length: number }): void {
  const fd = p.open(at, O_RDWR);
  p.pwrite(fd, encodeName('x'.repeat(place.length)), place.offset);
  p.close(fd);
}

/** Calls of one path. */
const ON_PATH: readonly (readonly [Feature, string, (p: Process, at: string, number: number) => unknown])[] = [
  ['mkdir', 'mkdir', (p, at) => p.mkdir(at, 0o755)],
  ['unlink', 'rmdir', (p, at) => p.rmdir(at)],
  ['unlink', 'unlink', (p, at) => p.unlink(at)],
  ['creat', 'open O_CREAT', (p, at) => p.close(p.open(at, O_CREAT | O_RDWR, 0o644))],
  ['creat', 'open O_EXCL', (p, at) => p.close(p.open(at, O_CREAT | O_EXCL | O_RDWR, 0o644))],
  ['creat', 'chdir', (p, at) => p.chdir(at)],
  ['creat', 'chdir /mnt', (p) => p.chdir('/mnt')],
  ['write', 'write', (p, at, number) => writeAt(p, at, { offset: number % 20, length: 1 + (number % 30) })],
  ['truncate', 'truncate', (p, at, number) => p.truncate(at, number % 40)],
  ['truncate', 'open O_TRUNC', (p, at) => p.close(p.open(at, O_RDWR | O_TRUNC))],
  ['chmod', 'chmod', (p, at, number) => p.chmod(at, (number % 0o1000) | 0o700)],
];

/** Calls of two. */
const ON_PATHS: readonly (readonly [Feature, string, (p: Process, from: string, to: string) => unknown])[] = [
  ['rename', 'rename', (p, from, to) => p.rename(from, to)],
  ['rename', 'rename NOREPLACE', (p, from, to) => p.renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE)],
  ['RENAME_EXCHANGE', 'rename EXCHANGE', (p, from, to) => p.renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE)],
  ['link', 'link', (p, from, to) => p.link(from, to)],
  ['symlink', 'symlink', (p, from, to) => p.symlink(from, to)],
];

/** Ways to draw a call, of what the filesystem can do. */
function drawings(can: (feature: Feature) => boolean): ((numbers: Numbers) => Call)[] {
  const one = ON_PATH.filter(([feature]) => can(feature)).map(([, what, make]) => (numbers: Numbers): Call => {
    const [at, number] = [path(numbers), numbers.below(1 << 20)];
    return call(what, [at, number], (p) => make(p, at, number));
  });
  const two = ON_PATHS.filter(([feature]) => can(feature)).map(([, what, make]) => (numbers: Numbers): Call => {
    const [from, to] = [path(numbers), path(numbers)];
    return call(what, [from, to], (p) => make(p, from, to));
  });
  return [...one, ...two];
}

/** Everything that can be seen of a tree. */
function show(p: Process, at: string): unknown {
  const stat = p.lstat(at);
  const type = stat.mode & S_IFMT;
  const mode = stat.mode.toString(8);
  if (type === S_IFREG) return [mode, stat.nlink, stat.size, text(p, at)];
  if (type === S_IFLNK) return p.readlink(at);
  if (type !== S_IFDIR) return mode;
  return names(p, at).map((name) => [name, show(p, `${at}/${name}`)]);
}

export function randomCases(can: (feature: Feature) => boolean): CaseDefinition[] {
  const calls = drawings(can);
  return [1, 2, 3].map((seed) => ({
    name: `random calls have the outcome that they have on tmpfs (seed ${seed})`,
    needs: ['creat', 'mkdir', 'unlink'],
    body: ({ kernel, p }) => {
      // A namespace of its own, where tmpfs is what is on /mnt.
      const model = kernel.spawn();
      model.unshare(CLONE_NEWNS);
      model.mount('tmpfs', '/mnt', 'tmpfs', 0, 'mode=755');
      model.chdir('/mnt');
      const numbers = new Numbers(seed);
      const before = names(p, '/mnt');
      for (let step = 0; step < 600; step++) {
        const { what, make } = (calls[numbers.below(calls.length)] as (numbers: Numbers) => Call)(numbers);
        const [expected, actual] = [outcome(() => make(model)), outcome(() => make(p))];
        same(actual, expected, `step ${step}, ${what}`);
        same(
          outcome(() => p.getcwd()),
          outcome(() => model.getcwd()),
          `step ${step}: getcwd`,
        );
      }
      const added = names(p, '/mnt').filter((name) => !before.includes(name));
      same(
        added.map((name) => [name, show(p, `/mnt/${name}`)]),
        names(model, '/mnt').map((name) => [name, show(model, `/mnt/${name}`)]),
        'the trees',
      );
    },
  }));
}
