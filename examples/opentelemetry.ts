/**
 * A failover in OpenTelemetry: a span per call, a child span per attempt, and metrics. The SDK's in-memory exporters
 * replace a collector, and a server on loopback replaces the providers: no key, no network.
 */
import Anthropic from '@anthropic-ai/sdk';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import OpenAI from 'openai';
import { createFailover, resolveWithFallback } from 'tierfall';
import { instrumentFailover } from 'tierfall/otel';
import { httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const anthropic = new Anthropic({ baseURL: loopback.url('anthropic'), apiKey: 'not-a-key', maxRetries: 0 });
const openai = new OpenAI({ baseURL: loopback.url('openai'), apiKey: 'not-a-key', maxRetries: 0 });

const spanExporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })] });

const failover = instrumentFailover(createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] }), {
  tracerProvider,
  meterProvider,
});

async function ask(prompt: string): Promise<string> {
  const { value } = await resolveWithFallback(failover, async ({ provider, model }, { signal }) => {
    if (provider === 'openai') return (await openai.responses.create({ model, input: prompt }, { signal })).output_text;
    const messages = [{ role: 'user' as const, content: prompt }];
    const { content } = await anthropic.messages.create({ model, max_tokens: 100, messages }, { signal });
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  });
  return value;
}

await ask('What is the secret plan?');
loopback.on('claude-opus-4-8', httpError(429, { retryAfterSeconds: 30 }));
await ask('What is the secret plan?');
await ask('What is the secret plan?');
await meterProvider.forceFlush();

const spans = spanExporter.getFinishedSpans();
const operations = spans.filter((span) => span.parentSpanContext === undefined);
for (const operation of operations) {
  console.log(`${operation.name}: ${String(operation.attributes['tierfall.outcome'])}`);
  const { spanId } = operation.spanContext();
  for (const { name, attributes, parentSpanContext } of spans) {
    if (parentSpanContext?.spanId !== spanId) continue;
    const wait = attributes['tierfall.retry_after'];
    console.log(
      `  ${name}: ${String(attributes['error.type'] ?? 'ok')}` +
        (wait === undefined ? '' : `, asked for ${String(wait)} s`),
    );
  }
}
console.log('');

const counts = new Map<string, number>();
for (const { metrics } of metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)) {
  for (const { descriptor, dataPoints } of metrics) {
    for (const { value, attributes } of dataPoints) {
      if (typeof value !== 'number') continue;
      const model = attributes['gen_ai.request.model'] ?? '';
      const key = [descriptor.name, model, attributes['tierfall.outcome'] ?? ''].filter(Boolean).join(' ');
      counts.set(key, value);
    }
  }
}
for (const [name, value] of counts) console.log(`${name}: ${value}`);
console.log('');

check('each call is one span', operations.length === 3);
check('the second call has two attempts below it, the others one', spans.length === 3 + 4);
check('the rate limit is counted against its model', counts.get('tierfall.attempts claude-opus-4-8 error') === 1);
check('one call went on to another tier', counts.get('tierfall.fallbacks') === 1);
const told = JSON.stringify([spans.map(({ attributes, events }) => [attributes, events]), metricExporter.getMetrics()]);
check('nothing of the prompt has been told', !told.includes('secret'));

await failover.close();
await tracerProvider.shutdown();
await meterProvider.shutdown();

function check(what: string, isTrue: boolean): void {
  console.log(`${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
