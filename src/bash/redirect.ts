/**
 * Redirections of our commands, taken from just-bash and made with open(2) and dup2(2) in the command's process.
 *
 * just-bash reads the whole of what stands behind `<` before a command runs, and writes behind `>` when it has ended; a device has no whole.
 * So a script's tree is rewritten before it runs: the redirections of our commands become words in front of the others, between marks that
 * no script writes. They are expanded as all words are, and `Redirections` takes them off again.
 */
import type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';
import { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { EEXIST, LinuxError } from '../abi/errno.ts';
import { isRegular } from '../abi/stat.ts';
import type { Process } from '../kernel/process.ts';
import { quoteIfNeeded } from './quote.ts';

type RedirectionNode = SimpleCommandNode['redirections'][number];

const MARK = '\x01tuxfs:';
const END = `${MARK}end`;
/** The shell's own descriptors 1 and 2, as paths of the adapter: where the output of just-bash's commands goes at once. */
export const STDOUT: string = `${MARK}stdout`;
export const STDERR: string = `${MARK}stderr`;

export interface RewriteOptions {
  /** Is this one of our commands? */
  readonly isOurs: (name: string) => boolean;
  /** Output goes to the shell's descriptors as each command ends, not to the caller of `exec` at the end. */
  readonly streams: boolean;
  /** A command to run once in each turn of a loop, so that an endless one can be interrupted. */
  readonly breathe?: string;
}

/** The script with its redirections moved; the tree that was given stays as it is. */
export function rewrite(script: ScriptNode, options: RewriteOptions): ScriptNode {
  // `exec > file` changes where everything after it goes: then just-bash keeps the books.
  const streams = options.streams && !JSON.stringify(script).includes('"value":"exec"');
  return { ...script, statements: statements(script.statements, { ...options, streams }) };
}

/** Opens what a redirection of just-bash's will open, so that the filesystem can refuse it where just-bash asks: later it gives up the script. */
export const OPEN = '__tuxfs_open';
/** Says what could not be written behind such a redirection. */
export const WRITTEN = '__tuxfs_written';

/** Takes the shell's process where `cd` has gone, before the directory can be removed or renamed. */
export const FOLLOW = '__tuxfs_cwd';

/** Which of the shell's descriptors a command has. */
interface Place extends RewriteOptions {
  readonly stdin?: boolean;
}

function statements(list: readonly StatementNode[], place: Place): StatementNode[] {
  return list.map((statement) => ({ ...statement, pipelines: statement.pipelines.map((pipeline) => inPipeline(pipeline, place)) }));
}

function inPipeline(pipeline: PipelineNode, place: Place): PipelineNode {
  const last = pipeline.commands.length - 1;
  const commands = pipeline.commands.map((command, i) => {
    const stderrPiped = pipeline.pipeStderr?.[i] === true;
    return inCommand(command, place, { stdin: i === 0, stdout: i === last, stderr: !stderrPiped });
  });
  return { ...pipeline, commands };
}

interface Inherits {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

function inCommand(command: CommandNode, place: Place, inherits: Inherits): CommandNode {
  if (command.type === 'FunctionDef') return command;
  if (command.type === 'SimpleCommand' && command.name !== null && ['cd', 'pushd', 'popd'].includes(literal(command.name) ?? '')) {
    const tried = opened(command, inSimple(command, place, inherits), place.streams && inherits.stderr);
    return both(tried, { type: 'SimpleCommand', assignments: [], name: word(FOLLOW), args: [], redirections: [] });
  }
  const inner = command.type === 'SimpleCommand' ? inSimple(command, place, inherits) : inCompound(command, place, inherits);
  return opened(command, inner, place.streams && inherits.stderr);
}

type CompoundNode = Exclude<CommandNode, SimpleCommandNode | { type: 'FunctionDef' }>;

function inCompound(command: CompoundNode, place: Place, inherits: Inherits): CommandNode {
  // What a compound command's parts inherit is the shell's only where nothing between redirects it.
  const own = 'redirections' in command && command.redirections.length > 0;
  const streams = place.streams && inherits.stdout && inherits.stderr && !own;
  const inner: Place = { ...place, streams, stdin: place.stdin !== false && inherits.stdin && !own };
  switch (command.type) {
    case 'If':
      return {
        ...command,
        clauses: command.clauses.map((clause) => ({
          ...clause,
          condition: statements(clause.condition, inner),
          body: statements(clause.body, inner),
        })),
        elseBody: command.elseBody === null ? null : statements(command.elseBody, inner),
      };
    case 'Subshell':
    case 'Group':
      return { ...command, body: statements(command.body, inner) };
    case 'For':
    case 'CStyleFor':
      return { ...command, body: turn(statements(command.body, inner), place) };
    case 'While':
    case 'Until':
      return { ...command, condition: statements(command.condition, inner), body: turn(statements(command.body, inner), place) };
    case 'Case':
      return { ...command, items: command.items.map((item) => ({ ...item, body: statements(item.body, inner) })) };
    default:
      return command;
  }
}

/** The body of a loop. `$?` stays what it was. */
function turn(body: StatementNode[], { breathe }: Place): StatementNode[] {
  if (breathe === undefined) return body;
  const status: WordNode = { type: 'Word', parts: [{ type: 'ParameterExpansion', parameter: '?', operation: null }] };
  const command: CommandNode = { type: 'SimpleCommand', assignments: [], name: word(breathe), args: [status], redirections: [] };
  return [
    { type: 'Statement', pipelines: [{ type: 'Pipeline', commands: [command], negated: false }], operators: [], background: false },
    ...body,
  ];
}

function inSimple(command: SimpleCommandNode, place: Place, inherits: Inherits): SimpleCommandNode {
  const name = command.name === null ? undefined : literal(command.name);
  if (name === undefined) return command;
  const streams = place.streams;
  if (!place.isOurs(name)) return streams ? withStreams(command, inherits) : command;
  const moved = command.redirections.every(isMovable);
  if (!moved) return streams ? withStreams(command, inherits) : command;
  const words: WordNode[] = [];
  if (place.stdin !== false && inherits.stdin) words.push(word(`${MARK}inherit:0`));
  if (streams && inherits.stdout) words.push(word(`${MARK}inherit:1`));
  if (streams && inherits.stderr) words.push(word(`${MARK}inherit:2`));
  const stay: RedirectionNode[] = [];
  for (const redirection of command.redirections) {
    if (isHere(redirection)) stay.push(redirection);
    else words.push(word(`${MARK}${redirection.fd ?? ''}${redirection.operator}`), redirection.target as WordNode);
  }
  if (stay.length > 0) words.splice(0, words.length, ...words.filter((each) => literal(each) !== `${MARK}inherit:0`));
  if (words.length === 0) return command;
  return { ...command, args: [...words, word(END), ...command.args], redirections: stay };
}

/** `{ OPEN $? '>' file; command > file; WRITTEN $? name; }` for the redirections that just-bash makes itself. */
function opened(from: CommandNode, command: CommandNode, streams: boolean): CommandNode {
  const name = from.type === 'SimpleCommand' ? (from.name === null ? undefined : literal(from.name)) : '';
  if (!('redirections' in command) || (from.type === 'SimpleCommand' && (from.name === null || name === 'exec'))) return command;
  const words = command.redirections.filter(({ operator, target }) => {
    if (!OPENS.includes(operator) || target.type !== 'Word' || !isPlain(target)) return false;
    const path = literal(target) ?? '';
    return !path.startsWith(MARK) && !KNOWN.includes(path);
  });
  if (words.length === 0) return command;
  const status: WordNode = { type: 'Word', parts: [{ type: 'ParameterExpansion', parameter: '?', operation: null }] };
  const args = words.flatMap((redirection) => [word(redirection.operator), redirection.target as WordNode]);
  const open: SimpleCommandNode = { type: 'SimpleCommand', assignments: [], name: word(OPEN), args: [status, ...args], redirections: [] };
  const written: SimpleCommandNode = {
    type: 'SimpleCommand',
    assignments: [],
    name: word(WRITTEN),
    args: [status, word(name ?? '')],
    redirections: [],
  };
  const reported = streams ? withStreams(written, { stdin: false, stdout: false, stderr: true }) : written;
  return {
    type: 'Group',
    body: [open, { ...command, redirections: command.redirections.map(unknown) }, reported].map(alone),
    redirections: [],
  };
}

function alone(command: CommandNode): StatementNode {
  return { type: 'Statement', pipelines: [{ type: 'Pipeline', commands: [command], negated: false }], operators: [], background: false };
}

/** just-bash refuses /dev/full by its name, before the command runs. Under another name it is opened, and its driver refuses. */
function unknown(redirection: RedirectionNode): RedirectionNode {
  return redirection.target.type === 'Word' && literal(redirection.target) === '/dev/full'
    ? { ...redirection, target: word('/dev//full') }
    : redirection;
}

/** `{ first && second; }` */
function both(first: CommandNode, second: CommandNode): CommandNode {
  const statement: StatementNode = {
    type: 'Statement',
    pipelines: [first, second].map((each) => ({ type: 'Pipeline', commands: [each], negated: false })),
    operators: ['&&'],
    background: false,
  };
  return { type: 'Group', body: [statement], redirections: [] };
}

const OPENS: readonly string[] = ['>', '>>', '>|', '&>', '&>>', '<>'];

/** just-bash treats these by name. */
const KNOWN: readonly string[] = ['/dev/stdout', '/dev/stderr'];

/** Expanding the word a second time changes nothing. */
function isPlain(node: WordNode): boolean {
  return !/"type":"(?:CommandSubstitution|ProcessSubstitution|Arithmetic[A-Za-z]*|AssignDefault|ErrorIfUnset)"/.test(JSON.stringify(node));
}

function isHere(redirection: RedirectionNode): boolean {
  return redirection.target.type === 'HereDoc' || redirection.operator === '<<<';
}

/** Descriptors above 2 and variables are just-bash's. */
function isMovable(redirection: RedirectionNode): boolean {
  if (redirection.fdVariable !== undefined || (redirection.fd ?? 0) > 2) return false;
  if (isHere(redirection)) return (redirection.fd ?? 0) === 0;
  if (redirection.operator !== '>&' && redirection.operator !== '<&') return true;
  return /^[012-]$/.test(literal(redirection.target as WordNode) ?? '');
}

function withStreams(command: SimpleCommandNode, inherits: Inherits): SimpleCommandNode {
  const before: RedirectionNode[] = [];
  if (inherits.stdout) before.push({ type: 'Redirection', fd: null, operator: '>>', target: word(STDOUT) });
  if (inherits.stderr) before.push({ type: 'Redirection', fd: 2, operator: '>>', target: word(STDERR) });
  return { ...command, redirections: [...before, ...command.redirections] };
}

function literal(node: WordNode): string | undefined {
  const [part] = node.parts;
  return node.parts.length === 1 && (part?.type === 'Literal' || part?.type === 'SingleQuoted') ? part.value : undefined;
}

function word(value: string): WordNode {
  return { type: 'Word', parts: [{ type: 'SingleQuoted', value }] };
}

/** A redirection that cannot be made: the command does not run. */
export class RedirectionError extends Error {
  override name = 'RedirectionError';
}

interface Redirection {
  readonly operator: string;
  readonly fd: number | undefined;
  readonly targets: string[];
}

/** The redirections that stand before a command's words. */
export class Redirections {
  readonly words: readonly string[];
  readonly inherited: ReadonlySet<number>;
  readonly #list: Redirection[] = [];

  constructor(args: readonly string[]) {
    const inherited = new Set<number>();
    this.inherited = inherited;
    const end = args[0]?.startsWith(MARK) === true ? args.indexOf(END) : -1;
    this.words = args.slice(end + 1);
    for (const text of args.slice(0, Math.max(0, end))) {
      const match = text.startsWith(MARK) ? /^(\d?)(inherit:)?(.*)$/s.exec(text.slice(MARK.length)) : null;
      if (match === null) this.#list.at(-1)?.targets.push(text);
      else if (match[2] !== undefined) inherited.add(Number(match[3]));
      else this.#list.push({ operator: match[3] as string, fd: match[1] === '' ? undefined : Number(match[1]), targets: [] });
    }
  }

  /** Opens and duplicates in order. RedirectionError with bash's sentence. */
  apply(process: Process, how: { readonly noclobber: boolean }): void {
    for (const { operator, fd, targets } of this.#list) {
      if (targets.length !== 1) throw new RedirectionError(`${targets.join(' ')}: ambiguous redirect`);
      const target = targets[0] as string;
      try {
        redirect(process, { operator, fd, target, noclobber: how.noclobber });
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        const text = error.errno === EEXIST ? 'cannot overwrite existing file' : error.message;
        throw new RedirectionError(`${quoteIfNeeded(target)}: ${text}`);
      }
    }
  }
}

export interface Step {
  readonly operator: string;
  readonly fd: number | undefined;
  readonly target: string;
  readonly noclobber: boolean;
}

/** What just-bash will open: opened and closed again. */
export function tryOpen(process: Process, step: Omit<Step, 'fd'>): void {
  // With `set -C` just-bash looks for the file itself.
  if (step.noclobber && step.operator === '>') return;
  process.close(process.open(step.target, openFlags(step), 0o666));
}

function redirect(process: Process, { operator, fd, target, noclobber }: Step): void {
  const to = fd ?? (operator.startsWith('<') ? 0 : 1);
  if (operator === '>&' || operator === '<&') {
    if (target === '-') return closeQuietly(process, to);
    process.dup2(Number(target), to);
    return;
  }
  // `set -C` spares regular files only.
  const spared = noclobber && isSpecial(process, target);
  const opened = process.open(target, openFlags({ operator, noclobber: noclobber && !spared }), 0o666);
  if (opened !== to) {
    process.dup2(opened, to);
    process.close(opened);
  }
  if (operator.startsWith('&')) process.dup2(1, 2);
}

function openFlags({ operator, noclobber }: Pick<Step, 'operator' | 'noclobber'>): number {
  switch (operator) {
    case '<':
      return O_RDONLY;
    case '<>':
      return O_RDWR | O_CREAT;
    case '>>':
    case '&>>':
      return O_WRONLY | O_CREAT | O_APPEND;
    case '>':
    case '&>': {
      return noclobber ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY | O_CREAT | O_TRUNC;
    }
    default:
      return O_WRONLY | O_CREAT | O_TRUNC;
  }
}

function isSpecial(process: Process, path: string): boolean {
  const status = process.statIfExists(path);
  return status !== undefined && !isRegular(status.mode);
}

function closeQuietly(process: Process, fd: number): void {
  if (process.descriptor(fd) !== undefined) process.close(fd);
}
