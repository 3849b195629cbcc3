/**
 * Tables of calls that are made on both kernels, and on a tree of ours mounted in the host's, and must end alike: no expectation is
 * written down, the host's answer is it.
 */
import { describe, expect, it } from 'vitest';
import { hostSubject } from './host-subject.ts';
import { FUSE_DEVIATIONS } from '../deviations.ts';
import { mountedSubject } from './mounted-subject.ts';
import { canCompare, canMount } from './not-compared.ts';
import { otherRegister } from './register.ts';
import type { Subject, SubjectCase, SubjectProcess } from './subject.ts';
import { tuxfsSubject } from './tuxfs-subject.ts';

/** The errno's name, `OK`, or an answer that can be compared. */
export function answer(call: () => unknown): string {
  try {
    const result = call();
    return typeof result === 'number' || typeof result === 'string' ? String(result) : 'OK';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
}

/** One line for each row: what `call` makes of it, by a root process whose working directory is new and empty. */
function lines<Row>(
  subject: Subject,
  rows: readonly Row[],
  call: (p: SubjectProcess, row: Row, one: SubjectCase) => string,
  own: boolean,
): string[] {
  const one = subject.open();
  try {
    let p = one.spawn();
    return rows.map((row, i) => {
      if (own) p = one.spawn();
      else p.close_range(0, 200, 0);
      p.umask(0);
      p.mkdir(`/case/row-${i}`, 0o777);
      p.chdir(`/case/row-${i}`);
      p.umask(0o022);
      const line = call(p, row, one);
      if (own) p.exit();
      return line;
    });
  } finally {
    one.close();
  }
}

export interface CompareOptions {
  /** A row changes who the process is, so each has one of its own. */
  readonly own?: boolean;
  /** What FUSE makes of the host's lines, by the name in test/deviations.ts. */
  readonly throughFuse?: readonly (readonly [id: keyof typeof FUSE_DEVIATIONS, linux: RegExp, mounted: string])[];
}

/** The line that is right through a mount. */
function throughFuse(line: string, { throughFuse: changes = [] }: CompareOptions): string {
  return changes.reduce((text, [id, linux, mounted]) => {
    if (FUSE_DEVIATIONS[id] === undefined) throw new Error(`${id} is not listed in test/deviations.ts`);
    return text.replace(linux, mounted);
  }, line);
}

/** `call` sets up, does one thing and tells the row and what came of it. One that changes who the process is wants `own` ones. */
export function compare<Row>(
  name: string,
  rows: readonly Row[],
  call: (p: SubjectProcess, row: Row, one: SubjectCase) => string,
  options: CompareOptions = {},
): void {
  describe(name, () => {
    const own = options.own === true;
    const register = otherRegister();
    if (register !== undefined) {
      register('answers as the host', (subject) => void lines(subject, rows, call, own));
      return;
    }
    if (!canCompare(name)) {
      it('has an answer', () => expect(lines(tuxfsSubject, rows, call, own)).toHaveLength(rows.length));
      return;
    }
    let known: string[] | undefined;
    const linux = (): string[] => {
      known ??= lines(hostSubject, rows, call, own);
      return known;
    };
    const same = (ours: string[], theirs: string[]): void =>
      expect(ours.filter((line, i) => line !== theirs[i])).toEqual(theirs.filter((line, i) => line !== ours[i]));
    it('answers as the host', () => same(lines(tuxfsSubject, rows, call, own), linux()));
    if (!canMount(name)) return;
    it('mounted ▸ answers as the host', () => {
      const right = linux().map((line) => throughFuse(line, options));
      same(lines(mountedSubject, rows, call, own), right);
    });
  });
}
