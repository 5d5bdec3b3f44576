import type { Policy, StickySessions, Tier } from '../core/config.js';
import { fingerprint } from '../core/activity/fingerprint.js';
import { createRecencyMap } from '../core/recency-map.js';

/** A longer name is kept by its fingerprint, so that what is remembered stays small. */
const LONGEST_NAME = 200;

/** Who served a session last, and when, epoch milliseconds. */
export interface LastServed {
  readonly tier: Tier;
  readonly at: number;
}

/** Which tier served each session last, in this process, for as long as that matters. */
export class Sessions {
  readonly #idleMs: number;
  readonly #most: number;
  /** `elapsed`: when, on the clock's `elapsed`. */
  readonly #served = createRecencyMap<LastServed & { readonly instance: string; readonly elapsed: number }>();

  constructor({ idleMs, maxSessions }: StickySessions) {
    this.#idleMs = idleMs;
    this.#most = maxSessions;
  }

  /** Sessions that are remembered. */
  get size(): number {
    return this.#served.size;
  }

  /**
   * Who served a session last; `undefined` for a new one, and for one that has been idle for too long.
   *
   * @param elapsed the time on the clock's `elapsed`
   */
  last(instance: string, session: string, elapsed: number): LastServed | undefined {
    const last = this.#served.get(keyOf(instance, session));
    return last && elapsed - last.elapsed < this.#idleMs ? last : undefined;
  }

  /** A tier has answered a call of a session. */
  served(instance: string, session: string, tier: Tier, at: number, elapsed: number): void {
    this.#served.set(keyOf(instance, session), { instance, tier, at, elapsed });
    // Two at a time, so that the idle ones go faster than new ones come.
    for (let count = 0; count < 2; count++) {
      // The one that was just added is never idle, so that there always is one.
      const { key, value } = this.#served.oldest()!;
      if (this.#served.size > this.#most || elapsed - value.elapsed >= this.#idleMs) this.#served.delete(key);
    }
  }

  /** Forgets the sessions of an instance. */
  forget(instance: string): void {
    for (const [key, value] of this.#served) if (value.instance === instance) this.#served.delete(key);
  }
}

/** The length keeps an instance and a session apart whatever is in their names. */
function keyOf(instance: string, session: string): string {
  const key = `${instance.length}:${instance}${session}`;
  return key.length <= LONGEST_NAME ? key : fingerprint(key);
}

/** Those of a policy. After a change of the chain the ones that are known, as long as this part of it is the same. */
export function sessionsOf(
  { stickySessions: policy }: Policy,
  before: { readonly config: { readonly policy: Policy }; readonly sessions: Sessions | undefined } | undefined,
): Sessions | undefined {
  const known = before?.config.policy.stickySessions;
  const isSame = known !== undefined && JSON.stringify(known) === JSON.stringify(policy);
  return isSame ? before?.sessions : policy && new Sessions(policy);
}
