/** What the rows of the node:fs group ask of a contestant: an object like `node:fs`, and the calls of the system-call group by way of it. */
import type * as fs from 'node:fs';
import type { Files } from '../core/files.ts';
import { type NodeLike, nodeLikeFiles } from '../core/node-like.ts';

export interface NodeFiles extends Files {
  readonly fs: typeof fs;
}

export function nodeFiles(node: unknown, root: string): NodeFiles {
  return { ...nodeLikeFiles(node as NodeLike, root), fs: node as typeof fs };
}
