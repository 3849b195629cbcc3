/** ZenFS with its in-memory backend. */
import { fs } from '@zenfs/core';
import type { Files } from './files.ts';
import { type NodeLike, nodeLikeFiles } from './node-like.ts';

export function open(): Files {
  return nodeLikeFiles(fs as unknown as NodeLike, '/');
}
