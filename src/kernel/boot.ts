/**
 * The standard boot: the directories, mounts and files that a small Linux system has.
 */
import { O_CREAT, O_WRONLY } from '../abi/fcntl.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../abi/mount.ts';
import { encodeName } from '../abi/name.ts';
import { Accessor } from '../fs/devtmpfs/index.ts';
import { Credentials } from '../vfs/credentials.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';

const PASSWD =
  'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
const GROUP = 'root:x:0:\ntty:x:5:\ndisk:x:6:\nkmem:x:15:\nusers:x:100:\nuser:x:1000:\nnogroup:x:65534:\n';

export function boot(kernel: Kernel, options: { readonly hostname: string }): void {
  const { init } = kernel;
  for (const directory of ['/dev', '/etc', '/home', '/mnt', '/proc', '/run', '/tmp', '/usr', '/var']) init.mkdir(directory, 0o755);
  for (const directory of ['/usr/bin', '/usr/lib', '/usr/sbin', '/var/tmp']) init.mkdir(directory, 0o755);
  for (const directory of ['bin', 'lib', 'sbin']) init.symlink(`usr/${directory}`, `/${directory}`);
  init.mkdir('/root', 0o700);
  mountDev(kernel);
  init.mount('proc', '/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC);
  mountTmpfs(init, '/tmp', 'mode=1777');
  mountTmpfs(init, '/var/tmp', 'mode=1777');
  mountTmpfs(init, '/run', 'mode=755');
  createFile(init, '/etc/passwd', PASSWD);
  createFile(init, '/etc/group', GROUP);
  createFile(init, '/etc/hostname', `${options.hostname}\n`);
  init.mkdir('/home/user', 0o755);
  init.chown('/home/user', 1000, 1000);
}

/** devtmpfs, populated and kept current by its Accessor, with what udev would add. */
function mountDev(kernel: Kernel): void {
  const { init, vfs } = kernel;
  const accessor = new Accessor(vfs, Credentials.root(), 'devtmpfs');
  accessor.userspaceInit();
  vfs.devices.attach(accessor);
  init.mount('devtmpfs', '/dev', 'devtmpfs', MS_NOSUID);
  mountTmpfs(init, '/dev/shm', 'mode=1777');
}

function mountTmpfs(init: Process, target: string, data: string): void {
  init.mount('tmpfs', target, 'tmpfs', MS_NOSUID | MS_NODEV, data);
}

function createFile(init: Process, path: string, content: string): void {
  const fd = init.open(path, O_CREAT | O_WRONLY, 0o644);
  init.write(fd, encodeName(content));
  init.close(fd);
}
