/**
 * Faults on demand, for tests of error handling: the nth call that matches fails with an errno, moves fewer bytes, or takes its time.
 *
 * A faulty process is the process itself with some of its calls stood in for; its tree, descriptors and credentials are the same.
 */

import { checkInteger, mistaken } from '../abi/check.ts';
import * as errnos from '../abi/errno.ts';
import type { Process } from '../kernel/process.ts';
import { checkProcess } from './arguments.ts';

export interface Fault {
  /** The system call as `Process` names it: `open`, `write`, `rename`… */
  readonly call: string;
  /** Only calls with a path (or a new path) that is this text, or that this expression matches. A call on a descriptor has none. */
  readonly path?: string | RegExp;
  /** Which matching call, counted from 1; default every one. */
  readonly nth?: number;
  /** It fails: an errno, or its name. */
  readonly errno?: number | string;
  /** It moves at most this many bytes; of several buffers only the first. */
  readonly short?: number;
  /** Called before the call is made: to look, to step a clock, to wait in a worker. */
  readonly before?: (args: readonly unknown[]) => void;
}

interface Counted extends Omit<Fault, 'errno'> {
  readonly errno?: number | undefined;
  seen: number;
}

type Call = (...args: unknown[]) => unknown;

/** `process`, with faults. Give it to createFs(). */
export function withFaults(process: Process, faults: readonly Fault[]): Process {
  checkProcess(process);
  if (!Array.isArray(faults)) throw mistaken('faults', 'an array', faults);
  const counted = faults.map((fault: Fault, index) => checked(process, fault, `faults[${index}]`));
  const names = new Set(counted.map(({ call }) => call));
  const stand = new Map<string, Call>();
  return new Proxy(process, {
    get(target, name) {
      // What createFs() does in one step of its own, it then does call by call.
      if (name === 'faulty') return true;
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      const known = stand.get(name as string);
      if (known !== undefined) return known;
      const bound = (value as Call).bind(target);
      const call: Call = (...args) => {
        const made = callOf(name as string, args);
        return names.has(made) ? faulty(made, bound, counted, args) : bound(...args);
      };
      if (typeof name === 'string') stand.set(name, call);
      return call;
    },
  });
}

/** A fault that can happen, with its errno as a number. */
function checked(process: Process, fault: Fault, name: string): Counted {
  const { call, errno, nth = 1, short = 1, before } = Object(fault) as Fault;
  if (typeof (process as unknown as Record<string, unknown>)[call] !== 'function') {
    throw mistaken(`${name}.call`, "a system call that Process has, such as 'open' or 'write'", call);
  }
  if (errno === undefined && fault.short === undefined && before === undefined) {
    throw mistaken(name, 'given an errno, a short or a before', fault);
  }
  for (const [key, value] of Object.entries({ nth, short })) {
    checkInteger(value, `${name}.${key}`);
    if (value < 1) throw mistaken(`${name}.${key}`, '1 or more', value);
  }
  return { ...fault, errno: errno === undefined ? undefined : errnoOf(errno, name), seen: 0 };
}

/** The system call behind a method: two ask stat(2) or lstat(2) in a way that answers where those fail. */
function callOf(method: string, args: readonly unknown[]): string {
  if (method !== 'statIfExists' && method !== 'statOrErrno') return method;
  return args[1] === false ? 'lstat' : 'stat';
}

function faulty(name: string, run: Call, faults: readonly Counted[], args: unknown[]): unknown {
  let given = args;
  // A call counts for every fault that it matches, whichever of them strikes.
  const due = faults.filter((fault) => fault.call === name && matches(fault.path, args) && ++fault.seen === (fault.nth ?? fault.seen));
  for (const fault of due) {
    fault.before?.(args);
    if (fault.errno !== undefined) {
      const error = new errnos.LinuxError(fault.errno);
      error.syscall = name;
      const path = args.find((arg) => typeof arg === 'string');
      if (path !== undefined) error.path = path as string;
      throw error;
    }
    if (fault.short !== undefined) {
      const { short } = fault;
      const cut = (arg: unknown): unknown => (arg instanceof Uint8Array ? arg.subarray(0, short) : arg);
      given = given.map((arg) => (Array.isArray(arg) ? arg.slice(0, 1).map(cut) : cut(arg)));
    }
  }
  return run(...given);
}

function matches(path: Fault['path'], args: readonly unknown[]): boolean {
  if (path === undefined) return true;
  return args.some((arg) => typeof arg === 'string' && (typeof path === 'string' ? arg === path : arg.search(path) !== -1));
}

/** Numbers beyond it are no errors. Linux: MAX_ERRNO. */
const MAX_ERRNO = 4095;

/** `ENOSPC` by name or number. */
function errnoOf(errno: number | string, name: string): number {
  const number = typeof errno === 'number' ? errno : (errnos as Readonly<Record<string, unknown>>)[errno];
  if (Number.isInteger(number) && (number as number) > 0 && (number as number) <= MAX_ERRNO) return number as number;
  throw mistaken(`${name}.errno`, "an errno, such as 'EIO'", errno);
}
