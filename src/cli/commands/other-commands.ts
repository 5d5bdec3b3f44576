import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { classifyError } from '../../index.js';
import { columns, paint, plain } from '../io.js';
import { UsageError } from '../usage-error.js';
import type { Command } from './command.js';
import { noMore } from './target.js';

export const classify: Command = {
  name: 'classify',
  usage: 'classify < error',
  summary: 'Reads an error from standard input, text or JSON, and says what it means and which rule decided.',
  options: ['json'],
  async run({ positionals, values }, io) {
    noMore(positionals);
    const text = await io.readInput();
    if (text.trim() === '') throw new UsageError('classify reads the error from standard input');
    const verdict = classifyError(readError(text), { now: io.now() });
    if (values.json) {
      io.out(`${JSON.stringify(verdict, null, 2)}\n`);
      return 0;
    }
    const { kind, scope, retryAfterMs, status, code, provider, message, evidence } = verdict;
    const facts: [string, string | undefined][] = [
      ['kind', paint(io, 'bold', kind)],
      ['rule', evidence.rule],
      ['scope', scope],
      ['wait', retryAfterMs === undefined ? undefined : `${retryAfterMs} ms`],
      ['status', status === undefined ? undefined : String(status)],
      ['code', code],
      ['provider', provider],
      ['message', message],
    ];
    const rows = facts.flatMap(([name, value]) =>
      value === undefined || value === ''
        ? []
        : [[paint(io, 'grey', name), name === 'kind' ? value : plain(value, 500)]],
    );
    for (const line of columns(rows)) io.out(`${line}\n`);
    return 0;
  },
};

interface DrillRow {
  readonly tier: string;
  readonly ok: boolean;
  readonly kind?: string;
  readonly durationMs: number;
  readonly message: string;
}

export const drill: Command = {
  name: 'drill',
  usage: 'drill --config FILE',
  summary: 'Asks every tier once and changes nothing. FILE is a module that exports `failover` and `call`.',
  options: ['config', 'json'],
  async run({ positionals, values }, io) {
    noMore(positionals);
    if (values.config === undefined) throw new UsageError('--config: name a module that exports `failover` and `call`');
    const { failover, call } = await load(values.config);
    let rows: DrillRow[];
    try {
      rows = await failover.drill(call);
    } finally {
      // Or a client of its store keeps the process alive.
      await failover.close?.();
    }
    if (values.json) io.out(`${JSON.stringify({ tiers: rows }, null, 2)}\n`);
    else {
      const lines = columns(
        rows.map(({ tier, ok, kind, durationMs, message }) => [
          ok ? paint(io, 'green', 'ok') : paint(io, 'red', kind ?? 'failed'),
          plain(tier),
          paint(io, 'grey', `${Math.round(durationMs)} ms`),
          plain(ok ? '' : message),
        ]),
      );
      for (const line of lines) io.out(`${line}\n`);
    }
    return rows.every(({ ok }) => ok) ? 0 : 1;
  },
};

interface DrillModule {
  failover: { drill(call: unknown): Promise<DrillRow[]>; close?(): Promise<void> };
  call: unknown;
}

async function load(path: string): Promise<DrillModule> {
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`--config ${path}: ${error instanceof Error ? error.message : 'cannot be loaded'}`, {
      cause: error,
    });
  }
  const given = { ...(module['default'] as object | undefined), ...module } as Partial<DrillModule>;
  if (typeof given.failover?.drill !== 'function')
    throw new Error(`--config ${path}: export a \`failover\` that has a drill`);
  if (typeof given.call !== 'function')
    throw new Error(`--config ${path}: export a \`call\`, as resolveWithFallback takes`);
  return { failover: given.failover, call: given.call };
}

/** JSON where it is some, else the text itself. */
function readError(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return text;
  }
}
