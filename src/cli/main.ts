import { isTierfallError } from '../core/errors.js';
import { redact } from '../core/redact.js';
import { readArguments, type Arguments } from './arguments.js';
import { hold, pause, reset, resume } from './commands/act-commands.js';
import type { Command } from './commands/command.js';
import { classify, drill } from './commands/other-commands.js';
import { history, ready, status } from './commands/read-commands.js';
import { commandHelp, helpText } from './help.js';
import { plain, type CliIo } from './io.js';
import { TryAgainError, UsageError } from './usage-error.js';

const FAILED = 1;
const USAGE = 64;
const TRY_AGAIN = 75;

const commands: readonly Command[] = [status, history, pause, resume, reset, hold, ready, classify, drill];

/** Runs the command and gives its exit code. Never rejects. */
export async function main(io: CliIo, version: string): Promise<number> {
  try {
    const given = readArguments(io.argv);
    if (given.values.version) {
      io.out(`${version}\n`);
      return 0;
    }
    const command = commands.find(({ name }) => name === given.command);
    if (given.values.help) {
      io.out(command ? commandHelp(command) : helpText(commands));
      return 0;
    }
    if (!command)
      throw new UsageError(given.command === undefined ? 'name a command' : `no such command: ${given.command}`);
    refuseOtherOptions(command, given);
    refuseEmpty(given);
    return await command.run(given, io);
  } catch (error) {
    return failed(error, io);
  }
}

function refuseOtherOptions({ name, options }: Command, { values }: Arguments): void {
  for (const option of Object.keys(values)) {
    if (!(options as readonly string[]).includes(option)) throw new UsageError(`${name} takes no --${option}`);
  }
}

/** As `--reason "$WHY"` gives it without that variable. */
function refuseEmpty({ values }: Arguments): void {
  for (const option of ['by', 'reason', 'provider'] as const) {
    if (values[option]?.trim() === '') throw new UsageError(`--${option}: it is empty`);
  }
}

function failed(error: unknown, io: CliIo): number {
  const message = error instanceof Error ? error.message : 'it failed';
  // Node's own messages about arguments have several lines.
  const line = message.replaceAll(/\s*\n\s*/gu, ' ');
  io.error(`tierfall: ${plain(redact(line), 500)}\n`);
  if (error instanceof UsageError) {
    io.error('tierfall --help says how it is called\n');
    return USAGE;
  }
  if (error instanceof TryAgainError) return TRY_AGAIN;
  return isTierfallError(error, 'TIERFALL_STORE') && error.scope !== 'record' ? TRY_AGAIN : FAILED;
}
