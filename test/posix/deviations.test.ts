/** The differences from Linux that test/deviations.ts gives reasons for: what each kernel answers. */
import { EINVAL, LinuxError, MS_SHARED, O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, S_IFIFO, SEEK_DATA } from '../../src/abi/index.ts';
import { expect, outcome, posix } from '../harness/posix.ts';

const F_GETOWN = 9;
/** Version 2: owner rwx, user 1000 r, group r, mask r, others nothing. */
const ACL = Uint8Array.from([
  2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 4, 0, 232, 3, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32,
  0, 0, 0, 255, 255, 255, 255,
]);

posix('deviations', (t) => {
  t.it('offset-limit: a byte at 2^53-1', (p) => {
    const fd = p.open('f', O_CREAT | O_RDWR, 0o644);
    const write = outcome(() => p.pwrite(fd, Uint8Array.of(1), Number.MAX_SAFE_INTEGER));
    expect(write).toBe(t.deviation('offset-limit', 'OK', 'EFBIG'));
  });

  t.it('fallocate-twice: SEEK_DATA in pages that were reserved twice', (p) => {
    const fd = p.open('f', O_CREAT | O_RDWR, 0o644);
    p.fallocate(fd, 0, 0, 4096);
    expect(outcome(() => p.lseek(fd, 0, SEEK_DATA))).toBe('ENXIO');
    p.fallocate(fd, 0, 0, 4096);
    expect(outcome(() => p.lseek(fd, 0, SEEK_DATA))).toBe(t.deviation('fallocate-twice', 'OK', 'ENXIO'));
  });

  t.it('posix-acl: setting an access control list', (p) => {
    p.creat('f', 0o644);
    expect(outcome(() => p.setxattr('f', 'system.posix_acl_access', ACL))).toBe(t.deviation('posix-acl', 'OK', 'EOPNOTSUPP'));
  });

  t.it('propagation: a shared mount', (p) => {
    p.mkdir('m', 0o755);
    p.mount('none', 'm', 'tmpfs', 0, null);
    expect(outcome(() => p.mount(null, 'm', null, MS_SHARED, null))).toBe(t.deviation('propagation', 'OK', 'EINVAL'));
  });

  t.it('fifo-open: a reader that does not wait', (p) => {
    p.mknod('pipe', S_IFIFO | 0o644, 0);
    expect(outcome(() => p.open('pipe', O_RDONLY | O_NONBLOCK))).toBe(t.deviation('fifo-open', 'OK', 'ENXIO'));
  });

  t.it('file-owner: nobody owns a file’s signals', (p) => {
    const fd = p.open('f', O_CREAT | O_RDWR, 0o644);
    expect(outcome(() => p.fcntl(fd, F_GETOWN))).toBe(t.deviation('file-owner', 'OK', new LinuxError(EINVAL).code));
  });
});
