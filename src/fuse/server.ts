/**
 * The serving thread: makes the kernel, waits for the descriptor, and then sleeps in read(2) until the mount ends.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Kernel } from '../kernel/kernel.ts';
import { createSession, type ServerData } from './mount.ts';
import { send, serve } from './serve.ts';
import { S_IFMT } from '../abi/stat.ts';

const { boot, argument, progress, session: options } = workerData as ServerData;
const port = parentPort as NonNullable<typeof parentPort>;
const { default: makeKernel } = (await import(boot)) as { default: (argument: unknown) => Kernel | Promise<Kernel> };
const kernel = await makeKernel(argument);

let fd = -1;
const session = createSession(kernel, {
  ...options,
  send: (message) => void send(fd, message),
  // The thread sleeps: what it posts or prints by a stream would be seen at the end only.
  onError: (error) => void writeSync(2, `tuxfs: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
});

port.once('message', (descriptor: number) => {
  fd = descriptor;
  void serve(fd, session, { blocking: true, progress }).then((ended) => {
    session.close();
    port.postMessage({ ended });
    port.close();
  });
});
port.postMessage(session.rootMode & S_IFMT);
