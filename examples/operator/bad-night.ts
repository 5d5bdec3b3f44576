import { createFailover, createMemoryStore, type Failover, type Kind, type StateStore } from 'tierfall';
import { createActivityLog, createAlertBook, runChecks } from 'tierfall/checks';
import type { OperatorChecks, OperatorHealth } from 'tierfall/http';

/** Sunday, five to three at night. */
export const NIGHT = Date.UTC(2026, 2, 8, 2, 55, 2);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const chain = [
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  { provider: 'openai', model: 'gpt-5.2' },
  { provider: 'google', model: 'gemini-2.5-pro' },
  { provider: 'mistral', model: 'mistral-large' },
];

/** A failover with the history of a bad night, at its end. Its clock goes on from there. */
export interface Night {
  failover: Failover;
  health: OperatorHealth;
  checks: OperatorChecks;
  /** The night's time. */
  now(): number;
}

/** Plays a night: agents fall, come back, are paused and held. Everything shown is what the failover made of it. */
export async function playNight(start = NIGHT): Promise<Night> {
  let time = start - 26 * HOUR;
  let isPlaying = true;
  const startedAt = Date.now();
  const now = () => (isPlaying ? time : start + Date.now() - startedAt);
  const store = createMemoryStore({ historyLimit: 10_000, now });
  const failover = createFailover({ chain, store, clock: { now }, policy: { recovery: 'on-success' } });

  const at = (back: number) => {
    time = start - back;
  };
  const fail = async (name: string, kind: Kind, waitMs?: number) => {
    const { tier } = await failover.state(name);
    await failover.record(name, { tier, ok: false, kind, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) });
  };
  const succeed = async (name: string) => {
    const place = await failover.select(name);
    if (place.ok) await failover.record(name, { tier: place.index, ok: true });
  };
  /** Down for a while, then back. */
  const dip = async (name: string, back: number, length: number, kind: Kind = 'overloaded') => {
    at(back);
    await fail(name, kind, length);
    at(back - length - 1000);
    await succeed(name);
    await succeed(name);
  };

  const calm = ['code-review', 'doc-indexer', 'lead-scoring', 'meeting-notes', 'release-notes', 'ticket-router'];
  const troubled = [
    'billing-reconciler',
    'nightly-embeddings',
    'contract-review',
    'inbox-triage',
    'research-crawler',
    'sales-digest',
    'support-chat',
  ];
  // A first rest each, long ago: their ledgers begin before the day that is shown.
  for (const name of [...calm, ...troubled].filter((each) => each !== 'meeting-notes'))
    await dip(name, 25.5 * HOUR, MINUTE, 'timeout');

  await dip('support-chat', 20.5 * HOUR, 8 * MINUTE, 'timeout');
  await dip('inbox-triage', 17.9 * HOUR, 12 * MINUTE, 'rate_limit');
  const outage = 11 * HOUR + 42 * MINUTE;
  for (const name of [
    'code-review',
    'lead-scoring',
    'ticket-router',
    'contract-review',
    'inbox-triage',
    'sales-digest',
    'support-chat',
    'billing-reconciler',
  ]) {
    await dip(name, outage - Math.floor(name.length * 7000), 20 * MINUTE);
  }
  await dip('inbox-triage', 6.1 * HOUR, 9 * MINUTE);
  await dip('meeting-notes', 9.6 * HOUR, 30_000, 'network');
  at(20 * HOUR);
  await failover.pause('release-notes', { by: 'sam', reason: 'a release was going out' });
  at(19 * HOUR);
  await failover.resume('release-notes', { by: 'sam' });
  at(4.75 * HOUR);
  await failover.pause('nightly-embeddings', {
    by: 'dana',
    reason: 'not while the index is rebuilt',
    until: start + 3 * HOUR + 5 * MINUTE,
  });
  at(3.2 * HOUR);
  await failover.hold('sales-digest', 0, { by: 'dana', until: start + 5 * HOUR + 5 * MINUTE });
  at(1.72 * HOUR);
  await failover.recordExternalTrigger('research-crawler', 'quota', { until: start + HOUR + 5 * MINUTE });
  at(50 * MINUTE);
  await dip('contract-review', 48 * MINUTE, 20 * MINUTE);
  at(37 * MINUTE);
  await fail('support-chat', 'overloaded', 33 * MINUTE);
  at(35 * MINUTE);
  await fail('billing-reconciler', 'rate_limit', 3 * HOUR);
  at(30 * MINUTE);
  await fail('billing-reconciler', 'timeout', 2 * HOUR);
  await fail('billing-reconciler', 'server_error', 2 * HOUR);
  at(24 * MINUTE);
  await failover.pause('billing-reconciler', {
    by: 'tierfall',
    reason: 'chain exhausted: timeout',
    source: 'exhausted',
  });
  at(14 * MINUTE);
  await fail('inbox-triage', 'rate_limit', 17 * MINUTE + 43_000);
  at(8 * MINUTE);
  await fail('contract-review', 'overloaded', 8 * MINUTE + 46_000);
  at(7 * MINUTE);
  await fail('contract-review', 'timeout', 10 * MINUTE);
  at(6 * MINUTE);
  await fail('contract-review', 'server_error', 12 * MINUTE);
  at(0);
  await failover.history('contract-review', { limit: 1 });
  isPlaying = false;
  return { failover, now, health: nightHealth(now), checks: await nightChecks(store, start) };
}

/** Service health of that night, as a monitor tells it. */
function nightHealth(now: () => number): OperatorHealth {
  const start = now();
  const window = (windowMs: number, count: number, calls: number, ratio: number, minimumCalls: number) => ({
    windowMs,
    count,
    calls,
    ratio: calls === 0 ? null : count / calls,
    limits: { ratio, minimumCalls },
  });
  const rule = (provider: string, name: string, ...windows: ReturnType<typeof window>[]) => ({
    name,
    target: { provider },
    tripped: false,
    windows,
  });
  return {
    status: () => ({
      enabled: true,
      pauses: [
        {
          target: { provider: 'google' },
          source: 'health',
          by: 'health',
          reason:
            '31 of 38 calls failed in 90 s, 82 % where 75 % is the limit. Came back once at 02:34 and failed, so the wait is 10 min now.',
          since: start - 41 * MINUTE,
          clearSince: start - 6 * MINUTE + 36_000,
          resumesAt: start + 4 * MINUTE + 36_000,
        },
      ],
      rules: [
        rule('anthropic', '15 s', window(15_000, 2, 9, 0.8, 75)),
        rule('anthropic', '90 s', window(90_000, 9, 52, 0.75, 30)),
        rule('anthropic', '4 min', window(240_000, 33, 138, 0.3, 40)),
        rule('anthropic', '10 min', window(600_000, 61, 340, 0.5, 8)),
        rule('anthropic', '30 min', window(1_800_000, 88, 1021, 0.3, 20)),
        rule('openai', '10 min', window(600_000, 6, 92, 0.5, 8)),
        rule('mistral', '10 min', window(600_000, 1, 3, 0.5, 8)),
      ],
      checkedAt: now() - 12_000,
      storeOk: true,
    }),
    pause: () => undefined,
    resume: () => undefined,
    alert: () => undefined,
  };
}

/** What the agents did in the three weeks before, and what the checks find in it. */
async function nightChecks(store: StateStore, start: number): Promise<OperatorChecks> {
  const log = createActivityLog({ store, clock: { now: () => start } });
  const day = 24 * HOUR;
  for (let back = 21 * day; back > HOUR; back -= 31 * MINUTE) {
    for (const instance of ['inbox-triage', 'lead-scoring']) {
      const at = start - back - (instance.length % 7) * MINUTE;
      const number = Math.floor(back / MINUTE);
      const isRejected = number % 17 === 0 || (instance === 'lead-scoring' && back < 8 * HOUR && number % 5 < 3);
      log.record({
        instance,
        task: `${instance === 'inbox-triage' ? 'sort-letter' : 'score-lead'} ${number}`,
        outcome: isRejected ? 'rejected' : 'accepted',
        ...(isRejected ? { reason: 'not what was asked for' } : {}),
        resultHash: String(number),
        tier: 'anthropic/claude-sonnet-4-5',
        at,
      });
    }
  }
  for (let repeat = 0; repeat < 12; repeat++) {
    log.record({
      instance: 'inbox-triage',
      task: 'extract-invoice 4711',
      domain: 'invoices',
      outcome: 'rejected',
      reason: 'invoice.total: expected number, got string',
      resultHash: 'the same',
      tier: 'openai/gpt-5.2',
      at: start - 57 * MINUTE + repeat * 4 * MINUTE,
    });
  }
  await log.flush();
  const book = createAlertBook();
  await book.update(await runChecks(log.source, { now: start }));
  return { source: log.source, book };
}
