/**
 * What a sub-command of `tuxfs` is.
 */

export interface CliCommand {
  readonly name: string;
  /** Its command line, without `tuxfs NAME`. */
  readonly synopsis: string;
  readonly summary: string;
  /** What `tuxfs NAME --help` prints below the summary. */
  readonly help: string;
  /** The exit status. */
  run(words: readonly string[]): Promise<number>;
}

/** A wrong command line: one line, status 2. */
export class CliUsageError extends Error {
  override name = 'CliUsageError';
}

export function usage(message: string): never {
  throw new CliUsageError(message);
}
