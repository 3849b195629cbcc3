/**
 * Mounts in two namespaces: random mounts, binds, unmounts, renames and removals by two processes, one of which has unshared its
 * mount namespace, with what each sees compared after every step.
 */
import { describe, expect, it } from 'vitest';
import * as C from '../../src/abi/index.ts';
import { answer } from '../harness/compare.ts';
import { list } from '../harness/files.ts';
import { hostSubject } from '../harness/host-subject.ts';
import { canCompare } from '../harness/not-compared.ts';
import type { Subject, SubjectProcess } from '../harness/subject.ts';
import { tuxfsSubject } from '../harness/tuxfs-subject.ts';
import { Chooser } from './operations.ts';

const STEPS = Number(process.env['TUXFS_MODEL_STEPS'] ?? 600);
const SEED = Number(process.env['TUXFS_MODEL_SEED'] ?? 1);

type Step = (p: SubjectProcess) => unknown;

function randomStep(c: Chooser): [text: string, step: Step] {
  const path = (): string => c.of(['a', 'b', 'c', 'a/a', 'a/b', 'b/a', 'b/b', 'a/b/a', 'b/a/b', '.', 'a/..', '/case/a', 'l', 'f', 'a/f']);
  const fd = c.of([0, 1, 2]);
  const [n, m] = [path(), path()];
  const say = (text: string, step: Step): [string, Step] => [text, step];
  return c.of([
    () => say(`mkdir ${n}`, (p) => p.mkdir(n, 0o755)),
    () => say(`mkdir ${m}`, (p) => p.mkdir(m, 0o755)),
    () => say(`create ${n}`, (p) => p.close(p.open(n, C.O_CREAT | C.O_WRONLY, 0o644))),
    () => say(`rmdir ${n}`, (p) => p.rmdir(n)),
    () => say(`unlink ${n}`, (p) => p.unlink(n)),
    () => say(`rename ${n} ${m}`, (p) => p.rename(n, m)),
    () => say(`symlink ${n}`, (p) => p.symlink(m, 'l')),
    () => say(`mount ${n}`, (p) => p.mount('t', n, 'tmpfs', 0, 'mode=755')),
    () => say(`mount ${n}`, (p) => p.mount('t', n, 'tmpfs', c.of([0, C.MS_NODEV, C.MS_NOSYMFOLLOW]), 'mode=755')),
    () => say(`bind ${n} ${m}`, (p) => p.mount(n, m, null, C.MS_BIND, null)),
    () => say(`rbind ${n} ${m}`, (p) => p.mount(n, m, null, C.MS_BIND | C.MS_REC, null)),
    () => say(`umount ${n}`, (p) => p.umount(n)),
    () => say(`umount ${n}`, (p) => p.umount(n)),
    () => say(`detach ${n}`, (p) => p.umount2(n, C.MNT_DETACH)),
    () => say(`remount ${n} ro`, (p) => p.mount(null, n, null, C.MS_REMOUNT | C.MS_BIND | C.MS_RDONLY, null)),
    () => say(`remount ${n} rw`, (p) => p.mount(null, n, null, C.MS_REMOUNT | C.MS_BIND, null)),
    () => say(`remount super ${n} ro`, (p) => p.mount(null, n, null, C.MS_REMOUNT | C.MS_RDONLY, null)),
    () => say(`remount super ${n} rw`, (p) => p.mount(null, n, null, C.MS_REMOUNT, null)),
    () => say(`open ${n}`, (p) => p.open(n, C.O_RDONLY | C.O_DIRECTORY)),
    () => say(`close ${fd}`, (p) => p.close(fd)),
    () => say(`fchdir ${fd}`, (p) => p.fchdir(fd)),
    () => say(`chdir ${n}`, (p) => p.chdir(n)),
    () => say('chdir /case', (p) => p.chdir('/case')),
    () => say('chdir ..', (p) => p.chdir('..')),
    () => say('unshare', (p) => p.unshare(C.CLONE_NEWNS)),
    () => say(`stat ${n}`, (p) => `${p.stat(n).nlink} ${p.statfs(n).flags}`),
  ])();
}

/** What a process sees, three levels deep: names, types, and which filesystem each is on by the order in which they are met. */
function view(p: SubjectProcess): string {
  const devices: number[] = [];
  const look = (path: string, depth: number): string =>
    answer(() =>
      list(p, path)
        .map((name) => {
          const { mode, dev } = p.lstat(`${path}/${name}`);
          if (!devices.includes(dev)) devices.push(dev);
          const inside = depth > 0 && (mode & C.S_IFMT) === C.S_IFDIR ? `{${look(`${path}/${name}`, depth - 1)}}` : '';
          return `${name}:${mode.toString(8)}:${devices.indexOf(dev)}${inside}`;
        })
        .join(' '),
    );
  return `${answer(() => p.getcwd())} [${look('/case', 3)}] [${look('.', 0)}] [${look('..', 0)}]`;
}

function start(subject: Subject): { processes: SubjectProcess[]; close: () => void } {
  const one = subject.open();
  const p = one.spawn();
  const child = p.fork();
  child.unshare(C.CLONE_NEWNS);
  return { processes: [p, child], close: () => one.close() };
}

describe('mounts', () => {
  if (!canCompare('mounts in two namespaces')) {
    it('needs the host kernel', () => expect(hostSubject.unavailable).toBeTypeOf('string'));
    return;
  }
  it(`${STEPS} random steps are the same on the host kernel`, { timeout: 60_000 + STEPS * 60 }, () => {
    const chooser = new Chooser(SEED);
    for (let done = 0; done < STEPS; done += 50) {
      const [host, ours] = [start(hostSubject), start(tuxfsSubject)];
      const script: string[] = [];
      for (let i = 0; i < 50 && done + i < STEPS; i++) {
        const who = chooser.of([0, 1]);
        const [text, step] = randomStep(chooser);
        const run = ({ processes }: { processes: SubjectProcess[] }): string =>
          `${answer(() => step(processes[who]!))}\n  ${processes.map(view).join('\n  ')}`;
        const [linux, mine] = [run(host), run(ours)];
        script.push(`${who} ${text}: ${linux}`);
        expect(mine, script.slice(-25).join('\n')).toBe(linux);
      }
      host.close();
      ours.close();
    }
  });
});
