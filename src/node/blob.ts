/**
 * openAsBlob: a file as a Blob. What is in the file when the Blob is made is what it holds.
 */

import { checkObject, checkString, toPath } from './arguments.ts';
import { codedError } from './errors.ts';
import type { SyncCalls } from './sync.ts';

type BlobClass = new (parts: Uint8Array[], options: { type: string }) => object;

export function blobCalls(sync: SyncCalls): {
  openAsBlobSync(path: unknown, options?: unknown): object;
  openAsBlob(path: unknown, options?: unknown): Promise<object>;
} {
  function openAsBlobSync(path: unknown, options?: unknown): object {
    const given = options === undefined ? {} : checkObject(options, 'options');
    const type = given['type'] === undefined ? '' : checkString(given['type'], 'options.type');
    const { Blob } = globalThis as unknown as { Blob?: BlobClass };
    if (Blob === undefined) throw codedError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'openAsBlob() needs Blob');
    return new Blob([sync.readFileSync(path) as Uint8Array], { type });
  }

  function openAsBlob(path: unknown, options?: unknown): Promise<object> {
    // What is wrong with the arguments is thrown, not rejected.
    const given = options === undefined ? {} : checkObject(options, 'options');
    if (given['type'] !== undefined) checkString(given['type'], 'options.type');
    toPath(path);
    return (async () => openAsBlobSync(path, options))();
  }

  return { openAsBlobSync, openAsBlob };
}
