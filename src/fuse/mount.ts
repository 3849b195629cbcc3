/**
 * A kernel's tree, mounted in the host's. Two ways to serve it: on this thread, where JavaScript and programs share one live tree,
 * and on a thread of its own, which is faster and answers also while this thread is busy or uses the mount synchronously.
 */
import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Kernel } from '../kernel/kernel.ts';
import { S_IFMT } from '../abi/stat.ts';
import { lookupAt } from '../vfs/walk.ts';
import { type Attachment, type AttachOptions, attach, detach, MountError } from './attach.ts';
import { Janitor } from './janitor.ts';
import { type Ended, newProgress, type Progress, send, serve } from './serve.ts';
import type { SupervisorData } from './supervisor.ts';
import { requestSize, Session, type SessionOptions } from './wire/session.ts';

const TEN_SECONDS = 10_000;

export interface ServeTreeOptions {
  /** The directory of the tree that becomes the root of the mount; default `/`. */
  readonly root?: string;
  /** The kernel may keep names, attributes and pages: fast, and right only while nothing but programs on the mount changes the tree. Default false. */
  readonly cache?: boolean;
  /** The most bytes in one request; default 1 MiB. */
  readonly maxWrite?: number;
}

export interface MountOptions extends AttachOptions, ServeTreeOptions {
  /** Milliseconds without an answer after which the connection is aborted; 0 never. Default 10 s. */
  readonly supervise?: number;
  /** Hears of mistakes of ours, which programs see as EIO. */
  onError?(error: unknown): void;
}

export interface WorkerMountOptions extends MountOptions {
  /** A module whose default export makes the kernel, from `argument`, on the serving thread. */
  readonly boot: URL | string;
  readonly argument?: unknown;
}

/** A session for a kernel, without a transport. */
export function createSession(kernel: Kernel, options: ServeTreeOptions & Pick<SessionOptions, 'dev' | 'send' | 'onError'>): Session {
  const { init } = kernel;
  const root = options.root === undefined ? init.root : lookupAt(init, init.root, options.root, 0);
  return new Session({ ...options, root, namespace: init.namespace, pid: init.pid });
}

/** A mount of ours. */
export class Mounted implements AsyncDisposable {
  readonly directory: string;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Ended>;
  readonly #attachment: Attachment;
  readonly #janitor: Janitor;
  readonly #supervisor: Worker | undefined;
  readonly #onExit: () => void;

  constructor(attachment: Attachment, janitor: Janitor, supervisor: Worker | undefined, ended: Promise<Ended>) {
    this.directory = attachment.directory;
    this.#attachment = attachment;
    this.#janitor = janitor;
    this.#supervisor = supervisor;
    this.#onExit = (): void => this.#leave();
    process.on('exit', this.#onExit);
    this.closed = ended.then((how) => this.#ended(how));
  }

  /** umount(2). EBUSY while files are open or someone's working directory is inside; `lazy` lets them finish, `force` does not ask. */
  async unmount(how: { readonly lazy?: boolean; readonly force?: boolean } = {}): Promise<void> {
    if (how.force === true) {
      // The end of the connection takes it out of the tree.
      this.#janitor.abort();
      await this.closed;
      return;
    }
    await detach(this.directory, { lazy: how.lazy === true });
    if (how.lazy !== true) await this.closed;
  }

  /** Unmounts, by force if need be. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.unmount().catch(async (error: unknown) => {
      if (error instanceof MountError && error.code === 'EBUSY') await this.unmount({ force: true });
    });
  }

  async #ended(how: Ended): Promise<Ended> {
    process.off('exit', this.#onExit);
    // Aborted, but still in the tree.
    if (how === 'aborted') await detach(this.directory, { lazy: true }).catch(() => {});
    this.#janitor.dismiss();
    await this.#supervisor?.terminate();
    closeSync(this.#attachment.fd);
    return how;
  }

  /** The process exits: a thread that sleeps in read(2) would keep it for ever. */
  #leave(): void {
    this.#janitor.abort();
    spawnSync('umount', ['-c', '-l', this.directory], { stdio: 'ignore', timeout: 5000 });
  }
}

/** The file of a module of ours that runs on a thread of its own: compiled, also when this one is run from its source. */
function moduleUrl(name: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `../../dist/fuse/${name}.js` : `./${name}.js`, import.meta.url);
}

function supervise(janitor: Janitor, fd: number, progress: Progress, limit: number | undefined): Worker | undefined {
  if (limit === 0 || janitor.control === '') return undefined;
  const data: SupervisorData = { control: janitor.control, directory: janitor.directory, fd, progress, limit: limit ?? TEN_SECONDS };
  const worker = new Worker(moduleUrl('supervisor'), { workerData: data, execArgv: [], env: process.env });
  worker.unref();
  worker.on('error', () => {});
  return worker;
}

/**
 * Mounts `kernel`'s tree on `directory` and serves it on this thread, between other work. A change made on either side is seen on
 * the other at once. Whatever uses the mount from this thread must be asynchronous.
 */
export async function mount(kernel: Kernel, directory: string, options: MountOptions = {}): Promise<Mounted> {
  let fd = -1;
  const session = createSession(kernel, { ...options, send: (message) => void send(fd, message) });
  const attachment = await attach(directory, { ...options, rootMode: session.rootMode & S_IFMT });
  fd = attachment.fd;
  const progress = newProgress(session.requestSize);
  const ended = serve(fd, session, { blocking: false, progress }).finally(() => session.close());
  const janitor = await Janitor.start(attachment.directory, attachment.connection);
  return new Mounted(attachment, janitor, supervise(janitor, attachment.fd, progress, options.supervise), ended);
}

/** What the serving thread is given. */
export interface ServerData {
  readonly boot: string;
  readonly argument: unknown;
  readonly progress: Progress;
  readonly session: ServeTreeOptions & { readonly dev: boolean };
}

/** Mounts the tree that `options.boot` makes, and serves it on a thread of its own. */
export async function mountInWorker(directory: string, options: WorkerMountOptions): Promise<Mounted> {
  const { root, cache, maxWrite } = options;
  const progress = newProgress(requestSize(maxWrite));
  const session = {
    dev: options.dev ?? false,
    ...(root === undefined ? {} : { root }),
    ...(cache === undefined ? {} : { cache }),
    ...(maxWrite === undefined ? {} : { maxWrite }),
  };
  const data: ServerData = { boot: String(options.boot), argument: options.argument, progress, session };
  const worker = new Worker(moduleUrl('server'), { workerData: data, trackUnmanagedFds: false });
  const rootMode = await started(worker);
  let attachment: Attachment;
  try {
    attachment = await attach(directory, { ...options, rootMode });
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const ended = ending(worker, options.onError);
  worker.postMessage(attachment.fd);
  const janitor = await Janitor.start(attachment.directory, attachment.connection);
  return new Mounted(attachment, janitor, supervise(janitor, attachment.fd, progress, options.supervise), ended);
}

/** The type bits of the tree's root, once the thread has made its kernel. */
function started(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', (rootMode: number) => resolve(rootMode));
    worker.once('error', reject);
  });
}

function ending(worker: Worker, onError?: (error: unknown) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let how: Ended = 'aborted';
    worker.on('message', (message: { ended?: Ended; error?: unknown }) => {
      if (message.ended !== undefined) how = message.ended;
      else onError?.(message.error);
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve(how));
  });
}
