import * as z from 'zod/mini';
import { StoreError } from '../../core/errors.js';
import type { SharedTroubles } from '../../core/tier/rests/shared-trouble.js';

const count = z.number().check(z.nonnegative());
const span = z.object({ from: z.number(), storeFrom: z.nullable(z.number()), ms: count });

const stored = z.object({
  schema: z.literal(2),
  troubles: z.array(
    z.object({
      kind: z.string(),
      failedAt: z.number(),
      rest: span,
      wait: z.nullable(span),
      failures: count,
      seenBy: z.array(z.string()),
      resets: count,
    }),
  ),
  answered: z.boolean(),
});

/** The layout of the first edition: one rest for all kinds, as an end on the writer's clock. */
const storedFirst = z.object({
  schema: z.literal(1),
  until: z.number(),
  firm: z.boolean(),
  kind: z.string(),
  failedAt: z.number(),
  failures: count,
  seenBy: z.array(z.string()),
});

/** How often operators have reset what the shared rests are about, by what they named. */
export type ResetCounts = { schema: 1; counts: Record<string, number> };

const storedResets = z.object({ schema: z.literal(1), counts: z.record(z.string(), count) });

/** Reads what a fleet knows of a credential, provider or model. @throws {StoreError} when it is none */
export function parseSharedTroubles(input: unknown, key: string): SharedTroubles {
  const parsed = stored.safeParse(input);
  if (parsed.success) return parsed.data;
  const first = storedFirst.safeParse(input);
  if (!first.success) throw unreadable(key);
  const { until, firm, kind, failedAt, failures, seenBy } = first.data;
  if (failures === 0) return { schema: 2, troubles: [], answered: true };
  const rest = { from: failedAt, storeFrom: null, ms: Math.max(0, until - failedAt) };
  const trouble = { kind, failedAt, rest, wait: firm ? rest : null, failures, seenBy, resets: 0 };
  return { schema: 2, troubles: [trouble], answered: false };
}

/** Reads the record of resets. @throws {StoreError} when it is none */
export function parseResetCounts(input: unknown, key: string): ResetCounts {
  const parsed = storedResets.safeParse(input);
  if (parsed.success) return parsed.data;
  throw unreadable(key);
}

function unreadable(key: string): StoreError {
  const message = `the stored rest ${key.slice(0, 200)} cannot be read`;
  return new StoreError({ operation: 'load', key, scope: 'record', message });
}
