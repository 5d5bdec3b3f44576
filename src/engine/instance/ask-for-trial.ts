import { selectTier } from '../../core/tier/select-tier.js';
import type { Instance } from './instance.js';
import type { InstanceHost } from './instance-host.js';

/** Asks for the fleet's lease of a trial where the next call of an instance would be one; `undefined`: it would not. */
export function askForTrial(host: InstanceHost, instance: Instance): Promise<void> | undefined {
  const { sharedRests, config, clock } = host;
  if (!sharedRests || config.policy.recovery !== 'probe') return undefined;
  const selection = selectTier(instance.stateRecord.state, config, clock.now(), instance.rests);
  if (!selection.ok || (!selection.probe && !sharedRests.isUnproven(selection.index))) return undefined;
  const { index, otherwise } = selection;
  if ((otherwise !== null && instance.waitsToJoin(index)) || instance.isProbeTaken(index)) return undefined;
  return sharedRests.prepareTrial(index);
}
