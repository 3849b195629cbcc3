import { expect, expectErrno, posix } from '../harness/posix.ts';

posix('mkdir(2)', (t) => {
  t.it('makes a directory of the mode, less the umask', (p) => {
    p.mkdir('d', 0o777);
    expect(p.stat('d').mode).toBe(0o40755);
    p.umask(0);
    p.mkdir('e', 0o1777);
    expect(p.stat('e').mode).toBe(0o41777);
  });
  t.it('EEXIST: the name exists', (p) => {
    p.mkdir('d', 0o777);
    expectErrno('EEXIST', () => p.mkdir('d', 0o777));
  });
  t.it('EACCES: the directory is not writable', (p) => {
    p.mkdir('d', 0o755);
    expectErrno('EACCES', () => t.user(1000).mkdir('d/e', 0o777));
  });
});
