/** A tree from an object, and back: what memfs calls fromJSON and toJSON. */
import { Kernel } from 'tuxfs';
import { createFs, file, fromTree, printTree, symlink, toTree } from 'tuxfs/node';

const process = new Kernel().spawn({ cwd: '/tmp' });
const fs = createFs(process);

fromTree(process, {
  '/app/index.js': 'start();\n',
  '/app/bin': { run: file('#!/bin/sh\n', { mode: 0o755 }), start: symlink('run') },
  '/app/empty': null,
});
console.log(printTree(process, '/app').trimEnd());
console.log(Object.keys(toTree(process, '/app')).join());
fs.accessSync('/app/bin/start', fs.constants.X_OK);

// prints:
// drwxr-xr-x 0:0                 /app/
// drwxr-xr-x 0:0                 ├─ bin/
// -rwxr-xr-x 0:0             10  │  ├─ run
// lrwxrwxrwx 0:0              3  │  └─ start -> run
// drwxr-xr-x 0:0                 ├─ empty/
// -rw-r--r-- 0:0              9  └─ index.js
// bin,empty,index.js
