/**
 * What goes wrong around a mount: programs that die, servers that die or sleep, users who unmount in between. Nothing may hang or stay.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MountError, mountInWorker } from '../../src/fuse/index.ts';
import { hasFuse, newDirectory, type Outcome, run, sayNotRun, sh, withMount } from './with-mount.ts';

sayNotRun('mounts that end badly, and the commands mount and exec');

const root = new URL('../..', import.meta.url).pathname;
const MAIN = `${root}dist/cli/main.js`;

function isMounted(directory: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${directory} `);
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function tuxfs(...words: string[]): Promise<Outcome> {
  return run(process.execPath, [MAIN, ...words]);
}

/** A program of a few lines that mounts on `directory`, and what it prints. */
function server(directory: string, options: object, then: string): { child: ChildProcess; output: () => string } {
  const program = `
    import { Kernel } from ${JSON.stringify(`${root}dist/index.js`)};
    import { mount } from ${JSON.stringify(`${root}dist/fuse/index.js`)};
    import { statSync } from 'node:fs';
    const directory = ${JSON.stringify(directory)};
    const mounted = await mount(new Kernel(), directory, ${JSON.stringify(options)});
    console.log('mounted');
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { child, output: () => text };
}

describe.runIf(hasFuse)('a mount that ends', () => {
  it('is busy while a file is open, and then goes lazily or by force', async () => {
    await withMount({}, async ({ directory, mounted }) => {
      const holder = spawn('sh', ['-c', `cd ${directory}; echo in; exec cat`], { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(holder.stdout, 'data');
      const busy = await mounted.unmount().catch((error: unknown) => error);
      expect(busy).toBeInstanceOf(MountError);
      expect((busy as MountError).code).toBe('EBUSY');
      await mounted.unmount({ lazy: true });
      expect(isMounted(directory)).toBe(false);
      holder.stdin.end();
      await once(holder, 'close');
      expect(await mounted.closed).toBe('unmounted');
    });
    await withMount({}, async ({ directory, mounted }) => {
      const holder = spawn('sh', ['-c', `exec 3> ${directory}/tmp/x; echo in; read line; echo data >&3 || echo lost`], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      await once(holder.stdout, 'data');
      await mounted.unmount({ force: true });
      expect(isMounted(directory)).toBe(false);
      holder.stdin.end('\n');
      expect(String((await once(holder.stdout, 'data'))[0])).toBe('lost\n');
      expect(await mounted.closed).toBe('aborted');
    });
  });

  it('survives programs that die in the middle of calls', async () => {
    await withMount({}, async ({ directory }) => {
      for (let round = 0; round < 10; round++) {
        const child = spawn(
          'sh',
          ['-c', `cd ${directory}/tmp; while :; do dd if=/dev/zero of=f${round} bs=64k count=64; cat f${round}; mkdir d; rmdir d; done`],
          { stdio: 'ignore', detached: true },
        );
        await new Promise((resolve) => setTimeout(resolve, 30 + round * 7));
        process.kill(-(child.pid as number), 'SIGKILL');
        await once(child, 'close');
      }
      expect((await sh(directory, 'echo alive > tmp/a; cat tmp/a')).stdout).toBe('alive\n');
    });
  });

  it('leaves nothing when the server is killed, and a stale mount gives way to the next', async () => {
    const directory = newDirectory();
    const { child, output } = server(directory, {}, '');
    await until(() => output().includes('mounted'), 'the mount');
    child.kill('SIGKILL');
    await once(child, 'close');
    await until(() => !isMounted(directory), 'the end of the mount');
    // Without anyone to clean up: a dead connection stays mounted.
    const stale = await run('sh', [
      '-c',
      'exec 3<>/dev/fuse; mount -i -t fuse.tuxfs -o fd=3,rootmode=40000,user_id=0,group_id=0 tuxfs "$1"',
      'sh',
      directory,
    ]);
    expect(stale.stderr).toBe('');
    expect(() => statSync(directory)).toThrow('ENOTCONN');
    const next = server(directory, {}, 'await mounted.unmount(); console.log("done");');
    await until(() => next.output().includes('done'), 'the next mount');
    expect(isMounted(directory)).toBe(false);
    rmdirSync(directory);
  });

  it.each(['process.exit(3);', 'setTimeout(() => { throw new Error("crash"); });', 'process.kill(process.pid, "SIGTERM");'])(
    'leaves nothing after %s',
    async (then) => {
      const directory = newDirectory();
      const { child, output } = server(directory, {}, then);
      await once(child, 'close');
      expect(output()).toContain('mounted');
      await until(() => !isMounted(directory), 'the end of the mount');
      rmdirSync(directory);
    },
  );

  it('is aborted when its thread uses it synchronously, and says why', async () => {
    const directory = newDirectory();
    const started = Date.now();
    const { child, output } = server(
      directory,
      { supervise: 1000 },
      'try { statSync(directory); } catch (error) { console.log(error.code); } console.log(await mounted.closed);',
    );
    await once(child, 'close');
    // Its two streams arrive in either order.
    expect(output()).toMatch(/^ENOTCONN$/m);
    expect(output()).toMatch(/^aborted$/m);
    expect(output()).toMatch(/tuxfs: .*: the serving thread has not answered for 1 s .*ENOTCONN\n/);
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(isMounted(directory)).toBe(false);
    rmdirSync(directory);
  });
});

describe.runIf(hasFuse)('a tree on a thread of its own', () => {
  it('answers the main thread also synchronously', async () => {
    const directory = newDirectory();
    const mounted = await mountInWorker(directory, {
      boot: new URL('../../dist/cli/tree.js', import.meta.url),
      argument: { data: '', load: [] },
    });
    writeFileSync(`${directory}/tmp/file`, 'from the same process');
    expect(readFileSync(`${directory}/tmp/file`, 'utf8')).toBe('from the same process');
    await mounted.unmount();
    expect(await mounted.closed).toBe('unmounted');
    rmdirSync(directory);
  });
});

describe.runIf(hasFuse)('the commands', () => {
  it('mount: serves until umount, in the background too', async () => {
    const directory = newDirectory();
    expect(await tuxfs('mount', '--background', '-o', 'size=1m,mode=1777', directory)).toMatchObject({ status: 0, stderr: '' });
    expect((await sh(directory, 'stat -c %a .; ls dev/null; head -c 2000000 /dev/zero > big')).stderr).toContain('No space left on device');
    expect((await run('umount', [directory])).status).toBe(0);
    expect(await tuxfs('mount', '--background', '--type', 'devtmpfs', '-o', 'dev', directory)).toMatchObject({ status: 0 });
    expect((await sh(directory, 'test -c null && cat zero | head -c 1 | od -An -tx1')).stdout).toBe(' 00\n');
    expect((await run('umount', [directory])).status).toBe(0);
    const child = spawn(process.execPath, [MAIN, 'mount', directory], { stdio: 'ignore' });
    await until(() => isMounted(directory), 'the mount');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(isMounted(directory)).toBe(false);
    rmdirSync(directory);
  });

  it('mount: tells in one line what is wrong', async () => {
    expect(await tuxfs('mount', '/does/not/exist')).toMatchObject({
      status: 1,
      stderr: 'tuxfs: cannot mount on /does/not/exist: no such directory\n',
    });
    expect((await tuxfs('mount', '-o', 'size=banana', '/tmp')).stderr).toMatch(/^tuxfs: .*\n$/);
    expect(await tuxfs('mount')).toMatchObject({ status: 2, stderr: 'tuxfs: mount: wants one directory\n' });
  });

  it('exec: runs a command with the tree as its root', async () => {
    const outcome = await tuxfs(
      'exec',
      '--',
      'sh',
      '-c',
      'echo hello > /tmp/file; cat /tmp/file; touch /usr/x; mount | head -1; echo gone > /dev/null; test -e /proc/self/exe; exit 7',
    );
    expect(outcome.status).toBe(7);
    expect(outcome.stdout).toMatch(/^hello\ntuxfs on \/ type fuse\.tuxfs /);
    expect(outcome.stderr).toContain('Read-only file system');
    expect((await tuxfs('exec', '--', 'sh', '-c', 'kill -TERM $$')).status).toBe(143);
    expect((await tuxfs('exec', '--', '/no/such')).status).toBe(127);
  });
});
