import { context as contexts, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFailover, type Failover } from '../../src/index.js';
import { instrumentFailover, type InstrumentOptions } from '../../src/otel/index.js';
import { untyped } from '../ai-sdk/mocks.js';
import { chain, limited, reject } from './calls.js';
import { createContextManager, createTelemetry, type TestTelemetry } from './telemetry.js';

let telemetry: TestTelemetry;
beforeEach(() => {
  telemetry = createTelemetry();
});
afterEach(async () => {
  await telemetry.close();
  contexts.disable();
  vi.restoreAllMocks();
});

function observed(failover: Failover = createFailover({ chain }), options: InstrumentOptions = {}) {
  const { tracerProvider, meterProvider } = telemetry;
  return instrumentFailover(failover, { tracerProvider, meterProvider, ...options });
}

describe('calls at the same time', () => {
  const runtimes: [string, () => void][] = [
    ['with no context manager', () => undefined],
    [
      'with a context manager, on a runtime with no AsyncLocalStorage of its own',
      () => {
        contexts.setGlobalContextManager(createContextManager());
        vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => untyped(undefined));
      },
    ],
  ];
  test.each(runtimes)('each failure belongs to its own call, %s', async (_name, prepare) => {
    prepare();
    const failover = observed(createFailover({ chain, policy: { triggers: ['auth'] } }), { attributes: ['session'] });
    const statuses = [400, 401, 429, 500, 503, 529];
    const waiting: (() => void)[] = [];

    const calls = Array.from({ length: 24 }, async (_entry, at) => {
      const fail = async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        throw { status: statuses[at % statuses.length] };
      };
      // Every other one fails in its stream, after content.
      const broken = async function* () {
        yield 'a';
        await fail();
      };
      const options = { session: String(at), pinned: 0 };
      if (at % 2 === 0) {
        await failover.run(fail, options);
      } else {
        const { value } = await failover.run(broken, options);
        for await (const _ of value);
      }
    });
    while (waiting.length < 24) await new Promise((resolve) => setImmediate(resolve));
    for (const go of waiting.toReversed()) go();
    await Promise.allSettled(calls);

    const expected = ['invalid_request', 'auth', 'rate_limit', 'server_error', 'server_error', 'overloaded'];
    const spans = telemetry.spans();
    const operations = spans.filter(({ name }) => name === 'failover chat');
    expect(operations).toHaveLength(24);
    for (const operation of operations) {
      const at = Number(operation.attributes['gen_ai.conversation.id']);
      const { spanId } = operation.spanContext();
      const attempts = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId);
      expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual([expected[at % statuses.length]]);
    }
  });
});

test('on a runtime that cannot tell calls apart an attempt that failed is still one', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => untyped(undefined));
  const failover = observed();

  await failover.run((tier) => (tier.model === 'gpt-5' ? 'Hi' : reject(limited)));

  expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual([undefined, '_OTHER', undefined]);
});

test('the attempt is active while the provider is called, and hangs below what was active before', async () => {
  contexts.setGlobalContextManager(createContextManager());
  const failover = observed();
  const tracer = telemetry.tracerProvider.getTracer('host');

  await tracer.startActiveSpan('request', async (request) => {
    await failover.run(async () => {
      await Promise.resolve();
      tracer.startSpan('http').end();
    });
    expect(trace.getActiveSpan()).toBe(request);
    request.end();
  });

  const spans = telemetry.spans();
  const parentOf = (name: string) => {
    const parent = spans.find((span) => span.name === name)?.parentSpanContext?.spanId;
    return spans.find((span) => span.spanContext().spanId === parent)?.name;
  };
  expect([parentOf('http'), parentOf('chat gemini-3'), parentOf('failover chat')]).toEqual([
    'chat gemini-3',
    'failover chat',
    'request',
  ]);
});
