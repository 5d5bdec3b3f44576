import * as z from 'zod/mini';
import { StoreError } from '../core/errors.js';
import { strongestPause } from '../core/tier/fold.js';
import { pauseSources, STATE_SCHEMA, type State } from '../core/tier/state.js';
import { toConfigIssues } from './issues.js';

const time = z.nullable(z.number());
const count = z.number().check(z.refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number'));

const tierState = z.object({
  restUntil: time,
  retryAfterUntil: time,
  heldUntil: time,
  failures: count,
  lastFailureKind: z.nullable(z.string()),
  lastFailureAt: time,
});

const storedPause = z.object({ source: z.enum(pauseSources), by: z.string(), reason: z.string(), at: z.number() });

const stored = z.object({
  schema: z.literal(STATE_SCHEMA),
  ids: z.array(z.string()),
  tier: count,
  returnedFrom: z.nullable(count),
  tiers: z.array(tierState),
  pauses: z.array(storedPause),
  lastFailureKind: z.nullable(z.string()),
});

/**
 * Reads a state that came back from a store. `paused` is worked out anew, so the two can never disagree.
 *
 * @throws {StoreError} when it is not a state, or was written by a newer version of this library
 */
export function parseState(input: unknown, key: string): State {
  const schema = typeof input === 'object' && input !== null && 'schema' in input ? input.schema : undefined;
  if (typeof schema === 'number' && schema > STATE_SCHEMA) {
    throw unreadable(key, `it has schema ${schema}, this version reads up to ${STATE_SCHEMA}; upgrade tierfall here`);
  }
  const parsed = stored.safeParse(input);
  if (!parsed.success) {
    const [issue] = toConfigIssues(parsed.error.issues, 'state');
    throw unreadable(key, `${issue?.path ?? 'state'}: ${issue?.message ?? 'not a state'}`);
  }
  const { data } = parsed;
  if (data.tiers.length !== data.ids.length || data.tier >= Math.max(1, data.ids.length)) {
    throw unreadable(key, 'tier: does not fit the list of ids');
  }
  return { ...data, paused: strongestPause(data.pauses) };
}

function unreadable(key: string, why: string): StoreError {
  // A pause over everything or a provider has no reset.
  const ending = key.startsWith('instance:') ? 'a reset' : 'it is deleted';
  return new StoreError({
    operation: 'load',
    key,
    message: `the stored state of ${key.slice(0, 200)} cannot be read and is left as it is until ${ending}: ${why}`,
  });
}
