import * as z from 'zod/mini';
import { StoreError } from '../../core/errors.js';
import { isDotName } from '../../core/dot-name.js';
import type { TargetState } from '../../core/health/target.js';

const time = z.nullable(z.number().check(z.refine((value) => Number.isFinite(value))));

const target = z.object({
  phase: z.enum(['clear', 'paused', 'trying']),
  source: z.enum(['health', 'alert']),
  by: z.string(),
  reason: z.string(),
  rule: z.nullable(z.string()),
  pausedAt: time,
  isPlaced: z.boolean(),
  clearSince: time,
  relapses: z.number().check(z.refine((value) => Number.isInteger(value) && value >= 0)),
  resumedAt: time,
  judgedFrom: z.number().check(z.refine((value) => Number.isFinite(value))),
  graceUntil: time,
  ruleset: z.string(),
  checkedAt: z.number().check(z.refine((value) => Number.isFinite(value))),
});

const stored = z.object({ schema: z.literal(1), targets: z.record(z.string(), target) });

/** Version of what a monitor stores. */
export const HEALTH_SCHEMA = 1;

/** Reads what a monitor has stored of its targets. @throws {StoreError} it is something else */
export function parseHealthTargets(value: unknown, key: string): ReadonlyMap<string, TargetState> {
  const result = stored.safeParse(value);
  // Of a name that no instance may have: an earlier version took some.
  const isTarget = (name: string) => name !== 'instance:' && !isDotName(name.replace(/^instance:/u, ''));
  if (result.success) return new Map(Object.entries(result.data.targets).filter(([name]) => isTarget(name)));
  const message = `${key}: what is stored is no state of a health monitor`;
  throw new StoreError({ operation: 'load', key, scope: 'record', message, cause: result.error });
}
