/**
 * What a case sees: one line for each call that its processes make, with what came of it.
 *
 * Two kernels that answer a case alike leave the same lines. Of a call through `node:fs` the line has the result or all fields of the error; of a
 * call beside it (BESIDE in node-process.ts) the errno alone, since the case's own expectations look at the rest.
 */
import { BESIDE, NodeCallError } from './node-process.ts';
import type { SpawnOptions, Stat, Statfs, Subject, SubjectCase, SubjectProcess } from './subject.ts';

/** Runs a case on a subject and answers its lines. The last says how it ended, also where an expectation stopped it. */
export function record(subject: Subject, run: (subject: Subject) => void, user: SpawnOptions = {}): string[] {
  const lines: string[] = [];
  try {
    run({ ...subject, open: () => new RecordedCase(subject.open(), lines, user) });
    lines.push('ended');
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    if (name !== 'AssertionError' && code === undefined) throw error;
    lines.push(`stopped by ${name === 'AssertionError' ? 'an expectation' : code}`);
  }
  return lines;
}

class RecordedCase implements SubjectCase {
  private readonly own: SubjectCase;
  private readonly lines: string[];
  private readonly user: SpawnOptions;
  private processes: number;

  constructor(own: SubjectCase, lines: string[], user: SpawnOptions) {
    this.own = own;
    this.lines = lines;
    this.user = user;
    this.processes = 0;
  }

  spawn(options: SpawnOptions = {}): SubjectProcess {
    return this.recorded(this.own.spawn({ ...this.user, ...options }));
  }

  guard(path: string): void {
    this.own.guard(path);
  }

  deviates(id: string): void {
    this.lines.push(`deviates: ${id}`);
  }

  close(): void {
    this.own.close();
  }

  private recorded(process: SubjectProcess): SubjectProcess {
    const number = ++this.processes;
    return new Proxy(process, {
      get: (target, name: string) => {
        const call = target[name as keyof SubjectProcess] as (...args: unknown[]) => unknown;
        if (name === 'fork') return () => this.recorded(target.fork());
        return (...args: unknown[]) => {
          // Beside node:fs numbers may be the machine's: offsets in a directory, limits.
          const told = name in BESIDE ? args.filter((value) => typeof value === 'string') : args;
          const start = `${number} ${name}(${told.map(argument).join(', ')})`;
          try {
            const result = call.apply(target, args);
            this.lines.push(`${start} = ${name in BESIDE ? 'done' : answer(result, args[1])}`);
            return result;
          } catch (error) {
            const { code } = error as { code?: string };
            const beside = name in BESIDE || !(error instanceof NodeCallError) || error.fields.syscall === 'utimensat';
            this.lines.push(`${start} = ${beside ? code : JSON.stringify(error.fields)}`);
            throw error;
          }
        };
      },
    });
  }
}

function argument(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value) && value[0] instanceof Uint8Array) return `[${value.map(argument).join(', ')}]`;
  // Times may be counted from now.
  return Array.isArray(value) ? 'times' : (JSON.stringify(value) ?? 'nothing');
}

/** Without what differs from run to run: numbers of devices and inodes, times, what is free. */
function answer(result: unknown, into: unknown): string {
  if (result !== null && typeof result === 'object') {
    if ('nlink' in result) {
      const { mode, nlink, uid, gid, rdev, size, blksize, blocks } = result as Stat;
      return JSON.stringify({ mode: mode.toString(8), nlink, uid, gid, rdev, size, blksize, blocks });
    }
    if ('bsize' in result) {
      const { type, bsize, namelen } = result as Statfs;
      return JSON.stringify({ type, bsize, namelen });
    }
  }
  if (typeof result === 'number' && into instanceof Uint8Array) {
    return `${result} ${JSON.stringify(String.fromCharCode(...into.subarray(0, Math.min(result, 64))))}`;
  }
  return JSON.stringify(result) ?? 'done';
}
