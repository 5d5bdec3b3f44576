import type { Tier } from '../../core/config.js';
import { ConfigError } from '../../core/errors.js';
import { TOKEN_BUDGET } from '../../core/kinds.js';
import { recordExternalTrigger } from '../../core/tier/record-external-trigger.js';
import type { Usage } from '../../ports/failover.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';

/** Checks a usage report. @throws {ConfigError} naming the field that is wrong */
export function checkUsage(usage: Usage): Usage {
  const fields = ['inputTokens', 'outputTokens', 'costUsd'] as const;
  const issues = fields
    .filter((field) => {
      const value = usage?.[field];
      return !(value === undefined && field === 'costUsd') && !(Number.isFinite(value) && (value ?? -1) >= 0);
    })
    .map((field) => ({ path: `usage.${field}`, message: 'expected a finite number, 0 or more' }));
  if (issues.length > 0) throw new ConfigError(issues);
  return usage;
}

/**
 * Counts tokens in the present window, in the store so that all processes count together. The report that crosses
 * the limit steps the instance down until the window ends; one report, one step. During a pause it waits for the first
 * report after that.
 */
export async function countUsage<T extends Tier>(engine: Engine<T>, instance: Instance, usage: Usage): Promise<void> {
  const { tokenBudget } = engine.config.policy;
  const tokens = Math.round(usage.inputTokens + usage.outputTokens);
  if (!tokenBudget || tokens === 0) return;
  const now = engine.clock.now();
  const { limit, windowMs } = tokenBudget;
  const startAt = Math.floor(now / windowMs) * windowMs;
  const tier = instance.ledger.state.tier;
  const window = instance.countTokens(startAt, tokens);
  const local = window.count;
  const total = await engine.link
    .ask('increment', instance.ledger.key, (store) =>
      store.increment(instance.ledger.key, `tokens:${startAt}`, tokens, windowMs * 2),
    )
    // A store that is away must not lift a budget: what this process counted still holds.
    .catch(() => local);
  if (total >= limit && total - tokens < limit) window.isDue = true;
  if (!window.isDue || engine.paused || instance.ledger.state.paused) return;
  window.isDue = false;
  instance.ledger.apply((state) =>
    recordExternalTrigger(
      state,
      { kind: TOKEN_BUDGET, detail: `${total} of ${limit} tokens`, tier, until: startAt + windowMs },
      engine.config,
      now,
    ),
  );
}
