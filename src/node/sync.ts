/**
 * Everything synchronous, in one object: the other forms are made of it.
 */

import type { Process } from '../kernel/process.ts';
import { type AnyOptions, checkSignal, toPath } from './arguments.ts';
import { cpCalls, cpOptions } from './cp.ts';
import { unlessAborted } from './deliver.ts';
import { type DescriptorCalls, descriptorCalls } from './descriptors.ts';
import { type Dir, opendirCall } from './dir.ts';
import { type DirectoryCalls, directoryCalls } from './directories.ts';
import { type PathCalls, pathCalls } from './paths.ts';
import { rmCall } from './rm.ts';
import { type WholeFileCalls, wholeFileCalls } from './whole-files.ts';

export interface SyncCalls extends PathCalls, DescriptorCalls, WholeFileCalls, DirectoryCalls {
  rmSync(path: unknown, options?: unknown): void;
  cpSync(src: unknown, dest: unknown, options?: unknown): void;
  opendirSync(path: unknown, options?: unknown): Dir;
  /** cp with a filter that may be asynchronous. */
  cpAsync(src: unknown, dest: unknown, options?: unknown): Promise<void>;
  /** What cp throws about its arguments. */
  checkCp(src: unknown, dest: unknown, options?: unknown): void;
}

export function syncCalls(process: Process, readLimit: number): SyncCalls {
  const wholeFiles = wholeFileCalls(process, readLimit);
  const directories = directoryCalls(process);
  const { cpSync, cpAsync } = cpCalls(process, { copyFileSync: wholeFiles.copyFileSync, mkdirSync: directories.mkdirSync });
  return {
    ...pathCalls(process),
    ...descriptorCalls(process),
    ...wholeFiles,
    ...directories,
    rmSync: rmCall(process),
    opendirSync: opendirCall(process),
    cpSync,
    cpAsync,
    checkCp(src, dest, options): void {
      toPath(src, 'src');
      toPath(dest, 'dest');
      cpOptions(options);
    },
  };
}

/** What the asynchronous forms call, where they differ: stat and its kin take a signal, and only the synchronous lstat has nothing for an answer. */
export function laterForms(sync: SyncCalls, check: (options: unknown, name: string) => AnyOptions): SyncCalls {
  const later =
    (name: 'fstatSync' | 'lstatSync' | 'statSync') =>
    (of: unknown, options?: unknown): unknown => {
      if (options === undefined) return sync[name](of);
      const { bigint, signal, throwIfNoEntry } = check(options, 'options');
      const run = (): unknown => sync[name](of, { bigint, throwIfNoEntry: name === 'lstatSync' || throwIfNoEntry } as object);
      return signal === undefined ? run() : unlessAborted(checkSignal(signal)).then(run);
    };
  const [fstatSync, lstatSync, statSync] = (['fstatSync', 'lstatSync', 'statSync'] as const).map(later);
  return { ...sync, fstatSync, lstatSync, statSync } as SyncCalls;
}
