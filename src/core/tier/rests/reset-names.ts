import type { Tier } from '../../config.js';

/** What an operator resets beyond one instance; a credential without a provider: that name at every provider. */
export type ResetTarget =
  | { all: true }
  | { provider: string; credential?: string | undefined }
  | { credential: string; provider?: undefined };

/** How often each target was reset, by the name that is stored of it. */
type Counts = Readonly<Record<string, number>>;

/** Under which name the resets of a target are counted. */
export function resetName(target: ResetTarget): string {
  if ('all' in target) return 'all';
  if (target.provider === undefined) return `credential:${target.credential}`;
  // JSON, as names may hold any character.
  return target.credential === undefined
    ? `provider:${target.provider}`
    : `key:${JSON.stringify([target.provider, target.credential])}`;
}

export function timesReset(counts: Counts, name: string): number {
  return Object.hasOwn(counts, name) ? counts[name]! : 0;
}

/** How many resets have concerned a provider, and one of its credentials where that is given. */
export function resetsOf(counts: Counts, { provider, credential }: Pick<Tier, 'provider' | 'credential'>): number {
  const targets: ResetTarget[] = [{ all: true }, { provider }];
  if (credential !== undefined) targets.push({ credential }, { provider, credential });
  return targets.reduce((sum, target) => sum + timesReset(counts, resetName(target)), 0);
}
