/**
 * su(1), with ids as well as names: a shell of another user.
 *
 * There are no passwords: who may is who has CAP_SETUID and CAP_SETGID, as root does.
 */
import type { Call } from '../call.ts';
import { errorText } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { parseId } from '../accounts.ts';
import { readInput } from './read-input.ts';

export const su: CommandDefinition = {
  name: 'su',
  synopsis: ['[OPTION]... [UID[:GID[,GROUP]...]] [-c COMMAND]'],
  summary: 'Run COMMAND, or the commands on standard input, as another user: by number or by name, root by default.',
  options: [
    { short: 'c', long: 'command', argument: 'COMMAND', help: 'run COMMAND' },
    { short: 'g', long: 'group', argument: 'GROUP', help: 'this group, in place of the login group' },
    { short: 'G', long: 'supp-group', argument: 'GROUP', help: 'a supplementary group; may be given several times' },
    { short: 'l', long: 'login', help: 'begin in the home directory' },
  ],
  notes: ['A user of /etc/passwd gets the groups of /etc/group; a number that is not there gets the group of the same number.'],
  run,
};

interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  readonly name: string;
}

async function run(call: Call): Promise<number> {
  const words = call.operands.filter((word) => word !== '-');
  if (words.length > 1) call.usage(`unexpected operand '${words[1]}'`);
  const identity = identify(call, words[0] ?? 'root');
  const script = call.value('command') ?? (await readInput(call, 0));
  const process = call.process.fork();
  try {
    process.setgroups([...identity.groups]);
    process.setresgid(identity.gid, identity.gid, identity.gid);
    process.setresuid(identity.uid, identity.uid, identity.uid);
  } catch (error) {
    process.exit(1);
    call.fail(`cannot set user id: ${errorText(error)}`);
  }
  try {
    if (call.has('login') || call.operands.includes('-')) enterHome(call, process, identity.home);
    call.flush();
    const env = new Map(call.env);
    env.set('HOME', identity.home);
    env.set('USER', identity.name);
    env.set('LOGNAME', identity.name);
    return await call.shell.run(process, script, { call, env });
  } finally {
    process.exit(0);
  }
}

function enterHome(call: Call, process: Call['process'], home: string): void {
  try {
    process.chdir(home);
  } catch (error) {
    call.warn(`warning: cannot change directory to ${home}: ${errorText(error)}`);
  }
}

function identify(call: Call, text: string): Identity {
  const { accounts } = call;
  const [userText, groupText] = text.split(':') as [string, string | undefined];
  const user = accounts.user(userText);
  if (user === undefined) return call.fail(`user ${userText} does not exist or the user entry does not contain all the required fields`);
  const listed = groupText === undefined ? [] : groupText.split(',').map((name) => group(call, name));
  const gid = call.has('group') ? group(call, call.value('group') as string) : (listed[0] ?? user.account?.gid ?? user.uid);
  const own = groupText !== undefined ? listed.slice(1) : user.account === undefined ? [] : accounts.groupsOf(user.account.name, gid);
  const extra = call.given.filter(({ key }) => key === 'supp-group').map(({ value }) => group(call, value as string));
  return {
    uid: user.uid,
    gid,
    groups: [...new Set([...own, ...extra])],
    home: user.account?.home ?? '/',
    name: user.account?.name ?? String(user.uid),
  };
}

function group(call: Call, name: string): number {
  return call.accounts.group(name) ?? parseId(name) ?? call.fail(`group ${name} does not exist`);
}
