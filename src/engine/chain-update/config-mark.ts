import { fingerprint } from '../../core/activity/fingerprint.js';
import type { Tier } from '../../core/config.js';
import { storedTier } from '../../schema/stored/stored-config.js';
import { canonicalJson } from './canonical-json.js';

/** A configuration as it is written in code; the policy is plain JSON. */
export interface WrittenConfig {
  readonly chain: readonly Tier[];
  readonly policy: Readonly<Record<string, unknown>>;
}

/**
 * What a configuration in code is recognised by, whatever the host's own fields hold: its tiers and its policy as they
 * were written, so that a new default of ours is no other configuration.
 */
export function configMark({ chain, policy }: WrittenConfig): string {
  return fingerprint(canonicalJson([chain.map(storedTier), policy]));
}
