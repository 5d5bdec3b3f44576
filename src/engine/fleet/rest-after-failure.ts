import type { Policy } from '../../core/config.js';
import { clampTime, cooldownMs } from '../../core/tier/ladder.js';
import { SHARED_REST_SCHEMA, type StoredRest } from '../../schema/parse-shared-rest.js';

/** One failure, as an instance recorded it. */
interface RecordedFailure {
  instance: string;
  kind: string;
  /** End of the rest it put the tier to, epoch milliseconds. */
  restUntil: number;
  /** The provider asked for that rest. */
  hasWait: boolean;
  now: number;
}

/** What all know of a credential, provider or model once an instance has recorded a failure of it. */
export function learntRest(known: StoredRest, failure: RecordedFailure, policy: Policy): StoredRest {
  const { instance, kind, restUntil, hasWait, now } = failure;
  const running = known.failures > 0 ? known : undefined;
  // Those who failed together saw one failure; a later one climbs the ladder for all.
  const failures = running && running.until > now ? running.failures : (running?.failures ?? 0) + 1;
  const rung = failures > 1 ? clampTime(now + cooldownMs(kind, failures, policy)) : 0;
  const seenBy = [...new Set([...(running?.seenBy ?? []), instance])].slice(0, 2);
  const until = Math.max(running?.until ?? 0, restUntil, rung);
  const firm = hasWait || (running?.firm === true && running.until > now);
  return { schema: SHARED_REST_SCHEMA, until, firm, kind, failedAt: now, failures, seenBy };
}
