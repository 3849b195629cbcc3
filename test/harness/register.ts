/**
 * How a case of test/posix becomes a test: on each kernel, unless a test file puts another way in place before it imports the cases.
 */
import type { Subject } from './subject.ts';

/** Makes a test of a case, which can run on any subject. */
export type Register = (name: string, run: (subject: Subject) => void) => void;

/** Test files have modules of their own, so that this one's choice is its own. */
let register: Register | undefined;

export function registerCasesBy(other: Register): void {
  register = other;
}

export function otherRegister(): Register | undefined {
  return register;
}
