import type { InstanceLedger } from '../../ports/activity.js';
import type { Finding } from '../agent/agent-check.js';
import { HOUR_MS, MINUTE_MS } from '../agent/time.js';
import { duration, plural, short } from '../words.js';
import { isFlap } from './tier-rows.js';

/** What `flapping-chain` is tuned by. */
export interface FlappingChainOptions {
  /** Ten-minute slots with a change of tier from which the chain flaps. Default 6. */
  minSlots?: number | undefined;
  /** Looked at, in milliseconds. Default 10,800,000 (3 h). */
  windowMs?: number | undefined;
}

export const flappingChainDefaults = { minSlots: 6, windowMs: 3 * HOUR_MS } as const;

const SLOT_MS = 10 * MINUTE_MS;

/**
 * In at least six of the ten-minute slots of three hours the tier changed. Slots rather than changes: a provider that
 * is down for a minute steps a chain down and up several times within one of them.
 */
export function flappingChain(
  ledger: InstanceLedger,
  now: number,
  options: FlappingChainOptions = {},
): Finding | undefined {
  const minSlots = options.minSlots ?? flappingChainDefaults.minSlots;
  const windowMs = options.windowMs ?? flappingChainDefaults.windowMs;
  const changes = ledger.rows.filter((row) => isFlap(row) && row.at <= now).map((row) => row.at);
  const windowSlots = Math.max(1, Math.round(windowMs / SLOT_MS));
  const present = Math.floor(now / SLOT_MS);
  const slots = new Set(changes.map((at) => Math.floor(at / SLOT_MS)));
  // By the slots there are: a window may have any number of them.
  const inWindow = (last: number): number => {
    let count = 0;
    for (const slot of slots) if (slot > last - windowSlots && slot <= last) count += 1;
    return count;
  };
  const flapping = inWindow(present);
  if (flapping < minSlots) return undefined;
  // Back to where it began to hold, as far as rows go.
  let begun = present;
  while (inWindow(begun - 1) >= minSlots) begun -= 1;
  const since = (present - windowSlots + 1) * SLOT_MS;
  const recent = changes.filter((at) => at >= since);
  const firstSlot = begun - windowSlots + 1;
  return {
    severity: flapping >= 2 * minSlots ? 'critical' : 'warning',
    title: `${short(ledger.instance)} changes tier again and again`,
    detail:
      `${plural(recent.length, 'change')} of tier in ${flapping} of the ${windowSlots} ten-minute slots of the last ` +
      `${duration(windowMs)}.`,
    evidence: { slots: flapping, ofSlots: windowSlots, changes: recent.length },
    firstSeenAt: Math.min(...changes.filter((at) => at >= firstSlot * SLOT_MS)),
    lastSeenAt: Math.max(...recent),
  };
}
