/** A filesystem that fills up, to test what a program does then: the write is short, the next one fails, and nothing is lost. */
import { Kernel, LinuxError, O_CREAT, O_WRONLY } from 'tuxfs';

const kernel = new Kernel();
const root = kernel.spawn();
root.mkdir('/mnt/small', 0o755);
root.mount('tmpfs', '/mnt/small', 'tmpfs', 0, 'size=64k');

const fd = root.open('/mnt/small/log', O_CREAT | O_WRONLY, 0o644);
console.log('written:', root.write(fd, new Uint8Array(100_000)));
try {
  root.write(fd, new Uint8Array(1));
} catch (error) {
  if (!(error instanceof LinuxError)) throw error;
  console.log('then:', error.code);
}
console.log('kept:', root.fstat(fd).size);

// prints:
// written: 65536
// then: ENOSPC
// kept: 65536
