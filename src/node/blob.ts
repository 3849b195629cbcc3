/**
 * openAsBlob: a file as a Blob. What is in the file when the Blob is made is what it holds.
 */

import { checkString, objectOptions, toPath } from './arguments.ts';
import { notHere } from './host.ts';
import type { SyncCalls } from './sync.ts';

type BlobClass = new (parts: Uint8Array[], options: { type: string }) => object;

export function blobCalls(sync: SyncCalls): {
  openAsBlobSync(path: unknown, options?: unknown): object;
  openAsBlob(path: unknown, options?: unknown): Promise<object>;
} {
  const typeOf = (options: unknown): string => {
    const { type } = objectOptions(options);
    return type === undefined ? '' : checkString(type, 'options.type');
  };

  function openAsBlobSync(path: unknown, options: unknown = {}): object {
    const type = typeOf(options);
    const { Blob } = globalThis as unknown as { Blob?: BlobClass };
    if (Blob === undefined) throw notHere('openAsBlob() needs Blob');
    return new Blob([sync.readFileSync(path) as Uint8Array], { type });
  }

  function openAsBlob(path: unknown, options: unknown = {}): Promise<object> {
    // What is wrong with the arguments is thrown, not rejected.
    typeOf(options);
    toPath(path);
    return (async () => openAsBlobSync(path, options))();
  }

  return { openAsBlobSync, openAsBlob };
}
