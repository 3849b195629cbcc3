/**
 * A small process that outlives us: however we end, it takes our mount away. It also gives a view of fusectl, through which a
 * connection is watched and aborted, without mounting anything where others see it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';

const CONNECTIONS = '/sys/fs/fuse/connections';

/**
 * $0 is the connection. A new mount namespace holds a copy of every mount, which would keep filesystems alive that others unmount: all
 * but the few needed go. Ends with 3 when told that all is well.
 */
const WATCH = `
set --
while read -r _ _ _ _ point _; do
  case $point in / | /proc | /sys | ${CONNECTIONS}) ;; *) set -- "$@" "$(printf '%b' "$point")" ;; esac
done < /proc/self/mountinfo
umount -c -l "$@"
[ -e ${CONNECTIONS}/$0 ] || mount -t fusectl fusectl ${CONNECTIONS}
echo $$
read -r word
[ "$word" = done ] && exit 3
echo 1 > ${CONNECTIONS}/$0/abort
exit 0
`;

/** $1 is the directory, $2 the connection, $3 the program above. It reads a line, or the end of its input when we die. */
const SCRIPT = `
trap "" INT TERM HUP QUIT PIPE
exec 2>/dev/null
cd /
connection=$2
ours() { grep -q "^[0-9]* [0-9]* 0:$connection " /proc/self/mountinfo; }
if unshare -m true; then
  unshare -m sh -c "$3" "$2"
  [ $? -eq 3 ] && exit 0
else
  echo 0
  read -r word
  [ "$word" = done ] && exit 0
fi
ours || exit 0
umount -c -f "$1"
ours && umount -c -l "$1"
`;

export class Janitor {
  readonly directory: string;
  /** The connection's directory in fusectl, or empty where it is out of reach. */
  readonly control: string;
  readonly #child: ChildProcess;

  constructor(directory: string, control: string, child: ChildProcess) {
    this.directory = directory;
    this.control = control;
    this.#child = child;
  }

  static async start(directory: string, connection: number): Promise<Janitor> {
    const child = spawn('sh', ['-c', SCRIPT, 'sh', directory, String(connection), WATCH], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const pid = await firstLine(child);
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    child.stdin?.on('error', () => {});
    child.stdout?.destroy();
    const own = `${CONNECTIONS}/${connection}`;
    const theirs = `/proc/${pid}/root${own}`;
    return new Janitor(directory, existsSync(own) ? own : existsSync(theirs) ? theirs : '', child);
  }

  /** Ends the connection at once: its users get ENOTCONN, and so does whoever waits for us. Works from any thread. */
  abort(): void {
    abortConnection(this.control, this.directory);
  }

  /** The mount is gone, by the usual way. */
  dismiss(): void {
    this.#child.stdin?.end('done\n');
  }
}

export function abortConnection(control: string, directory: string): void {
  if (control !== '') {
    try {
      writeFileSync(`${control}/abort`, '1');
      return;
    } catch {
      // It is gone, or the janitor is: the other way.
    }
  }
  spawnSync('umount', ['-c', '-f', directory], { stdio: 'ignore', timeout: 5000 });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.on('error', () => resolve('0'));
    child.stdout?.on('close', () => resolve('0'));
  });
}
