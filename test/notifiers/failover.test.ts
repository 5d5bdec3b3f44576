import { describe, expect, it } from 'vitest';
import { createFailover, createMemoryStore, resolveWithFallback } from '../../src/index.js';
import { attachNotifiers, createTelegramNotifier, type TelegramNotifierOptions } from '../../src/notifiers/index.js';
import type { NotifierErrorEvent } from '../../src/ports/failover.js';
import type { ManualClock } from '../../src/testing/manual-clock.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { fakeFetch, sentByTelegram } from '../support/notifier-host.js';

const chain = ['openai/gpt-5', 'anthropic/claude-opus-4-5'];
const refused = () => new Response('{"ok":false}', { status: 500 });

function start(
  answer: () => Response = sentByTelegram,
  clock: ManualClock = createManualClock(),
  options: Partial<TelegramNotifierOptions> = {},
) {
  const { fetch, sent } = fakeFetch(clock, answer);
  const notifier = createTelegramNotifier({ token: '1:a', chatId: 1, fetch, maxAttempts: 1, ...options });
  let isDown = true;
  /** A call that fails at the first provider while that is down. */
  const ask = async ({ provider }: { provider: string }): Promise<string> => {
    if (provider === 'openai' && isDown) throw Object.assign(new Error('Service Unavailable'), { status: 503 });
    return provider;
  };
  const texts = () => sent.map(({ body }) => String(body['text']).split('\n')[0]);
  return { clock, notifier, ask, texts, mend: () => (isDown = false) };
}

describe('a failover with a notifier', () => {
  it('tells what happened in its own process and leaves the rest to the others', async () => {
    const clock = createManualClock();
    const store = createMemoryStore();
    const members = [start(sentByTelegram, clock), start(sentByTelegram, clock)] as const;
    const make = ({ notifier }: (typeof members)[number]) =>
      createFailover({ chain, clock, store, notifiers: [notifier] });
    const [here, there] = [make(members[0]), make(members[1])];
    const heard: string[] = [];
    there.on('tier-change', ({ origin }) => heard.push(origin));
    await there.state('bot');
    await resolveWithFallback(here, members[0].ask, { instance: 'bot' });
    await here.pause('bot', { by: 'ann', reason: 'deploy' });
    await clock.settle();
    expect(heard).toEqual(['remote']);
    expect(members[0].texts()).toHaveLength(2);
    expect(members[1].texts()).toEqual([]);
    await here.close();
    await there.close();
  });

  it('tells once of a step-down that many calls run into, and once of the way back', async () => {
    const { clock, notifier, ask, texts, mend } = start();
    const failover = createFailover({ chain, clock, notifiers: [notifier] });
    const options = { instance: 'bot', session: 's1' };
    await Promise.all(Array.from({ length: 50 }, () => resolveWithFallback(failover, ask, options)));
    await clock.settle();
    expect(texts()).toEqual(['🔻 <b>Stepped down to tier 2</b>']);
    mend();
    await clock.advance(600_000);
    for (let i = 0; i < 5; i++) await resolveWithFallback(failover, ask, options);
    await clock.settle();
    expect(texts()).toEqual(['🔻 <b>Stepped down to tier 2</b>', '✅ <b>Back on tier 1</b>']);
    await failover.close();
  });

  it.each(['probe', 'on-success'] as const)(
    'says "back" only when the tier has answered again, not while it is tried (recovery: %s)',
    async (recovery) => {
      const { clock, notifier, ask, texts, mend } = start(sentByTelegram, createManualClock(), { throttleMs: 0 });
      const failover = createFailover({ chain, clock, notifiers: [notifier], policy: { recovery } });
      let failedTrials = 0;
      failover.on('attempt-failed', () => failedTrials++);
      for (let second = 0; second < 1_800; second++) {
        await resolveWithFallback(failover, ask);
        await clock.advance(1_000);
      }
      expect(failedTrials).toBeGreaterThan(100);
      expect(texts()).toEqual(['🔻 <b>Stepped down to tier 2</b>']);
      mend();
      for (let second = 0; second < 60; second++) {
        await resolveWithFallback(failover, ask);
        await clock.advance(1_000);
      }
      expect(texts()).toEqual(['🔻 <b>Stepped down to tier 2</b>', '✅ <b>Back on tier 1</b>']);
      await failover.close();
    },
  );

  it('sends nothing and sets no timer while all is well', async () => {
    const { clock, notifier, ask, texts, mend } = start();
    mend();
    const failover = createFailover({ chain, clock, notifiers: [notifier] });
    for (let i = 0; i < 5; i++) await resolveWithFallback(failover, ask);
    expect(clock.pending).toBe(0);
    await failover.close();
    expect(texts()).toEqual([]);
  });

  it('is not touched by a dead channel, which is announced once and never counted as a provider', async () => {
    const { clock, notifier, ask, texts } = start(refused);
    const failover = createFailover({ chain, clock, notifiers: [notifier] });
    const errors: NotifierErrorEvent[] = [];
    const failedAttempts: string[] = [];
    failover.on('notifier-error', (event) => errors.push(event));
    failover.on('attempt-failed', (event) => failedAttempts.push(event.tier.provider));
    for (let i = 0; i < 20; i++) {
      const { value } = await resolveWithFallback(failover, ask, { instance: `bot-${i}` });
      expect(value).toBe('anthropic');
    }
    await clock.advance(600_000);
    expect(texts().length).toBeGreaterThan(1);
    expect(errors).toMatchObject([{ notifier: 'telegram', state: 'failing', error: { status: 500 } }]);
    expect(new Set(failedAttempts)).toEqual(new Set(['openai']));
    const { tiers } = await failover.state('bot-0');
    expect(tiers[1]).toMatchObject({ failures: 0, restUntil: null });
    const closing = failover.close();
    await clock.advance(5_000);
    await closing;
  });

  it('delivers the last word when it is closed', async () => {
    const { clock, notifier, ask, texts, mend } = start();
    const failover = createFailover({ chain, clock, notifiers: [notifier] });
    await resolveWithFallback(failover, ask);
    mend();
    await clock.advance(600_000);
    await resolveWithFallback(failover, ask);
    await failover.close();
    expect(texts().at(-1)).toBe('✅ <b>Back on tier 1</b>');
  });

  it('can be given notifiers later', async () => {
    const { clock, notifier, ask, texts } = start();
    const failover = createFailover({ chain, clock });
    const attached = attachNotifiers(failover, [notifier], { clock });
    await resolveWithFallback(failover, ask);
    await attached.close();
    expect(texts()).toEqual(['🔻 <b>Stepped down to tier 2</b>']);
    await failover.close();
  });
});
