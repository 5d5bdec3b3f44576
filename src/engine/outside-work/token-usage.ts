import type { Tier } from '../../core/config.js';
import { ConfigError } from '../../core/errors.js';
import { TOKEN_BUDGET } from '../../core/kinds.js';
import { recordExternalTrigger } from '../../core/tier/record-external-trigger.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { Usage } from '../../ports/failover.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';

const usageFields = ['inputTokens', 'outputTokens', 'costUsd'] as const;

/** Checks a usage report. @throws {ConfigError} naming every field that is wrong or unknown */
export function checkUsage(usage: Usage): Usage {
  const issues = typeof usage === 'object' && usage !== null ? unknownOptions(usage, usageFields) : [];
  for (const field of usageFields) {
    const value = usage?.[field];
    const isLeftOut = value === undefined && field === 'costUsd';
    if (isLeftOut || (Number.isFinite(value) && (value ?? -1) >= 0)) continue;
    issues.push({ path: field, message: 'expected a finite number, 0 or more' });
  }
  if (issues.length > 0) throw new ConfigError(issues.map(({ path, message }) => ({ path: `usage.${path}`, message })));
  return usage;
}

/**
 * Counts tokens in the present window, in the store so that all processes count together. While the window's total is
 * at the limit or above, a report steps the instance down, unless one of this window has: it does not matter which one
 * crossed the limit, or whether its process still runs.
 */
export async function countUsage<T extends Tier>(engine: Engine<T>, instance: Instance, usage: Usage): Promise<void> {
  const { tokenBudget } = engine.config.policy;
  const { tokens } = instance;
  const used = Math.round(usage.inputTokens + usage.outputTokens);
  if (!tokenBudget || !tokens || used === 0) return;
  const now = engine.clock.now();
  const { limit, windowMs } = tokenBudget;
  const startAt = Math.floor(now / windowMs) * windowMs;
  const until = startAt + windowMs;
  const { tier } = instance.stateRecord.state;
  const local = tokens.add(startAt, used);
  const total = await engine.store
    .ask('increment', instance.stateRecord.key, (store) =>
      store.increment(instance.stateRecord.key, `tokens:${startAt}`, used, windowMs * 2),
    )
    // A store that is away must not lift a budget: what this process counted still holds.
    .catch(() => local);
  if (total < limit || tokens.isSettled(until) || engine.paused) return;
  const trigger = { kind: TOKEN_BUDGET, detail: `${total} of ${limit} tokens`, tier, until };
  instance.stateRecord.apply((state) => recordExternalTrigger(state, trigger, engine.config, now));
}
