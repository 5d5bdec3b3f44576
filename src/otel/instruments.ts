import type { Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';

/** The buckets the conventions give for durations of model calls, in seconds. */
const callSeconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/** From one second to the longest default rest, in seconds. */
const restSeconds = [1, 5, 15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 21_600, 86_400];

export interface Instruments {
  operationDuration: Histogram;
  attemptDuration: Histogram;
  timeToFirstContent: Histogram;
  restDuration: Histogram;
  attempts: Counter;
  fallbacks: Counter;
  retries: Counter;
  tierChanges: Counter;
  exhausted: Counter;
  pauses: Counter;
  storeErrors: Counter;
  notifierErrors: Counter;
  instances: ObservableGauge;
  storeFailing: ObservableGauge;
  notifierFailing: ObservableGauge;
}

export function createInstruments(meter: Meter): Instruments {
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { unit: `{${unit}}`, description });
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(name, { unit, description });
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });

  return {
    operationDuration: seconds('tierfall.operation.duration', 'One call, all its attempts and its stream', callSeconds),
    attemptDuration: seconds('tierfall.attempt.duration', 'One attempt at one tier, its stream included', callSeconds),
    timeToFirstContent: seconds(
      'tierfall.time_to_first_content',
      'From the start of a call to the first content of its stream, failed attempts included',
      callSeconds,
    ),
    restDuration: seconds('tierfall.rest.duration', 'Length of the rests that began with a step', restSeconds),
    attempts: counter('tierfall.attempts', 'attempt', 'Attempts at a tier'),
    fallbacks: counter('tierfall.fallbacks', 'fallback', 'Calls that went on to another tier'),
    retries: counter('tierfall.retries', 'retry', 'Further attempts at the same tier'),
    tierChanges: counter('tierfall.tier_changes', 'change', 'Instances that changed their tier, by this process'),
    exhausted: counter('tierfall.exhausted', 'event', 'Times a chain had no tier left, once per change'),
    pauses: counter('tierfall.pauses', 'event', 'Pauses and resumes, by this process'),
    storeErrors: counter('tierfall.store.errors', 'event', 'Times the store began to fail'),
    notifierErrors: counter('tierfall.notifier.errors', 'event', 'Times a notifier began to fail'),
    instances: gauge('tierfall.instances', '{instance}', 'Instances this process has seen, by their tier'),
    storeFailing: gauge('tierfall.store.failing', '', '1 while the store fails'),
    notifierFailing: gauge('tierfall.notifier.failing', '', '1 while a notifier fails'),
  };
}
