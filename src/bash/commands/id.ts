/**
 * id(1).
 */
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { quote } from '../quote.ts';

export const id: CommandDefinition = {
  name: 'id',
  synopsis: ['[OPTION]... [USER]...'],
  summary: 'Show the user and the groups of this process, or of each USER in /etc/passwd.',
  options: [
    { short: 'g', long: 'group', help: 'only the effective group' },
    { short: 'G', long: 'groups', help: 'only all groups' },
    { short: 'n', long: 'name', help: 'with -u, -g and -G: the name, not the number' },
    { short: 'r', long: 'real', help: 'with -u, -g and -G: the real id, not the effective one' },
    { short: 'u', long: 'user', help: 'only the effective user' },
    { short: 'z', long: 'zero', help: 'separate with NUL' },
  ],
  run,
};

interface Identity {
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  readonly groups: readonly number[];
}

function run(call: Call): number {
  const chosen = ['user', 'group', 'groups'].filter((key) => call.has(key));
  if (chosen.length > 1) call.usage('cannot print "only" of more than one choice');
  if (chosen.length === 0 && (call.has('name') || call.has('real'))) call.usage('cannot print only names or real IDs in default format');
  if (chosen.length === 0 && call.has('zero')) call.usage('option --zero not permitted in default format');
  if (call.operands.length === 0) {
    print(call, ofProcess(call), chosen[0]);
    return 0;
  }
  let status = 0;
  for (const name of call.operands) {
    const user = call.accounts.user(name)?.account;
    if (user === undefined) {
      call.warn(`${quote(name)}: no such user`);
      status = 1;
      continue;
    }
    print(
      call,
      { uid: user.uid, euid: user.uid, gid: user.gid, egid: user.gid, groups: call.accounts.groupsOf(user.name, user.gid) },
      chosen[0],
    );
  }
  return status;
}

function ofProcess({ process }: Call): Identity {
  const egid = process.getegid();
  const groups = [...new Set([egid, ...process.getgroups()])];
  return { uid: process.getuid(), euid: process.geteuid(), gid: process.getgid(), egid, groups };
}

function print(call: Call, identity: Identity, chosen: string | undefined): void {
  const { accounts } = call;
  const end = call.has('zero') ? '\0' : '\n';
  const name = call.has('name');
  const real = call.has('real');
  const user = (uid: number): string => (name ? (accounts.userName(uid) ?? String(uid)) : String(uid));
  const group = (gid: number): string => (name ? (accounts.groupName(gid) ?? String(gid)) : String(gid));
  if (chosen === 'user') return call.print(user(real ? identity.uid : identity.euid) + end);
  if (chosen === 'group') return call.print(group(real ? identity.gid : identity.egid) + end);
  if (chosen === 'groups') {
    const all = [...new Set([identity.gid, identity.egid, ...identity.groups])];
    return call.print(all.map(group).join(call.has('zero') ? '\0' : ' ') + end);
  }
  const both = (id: number, text: string | undefined): string => (text === undefined ? String(id) : `${id}(${text})`);
  const parts = [
    `uid=${both(identity.uid, accounts.userName(identity.uid))}`,
    `gid=${both(identity.gid, accounts.groupName(identity.gid))}`,
  ];
  if (identity.euid !== identity.uid) parts.push(`euid=${both(identity.euid, accounts.userName(identity.euid))}`);
  if (identity.egid !== identity.gid) parts.push(`egid=${both(identity.egid, accounts.groupName(identity.egid))}`);
  parts.push(`groups=${identity.groups.map((gid) => both(gid, accounts.groupName(gid))).join(',')}`);
  call.print(`${parts.join(' ')}\n`);
}
