/** A shell inside a tuxfs tree, for an agent or a test: ordinary users, real permissions. */
import { Kernel } from 'tuxfs';
import { Shell } from 'tuxfs/bash';

const kernel = new Kernel();
const shell = new Shell({ process: kernel.spawn({ uid: 1000, gid: 1000, cwd: '/home/user' }) });
const { stdout, stderr, status } = await shell.exec('echo hello > greeting; ls -l greeting | cut -c1-22; cat /root/secret');
console.log(stdout.trimEnd());
console.log(stderr.trimEnd());
console.log('status', status);

// prints:
// -rw-r--r-- 1 user user
// cat: /root/secret: Permission denied
// status 1
