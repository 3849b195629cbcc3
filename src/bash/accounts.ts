/**
 * Names of users and groups, from /etc/passwd and /etc/group of the tree. Linux: the `files` service of nsswitch.
 */
import { LinuxError } from '../abi/errno.ts';
import { O_RDONLY } from '../abi/fcntl.ts';
import { decodeName } from '../abi/name.ts';
import type { Process } from '../kernel/process.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export class Accounts {
  readonly users: readonly Account[];
  readonly groups: readonly Group[];
  #userNames = new Map<number, string>();
  #groupNames = new Map<number, string>();

  constructor(process: Process) {
    this.users = lines(process, '/etc/passwd', 7).map(([name, , uid, gid, , home, shell]) => ({
      name: name as string,
      uid: Number(uid),
      gid: Number(gid),
      home: home as string,
      shell: shell as string,
    }));
    this.groups = lines(process, '/etc/group', 4).map(([name, , gid, members]) => ({
      name: name as string,
      gid: Number(gid),
      members: (members as string).split(',').filter((member) => member !== ''),
    }));
    for (const { name, uid } of this.users) if (!this.#userNames.has(uid)) this.#userNames.set(uid, name);
    for (const { name, gid } of this.groups) if (!this.#groupNames.has(gid)) this.#groupNames.set(gid, name);
  }

  userName(uid: number): string | undefined {
    return this.#userNames.get(uid);
  }

  groupName(gid: number): string | undefined {
    return this.#groupNames.get(gid);
  }

  user(nameOrNumber: string): { uid: number; account: Account | undefined } | undefined {
    const account = this.users.find(({ name }) => name === nameOrNumber);
    if (account !== undefined) return { uid: account.uid, account };
    const uid = parseId(nameOrNumber);
    return uid === undefined ? undefined : { uid, account: this.users.find((user) => user.uid === uid) };
  }

  group(nameOrNumber: string): number | undefined {
    return this.groups.find(({ name }) => name === nameOrNumber)?.gid ?? parseId(nameOrNumber);
  }

  /** The groups that /etc/group lists a user in, his own first. Linux: initgroups(3). */
  groupsOf(name: string, gid: number): number[] {
    return [...new Set([gid, ...this.groups.filter(({ members }) => members.includes(name)).map((group) => group.gid)])];
  }
}

/** A decimal id; `+` may stand before it, to say that it is no name. */
export function parseId(text: string): number | undefined {
  if (!/^\+?\d+$/.test(text)) return undefined;
  const id = Number(text);
  return id <= 0xfffffffe ? id : undefined;
}

function lines(process: Process, path: string, fields: number): string[][] {
  return readText(process, path)
    .split('\n')
    .map((line) => line.split(':'))
    .filter((parts) => parts.length >= fields && parts[0] !== '' && /^\d+$/.test(parts[2] as string));
}

/** The text of a file; empty where it cannot be read. */
export function readText(process: Process, path: string): string {
  try {
    const fd = process.open(path, O_RDONLY);
    try {
      return decodeName(readAll(process, fd));
    } finally {
      process.close(fd);
    }
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return '';
  }
}

/** A file is small here: what is longer than this is not read on. */
const TEXT_MAX = 16 * 1024 * 1024;

function readAll(process: Process, fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const part = new Uint8Array(65536);
    const count = process.read(fd, part);
    if (count <= 0 || length > TEXT_MAX) break;
    parts.push(part.subarray(0, count));
    length += count;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
