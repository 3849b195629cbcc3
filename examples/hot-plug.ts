/** Devices that come and go while programs run, with the events that udev would get. */
import { FileDescription, Kernel, type LinuxError, O_RDONLY } from 'tuxfs';

class Sensor extends FileDescription {
  override read(into: Uint8Array): number {
    into[0] = 42;
    return 1;
  }
}

const kernel = new Kernel();
const process = kernel.spawn();
kernel.devices.subscribe(({ ACTION, DEVNAME, MAJOR }) => console.log(ACTION, DEVNAME, MAJOR));

const sensor = kernel.devices.register({ name: 'sensor/0', mode: 0o444, open: () => new Sensor() });
const fd = process.open('/dev/sensor/0', O_RDONLY);
console.log('link:', process.readlink(`/dev/char/${sensor.major}:${sensor.minor}`));
sensor.unregister();
console.log('an open descriptor keeps its driver:', process.read(fd, new Uint8Array(1)));
try {
  process.open('/dev/sensor/0', O_RDONLY);
} catch (error) {
  console.log('a new open:', (error as LinuxError).code);
}

// prints:
// add sensor/0 254
// link: ../sensor/0
// remove sensor/0 254
// an open descriptor keeps its driver: 1
// a new open: ENOENT
