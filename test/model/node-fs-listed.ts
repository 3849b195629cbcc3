/**
 * Where `node:fs` is known to answer otherwise: the deviations that docs/NODE-FS.md lists, and what its versions do not agree on.
 */
import { oddIn, type Step } from './node-fs-calls.ts';
import type { Outcome } from './node-fs-runner.ts';

interface Failure {
  readonly message?: string;
  readonly code?: string;
  readonly errno?: number;
  readonly syscall?: string;
}

function failureOf(outcome: Outcome): Failure {
  // What is undefined has no place in JSON.
  return (outcome['threw'] ?? outcome['rejected'] ?? outcome['failed'] ?? {}) as Failure;
}

/** Fewer arguments than these calls need count as one that is wrong. */
function oddities({ args, call }: Step): number {
  const needed = /^(link|rename|symlink|copyFile|chmod|fchmod|cp|readv?|writev?|writeFile|appendFile)$/.test(call)
    ? 2
    : /chown|utimes/.test(call)
      ? 3
      : 1;
  return oddIn(args) + (args.length < needed ? 1 : 0);
}

/** What the caller did wrong, by whoever found it: an error of Node's, or V8's. */
const isWrongArgument = ({ code, message, errno }: Failure): boolean =>
  message !== undefined && errno === undefined && code !== 'ABORT_ERR';

const aboutFd = ({ message }: Failure): boolean => /^The (value of )?"fd" /.test(String(message));

const plain = (text: unknown): string => String(text).replace(/type number \(\d+\)/, 'type number');

const NODE = Number.parseInt(process.versions.node, 10);

/** Up to version 20 what is copied has nothing of the source's owner and times. */
export function copiesTimes({ call }: Step): boolean {
  return NODE < 22 && (call === 'copyFile' || call === 'cp');
}

/** What is not called: some calls end Node's process. */
export function isSkipped({ call, form, args }: Step): boolean {
  // It is refused before or after the file is read, and that moves a position.
  if (call === 'readFile' && form === 'handle' && args[0]?.text.includes("'buffer'")) return true;
  if (call === 'cp' && form === 'sync') return NODE >= 22;
  if (NODE >= 26 || oddIn(args) === 0) return false;
  return form === 'handle'
    ? call === 'read'
    : /^(f(?!stat)|read|write|close)/.test(call) && !/^(readdir|readlink)/.test(call) && (args[0]?.odd ?? 0) > 0;
}

export function listed(step: Step, host: Outcome, tuxfs: Outcome): boolean {
  const [theirs, ours] = [failureOf(host), failureOf(tuxfs)];
  if (isOrder(step, theirs, ours)) return true;
  return isQuirk(step, theirs, ours) || (NODE < 26 && isOlder(step, theirs, ours));
}

/** What of a call that is wrong in itself is told, and how, changes from version to version. */
function isOrder(step: Step, theirs: Failure, ours: Failure): boolean {
  const odd = oddities(step);
  if (odd === 0) return false;
  const descriptorIsOdd =
    step.form === 'sync' && (step.args[0]?.odd ?? 0) > 0 && /^(close|f[cdstu]|read$|readv|write$|writev)/.test(step.call);
  if (descriptorIsOdd && (isWrongArgument(ours) || isWrongArgument(theirs))) return true;
  // Node's own mistake with such a thing is worse than ours.
  if (isWrongArgument(theirs) && theirs.code === undefined) return ours.message !== undefined;
  if (aboutFd(theirs) && aboutFd(ours) && theirs.code === ours.code) return true;
  if (isWrongArgument(theirs) && isWrongArgument(ours) && (odd > 1 || plain(theirs.message) === plain(ours.message))) return true;
  if (odd > 1 && isWrongArgument(ours)) return true;
  // Where Node checks a descriptor in C++, other arguments come first, and it says the value in another way.
  return (
    step.form === 'sync' &&
    /^The (value of )?"fd" /.test(String(ours.message)) &&
    (theirs.message === undefined || theirs.code !== ours.code || aboutFd(theirs))
  );
}

/** What Node 26 itself does, and other versions alike. */
function isQuirk({ call, form, args }: Step, theirs: Failure, ours: Failure): boolean {
  const given = args.map(({ text }) => text).join();
  const toDescriptor = /^(fd|3999)/.test(given);
  // A descriptor is no path for a promise; an aborted signal is told first.
  if (form === 'promise' && toDescriptor && isWrongArgument(ours)) return true;
  if (given.includes('abort()') && (theirs.code === 'ABORT_ERR' || ours.code === 'ABORT_ERR') && oddIn(args) > 0) return true;
  switch (call) {
    case 'access':
    case 'copyFile':
      // A mode that is no integer, in C++.
      return (args.at(-1)?.odd ?? 0) > 0;
    case 'cp':
      // Paths that are bytes are text to a filter and to path.join; which of the two paths fails first is a race.
      return (
        /bytes\(|Buffer|Uint8Array/.test(given) ||
        (/l?stat|mkdir/.test(String(theirs.syscall)) && theirs.syscall === ours.syscall) ||
        oddIn(args) > 0
      );
    case 'glob':
      // test/frontends/node-differential.test.ts
      return true;
    case 'mkdir':
      // An asynchronous form says at which directory it failed, and what it is that a symlink leads to nothing.
      if (form !== 'sync' && given.includes('recursive: true') && theirs.syscall === ours.syscall) return true;
      return /mode['"]/.test(String(theirs.message)) && theirs.code === ours.code;
    case 'mkdtemp':
    case 'mkdtempDisposable':
      return given.includes('buffer');
    case 'openAsBlob':
      // A Blob of what cannot be read.
      return ours.code === 'EISDIR' || ours.code === 'EACCES' || oddIn(args) > 0;
    case 'opendir':
      // An asynchronous form that refuses its options never answers.
      if (form !== 'sync' && oddIn(args) > 0 && ours.message !== undefined) return true;
      // `opendirSync` says where.
      return form === 'sync' && theirs.code === ours.code && theirs.syscall === 'opendir';
    case 'realpath':
      // glibc goes back from a directory that may not be searched.
      return ours.code === 'EACCES' && given.includes('..');
    case 'read':
      return given.includes('offset: null');
    case 'readdir':
      // Asynchronously any true value will do. Where bytes were given, bytes are not all that is said.
      return (
        (form !== 'sync' && /"options.recursive"/.test(String(ours.message))) ||
        (/^(bytes|Buffer)/.test(given) && given.includes('recursive'))
      );
    case 'readFile':
      // Where a read failed: only Node 26 says it. The callback form of a descriptor there has no error, or a wrong one.
      if (oddIn(args) > 0 && (given.includes('Uint8Array') || given.includes('flag'))) return true;
      if (given.includes("'buffer'") && ours.code === 'EISDIR') return true;
      if (toDescriptor && (form === 'callback' || given.includes("'buffer'"))) return true;
      if (given.includes("'UTF8'") || given.includes("'utf-8'")) return ours.code === theirs.code;
      return ours.syscall === 'read' && theirs.syscall === 'read' && ours.code === theirs.code;
    case 'readlink':
      return plain(theirs.message).replace('oldPath', 'path') === plain(ours.message);
    case 'rm':
      // From version 24 on in C++, with rules and texts of its own. The path is what was given.
      if (form === 'sync' && NODE >= 24 && given.includes('recursive: true')) return true;
      // A symlink with a slash is no directory to remove: nothing happens, and nothing is said of it.
      if (ours.code === 'ENOTDIR' && ours.syscall === 'rmdir') return true;
      return /^(url|Buffer|bytes)/.test(given) && theirs.code === 'ERR_FS_EISDIR' && ours.code === theirs.code;
    case 'createReadStream':
    case 'createWriteStream':
      return form === 'handle';
    case 'write':
      return form === 'callback' && oddIn(args) > 0;
    case '_toUnixTimestamp':
      // Now, a moment later.
      return /Error|^-/.test(given) || typeof theirs.message === 'undefined';
    case 'writeFile':
    case 'appendFile':
      // What of the options a handle has no use for is checked all the same.
      if (form === 'handle') return isWrongArgument(theirs) || isWrongArgument(ours);
      // A list is data in pieces, which are wrong in their own way.
      if (form === 'promise' && given.includes('[1]')) return true;
      // Nothing is written to a descriptor: whether write(2) is asked.
      return form !== 'sync' && theirs.code === 'EBADF';
    default:
      return false;
  }
}

/** What older versions do. */
function isOlder({ call, form, args }: Step, theirs: Failure, ours: Failure): boolean {
  const given = args.map(({ text }) => text).join();
  switch (call) {
    case 'stat':
    case 'lstat':
      return given.includes('throwIfNoEntry') || (form !== 'sync' && (oddIn(args) > 0 || given.includes('signal')));
    case 'statfs':
      // Without frsize.
      return true;
    case 'rmdir':
      return given.includes('recursive') || given.includes('maxRetries') || oddIn(args) > 0;
    case 'rm':
      return form === 'sync' && given.includes('recursive: true');
    case 'symlink':
      return args.length < 2 || (args[2]?.odd ?? 0) > 0;
    case 'read':
    case 'readv':
      // A bigint is no position of a handle; a length of null is none.
      return oddIn(args) > 0 || (form === 'handle' && /\dn|null/.test(given));
    case 'fstat':
      return oddIn(args) > 0;
    case 'truncate':
      return oddIn(args) > 0;
    case 'readFile':
      return theirs.syscall === 'fstat' && ours.syscall === 'read';
    case 'openAsBlob':
      return theirs.message !== undefined && ours.message !== undefined;
    case 'readdir':
      // In the callback form a recursive listing fails at once; what is below a symlink is left out.
      return given.includes('recursive: true') || given.includes("'buffer'");
    case 'cp':
      // The errno of one error.
      return (
        theirs.message === ours.message ||
        theirs.syscall === 'stat' ||
        given.includes('preserveTimestamps') ||
        given.includes('errorOnExist')
      );
    case 'utimes':
    case 'lutimes':
    case 'futimes':
      return given.includes('NaN') || given.includes('1234567.891');
    case 'writeFile':
    case 'appendFile':
      return oddIn(args) > 0;
    default:
      return false;
  }
}
