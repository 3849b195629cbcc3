/**
 * A filesystem that is always nearly full: random writes, holes, links and limits on both kernels, with every file's content, its
 * blocks and what statfs says compared after each step. Nothing that was written is lost, and nothing is charged twice.
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

const STEPS = Number(process.env['TUXFS_MODEL_STEPS'] ?? 900);
const SEED = Number(process.env['TUXFS_MODEL_SEED'] ?? 1);
const PAGE = 4096;

type Step = (p: SubjectProcess) => unknown;

function randomStep(c: Chooser): [text: string, step: Step] {
  const name = (): string => c.of(['a', 'b', 'c', 'd', 'e']);
  const offset = (): number => c.of([0, 1, 100, PAGE - 1, PAGE, 3 * PAGE, 5 * PAGE + 7, 9 * PAGE, 100 * PAGE]);
  const length = (): number => c.of([0, 1, 100, PAGE, PAGE + 1, 3 * PAGE, 8 * PAGE, 20 * PAGE]);
  const fd = (): number => c.of([0, 1, 2, 3]);
  const say = (text: string, step: Step): [string, Step] => [text, step];
  const [n, m, o, l, f] = [name(), name(), offset(), length(), fd()];
  const byte = c.of([1, 2, 3, 4, 5]);
  return c.of([
    () => say(`open ${n}`, (p) => p.open(n, C.O_CREAT | C.O_RDWR, 0o644)),
    () => say(`open ${n}, truncating`, (p) => p.open(n, C.O_CREAT | C.O_RDWR | C.O_TRUNC, 0o644)),
    () => say('open without a name', (p) => p.open('.', C.O_TMPFILE | C.O_RDWR, 0o644)),
    () => say(`close ${f}`, (p) => p.close(f)),
    () => say(`pwrite ${f} ${l}@${o}`, (p) => p.pwrite(f, new Uint8Array(l).fill(byte), o)),
    () => say(`pwrite ${f} ${l}@${o}`, (p) => p.pwrite(f, new Uint8Array(l).fill(byte), o)),
    () => say(`pwritev ${f} @${o}`, (p) => p.pwritev(f, [new Uint8Array(l).fill(byte), new Uint8Array(PAGE).fill(9)], o)),
    () => say(`ftruncate ${f} ${o}`, (p) => p.ftruncate(f, o)),
    () => say(`truncate ${n} ${o}`, (p) => p.truncate(n, o)),
    () => say(`fallocate ${f} ${l}@${o}`, (p) => p.fallocate(f, 0, o, l)),
    () => say(`fallocate ${f} ${l}@${o}, keeping the size`, (p) => p.fallocate(f, C.FALLOC_FL_KEEP_SIZE, o, l)),
    () => say(`punch ${f} ${l}@${o}`, (p) => p.fallocate(f, C.FALLOC_FL_KEEP_SIZE | C.FALLOC_FL_PUNCH_HOLE, o, l)),
    () => say(`unlink ${n}`, (p) => p.unlink(n)),
    () => say(`link ${n} ${m}`, (p) => p.link(n, m)),
    () => say(`link ${f} as ${n}`, (p) => p.linkat(f, '', C.AT_FDCWD, n, C.AT_EMPTY_PATH)),
    () => say(`rename ${n} ${m}`, (p) => p.rename(n, m)),
    () => say(`whiteout ${n} ${m}`, (p) => p.renameat2(C.AT_FDCWD, n, C.AT_FDCWD, m, C.RENAME_WHITEOUT)),
    () => say(`symlink ${n}`, (p) => p.symlink('x'.repeat(o % 300 || 1), n)),
    () => say(`mkdir ${n}`, (p) => p.mkdir(n, 0o755)),
    () => say(`rmdir ${n}`, (p) => p.rmdir(n)),
    () => say(`setxattr ${n} ${l}`, (p) => p.setxattr(n, `user.${m}`, new Uint8Array(l))),
    () => say(`removexattr ${n}`, (p) => p.removexattr(n, `user.${m}`)),
    () => say(`copy ${f} ${l}@${o}`, (p) => p.copy_file_range(f, 0, f === 0 ? 1 : 0, o, l)),
    () => {
      const options = c.of(['size=64k', 'size=40k', 'size=80k,nr_inodes=9', 'nr_inodes=12', 'nr_inodes=6', 'size=0']);
      // Once unlimited it would stay so.
      return say(`remount ${options}`, (p) => (options === 'size=0' ? 0 : p.mount(null, '.', null, C.MS_REMOUNT, options)));
    },
  ])();
}

/** A number that changes with the content. */
function sum(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = (value * 31 + byte) >>> 0;
  return value;
}

function state(p: SubjectProcess): string {
  const { blocks, bfree, files, ffree } = p.statfs('.');
  const into = new Uint8Array(30 * PAGE);
  const names = list(p, '.').map((name) => {
    const { mode, nlink, size, blocks } = p.lstat(name);
    return `${name}:${mode.toString(8)}:${nlink}:${size}:${blocks}`;
  });
  const open = [0, 1, 2, 3].map((fd) =>
    answer(() => {
      const { size, blocks } = p.fstat(fd);
      return `${size}:${blocks}:${answer(() => sum(into.subarray(0, p.pread(fd, into, 0))))}`;
    }),
  );
  return `${bfree}/${blocks} ${ffree}/${files} ${names.join(' ')} | ${open.join(' ')}`;
}

class Machine {
  readonly process: SubjectProcess;
  readonly close: () => void;

  constructor(subject: Subject) {
    const one = subject.open();
    this.process = one.spawn();
    this.process.mkdir('m', 0o755);
    this.process.mount('t', 'm', 'tmpfs', 0, 'size=64k,nr_inodes=12,mode=755');
    this.process.chdir('m');
    this.process.setrlimit(C.RLIMIT_NOFILE, { cur: 4, max: 100 });
    this.close = () => one.close();
  }

  /** The listing needs a descriptor more than the case has. */
  step(step: Step): string {
    const result = answer(() => step(this.process));
    this.process.setrlimit(C.RLIMIT_NOFILE, { cur: 50, max: 100 });
    const line = `${result} ${state(this.process)}`;
    this.process.setrlimit(C.RLIMIT_NOFILE, { cur: 4, max: 100 });
    return line;
  }
}

describe('a full filesystem', () => {
  if (!canCompare('a full filesystem')) {
    it('needs the host kernel', () => expect(hostSubject.unavailable).toBeTypeOf('string'));
    return;
  }
  it(`${STEPS} random steps are the same on the host kernel`, { timeout: 60_000 + STEPS * 40 }, () => {
    const chooser = new Chooser(SEED);
    for (let done = 0; done < STEPS; done += 300) {
      const [host, ours] = [new Machine(hostSubject), new Machine(tuxfsSubject)];
      const script: string[] = [];
      for (let i = 0; i < 300 && done + i < STEPS; i++) {
        const [text, step] = randomStep(chooser);
        const [linux, mine] = [host.step(step), ours.step(step)];
        script.push(`${text}: ${linux}`);
        expect(mine, script.slice(-40).join('\n')).toBe(linux);
      }
      host.close();
      ours.close();
    }
  });
});
