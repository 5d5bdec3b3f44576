import type { Tier } from '../../core/config.js';
import { resetName, resetsOf, timesReset, type ResetTarget } from '../../core/tier/rests/reset-names.js';
import { parseResetCounts, type ResetCounts } from '../../schema/stored/parse-shared-rest.js';
import { foldBySteps, type PendingChange } from '../store/pending-change.js';
import { ReplicatedRecord } from '../store/replicated-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';

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
    const name = resetName(target);
    return this.change(({ counts, ...rest }) => ({
      value: { ...rest, counts: { ...counts, [name]: timesReset(counts, name) + 1 } },
      events: [],
    }));
  }

  /** How many resets have concerned a provider, and one of its credentials where that is given. */
  countFor(tier: Pick<Tier, 'provider' | 'credential'>): number {
    return resetsOf(this.value.counts, tier);
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
