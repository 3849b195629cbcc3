/** memfs: the in-memory filesystem most tests use. */
import { memfs } from 'memfs';
import type { Files } from './files.ts';
import { type NodeLike, nodeLikeFiles } from './node-like.ts';

export function open(): Files {
  return nodeLikeFiles(memfs({}).fs as unknown as NodeLike, '/');
}
