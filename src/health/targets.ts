import type { HealthScope, ParsedHealthRule } from '../core/health/rule.js';
import type { PauseTarget } from '../ports/failover.js';

/** A target as a key: of its counters, and of what is known of it. */
export function keyOf(target: PauseTarget): string {
  if (typeof target === 'string') return `instance:${target}`;
  return 'all' in target ? 'all' : `provider:${target.provider}`;
}

export function targetOf(key: string): PauseTarget {
  if (key === 'all') return { all: true };
  if (key.startsWith('provider:')) return { provider: key.slice('provider:'.length) };
  return key.replace(/^instance:/u, '');
}

export function scopeOf(key: string): HealthScope {
  if (key === 'all') return 'all';
  return key.startsWith('provider:') ? 'provider' : 'instance';
}

/** In words, for lines of a log. */
export function nameOf(key: string): string {
  return key === 'all' ? 'everything' : key.replace(':', ' ');
}

/** Rules that concern a target. */
export function rulesOf(rules: readonly ParsedHealthRule[], key: string): ParsedHealthRule[] {
  const scope = scopeOf(key);
  const name = key.slice('provider:'.length);
  return rules.filter(
    (rule) => rule.scope === scope && (scope !== 'provider' || !rule.providers || rule.providers.has(name)),
  );
}
