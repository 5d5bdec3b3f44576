import type { TierIdentity } from '../../config.js';
import { freshTierState, STATE_SCHEMA, type State, type TierState } from '../state.js';

/** A state of schema 1, or one with the fields of the public contract and no more. */
export interface PartialState extends Partial<Omit<State, 'schema' | 'tiers'>> {
  schema?: number;
  ids: string[];
  tier: number;
  tiers: (Partial<TierState> & Pick<TierState, 'restUntil'>)[];
  /** Of schema 1: where calls came back from, until the present tier has answered. */
  returnedFrom?: number | null;
}

/** The same state with every field of the present schema; a complete one comes back as it is. */
export function completeState(input: State | PartialState): State {
  if (isComplete(input)) return input;
  const state: PartialState = input;
  const { ids, tier, tiers, returnedFrom } = state;
  return {
    schema: STATE_SCHEMA,
    ids,
    identities: state.identities ?? ids.map(identityFrom),
    tier,
    reportedTier: state.reportedTier ?? returnedFrom ?? tier,
    exhaustedAt: state.exhaustedAt ?? null,
    tiers: tiers.map((each) => ({ ...freshTierState(), ...inferred(each), ...each })),
    absent: state.absent ?? [],
    pauses: state.pauses ?? [],
    paused: state.paused ?? null,
    lastFailureKind: state.lastFailureKind ?? null,
    ...(state.resetAt === undefined ? {} : { resetAt: state.resetAt }),
  };
}

function isComplete(input: State | PartialState): input is State {
  return (
    input.schema === STATE_SCHEMA &&
    input.identities !== undefined &&
    input.reportedTier !== undefined &&
    input.exhaustedAt !== undefined &&
    input.absent !== undefined &&
    input.tiers.every((tier) => tier.unrecorded !== undefined && tier.penalty !== undefined)
  );
}

/** Schema 1 had each pair once, and its ids were `provider/model`: whatever the credential, it is the same tier. */
function identityFrom(id: string): TierIdentity {
  const slash = id.indexOf('/');
  return slash < 0
    ? { provider: id, model: '', credential: null }
    : { provider: id.slice(0, slash), model: id.slice(slash + 1), credential: null };
}

/** Whose fault a rest of schema 1 is was not kept: it counts under any credential, so that no wait is lost. */
function inferred(tier: PartialState['tiers'][number]): Partial<TierState> {
  const { restUntil, retryAfterUntil = null, lastFailureAt = null } = tier;
  return {
    modelRestUntil: restUntil,
    modelRetryAfterUntil: retryAfterUntil,
    cooldownUntil: restUntil === retryAfterUntil ? null : restUntil,
    retryAfterMs: retryAfterUntil === null || lastFailureAt === null ? null : retryAfterUntil - lastFailureAt,
  };
}
