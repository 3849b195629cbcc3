/**
 * What is left out where the host kernel cannot be driven. .ci/run takes such a line for a failure.
 */
import { hostSubject } from './host-subject.ts';
import { mountedSubject } from './mounted-subject.ts';

/** Test files have modules of their own, so that each says it once. */
let said = false;

/** Whether there is a host to compare with; if not, says so. */
export function canCompare(title: string): boolean {
  if (hostSubject.unavailable === undefined) return true;
  if (!said) process.stdout.write(`\nnot compared: ${title}, and what else is in its file: ${hostSubject.unavailable}\n`);
  said = true;
  return false;
}

let saidMounted = false;

/** Whether a tree can be mounted in the host's kernel; if not, says so. */
export function canMount(title: string): boolean {
  if (mountedSubject.unavailable === undefined) return true;
  if (!saidMounted) process.stdout.write(`\nnot run: ${mountedSubject.unavailable}: on a mount, ${title}, and what else is in its file\n`);
  saidMounted = true;
  return false;
}
