import type { Tier } from '../../core/config.js';
import { parseResetCounts, type ResetCounts } from '../../schema/stored/parse-shared-rest.js';
import { foldBySteps, type PendingChange } from '../store/pending-change.js';
import { ReplicatedRecord } from '../store/replicated-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';

/** What an operator resets beyond one instance; a credential without a provider: that name at every provider. */
export type ResetTarget =
  | { all: true }
  | { provider: string; credential?: string | undefined }
  | { credential: string; provider?: undefined };

const NONE: ResetCounts = { schema: 1, counts: {} };

/**
 * How often operators have reset what shared rests are about. A rest that was written before the last reset of its
 * credential or provider is over, also where the process that reset it did not know of it.
 */
export class ResetRecord extends ReplicatedRecord<ResetCounts> {
  readonly #onChange: () => void;

  constructor(facts: { store: StoreClient; clock: EngineClock; onChange: () => void }) {
    super('rest:resets', NONE, facts);
    this.#onChange = facts.onChange;
  }

  /** Counts a reset. */
  add(target: ResetTarget): PendingChange<ResetCounts> | undefined {
    const name = nameOf(target);
    return this.change(({ counts, ...rest }) => ({
      value: { ...rest, counts: { ...counts, [name]: countOf(counts, name) + 1 } },
      events: [],
    }));
  }

  /** How many resets have concerned a provider, and one of its credentials where that is given. */
  countFor({ provider, credential }: Pick<Tier, 'provider' | 'credential'>): number {
    const { counts } = this.value;
    const names = [nameOf({ all: true }), nameOf({ provider })];
    if (credential !== undefined) names.push(nameOf({ credential }), nameOf({ provider, credential }));
    return names.reduce((sum, name) => sum + countOf(counts, name), 0);
  }

  protected override parse(stored: unknown): ResetCounts {
    return parseResetCounts(stored, this.key);
  }

  protected override fold(_: ResetCounts, changes: readonly PendingChange<ResetCounts>[]) {
    return foldBySteps(changes);
  }

  protected override onLocal(): void {
    this.#onChange();
  }

  protected override onRemote(): void {
    this.#onChange();
  }
}

/** True for a tier, or what tiers share, that a reset concerns. */
export function isCovered(
  tier: { readonly provider: string; readonly credential?: string | null | undefined },
  target: ResetTarget,
): boolean {
  if ('all' in target) return true;
  const { provider, credential } = target;
  return (
    (provider === undefined || tier.provider === provider) &&
    (credential === undefined || tier.credential === credential)
  );
}

function nameOf(target: ResetTarget): string {
  if ('all' in target) return 'all';
  if (target.provider === undefined) return `credential:${target.credential}`;
  // JSON, as names may hold any character.
  return target.credential === undefined
    ? `provider:${target.provider}`
    : `key:${JSON.stringify([target.provider, target.credential])}`;
}

function countOf(counts: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(counts, name) ? counts[name]! : 0;
}
