import * as z from 'zod/mini';
import { StoreError } from '../../core/errors.js';
import { completeState, type PartialState } from '../../core/tier/stored/complete-state.js';
import { fromSparse, type ReadFor } from '../../core/tier/stored/sparse-state.js';
import { strongestPause } from '../../core/tier/rests/standing-pauses.js';
import { pauseSources, STATE_SCHEMA, type State } from '../../core/tier/state.js';
import { toConfigIssues } from '../issues.js';

const time = z.nullable(z.number());
const count = z.number().check(z.refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number'));

/** Schema 1 has the first six fields of a tier, and none of the later ones. */
const tierFields = {
  restUntil: time,
  retryAfterUntil: time,
  heldUntil: time,
  failures: count,
  lastFailureKind: z.nullable(z.string()),
  lastFailureAt: time,
  cooldownUntil: z.optional(time),
  retryAfterMs: z.optional(time),
  modelRestUntil: z.optional(time),
  modelRetryAfterUntil: z.optional(time),
  penalty: z.optional(z.number().check(z.nonnegative())),
  recordedAt: z.optional(time),
  unrecorded: z.optional(z.nullable(count)),
  recentFailures: z.optional(z.nullable(z.array(z.number()))),
};

const identityFields = {
  provider: z.string(),
  model: z.string(),
  credential: z.nullable(z.string()),
  fingerprint: z.optional(z.string()),
};

const storedPause = z.object({
  source: z.enum(pauseSources),
  by: z.string(),
  reason: z.string(),
  at: z.number(),
  until: z.optional(z.number()),
});

const stored = z.object({
  schema: z.union([z.literal(1), z.literal(STATE_SCHEMA)]),
  ids: z.array(z.string()),
  identities: z.optional(z.array(z.object(identityFields))),
  tier: count,
  reportedTier: z.optional(count),
  /** Of schema 1. */
  returnedFrom: z.optional(z.nullable(count)),
  exhaustedAt: z.optional(time),
  tiers: z.array(z.object(tierFields)),
  absent: z.optional(z.array(z.object({ ...identityFields, ...tierFields, since: z.number() }))),
  pauses: z.array(storedPause),
  lastFailureKind: z.nullable(z.string()),
  resetAt: z.optional(z.number()),
  sparse: z.optional(z.object({ length: count, at: z.array(count) })),
});

/** More tiers than a chain can have; a number beyond it is a damaged record. */
const MOST_TIERS = 1_000_000;

/**
 * Reads a state that came back from a store, also one that the first edition of this library wrote. `paused` is
 * computed from `pauses`, so that the two cannot disagree.
 *
 * @param chain what it is read for, where that is known: of a long chain fresh keys are not stored
 * @throws {StoreError} when it is not a state, or was written by a newer version of this library
 */
export function parseState(input: unknown, key: string, chain?: ReadFor): State {
  const schema = typeof input === 'object' && input !== null && 'schema' in input ? input.schema : undefined;
  if (typeof schema === 'number' && schema > STATE_SCHEMA) {
    throw unreadable(key, `it has schema ${schema}, this version reads up to ${STATE_SCHEMA}; upgrade tierfall here`);
  }
  const parsed = stored.safeParse(input);
  if (!parsed.success) {
    const [issue] = toConfigIssues(parsed.error.issues, 'state');
    throw unreadable(key, `${issue?.path ?? 'state'}: ${issue?.message ?? 'not a state'}`);
  }
  const state = completeState(withoutUndefined(parsed.data));
  const { ids, identities, tiers } = state;
  const isIndex = (index: number) => index < Math.max(1, ids.length);
  if (tiers.length !== ids.length || identities.length !== ids.length || !isIndex(state.tier)) {
    throw unreadable(key, 'tier: does not fit the list of ids');
  }
  if (!isIndex(state.reportedTier)) throw unreadable(key, 'reportedTier: does not fit the list of ids');
  const { sparse } = parsed.data;
  const isAscending = sparse?.at.every((index, place) => index > (sparse.at[place - 1] ?? -1) && index < sparse.length);
  if (sparse && (!isAscending || sparse.at.length !== ids.length || sparse.length > MOST_TIERS)) {
    throw unreadable(key, 'sparse: does not fit the list of ids');
  }
  const whole = sparse ? fromSparse({ ...state, sparse }, chain) : state;
  return { ...whole, paused: strongestPause(state.pauses) };
}

/** What zod calls optional may be `undefined`; our types say absent. What was stored has no `undefined`. */
function withoutUndefined(data: z.infer<typeof stored>): PartialState {
  return data as PartialState;
}

function unreadable(key: string, why: string): StoreError {
  // A pause over everything or a provider has no reset.
  const ending = key.startsWith('instance:') ? 'a reset' : 'it is deleted';
  return new StoreError({
    operation: 'load',
    key,
    scope: 'record',
    message: `the stored state of ${key.slice(0, 200)} cannot be read and is left as it is until ${ending}: ${why}`,
  });
}
