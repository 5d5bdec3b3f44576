import type { NotAsked } from '../../core/errors.js';
import { createCallState } from '../call/call-state.js';
import { isAtFirmRest, notAsked } from '../call/choice/tier-access.js';
import { DEFAULT_INSTANCE, type Engine } from '../engine.js';
import { bounded } from '../time/waits.js';

/**
 * What a store says of the tiers of a chain before the first login: those that asked to be left alone, that are held or
 * paused, by place in the chain. A store that cannot be read says nothing. Closes the engine.
 *
 * @throws the signal's reason after an abort
 */
export async function readStoredRests(
  engine: Engine,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, NotAsked>> {
  const { clock, emitter, ids } = engine;
  // The failover that is made afterwards reports a store that fails.
  emitter.on('store-error', () => undefined);
  const instance = engine.instance(DEFAULT_INSTANCE);
  try {
    await bounded(() => engine.readAll(instance), { clock, signal });
    const now = clock.now();
    const call = createCallState(engine, instance, () => undefined, {}, clock.elapsed());
    const pause = engine.pauseOf(instance);
    const known = new Map(notAsked(call, now).map((each) => [each.tier, each]));
    const rests = new Map<number, NotAsked>();
    ids.forEach((tier, index) => {
      const rest = known.get(tier);
      if (pause) rests.set(index, { tier, reason: 'paused', until: pause.until ?? null });
      else if (rest && isAtFirmRest(call, index, now)) rests.set(index, rest);
    });
    return rests;
  } finally {
    void engine.close();
  }
}
