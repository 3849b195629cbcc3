/** A device of one's own: a node appears in /dev, and reading it runs this code. */
import { FileDescription, Kernel, O_RDONLY } from 'tuxfs';

class Dice extends FileDescription {
  override read(into: Uint8Array): number {
    for (let i = 0; i < into.length; i++) into[i] = 0x31 + Math.floor(Math.random() * 6);
    return into.length;
  }
}

const kernel = new Kernel();
kernel.devices.register({ name: 'dice', mode: 0o666, open: () => new Dice() });

const process = kernel.spawn({ uid: 1000, gid: 1000 });
const thrown = new Uint8Array(8);
process.read(process.open('/dev/dice', O_RDONLY), thrown);
console.log(/^[1-6]{8}$/.test(new TextDecoder().decode(thrown)) ? 'eight dice' : 'loaded dice');

// prints:
// eight dice
