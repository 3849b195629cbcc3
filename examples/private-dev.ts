/** A private mount namespace with its own /dev, as a container has: what is done there is not seen outside. */
import { CLONE_NEWNS, Kernel, MS_BIND, MS_RDONLY, MS_REMOUNT, mountFilesystem, lookupAt, LOOKUP_FOLLOW } from 'tuxfs';

const kernel = new Kernel();
const container = kernel.spawn();
container.unshare(CLONE_NEWNS);

const dev = kernel.createDev({ devices: [{ path: 'gpu0', kind: 'char', major: 226, minor: 0, mode: 0o660 }] });
mountFilesystem(container, lookupAt(container, container.cwd, '/dev', LOOKUP_FOLLOW), dev, { source: 'dev', flags: 0 });
container.mount('/etc', '/etc', null, MS_BIND, null);
container.mount(null, '/etc', null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);

const names = (path: string, process = container): string =>
  process
    .getdents(process.open(path, 0))
    .map(({ name }) => name)
    .filter((name) => name === 'gpu0' || name === 'null')
    .join(' ');
console.log('inside:', names('/dev'));
console.log('outside:', names('/dev', kernel.spawn()));
console.log('mounts inside:', container.namespace.mounts.size, 'outside:', kernel.init.namespace.mounts.size);

// prints:
// inside: null gpu0
// outside: null
// mounts inside: 9 outside: 7
