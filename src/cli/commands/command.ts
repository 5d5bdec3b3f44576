import type { Arguments, OptionName } from '../arguments.js';
import type { CliIo } from '../io.js';

/** One word after `tierfall`. */
export interface Command {
  readonly name: string;
  /** How it is called, for `--help`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly OptionName[];
  /** Does it and gives the exit code. */
  run(given: Arguments, io: CliIo): Promise<number>;
}
