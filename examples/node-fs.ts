/** An object like `node:fs`, for one user of a tuxfs kernel. */
import { Kernel } from 'tuxfs';
import { createFs } from 'tuxfs/node';

const kernel = new Kernel();
const fs = createFs(kernel.spawn({ uid: 1000, gid: 1000, cwd: '/tmp' }));

fs.writeFileSync('notes.txt', 'from tuxfs\n');
fs.writeFile('/etc/passwd', '', (error) => console.log(error?.message)); // EACCES: permission denied, open '/etc/passwd'
fs.writeFile('/dev/full', 'x', (error) => console.log(error?.message)); // ENOSPC: no space left on device, write

console.log(fs.readFileSync('/tmp/notes.txt', 'utf8').trim(), fs.statSync('notes.txt').uid);
const random = fs.readSync(fs.openSync('/dev/urandom', 'r'), new Uint8Array(16));
console.log(random, 'random bytes');

// prints:
// from tuxfs 1000
// 16 random bytes
// EACCES: permission denied, open '/etc/passwd'
// ENOSPC: no space left on device, write
