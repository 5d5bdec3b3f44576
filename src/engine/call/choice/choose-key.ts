import type { Tier } from '../../../core/config.js';
import type { KeyPool } from '../../pools/key-pool.js';
import type { CallState } from '../call-state.js';
import type { Choice } from './choice.js';
import { isBroken, isOpen, isUnproven } from './tier-access.js';

/**
 * The key that a call uses of a pool. One that has yet to answer since its rest is tried by one call at a time, and one
 * that is coming back takes some: the others go to the keys that work. `undefined`: no key has room.
 *
 * @param selected what `selectTier` says: the key to use or to try, and where the other calls go meanwhile. In a pool
 *   of order `fill` this call uses no key before it
 */
export function chooseKey<T extends Tier>(
  call: CallState<T>,
  pool: KeyPool,
  selected: { index: number; otherwise: number | null },
  now: number,
): Choice | undefined {
  const { engine, instance, options } = call;
  const session = options.session ?? instance.name;
  const full = new Set<number>();
  const mayUse = (index: number) => !full.has(index) && (pool.isSpread || index >= selected.index);
  const hasRoom = (index: number) => mayUse(index) && isOpen(call, index, now) && !isBroken(call, index, now);
  for (;;) {
    const index = pool.pick(session, hasRoom);
    if (index < 0) return undefined;
    if (isUnproven(call, index)) {
      const place = instance.waitsToJoin(index) ? undefined : instance.takeProbe(index);
      const isCovered = selected.otherwise !== null || index !== selected.index;
      if (place) return { index, place, isProbe: true, isCovered };
    } else {
      const { slowStart } = instance;
      if (slowStart?.index !== index) return { index };
      if (slowStart.isOver) {
        instance.endSlowStart();
        return { index };
      }
      const place = slowStart.enter(engine.clock.elapsed());
      if (place) return { index, place };
    }
    full.add(index);
  }
}
