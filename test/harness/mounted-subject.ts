/**
 * A tuxfs tree mounted in the running kernel as a subject: the host's processes, on our files, through FUSE. Each case has a directory
 * of one mount as its root.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostMachine, hostSubject } from './host-subject.ts';
import type { Subject, SubjectCase } from './subject.ts';

const COMMAND: string =
  [new URL('../../dist/cli/main.js', import.meta.url), new URL('../../../dist/cli/main.js', import.meta.url)]
    .map((url) => fileURLToPath(url))
    .find((path) => existsSync(path)) ?? '';

let tree: string | undefined;

/** Mounts once for a test file. The machine's first process unmounts when the file ends, however it ends. */
function mountedTree(): string {
  if (tree !== undefined) return tree;
  if (COMMAND === '') throw new Error('the command is not built: npm run build');
  const machine = hostMachine();
  const directory = mkdtempSync(join(tmpdir(), 'tuxfs-mounted-'));
  const words = [COMMAND, 'mount', '--background', '--type', 'tmpfs', '-o', 'dev,suid,mode=755', directory];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tuxfs mount: ${stderr}`);
  machine.pipe(0).call(['harness tree', directory]);
  tree = directory;
  return directory;
}

export const mountedSubject: Subject = {
  name: 'mounted',
  unavailable: hostSubject.unavailable ?? (existsSync('/dev/fuse') ? undefined : 'no /dev/fuse'),
  open(): SubjectCase {
    const directory = mountedTree();
    return hostMachine().open(directory);
  },
};
