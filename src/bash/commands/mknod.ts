/**
 * mknod(1).
 */
import { makedev, S_IFBLK, S_IFCHR, S_IFIFO } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { parseCreationMode } from '../modes.ts';
import { quote } from '../quote.ts';

const TYPES: Readonly<Record<string, number>> = { b: S_IFBLK, c: S_IFCHR, u: S_IFCHR, p: S_IFIFO };

export const mknod: CommandDefinition = {
  name: 'mknod',
  synopsis: ['[OPTION]... NAME TYPE [MAJOR MINOR]'],
  summary: 'Make the special file NAME: a block device (b), a character device (c or u) or a FIFO (p).',
  options: [{ short: 'm', long: 'mode', argument: 'MODE', help: 'permissions as of chmod, not a=rw less the umask' }],
  run,
};

function run(call: Call): number {
  const [name, type] = call.operands;
  if (name === undefined) return call.usage('missing operand');
  if (type === undefined) return call.usage(`missing operand after ${quote(name)}`);
  const format = TYPES[type];
  const fifo = format === S_IFIFO;
  const wanted = fifo ? 2 : 4;
  if (call.operands.length < wanted) return call.usage(`missing operand after ${quote(call.operands.at(-1) as string)}`);
  if (call.operands.length > wanted) {
    return call.usage(`extra operand ${quote(call.operands[wanted] as string)}`);
  }
  if (format === undefined) return call.usage(`invalid device type ${quote(type)}`);
  const numbers = fifo ? [0, 0] : [deviceNumber(call, 'major'), deviceNumber(call, 'minor')];
  makeNode(call, name, { format, device: makedev(numbers[0] as number, numbers[1] as number) });
  return 0;
}

function deviceNumber(call: Call, which: 'major' | 'minor'): number {
  const text = call.operands[which === 'major' ? 2 : 3] as string;
  const number = /^0[xX][0-9a-fA-F]+$|^[1-9]\d*$|^0$/.test(text)
    ? Number(text)
    : /^0[0-7]+$/.test(text)
      ? Number.parseInt(text, 8)
      : Number.NaN;
  return Number.isSafeInteger(number) && number <= 0xffffffff ? number : call.fail(`invalid ${which} device number ${quote(text)}`);
}

function makeNode(call: Call, name: string, { format, device }: { readonly format: number; readonly device: number }): void {
  const { process } = call;
  const mode = creationMode(call, 0o666);
  try {
    process.mknod(name, format | (mode ?? 0o666), device);
    if (mode !== undefined) process.chmod(name, mode);
  } catch (error) {
    call.warnAt(error, name);
    call.fail('', 1);
  }
}

/** The argument of -m, which the umask does not touch. */
export function creationMode(call: Call, base: number): number | undefined {
  const text = call.value('mode');
  if (text === undefined) return undefined;
  const umask = call.process.umask(0);
  call.process.umask(umask);
  const mode = parseCreationMode(text, base, umask);
  if (mode === undefined) return call.fail('invalid mode');
  return (mode & ~0o777) === 0 ? mode : call.fail('mode must specify only file permission bits');
}
