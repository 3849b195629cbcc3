/**
 * For tests that need the host's FUSE: whether it is there, and a mount that goes away again whatever happens.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kernel, type KernelOptions } from '../../src/index.ts';
import { type Mounted, type MountOptions, mount } from '../../src/fuse/index.ts';

export const hasFuse: boolean = existsSync('/dev/fuse') && process.geteuid?.() === 0;

/** Says what is left out, where .ci/run looks for it. */
export function sayNotRun(what: string): void {
  if (!hasFuse) console.log(`not run: no /dev/fuse: ${what}`);
}

export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'tuxfs-fuse-'));
}

export interface MountedTree {
  readonly kernel: Kernel;
  readonly directory: string;
  readonly mounted: Mounted;
  readonly errors: unknown[];
}

/** Mounts a kernel, served by this thread, for as long as `use` takes. */
export async function withMount(
  options: MountOptions & { kernel?: KernelOptions },
  use: (tree: MountedTree) => Promise<void>,
): Promise<void> {
  const kernel = new Kernel(options.kernel);
  const directory = newDirectory();
  const errors: unknown[] = [];
  const mounted = await mount(kernel, directory, { ...options, onError: (error) => void errors.push(error) });
  try {
    await use({ kernel, directory, mounted, errors });
  } finally {
    await mounted[Symbol.asyncDispose]();
    rmdirSync(directory);
  }
  if (errors.length > 0) throw errors[0];
}

export interface Outcome {
  readonly status: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, while this thread goes on serving. Node's spawn waits for the new program to start, so neither the program
 * nor its working directory may be on the mount: it goes there by itself.
 */
export function run(command: string, words: readonly string[], options: { readonly timeout?: number } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const { timeout = 30_000, ...rest } = options;
    execFile(
      command,
      words,
      { ...rest, timeout, encoding: 'utf8', maxBuffer: 1 << 26 },
      (error: ExecFileException | null, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, signal: error?.signal ?? null, stdout, stderr });
      },
    );
  });
}

/** A shell script with `directory` as its working directory. */
export function sh(directory: string, script: string): Promise<Outcome> {
  return run('sh', [
    '-c',
    `cd "$1" || exit 99
${script}`,
    'sh',
    directory,
  ]);
}
