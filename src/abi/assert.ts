/**
 * BUG_ON: what must hold whatever the caller did. A failure is our mistake, so it is a real Error with a stack and no errno.
 */

export class AssertionError extends Error {
  override name = 'AssertionError';
}

export function assert(condition: unknown, message?: string): asserts condition {
  if (!condition) throw new AssertionError(message ?? 'assertion failed');
}
