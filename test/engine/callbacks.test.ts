import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runInNewContext } from 'node:vm';
import { createFailover, type FailoverOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, scripted } from '../support/scripted.js';

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
});

const rejects = async () => {
  throw new Error('no space left on device');
};

/** A promise of another realm: `instanceof Promise` says no. */
const rejectsElsewhere = () => runInNewContext('Promise.reject(new Error("from elsewhere"))') as Promise<never>;

async function answers(options: Partial<FailoverOptions>, call: object = {}) {
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock(), ...options });
  const { call: ask } = scripted({ 'a/1': [overloaded()] });
  const { value } = await failover.run(ask, call);
  for (let each = 0; each < 5; each++) await turn();
  return { value, failover };
}

describe("A host's asynchronous callback that rejects is no unhandled rejection", () => {
  test.each([
    ['of this realm', rejects],
    ['of another realm', rejectsElsewhere],
  ])('methods of a logger, %s', async (_, write) => {
    const logger = { debug: write, info: write, warn: write, error: write };
    expect((await answers({ logger })).value).toBe('answer of b/2');
    expect(unhandled).toEqual([]);
  });

  test('classify: what it should have said is left to ours', async () => {
    const { value, failover } = await answers({ classify: rejects as never });
    expect(value).toBe('answer of b/2');
    expect((await failover.state('default')).lastFailureKind).toBe('overloaded');
    expect(unhandled).toEqual([]);
  });

  test.each([
    [
      { kind: 'quota', scope: 'galaxy' },
      { kind: 'quota', rule: 'none' },
    ],
    [{ kind: 'nonsense', scope: 'model' }, { kind: 'overloaded' }],
  ])('classify: of %j what is a verdict counts', async (verdict, expected) => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock, classify: () => verdict as never });
    const told: object[] = [];
    failover.on('attempt-failed', (event) => told.push(event));
    await failover.run(scripted({ 'a/1': [overloaded()] }).call);
    expect(told).toMatchObject([expected]);
  });

  test('hasSideEffects: not knowing forbids another attempt', async () => {
    await expect(answers({}, { hasSideEffects: rejects })).rejects.toThrow('Overloaded');
    for (let each = 0; each < 5; each++) await turn();
    expect(unhandled).toEqual([]);
  });

  test('listeners of another realm', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
    failover.on('tier-change', rejectsElsewhere);
    await failover.run(scripted({ 'a/1': [overloaded()] }).call);
    for (let each = 0; each < 5; each++) await turn();
    expect(unhandled).toEqual([]);
  });

  test('notifiers of a host', async () => {
    const notifier = { name: 'own', attach: () => ({ notify: rejectsElsewhere as never, close: rejects }) };
    const { failover } = await answers({ notifiers: [notifier] });
    await failover.close();
    for (let each = 0; each < 5; each++) await turn();
    expect(unhandled).toEqual([]);
  });
});

describe('Events come in the order of the changes', () => {
  test('where a listener acts, what it causes comes after what caused it', async () => {
    const failover = createFailover({
      chain: ['a/1', 'b/2'],
      clock: createManualClock(),
      policy: { onExhausted: 'pause' },
    });
    await failover.record('default', { tier: 1, ok: false, kind: 'auth' });
    await failover.record('default', { tier: 0, ok: false, kind: 'auth' });
    const heard: string[] = [];
    failover.on('resumed', () => {
      heard.push('resumed');
      void failover.hold('default', 0, { by: 'watcher' });
      void failover.pause('default', { by: 'watcher', reason: 'again' });
      heard.push('acted');
    });
    failover.on('resumed', () => heard.push('resumed, second listener'));
    failover.on('paused', ({ by }) => heard.push(`paused by ${by}`));
    await failover.resume('default', { by: 'ann' });
    expect(heard).toEqual(['resumed', 'acted', 'resumed, second listener', 'paused by watcher']);
  });

  test('one transition is delivered as a whole before the next', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock: createManualClock() });
    const heard: string[] = [];
    failover.on('paused', ({ by }) => heard.push(`paused by ${by}`));
    failover.on('resumed', ({ by }) => {
      heard.push(`resumed by ${by}`);
      void failover.pause('default', { by: 'watcher', reason: 'r' });
    });
    failover.on('tier-change', ({ direction }) => heard.push(direction));
    await failover.hold('default', 0, { by: 'ann' });
    await failover.pause('default', { by: 'ann', reason: 'r' });
    heard.length = 0;
    // Lifts the pause and goes back to the first tier.
    await failover.reset('default', { by: 'ann' });
    expect(heard).toEqual(['resumed by ann', 'reset', 'paused by watcher']);
  });

  test('who follows the events ends where the state says', async () => {
    const failover = createFailover({
      chain: ['a/1', 'b/2'],
      clock: createManualClock(),
      policy: { onExhausted: 'pause' },
    });
    await failover
      .run(async () => {
        throw overloaded();
      })
      .catch(() => undefined);
    let believed = (await failover.state('default')).tier;
    failover.on('tier-change', ({ to }) => (believed = to.index));
    failover.on('resumed', () => void failover.hold('default', 0, { by: 'watcher' }));
    await failover.resume('default', { by: 'ann' });
    expect((await failover.state('default')).tier).toBe(believed);
  });
});
