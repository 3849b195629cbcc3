/**
 * What the benchmark is made of. A group is one way in (system calls, `node:fs`, FUSE): its contestants, each in a file of its own, and its rows.
 *
 * Every pair of a row and a contestant runs in a process of its own, so that neither heap nor compiled code of one touches another; the rounds
 * of all contestants alternate, so that a busy moment of the machine hits all of them.
 */

/** How large a run is. */
export interface Scale {
  /** A smoke run: everything once, with tiny sizes; its figures mean nothing. */
  readonly quick: boolean;
  /** `full` entries, or what a smoke run makes of it. */
  count(full: number): number;
}

export interface Contestant<F> {
  readonly name: string;
  /** Why it takes no part on this machine. */
  readonly missing?: string;
  /** Imports the contestant and makes an empty filesystem. */
  open(): Promise<F>;
}

/** A prepared measurement. */
export interface Timed {
  /** Does the operation `times` times. */
  run(times: number): void | Promise<void>;
  /** Before and after each round, not measured. */
  before?(): void;
  after?(): void;
}

interface RowBase {
  readonly name: string;
  /** One line for the report. */
  readonly title: string;
  /** Only these contestants, by name; default all. */
  readonly only?: readonly string[];
  /** At most this times what the kernel's tmpfs takes through `node:fs`. */
  readonly target?: number;
  /** At most this, in the row's own unit. */
  readonly limit?: number;
}

/** CPU time of one operation, in nanoseconds: the minimum over the rounds. */
export interface TimedRow<F> extends RowBase {
  readonly kind: 'time';
  /** One `run(1)` is a whole job of that many operations, and a round is one job. */
  readonly job?: (scale: Scale) => number;
  setup(files: F, scale: Scale): Timed | Promise<Timed>;
}

/** A figure that is taken once a process: bytes, milliseconds. The minimum over a few processes. */
export interface FigureRow<F> extends RowBase {
  readonly kind: 'figure';
  readonly unit: 'B' | 'B/B' | 'ms' | 'KiB';
  /** How many processes. */
  readonly rounds: number;
  measure(contestant: Contestant<F>, scale: Scale): number | Promise<number>;
}

export type Row<F> = TimedRow<F> | FigureRow<F>;

export interface Group<F> {
  readonly name: string;
  /** The heading in the report. */
  readonly title: string;
  /** Ours first. */
  readonly contestants: readonly Contestant<F>[];
  readonly rows: readonly Row<F>[];
}

/** Nothing is measured here: the contestant cannot do it, and the report says so. */
export class Unsupported extends Error {}
