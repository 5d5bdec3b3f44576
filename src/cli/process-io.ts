import type { CliIo } from './io.js';

/** What the command needs of its process. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<unknown> & { readonly isTTY?: boolean; setEncoding(encoding: 'utf8'): unknown };
  readonly stdout: CliOutput & { readonly isTTY?: boolean };
  readonly stderr: CliOutput;
  exit(code: number): void;
}

interface CliOutput {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** What the classifier reads of an error, in characters; no more is read of standard input. */
const LONGEST_INPUT = 2_000_000;

/** What the command reads and writes as a process of its own. */
export function ioOf(process: CliProcess): CliIo {
  const { argv, env, stdin, stdout, stderr } = process;
  // A reader that has gone, such as `head`, is no failure.
  stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  stderr.on('error', () => undefined);
  return {
    argv: argv.slice(2),
    env,
    hasColours: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '',
    now: Date.now,
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    async readInput() {
      if (stdin.isTTY === true) return '';
      let text = '';
      stdin.setEncoding('utf8');
      for await (const chunk of stdin) {
        text += String(chunk);
        if (text.length > LONGEST_INPUT) break;
      }
      return text;
    },
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  };
}
