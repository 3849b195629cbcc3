/**
 * openAsBlob: a file as a Blob. What is in the file when the Blob is made is what it holds.
 */

import { checkString, objectOptions } from './arguments.ts';
import { notHere } from './host.ts';
import type { SyncCalls } from './sync.ts';

type BlobClass = new (parts: Uint8Array[], options: { type: string }) => object;

export function blobCalls(sync: SyncCalls): {
  openAsBlobSync(path: unknown, options?: unknown): object;
  openAsBlob(path: unknown, options?: unknown): Promise<object>;
} {
  function openAsBlobSync(path: unknown, options: unknown = {}): object {
    const { type = '' } = objectOptions(options);
    checkString(type, 'options.type');
    const { Blob } = globalThis as unknown as { Blob?: BlobClass };
    if (Blob === undefined) throw notHere('openAsBlob() needs Blob');
    sync.statSync(path);
    return new Blob([sync.readFileSync(path) as Uint8Array], { type: type as string });
  }

  /** What is wrong is thrown, not rejected. */
  function openAsBlob(path: unknown, options: unknown = {}): Promise<object> {
    return Promise.resolve(openAsBlobSync(path, options));
  }

  return { openAsBlobSync, openAsBlob };
}
