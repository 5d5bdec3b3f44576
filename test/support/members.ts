import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { vi } from 'vitest';

/** A process of a test: it is given orders, and what it tells is kept. */
export interface Member {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly lines: readonly string[];
  /** Gives an order and waits for its answer. */
  ask(order: string): Promise<unknown>;
}

/** Bundles a program of a test into one file that Node runs. `tierfall` is taken from `src`, as tsconfig.json says. */
export async function bundleProgram(entry: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native', 'pg-cloudflare'],
    logLevel: 'error',
  });
}

/** Starts a program that calls `answerOrders`, with arguments as JSON, and waits until it is ready. */
export async function startMember(script: string, ...args: unknown[]): Promise<Member> {
  const given = args.map((arg) => JSON.stringify(arg));
  const child = spawn(process.execPath, [script, ...given], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const answer = (order: string, from: number): Promise<string> =>
    soon(() => {
      const line = lines.slice(from).find((each) => each.startsWith(`${order} `));
      if (line === undefined) throw new Error(`no answer to ${order}`);
      return line.slice(order.length + 1);
    });
  const ask = async (order: string): Promise<unknown> => {
    const from = lines.length;
    child.stdin.write(`${order}\n`);
    return JSON.parse(await answer(order, from)) as unknown;
  };
  await answer('ready', 0);
  return { child, lines, ask };
}

/** Looks again and again until `look` throws no more. Other processes take their time on a busy machine. */
export function soon<T>(look: () => T): Promise<Awaited<T>> {
  return vi.waitFor(look, { timeout: 20_000, interval: 20 }) as Promise<Awaited<T>>;
}
