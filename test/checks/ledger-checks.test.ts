import { expect, it, describe } from 'vitest';
import type { LedgerEvent } from '../../src/core/tier/state.js';
import { createActivityLog, runChecks, type CheckName, type CheckOptions } from '../../src/checks/index.js';
import { createFailover, createMemoryStore } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const startAt = Date.UTC(2026, 5, 1, 8);

/** An agent that calls once in `everyMs`; `isDown` says of a time whether the first tier fails, and how. */
async function play(isDown: (at: number) => object | undefined, untilMs: number, everyMs = 20_000) {
  const clock = createManualClock({ now: startAt });
  const store = createMemoryStore({ now: () => clock.now(), historyLimit: 10_000 });
  const failover = createFailover({ chain: ['one/a', 'two/b'], store, clock });
  const { source } = createActivityLog({ store, clock });
  while (clock.now() < startAt + untilMs) {
    await failover.run(async ({ provider }) => {
      const error = provider === 'one' ? isDown(clock.now() - startAt) : undefined;
      if (error) throw Object.assign(new Error('no'), error);
      return 'yes';
    });
    await clock.advance(everyMs);
  }
  await failover.close();
  const checks = async (now = clock.now()) => {
    const { alerts } = await runChecks(source, { now, checks: ['constantly-failing-primary', 'flapping-chain'] });
    return alerts;
  };
  return { checks, clock };
}

/** Alerts for a ledger whose rows, given oldest first, may be of another version. */
async function alertsFor(
  rows: readonly LedgerEvent[],
  primary: string | null = 'one/a',
  checks?: CheckName[],
  options: CheckOptions = {},
) {
  const { source } = createActivityLog({ store: createMemoryStore() });
  const ledgers = async function* () {
    yield { instance: 'bot', primary, rows: rows.toReversed() };
  };
  const now = Math.max(...rows.map(({ at }) => at));
  return (await runChecks({ ...source, readLedgers: ledgers }, { now, options, ...(checks ? { checks } : {}) })).alerts;
}

describe('constantly-failing-primary', () => {
  it('finds a revoked key, which the default ladder tries at once, after an hour and after three', async () => {
    const { checks } = await play(() => ({ status: 401 }), 2 * HOUR, MINUTE);
    const [alert, ...others] = await checks();
    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      check: 'constantly-failing-primary',
      category: 'health',
      severity: 'warning',
      instance: 'default',
      domain: null,
      firstSeenAt: startAt,
      evidence: { kind: 'auth', tier: 'one/a', failures: 2 },
    });
  });

  it('is silent before the second failure, and for a brownout of a minute', async () => {
    const revoked = await play(() => ({ status: 401 }), 30 * MINUTE, MINUTE);
    expect(await revoked.checks()).toEqual([]);
    const brownout = await play(
      (at) => (at > 10 * MINUTE && at < 11 * MINUTE ? { status: 503 } : undefined),
      2 * HOUR,
      5000,
    );
    expect(await brownout.checks()).toEqual([]);
  });

  it('finds an outage of two hours whose failures are mostly counted only, and ends with the first answer', async () => {
    const { checks } = await play((at) => (at < 2 * HOUR ? { status: 503 } : undefined), 2 * HOUR - MINUTE, 10_000);
    expect((await checks()).map(({ check }) => check)).toContain('constantly-failing-primary');
    const over = await play((at) => (at < 2 * HOUR ? { status: 503 } : undefined), 2.2 * HOUR, 10_000);
    expect((await over.checks()).map(({ check }) => check)).not.toContain('constantly-failing-primary');
  });

  it('takes a wait that the provider named for no failure', async () => {
    const wait = { status: 429, headers: { 'retry-after': '1800' } };
    const { checks } = await play(() => wait, 4 * HOUR, MINUTE);
    expect(await checks()).toEqual([]);
  });

  it('is silent where the agent’s own records say that the tier works', async () => {
    const clock = createManualClock({ now: startAt });
    const store = createMemoryStore({ now: () => clock.now() });
    const failover = createFailover({ chain: ['one/a', 'two/b'], store, clock });
    const log = createActivityLog({ store, clock });
    for (const at of [0, 1.1 * HOUR]) {
      await clock.advance(startAt + at - clock.now());
      await failover.record('bot', { tier: 0, ok: false, kind: 'auth' });
    }
    await failover.close();
    const run = async () => (await runChecks(log.source, { now: clock.now() + MINUTE })).alerts;
    expect(await run()).toHaveLength(1);
    log.record({ instance: 'bot', task: 't', outcome: 'accepted', tier: 'one/a', at: clock.now() + 1000 });
    await log.flush();
    expect(await run()).toEqual([]);
  });
});

describe('the rows of a ledger', () => {
  const failed = (at: number, given: Partial<LedgerEvent> = {}): LedgerEvent => ({
    type: 'tier-failed',
    at: startAt + at,
    tier: 'one/a',
    kind: 'server_error',
    until: startAt + at + MINUTE,
    ...given,
  });

  it('make it critical when the first tier has failed for six hours', async () => {
    expect(await alertsFor([failed(0), failed(5 * HOUR)])).toMatchObject([{ severity: 'warning' }]);
    expect(await alertsFor([failed(0), failed(6 * HOUR)])).toMatchObject([{ severity: 'critical' }]);
  });

  it('end it when the first tier has recovered, not when another one has', async () => {
    const recovered = (tier: string): LedgerEvent => ({ type: 'tier-recovered', at: startAt + HOUR, tier });
    expect(await alertsFor([failed(0), recovered('one/a'), failed(2 * HOUR)])).toEqual([]);
    expect(await alertsFor([failed(0), recovered('two/b'), failed(2 * HOUR)])).toHaveLength(1);
  });

  it('are passed over where they say nothing of the first tier, or nothing that is known', async () => {
    const others: LedgerEvent[] = [
      failed(3 * HOUR, { tier: 'two/b' }),
      { type: 'of-tomorrow' as 'held', at: startAt + HOUR },
    ];
    expect(await alertsFor([failed(0), failed(2 * HOUR), ...others])).toMatchObject([
      { evidence: { failures: 2, lastFailureAt: startAt + 2 * HOUR } },
    ]);
    expect(await alertsFor(others)).toEqual([]);
  });

  it('that name no tier are understood by what they set', async () => {
    const old = (at: number, index: number): LedgerEvent => ({
      type: 'tier-failed',
      at: startAt + at,
      set: { tiers: { [index]: { failures: 1 } } },
    });
    const [alert] = await alertsFor([old(0, 0), old(HOUR, 1), old(2 * HOUR, 0)], null);
    expect(alert).toMatchObject({ evidence: { failures: 2, kind: 'unknown', tier: null } });
    expect(alert?.detail).toContain('2 failures of the first tier in 2 h');
    expect(await alertsFor([old(0, 1), old(2 * HOUR, 1)], null)).toEqual([]);
    expect(
      await alertsFor(
        [
          { type: 'tier-failed', at: 0 },
          { type: 'tier-failed', at: 2 * HOUR },
        ],
        null,
      ),
    ).toEqual([]);
  });

  it('are looked at by the checks that are asked for only', async () => {
    const rows = Array.from({ length: 12 }, (_, index): LedgerEvent[] => [
      failed(index * 10 * MINUTE),
      { type: 'tier-change', at: startAt + index * 10 * MINUTE, direction: 'down', from: 'one/a', to: 'two/b' },
    ]).flat();
    expect(await alertsFor(rows, 'one/a', ['constantly-failing-primary'])).toMatchObject([
      { check: 'constantly-failing-primary' },
    ]);
    // Twice as many slots as make it one.
    expect(await alertsFor(rows, 'one/a', ['flapping-chain'])).toMatchObject([
      { check: 'flapping-chain', severity: 'critical', evidence: { slots: 12 } },
    ]);
  });
});

describe('flapping-chain', () => {
  it('finds a provider that comes and goes for an hour, and forgets it three hours later', async () => {
    const isDown = (at: number) => (Math.floor(at / (4 * MINUTE)) % 2 === 0 ? { status: 503 } : undefined);
    const { checks, clock } = await play(isDown, 1.2 * HOUR, 10_000);
    const found = await checks();
    expect(found).toMatchObject([{ check: 'flapping-chain', instance: 'default', severity: 'warning' }]);
    expect(found[0]?.firstSeenAt).toBeLessThan(startAt + 10 * MINUTE);
    expect(await checks(clock.now() + 3 * HOUR)).toEqual([]);
  });

  it('looks at a window of any length', async () => {
    const rows = Array.from({ length: 8 }, (_, index): LedgerEvent => {
      const [from, to] = index % 2 === 0 ? ['one/a', 'two/b'] : ['two/b', 'one/a'];
      return { type: 'tier-change', at: startAt + index * 10 * MINUTE, seq: index + 1, direction: 'down', from, to };
    });
    const options = { 'flapping-chain': { windowMs: Number.MAX_VALUE } };
    const found = await alertsFor(rows, 'one/a', ['flapping-chain'], options);
    expect(found).toMatchObject([{ evidence: { slots: 8 }, firstSeenAt: startAt }]);
    const short = await alertsFor(rows, 'one/a', ['flapping-chain'], {
      'flapping-chain': { windowMs: 20 * MINUTE, minSlots: 2 },
    });
    expect(short[0]?.detail).toContain('of the last 20 min.');
  });

  it('is silent for one step down and back, and for an operator’s resets', async () => {
    const clock = createManualClock({ now: startAt });
    const store = createMemoryStore({ now: () => clock.now() });
    const failover = createFailover({ chain: ['one/a', 'two/b'], store, clock });
    for (let round = 0; round < 9; round++) {
      await failover.hold('bot', 0, { by: 'dana' });
      await failover.reset('bot', { by: 'dana' });
      await clock.advance(10 * MINUTE);
    }
    await failover.close();
    const { source } = createActivityLog({ store, clock });
    expect((await runChecks(source, { now: clock.now() })).alerts).toEqual([]);
  });
});
