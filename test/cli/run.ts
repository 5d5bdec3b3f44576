import { main } from '../../src/cli/main.js';

/** How a command ended. */
export interface Ended {
  code: number;
  out: string;
  error: string;
}

export interface RunOptions {
  input?: string;
  env?: Record<string, string | undefined>;
  hasColours?: boolean;
  now?: () => number;
  sleep?: (ms: number) => Promise<void>;
}

/** Runs `tierfall` with these arguments in this process. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const ended: Ended = { code: -1, out: '', error: '' };
  ended.code = await main(
    {
      argv,
      env: { USER: 'kim', ...options.env },
      hasColours: options.hasColours ?? false,
      now: options.now ?? Date.now,
      out: (text) => void (ended.out += text),
      error: (text) => void (ended.error += text),
      readInput: () => Promise.resolve(options.input ?? ''),
      sleep: options.sleep ?? (() => Promise.resolve()),
    },
    '1.2.3',
  );
  return ended;
}
