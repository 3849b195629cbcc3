/**
 * What `tuxfs mount` promises on its command line, in mount(8) and in fstab, with either thread serving.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasFuse, newDirectory, type Outcome, run, sayNotRun, sh } from './with-mount.ts';

sayNotRun('the options of mount, the mount helper and fstab');

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;
/** Holds a directory `m` to mount on. */
let place = '';
let m = '';

function tuxfs(...words: string[]): Promise<Outcome> {
  return run(process.execPath, [MAIN, ...words]);
}

beforeEach(() => {
  place = newDirectory();
  m = `${place}/m`;
  chmodSync(place, 0o755);
  mkdirSync(m);
});

afterEach(async () => {
  await run('umount', ['-q', m]);
  rmSync(place, { recursive: true });
});

describe.runIf(hasFuse)('tuxfs mount', () => {
  it.each(['worker', 'main'])('--load: starts with a copy of a host directory, served by %s', async (driver) => {
    mkdirSync(`${place}/rootfs/etc`, { recursive: true });
    writeFileSync(`${place}/rootfs/etc/motd`, 'hello\n', { mode: 0o640 });
    symlinkSync('motd', `${place}/rootfs/etc/link`);
    expect(await tuxfs('mount', '--background', '--driver', driver, '--load', `${place}/rootfs:/`, m)).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect((await sh(m, 'cat etc/link; readlink etc/link; stat -c %a etc/motd; test -c dev/null || ls dev/null')).stdout).toBe(
      'hello\nmotd\n640\ndev/null\n',
    );
    rmSync(`${place}/rootfs`, { recursive: true });
    expect((await sh(m, 'cat etc/motd')).stdout).toBe('hello\n');
  });

  it('is nosuid and nodev, unless told otherwise', async () => {
    const asUser = 'setpriv --reuid 1000 --regid 1000 --clear-groups tmp/id -u';
    const prepare = `cp /usr/bin/id tmp/id; chmod 4755 tmp/id; mknod -m 666 tmp/null c 1 3; mknod -m 666 tmp/none c 60 1; ${asUser}; `;
    await tuxfs('mount', '--background', m);
    const strict = await sh(m, `${prepare} test -f tmp/null && echo gone > tmp/null; cat tmp/none`);
    expect(strict.stdout).toBe('1000\n');
    expect(strict.stderr).toContain('tmp/none: Permission denied');
    await run('umount', [m]);
    await tuxfs('mount', '--background', '-o', 'dev,suid', m);
    const open = await sh(m, `${prepare} test -c tmp/null && echo gone > tmp/null; cat tmp/none`);
    expect(open.stdout).toBe('0\n');
    expect(open.stderr).toContain('tmp/none: No such device or address');
  });

  it('-o ro, noexec, noatime, fsname: as mount(8) has them', async () => {
    const touch = 'echo x > tmp/f; touch -a -d @1 tmp/f; cat tmp/f; stat -c %X tmp/f';
    await tuxfs('mount', '--background', '-o', 'noatime,fsname=here', m);
    expect((await sh(m, touch)).stdout).toBe('x\n1\n');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(' - fuse.tuxfs here ');
    await run('umount', [m]);
    await tuxfs('mount', '--background', m);
    expect((await sh(m, touch)).stdout).not.toBe('x\n1\n');
    await run('umount', [m]);
    copyFileSync('/bin/true', `${place}/true`);
    await tuxfs('mount', '--background', '-o', 'noexec', '--load', `${place}/true:/tmp/true`, m);
    expect((await sh(m, 'tmp/true')).stderr).toContain('Permission denied');
    await run('umount', [m]);
    await tuxfs('mount', '--background', '-o', 'ro', '--load', `${place}/true:/tmp/true`, m);
    expect(await sh(m, 'tmp/true && touch tmp/x')).toMatchObject({ status: 1, stderr: expect.stringContaining('Read-only file system') });
  });

  it('shows tools one tree over several filesystems: every link found, none invented', async () => {
    await tuxfs('mount', '--background', m);
    const script = `
      for d in tmp dev/shm; do echo x > $d/a; ln $d/a $d/b; done; echo y > run/c
      tar --exclude ./proc -cf ${place}/all.tar . && tar -tvf ${place}/all.tar | grep -o "\\S* link to .*" | sort
      find . -path ./proc -prune -o -type f -links +1 -print | sort; du -s . | wc -l`;
    const outcome = await sh(m, script);
    expect(outcome.stderr).toBe('');
    expect(outcome.stdout).toBe(
      './dev/shm/b link to ./dev/shm/a\n./tmp/b link to ./tmp/a\n./dev/shm/a\n./dev/shm/b\n./tmp/a\n./tmp/b\n1\n',
    );
  });

  it('ends by Ctrl-C, or by umount, with status 0', async () => {
    for (const end of ['SIGINT', 'umount'] as const) {
      const child = spawn(process.execPath, [MAIN, 'mount', m], { stdio: ['ignore', 'ignore', 'pipe'] });
      await once(child.stderr, 'data');
      if (end === 'SIGINT') child.kill(end);
      else await run('umount', [m]);
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(` ${m} `);
    }
  });
});

describe.runIf(hasFuse)('mount -t fuse.tuxfs', () => {
  /** The helper belongs into /sbin, so this happens in a mount namespace whose /sbin holds nothing else. */
  function withHelper(script: string): Promise<Outcome> {
    const prepare = `set -e
      cd "$1"; mkdir sbin
      "$2" "$3" mount-helper --install "$1/sbin/mount.fuse.tuxfs"
      mount --bind sbin /sbin
      set +e`;
    return run('unshare', ['-m', 'sh', '-c', `${prepare}\n${script}`, 'sh', place, process.execPath, MAIN]);
  }
  /** The serving process ends with its mount. */
  const GONE =
    'for i in $(seq 100); do grep -lsa "$1/[m]" /proc/[0-9]*/cmdline > /dev/null || break; sleep 0.1; done; test $i -lt 100 && echo ended';

  it('mounts in the background, with mount(8)’s options', async () => {
    const outcome = await withHelper(`
      mount -t fuse.tuxfs none "$1/m" -o size=1g,mode=1777 && stat -c %a m && df --output=size m | tail -n 1 && echo in > m/file && cat m/file
      grep " $1/m " /proc/self/mountinfo | sed 's/.* - //'
      umount m; ls -A m; ${GONE}
      mount -t fuse.tuxfs none "$1/m" -o type=devtmpfs,allow_dev && test -c m/zero && umount m && echo devtmpfs
      mount -t fuse.tuxfs none "$1/nowhere" || echo "status $?"`);
    expect(outcome.stdout).toMatch(/^1777\n *1048576\nin\nfuse\.tuxfs none rw,\S+\nended\ndevtmpfs\nstatus \d+\n$/);
  });

  it('mounts what fstab says', async () => {
    writeFileSync(`${place}/fstab`, `none ${m} fuse.tuxfs size=16m,mode=1777,defaults,nofail 0 0\n`);
    const outcome = await withHelper(
      'mount -T fstab -a && mount -T fstab -a && stat -c %a m && df --output=size m | tail -n 1 && umount m && echo unmounted; ls -A m',
    );
    expect(outcome.stdout).toMatch(/^1777\n *16384\nunmounted\n$/);
  });
});
