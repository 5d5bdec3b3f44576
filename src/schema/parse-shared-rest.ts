import * as z from 'zod/mini';
import { StoreError } from '../core/errors.js';

/** Layout of a stored shared rest. */
export const SHARED_REST_SCHEMA = 1;

/** What several instances know of one key, provider or model: a record of its own, beside their states. */
export type StoredRest = {
  schema: typeof SHARED_REST_SCHEMA;
  /** End of the rest, epoch milliseconds. */
  until: number;
  /** The provider asked for it. */
  firm: boolean;
  kind: string;
  /** When it was last seen to fail: an answer to a call that began before says nothing about it. */
  failedAt: number;
  /** Consecutive failures the fleet saw; 0 once somebody had an answer. */
  failures: number;
  /** Who saw it: two make an overload everybody's. */
  seenBy: string[];
};

/** Nothing is known of it. */
export const NO_REST: StoredRest = {
  schema: SHARED_REST_SCHEMA,
  until: 0,
  firm: false,
  kind: '',
  failedAt: 0,
  failures: 0,
  seenBy: [],
};

const stored = z.object({
  schema: z.literal(SHARED_REST_SCHEMA),
  until: z.number(),
  firm: z.boolean(),
  kind: z.string(),
  failedAt: z.number(),
  failures: z.number().check(z.nonnegative()),
  seenBy: z.array(z.string()),
});

/** Reads a shared rest that came back from a store. @throws {StoreError} when it is none */
export function parseSharedRest(input: unknown, key: string): StoredRest {
  const parsed = stored.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StoreError({ operation: 'load', key, message: `the stored rest ${key.slice(0, 200)} cannot be read` });
}
