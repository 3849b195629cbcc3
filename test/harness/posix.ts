/**
 * `posix('rename(2)', (t) => { t.it('replaces an empty directory', (p) => { … }); })`
 *
 * Every case is written once and runs on three subjects: `host ▸ …`, `tuxfs ▸ …`, and `mounted ▸ …`, the host's processes on a tuxfs
 * tree through FUSE. What it expects is what the host kernel does. Where tuxfs does something else on purpose, the case says so with
 * `t.deviation`, and where FUSE forces something else with `t.throughFuse`, by a name listed in test/deviations.ts.
 */
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { DEVIATIONS, FUSE_DEVIATIONS, OF_THE_TREE } from '../deviations.ts';
import { hostSubject } from './host-subject.ts';
import { mountedSubject } from './mounted-subject.ts';
import { canCompare, canMount } from './not-compared.ts';
import { otherRegister, type Register } from './register.ts';
import type { SpawnOptions, Subject, SubjectCase, SubjectProcess } from './subject.ts';
import { tuxfsSubject } from './tuxfs-subject.ts';

export type { SubjectProcess as Process } from './subject.ts';

/** A group of cases. */
export class Suite {
  private readonly register: Register;
  private subject: Subject | undefined;
  private current: SubjectCase | undefined;

  constructor(register: Register) {
    this.register = register;
    this.subject = undefined;
    this.current = undefined;
  }

  /** `p` is root in a fresh tmpfs; its working directory `/case` is empty and anyone may write there. */
  it(name: string, body: (p: SubjectProcess) => void): void {
    this.register(name, (subject) => {
      this.subject = subject;
      this.current = subject.open();
      try {
        body(this.current.spawn());
      } finally {
        this.current.close();
        this.current = undefined;
      }
    });
  }

  /** A case for each row of a table; `%s` in the name is the row's first value. */
  each<Row extends readonly unknown[]>(rows: readonly Row[], name: string, body: (p: SubjectProcess, ...row: Row) => void): void {
    for (const row of rows) {
      let at = 0;
      this.it(
        name.replace(/%[so]/g, (format) => show(row[at++], format)),
        (p) => body(p, ...row),
      );
    }
  }

  /** Another process of the case: the same filesystems and working directory, no descriptors. */
  spawn(options: SpawnOptions = {}): SubjectProcess {
    if (this.current === undefined) throw new Error('outside a case');
    return this.current.spawn(options);
  }

  /** Removes a tree when the case ends, however it ends: for what lives longer than the case. */
  guard(path: string): void {
    this.current?.guard(path);
  }

  /** An ordinary user. */
  user(uid: number, gid: number = uid, groups: readonly number[] = []): SubjectProcess {
    return this.spawn({ uid, gid, groups });
  }

  /** Linux's answer on the host, and on tuxfs the one that test/deviations.ts gives a reason for. */
  deviation<T>(id: keyof typeof DEVIATIONS, linux: T, tuxfs: T): T {
    if (DEVIATIONS[id] === undefined) throw new Error(`${id} is not listed in test/deviations.ts`);
    this.current?.deviates?.(id);
    const name = this.subject?.name;
    return name === 'tuxfs' || (name === 'mounted' && OF_THE_TREE.has(id)) ? tuxfs : linux;
  }

  /** Linux's answer, and through a mount the one that FUSE makes of it, with the reason in test/deviations.ts. */
  throughFuse<T>(id: keyof typeof FUSE_DEVIATIONS, linux: T, mounted: T): T {
    if (FUSE_DEVIATIONS[id] === undefined) throw new Error(`${id} is not listed in test/deviations.ts`);
    return this.subject?.name === 'mounted' ? mounted : linux;
  }
}

function show(value: unknown, format: string): string {
  if (format === '%o' && typeof value === 'number') return `0${value.toString(8)}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

const subjects = [
  { subject: hostSubject, can: canCompare },
  { subject: tuxfsSubject, can: () => true },
  { subject: mountedSubject, can: canMount },
];

export function posix(title: string, body: (t: Suite) => void): void {
  describe(title, () => {
    const register = otherRegister();
    if (register !== undefined) {
      body(new Suite(register));
      return;
    }
    for (const { subject, can } of subjects) {
      if (can(title)) body(new Suite((name, run) => it(`${subject.name} ▸ ${name}`, () => run(subject))));
    }
  });
}

export type ErrnoName = keyof typeof constants.errno;

/** The failure of `call`, which must be this one. */
export function expectErrno(name: ErrnoName | 'ENOTSUPP', call: () => unknown): void {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    const { code, errno, message } = error as { code?: string; errno?: number; message: string };
    if (code === undefined) throw error;
    expect(code, message).toBe(name);
    expect(errno).toBe(constants.errno[name as ErrnoName]);
    return;
  }
  expect(result === undefined ? 'success' : result, `expected ${name}`).toBe(name);
}

/** The errno's name, or 'OK': for tables of outcomes. */
export function outcome(call: () => unknown): string {
  try {
    call();
    return 'OK';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
}

export { expect };
