import type {
  Alert,
  ConfigAnswer,
  HealthPause,
  HealthStatus,
  InstanceView,
  TierView,
} from '../../../src/elements/data/types.js';

/* What a server may answer, made by hand: one word of a test changes what the test is about. */

const ids = ['anthropic/claude', 'openai/gpt', 'google/gemini'];

/** Places of a chain of three, with what a test changes of each. */
export function tiersOf(...changes: Partial<TierView>[]): TierView[] {
  return ids.map((id, index) => ({
    id,
    index,
    restUntil: null,
    retryAfterUntil: null,
    heldUntil: null,
    failures: 0,
    lastFailureKind: null,
    shared: null,
    ...changes[index],
  }));
}

/** An agent that answers from its first choice, with what a test changes. */
export function viewOf(name: string, change: Partial<InstanceView> = {}, at = 0): InstanceView {
  const [provider = '', model = ''] = ids[at]!.split('/');
  return {
    name,
    tier: { index: at, provider, model },
    badge: change.paused ? '✕' : '①②③'[at]!,
    cause: null,
    icon: null,
    trial: null,
    since: null,
    paused: null,
    tiers: tiersOf(),
    retryAt: null,
    budget: null,
    ...change,
  };
}

/** A pause of an agent by a person, until somebody resumes. */
export function pauseOf(
  change: Partial<NonNullable<InstanceView['paused']>> = {},
): NonNullable<InstanceView['paused']> {
  return { source: 'operator', by: 'dana', reason: 'looking', since: 1000, until: null, ...change };
}

/** A pause by service health, not clear yet. */
export function healthPauseOf(change: Partial<HealthPause> = {}): HealthPause {
  return {
    target: { provider: 'google' },
    source: 'health',
    by: 'health',
    reason: '31 of 38 calls failed',
    since: 1000,
    clearSince: null,
    resumesAt: null,
    ...change,
  };
}

export function alertOf(id: string, change: Partial<Alert> = {}): Alert {
  return {
    id,
    check: 'stuck-loop',
    category: 'quality',
    severity: 'critical',
    instance: null,
    domain: null,
    title: `alert ${id}`,
    detail: `detail of ${id}`,
    evidence: {},
    firstSeenAt: 1000,
    lastSeenAt: 2000,
    ...change,
  };
}

/** A version of a chain of three, with one ladder for all kinds. */
export function configOf(
  change: Partial<ConfigAnswer> = {},
  policy: Partial<ConfigAnswer['policy']> = {},
): ConfigAnswer {
  const ladder = { initialMs: 30_000, factor: 2, maxMs: 600_000 };
  return {
    version: 4,
    by: 'eve',
    at: 1000,
    chain: ids.map((id) => {
      const [provider = '', model = ''] = id.split('/');
      return { provider, model };
    }),
    policy: {
      triggers: ['rate_limit', 'overloaded'],
      onExhausted: 'wrap',
      cooldown: { rate_limit: ladder, overloaded: ladder },
      ...policy,
    },
    ...change,
  };
}

/** A list of agents, on one page. */
export function listOf(...instances: InstanceView[]) {
  return { instances, next: null };
}

/** Service health in which nothing is wrong, with what a test changes. */
export function healthOf(change: Partial<HealthStatus> = {}): HealthStatus {
  return { enabled: true, pauses: [], rules: [], checkedAt: Date.now(), storeOk: true, ...change };
}

export function alertsOf(...alerts: Alert[]) {
  return { alerts, total: alerts.length, checkedAt: Date.now() - 5000 };
}
