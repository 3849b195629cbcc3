/**
 * Who a process is: random setuid, setresgid, setfsuid, capset and setgroups calls, with all ids, the capabilities and what they
 * allow compared after each.
 */
import { describe, expect, it } from 'vitest';
import * as C from '../../src/abi/index.ts';
import { answer } from '../harness/compare.ts';
import { writeFile } from '../harness/files.ts';
import { hostSubject } from '../harness/host-subject.ts';
import { canCompare } from '../harness/not-compared.ts';
import type { SpawnOptions, Subject, SubjectProcess } from '../harness/subject.ts';
import { tuxfsSubject } from '../harness/tuxfs-subject.ts';
import { Chooser } from './operations.ts';

const STEPS = Number(process.env['TUXFS_MODEL_STEPS'] ?? 600);
const SEED = Number(process.env['TUXFS_MODEL_SEED'] ?? 1);

type Step = (p: SubjectProcess) => unknown;

function randomStep(c: Chooser): [text: string, step: Step] {
  const id = (): number => c.of([-1, 0, 0, 1000, 1001, 1002]);
  const caps = (): number[] =>
    [C.CAP_CHOWN, C.CAP_DAC_OVERRIDE, C.CAP_FOWNER, C.CAP_SETUID, C.CAP_SETGID, C.CAP_MKNOD].filter(() => c.chance(0.5));
  const [a, b, d] = [id(), id(), id()];
  const [e, f, g] = [caps(), caps(), caps()];
  const say = (text: string, step: Step): [string, Step] => [text, step];
  return c.of([
    () => say(`setuid ${a}`, (p) => p.setuid(a)),
    () => say(`setgid ${a}`, (p) => p.setgid(a)),
    () => say(`setreuid ${a} ${b}`, (p) => p.setreuid(a, b)),
    () => say(`setregid ${a} ${b}`, (p) => p.setregid(a, b)),
    () => say(`setresuid ${a} ${b} ${d}`, (p) => p.setresuid(a, b, d)),
    () => say(`setresuid ${a} ${b} ${d}`, (p) => p.setresuid(a, b, d)),
    () => say(`setresgid ${a} ${b} ${d}`, (p) => p.setresgid(a, b, d)),
    () => say(`setfsuid ${a}`, (p) => p.setfsuid(a)),
    () => say(`setfsgid ${a}`, (p) => p.setfsgid(a)),
    () => say(`setgroups ${a} ${b}`, (p) => p.setgroups([a, b].filter((each) => each >= 0))),
    () => say(`capset ${e} of ${f}`, (p) => p.capset({ effective: e, permitted: f, inheritable: g })),
    () => say(`capset ${e} of ${f}`, (p) => p.capset({ effective: e.filter((cap) => f.includes(cap)), permitted: f, inheritable: [] })),
    () => say('capset, dropping none', (p) => p.capset({ ...p.capget(), effective: p.capget().permitted })),
  ])();
}

function state(p: SubjectProcess): string {
  const { effective, permitted, inheritable } = p.capget();
  const allowed = [
    () => p.access('mine', 2),
    () => p.faccessat(C.AT_FDCWD, 'mine', 2, C.AT_EACCESS),
    () => p.close(p.open('mine', C.O_RDWR)),
    () => p.close(p.open('group', C.O_RDWR)),
    () => p.chmod('mine', 0o600),
    () => p.chown('theirs', 1000, 1001),
    () => p.mknod('node', 0o20666, 0x103),
    () => p.unlink('node'),
    () => p.setxattr('mine', 'trusted.a', new Uint8Array(0)),
    () => p.chroot('no'),
  ].map((call) => answer(call));
  const ids = [p.getresuid(), p.getresgid(), p.setfsuid(-1), p.setfsgid(-1), [...p.getgroups()].sort()];
  // The host's bounding set lacks what the machine was denied.
  const known = (set: readonly number[]): string => (set.length > 30 ? 'all' : set.join('+'));
  return `${ids.join(' ')} ${known(effective)}/${known(permitted)}/${known(inheritable)} ${allowed.join(' ')}`;
}

const STARTS: SpawnOptions[] = [
  {},
  { uid: 1000, gid: 1000 },
  { uid: 1000, gid: 1000, capabilities: [C.CAP_SETUID, C.CAP_SETGID] },
  { capabilities: [] },
];

function start(subject: Subject, options: SpawnOptions): { p: SubjectProcess; close: () => void } {
  const one = subject.open();
  const root = one.spawn();
  writeFile(root, 'mine', '', 0o600);
  root.chown('mine', 1000, 1000);
  writeFile(root, 'group', '', 0o060);
  root.chown('group', 1001, 1001);
  writeFile(root, 'theirs', '', 0o600);
  root.chown('theirs', 1001, 1001);
  return { p: one.spawn(options), close: () => one.close() };
}

describe('credentials', () => {
  if (!canCompare('credentials')) {
    it('needs the host kernel', () => expect(hostSubject.unavailable).toBeTypeOf('string'));
    return;
  }
  it(`${STEPS} random steps are the same on the host kernel`, { timeout: 60_000 + STEPS * 40 }, () => {
    const chooser = new Chooser(SEED);
    for (let done = 0; done < STEPS; done += 8) {
      const options = chooser.of(STARTS);
      const [host, ours] = [start(hostSubject, options), start(tuxfsSubject, options)];
      const script: string[] = [JSON.stringify(options)];
      for (let i = 0; i < 8 && done + i < STEPS; i++) {
        const [text, step] = randomStep(chooser);
        const run = (p: SubjectProcess): string => `${answer(() => step(p))} ${state(p)}`;
        const [linux, mine] = [run(host.p), run(ours.p)];
        script.push(`${text}: ${linux}`);
        expect(mine, script.join('\n')).toBe(linux);
      }
      host.close();
      ours.close();
    }
  });
});
