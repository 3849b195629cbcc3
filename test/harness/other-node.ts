/**
 * Another version of Node than the one that runs the tests: what `npm run nodes` has installed in test/nodes. Where there is none, a
 * test says `not run`, which .ci/run takes for a failure.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The command of that version; if there is none, says that `title` is not run. */
export function otherNode(major: number, title: string): string | undefined {
  const name = `node-${major}-${process.platform}-${process.arch}`;
  const command = join(import.meta.dirname, '../nodes/node_modules', name, 'bin/node');
  if (existsSync(command)) return command;
  process.stdout.write(`\nnot run: ${title}: it needs Node ${major}, which \`npm run nodes\` installs\n`);
  return undefined;
}
