import { printedIds, type Tier } from '../../core/config.js';
import { createFailover, type Failover, type PauseTarget } from '../../index.js';
import type { StateStore } from '../../ports/state-store.js';
import { readUntil, type Arguments } from '../arguments.js';
import { plain, type CliIo } from '../io.js';
import { StoredInstances } from '../stored-instances.js';
import { UsageError } from '../usage-error.js';
import { showInstances } from './show.js';
import type { Command } from './command.js';
import { noMore, readName, readTarget, targetWords } from './target.js';
import { withStore } from './with-store.js';

interface Action {
  readonly failover: Failover;
  readonly target: PauseTarget;
  readonly by: string;
  readonly reason: string | undefined;
  readonly until: number | undefined;
}

/** A command that does one thing to one target and shows how it stands then. */
function action(
  given: Pick<Command, 'name' | 'usage' | 'summary' | 'options'> & {
    /** In the past: `paused`. */
    done: string;
    /** An instance nothing is stored of is no error. */
    takesUnknown?: boolean;
    act: (action: Action) => Promise<void>;
  },
): Command {
  const { done, takesUnknown = false, act, ...command } = given;
  return {
    ...command,
    run: (typed, io) =>
      withStore(typed, io, async (store, stored) => {
        const { target, rest } = readTarget(typed);
        noMore(rest);
        if (typeof target === 'string' && !takesUnknown && !(await isKnown(store, target))) {
          io.error(`nothing is stored of ${plain(target)}\n`);
          return 1;
        }
        const note = await unknownTarget(store, stored, target);
        const { reason, until } = typed.values;
        const facts = { target, by: actorOf(typed, io), reason, until: readUntil(until, io.now()) };
        await operate(store, await chainOf(stored, target), (failover) => act({ failover, ...facts }));
        await show(typed, io, store, target, done);
        if (note) io.error(`${note}\n`);
        return 0;
      }),
  };
}

/** Said beside what was done where the store does not know the target: a name may be misspelt. */
async function unknownTarget(
  store: StateStore,
  stored: StoredInstances,
  target: PauseTarget,
): Promise<string | undefined> {
  if (typeof target === 'string') {
    return (await isKnown(store, target))
      ? undefined
      : `nothing was stored of ${plain(target)} before: is that its name?`;
  }
  if (!('provider' in target) || (await stored.mayHaveProvider(target.provider))) return undefined;
  return `no stored instance has a tier of ${plain(target.provider)}: is that its name?`;
}

export const pause = action({
  name: 'pause',
  usage: 'pause NAME|--all|--provider P',
  summary: 'No provider is called for it until somebody resumes it, or until --until.',
  options: ['store', 'all', 'provider', 'reason', 'until', 'by', 'json'],
  done: 'paused',
  takesUnknown: true,
  act: ({ failover, target, by, reason, until }) =>
    failover.pause(target, { by, reason: reason ?? 'no reason given', ...(until === undefined ? {} : { until }) }),
});

export const resume = action({
  name: 'resume',
  usage: 'resume NAME|--all|--provider P',
  summary: 'Lifts every pause of it.',
  options: ['store', 'all', 'provider', 'reason', 'by', 'json'],
  done: 'resumed',
  act: ({ failover, target, by, reason }) => failover.resume(target, { by, ...because(reason) }),
});

export const reset = action({
  name: 'reset',
  usage: 'reset NAME|--all|--provider P',
  summary: 'Back to the first tier: ends rests, waits, holds and pauses; of --all and --provider: rests and waits.',
  options: ['store', 'all', 'provider', 'reason', 'by', 'json'],
  done: 'reset',
  // More targets than an instance where the failover knows them; it says so where it does not.
  act: ({ failover, target, by, reason }) => failover.reset(target, { by, ...because(reason) }),
});

export const hold: Command = {
  name: 'hold',
  usage: 'hold NAME TIER',
  summary: 'Keeps it off a tier: its number, from 1, or provider/model.',
  options: ['store', 'reason', 'until', 'by', 'json'],
  run: (given, io) =>
    withStore(given, io, async (store, stored) => {
      const [name, tier, ...rest] = given.positionals;
      noMore(rest);
      const target = readName(name);
      const wanted = readTier(tier);
      if (!(await isKnown(store, target))) {
        io.error(`nothing is stored of ${plain(target)}\n`);
        return 1;
      }
      const until = readUntil(given.values.until, io.now());
      const chain = await stored.chainFor(target);
      const ids = printedIds(chain);
      const held = typeof wanted === 'number' ? wanted : ids.indexOf(wanted);
      if (!ids[held]) {
        // The failover's own error counts from 0.
        const known = ids.map((id, index) => `${index + 1} (${plain(id)})`).join(', ');
        io.error(`tierfall: ${plain(target)} has no tier ${plain(tier ?? '')}; it has ${known}\n`);
        return 1;
      }
      await operate(store, chain, (failover) =>
        failover.hold(target, held, {
          by: actorOf(given, io),
          ...because(given.values.reason),
          ...(until === undefined ? {} : { until }),
        }),
      );
      await show(given, io, store, target, 'held back');
      return 0;
    }),
};

/** Makes a failover with a chain of the store's, only to operate with. */
async function operate(
  store: StateStore,
  chain: readonly Tier[],
  act: (failover: Failover) => Promise<void>,
): Promise<void> {
  const failover = createFailover({ chain, store });
  try {
    await act(failover);
  } finally {
    await failover.close();
  }
}

function chainOf(stored: StoredInstances, target: PauseTarget): Promise<readonly Tier[]> {
  if (typeof target === 'string') return stored.chainFor(target);
  if ('provider' in target) return Promise.resolve([{ provider: target.provider, model: 'any' }]);
  return stored.chainFor('');
}

async function isKnown(store: StateStore, name: string): Promise<boolean> {
  return (await store.load(`instance:${name}`)) !== undefined;
}

async function show(given: Arguments, io: CliIo, store: StateStore, target: PauseTarget, done: string): Promise<void> {
  const view = typeof target === 'string' ? await new StoredInstances(store, () => io.now()).view(target) : undefined;
  if (given.values.json) io.out(`${JSON.stringify(view ?? { target, done }, null, 2)}\n`);
  else if (view) showInstances([view], io);
  else io.out(`${plain(targetWords(target))}: ${done}\n`);
}

/** Who acts, for the ledger. */
function actorOf({ values }: Arguments, { env }: CliIo): string {
  // Some containers set an empty USER.
  return values.by ?? ([env['USER'], env['LOGNAME']].find((name) => name?.trim()) || 'cli');
}

function because(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** People count tiers from 1, as the badges do. */
function readTier(tier: string | undefined): number | string {
  if (tier === undefined || tier === '') throw new UsageError('name the tier: its number, from 1, or provider/model');
  if (!/^\d+$/u.test(tier)) return tier;
  if (tier === '0') throw new UsageError('tiers count from 1, as the badges do');
  return Number(tier) - 1;
}
