import type { FailoverConfig, Tier } from '../../config.js';
import { alignState } from './align-state.js';
import { applyOutcome } from './apply-outcome.js';
import { begin } from '../begin.js';
import { applyEvent } from '../fold.js';
import type { LedgerEvent, Outcome, State, StatePatch, Transition } from '../state.js';

/** What puts tiers to rest. */
const restful: ReadonlySet<LedgerEvent['type']> = new Set(['tier-failed', 'rest-extended']);

/**
 * Takes in a failure of a tier that the chain lacks, by a call that began under another one: it is kept for the time
 * when the tier is back, and rests the tiers of this chain that it covers. It steps nobody.
 *
 * @param outcome its `tier` counts from the end of the chain on, through `lacking`
 * @param lacking tiers of the other chain that this one lacks
 */
export function failAbsent(
  state: State,
  outcome: Extract<Outcome, { ok: false }>,
  lacking: readonly Tier[],
  config: FailoverConfig,
  now: number,
): Transition {
  const draft = begin(state, now);
  const { length } = config.chain;
  const whole = { ...config, chain: [...config.chain, ...lacking] };
  const before = alignState(draft.state, whole, now).state;
  const failed = applyOutcome(before, outcome, whole, now).events.find(({ type }) => restful.has(type));
  if (!failed) return draft.done();
  const { absent } = alignState(applyEvent(before, failed), config, now).state;
  const covered = Object.entries(failed.set?.tiers ?? {}).filter(([index]) => Number(index) < length);
  const set: StatePatch = { absent, ...(covered.length > 0 ? { tiers: Object.fromEntries(covered) } : {}) };
  // Always a row: of a tier that is absent no later one would say what this did.
  const { counted: _, ...row } = failed;
  draft.add({ ...row, set });
  return draft.done();
}
