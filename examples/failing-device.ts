/** A disk that fails at one place, to test what a program does with EIO; and a read that waits until there is something. */
import { EIO, FileDescription, Kernel, LinuxError, O_RDONLY, WaitQueue, WOULD_BLOCK, type WouldBlock } from 'tuxfs';

class BadDisk extends FileDescription {
  override get moves(): boolean {
    return true;
  }

  override read(into: Uint8Array, offset: number): number {
    if (offset >= 8192) throw new LinuxError(EIO);
    return into.length;
  }
}

class Bell extends FileDescription {
  readonly queue = new WaitQueue();
  rung = false;

  override read(): number | WouldBlock {
    return this.rung ? 0 : WOULD_BLOCK;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }
}

const kernel = new Kernel();
const bell = new Bell();
kernel.devices.register({ name: 'bad', kind: 'block', open: () => new BadDisk() });
kernel.devices.register({ name: 'bell', open: () => bell });
const process = kernel.spawn();

const disk = process.open('/dev/bad', O_RDONLY);
const sector = new Uint8Array(4096);
for (;;) {
  try {
    console.log('read', process.read(disk, sector));
  } catch (error) {
    console.log((error as LinuxError).message);
    break;
  }
}

const ringing = process.blocking.read(process.open('/dev/bell', O_RDONLY), sector);
bell.rung = true;
bell.queue.wake();
console.log('woken:', await ringing);

// prints:
// read 4096
// read 4096
// Input/output error
// woken: 0
