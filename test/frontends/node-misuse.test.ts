/** What a user does wrong is said in one line, where it is done. */
import { describe, expect, it } from 'vitest';
import { Kernel } from '../../src/index.ts';
import { charDevice, createFs, file, fromTree, linux, printTree, toTree, withFaults } from '../../src/node/index.ts';

const kernel = new Kernel();
const root = kernel.spawn();
const loose = (call: unknown): ((...args: unknown[]) => unknown) => call as (...args: unknown[]) => unknown;

const NOT_A_PROCESS = 'The "process" argument must be what kernel.spawn() returns. Received ';
const NOT_A_NODE = "'/x' must be text, a Uint8Array, an object, null, or made by symlink(), file() and their kin, not ";

const tree = (value: unknown) => (): unknown => loose(fromTree)(root, { '/x': value });
const fault = (value: object) => (): unknown => loose(withFaults)(root, [value]);
const spawn = (options: unknown) => (): unknown => loose(kernel.spawn.bind(kernel))(options);
const boot = (options: unknown) => (): unknown => new Kernel(options as object);
const register = (options: object) => (): unknown => loose(kernel.devices.register.bind(kernel.devices))(options);

const CASES: readonly (readonly [string, () => unknown, string])[] = [
  ['createFs()', () => loose(createFs)(), `${NOT_A_PROCESS}undefined`],
  ['createFs({})', () => loose(createFs)({}), `${NOT_A_PROCESS}an instance of Object`],
  ['createFs(kernel)', () => loose(createFs)(kernel), `${NOT_A_PROCESS}an instance of Kernel`],
  ["createFs(Node's process)", () => loose(createFs)(process), `${NOT_A_PROCESS}an instance of process`],
  ['createFs(process, null)', () => loose(createFs)(root, null), 'The "options" argument must be of type object. Received null'],
  [
    'createFs(process, { readLimit })',
    () => loose(createFs)(root, { readLimit: '1k' }),
    `The "options.readLimit" property must be of type number. Received type string ('1k')`,
  ],
  ['linux(kernel)', () => loose(linux)(kernel), `${NOT_A_PROCESS}an instance of Kernel`],
  ['toTree(fs)', () => loose(toTree)(createFs(root)), `${NOT_A_PROCESS}an instance of Object`],
  ['toTree of nothing', () => toTree(root, '/none'), "ENOENT: no such file or directory, open '/none'"],
  ['printTree of nothing', () => printTree(root, '/none'), "ENOENT: no such file or directory, lstat '/none'"],
  ['fromTree({ … })', () => loose(fromTree)({ '/a': 'b' }), `${NOT_A_PROCESS}an instance of Object`],
  ['fromTree of text', () => loose(fromTree)(root, 'x'), 'tree must be an object of paths and what is there, not "x"'],
  ['fromTree at a number', () => loose(fromTree)(root, {}, 5), 'at must be a string without NUL bytes, not 5'],
  ['a number in a tree', tree(5), `${NOT_A_NODE}5`],
  ['nothing in a tree', tree(undefined), `${NOT_A_NODE}undefined`],
  ['a list in a tree', tree(['a']), `${NOT_A_NODE}an object`],
  ['a Map in a tree', tree(new Map()), `${NOT_A_NODE}an object`],
  ['file(5)', tree(file(5 as never)), `${NOT_A_NODE}5`],
  ['a mode as text', tree(file('', { mode: '644' as never })), `mode of '/x' must be an integer, not "644"`],
  ['charDevice()', () => loose(charDevice)(), 'major must be an integer from 0 to 4095, not undefined'],
  ['withFaults(process)', () => loose(withFaults)(root), 'faults must be an array, not undefined'],
  [
    "a fault of Node's function",
    fault({ call: 'writeFile', errno: 'EIO' }),
    `faults[0].call must be a system call that Process has, such as 'open' or 'write', not "writeFile"`,
  ],
  ['a fault with no errno', fault({ call: 'open', error: 'EIO' }), 'faults[0] must be given an errno, a short or a before, not an object'],
  ['an unknown errno', fault({ call: 'open', errno: 'EFOO' }), `faults[0].errno must be an errno, such as 'EIO', not "EFOO"`],
  ['a negative errno', fault({ call: 'open', errno: -5 }), "faults[0].errno must be an errno, such as 'EIO', not -5"],
  ['the 0th call', fault({ call: 'open', nth: 0, errno: 'EIO' }), 'faults[0].nth must be 1 or more, not 0'],
  ['a write of nothing', fault({ call: 'write', short: 0 }), 'faults[0].short must be 1 or more, not 0'],
  ["new Kernel('x')", boot('x'), 'options must be an object, not "x"'],
  ['a clock that is a number', boot({ clock: 5 }), 'clock must be a function, not 5'],
  ['a size that is none', boot({ root: 'size=banana' }), "Invalid argument: root 'size=banana'"],
  ['spawn(null)', spawn(null), 'options must be an object, not null'],
  ['uid -1', spawn({ uid: -1 }), 'uid must be an integer from 0 to 4294967294, not -1'],
  ['a name for a gid', spawn({ gid: 'users' }), 'gid must be an integer from 0 to 4294967294, not "users"'],
  ['one group', spawn({ groups: 5 }), 'groups must be an array, not 5'],
  ['a name for a group', spawn({ groups: ['users'] }), 'groups must be an integer from 0 to 4294967294, not "users"'],
  ['a umask as text', spawn({ umask: '022' }), 'umask must be an integer, not "022"'],
  ['a number of descriptors', spawn({ descriptors: 64 }), 'descriptors must be { cur, max }, not 64'],
  ['no such cwd', spawn({ cwd: '/none' }), "No such file or directory: cwd '/none'"],
  ['a device without open', register({ name: 'x' }), 'open must be a function, not undefined'],
  ['a device below /', register({ name: '/dev/x', open: () => undefined }), 'name must be below /dev, not "/dev/x"'],
  [
    'an open that returns nothing',
    () => {
      kernel.devices.register({ name: 'nothing', open: () => undefined as never });
      createFs(root).openSync('/dev/nothing', 'r');
    },
    "a device's open() must return a new FileDescription each time",
  ],
];

describe('misuse', () => {
  it.each(CASES)('%s', (_name, run, message) => {
    let said: unknown;
    try {
      run();
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toBe(message);
  });
});
