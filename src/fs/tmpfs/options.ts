/**
 * tmpfs's mount options. Linux: shmem_parse_one(), shmem_reconfigure(), shmem_show_options() of mm/shmem.c.
 */
import { EINVAL, LinuxError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../abi/limits.ts';

export interface TmpfsOptions {
  /** Pages; 0 is unlimited. */
  readonly blocks: number | undefined;
  /** 0 is unlimited. */
  readonly inodes: number | undefined;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly noswap: boolean;
  /** `inode32` or `inode64`, if one was given. */
  readonly inodeWidth: 32 | 64 | undefined;
}

/** Each a thousand and twenty-four times the one before. */
const SUFFIXES = ['', 'k', 'm', 'g', 't', 'p', 'e'];

/** Linux's memparse(): decimal, octal or hexadecimal, with a binary suffix. EINVAL when something else follows. */
function parseSize(text: string, memory: number): number {
  const match = /^(0x[0-9a-f]+|[0-9]+)([kmgtpe]?)(%?)$/i.exec(text);
  if (match === null) throw new LinuxError(EINVAL);
  const [, digits = '', suffix = '', percent = ''] = match;
  const isOctal = /^0[0-7]+$/.test(digits);
  const value = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  const bytes = value * 1024 ** SUFFIXES.indexOf(suffix.toLowerCase());
  return percent === '' ? bytes : Math.floor((bytes * memory) / 100);
}

function parseId(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new LinuxError(EINVAL);
  const id = Number(text);
  if (id >= 0xffffffff) throw new LinuxError(EINVAL);
  return id;
}

function parseMode(text: string): number {
  if (!/^[0-7]+$/.test(text)) throw new LinuxError(EINVAL);
  return Number.parseInt(text, 8) & 0o7777;
}

function noPercent(text: string): string {
  if (text.includes('%')) throw new LinuxError(EINVAL);
  return text;
}

/** Left to right, the last of a kind wins. EINVAL for an unknown option or a bad value. */
export function parseTmpfsOptions(data: string, memory: number): TmpfsOptions {
  const options: { -readonly [Key in keyof TmpfsOptions]: TmpfsOptions[Key] } = {
    blocks: undefined,
    inodes: undefined,
    mode: undefined,
    uid: undefined,
    gid: undefined,
    noswap: false,
    inodeWidth: undefined,
  };
  for (const token of data.split(',')) {
    if (token === '') continue;
    const equals = token.indexOf('=');
    const key = equals === -1 ? token : token.slice(0, equals);
    const value = equals === -1 ? undefined : token.slice(equals + 1);
    const argument = (): string => {
      if (value === undefined || value === '') throw new LinuxError(EINVAL);
      return value;
    };
    switch (key) {
      case 'size':
        options.blocks = Math.ceil(parseSize(argument(), memory) / PAGE_SIZE);
        break;
      case 'nr_blocks':
        options.blocks = parseSize(noPercent(argument()), memory);
        break;
      case 'nr_inodes':
        options.inodes = parseSize(noPercent(argument()), memory);
        break;
      case 'mode':
        options.mode = parseMode(argument());
        break;
      case 'uid':
        options.uid = parseId(argument());
        break;
      case 'gid':
        options.gid = parseId(argument());
        break;
      case 'noswap':
      case 'inode32':
      case 'inode64':
        if (value !== undefined) throw new LinuxError(EINVAL);
        if (key === 'noswap') options.noswap = true;
        else options.inodeWidth = key === 'inode32' ? 32 : 64;
        break;
      case 'huge':
        // Pages here have one size: what asks for no huge ones is accepted.
        if (argument() !== 'never') throw new LinuxError(EINVAL);
        break;
      case 'mpol':
        if (argument() !== 'default') throw new LinuxError(EINVAL);
        break;
      default:
        throw new LinuxError(EINVAL);
    }
  }
  return options;
}
