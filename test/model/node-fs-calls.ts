/**
 * Random calls of `node:fs`, with arguments that are right and arguments that are not, as data: what a script of node-fs.test.ts is made of.
 */
import { inspect } from 'node:util';
import { Chooser } from './operations.ts';

/** What a call is made on: one `node:fs`, and what the calls before have opened. */
export interface Place {
  /** The directory of the script; it has the same path on both sides. */
  readonly root: string;
  readonly fds: readonly number[];
  readonly handles: readonly object[];
  readonly dirs: readonly object[];
}

/** An argument: each side makes one of its own. */
export interface Value {
  readonly text: string;
  readonly make: (place: Place) => unknown;
  /** How much of it is what no argument should be. */
  readonly odd?: number;
}

export type Form = 'sync' | 'promise' | 'callback' | 'handle' | 'dir' | 'stream';

export interface Step {
  readonly form: Form;
  readonly call: string;
  readonly args: readonly Value[];
  /** Which of the open handles or directories it is called on. */
  readonly on?: number;
  /** What is written to a stream. */
  readonly chunks?: readonly Value[];
}

type Gen = (c: Chooser) => Value;

const lit = (value: unknown): Value => ({ text: inspect(value), make: () => value });
const fresh = (text: string, make: () => unknown): Value => ({ text, make });

/** Nowhere open, on either side. No small number may stand where a descriptor may: it would be one of the test's own. */
export const CLOSED = 3999;

class Foo {
  bar = 1;
}

/** What no argument should be, or hardly. */
const ODD: readonly Value[] = [
  ...[
    undefined,
    null,
    true,
    false,
    1.5,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 40,
    2 ** 53,
    -(2 ** 31) - 1,
    5n,
    -1n,
    2n ** 64n,
  ].map(lit),
  ...['', 'bogus', 'x\0y', "it's", 'a'.repeat(200), '0', '-1', '\u{1f600}', Symbol('s')].map(lit),
  fresh('{}', () => ({})),
  fresh('[]', () => []),
  fresh('[1]', () => [1]),
  fresh('Object.create(null)', () => Object.create(null)),
  fresh('Object.freeze({})', () => Object.freeze({})),
  fresh('new Foo()', () => new Foo()),
  fresh('new Date(1000)', () => new Date(1000)),
  fresh('new Date(NaN)', () => new Date(Number.NaN)),
  fresh("new String('f')", () => new String('f')),
  fresh('new Number(1)', () => new Number(1)),
  fresh('/re/', () => /re/),
  fresh('new Map([[1, 2]])', () => new Map([[1, 2]])),
  fresh('new ArrayBuffer(4)', () => new ArrayBuffer(4)),
  fresh('class', () => class Named {}),
  fresh('new Uint8Array([102])', () => new Uint8Array([102])),
  fresh("new URL('http://h/x')", () => new URL('http://h/x')),
  fresh("new URL('file:///a%2fb')", () => new URL('file:///a%2fb')),
  fresh("new URL('file://host/x')", () => new URL('file://host/x')),
  fresh("new URL('file:///x%00y')", () => new URL('file:///x%00y')),
  fresh('{ href, protocol }', () => ({ href: 'file:///x', protocol: 'file:', pathname: '/x', hostname: 'h' })),
];
/** Numbers that may be descriptors, too. For -0 some versions end the process. */
const ODD_NUMBERS: readonly Value[] = [...ODD, lit(0), lit(1), lit(7), lit(2 ** 31), lit(2 ** 32)];

/** Without what would make a file of gigabytes, which somebody then reads or copies. */
const SMALL_NUMBERS = ODD_NUMBERS.filter(({ text }) => !['2147483648', '4294967296', '1099511627776'].includes(text));

/** Mostly what is right. */
const mostly =
  (right: Gen, odd: readonly Value[] = ODD, share = 0.06): Gen =>
  (c) =>
    c.chance(share) ? { ...c.of(odd), odd: 1 } : right(c);
const among =
  (...values: readonly unknown[]): Gen =>
  (c) =>
    lit(c.of(values));

const NAMES = ['f', 'd', 'e', 'g', 'l', 'ld', 'n', 'm', 'é'];
const ODD_NAMES = ['dangling', 'loop', '.', '__proto__', 'x'.repeat(255), 'x'.repeat(256), 'a b', '%', 'ne\nw', '\u{1f600}'];

/** At most one step up, so that no script leaves its directory and those above it, which are its own. */
function relative(c: Chooser): string {
  if (c.chance(0.02))
    return c.of(['', '.', './', '..', 'd/..', './d', 'd/.', 'ld/.', 'ld/../f', 'dangling/', 'loop/x', 'f/', 'f/.', 'f/..']);
  const depth = 1 + (c.chance(0.5) ? 1 : 0) + (c.chance(0.2) ? 1 : 0);
  let path = '';
  for (let level = 0; level < depth; level++) {
    path += (level === 0 ? '' : c.chance(0.03) ? '//' : '/') + (c.chance(0.1) ? c.of(ODD_NAMES) : c.of(NAMES));
  }
  if (c.chance(0.03)) path = `../w/${path}`;
  return c.chance(0.06) ? `${path}/` : path;
}

/** A path as a string in the script's directory, absolute or not. */
const pathText: Gen = (c) => {
  const below = relative(c);
  if (c.chance(0.4)) return lit(below);
  return { text: `at(${inspect(below)})`, make: ({ root }) => (below === '' ? root : `${root}/${below}`) };
};

const rightPath: Gen = (c) => {
  const { text, make } = pathText(c);
  const kind = c.below(24);
  if (kind === 0) return { text: `Buffer.from(${text})`, make: (place) => Buffer.from(make(place) as string) };
  if (kind === 1) return { text: `bytes(${text})`, make: (place) => new TextEncoder().encode(make(place) as string) };
  if (kind === 2) {
    const below = encodeURI(relative(c)).replaceAll('#', '');
    return { text: `url(${inspect(below)})`, make: ({ root }) => new URL(`file://${root}/${below}`) };
  }
  if (kind === 3 && c.chance(0.3)) return fresh("Buffer.from('b\\xff\\xc3', 'latin1')", () => Buffer.from('b\xff\xc3', 'latin1'));
  return { text, make };
};
const path = mostly(rightPath, ODD, 0.04);

/** Where a number means a descriptor. */
const openFd: Gen = (c) => {
  const index = c.below(8);
  return { text: `fd ${index}`, make: ({ fds }) => fds[index % Math.max(1, fds.length)] ?? CLOSED };
};
const fd = mostly(openFd, [...ODD, lit(CLOSED), lit(2 ** 31), lit(2 ** 31 - 1)], 0.08);
const file: Gen = (c) => (c.chance(0.2) ? openFd(c) : c.chance(0.04) ? lit(CLOSED) : path(c));

const flags = mostly(
  among(
    'r',
    'r',
    'r+',
    'w',
    'w+',
    'wx',
    'wx+',
    'a',
    'a+',
    'ax',
    'ax+',
    'rs',
    'rs+',
    'as',
    'as+',
    'xa',
    'sa+',
    0,
    1,
    2,
    0o101,
    0o102,
    0o301,
    0o1102,
    0o2002,
    0o200000,
    0o400000,
    0o10000000,
    3,
  ),
  [...ODD_NUMBERS, ...['R', 'rw', 'r ', 'x', 'w+x', '+r', '577'].map(lit)],
);
// A mode of 2 ** 31 and more ends the process of some versions.
const ODD_MODES: readonly Value[] = [...ODD, lit(0), ...['8', '0o644', '', ' 644', '0x1ff', '644 ', '00644', '7777777777777'].map(lit)];
const mode = mostly(among(0o644, 0o600, 0o755, 0o700, 0o777, 0, 0o400, 0o4755, 0o2755, 0o1777, 0o100644, '644', '0755', '700'), ODD_MODES);
const id: Gen = mostly(among(0, 1000, 1001, -1, -1, 4294967295), [...ODD, lit(-0), lit(-2), lit(4294967296)]);
const time: Gen = mostly(
  (c) =>
    c.of([
      lit(0),
      lit(1),
      lit(1.5),
      lit(1234567.891),
      lit(1e9),
      lit('7'),
      lit('1.25'),
      fresh('new Date(2500)', () => new Date(2500)),
      fresh('new Date(1)', () => new Date(1)),
      fresh("new Date('1960-01-01')", () => new Date('1960-01-01')),
      lit(-1),
      lit(4294967296),
    ]),
  ODD_NUMBERS,
);
const length: Gen = mostly(among(0, 1, 5, 12, 4096, 4097, 70000, -1, -5), [...SMALL_NUMBERS, lit(-0), lit(0.5), lit('5')], 0.1);
const position: Gen = mostly(among(null, null, undefined, 0, 1, 5, 11, 100, -1, 5n, 0n, 4096), [...SMALL_NUMBERS, lit(-2), lit(0.5)], 0.08);
const readPosition: Gen = mostly(position, [...ODD_NUMBERS, lit(2n ** 63n - 1n), lit(2 ** 53 - 1)], 0.04);
const small: Gen = mostly(among(0, 0, 1, 2, 5, 10, undefined, null), ODD_NUMBERS, 0.08);

const ENCODINGS = [
  'utf8',
  'utf-8',
  'UTF8',
  'latin1',
  'binary',
  'ascii',
  'hex',
  'base64',
  'base64url',
  'utf16le',
  'ucs2',
  'UCS-2',
  'Utf-16LE',
];
const ODD_ENCODINGS: readonly Value[] = [...ODD, lit('buffer'), lit('utf-16'), lit('none')];
const encoding = mostly(among(...ENCODINGS, 'utf8', 'utf8', 'buffer', undefined, null), ODD_ENCODINGS, 0.1);
const textEncoding = mostly(among(...ENCODINGS, 'utf8', 'utf8', undefined), ODD_ENCODINGS, 0.1);
/** What a stream refuses when it is half made would fail later, and nobody listens. */
const streamEncoding = mostly(among(...ENCODINGS, undefined), ODD);
const boolean = mostly(among(true, false), ODD_NUMBERS, 0.12);

export function oddIn(values: readonly Value[]): number {
  return values.reduce((sum, { odd = 0 }) => sum + odd, 0);
}

/** An object with some of these keys; sometimes frozen, inheriting, or with getters. */
function object(keys: Readonly<Record<string, Gen>>, share = 0.4): Gen {
  return (c) => {
    const some = Object.keys(keys)
      .filter(() => c.chance(share))
      .map((key) => [key, (keys[key] as Gen)(c)] as const);
    const odd = oddIn(some.map(([, value]) => value));
    const text = `{ ${some.map(([key, value]) => `${key}: ${value.text}`).join(', ')} }`;
    const plain = (place: Place): object => Object.fromEntries(some.map(([key, { make }]) => [key, make(place)]));
    switch (c.below(20)) {
      case 0:
        return { odd, text: `frozen(${text})`, make: (place) => Object.freeze(plain(place)) };
      case 1:
        return { odd, text: `inheriting(${text})`, make: (place) => Object.create(plain(place)) as object };
      case 2:
        return { odd, text: `bare(${text})`, make: (place) => Object.assign(Object.create(null), plain(place)) as object };
      default:
        return { odd, text, make: plain };
    }
  };
}

const or =
  (...gens: readonly Gen[]): Gen =>
  (c) =>
    c.of(gens)(c);

const aborted: Gen = (c) =>
  c.chance(0.5) ? fresh('AbortSignal.abort()', () => AbortSignal.abort()) : fresh('signal', () => new AbortController().signal);
const signal = mostly(aborted, ODD, 0.3);

const view: Gen = mostly((c) => {
  const size = c.of([0, 1, 4, 10, 12, 100]);
  return c.of([
    fresh(`Buffer.alloc(${size})`, () => Buffer.alloc(size)),
    fresh(`Buffer.alloc(${size}, 'abc')`, () => Buffer.alloc(size, 'abc')),
    fresh(`new Uint8Array(${size})`, () => new Uint8Array(size)),
    fresh(`new DataView(new ArrayBuffer(${size}))`, () => new DataView(new ArrayBuffer(size))),
    fresh(`new Uint16Array(${size})`, () => new Uint16Array(size).fill(0x6162)),
    fresh(`new Float64Array(${size}).subarray(1)`, () => new Float64Array(size).fill(1).subarray(1)),
    fresh(`Buffer.alloc(${size}).subarray(1, 3)`, () => Buffer.alloc(size, 'xy').subarray(1, 3)),
  ]);
}, ODD_NUMBERS);
const views: Gen = mostly((c) => {
  const some = Array.from({ length: c.below(4) }, () => view(c));
  return { odd: oddIn(some), text: `[${some.map(({ text }) => text).join(', ')}]`, make: (place) => some.map(({ make }) => make(place)) };
}, ODD_NUMBERS);
/** Into nothing at all the core reads otherwise than Linux. */
const someViews: Gen = mostly((c) => {
  const { text, make, odd = 0 } = views(c);
  return {
    odd,
    text: `[Buffer.alloc(3), ...${text}]`,
    make: (place) => (odd > 0 ? make(place) : [Buffer.alloc(3), ...(make(place) as Uint8Array[])]),
  };
}, ODD_NUMBERS);
const text: Gen = among('', 'x', 'hello wörld\n', '0123456789', 'äöü', 'YWJj', '616263', '6162c', '\ud800', 'y'.repeat(5000), '\u{1f600}');
const data: Gen = mostly(or(text, text, view), ODD_NUMBERS);

const withEncoding = (keys: Readonly<Record<string, Gen>> = {}): Gen =>
  mostly(or(encoding, object({ encoding, ...keys }), object({ encoding, ...keys })), ODD_NUMBERS);
const statOptions = mostly(object({ bigint: boolean, throwIfNoEntry: boolean }));
const transferOptions = object({ offset: small, length: small, position });
const readFileOptions = withEncoding({ flag: flags, signal });
const writeFileOptions = mostly(
  or(textEncoding, object({ encoding: textEncoding, mode, flag: flags, flush: boolean, signal })),
  ODD_NUMBERS,
);
const count = mostly(among(0, 1, 100), ODD_NUMBERS);
const rmOptions = mostly(object({ force: boolean, recursive: boolean, maxRetries: count, retryDelay: count }, 0.5));
const filter: Gen = mostly(
  (c) =>
    c.of([
      fresh('() => true', () => () => true),
      fresh("(src) => !src.endsWith('g')", () => (src: string) => !src.endsWith('g')),
      fresh('() => false', () => () => false),
      fresh('async () => true', () => async () => true),
    ]),
  ODD,
);
const cpOptions = mostly(
  object(
    {
      recursive: (c) => (c.chance(0.9) ? lit(true) : boolean(c)),
      force: boolean,
      errorOnExist: boolean,
      dereference: boolean,
      verbatimSymlinks: boolean,
      preserveTimestamps: boolean,
      filter,
      mode: mostly(among(0, 1, 2), ODD_NUMBERS),
    },
    0.3,
  ),
);
const streamOptions = {
  flags,
  encoding: streamEncoding,
  fd: (c: Chooser) => (c.chance(0.7) ? openFd(c) : mostly(openFd, [...ODD, lit(CLOSED)], 0.5)(c)),
  mode,
  autoClose: boolean,
  emitClose: boolean,
  start: mostly(among(0, 1, 3, 100), SMALL_NUMBERS, 0.1),
  end: mostly(among(0, 2, 5, 100), ODD_NUMBERS, 0.1),
  highWaterMark: mostly(
    among(64, 500, 65536),
    SMALL_NUMBERS.filter(({ text }) => text !== '1' && text !== '7'),
  ),
  signal,
  flush: boolean,
};
const streamArgument = mostly(or(object(streamOptions, 0.2), object(streamOptions, 0.2), object(streamOptions, 0.2), streamEncoding), ODD);

/** Where symlinks lead: never up by more than one step. */
const target: Gen = mostly((c) => (c.chance(0.1) ? lit(c.of(['..', '.', 'y'.repeat(130), '../w', 'é'])) : rightPath(c)));
const prefix: Gen = mostly(
  (c) =>
    c.chance(0.3)
      ? { text: "at('t-')", make: ({ root }) => `${root}/t-` }
      : c.of([lit('t-'), lit('d/t-'), lit('none/t'), lit('f/t'), fresh("Buffer.from('t-')", () => Buffer.from('t-'))]),
  ODD.filter(({ text }) => !text.startsWith("'") && text !== '"it\'s"' && !text.startsWith('new')),
);
const pattern = mostly(among('*', '**', 'd/*', '{f,d}', 'd/**', '*/*', 'l*', 'f', 'none'), ODD);
const plainGlob = mostly(
  object({ withFileTypes: boolean, cwd: (c) => c.of([lit('d'), lit('.'), lit('none'), { text: 'root', make: ({ root }) => root }]) }),
);

/** The arguments of each function, without callback; how often it is called. */
const CALLS: readonly (readonly [weight: number, name: string, ...args: readonly Gen[]])[] = [
  [2, 'access', path, mostly(among(0, 1, 2, 4, 6, 7, 8, undefined), ODD_NUMBERS)],
  [3, 'appendFile', file, data, writeFileOptions],
  [3, 'chmod', path, mode],
  [2, 'chown', path, id, id],
  [2, 'close', fd],
  [3, 'copyFile', path, path, mostly(among(0, 1, 2, 4, 7, undefined), ODD_NUMBERS)],
  [5, 'cp', path, path, cpOptions],
  [2, 'exists', path],
  [2, 'fchmod', fd, mode],
  [1, 'fchown', fd, id, id],
  [1, 'fdatasync', fd],
  [2, 'fstat', fd, statOptions],
  [1, 'fsync', fd],
  [2, 'ftruncate', fd, length],
  [2, 'futimes', fd, time, time],
  [1, 'glob', pattern, plainGlob],
  [1, 'lchmod', path, mode],
  [1, 'lchown', path, id, id],
  [3, 'link', path, path],
  [3, 'lstat', path, statOptions],
  [2, 'lutimes', path, time, time],
  [5, 'mkdir', path, mostly(or(mode, object({ recursive: boolean, mode }), object({ recursive: among(true), mode })), ODD_MODES)],
  [1, 'mkdtemp', prefix, withEncoding()],
  [1, 'mkdtempDisposable', prefix, withEncoding()],
  [9, 'open', path, flags, mode],
  [1, 'openAsBlob', path, mostly(object({ type: mostly(among('text/plain', ''), ODD) }))],
  [3, 'opendir', path, withEncoding({ bufferSize: mostly(among(1, 2, 32), ODD_NUMBERS), recursive: boolean })],
  [6, 'read', fd, view, small, small, readPosition],
  [2, 'read', fd, view, transferOptions],
  [4, 'readdir', path, withEncoding({ withFileTypes: boolean, recursive: boolean })],
  [5, 'readFile', file, readFileOptions],
  [3, 'readlink', path, withEncoding()],
  [2, 'readv', fd, someViews, readPosition],
  [3, 'realpath', path, withEncoding()],
  [2, 'realpath.native', path, withEncoding()],
  [5, 'rename', path, path],
  [4, 'rm', path, rmOptions],
  [3, 'rmdir', path, mostly(object({ recursive: boolean, maxRetries: small }, 0.2))],
  [4, 'stat', path, statOptions],
  [1, 'statfs', path, statOptions],
  [4, 'symlink', target, path, mostly(among(undefined, null, 'file', 'dir', 'junction'))],
  [3, 'truncate', path, length],
  [3, 'unlink', path],
  [3, 'utimes', path, time, time],
  [4, 'write', fd, view, small, small, position],
  [4, 'write', fd, text, position, textEncoding],
  [2, 'write', fd, view, transferOptions],
  [6, 'writeFile', file, data, writeFileOptions],
  [2, 'writev', fd, views, position],
  [1, '_toUnixTimestamp', time],
];

const HANDLE_CALLS: readonly (readonly [weight: number, name: string, ...args: readonly Gen[]])[] = [
  [2, 'appendFile', data, writeFileOptions],
  [1, 'chmod', mode],
  [1, 'chown', id, id],
  [2, 'close'],
  [1, 'createReadStream', mostly(object({ ...streamOptions, fd: boolean }, 0.2))],
  [1, 'createWriteStream', mostly(object({ ...streamOptions, fd: boolean }, 0.2))],
  [1, 'datasync'],
  [3, 'read', view, small, small, readPosition],
  [2, 'read', view, transferOptions],
  [1, 'read', mostly(object({ buffer: view, offset: small, length: small, position }))],
  [2, 'readFile', readFileOptions],
  [1, 'readv', someViews, readPosition],
  [1, 'stat', statOptions],
  [1, 'sync'],
  [1, 'truncate', length],
  [1, 'utimes', time, time],
  [3, 'write', view, small, small, position],
  [2, 'write', text, position, textEncoding],
  [1, 'write', view, transferOptions],
  [2, 'writeFile', data, writeFileOptions],
  [1, 'writev', views, position],
];

const DIR_CALLS = ['read', 'read', 'readSync', 'readSync', 'close', 'closeSync', 'entries', 'path'];

/** What of `node:fs` a script does not call, and why. */
export const NOT_CALLED: Readonly<Record<string, string>> = {
  watch: 'events: test/frontends/node.test.ts',
  watchFile: 'events',
  unwatchFile: 'events',
  Utf8Stream: 'a class: test/frontends/node-utf8-stream.test.ts',
  Stats: 'a class',
  Dirent: 'a class',
  Dir: 'a class',
  ReadStream: 'createReadStream makes it',
  WriteStream: 'createWriteStream makes it',
  FileReadStream: 'the same class',
  FileWriteStream: 'the same class',
};

/** All functions that are called, without `Sync`. */
export const CALLED: readonly string[] = [...CALLS.map(([, name]) => name), 'createReadStream', 'createWriteStream'];

function chosen<T extends readonly [number, ...unknown[]]>(c: Chooser, table: readonly T[]): T {
  let left = c.below(table.reduce((sum, [weight]) => sum + weight, 0));
  for (const row of table) {
    left -= row[0];
    if (left < 0) return row;
  }
  throw new Error('unreachable');
}

/** The arguments; sometimes fewer. */
function argumentsOf(c: Chooser, gens: readonly Gen[]): Value[] {
  const args = gens.map((gen) => gen(c));
  if (c.chance(0.3)) args.length = Math.max(Math.min(args.length, 1), args.length - 1 - c.below(2));
  return args;
}

/** Opens something for the calls on descriptors, handles and directories to be made on. */
export function opening(c: Chooser): Step {
  const [call, ...args] = c.of([
    ['open', lit('f'), lit('r+')],
    ['open', lit('d/g'), lit(c.of(['r', 'w+', 'a+', 'r+'])), lit(0o600)],
    ['opendir', lit('.')],
  ] as const) as [string, ...Value[]];
  return { form: c.of(['sync', 'promise'] as const), call, args };
}

/** A script: something is open, then comes what may. */
export function randomScript(c: Chooser, length: number): Step[] {
  return Array.from({ length }, (_, index) => (index < 5 || c.chance(0.03) ? opening(c) : randomStep(c)));
}

function randomStep(c: Chooser): Step {
  const kind = c.below(20);
  if (kind === 0 || kind === 1) {
    const [, call, ...gens] = chosen(c, HANDLE_CALLS);
    const chunks = Array.from({ length: c.below(4) }, () => mostly(or(text, view), ODD, 0.03)(c));
    return { form: 'handle', call, args: argumentsOf(c, gens), on: c.below(8), chunks };
  }
  if (kind === 2) return { form: 'dir', call: c.of(DIR_CALLS), args: [], on: c.below(8) };
  if (kind === 3) {
    const chunks = Array.from({ length: c.below(4) }, () => mostly(or(text, view), ODD, 0.03)(c));
    return { form: 'stream', call: c.of(['createReadStream', 'createWriteStream']), args: argumentsOf(c, [path, streamArgument]), chunks };
  }
  const [, call, ...gens] = chosen(c, CALLS);
  const form = c.of(['sync', 'sync', 'sync', 'promise', 'promise', 'callback'] as const);
  const args = argumentsOf(c, gens);
  return { form, call, args };
}

export function showStep({ form, call, args, on, chunks }: Step): string {
  const given = args.map(({ text }) => text).join(', ');
  const where = form === 'handle' || form === 'dir' ? ` of ${form} ${on}` : '';
  const more = chunks === undefined || chunks.length === 0 ? '' : ` <- ${chunks.map(({ text }) => text).join(', ')}`;
  return `  ${form} ${call}(${given})${where}${more}`;
}
