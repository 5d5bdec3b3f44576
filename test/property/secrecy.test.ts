import { inspect } from 'node:util';
import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { classifyError, createFailover, isTierfallError, type Failover } from '../../src/index.js';
import { createSlackNotifier, createTelegramNotifier, createWebhookNotifier } from '../../src/notifiers/index.js';
import { instrumentFailover } from '../../src/otel/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { fakeFetch } from '../support/notifier-host.js';
import { createTelemetry } from '../otel/telemetry.js';

const mark = 'Zk3vT9qLw2Xb7Rm4';
const key = fc.constantFrom(
  `sk-proj-${mark}Yc8Nd1Fh6Jp0Ga5S`,
  `sk-ant-api03-${mark}Yc8Nd1Fh6Jp0Ga5S-AA`,
  `Bearer ${mark}Yc8Nd1Fh6Jp0Ga5S`,
  `https://user:${mark}@api.example/v1`,
  `https://api.example/v1?api_key=${mark}`,
  `{"x-api-key":"${mark}"}`,
);

/** Wherever a provider's error can hold what it was sent. */
const failure = fc.oneof(
  key.map((secret) => new Error(`Incorrect API key provided: ${secret}`)),
  key.map((secret) => `failed with ${secret}`),
  fc
    .record({
      status: fc.constantFrom(400, 401, 402, 418, 429, 500, 529),
      code: key,
      type: key,
      message: key,
      name: key,
      param: key,
      headers: key.map((secret) => ({
        authorization: secret,
        'x-api-key': secret,
        'retry-after': '7',
        'x-id': secret,
      })),
      request: key.map((secret) => ({ headers: { authorization: secret } })),
      error: key.map((secret) => ({ message: secret, code: secret, type: `insufficient_quota ${secret}` })),
      cause: key.map((secret) => new Error(`connect ECONNREFUSED ${secret}`)),
    })
    .map((fields) => Object.assign(new Error('failed'), fields)),
);

/** Not `store-error`: its error keeps what a store threw as its cause, as errors of ours do. */
const everything = [
  'tier-change',
  'attempt-failed',
  'retry',
  'exhausted',
  'paused',
  'resumed',
  'notifier-error',
] as const;

/** What a call says when it ends in an error of ours. The provider's own error is the caller's, and so is a cause. */
async function callInVain(failover: Failover, error: unknown): Promise<unknown> {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  try {
    return await failover.run(refuse, { instance: 'bot', session: 's1' });
  } catch (thrown) {
    if (!isTierfallError(thrown)) return undefined;
    return [thrown.code, thrown.message, thrown.stack, JSON.stringify(thrown)];
  }
}

test('a key in an error, a header or a tier reaches no event, row, state, line, message, span or series', async () => {
  const policies = fc.constantFrom('wrap', 'pause', 'throw', 'wait');
  await fc.assert(
    fc.asyncProperty(failure, key, policies, async (error, secret, onExhausted) => {
      const clock = createManualClock();
      const telemetry = createTelemetry();
      const { tracerProvider, meterProvider } = telemetry;
      const said: unknown[] = [classifyError(error, { now: clock.now() })];
      const { fetch, sent } = fakeFetch(clock);
      const options = { fetch, throttleMs: 0, filter: { events: everything } };
      const say = (line: string) => void said.push(line);
      const failover = createFailover({
        chain: [
          { provider: 'openai', model: 'gpt', apiKey: secret, options: { headers: { authorization: secret } } },
          { provider: 'anthropic', model: 'claude', apiKey: secret },
        ],
        policy: { onExhausted, deadlineMs: 20_000, retry: { maxAttempts: 2 } },
        clock,
        logger: { debug: say, info: say, warn: say, error: say },
        notifiers: [
          createTelegramNotifier({ token: '1:a', chatId: 1, ...options }),
          createSlackNotifier({ webhookUrl: 'https://hooks.slack.com/services/x', ...options }),
          createWebhookNotifier({
            url: 'https://x.example',
            secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
            ...options,
          }),
        ],
      });
      for (const event of everything) failover.on(event, (payload) => said.push({ event, ...payload }));
      const attributes = ['instance', 'session'] as const;
      const observed = instrumentFailover(failover, { tracerProvider, meterProvider, attributes, clock });
      const ended = callInVain(observed, error);
      await clock.advance(30_000);
      said.push(await ended);
      said.push(await failover.history('bot', { limit: 100 }), await failover.state('bot'), await telemetry.metrics());
      said.push(
        telemetry.spans().map(({ name, attributes: told, events, status }) => ({ name, told, events, status })),
      );
      const closing = failover.close();
      await clock.advance(10_000);
      await closing;
      await telemetry.close();
      expect(sent.length).toBeGreaterThan(0);
      const told = inspect([...said, ...sent], { depth: 12, maxArrayLength: null, maxStringLength: null });
      expect(told).toContain('attempt-failed');
      expect(told).not.toContain(mark);
    }),
    { numRuns: 100 },
  );
});
