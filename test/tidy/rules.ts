/**
 * The rules of the house that a machine can hold, each a function from a file to its faults.
 *
 * A rule gets a path relative to the repository, with forward slashes, and the file's text; it answers one line per fault.
 */
import { posix } from 'node:path';
import { blank, importsOf, linesOf } from './source.ts';

/** abi ← vfs ← fs/*, devices/* ← kernel ← front-ends ← cli: a layer imports only from layers with a smaller number. */
const LAYERS: Readonly<Record<string, number>> = { abi: 0, vfs: 1, fs: 2, devices: 2, kernel: 3, cli: 5 };
const FRONT_END = 4;
const CORE: readonly string[] = ['abi', 'vfs', 'fs', 'devices', 'kernel'];

/** Peers that may know each other, as their models in Linux do. */
const EXCEPTIONS: readonly (readonly [from: string, to: string])[] = [
  ['fs/devtmpfs', 'fs/tmpfs'],
  ['fs/devpts', 'devices/tty'],
];

/** Files over the limit, and why each is one file. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  'src/kernel/process.ts': 'one thin method per system call; a class has one body, and a reader looks a call up here',
};
export const LONG = 600;

/** The part of the source a file belongs to: a layer, or within fs/ and devices/ one filesystem or device. */
interface Part {
  name: string;
  group: string;
  layer: number;
}

function partOf(path: string): Part | undefined {
  const steps = path.split('/');
  if (steps[0] !== 'src') return undefined;
  if (steps.length === 2) return { name: '.', group: '.', layer: FRONT_END - 0.5 };
  const group = steps[1] as string;
  const layer = LAYERS[group] ?? FRONT_END;
  const name = group === 'fs' || group === 'devices' ? `${group}/${(steps[2] as string).replace(/\.ts$/, '')}` : group;
  return { name, group, layer };
}

export function isCore(path: string): boolean {
  const part = partOf(path);
  return part !== undefined && (CORE.includes(part.group) || path === 'src/index.ts');
}

/** The part of a front-end that is bytes in and bytes out, without a host: it compiles with the core. */
function isWire(path: string): boolean {
  return /^src\/[^/]+\/wire\//.test(path);
}

/** Why one part may not import another, or undefined where it may. */
function refusal(from: Part, to: Part): string | undefined {
  if (from.name === to.name) return undefined;
  if (EXCEPTIONS.some(([a, b]) => a === from.name && b === to.name)) return undefined;
  if (to.group === 'testing') return 'src/testing is for tests';
  if (from.group === 'testing') return to.layer < FRONT_END ? undefined : 'src/testing knows no front-end';
  // fs/index.ts and devices/index.ts are the doors of their groups: they may open on each member, and no member may use them.
  if (from.name === `${from.group}/index` && to.group === from.group) return undefined;
  if (to.layer < from.layer) return undefined;
  return to.layer === from.layer ? 'peers do not know each other' : 'imports point left';
}

export function layerFaults(path: string, source: string): string[] {
  const from = partOf(path);
  if (from === undefined) return [];
  const faults: string[] = [];
  for (const specifier of importsOf(source)) {
    if (!specifier.startsWith('.')) {
      if (isCore(path) || isWire(path)) faults.push(`${path}: imports '${specifier}', and the core imports no package and no built-in`);
      continue;
    }
    const target = posix.join(posix.dirname(path), specifier);
    const to = partOf(target);
    if (to === undefined) {
      // The version number has one place.
      if (target !== 'package.json') faults.push(`${path}: imports ${target}, outside src`);
      continue;
    }
    if (isWire(path) && to.name === from.name && !isWire(target)) faults.push(`${path}: imports ${target}, outside the wire`);
    const why = refusal(from, to);
    if (why !== undefined) faults.push(`${path}: imports ${target}: ${why}`);
  }
  return faults;
}

/** Sources import only packages that package.json gives to a user, and Node's built-ins by their `node:` names. */
export function packageFaults(path: string, source: string, packages: readonly string[]): string[] {
  if (partOf(path) === undefined) return [];
  return importsOf(source)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name) => !packages.includes(name))
    .map((name) => `${path}: imports '${name}', which is not among the package's dependencies`);
}

/** Nothing mutable at module level: no variable, no static variable, no collection that could only be filled later. */
export function stateFaults(path: string, source: string): string[] {
  if (!isCore(path)) return [];
  const code = blank(source, { literals: true });
  const fault =
    (what: string) =>
    (line: number): string =>
      `${path}:${line}: ${what}`;
  return [
    ...linesOf(code, /^(?:export\s+)?(?:let|var)\b/).map(fault('mutable variable at module level')),
    ...linesOf(
      code,
      /^(?:export\s+)?const\s+\w+\s*(?::(?!\s*[Rr]eadonly)[^=]+)?=\s*(?:new\s+(?:Weak)?(?:Map|Set)\b(?:<[^()]*>)?\s*\(\s*\)|\[\s*\]|\{\s*\})/,
    ).map(fault('empty collection at module level')),
    ...linesOf(
      code,
      /^\s+(?:(?:public|private|protected|declare)\s+)*static\s+(?!readonly\b|\w+\s*[<(]|async\b|\*|get\b|set\b|override\b|\{)/,
    ).map(fault('mutable static field')),
  ];
}

/** One async helper drives every pending call; the rest of the core is synchronous. */
export function awaitFaults(path: string, source: string): string[] {
  if (!isCore(path) || path === 'src/kernel/blocking.ts') return [];
  // `await using` and `for await` are awaits too.
  return linesOf(blank(source, { literals: true }), /\bawait\b/).map((line) => `${path}:${line}: await outside kernel/blocking.ts`);
}

/** No test is left out of a run silently. */
export function testFaults(path: string, source: string): string[] {
  if (!path.startsWith('test/')) return [];
  const code = blank(source, { literals: true });
  return linesOf(code, /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo)\b|\b(?:xit|xdescribe|fit|fdescribe)\s*\(/).map(
    (line) => `${path}:${line}: a test that is left out, or that leaves others out`,
  );
}

export function lengthFaults(path: string, source: string, listed: Readonly<Record<string, string>> = LONG_FILES): string[] {
  const lines = source.split('\n').length - 1;
  if (lines > LONG && listed[path] === undefined) return [`${path}: ${lines} lines, and over ${LONG} a file needs a listed reason`];
  if (lines <= LONG && listed[path] !== undefined) return [`${path}: listed as long, and has ${lines} lines`];
  return [];
}

/** Nothing in the repository knows where it was written. `root` is where it lies now. */
export function pathFaults(path: string, source: string, root: string): string[] {
  const places = [/\/(?:Users|workspace|builds)\/\w/, /\/work\/\w/, /\b[A-Z]:\\Users\\/];
  // A clone at the top level, /src say, has a name that means something else in a filesystem.
  const here = root.split('/').length > 2 ? [root] : [];
  return [
    ...places.flatMap((place) => linesOf(source, place)),
    ...here.flatMap((place) => source.split('\n').flatMap((line, index) => (line.includes(place) ? [index + 1] : []))),
  ].map((line) => `${path}:${line}: a path of one machine`);
}
