/** Calls that fail when a test says so, and a clock that it steps. */
import { Kernel } from 'tuxfs';
import { createFs, withFaults } from 'tuxfs/node';

let now = Date.UTC(2000, 0, 1);
const process = new Kernel({ clock: () => now }).spawn({ cwd: '/tmp' });

const fs = createFs(
  withFaults(process, [
    { call: 'write', nth: 2, errno: 'ENOSPC' }, // the second write
    { call: 'open', path: /\.lock$/, errno: 'EMFILE' }, // every open of such a path
    { call: 'write', nth: 3, short: 2 }, // moves two bytes of what it was given
    { call: 'rename', before: () => (now += 60_000) }, // takes a minute
  ]),
);

for (const name of ['a', 'b']) fs.writeFile(name, 'text', (error) => console.log(name, error?.message));
fs.open('a.lock', 'w', (error) => console.log(error?.message));
fs.write(fs.openSync('c', 'w'), 'text', (_error, written) => console.log('written', written));
fs.renameSync('a', 'd');
console.log(fs.statSync('d').ctime.toISOString(), fs.statSync('d').mtime.toISOString());

// prints:
// 2000-01-01T00:01:00.000Z 2000-01-01T00:00:00.000Z
// a undefined
// b ENOSPC: no space left on device, write
// EMFILE: too many open files, open 'a.lock'
// written 2
