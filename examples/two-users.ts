/** Two users of one machine: what one keeps private, the other cannot read; what has the sticky bit, the other cannot remove. */
import { Kernel, LinuxError, O_CREAT, O_RDONLY, O_WRONLY } from 'tuxfs';

const kernel = new Kernel();
const alice = kernel.spawn({ uid: 1001, gid: 1001, umask: 0o077 });
const bob = kernel.spawn({ uid: 1002, gid: 1002 });

const fd = alice.open('/tmp/diary', O_CREAT | O_WRONLY, 0o666);
alice.write(fd, new TextEncoder().encode('dear diary\n'));
alice.close(fd);

function attempt(what: string, call: () => unknown): void {
  try {
    call();
    console.log(`${what}: done`);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    console.log(`${what}: ${error.code}`);
  }
}

attempt('bob reads', () => bob.open('/tmp/diary', O_RDONLY));
attempt('bob removes', () => bob.unlink('/tmp/diary'));
attempt('alice removes', () => alice.unlink('/tmp/diary'));

// prints:
// bob reads: EACCES
// bob removes: EPERM
// alice removes: done
