/**
 * The kernel's log and /dev/kmsg, 1:11. Linux: kernel/printk/printk.c, printk_ringbuffer.c.
 *
 * One write is one record, one read is one record. As Linux: a record whose text did not end in a newline can still be continued,
 * so readers see it only when the next one begins.
 */
import { CAP_SYSLOG } from '../abi/capability.ts';
import { EINVAL, EPERM, EPIPE, ESPIPE, LinuxError } from '../abi/errno.ts';
import { O_ACCMODE, O_WRONLY, SEEK_DATA, SEEK_END, SEEK_SET } from '../abi/fcntl.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../abi/poll.ts';
import type { Clock } from '../vfs/clock.ts';
import { FileDescription } from '../vfs/file-description.ts';
import type { DeviceOpen } from '../vfs/device.ts';
import { WaitQueue, WOULD_BLOCK, type WouldBlock } from '../vfs/wait.ts';

/** The longest line that can be written; its last byte is the terminator's. Linux: PRINTKRB_RECORD_MAX. */
export const PRINTKRB_RECORD_MAX = 1024;
/** The longest record as it is read, escapes included. Linux: PRINTK_MESSAGE_MAX. */
export const PRINTK_MESSAGE_MAX = 2048;
/** Bytes of text kept: 1 << CONFIG_LOG_BUF_SHIFT. */
export const LOG_BUF_LEN: number = 1 << 17;
/** Records kept: one for every 32 bytes of text, as Linux sizes its descriptors. */
export const LOG_RECORDS: number = LOG_BUF_LEN >> 5;

const LOG_KERN = 0;
const LOG_USER = 1;
const DEFAULT_LEVEL = 4;
const NEWLINE = 10;

/** One message. Linux: struct printk_info and its text. */
export interface KernelRecord {
  readonly seq: number;
  readonly facility: number;
  readonly level: number;
  /** Microseconds since the log began. */
  readonly usec: number;
  readonly text: Uint8Array;
}

/** The ring of records. */
export class KernelLog {
  readonly clock: Clock;
  /** Oldest first; `records[0].seq` is the first valid one. */
  readonly records: KernelRecord[];
  /** Woken when a record can be read. */
  readonly waiters: WaitQueue;
  readonly limit: { readonly bytes: number; readonly records: number };
  nextSeq: number;
  /** Where SEEK_DATA goes: the first record after the last clear. */
  clearSeq: number;
  /** The newest record may still be continued, and is not shown yet. */
  open: boolean;
  bytes: number;
  readonly #start: { readonly sec: number; readonly nsec: number };

  constructor(clock: Clock, limit: { readonly bytes?: number; readonly records?: number } = {}) {
    this.clock = clock;
    this.records = [];
    this.waiters = new WaitQueue();
    this.limit = { bytes: limit.bytes ?? LOG_BUF_LEN, records: limit.records ?? LOG_RECORDS };
    this.nextSeq = 0;
    this.clearSeq = 0;
    this.open = false;
    this.bytes = 0;
    this.#start = clock.now();
  }

  /** A message of the kernel's own. Linux: printk(). */
  printk(level: number, message: string): void {
    this.store(LOG_KERN, level, new TextEncoder().encode(`${message}\n`));
  }

  /** Linux: vprintk_store(). A final newline closes the record and is not kept. */
  store(facility: number, level: number, bytes: Uint8Array): void {
    let text = bytes.subarray(0, PRINTKRB_RECORD_MAX - 1);
    this.open = text[text.length - 1] !== NEWLINE;
    if (!this.open) text = text.subarray(0, -1);
    this.records.push({ seq: this.nextSeq++, facility, level, usec: this.#elapsed(), text: text.slice() });
    this.bytes += text.length;
    while (this.records.length > 1 && (this.records.length > this.limit.records || this.bytes > this.limit.bytes)) {
      this.bytes -= (this.records.shift() as KernelRecord).text.length;
    }
    this.waiters.wake();
  }

  #elapsed(): number {
    const now = this.clock.now();
    return Math.max(0, (now.sec - this.#start.sec) * 1_000_000 + Math.floor((now.nsec - this.#start.nsec) / 1000));
  }

  /** The oldest record that can be read, or the one to come. */
  get firstSeq(): number {
    return this.records[0]?.seq ?? this.nextSeq;
  }

  /** One after the newest record that can be read. */
  get endSeq(): number {
    return this.open ? this.nextSeq - 1 : this.nextSeq;
  }

  /** The first readable record that is not older than `seq`. Linux: prb_read_valid(). */
  recordFrom(seq: number): KernelRecord | undefined {
    const from = Math.max(seq, this.firstSeq);
    return from < this.endSeq ? this.records[from - this.firstSeq] : undefined;
  }

  /** Linux: syslog(SYSLOG_ACTION_CLEAR). */
  clear(): void {
    this.clearSeq = this.endSeq;
  }
}

/** `prio,seq,usec,flags;text` with what is not printable escaped. Linux: info_print_ext_header(), msg_add_ext_text(). */
export function formatRecord(record: KernelRecord): Uint8Array {
  let line = `${record.facility * 8 + record.level},${record.seq},${record.usec},-;`;
  for (const byte of record.text) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    line += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  // What does not fit loses its end, the newline too.
  return new TextEncoder().encode(`${line}\n`.slice(0, PRINTK_MESSAGE_MAX));
}

export class KmsgDescription extends FileDescription {
  readonly log: KernelLog;
  /** The next record to read. */
  seq: number;

  constructor(log: KernelLog) {
    super();
    this.log = log;
    this.seq = log.firstSeq;
  }

  /** EPIPE once when records were lost · EINVAL a buffer that is too small: the record is passed over all the same. Linux: devkmsg_read(). */
  override read(into: Uint8Array): number | WouldBlock {
    const record = this.log.recordFrom(this.seq);
    if (record === undefined) return WOULD_BLOCK;
    if (record.seq !== this.seq) {
      this.seq = record.seq;
      throw new LinuxError(EPIPE);
    }
    this.seq = record.seq + 1;
    const line = formatRecord(record);
    if (line.length > into.length) throw new LinuxError(EINVAL);
    into.set(line);
    return line.length;
  }

  /** `<N>` before the text is the level and facility; the kernel's own facility is nobody else's. EINVAL a long line. Linux: devkmsg_write(). */
  override write(from: Uint8Array): number {
    if (from.length > PRINTKRB_RECORD_MAX) throw new LinuxError(EINVAL);
    const { priority, length } = parsePriority(from);
    const end = from.indexOf(0, length);
    const facility = (priority >>> 3) & 0xff;
    this.log.store(facility === LOG_KERN ? LOG_USER : facility, priority & 7, from.subarray(length, end === -1 ? from.length : end));
    return from.length;
  }

  /** ESPIPE anything but offset 0 · EINVAL SEEK_CUR, SEEK_HOLE. Linux: devkmsg_llseek(). */
  override seek(offset: number, whence: number): number {
    if (offset !== 0) throw new LinuxError(ESPIPE);
    if (whence === SEEK_SET) this.seq = this.log.firstSeq;
    else if (whence === SEEK_DATA) this.seq = this.log.clearSeq;
    else if (whence === SEEK_END) this.seq = this.log.endSeq;
    else throw new LinuxError(EINVAL);
    return 0;
  }

  override poll(): number {
    const record = this.log.recordFrom(this.seq);
    if (record === undefined) return 0;
    return record.seq === this.seq ? POLLIN | POLLRDNORM : POLLIN | POLLRDNORM | POLLERR | POLLPRI;
  }

  override get waitQueue(): WaitQueue {
    return this.log.waiters;
  }
}

/** What `<N>` says and how long it is; decimal digits, none meaning 0, modulo 2^32 as in C. */
function parsePriority(line: Uint8Array): { priority: number; length: number } {
  const none = { priority: DEFAULT_LEVEL, length: 0 };
  if (line[0] !== 0x3c /* < */) return none;
  let priority = 0;
  let index = 1;
  for (; index < line.length; index++) {
    const digit = (line[index] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    priority = (priority * 10 + digit) % 0x100000000;
  }
  return line[index] === 0x3e /* > */ ? { priority, length: index + 1 } : none;
}

/** EPERM: with kernel.dmesg_restrict, whoever may read needs CAP_SYSLOG. Linux: devkmsg_open(), check_syslog_permissions(). */
export function openKmsg(log: KernelLog, { caller, flags }: DeviceOpen): KmsgDescription {
  const mayRead = (flags & O_ACCMODE) !== O_WRONLY;
  const restricted = caller.vfs.sysctl['kernel.dmesg_restrict'] !== 0;
  if (mayRead && restricted && !caller.creds.has(CAP_SYSLOG)) throw new LinuxError(EPERM);
  return new KmsgDescription(log);
}
