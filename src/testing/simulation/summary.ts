import { configError } from '../../core/errors.js';
import type { SimulationResult } from './measure.js';

const numbers = [
  'calls',
  'failedCalls',
  'successRate',
  'attemptsPerCall',
  'violatedWaits',
  'violatedByAnyone',
  'failedAttempts',
  'primaryAnswers',
  'answerable',
  'goodTimeUsed',
  'latencyMs',
  'faultLatencyMs',
] as const;

/**
 * The mean of several runs of one fault. A time that is `null` in one of them is `null`.
 *
 * @throws {ConfigError} there is no result
 */
export function meanOfSimulations(results: readonly SimulationResult[]): SimulationResult {
  const [first] = results;
  if (!first) throw configError('results', 'expected at least one result');
  const means = Object.fromEntries(numbers.map((name) => [name, mean(results.map((result) => result[name]))]));
  return {
    ...first,
    ...means,
    stepDownMs: knownMean(results.map((result) => result.stepDownMs)),
    backMs: knownMean(results.map((result) => result.backMs)),
    load: first.load.map((_count, tier) => mean(results.map((result) => result.load[tier]!))),
  };
}

/** The results as a table, a line each. */
export function renderSimulations(results: readonly SimulationResult[]): string {
  const rows = results.map((result) => [
    result.fault,
    percent(result.successRate),
    result.attemptsPerCall.toFixed(4),
    whole(result.violatedWaits),
    seconds(result.stepDownMs),
    seconds(result.backMs),
    whole(result.failedAttempts),
    `${whole(result.primaryAnswers)} of ${whole(result.answerable)}`,
    percent(result.goodTimeUsed),
    `${whole(result.faultLatencyMs)} ms`,
    result.load.map(whole).join(' / '),
  ]);
  return renderTable(
    [
      'fault',
      'answered',
      'attempts/call',
      'waits violated',
      'stepped down',
      'back',
      'failed attempts',
      'answers in the fault',
      'good time used',
      'call in the fault',
      'load',
    ],
    rows,
  );
}

/** Columns as wide as their widest cell: the first to the left, the others to the right. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function knownMean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : mean(known);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function whole(value: number): string {
  return String(Math.round(value));
}

function seconds(value: number | null): string {
  return value === null ? '-' : `${(value / 1000).toFixed(1)} s`;
}
