import type { Tier } from '../../../core/config.js';
import { restEnd, sharedRestEnd } from '../../../core/tier/rests/rest.js';
import { selectTier } from '../../../core/tier/select-tier.js';
import { isMonitors, standingPauses } from '../../../core/tier/rests/standing-pauses.js';
import type { Pause, SharedRests } from '../../../core/tier/state.js';
import type { PauseTarget } from '../../../ports/failover.js';
import { Canary } from '../../fleet/canary.js';
import type { Engine } from '../../engine.js';
import type { Instance } from '../../instance/instance.js';

/**
 * Takes what a monitor lets through, where this call would be the trial of it: everything or the instance is paused by
 * monitors alone, or a better tier than the one that works belongs to a provider that is; where none works, any tier.
 * `undefined`: it would not.
 */
export function takeCanary<T extends Tier>(
  { engine, instance }: { engine: Engine<T>; instance: Instance },
  now: number,
  isAllowed: (index: number) => boolean = () => true,
): Canary | undefined {
  const { config } = engine;
  const { admissions } = engine.monitoring;
  if (!admissions.isOpen || engine.monitoring.refusal) return undefined;
  const gates: { pauses: Pause[]; isIt: (target: PauseTarget) => boolean }[] = [
    { pauses: engine.pauses.standing, isIt: (target) => typeof target === 'object' && 'all' in target },
    { pauses: standingPauses(instance.stateRecord.state, now), isIt: (target) => target === instance.name },
  ];
  const paused = gates.filter(({ pauses }) => pauses.length > 0);
  if (paused.some(({ pauses }) => !pauses.every(isMonitors))) return undefined;
  const walk = paused.map(({ isIt }) => admissions.find(isIt));
  if (walk.includes(undefined)) return undefined;

  const rests = withoutProviders(instance.rests, admissions.providers, engine);
  const index = candidate(engine, instance, { rests, now, mustBeBetter: paused.length === 0 }, isAllowed);
  if (index === undefined) return undefined;
  const { provider } = config.chain[index]!;
  const own = admissions.find(
    (target) => typeof target === 'object' && 'provider' in target && target.provider === provider,
  );
  if (paused.length === 0 && !own) return undefined;
  return new Canary(
    index,
    walk.flatMap((each) => each?.take() ?? []),
    own?.take(),
  );
}

/** The tier at which the trial would be made. */
function candidate<T extends Tier>(
  { config }: Engine<T>,
  instance: Instance,
  { rests, now, mustBeBetter }: { rests: SharedRests | undefined; now: number; mustBeBetter: boolean },
  isAllowed: (index: number) => boolean,
): number | undefined {
  const { state } = instance.stateRecord;
  const known = mustBeBetter ? instance.rests : rests;
  const selection = selectTier(state.paused ? { ...state, paused: null, pauses: [] } : state, config, now, known);
  const selected = selection.ok
    ? selection.probe && selection.otherwise !== null
      ? selection.otherwise
      : selection.index
    : undefined;
  // Not a tier that this call has tried, nor the one at rest that is selected under `wrap` in a chain that is used up.
  const isOpen = (at: number) =>
    isAllowed(at) && Math.max(restEnd(state.tiers[at]!), sharedRestEnd(config.chain[at]!, known)) <= now;
  const works = selected !== undefined && isOpen(selected) ? selected : undefined;
  const before = mustBeBetter && works !== undefined ? works : state.tiers.length;
  for (let index = 0; index < before; index++) {
    const tier = state.tiers[index];
    const configured = config.chain[index];
    if (!tier || !configured || !isAllowed(index)) continue;
    // Where nothing works a cooldown of ours keeps no trial off; a wait that the provider named always does.
    const own = works === undefined ? Math.max(tier.retryAfterUntil ?? now, tier.heldUntil ?? now) : restEnd(tier);
    const shared = sharedRestEnd(configured, rests, ({ firm }) => works !== undefined || firm);
    if (Math.max(own, shared) > now) continue;
    if (!mustBeBetter || sharedRestEnd(configured, instance.rests, ({ kind }) => kind === 'paused') > now) return index;
  }
  return undefined;
}

/** The rests from outside without the pauses of some providers, where only monitors put them there. */
function withoutProviders<T extends Tier>(
  rests: SharedRests | undefined,
  providers: readonly string[],
  { pauses }: Engine<T>,
): SharedRests | undefined {
  if (!rests || providers.length === 0) return rests;
  const open = providers.filter((provider) => pauses.standingOf({ provider }).every(isMonitors));
  return Object.fromEntries(
    Object.entries(rests).flatMap(([key, rest]) => {
      if (!open.some((provider) => key === `provider:${provider}`)) return [[key, rest]];
      const left = [rest].flat().filter(({ kind }) => kind !== 'paused');
      return left.length > 0 ? [[key, left]] : [];
    }),
  );
}
