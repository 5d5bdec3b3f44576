import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type DataPoint,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** One data point: its attributes, and its value (a histogram's count and sum). */
export interface Point {
  attributes: Record<string, unknown>;
  value: unknown;
}

/** An OpenTelemetry SDK that keeps what it is told. */
export function createTelemetry() {
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  // Longer than any test: it exports when it is asked to.
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });

  return {
    tracerProvider,
    meterProvider,
    /** Spans that have ended, in the order of their beginning. */
    spans: (): ReadableSpan[] => [...spanExporter.getFinishedSpans()].toSorted(byStart),
    /** Every metric so far by name. */
    async metrics(): Promise<Map<string, { unit: string; points: Point[] }>> {
      metricExporter.reset();
      await reader.forceFlush();
      const found = new Map<string, { unit: string; points: Point[] }>();
      for (const { scopeMetrics } of metricExporter.getMetrics()) {
        for (const { metrics } of scopeMetrics) {
          for (const { descriptor, dataPoints } of metrics) {
            const points = dataPoints.map((point: DataPoint<unknown>) => ({
              attributes: { ...point.attributes },
              value: plain(point.value),
            }));
            found.set(descriptor.name, { unit: descriptor.unit, points });
          }
        }
      }
      return found;
    },
    async close() {
      await tracerProvider.shutdown();
      await meterProvider.shutdown();
    },
  };
}

export type TestTelemetry = ReturnType<typeof createTelemetry>;

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('count' in value) || !('sum' in value)) return value;
  return { count: value.count, sum: value.sum };
}

/** By the time they began; parents first where that was the same instant. */
function byStart(one: ReadableSpan, other: ReadableSpan): number {
  const [seconds, nanos] = one.startTime;
  const [otherSeconds, otherNanos] = other.startTime;
  return seconds - otherSeconds || nanos - otherNanos || depthOf(one) - depthOf(other);
}

function depthOf({ parentSpanContext }: ReadableSpan): number {
  return parentSpanContext ? 1 : 0;
}

/** What the Node SDK registers: contexts that follow asynchronous work. */
export function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  return {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (context, work, self, ...rest) => storage.run(context, () => work.call(self!, ...rest)),
    // Nothing that is tested here binds.
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      storage.disable();
      return this;
    },
  };
}
