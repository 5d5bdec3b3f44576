import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSessionWatcher, notifiersFromEnv } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { attach, fakeFetch } from '../support/notifier-host.js';
import { steppedDown } from '../support/notifications.js';

const telegram = { TIERFALL_TELEGRAM_BOT_TOKEN: '123456:abc', TIERFALL_TELEGRAM_CHAT_ID: '-100' };
const slack = { TIERFALL_SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x' };
const webhook = {
  TIERFALL_WEBHOOK_URL: 'https://example.org/hook',
  TIERFALL_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

function recorder() {
  const lines: string[] = [];
  return { lines, logger: { debug: (line: string) => void lines.push(line) } };
}

describe('notifiersFromEnv', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('reads the environment of the process, and nothing where there is no process', () => {
    vi.stubEnv('TIERFALL_SLACK_WEBHOOK_URL', slack.TIERFALL_SLACK_WEBHOOK_URL);
    expect(notifiersFromEnv().map((notifier) => notifier.name)).toEqual(['slack']);
    vi.stubGlobal('process', undefined);
    expect(notifiersFromEnv()).toEqual([]);
  });

  it('writes its debug lines to the console where no logger is given', () => {
    const debug = vi.spyOn(globalThis.console, 'debug').mockReturnValue(undefined);
    notifiersFromEnv({ ...slack, TIERFALL_TELEGRAM_BOT_TOKEN: '1:a', TIERFALL_ALERT_DEBUG: '1' });
    expect(debug.mock.calls).toEqual([['tierfall: telegram is left out; set TIERFALL_TELEGRAM_CHAT_ID, too']]);
  });

  it("does not turn an error of the host's own into one about a variable", () => {
    const filter = {
      get events(): never {
        throw new RangeError('no list today');
      },
    };
    expect(() => notifiersFromEnv(slack, { filter })).toThrow(new RangeError('no list today'));
  });

  it('makes the notifiers of a session watcher that is given none', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock, () => new Response('ok'));
    vi.stubGlobal('fetch', fetch);
    vi.stubEnv('TIERFALL_SLACK_WEBHOOK_URL', slack.TIERFALL_SLACK_WEBHOOK_URL);
    const watcher = createSessionWatcher({ clock });
    watcher.observe({ session: 's', provider: 'a', model: 'b' });
    watcher.observe({ session: 's', provider: 'c', model: 'd' });
    await watcher.close();
    expect(sent.map(({ url }) => url)).toEqual([slack.TIERFALL_SLACK_WEBHOOK_URL]);
  });

  it.each([
    [{}, []],
    [telegram, ['telegram']],
    [{ ...telegram, ...slack, ...webhook }, ['telegram', 'slack', 'webhook']],
    [{ TIERFALL_TELEGRAM_BOT_TOKEN: '123456:abc' }, []],
    [{ ...telegram, TIERFALL_TELEGRAM_BOT_TOKEN: '  ' }, []],
  ])('makes of %j %j', (env, names) => {
    expect(notifiersFromEnv(env).map((notifier) => notifier.name)).toEqual(names);
  });

  it("takes a worker's bindings, which need not be strings", () => {
    const bindings: object = {
      ...telegram,
      TIERFALL_TELEGRAM_CHAT_ID: -100,
      TIERFALL_ALERT_THROTTLE_SECONDS: 60,
      TIERFALL_ALERT_DEBUG: false,
      TIERFALL_SLACK_WEBHOOK_URL: null,
    };
    const read = (env: object | null) => notifiersFromEnv(env as never).map((notifier) => notifier.name);
    expect(read(bindings)).toEqual(['telegram']);
    expect(() => read(null)).toThrow('env: must be an object of variables');
    expect(() => read({ ...bindings, TIERFALL_SLACK_WEBHOOK_URL: { url: 'https://x.example' } })).toThrow(
      'TIERFALL_SLACK_WEBHOOK_URL: must be a string',
    );
  });

  it('says once that nobody will be told, when debug is on', () => {
    const { lines, logger } = recorder();
    notifiersFromEnv({ TIERFALL_ALERT_DEBUG: '1' }, { logger });
    expect(lines).toEqual([
      'tierfall: no notifier is configured, nobody will be told; set TIERFALL_TELEGRAM_BOT_TOKEN and ' +
        'TIERFALL_TELEGRAM_CHAT_ID, or TIERFALL_SLACK_WEBHOOK_URL, or TIERFALL_WEBHOOK_URL and TIERFALL_WEBHOOK_SECRET',
    ]);
    notifiersFromEnv({ TIERFALL_ALERT_DEBUG: '0' }, { logger });
    notifiersFromEnv({ TIERFALL_ALERT_DEBUG: '1', ...telegram }, { logger });
    expect(lines).toHaveLength(1);
  });

  it('says which channel is only half configured, when debug is on', () => {
    const { lines, logger } = recorder();
    const env = { ...slack, TIERFALL_TELEGRAM_BOT_TOKEN: '123456:abc', TIERFALL_ALERT_DEBUG: '1' };
    expect(notifiersFromEnv(env, { logger })).toHaveLength(1);
    expect(lines).toEqual(['tierfall: telegram is left out; set TIERFALL_TELEGRAM_CHAT_ID, too']);
  });

  it('takes the throttle in seconds', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock);
    const env = { ...telegram, TIERFALL_ALERT_THROTTLE_SECONDS: '60' };
    const [notifier] = notifiersFromEnv(env, { fetch, throttleMs: 1 });
    if (notifier === undefined) throw new Error('no notifier was made');
    const host = attach(notifier, clock);
    host.notify(steppedDown());
    host.notify(steppedDown());
    await clock.advance(59_999);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent).toHaveLength(2);
    await host.close();
  });

  it.each([
    ['TIERFALL_TELEGRAM_BOT_TOKEN', { ...telegram, TIERFALL_TELEGRAM_BOT_TOKEN: 'hush hush' }],
    ['TIERFALL_TELEGRAM_CHAT_ID', { ...telegram, TIERFALL_TELEGRAM_CHAT_ID: 'hush' }],
    ['TIERFALL_SLACK_WEBHOOK_URL', { TIERFALL_SLACK_WEBHOOK_URL: 'http://slack.example/hush' }],
    ['TIERFALL_WEBHOOK_SECRET', { ...webhook, TIERFALL_WEBHOOK_SECRET: 'hush' }],
    ['TIERFALL_ALERT_THROTTLE_SECONDS', { TIERFALL_ALERT_THROTTLE_SECONDS: '5m' }],
    ['TIERFALL_ALERT_THROTTLE_SECONDS', { TIERFALL_ALERT_THROTTLE_SECONDS: '-1' }],
    ['TIERFALL_ALERT_DEBUG', { TIERFALL_ALERT_DEBUG: 'maybe' }],
  ])('refuses a wrong %s by name and does not quote it', (variable, env) => {
    expect(() => notifiersFromEnv(env)).toThrow(expect.objectContaining({ code: 'TIERFALL_CONFIG' }));
    expect(() => notifiersFromEnv(env)).toThrow(new RegExp(`^${variable}: (?!.*hush)`));
  });

  it('makes a session watcher without credentials a no-op', async () => {
    const watcher = createSessionWatcher({ notifiers: notifiersFromEnv({}) });
    watcher.observe({ session: 's', provider: 'a', model: 'b' });
    watcher.observe({ session: 's', provider: 'c', model: 'd' });
    await watcher.close();
    expect(watcher.size).toBe(0);
  });

  it('tells of a session through what it made', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock);
    const watcher = createSessionWatcher({ clock, notifiers: notifiersFromEnv(telegram, { fetch }) });
    watcher.observe({ session: 'a4f0c1d2-93b1-4c7e-8a55-2b8f0d6c1e77', instance: 'bot', provider: 'a', model: 'b' });
    watcher.observe({ session: 'a4f0c1d2-93b1-4c7e-8a55-2b8f0d6c1e77', instance: 'bot', provider: 'c', model: 'd' });
    await settle();
    expect(String(sent[0]?.body['text']).split('\n')).toEqual([
      '🔻 <b>A session runs on a fallback model</b>',
      'Where: <code>bot</code>, session <code>a4f0c1d2…</code>',
      'From: <code>a/b</code>',
      'To: <code>c/d</code>',
      'Expected: <code>a/b</code>',
      'When: 2026-11-22 02:00:00 UTC',
    ]);
    await watcher.close();
  });
});
