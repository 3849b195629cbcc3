/** /dev/mailbox: a write is a letter, a read takes the oldest, and a reader of an empty box waits. */
import {
  _IOR,
  type Device,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENOTTY,
  FileDescription,
  Kernel,
  LinuxError,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  WaitQueue,
  WOULD_BLOCK,
  type WouldBlock,
} from 'tuxfs';

/** How many letters wait: an ioctl of our own, with an int for the answer. */
const MAILBOX_COUNT = _IOR('M', 1, 4);
const LETTERS_MAX = 16;
const LETTER_MAX = 4096;

/** What all descriptions share. One for each device, so that two kernels never touch. */
class Mailbox {
  letters: Uint8Array[] = [];
  readonly changed: WaitQueue = new WaitQueue();
}

/** One open(2). */
class MailboxDescription extends FileDescription {
  readonly box: Mailbox;

  constructor(box: Mailbox) {
    super();
    this.box = box;
  }

  override read(into: Uint8Array): number | WouldBlock {
    const letter = this.box.letters[0];
    if (letter === undefined) return WOULD_BLOCK;
    if (letter.length > into.length) throw new LinuxError(EINVAL);
    into.set(letter);
    this.box.letters.shift();
    this.box.changed.wake();
    return letter.length;
  }

  override write(from: Uint8Array): number | WouldBlock {
    if (from.length > LETTER_MAX) throw new LinuxError(EMSGSIZE);
    if (this.box.letters.length === LETTERS_MAX) return WOULD_BLOCK;
    // `from` is the caller's again when we return: keep a copy.
    this.box.letters.push(from.slice());
    this.box.changed.wake();
    return from.length;
  }

  override poll(): number {
    const { length } = this.box.letters;
    return (length > 0 ? POLLIN | POLLRDNORM : 0) | (length < LETTERS_MAX ? POLLOUT | POLLWRNORM : 0);
  }

  override get waitQueue(): WaitQueue {
    return this.box.changed;
  }

  override ioctl(request: number, argument: number | Uint8Array): number {
    if (request !== MAILBOX_COUNT) throw new LinuxError(ENOTTY);
    if (typeof argument === 'number' || argument.length < 4) throw new LinuxError(EFAULT);
    new DataView(argument.buffer, argument.byteOffset).setInt32(0, this.box.letters.length, true);
    return 0;
  }
}

/** The letters are for root and the group mail; anybody may post one. The VFS holds that: the driver need not. */
function register(kernel: Kernel): Device {
  const box = new Mailbox();
  return kernel.devices.register({ name: 'mailbox', mode: 0o662, gid: 8, subsystem: 'mail', open: () => new MailboxDescription(box) });
}

const kernel = new Kernel();
const stop = kernel.devices.subscribe(({ ACTION, DEVPATH, DEVMODE }) => console.log(ACTION, DEVPATH, DEVMODE));
const device = register(kernel);

const user = kernel.spawn({ uid: 1000, gid: 1000 });
const out = user.open('/dev/mailbox', O_WRONLY);
const root = kernel.init;
const fd = root.open('/dev/mailbox', O_RDWR);
const into = new Uint8Array(LETTER_MAX);

try {
  user.open('/dev/mailbox', O_RDONLY);
} catch (error) {
  console.log('a user reads:', (error as LinuxError).code);
}

const waiting = root.blocking.read(fd, into);
user.write(out, new TextEncoder().encode('hello'));
console.log(new TextDecoder().decode(into.subarray(0, await waiting)));

try {
  root.read(fd, into);
} catch (error) {
  console.log('empty:', (error as LinuxError).code);
}

device.unregister();
console.log(user.write(out, new TextEncoder().encode('a late one')), 'bytes, from who has it open');
try {
  user.open('/dev/mailbox', O_WRONLY);
} catch (error) {
  console.log('gone:', (error as LinuxError).code);
}
stop();

// prints:
// add /devices/virtual/mail/mailbox 0662
// a user reads: EACCES
// hello
// empty: EAGAIN
// remove /devices/virtual/mail/mailbox 0662
// 10 bytes, from who has it open
// gone: ENOENT
