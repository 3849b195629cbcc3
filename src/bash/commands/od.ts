/**
 * od(1).
 */
import { LinuxError } from '../../abi/errno.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';
import { parseSize } from '../sizes.ts';

export const od: CommandDefinition = {
  name: 'od',
  synopsis: ['[OPTION]... [FILE]...'],
  summary: 'Print FILEs, standard input by default or for -, as numbers.',
  options: [
    { short: 'A', long: 'address-radix', argument: 'RADIX', help: 'offsets in radix d, o, x or n for none' },
    { long: 'endian', argument: 'ORDER', help: 'the order of bytes: big or little' },
    { short: 'j', long: 'skip-bytes', argument: 'BYTES', help: 'skip BYTES first' },
    { short: 'N', long: 'read-bytes', argument: 'BYTES', help: 'print no more than BYTES' },
    {
      short: 't',
      long: 'format',
      argument: 'TYPE',
      help: 'formats: a, c, and d f o u x with a size of 1 2 4 8 or C S I L F D; z adds the characters',
    },
    { short: 'v', long: 'output-duplicates', help: 'print equal lines, not *' },
    { short: 'w', long: 'width', argument: 'BYTES', optional: true, help: 'BYTES on each line: 16, or 32 where only -w is given' },
    { short: 'a', help: 'as -t a' },
    { short: 'b', help: 'as -t o1' },
    { short: 'c', help: 'as -t c' },
    { short: 'd', help: 'as -t u2' },
    { short: 'f', help: 'as -t fF' },
    { short: 'i', help: 'as -t dI' },
    { short: 'l', help: 'as -t dL' },
    { short: 'o', help: 'as -t o2' },
    { short: 's', help: 'as -t d2' },
    { short: 'x', help: 'as -t x2' },
  ],
  notes: ['Traditional offsets after the file name are not known.'],
  run,
};

const TRADITIONAL: Readonly<Record<string, string>> = {
  a: 'a',
  b: 'o1',
  c: 'c',
  d: 'u2',
  f: 'fF',
  i: 'dI',
  l: 'dL',
  o: 'o2',
  s: 'd2',
  x: 'x2',
};
const SIZES: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };
const NAMES =
  'nul soh stx etx eot enq ack bel  bs  ht  nl  vt  ff  cr  so  si dle dc1 dc2 dc3 dc4 nak syn etb can  em sub esc  fs  gs  rs  us  sp'.split(
    / +/,
  );
const LETTERS: Readonly<Record<number, string>> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' };

interface Format {
  readonly kind: string;
  readonly size: number;
  /** Characters of one number, without the blank before it. */
  readonly width: number;
  readonly text: boolean;
  /** Width of one number in this listing, once all formats are known. */
  field: number;
}

async function run(call: Call): Promise<number> {
  const formats = formatsOf(call);
  const width = lineWidth(call, formats);
  setFields(formats, width);
  const radix = call.value('address-radix') ?? 'o';
  if (!['d', 'o', 'x', 'n'].includes(radix)) call.fail(`invalid output address radix '${radix}'; it must be one character from [doxn]`);
  const skip = bytesOf(call, 'skip-bytes') ?? 0;
  const limit = bytesOf(call, 'read-bytes') ?? Number.POSITIVE_INFINITY;
  const endian = call.value('endian');
  if (endian !== undefined && !['big', 'little'].includes(endian)) call.usage(`invalid argument ${quote(endian)} for '--endian'`);
  const input = new Input(call, limit);
  if (!(await input.skip(skip))) call.fail('cannot skip past end of combined input');
  const dump = new Dump(call, { formats, width, radix, big: endian === 'big', offset: skip });
  for (;;) {
    const bytes = await input.take(width);
    if (bytes.length > 0) dump.line(bytes, bytes.length < width);
    if (bytes.length < width) break;
  }
  if (input.opened) dump.end();
  return input.status;
}

function bytesOf(call: Call, key: string): number | undefined {
  const text = call.value(key);
  if (text === undefined) return undefined;
  const hex = /^0[xX][0-9a-fA-F]+$/.test(text) ? Number.parseInt(text, 16) : /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
  const size = hex ?? parseSize(text, 'bkKmMGTPEZY');
  return size ?? call.fail(`invalid ${key === 'skip-bytes' ? '-j' : '-N'} argument ${quote(text)}`);
}

function formatsOf(call: Call): Format[] {
  const formats: Format[] = [];
  for (const { key, value } of call.given) {
    const text = key === 'format' ? (value as string) : TRADITIONAL[key];
    if (text !== undefined) formats.push(...parseFormats(call, text));
  }
  return formats.length === 0 ? parseFormats(call, 'o2') : formats;
}

function parseFormats(call: Call, text: string): Format[] {
  const formats: Format[] = [];
  const pattern = /([ac])(z?)|([doux])(\d+|[CSIL])?(z?)|(f)(\d+|[FDL])?(z?)/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) call.fail(`invalid character '${text[at]}' in type string ${quote(text)}`);
    const kind = (match[1] ?? match[3] ?? match[6]) as string;
    const given = match[4] ?? match[7];
    const size = match[1] !== undefined ? 1 : given === undefined ? (kind === 'f' ? 8 : 4) : (SIZES[given] ?? Number(given));
    const allowed = kind === 'f' ? [4, 8] : [1, 2, 4, 8];
    if (!allowed.includes(size)) {
      const what = kind === 'f' ? 'floating point' : 'integral';
      call.fail(`invalid type string ${quote(text)};\nthis system doesn't provide a ${size}-byte ${what} type`);
    }
    formats.push({ kind, size, width: fieldWidth(kind, size), text: (match[2] ?? match[5] ?? match[8]) === 'z', field: 0 });
  }
  return formats;
}

/** The widest number of a type. */
function fieldWidth(kind: string, size: number): number {
  const bits = size * 8;
  switch (kind) {
    case 'o':
      return Math.ceil(bits / 3);
    case 'x':
      return bits / 4;
    case 'u':
      return String(2n ** BigInt(bits) - 1n).length;
    case 'd':
      return String(2n ** BigInt(bits - 1)).length + 1;
    case 'f':
      return size === 4 ? 15 : 24;
    default:
      return 3;
  }
}

/** GNU: a line holds whole numbers of every format. */
function lineWidth(call: Call, formats: readonly Format[]): number {
  const unit = formats.reduce((most, { size }) => Math.max(most, size), 1);
  if (!call.has('width')) return 16;
  const text = call.value('width');
  const width = text === undefined ? 32 : parseSize(text, 'bkKmMGTPEZY');
  if (width !== undefined && width > 0 && width % unit === 0 && width <= 1024 * 1024) return width;
  if (text !== undefined && (width === undefined || width === 0)) call.fail(`invalid -w argument ${quote(text)}`);
  call.warn(`warning: invalid width ${text ?? 32}; using ${unit} instead`);
  return unit;
}

/** Narrow formats are spread, so that the lines of one offset stand below each other. */
function setFields(formats: readonly Format[], width: number): void {
  const total = formats.reduce((most, { size, width: field }) => Math.max(most, (field + 1) * (width / size)), 0);
  for (const format of formats) format.field = total / (width / format.size);
}

/** Files read one after another, as one. */
class Input {
  readonly call: Call;
  status = 0;
  /** Some file could be opened: where none could, not even the last offset is printed. */
  opened = false;
  #paths: string[];
  #fd = -1;
  #path = '';
  #left: number;

  constructor(call: Call, limit: number) {
    this.call = call;
    this.#paths = call.operands.length === 0 ? ['-'] : [...call.operands];
    this.#left = limit;
  }

  async skip(bytes: number): Promise<boolean> {
    const limit = this.#left;
    this.#left = Number.POSITIVE_INFINITY;
    for (let left = bytes; left > 0; ) {
      const part = await this.take(Math.min(left, 65536));
      if (part.length === 0) return false;
      left -= part.length;
    }
    this.#left = limit;
    return true;
  }

  /** `count` bytes, fewer at the end. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.min(count, this.#left));
    let length = 0;
    while (length < bytes.length && this.#open()) {
      try {
        const more = await this.call.read(this.#fd, bytes.subarray(length));
        length += more;
        if (more === 0) this.#close();
      } catch (error) {
        this.call.warnAt(error, this.#path);
        this.status = 1;
        this.#close();
      }
    }
    this.#left -= length;
    return bytes.subarray(0, length);
  }

  #open(): boolean {
    while (this.#fd < 0) {
      const path = this.#paths.shift();
      if (path === undefined) return false;
      try {
        this.#fd = this.call.openInput(path);
        this.opened = true;
        this.#path = path === '-' ? 'standard input' : path;
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        this.call.warnAt(error, path);
        this.status = 1;
      }
    }
    return true;
  }

  #close(): void {
    this.call.closeInput(this.#fd);
    this.#fd = -1;
  }
}

interface DumpOptions {
  readonly formats: readonly Format[];
  readonly width: number;
  readonly radix: string;
  readonly big: boolean;
  readonly offset: number;
}

class Dump {
  readonly call: Call;
  readonly options: DumpOptions;
  #offset: number;
  #previous: Uint8Array | undefined;
  #repeating = false;

  constructor(call: Call, options: DumpOptions) {
    this.call = call;
    this.options = options;
    this.#offset = options.offset;
  }

  line(bytes: Uint8Array, last: boolean): void {
    const same = !last && !this.call.has('output-duplicates') && this.#previous !== undefined && equal(bytes, this.#previous);
    if (same) {
      if (!this.#repeating) this.call.print('*\n');
      this.#repeating = true;
    } else {
      this.#repeating = false;
      this.#previous = bytes;
      this.options.formats.forEach((format, i) => {
        const before = i === 0 ? this.#address() : ' '.repeat(this.#address().length);
        this.call.print(`${before}${this.#row(format, bytes)}\n`);
      });
    }
    this.#offset += bytes.length;
  }

  end(): void {
    const address = this.#address();
    if (address !== '') this.call.print(`${address}\n`);
  }

  #address(): string {
    switch (this.options.radix) {
      case 'd':
        return String(this.#offset).padStart(7, '0');
      case 'x':
        return this.#offset.toString(16).padStart(6, '0');
      case 'o':
        return this.#offset.toString(8).padStart(7, '0');
      default:
        return '';
    }
  }

  #row(format: Format, bytes: Uint8Array): string {
    const { size } = format;
    const count = Math.ceil(bytes.length / size);
    const padded = new Uint8Array(count * size);
    padded.set(bytes);
    const view = new DataView(padded.buffer);
    let row = '';
    // Where fields do not divide evenly the blanks are spread, as GNU spreads them.
    const fields = this.options.width / size;
    const blanks = format.field * fields - format.width * fields;
    let left = blanks;
    for (let i = 0; i < count; i++) {
      const next = Math.floor((blanks * (fields - i - 1)) / fields);
      row += numberText(view, i * size, format, !this.options.big).padStart(left - next + format.width);
      left = next;
    }
    if (!format.text) return row;
    const width = this.options.width / size;
    const missing = width - count;
    const gap = ' '.repeat(missing * format.field);
    return `${row}${gap}  >${[...bytes].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')}<`;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function numberText(view: DataView, at: number, { kind, size, width }: Format, little: boolean): string {
  if (kind === 'a') return namedText(view.getUint8(at) & 127);
  if (kind === 'c') return characterText(view.getUint8(at));
  if (kind === 'f') return floatText(size === 4 ? view.getFloat32(at, little) : view.getFloat64(at, little), size);
  const signed = kind === 'd';
  let value: bigint;
  if (size === 1) value = BigInt(signed ? view.getInt8(at) : view.getUint8(at));
  else if (size === 2) value = BigInt(signed ? view.getInt16(at, little) : view.getUint16(at, little));
  else if (size === 4) value = BigInt(signed ? view.getInt32(at, little) : view.getUint32(at, little));
  else value = signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
  if (kind === 'o') return value.toString(8).padStart(width, '0');
  if (kind === 'x') return value.toString(16).padStart(width, '0');
  return value.toString();
}

function namedText(byte: number): string {
  if (byte === 127) return 'del';
  return byte <= 32 ? (NAMES[byte] as string) : String.fromCharCode(byte);
}

function characterText(byte: number): string {
  return LETTERS[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'));
}

/** The shortest digits that read back as the same number, as GNU's ftoastr prints them. */
function floatText(value: number, size: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0';
  for (let precision = size === 4 ? 6 : 15; ; precision++) {
    const text = general(value, precision);
    const back = size === 4 ? Math.fround(Number(text)) : Number(text);
    if (back === value || precision > 17) return text;
  }
}

/** printf's `%.*g`. */
function general(value: number, precision: number): string {
  if (value === 0) return '0';
  const [digits, power] = value.toExponential(precision - 1).split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < precision) {
    const text = value.toFixed(Math.max(0, precision - 1 - exponent));
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  }
  const mantissa = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
