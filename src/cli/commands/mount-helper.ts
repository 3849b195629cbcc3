/**
 * The helper that mount(8) looks for: `mount -t fuse.tuxfs none /mnt -o size=1g,mode=1777`, and a line in fstab. mount(8) runs
 * `/sbin/mount.fuse.tuxfs SOURCE DIRECTORY [-sfnv] [-o OPTIONS]`; `tuxfs mount-helper --install` writes that file.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CliCommand, usage } from '../command.ts';
import { inOneLine } from '../namespace.ts';
import { startInBackground } from './mount.ts';

const HELPER = '/sbin/mount.fuse.tuxfs';

export const mountHelper: CliCommand = {
  name: 'mount-helper',
  synopsis: '--install | SOURCE DIRECTORY [-o OPTIONS]',
  summary: 'What mount -t fuse.tuxfs runs; --install puts it in place, as root, once.',
  help: `  --install [FILE]  write the program that mount(8) starts, by default /sbin/mount.fuse.tuxfs
`,
  run: (words) => inOneLine(() => run(words)),
};

async function run(words: readonly string[]): Promise<number> {
  if (words[0] === '--install') {
    install(words[1] ?? HELPER);
    return 0;
  }
  const [source, directory, ...rest] = words;
  if (source === undefined || directory === undefined) return usage('mount-helper: wants a source and a directory');
  // By its source, `mount -a` knows what is mounted already.
  return startInBackground(['--background', '-o', `fsname=${source}`, ...optionsOf(rest), '--', resolve(directory)]);
}

/** The -o of mount(8); its other letters (sloppy, fake, no mtab, verbose) change nothing here. */
function optionsOf(words: readonly string[]): string[] {
  const options: string[] = [];
  for (let index = 0; index < words.length; index++) {
    if (words[index] === '-o') options.push('-o', words[++index] ?? '');
    else if (words[index] === '-t' || words[index] === '-N') index++;
  }
  return options;
}

/** mount(8) gives its helpers a short PATH, so the file names everything in full. */
function install(file: string): void {
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  writeFileSync(file, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(resolve(process.argv[1] as string))} mount-helper "$@"\n`);
  chmodSync(file, 0o755);
  process.stderr.write(`tuxfs: wrote ${file}\n`);
}
