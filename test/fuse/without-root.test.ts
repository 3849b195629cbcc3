/**
 * `tuxfs mount` and `tuxfs exec` as an ordinary user, in a user namespace. Who runs the tests is root, so each command gets a private
 * mount namespace with a /dev/fuse as distributions have it (0666), and becomes user 1000 there.
 */
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFuse, type Outcome, run, sayNotRun } from './with-mount.ts';

sayNotRun('mount and exec without root');

const root = new URL('../..', import.meta.url).pathname;
/** A copy of the package where user 1000 may read it, a directory to mount on, and the device. */
let place = '';

beforeAll(() => {
  if (!hasFuse) return;
  place = mkdtempSync(`${tmpdir()}/tuxfs-user-`);
  chmodSync(place, 0o755);
  cpSync(`${root}dist`, `${place}/dist`, { recursive: true });
  cpSync(`${root}package.json`, `${place}/package.json`);
  mkdirSync(`${place}/m`);
  chownSync(`${place}/m`, 1000, 1000);
});

afterAll(() => {
  if (place !== '') rmSync(place, { recursive: true, force: true });
});

/** What makes /dev/fuse open to all, in the namespace of the command alone. */
const OPEN_DEVICE = 'mknod -m 666 "$place/fuse" c 10 229; mount --bind "$place/fuse" /dev/fuse; rm "$place/fuse"';
const BECOME_USER = 'setpriv --reuid 1000 --regid 1000 --clear-groups';

/** Runs `script` as user 1000, once root has prepared a mount namespace of its own. In it, `tuxfs` is the command and $place/m empty. */
function asUser(script: string, prepare: string = OPEN_DEVICE): Promise<Outcome> {
  const own = `tuxfs() { "${process.execPath}" "$place/dist/cli/main.js" "$@"; }\ncd "$place"\n${script}`;
  const words = ['-m', 'sh', '-c', `set -e\nplace=$1; export place\n${prepare}\nexec ${BECOME_USER} sh -c "$2"`, 'sh', place, own];
  return run('unshare', words, { timeout: 60_000 });
}

describe.runIf(hasFuse)('an ordinary user', () => {
  it('exec: is root of a tree of its own, with the host’s standard nodes', async () => {
    const outcome = await asUser(
      `tuxfs exec -- sh -c '
        echo hello > /tmp/file; cat /tmp/file
        head -c 3 /dev/zero | od -An -tx1; echo gone > /dev/null; head -c 1 /dev/zero | cat > /dev/full
        for node in null zero full random urandom; do test -c /dev/$node && head -c 0 /dev/$node || echo no $node; done
        id -u; mount | head -n 1; chown 0:0 /tmp/file && test -e /proc/self/exe && test -d /etc && readlink /bin
        touch /usr/x /etc/x
        exit 7'; echo "status $?"; id -u`,
    );
    expect(outcome.stdout).toMatch(/^hello\n 00 00 00\n0\ntuxfs on \/ type fuse\.tuxfs .*\nusr\/bin\nstatus 7\n1000\n$/);
    expect(outcome.stderr.match(/No space left on device|Read-only file system/g)).toEqual([
      'No space left on device',
      'Read-only file system',
      'Read-only file system',
    ]);
  });

  it('mount: tells how to enter, and serves there until umount', async () => {
    const outcome = await asUser(
      `tuxfs mount --type tmpfs -o size=1m,mode=1777 m 2>&1 | {
        read -r line; echo "$line"; enter=\${line##*with: }
        $enter sh -c 'cd "$place/m" && stat -c %a . && echo in > file && cat file && ! head -c 2000000 /dev/zero > big; cd /; umount "$place/m"'
      }; ls -a m`,
    );
    expect(outcome.stdout).toMatch(
      /^tuxfs: mounted on \S+\/m in a user namespace; enter it with: nsenter --preserve-credentials -U -m -t \d+\n1777\nin\n\.\n\.\.\n$/,
    );
    expect(outcome.stderr).toContain('No space left on device');
    expect(outcome.status).toBe(0);
  });

  it('mount --background: returns once mounted, from a relative path', async () => {
    const outcome = await asUser(
      `line=$(tuxfs mount --background m 2>&1); echo $?; enter=\${line##*with: }
       $enter sh -c 'ls "$place/m"; umount "$place/m"'
       tuxfs mount --background nowhere; echo $?`,
    );
    expect(outcome.stdout).toMatch(/^0\n(?:[a-z]+\n)*dev\n(?:[a-z]+\n)*tmp\n(?:[a-z]+\n)*1\n$/);
    expect(outcome.stderr).toMatch(/^tuxfs: cannot mount on nowhere: no such directory\n$/);
  });

  it.each([
    [
      '/dev/fuse is root’s alone',
      OPEN_DEVICE.replace('666', '600'),
      'without root, /dev/fuse must be readable and writable for this user (chmod 666 /dev/fuse)',
    ],
    ['there is no /dev/fuse', 'mount -t tmpfs none /dev', 'there is no /dev/fuse; is the fuse module loaded? (modprobe fuse)'],
  ])('is told in one line that %s', async (_what, prepare, line) => {
    for (const command of ['mount m', 'mount --background m', 'exec -- true'])
      expect(await asUser(`tuxfs ${command}`, prepare)).toMatchObject({ status: 1, stdout: '', stderr: `tuxfs: ${line}\n` });
  });

  it('is told in one line that user namespaces are switched off', async () => {
    // In a user namespace with all of the host's users, whose limit for further ones is root's there to set.
    const script = `set -e
      place=$1; ${OPEN_DEVICE}
      mkfifo "$place/go"
      command='echo 0 > /proc/sys/user/max_user_namespaces; exec ${BECOME_USER} "$2" "$1/dist/cli/main.js" mount "$1/m"'
      # Capabilities come with an exec after the ids are mapped.
      unshare -U sh -c 'read -r line < "$1/go"; exec sh -c "$3" sh "$1" "$2"' sh "$place" "$2" "$command" &
      for map in uid_map gid_map; do until echo '0 0 4294967295' > /proc/$!/$map; do sleep 0.1; done 2> /dev/null; done
      echo > "$place/go"
      wait $!`;
    const outcome = await run('unshare', ['-m', 'sh', '-c', script, 'sh', place, process.execPath]);
    expect(outcome).toMatchObject({
      status: 1,
      stderr: 'tuxfs: without root, user namespaces must be allowed (sysctl user.max_user_namespaces=10000)\n',
    });
  });
});
