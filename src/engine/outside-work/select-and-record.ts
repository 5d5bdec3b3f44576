import { tierIndex, type Tier } from '../../core/config.js';
import { configError } from '../../core/errors.js';
import { failureScopes, isKind } from '../../core/kinds.js';
import { selectTier } from '../../core/tier/select-tier.js';
import type { Outcome } from '../../core/tier/state.js';
import type { OutcomeReport, SelectResult, Usage } from '../../ports/failover.js';
import { createCallState } from '../call/call-state.js';
import { chooseFirst } from '../call/choose-tier.js';
import { retryAt } from '../call/tier-access.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import { judge } from '../call/judge.js';
import { checkUsage } from './token-usage.js';

/** Where the next call of a host that runs its work elsewhere should go. Reserves the place there, where it needs one. */
export async function selectFor<T extends Tier>(engine: Engine<T>, instance: Instance): Promise<SelectResult<T>> {
  instance.followShared();
  await engine.prepareTrial(instance);
  const { clock, config } = engine;
  const now = clock.now();
  const pause = engine.pauseOf(instance);
  if (pause) return { ok: false, reason: 'paused', retryAt: pause.until ?? null };
  const selection = selectTier(instance.ledger.state, config, now, instance.rests);
  if (!selection.ok) return selection;
  const call = createCallState(engine, instance, () => undefined, {}, clock.elapsed());
  const choice = chooseFirst(call, now);
  if (!choice) return { ok: false, reason: 'resting', retryAt: retryAt(call, now) };
  const { index, place, isProbe = false } = choice;
  if (place) instance.reserve(place, isProbe);
  return { ...selection, index, probe: isProbe, tier: config.chain[index]! };
}

/** Reads a host's report of an attempt. @throws {ConfigError} naming the field that is wrong */
export function reportedOutcome<T extends Tier>(
  engine: Engine<T>,
  report: OutcomeReport,
): { outcome: Outcome & { tier: number }; usage: Usage | undefined } {
  if (typeof report !== 'object' || report === null) throw configError('report', 'expected { tier, ok, ... }');
  const { ok, kind, scope, retryAfterMs, startedAt } = report;
  const index = tierIndex(engine.ids, report.tier);
  if (index < 0) throw configError('report.tier', `no such tier in this chain; known: ${engine.ids.join(', ')}`);
  if (typeof ok !== 'boolean') throw configError('report.ok', 'expected true or false');
  if (kind !== undefined && !isKind(kind)) throw configError('report.kind', 'expected one of the failure kinds');
  if (scope !== undefined && !failureScopes.includes(scope)) {
    throw configError('report.scope', `expected one of ${failureScopes.join(', ')}`);
  }
  for (const [path, value] of Object.entries({ retryAfterMs, startedAt })) {
    if (value !== undefined && !Number.isFinite(value)) throw configError(`report.${path}`, 'expected a finite number');
  }
  const usage = report.usage === undefined ? undefined : checkUsage(report.usage);
  const began = startedAt === undefined ? {} : { startedAt };
  if (ok) return { outcome: { tier: index, ok, ...began }, usage };

  const verdict = kind === undefined ? judge(report.error, engine.clock.now(), engine.classify) : undefined;
  const wait = retryAfterMs ?? verdict?.retryAfterMs;
  const covers = scope ?? verdict?.scope;
  const outcome = {
    tier: index,
    ok,
    kind: kind ?? verdict?.kind ?? 'unknown',
    ...(covers === undefined ? {} : { scope: covers }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...began,
  };
  return { outcome, usage };
}
