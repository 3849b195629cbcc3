/**
 * tuxfs/bash: what the shell does with a kernel's files, users, devices and mounts.
 */
import { describe, expect, it } from 'vitest';
import { COMMANDS, parseOptions, Shell, type ShellOptions, UsageError } from '../../src/bash/index.ts';
import { Kernel, type SpawnOptions } from '../../src/index.ts';

function shellOf(spawn: SpawnOptions = {}, options: Omit<ShellOptions, 'process'> = {}): { kernel: Kernel; shell: Shell } {
  const kernel = new Kernel({ seed: 1 });
  return { kernel, shell: new Shell({ process: kernel.spawn(spawn), ...options }) };
}

async function run(script: string, spawn: SpawnOptions = {}): Promise<string> {
  const { stdout, stderr, status } = await shellOf(spawn).shell.exec(script);
  return stdout + stderr + (status === 0 ? '' : `status ${status}\n`);
}

describe('devices in the shell', () => {
  it('shows their numbers', async () => {
    expect(await run('ls -l /dev/null /dev/full | sed "s/[A-Z][a-z][a-z] .* /DATE /"')).toBe(
      'crw-rw-rw- 1 root root 1, 7 DATE /dev/full\ncrw-rw-rw- 1 root root 1, 3 DATE /dev/null\n',
    );
  });
  it('reads only what is asked for', async () => {
    expect(
      await run(
        'head -c 4 /dev/zero | od -An -tx1; head -c 4 < /dev/zero | od -An -tx1; dd if=/dev/zero bs=2 count=1 status=none | od -An -tx1',
      ),
    ).toBe(' 00 00 00 00\n 00 00 00 00\n 00 00\n');
    expect(await run('head -c 8 /dev/urandom | od -An -tx1')).toMatch(/^( [0-9a-f]{2}){8}\n$/);
  });
  it('ends an endless pipe at the limit, and says so', async () => {
    const { shell } = shellOf({}, { outputLimit: 100_000 });
    const { stdout, stderr } = await shell.exec('cat /dev/zero | head -c 4');
    expect(stdout).toBe('');
    expect(stderr).toBe('cat: output limit of 100000 bytes reached: the parts of a pipeline run one after another\n');
  });
  it('says what write(2) says', async () => {
    expect(await run('echo x > /dev/full')).toContain('No space left on device');
    expect(await run('cat /etc/hostname > /dev/full')).toBe('cat: write error: No space left on device\nstatus 1\n');
    expect(await run('echo gone > /dev/null; cat /dev/null')).toBe('');
  });
  it('refuses endless input of a command that holds it', async () => {
    expect(await run('wc -c < /dev/zero')).toMatch(/^bash: \/dev\/zero: the input of this command is held in memory/);
  });
  it('writes to a device of the user', async () => {
    const { kernel, shell } = shellOf();
    await shell.exec('mknod /n c 1 3; mknod /none c 240 7; echo x > /n');
    const { stderr } = await shell.exec('echo x > /none');
    expect(stderr).toBe('bash: /none: No such device or address\n');
    expect(kernel.processes.size).toBe(2);
  });
});

describe('descriptors', () => {
  it('are 0, 1 and 2, and what ls opened', async () => {
    const out = await run('ls -l /dev/fd/');
    expect(out.replace(/^.*? (\d -> )/gm, '$1').replace(/\d+(?=[\]/])/g, 'N')).toBe(
      'total 0\n0 -> pipe:[N]\n1 -> pipe:[N]\n2 -> pipe:[N]\n3 -> /proc/N/fd\n',
    );
    expect(await run('ls -l /dev/fd/ > /tmp/out; grep " 1 ->" /tmp/out | sed "s/.* 1/1/"')).toBe('1 -> /tmp/out\n');
  });
  it('are reached by their names', async () => {
    expect(await run('cat /dev/stdin <<< hi; cat /etc/hostname > /dev/stdout; echo err > /dev/stderr')).toBe('hi\ntuxfs\nerr\n');
    expect(await run('cat <<EOF | cat /dev/fd/0\nhere $((1 + 1))\nEOF')).toBe('here 2\n');
  });
  it('carry every byte', async () => {
    expect(
      await run(
        'for i in 1 2; do head -c 20000 /dev/urandom > /tmp/r; cat /tmp/r | cat > /tmp/s; cat < /tmp/r | dd of=/tmp/t status=none; od /tmp/r > /tmp/a; od /tmp/s > /tmp/b; od /tmp/t > /tmp/c; diff /tmp/a /tmp/b && diff /tmp/a /tmp/c && echo same; done',
      ),
    ).toBe('same\nsame\n');
  });
  it('are redirected in order', async () => {
    expect(
      await run(
        'ls /nope > /tmp/o 2>&1; cat /tmp/o; ls /nope 2>&1 > /tmp/o | wc -l; cat < /etc/hostname > /tmp/x; cat /tmp/x; cat 2>/dev/null /nope; ls /nope 2>&-',
      ),
    ).toBe("ls: cannot access '/nope': No such file or directory\n1\ntuxfs\nstatus 2\n");
  });
  it('stand behind process substitutions', async () => {
    expect(
      await run(
        'cat <(echo one) <(head -c 3 /dev/zero | od -An -tx1); echo hi | tee >(wc -c) > /tmp/q; cat /etc/hostname > >(cat -n); ls /dev/fd/ | wc -l',
      ),
    ).toBe('one\n 00 00 00\n3\n     1\ttuxfs\n4\n');
  });
  it('leave $? alone, and fail alone', async () => {
    expect(
      await run(
        'false; echo $? > /tmp/x; cat /tmp/x; echo x > /nope/x; echo $?; echo x > /dev/full || echo full; echo y > /tmp/y && cat /tmp/y; set -e; echo x > /nope/y; echo not',
      ),
    ).toBe(
      '1\n1\nfull\ny\nbash: /nope/x: No such file or directory\nbash: echo: write error: No space left on device\nbash: /nope/y: No such file or directory\nstatus 1\n',
    );
  });
  it('say why they cannot be opened, and the script goes on', async () => {
    expect(
      await run(
        'echo x > /nope/x; cat < /nope; ls > /; { echo; } > /nope/y; for i in 1; do echo; done > /nope/z; grep x < /root/x; echo on',
      ),
    ).toBe(
      'on\nbash: /nope/x: No such file or directory\nbash: /nope: No such file or directory\nbash: /: Is a directory\nbash: /nope/y: No such file or directory\nbash: /nope/z: No such file or directory\nbash: /root/x: No such file or directory\n',
    );
  });
});

describe('users', () => {
  it('are refused what Linux refuses them', async () => {
    const { kernel, shell } = shellOf({ uid: 1000, gid: 1000 });
    kernel.init.close(kernel.init.creat('/root/secret', 0o600));
    const { stdout, stderr, status } = await shell.exec(
      'cat /root/secret; cat < /root/secret; echo x > /root/f; ls /root; mknod /tmp/n c 1 3; chown 0 /tmp; id; whoami; cat /root/secret',
    );
    expect(stdout).toBe('uid=1000(user) gid=1000(user) groups=1000(user)\nuser\n');
    expect(stderr).toBe(
      "cat: /root/secret: Permission denied\nbash: /root/secret: Permission denied\nbash: /root/f: Permission denied\nls: cannot open directory '/root': Permission denied\nmknod: /tmp/n: Operation not permitted\nchown: changing ownership of '/tmp': Operation not permitted\ncat: /root/secret: Permission denied\n",
    );
    expect(status).toBe(1);
  });
  it('are told in the words of Linux by the commands of the interpreter as well', async () => {
    expect(await run('mkdir /x; rm /etc/passwd; mv /etc/group /tmp; echo $?', { uid: 1000, gid: 1000 })).toBe(
      "1\nmkdir: cannot create directory '/x': Permission denied\nrm: cannot remove '/etc/passwd': Permission denied\nmv: cannot move '/etc/group': Permission denied\n",
    );
  });
  it('change with su', async () => {
    expect(
      await run(
        "su 1000:1000,5 -c 'id; cd /tmp; touch f; stat -c %U:%G f'; su user -c 'id -un; ls /root'; id -un; su 1000 -c 'su 0 -c id'; su nobody2 -c id",
      ),
    ).toBe(
      "uid=1000(user) gid=1000(user) groups=1000(user),5(tty)\nuser:user\nuser\nroot\nls: cannot open directory '/root': Permission denied\nsu: cannot set user id: Operation not permitted\nsu: user nobody2 does not exist or the user entry does not contain all the required fields\nstatus 1\n",
    );
  });
  it("keep the umask of the shell's own process", async () => {
    expect(await run('umask; umask 077; umask; touch /tmp/f; mkdir /tmp/d; echo x > /tmp/g; stat -c %a /tmp/f /tmp/d /tmp/g')).toBe(
      '0022\n0077\n600\n700\n600\n',
    );
  });
});

describe('paths', () => {
  it('are joined, and .. behind a link is walked', async () => {
    expect(
      await run(
        'mkdir -p /a/b /c; ln -s /a/b /c/l; echo A > /a/f; cat /c/l/../f; cd /c; cat l/../f; [ -e l/../f ] && echo there; cat < l/../f; wc -c < l/../f',
      ),
    ).toBe('A\nA\nthere\nA\n2\n');
  });
  it('stay where a removed directory was', async () => {
    expect(await run('mkdir /tmp/d; cd /tmp/d; rmdir /tmp/d; ls; ls -a . | wc -l; touch x')).toBe(
      "0\ntouch: cannot touch 'x': No such file or directory\nstatus 1\n",
    );
  });
  it('hold any bytes', async () => {
    expect(await run("cd /tmp; touch \"$(printf 'a\\nb')\" ünïcode 'sp ace'; ls -Q; ls -1 | wc -l; rm ünïcode; ls -m")).toBe(
      '"a\\nb"\n"sp ace"\n"\\303\\274n\\303\\257code"\n4\na\nb, sp ace\n',
    );
  });
});

describe('mounts', () => {
  it('come, are listed and go', async () => {
    expect(
      await run(
        'mkdir /m; mount -t tmpfs -o size=1m,nosuid t /m; mount | grep " /m "; df /m; dd if=/dev/zero of=/m/f bs=64k 2>&1 | tail -1 | cut -d, -f1; df -i /m | tail -1 | wc -l; mount -o remount,ro /m; touch /m/g; umount /m; ls /m; umount /m',
      ),
    ).toBe(
      `t on /m type tmpfs (rw,nosuid,relatime,size=1024k,inode64)\nFilesystem     1K-blocks  Used Available Use% Mounted on\nt                   1024     0      1024   0% /m\n1048576 bytes (1.0 MB\n1\ntouch: cannot touch '/m/g': Read-only file system\numount: /m: not mounted.\nstatus 32\n`,
    );
  });
  it('are bound', async () => {
    expect(
      await run(
        'mkdir /x /y; echo 1 > /x/f; mount --bind -o ro /x /y; cat /y/f; touch /y/g; touch /x/g && ls /y; mount -t nope n /x; mount n',
      ),
    ).toBe(
      "1\nf\ng\ntouch: cannot touch '/y/g': Read-only file system\nmount: /x: unknown filesystem type 'nope'.\nmount: n: can't find in /etc/fstab.\nstatus 1\n",
    );
  });
});

describe('limits', () => {
  it('a full filesystem loses nothing', async () => {
    const kernel = new Kernel({ root: 'size=64k' });
    const shell = new Shell({ process: kernel.spawn() });
    const { stdout, stderr } = await shell.exec(
      'echo kept > /k; head -c 200000 /dev/zero > /big; echo new > /new || echo full; cat /k; echo x >> /k; cat /k; rm /big; echo y >> /k; tail -1 /k',
    );
    expect(stderr).toContain('head: write error: No space left on device');
    expect(stdout).toMatch(/^full\nkept\n/);
    expect(stdout).toMatch(/y\n$/);
  });
  it('leaves no process and no descriptor behind', async () => {
    const { kernel, shell } = shellOf();
    await shell.exec('ls -lR / > /dev/null; cat /nope; su 1000 -c id; ls --bad; cat < /nope');
    expect(kernel.processes.size).toBe(2);
    expect(shell.process.files.count).toBe(0);
  });
  it('an aborted command ends', async () => {
    const { shell } = shellOf({}, { outputLimit: 2 ** 40 });
    const { status } = await shell.exec('cat /dev/zero > /dev/null', { signal: AbortSignal.timeout(50) });
    expect(status).not.toBe(0);
  });
});

describe('options', () => {
  it('that are unknown are refused with one line', async () => {
    for (const { name, usageStatus } of COMMANDS) {
      const { shell } = shellOf();
      const { stderr, status } = await shell.exec(`${name} --no-such-option`);
      expect([name, stderr, status]).toEqual([
        name,
        `${name === 'umask' ? 'bash: umask' : name}: unrecognized option '--no-such-option'\n`,
        usageStatus ?? 1,
      ]);
    }
  });
  it('--help says which there are', async () => {
    for (const { name } of COMMANDS) expect(await run(`${name} --help | head -1`)).toMatch(new RegExp(`^Usage: ${name}`));
  });
  it('are parsed as getopt_long does', () => {
    const table = [
      { short: 'a', long: 'all', help: '' },
      { short: 'n', long: 'lines', argument: 'N', help: '' },
      { long: 'long', argument: 'X', optional: true, help: '' },
    ];
    expect(parseOptions(table, ['-an5', 'x', '--lin=6', '--', '-a'])).toEqual({
      given: [
        { key: 'all', value: undefined },
        { key: 'lines', value: '5' },
        { key: 'lines', value: '6' },
      ],
      operands: ['x', '-a'],
    });
    expect(parseOptions(table, ['--long', 'y']).operands).toEqual(['y']);
    expect(() => parseOptions(table, ['-n'])).toThrow(UsageError);
    expect(() => parseOptions(table, ['--all=1'])).toThrow("option '--all' doesn't allow an argument");
    expect(() => parseOptions(table, ['--l'])).toThrow('ambiguous');
  });
});
