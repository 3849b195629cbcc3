/**
 * mkfifo(1).
 */
import { S_IFIFO } from '../../abi/stat.ts';
import type { Call } from '../call.ts';
import type { CommandDefinition } from '../command.ts';
import { creationMode } from './mknod.ts';

export const mkfifo: CommandDefinition = {
  name: 'mkfifo',
  synopsis: ['[OPTION]... NAME...'],
  summary: 'Make FIFOs.',
  options: [{ short: 'm', long: 'mode', argument: 'MODE', help: 'permissions as of chmod, not a=rw less the umask' }],
  run,
};

function run(call: Call): number {
  if (call.operands.length === 0) call.usage('missing operand');
  const mode = creationMode(call, 0o666);
  let status = 0;
  for (const name of call.operands) {
    try {
      call.process.mknod(name, S_IFIFO | (mode ?? 0o666), 0);
      if (mode !== undefined) call.process.chmod(name, mode);
    } catch (error) {
      call.warnOf(error, 'cannot create fifo', name);
      status = 1;
    }
  }
  return status;
}
