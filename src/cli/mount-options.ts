/**
 * The words of `tuxfs mount` and `tuxfs exec`, and -o as mount(8) has it: what concerns the mount is taken out, the rest is the filesystem's.
 */
import { resolve } from 'node:path';
import { MS_NOATIME, MS_NODIRATIME, MS_STRICTATIME } from '../abi/mount.ts';
import type { MountOptions } from '../fuse/mount.ts';
import { usage } from './command.ts';
import type { TreeDescription } from './tree.ts';

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface MountWords {
  readonly mount: Changeable<MountOptions>;
  readonly tree: Changeable<TreeDescription>;
  readonly background: boolean;
  readonly driver: 'worker' | 'main';
  /** What is not an option. */
  readonly rest: readonly string[];
}

/** Options of -o that mount(8) or the mount itself understands. */
const MOUNT_WORDS: Readonly<Record<string, (mount: Changeable<MountOptions>) => void>> = {
  dev: (mount) => void (mount.dev = true),
  nodev: (mount) => void (mount.dev = false),
  suid: (mount) => void (mount.suid = true),
  nosuid: (mount) => void (mount.suid = false),
  ro: (mount) => void (mount.readonly = true),
  rw: (mount) => void (mount.readonly = false),
  noexec: (mount) => void (mount.noexec = true),
  exec: (mount) => void (mount.noexec = false),
  cache: (mount) => void (mount.cache = true),
  // mount(8) keeps dev and suid to itself, so that a line in fstab needs other words.
  allow_dev: (mount) => void (mount.dev = true),
  allow_suid: (mount) => void (mount.suid = true),
};

/** When the tree's own mount moves access times. */
const ATIME_WORDS: Readonly<Record<string, number>> = {
  noatime: MS_NOATIME,
  nodiratime: MS_NODIRATIME,
  strictatime: MS_STRICTATIME,
};

/** For fstab and mount(8) only: they mean nothing to us. */
const IGNORED = new Set([
  'defaults',
  'auto',
  'noauto',
  'user',
  'nouser',
  'users',
  'nofail',
  '_netdev',
  'relatime',
  'atime',
  'diratime',
  'sync',
  'async',
  'dirsync',
  'lazytime',
  'nolazytime',
  'owner',
  'group',
  'allow_other',
  'default_permissions',
]);

export function parseMountWords(words: readonly string[]): MountWords {
  const mount: Changeable<MountOptions> = {};
  const tree: Changeable<TreeDescription> = { data: '', load: [] };
  const rest: string[] = [];
  let background = false;
  let driver: 'worker' | 'main' = 'worker';
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const value = (): string => {
      const next = words[++index];
      if (next === undefined) return usage(`${word} needs a value`);
      return next;
    };
    if (word === '--') {
      rest.push(...words.slice(index + 1));
      break;
    }
    if (word === '--type' || word === '-t') tree.type = value();
    else if (word === '-o') parseOptions(value(), mount, tree);
    else if (word === '--load') tree.load = [...tree.load, parseLoad(value())];
    else if (word === '--cache') mount.cache = true;
    else if (word === '--background') background = true;
    else if (word === '--driver') driver = parseDriver(value());
    else if (word === '--supervise') mount.supervise = parseSeconds(value());
    else if (word.startsWith('-') && word !== '-') return usage(`unknown option ${word}`);
    else rest.push(word);
  }
  return { mount, tree, background, driver, rest };
}

function parseOptions(list: string, mount: Changeable<MountOptions>, tree: Changeable<TreeDescription>): void {
  const data: string[] = tree.data === '' ? [] : [tree.data];
  for (const option of list.split(',')) {
    const change = Object.hasOwn(MOUNT_WORDS, option) ? MOUNT_WORDS[option] : undefined;
    if (change !== undefined) change(mount);
    else if (Object.hasOwn(ATIME_WORDS, option)) tree.flags = (tree.flags ?? 0) | (ATIME_WORDS[option] as number);
    else if (option.startsWith('fsname=')) mount.source = option.slice(7);
    else if (option.startsWith('type=')) tree.type = option.slice(5);
    else if (option.startsWith('load=')) tree.load = [...tree.load, parseLoad(option.slice(5))];
    else if (option !== '' && !IGNORED.has(option) && !option.startsWith('x-')) data.push(option);
  }
  tree.data = data.join(',');
}

/** HOST:GUEST, or HOST alone for the root. */
function parseLoad(text: string): { host: string; guest: string } {
  const colon = text.lastIndexOf(':');
  const [host, guest] = colon === -1 ? [text, '/'] : [text.slice(0, colon), text.slice(colon + 1)];
  if (!guest.startsWith('/')) return usage(`--load ${text}: the path inside must be absolute`);
  return { host: resolve(host), guest };
}

function parseDriver(text: string): 'worker' | 'main' {
  if (text !== 'worker' && text !== 'main') return usage(`--driver is worker or main, not ${text}`);
  return text;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0)) return usage(`--supervise wants seconds, not ${text}`);
  return seconds * 1000;
}
