import { isMonitors } from '../core/tier/rests/standing-pauses.js';
import type { Pause } from '../core/tier/state.js';
import { Admissions } from './fleet/admissions.js';
import type { Pauses } from './fleet/pauses.js';
import type { EngineClock } from './time/clock.js';

/** A pause whose time has come ends within moments. */
const MOMENT_MS = 1000;

/** What an engine keeps for a health monitor. */
export class Monitoring {
  /** What a monitor lets through its own pauses. */
  readonly admissions: Admissions;
  /** When the pauses of a monitor may end, by the key of their target. */
  readonly retryTimes = new Map<string, number>();
  /** While it stands no call of this process is let through. */
  refusal: Pause | undefined = undefined;
  /** Called when the failover is closed. */
  readonly closeListeners = new Set<() => void>();
  readonly #clock: EngineClock;

  constructor(facts: { clock: EngineClock; onChange: () => void }) {
    this.admissions = new Admissions(facts);
    this.#clock = facts.clock;
  }

  /** When a pause may end, epoch milliseconds; `undefined` where nobody knows. */
  retryAtOf(pause: Pause, instance: string, gates: Pauses): number | undefined {
    if (pause.until !== undefined || !isMonitors(pause)) return pause.until;
    const { paused, everywhere, providerKeys } = gates;
    const keys = pause === paused ? ['all'] : pause === everywhere ? providerKeys : [`instance:${instance}`];
    const at = Math.min(...keys.map((key) => this.retryTimes.get(key) ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(at) ? Math.max(at, this.#clock.now() + MOMENT_MS) : undefined;
  }
}
