import { generateText } from 'ai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failoverModel } from '../../src/ai-sdk/index.js';
import { createHealthMonitor } from '../../src/health/index.js';
import { ConfigError, createFailover, type Failover, type Tier } from '../../src/index.js';
import { instrumentFailover, type InstrumentOptions } from '../../src/otel/index.js';
import { answering, textAnswer, untyped } from '../ai-sdk/mocks.js';
import { createTelemetry, type TestTelemetry } from './telemetry.js';

let telemetry: TestTelemetry;
beforeEach(() => {
  telemetry = createTelemetry();
});
afterEach(() => telemetry.close());

const chain: Tier[] = [
  { provider: 'anthropic', model: 'opus', credential: 'the-credential-name' },
  { provider: 'openai', model: 'gpt' },
];

function observed(failover: Failover = createFailover({ chain }), options: InstrumentOptions = {}) {
  const { tracerProvider, meterProvider } = telemetry;
  return instrumentFailover(failover, { tracerProvider, meterProvider, ...options });
}

test('nothing of a prompt, a key, an answer or an error message is told, nor who asked', async () => {
  const failover = observed();
  const key = 'sk-ant-REDACTED';
  const words = ['the prompt', 'the answer', 'the error', 'the reason', 'the code', 'the-credential-name', key];
  const error = { status: 429, message: `the error ${key}`, error: { code: 'the code', message: 'the prompt' } };

  await failover.run((tier) => (tier.model === 'gpt' ? 'the answer' : Promise.reject(error)), {
    instance: 'the instance',
    session: 'the session',
  });
  await failover.run(() => Promise.reject(new Error(`the prompt ${key}`))).catch(() => undefined);
  await failover.pause('default', { by: 'the operator', reason: 'the reason' });
  await failover.run(() => 'the answer').catch(() => undefined);
  const spans = telemetry.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  const told = JSON.stringify([spans, [...(await telemetry.metrics())]]);

  expect(spans.length).toBeGreaterThan(4);
  for (const word of [...words, 'the instance', 'the session', 'the operator']) expect(told).not.toContain(word);
});

test('instance and session are told when asked for; a session never becomes a series', async () => {
  const failover = observed(undefined, { attributes: ['instance', 'session'] });
  await failover.for('planner').run(() => 'Hi', { session: 's1' });

  expect(telemetry.spans().map(({ attributes }) => attributes)).toMatchObject([
    { 'tierfall.instance': 'planner', 'gen_ai.conversation.id': 's1' },
    { 'tierfall.instance': 'planner' },
  ]);
  const metrics = JSON.stringify([...(await telemetry.metrics())]);
  expect(metrics).toContain('"tierfall.instance":"planner"');
  expect(metrics).not.toContain('s1');
});

test('is a failover like the one it was made of', async () => {
  const plain = createFailover({ chain });
  const failover = observed(plain);
  const bound = failover.for('planner');

  await bound.pause({ by: 'ana', reason: 'lunch' });
  await expect(bound.run(() => 'Hi')).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  await bound.resume({ by: 'ana' });
  await failover.hold('planner', 0, { by: 'ana' });
  const { value, index, attempts } = await bound.run((_tier, { remaining }) => remaining.length);
  await bound.reset({ by: 'ana' });

  expect([failover.chain, bound.instance, value, index, attempts.length]).toEqual([plain.chain, 'planner', 0, 1, 1]);
  expect(await failover.state('planner')).toEqual(await plain.for('planner').state());
  expect((await failover.history('planner', { limit: 9 })).map(({ type }) => type)).toContain('held');
  await expect(failover.run(untyped('no function'))).rejects.toThrow(ConfigError);
  await failover.close();
  await expect(plain.run(() => 'Hi')).rejects.toMatchObject({ code: 'TIERFALL_CLOSED' });
});

test('can be watched by a health monitor, like the one behind it', async () => {
  const failover = observed();
  const monitor = createHealthMonitor(failover);
  await monitor.pause({ by: 'ana', reason: 'maintenance', target: { provider: 'anthropic' } });

  expect((await failover.run((tier) => tier.model)).value).toBe('gpt');
  expect(monitor.status().pauses).toMatchObject([{ source: 'operator', by: 'ana' }]);
  await monitor.close();
});

test('works below the AI SDK', async () => {
  const failover = observed();
  const model = failoverModel(failover, () => answering(textAnswer('Hi')));

  expect((await generateText({ model, prompt: 'Hello' })).text).toBe('Hi');
  expect(telemetry.spans().map(({ name }) => name)).toEqual(['failover chat', 'chat opus']);
});

test('that cannot be closed is no longer measured either', async () => {
  const plain = createFailover({ chain });
  const failover = instrumentFailover(
    { ...plain, on: plain.on.bind(plain), close: () => Promise.reject(new Error('down')) },
    { tracerProvider: telemetry.tracerProvider, meterProvider: telemetry.meterProvider },
  );
  await expect(failover.close()).rejects.toThrow('down');
  await plain.pause('a', { by: 'ana', reason: 'lunch' });
  expect((await telemetry.metrics()).has('tierfall.pauses')).toBe(false);
  await plain.close();
});

test('once disposed of, calls go on and nothing more is told', async () => {
  const failover = observed();
  await failover.run(() => 'Hi');
  const before = [...(await telemetry.metrics())].filter(
    ([name]) => !name.endsWith('failing') && !name.endsWith('instances'),
  );
  failover.dispose();

  const { value } = await failover.run((tier) => (tier.model === 'gpt' ? 'Hi' : Promise.reject({ status: 500 })));
  const after = [...(await telemetry.metrics())].filter(
    ([name]) => !name.endsWith('failing') && !name.endsWith('instances'),
  );

  expect(value).toBe('Hi');
  expect(telemetry.spans()).toHaveLength(2);
  expect(after).toEqual(before);
});

test('a step between two keys of one model names the keys', async () => {
  const keys = ['first-key', 'second-key'].map((credential) => ({ provider: 'openai', model: 'gpt', credential }));
  const listeners = new Map<string, (event: unknown) => void>();
  const on = (event: string, listener: (event: unknown) => void) => {
    listeners.set(event, listener);
    return () => listeners.delete(event);
  };
  observed(untyped({ chain: keys, run: () => undefined, on }));
  const [from, to] = keys.map((key, index) => ({ index, ...key }));
  const names = { instance: 'bot', direction: 'down', reason: 'auth', source: 'auto', origin: 'local', at: 0 };
  listeners.get('tier-change')!({ ...names, from, to });

  expect((await telemetry.metrics()).get('tierfall.tier_changes')?.points).toMatchObject([
    { attributes: { 'tierfall.from': 'openai/gpt@first-key', 'tierfall.to': 'openai/gpt@second-key' } },
  ]);
});

test('without an SDK it does nothing, at no risk', async () => {
  const failover = instrumentFailover(createFailover({ chain }));
  const { value } = await failover.run((tier) => (tier.model === 'gpt' ? 'Hi' : Promise.reject({ status: 500 })));
  expect(value).toBe('Hi');
});

test.each<[InstrumentOptions, string]>([
  [{ attributes: untyped(['prompt']) }, 'attributes: '],
  [{ operationName: '' }, 'operationName: '],
  [{ tracerProvider: untyped({}) }, 'tracerProvider: '],
  [{ meterProvider: untyped({}) }, 'meterProvider: '],
  [{ clock: untyped({}) }, 'clock: '],
  [untyped({ tracer: {} }), 'tracer: unknown option; known: .*; did you mean tracerProvider[?]'],
  [untyped({ attribute: ['session'] }), 'attribute: unknown option; known: .*; did you mean attributes[?]'],
  [untyped(null), 'options: '],
])('says what is wrong with %j', (options, path) => {
  const make = () => instrumentFailover(createFailover({ chain }), options);
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(new RegExp(`^${path}`, 'u'));
  expect(() => instrumentFailover(untyped({}))).toThrow(/^failover: /u);
});
