/**
 * The commands that stand over those of just-bash.
 */
import type { CommandDefinition } from '../command.ts';
import { cat } from './cat.ts';
import { chgrp } from './chgrp.ts';
import { chmod } from './chmod.ts';
import { chown } from './chown.ts';
import { dd } from './dd.ts';
import { df } from './df.ts';
import { du } from './du.ts';
import { head } from './head.ts';
import { id } from './id.ts';
import { ls } from './ls.ts';
import { mkfifo } from './mkfifo.ts';
import { mknod } from './mknod.ts';
import { mount } from './mount.ts';
import { od } from './od.ts';
import { stat } from './stat.ts';
import { su } from './su.ts';
import { touch } from './touch.ts';
import { truncate } from './truncate.ts';
import { umask } from './umask.ts';
import { umount } from './umount.ts';

export const COMMANDS: readonly CommandDefinition[] = [
  cat,
  chgrp,
  chmod,
  chown,
  dd,
  df,
  du,
  head,
  id,
  ls,
  mkfifo,
  mknod,
  mount,
  od,
  stat,
  su,
  touch,
  truncate,
  umask,
  umount,
];
