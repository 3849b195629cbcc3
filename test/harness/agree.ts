/**
 * Two kernels agree on a case when its calls leave the same lines on both.
 */
import { expect } from 'vitest';

/** What these answer is the machine's own: there the case's expectations count, if they hold on the host. */
const OF_THE_MACHINE = /"(?:[^"]*\/)?proc[/"]|"(?:[^"]*\/)?(?:u?random|kmsg|devtmpfs)"/;

/** Holds what a case saw on tuxfs (record.ts) against what it saw elsewhere. */
export function agree(ours: readonly string[], host: readonly string[]): void {
  const deviates = host.filter((line) => line.startsWith('deviates: '));
  if (deviates.length > 0 || host.some((line) => OF_THE_MACHINE.test(line))) {
    expect(ours.filter((line) => line.startsWith('deviates: '))).toEqual(deviates);
    if (host.at(-1) === 'ended') expect(ours.at(-1)).toBe('ended');
    return;
  }
  // Linux lists a directory in another order; a case that goes by the listing makes its calls in that order.
  const listing = host.some((line) => line.includes(' getdents('));
  const plain = (lines: readonly string[]): readonly string[] => lines.filter((line) => !/ getdents\(.* = done$/.test(line));
  if (listing && plain(ours).join() !== plain(host).join()) expect(plain(ours).toSorted()).toEqual(plain(host).toSorted());
  else expect(plain(ours)).toEqual(plain(host));
}
