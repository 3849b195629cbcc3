/**
 * Tables of calls that are made on both kernels and must end alike: no expectation is written down, the host's answer is it.
 */
import { describe, expect, it } from 'vitest';
import { hostSubject } from './host-subject.ts';
import { canCompare } from './not-compared.ts';
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

/** `call` sets up, does one thing and tells the row and what came of it. One that changes who the process is wants `own` ones. */
export function compare<Row>(
  name: string,
  rows: readonly Row[],
  call: (p: SubjectProcess, row: Row, one: SubjectCase) => string,
  options: { readonly own?: boolean } = {},
): void {
  describe(name, () => {
    if (!canCompare(name)) {
      it('has an answer', () => expect(lines(tuxfsSubject, rows, call, options.own === true)).toHaveLength(rows.length));
      return;
    }
    it('answers as the host', () => {
      const linux = lines(hostSubject, rows, call, options.own === true);
      const ours = lines(tuxfsSubject, rows, call, options.own === true);
      expect(ours.filter((line, i) => line !== linux[i])).toEqual(linux.filter((line, i) => line !== ours[i]));
    });
  });
}
