import { describe, expect, it, vi } from 'vitest';
import * as notifiers from '../../src/notifiers/index.js';
import { settle } from '../support/event-loop.js';
import { attach } from '../support/notifier-host.js';
import { steppedDown } from '../support/notifications.js';

/** Factories as a host without types calls them. */
type Make = (options: object) => unknown;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const factories: Readonly<Record<string, Make>> = {
  createTelegramNotifier: (options) => notifiers.createTelegramNotifier({ token: '1:a', chatId: 1, ...options }),
  createSlackNotifier: (options) => notifiers.createSlackNotifier({ webhookUrl: 'https://a.example', ...options }),
  createWebhookNotifier: (options) => notifiers.createWebhookNotifier({ url: 'https://a.example', secret, ...options }),
  createConsoleNotifier: (options) => notifiers.createConsoleNotifier(options),
  notifiersFromEnv: (options) => notifiers.notifiersFromEnv({}, options),
  createSessionWatcher: (options) => notifiers.createSessionWatcher({ notifiers: [], ...options }),
  attachNotifiers: (options) => notifiers.attachNotifiers({ on: () => () => undefined }, [], options),
};

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'TIERFALL_CONFIG') return error.message;
    throw error;
  }
  return 'accepted';
}

describe.each(Object.entries(factories))('%s', (_, make) => {
  it('refuses an option that does not exist, by name, and lists those that do', () => {
    expect(refusal(() => make({ oops: 1 }))).toMatch(/^oops: unknown option; known: [\w, ]+$/);
    expect(refusal(() => make({ oops: undefined }))).toBe('accepted');
  });
});

describe('a wrong option', () => {
  it.each<[string, () => unknown, string]>([
    [
      'createSlackNotifier({ url })',
      () =>
        Reflect.apply(notifiers.createSlackNotifier, undefined, [{ url: 'https://hooks.slack.com/services/T0/B0/x' }]),
      'did you mean webhookUrl?',
    ],
    [
      'createTelegramNotifier({ botToken })',
      () => Reflect.apply(notifiers.createTelegramNotifier, undefined, [{ botToken: '1:a', chatId: 1 }]),
      'did you mean token?',
    ],
    [
      'createTelegramNotifier({ chat_id })',
      () => Reflect.apply(notifiers.createTelegramNotifier, undefined, [{ token: '1:a', chat_id: 1 }]),
      'did you mean chatId?',
    ],
    [
      'createWebhookNotifier({ webhookUrl })',
      () => Reflect.apply(notifiers.createWebhookNotifier, undefined, [{ webhookUrl: 'https://a.example', secret }]),
      'did you mean url?',
    ],
    [
      'throttle in seconds',
      () => factories['createConsoleNotifier']!({ throttleSeconds: 5 }),
      'did you mean throttleMs?',
    ],
    ['a misspelt option', () => factories['createConsoleNotifier']!({ trottleMs: 5 }), 'did you mean throttleMs?'],
    ['a filter under another name', () => factories['createConsoleNotifier']!({ filters: {} }), 'did you mean filter?'],
    [
      'a misspelt criterion',
      () => factories['createConsoleNotifier']!({ filter: { event: [] } }),
      'did you mean events?',
    ],
  ])('gets the right name: %s', (_, act, hint) => {
    const message = refusal(act);
    expect(message).toContain(hint);
    expect(message).not.toContain('hooks.slack.com');
  });

  it.each(['oops', 'x', 'id'])('gets no guess for %s, which is close to nothing', (option) => {
    expect(refusal(() => factories['createTelegramNotifier']!({ [option]: 1 }))).not.toContain('did you mean');
  });

  it.each<[string, string, unknown[]]>([
    ['createTelegramNotifier', 'throttleMs', [-1, 1.5, Number.NaN, Infinity, '5', 2 ** 31]],
    ['createTelegramNotifier', 'threadId', [0, 1.5, Number.NaN, '7']],
    ['createTelegramNotifier', 'silent', ['yes', 1]],
    ['createTelegramNotifier', 'name', ['', 'a\nb', 7, 'x'.repeat(61)]],
    ['createTelegramNotifier', 'fetch', ['https://a.example', {}, null]],
    ['createTelegramNotifier', 'link', ['status', `https://a.example/${'<'.repeat(300)}`]],
    ['createWebhookNotifier', 'secret', [7, null]],
    ['createConsoleNotifier', 'filter', [7, null, 'tier-change']],
    ['createSlackNotifier', 'burst', [0, -1, Number.NaN, 1_001]],
    ['createSlackNotifier', 'queueLimit', [0, Infinity, 10_001]],
    ['createWebhookNotifier', 'sendTimeoutMs', [0, -5, Number.NaN, 3_600_001]],
    ['createWebhookNotifier', 'maxAttempts', [0, 1.5, 21]],
    ['createConsoleNotifier', 'closeTimeoutMs', [-1, Number.NaN, 3_600_001]],
    ['createConsoleNotifier', 'logger', [{}, 'console']],
    ['createSessionWatcher', 'throttleMs', [-1, Number.NaN, 2 ** 31]],
    ['createSessionWatcher', 'idleMs', [0, Infinity]],
    ['createSessionWatcher', 'maxSessions', [0, 1.5]],
    ['createSessionWatcher', 'isTerminal', [true]],
    ['createSessionWatcher', 'onError', ['log']],
    ['createSessionWatcher', 'clock', [{}, { now: () => 0 }]],
    ['createSessionWatcher', 'logger', [{}]],
    ['attachNotifiers', 'clock', [{}, 7, null]],
    ['attachNotifiers', 'onError', [1]],
  ])('of %s is refused by name: %s', (factory, option, values) => {
    for (const value of values) {
      expect(refusal(() => factories[factory]!({ [option]: value }))).toMatch(new RegExp(`^${option}: `));
    }
  });

  it.each<[string, () => unknown, RegExp]>([
    ['options', () => notifiers.createConsoleNotifier(7 as never), /^options: must be an object, e\.g\. \{ \w+ \}$/],
    [
      'a URL alone',
      () => notifiers.createSlackNotifier('https://x' as never),
      /^options: .*, e\.g\. \{ webhookUrl \}$/,
    ],
    ['failover', () => notifiers.attachNotifiers({} as never, []), /^failover: expected what createFailover returned$/],
    ['one notifier', () => factories['createSessionWatcher']!({ notifiers: {} }), /^notifiers: expected a list/],
    [
      'no notifier',
      () => factories['createSessionWatcher']!({ notifiers: [undefined] }),
      /^notifiers: expected a list/,
    ],
    [
      'events',
      () => factories['createConsoleNotifier']!({ filter: { events: 'paused' } }),
      /^filter\.events: must be an array of strings$/,
    ],
    [
      'kinds',
      () => factories['createConsoleNotifier']!({ filter: { kinds: [429] } }),
      /^filter\.kinds: must be an array of strings$/,
    ],
  ])('is refused by name where something else is expected: %s', (_, act, message) => {
    expect(refusal(act)).toMatch(message);
  });

  it('given to notifiersFromEnv reaches the notifiers it makes', () => {
    const env = { TIERFALL_SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x' };
    expect(refusal(() => notifiers.notifiersFromEnv(env, { burst: 0 }))).toMatch(/^burst: /);
    expect(refusal(() => factories['notifiersFromEnv']!({ name: 'ops' }))).toMatch(/^name: unknown option/);
  });
});

describe('a callback of the host that is async and rejects', () => {
  it('never becomes an unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const rejects = async (): Promise<never> => {
      throw new Error('boom');
    };
    const output = { info: rejects, warn: rejects };
    const logger = { debug: rejects };
    const callback = rejects as never;
    const host = attach(notifiers.createConsoleNotifier({ output, logger, link: callback, maxAttempts: 1 }));
    host.notify(steppedDown());
    await settle();
    await host.close();
    const watcher = notifiers.createSessionWatcher({
      notifiers: [notifiers.createConsoleNotifier({ output, maxAttempts: 1 })],
      isTerminal: callback,
      onError: callback,
      logger,
    });
    watcher.observe({ session: 's', provider: 'a', model: 'b', finishReason: 'stop' });
    // A promise is no yes: the session goes on.
    expect(watcher.size).toBe(1);
    watcher.observe({ session: 's', provider: 'c', model: 'd' });
    await settle();
    await watcher.close();
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(host.changes[0]).toMatchObject({ state: 'failing' });
  });
});
