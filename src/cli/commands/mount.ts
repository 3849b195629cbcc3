/**
 * tuxfs mount: a tree in the host's kernel until it is unmounted, or until Ctrl-C.
 */
import { spawn } from 'node:child_process';
import type { Ended } from '../../fuse/serve.ts';
import { type Mounted, mount as mountHere, mountInWorker } from '../../fuse/mount.ts';
import { type CliCommand, usage } from '../command.ts';
import { type MountWords, parseMountWords } from '../mount-options.ts';
import { inNamespace, inOneLine, isRoot, runInNamespace, thisProgram } from '../namespace.ts';
import makeTree, { TYPE_MOUNTPOINT } from '../tree.ts';

/** Set for the process that serves in the background: it reports to its parent. */
const REPORT = 'TUXFS_MOUNT_REPORT';
/** Set inside the user namespace. */
const INSIDE = 'TUXFS_MOUNT_NAMESPACE';

export const mount: CliCommand = {
  name: 'mount',
  synopsis: '[OPTION]... DIRECTORY',
  summary: 'Mount a fresh root, or one filesystem, for any program to use; Ctrl-C or umount ends it.',
  help: `  -t, --type TYPE          a filesystem type alone: tmpfs, devtmpfs, proc…
  -o OPTIONS               as mount(8): ro, dev, suid, noexec, noatime, and the filesystem's own (size=1g,mode=1777);
                           fsname=NAME is the source that /proc/mounts shows
      --load HOST:GUEST    copy a file or tree of the host to GUEST first; may be given several times
      --cache              the kernel keeps what it has seen: faster, for trees that only programs on the mount change
      --background         returns once mounted
      --driver WHICH       worker (default) or main: the thread that serves
      --supervise SECONDS  aborts the mount when nothing is answered for so long (default 10, 0 never)
`,
  run: (words) => inOneLine(() => run(words)),
};

async function run(words: readonly string[]): Promise<number> {
  const parsed = parseMountWords(words);
  const [directory, ...more] = parsed.rest;
  if (directory === undefined || more.length > 0) return usage('mount: wants one directory');
  if (parsed.background && process.env[REPORT] === undefined) return startInBackground(words);
  if (!isRoot() && process.env[INSIDE] === undefined) {
    process.env[INSIDE] = '1';
    return runInNamespace(['mount', ...words], { user: true });
  }
  return serve(directory, parsed);
}

/** Mounts as the words say. */
export async function mountTree(directory: string, words: MountWords): Promise<Mounted> {
  const { tree } = words;
  const options = { ...words.mount, ...(tree.type === undefined ? {} : { root: TYPE_MOUNTPOINT }) };
  if (words.driver === 'main') return mountHere(await makeTree(tree), directory, options);
  return mountInWorker(directory, { ...options, boot: new URL('../tree.js', import.meta.url), argument: tree });
}

async function serve(directory: string, words: MountWords): Promise<number> {
  let mounted: Mounted | undefined;
  let stops = 0;
  const stop = (): void => {
    // The second time without asking.
    const how = stops++ === 0 ? {} : { force: true };
    mounted?.unmount(how).catch((error: Error) => process.stderr.write(`tuxfs: ${error.message}; once more to unmount by force\n`));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  mounted = await mountTree(directory, words).catch((error: Error) => {
    process.send?.({ failed: error.message });
    throw error;
  });
  report(mounted.directory);
  if (stops > 0) await mounted.unmount({ force: true });
  const ended: Ended = await mounted.closed;
  return ended === 'unmounted' || stops > 0 ? 0 : 1;
}

/** Tells whoever started us that programs may go on. */
function report(directory: string): void {
  if (process.send !== undefined) {
    process.send({ mounted: directory });
    process.disconnect?.();
    // Where we were started must not stay busy for as long as we serve.
    process.chdir('/');
    return;
  }
  if (process.env[INSIDE] === undefined) process.stderr.write(`tuxfs: mounted on ${directory}\n`);
  else process.stderr.write(whereTo(directory, process.pid));
}

/** Only who is in the namespace of the server sees the mount. */
function whereTo(directory: string, pid: number): string {
  return `tuxfs: mounted on ${directory} in a user namespace; enter it with: nsenter --preserve-credentials -U -m -t ${pid}\n`;
}

/** Starts the serving process and waits only until it has mounted. */
export function startInBackground(words: readonly string[]): Promise<number> {
  const user = !isRoot();
  const [command, ...rest] = user ? inNamespace(['mount', ...words], { user }) : thisProgram(['mount', ...words]);
  const child = spawn(command, rest, {
    detached: true,
    // Whoever reads our output must not wait for the server's end: what goes wrong comes as a message.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [REPORT]: '1', ...(user ? { [INSIDE]: '1' } : {}) },
  });
  return new Promise((resolve) => {
    child.once('message', ({ failed, mounted }: { failed?: string; mounted?: string }) => {
      if (failed !== undefined) process.stderr.write(`tuxfs: ${failed}\n`);
      else if (user) process.stderr.write(whereTo(mounted as string, child.pid as number));
      child.disconnect();
      child.unref();
      resolve(failed === undefined ? 0 : 1);
    });
    child.once('exit', (status) => resolve(status === 0 ? 1 : (status ?? 1)));
  });
}
