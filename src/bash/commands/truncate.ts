/**
 * truncate(1).
 */
import { ENOENT, LinuxError } from '../../abi/errno.ts';
import { O_CREAT, O_NONBLOCK, O_WRONLY } from '../../abi/fcntl.ts';
import { isRegular } from '../../abi/stat.ts';
import { type Call, errorText } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';
import { parseSize } from '../sizes.ts';

export const truncate: CommandDefinition = {
  name: 'truncate',
  synopsis: ['OPTION... FILE...'],
  summary: 'Set the size of each FILE; what is added reads as zeros and takes no space.',
  options: [
    { short: 'c', long: 'no-create', help: 'make no files' },
    { short: 'o', long: 'io-blocks', help: 'SIZE counts blocks, not bytes' },
    { short: 'r', long: 'reference', argument: 'RFILE', help: 'the size of RFILE' },
    {
      short: 's',
      long: 'size',
      argument: 'SIZE',
      help: 'SIZE bytes; + and - add and take away, < and > at most and at least, / and % round down and up',
    },
  ],
  notes: ['SIZE may have a suffix: K 1024, KB 1000, M, MB, and so on for G, T, P.'],
  run,
};

interface Target {
  readonly relation: string;
  readonly size: number;
}

function run(call: Call): number {
  const target = targetOf(call);
  if (call.operands.length === 0) call.usage('missing file operand');
  let status = 0;
  for (const path of call.operands) if (!one(call, path, target)) status = 1;
  return status;
}

function targetOf(call: Call): Target {
  const text = call.value('size');
  const reference = call.value('reference');
  if (text === undefined && reference === undefined) call.usage("you must specify either '--size' or '--reference'");
  if (text === undefined && call.has('io-blocks')) call.usage("'--io-blocks' was specified but '--size' was not");
  const match = /^\s*([-+<>/%]?)\s*(\S+)$/.exec(text ?? '+0') as RegExpExecArray | null;
  const size = match === null ? undefined : parseSize(match[2] as string, 'kKMGTPEZY');
  if (match === null || size === undefined) return call.fail(`Invalid number: ${quote(text as string)}`);
  const relation = match[1] as string;
  if ((relation === '/' || relation === '%') && size === 0) call.fail('division by zero');
  if (reference === undefined) return { relation, size };
  if (text !== undefined && relation === '') call.usage("you must specify a relative '--size' with '--reference'");
  try {
    return { relation: '', size: resize(call.process.stat(reference).size, { relation, size }) };
  } catch (error) {
    return call.fail(`cannot stat ${quote(reference)}: ${errorText(error)}`);
  }
}

function resize(old: number, { relation, size }: Target): number {
  switch (relation) {
    case '+':
      return old + size;
    case '-':
      return Math.max(0, old - size);
    case '<':
      return Math.min(old, size);
    case '>':
      return Math.max(old, size);
    case '/':
      return old - (old % size);
    case '%':
      return Math.ceil(old / size) * size;
    default:
      return size;
  }
}

function one(call: Call, path: string, target: Target): boolean {
  const { process } = call;
  let fd: number;
  try {
    fd = process.open(path, O_WRONLY | O_NONBLOCK | (call.has('no-create') ? 0 : O_CREAT), 0o666);
  } catch (error) {
    if (error instanceof LinuxError && error.errno === ENOENT && call.has('no-create')) return true;
    call.warnOf(error, `cannot open ${quote(path)} for writing`);
    return false;
  }
  try {
    const status = process.fstat(fd);
    const unit = call.has('io-blocks') ? status.blksize : 1;
    if (target.relation !== '' && !isRegular(status.mode)) {
      call.warn(`cannot get the size of ${quote(path)}`);
      return false;
    }
    const size = resize(status.size, { relation: target.relation, size: target.size * unit });
    if (!Number.isSafeInteger(size)) {
      call.warn(`failed to truncate ${quote(path)} at ${size} bytes: File too large`);
      return false;
    }
    return set(call, fd, path, size);
  } finally {
    process.close(fd);
  }
}

function set(call: Call, fd: number, path: string, size: number): boolean {
  try {
    call.process.ftruncate(fd, size);
    return true;
  } catch (error) {
    call.warnOf(error, `failed to truncate ${quote(path)} at ${size} bytes`);
    return false;
  }
}
