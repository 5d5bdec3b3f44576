import { identityOf, type Tier, type TierIdentity } from '../../core/config.js';
import { StoreError } from '../../core/errors.js';
import { resetTiers } from '../../core/tier/transitions/reset-tiers.js';
import type { State, Transition } from '../../core/tier/state.js';
import { toSparse } from '../../core/tier/stored/sparse-state.js';
import type { ResetTarget } from '../../core/tier/rests/reset-names.js';
import type { Clock } from '../../ports/clock.js';
import { parseState } from '../../schema/stored/parse-state.js';
import type { Looks } from '../recovery/looks.js';
import type { StateRecord } from '../store/state-record.js';
import type { StoreClient } from '../store/store-client.js';
import { isCovered } from './reset-counts.js';

/** An operator's reset, as far as it goes into the ledger. */
interface Request {
  by: string;
  reason?: string | undefined;
}

/** Instances of the store that are read at a time. */
const AT_ONCE = 100;
/** How often a reset begins anew because another process has changed the state meanwhile. */
const MOST_TRIES = 20;

/** Ends what the instances in memory have learnt themselves of what an operator has reset for all of them. */
export function resetInMemory(
  facts: { chain: readonly Tier[]; clock: Clock; looks: Looks; records: Iterable<StateRecord> },
  target: ResetTarget,
  request: Request,
): void {
  const { chain, clock, looks, records } = facts;
  const now = clock.now();
  const concerns = (tier: TierIdentity) => isCovered(tier, target);
  for (const tier of chain) if (concerns(identityOf(tier))) looks.clear(tier);
  for (const record of records) record.apply((state) => resetTiers(state, { ...request, concerns }, now));
}

/**
 * The same for the instances that only the store knows: a process that was started to operate has none in memory. Works
 * on what is stored, as that process may have another chain. A state that cannot be read is left as it is. Rejects with
 * `StoreError`.
 */
export async function resetInStore(
  facts: { store: StoreClient; isKnown: (name: string) => boolean; clock: Clock },
  target: ResetTarget,
  request: Request,
): Promise<void> {
  const { store, isKnown, clock } = facts;
  const concerns = (tier: TierIdentity) => isCovered(tier, target);
  const forget = (state: State) => resetTiers(state, { ...request, concerns }, clock.now());
  let batch: string[] = [];
  for await (const name of store.instances()) {
    if (isKnown(name)) continue;
    batch.push(name);
    if (batch.length < AT_ONCE) continue;
    await Promise.all(batch.map(async (each) => changeStored(store, each, forget)));
    batch = [];
  }
  await Promise.all(batch.map(async (each) => changeStored(store, each, forget)));
}

async function changeStored(store: StoreClient, name: string, forget: (state: State) => Transition): Promise<void> {
  const key = `instance:${name}`;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await store.ask('load', key, async (asked) => asked.load(key));
    const before = found && readable(found.state, key);
    if (!before) return;
    const { state, events } = forget(before);
    if (events.length === 0) return;
    const { version } = found;
    const answer = await store.ask('commit', key, async (asked) => asked.commit(key, version, toSparse(state), events));
    if (answer.ok) return;
  }
  throw new StoreError({
    operation: 'commit',
    key,
    message: `${key} was changed by others each time; reset it by name`,
  });
}

function readable(stored: unknown, key: string): State | undefined {
  try {
    return parseState(stored, key);
  } catch {
    return undefined;
  }
}
