import type { LedgerEvent, Pause } from '../../core/tier/state.js';
import { pauseEnd, strongestPause } from '../../core/tier/rests/standing-pauses.js';
import { activePauses, type InstanceView } from '../../core/view/instance-view.js';
import { shownRow, shownText } from '../../core/view/shown-text.js';
import { explainInstance, endOf } from '../../core/view/explain-instance.js';
import { inWords } from '../../core/view/duration-words.js';
import { readNumber } from '../arguments.js';
import { columns, paint, plain, type CliIo } from '../io.js';
import { StoredInstances } from '../stored-instances.js';
import { clockTime, nextWords, showInstances } from './show.js';
import type { Command } from './command.js';
import { noMore, readName, readTarget } from './target.js';
import { withStore } from './with-store.js';

const POLL_MS = 1000;
const NOT_READY = 75;

export const status: Command = {
  name: 'status',
  usage: 'status [NAME]',
  summary: 'Where calls go, why, and what is next.',
  options: ['store', 'json'],
  run: (given, io) =>
    withStore(given, io, async (_, stored) => {
      const [name, ...rest] = given.positionals;
      noMore(rest);
      const views = name === undefined ? await stored.views() : [await stored.view(readName(name))];
      const known = views.filter((view) => view !== undefined);
      if (name !== undefined && known.length === 0) {
        io.error(`nothing is stored of ${plain(name)}\n`);
        return 1;
      }
      if (given.values.json) {
        io.out(`${JSON.stringify(name === undefined ? { instances: known } : known[0], null, 2)}\n`);
        return 0;
      }
      const all = strongestPause(activePauses(await stored.pauses('all'), io.now()));
      if (all) showPause('Everything', all, io);
      for (const { provider, pause } of stored.pausedProviders()) showPause(plain(provider), pause, io);
      showInstances(known, io);
      return 0;
    }),
};

export const history: Command = {
  name: 'history',
  usage: 'history NAME|--all|--provider P',
  summary: 'What happened, newest first.',
  options: ['store', 'all', 'provider', 'limit', 'json'],
  run: (given, io) =>
    withStore(given, io, async (store) => {
      const { target, rest } = readTarget(given);
      noMore(rest);
      const limit = readNumber('limit', given.values.limit, { least: 1, most: 1000, otherwise: 20 });
      const key =
        typeof target === 'string' ? `instance:${target}` : 'all' in target ? 'all' : `provider:${target.provider}`;
      const rows = await store.history(key, { limit });
      if (given.values.json) {
        io.out(`${JSON.stringify({ events: rows.map(shownRow) }, null, 2)}\n`);
        return 0;
      }
      if (rows.length === 0) io.out('Nothing is stored of it.\n');
      for (const line of columns(rows.map((row) => historyRow(row, io)))) io.out(`${line}\n`);
      return 0;
    }),
};

export const ready: Command = {
  name: 'ready',
  usage: 'ready NAME',
  summary: 'Whether a tier may be asked now: exit code 0, else 75. --wait SECONDS waits for it.',
  options: ['store', 'wait', 'json'],
  run: (given, io) =>
    withStore(given, io, async (store) => {
      const [name, ...rest] = given.positionals;
      noMore(rest);
      const instance = readName(name);
      const waitMs = readNumber('wait', given.values.wait, { least: 0, most: 604_800, otherwise: 0 }) * 1000;
      const end = io.now() + waitMs;
      for (;;) {
        // Read anew each time: another process may have changed it.
        const stored = new StoredInstances(store, () => io.now());
        const view = await stored.view(instance);
        const answer = view ? readiness(view) : readinessOfNew(activePauses(await stored.pauses('all'), io.now()));
        const left = end - io.now();
        if (answer.isReady || left <= 0) {
          if (given.values.json) io.out(`${JSON.stringify({ instance, ready: answer.isReady, retryAt: answer.at })}\n`);
          else
            io.out(
              `${
                answer.isReady ? paint(io, 'green', 'ready') : paint(io, 'yellow', 'not ready')
              }: ${plain(answer.why)}${answer.at === null ? '' : `, ${inWords(answer.at - io.now())}`}\n`,
            );
          return answer.isReady ? 0 : NOT_READY;
        }
        await io.sleep(Math.min(POLL_MS, left));
      }
    }),
};

interface Readiness {
  readonly isReady: boolean;
  readonly why: string;
  /** When to ask again; `null`: nobody knows. */
  readonly at: number | null;
}

/** Of an instance that nothing is stored of: only a pause of everything concerns it for certain. */
function readinessOfNew(pauses: readonly Pause[]): Readiness {
  const all = strongestPause(pauses);
  if (!all) return { isReady: true, why: 'nothing is stored of it', at: null };
  const at = pauseEnd(pauses);
  return { isReady: false, why: `Paused by ${all.by}${at === null ? '; until someone resumes it' : ''}`, at };
}

/** Whether a call would be made now. */
function readiness(view: InstanceView): Readiness {
  const tier = view.tiers[view.tier.index];
  const { why, next } = explainInstance(view);
  const isFree = tier !== undefined && (endOf(tier) === null || view.trial !== null);
  if (!view.paused && isFree) return { isReady: true, why: `${view.tier.provider}/${view.tier.model}`, at: null };
  return {
    isReady: false,
    why: next && next.at === undefined ? `${why}; ${next.text.toLowerCase()}` : why,
    at: view.retryAt,
  };
}

function showPause(what: string, { by, reason }: Pause, io: CliIo): void {
  io.out(`${paint(io, 'red', `${what} is paused`)} by ${plain(by)}: ${plain(shownText(reason))}\n`);
}

function historyRow(stored: LedgerEvent, io: CliIo): string[] {
  const { type, at, by, from, to, tier, kind, reason, until, direction } = shownRow(stored);
  const facts = [
    direction,
    from !== undefined && to !== undefined ? `${from} -> ${to}` : tier,
    kind,
    by === undefined ? undefined : `by ${by}`,
    reason === kind ? undefined : reason,
    until === undefined
      ? undefined
      : nextWords({ text: 'until', at: until, style: 'at' }, io.now()).replace('until at', 'until'),
  ];
  return [
    paint(io, 'grey', clockTime(at, io.now())),
    plain(type, 40),
    plain(facts.filter((fact) => fact !== undefined).join('  '), 300),
  ];
}
