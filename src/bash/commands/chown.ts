/**
 * chown(1) and chgrp(1).
 */
import { LinuxError } from '../../abi/errno.ts';
import { isDirectory, isSymlink, type Stat } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import type { Option } from '../options.ts';
import { quote } from '../quote.ts';
import { joinPath, readDirectory } from './directory.ts';

const common: readonly Option[] = [
  { short: 'c', long: 'changes', help: 'say what is changed' },
  { long: 'dereference', help: 'change what symbolic links point to; the default without -R' },
  { short: 'f', long: 'silent', help: 'do not complain' },
  { long: 'quiet', help: 'as -f' },
  { short: 'h', long: 'no-dereference', help: 'change symbolic links themselves' },
  { short: 'H', help: 'with -R, follow symbolic links to directories that are named' },
  { short: 'L', help: 'with -R, follow all symbolic links to directories' },
  { short: 'P', help: 'with -R, follow no symbolic links; the default' },
  { long: 'reference', argument: 'RFILE', help: 'the owner and group of RFILE' },
  { short: 'R', long: 'recursive', help: 'change what is below directories as well' },
  { short: 'v', long: 'verbose', help: 'say what is done to each file' },
];

export const chown: CommandDefinition = {
  name: 'chown',
  synopsis: ['[OPTION]... [OWNER][:[GROUP]] FILE...', '[OPTION]... --reference=RFILE FILE...'],
  summary: 'Change the owner and the group of each FILE.',
  options: [...common, { long: 'from', argument: 'OWNER:GROUP', help: 'change only files that have this owner and group' }],
  run: (call) => new OwnerChange(call, 'ownership').run(),
};

export const chgrp: CommandDefinition = {
  name: 'chgrp',
  synopsis: ['[OPTION]... GROUP FILE...', '[OPTION]... --reference=RFILE FILE...'],
  summary: 'Change the group of each FILE.',
  options: common,
  run: (call) => new OwnerChange(call, 'group').run(),
};

interface Owner {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** As they were given, which is how -v shows them. */
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

const UNCHANGED = 0xffffffff;

class OwnerChange {
  readonly call: Call;
  readonly what: 'ownership' | 'group';
  readonly to: Owner;
  readonly from: Owner;
  readonly paths: readonly string[];
  readonly recursive: boolean;
  readonly walk: string;
  readonly followLinks: boolean;
  readonly silent: boolean;
  status = 0;

  constructor(call: Call, what: 'ownership' | 'group') {
    this.call = call;
    this.what = what;
    this.recursive = call.has('recursive');
    this.walk = (this.recursive ? call.last('H', 'L', 'P') : undefined) ?? 'P';
    const links = call.last('dereference', 'no-dereference');
    this.followLinks = links === undefined ? !(this.recursive && this.walk === 'P') : links === 'dereference';
    this.silent = call.has('silent') || call.has('quiet');
    const reference = call.value('reference');
    const operands = [...call.operands];
    this.to = reference === undefined ? this.#parse(operands.shift()) : this.#reference(reference);
    const from = call.value('from');
    this.from = from === undefined ? { uid: undefined, gid: undefined } : this.#parse(from);
    if (operands.length === 0)
      call.usage(call.operands.length === 0 ? 'missing operand' : `missing operand after ${quote(call.operands[0] as string)}`);
    this.paths = operands;
  }

  #reference(path: string): Owner {
    try {
      const { uid, gid } = this.call.process.stat(path);
      return { uid: this.what === 'group' ? undefined : uid, gid };
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return this.call.fail(`failed to get attributes of ${quote(path)}: ${error.message}`);
    }
  }

  #parse(text: string | undefined): Owner {
    const { call } = this;
    if (text === undefined) return call.usage('missing operand');
    if (this.what === 'group') return { uid: undefined, gid: text === '' ? undefined : this.#group(text, text), group: text };
    const colon = text.indexOf(':');
    const name = colon < 0 ? text : text.slice(0, colon);
    const group = colon < 0 ? undefined : text.slice(colon + 1);
    const user = name === '' ? undefined : call.accounts.user(name);
    if (name !== '' && user === undefined) return call.fail(`invalid user: ${quote(text)}`);
    if (group === undefined || (group === '' && name === '')) return { uid: user?.uid, gid: undefined, user: name };
    if (group !== '') return { uid: user?.uid, gid: this.#group(group, text), user: name, group };
    // `OWNER:` is the owner's login group.
    if (user?.account === undefined) return call.fail(`invalid spec: ${quote(text)}`);
    return { uid: user.uid, gid: user.account.gid, user: name };
  }

  #group(name: string, text: string): number {
    return this.call.accounts.group(name) ?? this.call.fail(`invalid group: ${quote(text)}`);
  }

  async run(): Promise<number> {
    for (const path of this.paths) await this.#change(path, true);
    return this.status;
  }

  #fault(error: unknown, what: string, path: string): void {
    if (!(error instanceof LinuxError)) throw error;
    if (!this.silent) this.call.warnOf(error, what, path);
    this.status = 1;
  }

  async #change(path: string, named: boolean): Promise<void> {
    const { process } = this.call;
    let status: Stat;
    let what = 'cannot access';
    let link = false;
    try {
      status = process.lstat(path);
      link = isSymlink(status.mode);
      what = 'cannot dereference';
      if (link && this.followLinks) status = process.stat(path);
    } catch (error) {
      this.#fault(error, what, path);
      return;
    }
    const enters = !link || this.walk === 'L' || (this.walk === 'H' && named);
    if (this.recursive && enters && isDirectory(status.mode)) {
      await this.#below(path);
      await this.call.breathe(4096);
    }
    if ((this.from.uid ?? status.uid) !== status.uid || (this.from.gid ?? status.gid) !== status.gid) return this.#say(path, status, false);
    try {
      const uid = this.to.uid ?? UNCHANGED;
      const gid = this.to.gid ?? UNCHANGED;
      if (link && !this.followLinks) process.lchown(path, uid, gid);
      else process.chown(path, uid, gid);
    } catch (error) {
      if (this.call.has('verbose')) this.call.print(`failed to change ${this.what} of ${quote(path)} to ${this.#name(this.to)}\n`);
      this.#fault(error, `changing ${this.what} of`, path);
      return;
    }
    this.#say(path, status, (this.to.uid ?? status.uid) !== status.uid || (this.to.gid ?? status.gid) !== status.gid);
  }

  async #below(path: string): Promise<void> {
    try {
      for (const { name } of readDirectory(this.call.process, path)) await this.#change(joinPath(path, name), false);
    } catch (error) {
      this.#fault(error, 'cannot read directory', path);
    }
  }

  #say(path: string, { uid, gid }: Owner, changed: boolean): void {
    const { call } = this;
    if (!call.has('verbose') && !(call.has('changes') && changed)) return;
    const old: Owner = { uid: this.to.uid === undefined ? undefined : uid, gid: this.to.gid === undefined ? undefined : gid };
    if (this.to.uid === undefined && this.to.gid === undefined) call.print(`${this.what} of ${quote(path)} retained\n`);
    else if (changed) call.print(`changed ${this.what} of ${quote(path)} from ${this.#name(old)} to ${this.#name(this.to)}\n`);
    else call.print(`${this.what} of ${quote(path)} retained as ${this.#name(old)}\n`);
  }

  #name(owner: Owner): string {
    const { accounts } = this.call;
    const { uid, gid } = owner;
    const user = uid === undefined ? undefined : (owner.user ?? accounts.userName(uid) ?? String(uid));
    const group = gid === undefined ? undefined : (owner.group ?? accounts.groupName(gid) ?? String(gid));
    if (this.what === 'group') return group ?? '';
    if (user === undefined) return `:${group ?? ''}`;
    return group === undefined ? user : `${user}:${group}`;
  }
}
