import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { instrumentFailover } from '../../src/otel/index.js';
import { attribute } from '../../src/otel/attributes.js';
import { createInstruments } from '../../src/otel/instruments.js';
import { createTelemetry } from './telemetry.js';

const docs = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
const rules = /<!-- alert rules:[^>]*-->\s*```yaml\n(?<rules>[\s\S]*?)```/u.exec(docs)?.groups?.['rules'] ?? '';

/** Every metric's name, unit and instrument, as the code declares them. */
function declared(): { name: string; unit: string; made: string }[] {
  const found: { name: string; unit: string; made: string }[] = [];
  const meter = createTelemetry().meterProvider.getMeter('test');
  const spy = new Proxy(meter, {
    get(target, made: keyof typeof meter) {
      return (name: string, options: { unit?: string }) => {
        found.push({ name, unit: options.unit ?? '', made });
        return Reflect.apply(target[made], target, [name, options]);
      };
    },
  });
  createInstruments(spy);
  return found;
}

/** What Prometheus calls it: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ */
function prometheusNames({ name, unit, made }: { name: string; unit: string; made: string }): string[] {
  const base = name.replaceAll('.', '_') + (unit === 's' ? '_seconds' : '');
  if (made === 'createCounter') return [`${base}_total`];
  return made === 'createHistogram' ? ['count', 'sum', 'bucket'].map((part) => `${base}_${part}`) : [base];
}

test('the rules ask for metrics and labels that exist', () => {
  const metrics = new Set(declared().flatMap(prometheusNames));
  const labels = new Set(['job', ...Object.values(attribute).map((name) => name.replaceAll('.', '_'))]);
  const asked = [...new Set(rules.match(/\btierfall_\w+|\bgen_ai_\w+|\berror_type\b/gu))];

  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter((name) => !metrics.has(name) && !labels.has(name))).toEqual([]);
});

test('the docs list every metric and every attribute, and no other', async () => {
  const metrics = declared().map(({ name }) => name);
  const events = ['tierfall.tier_change', 'tierfall.exhausted'];
  const known = new Set<string>([...metrics, ...Object.values(attribute), ...events]);
  const listed = new Set(docs.match(/(?<=`)(?:tierfall|gen_ai|error|http)\.[\w.]+(?=`)/gu));
  // Named to say that it is not ours to report.
  listed.delete('gen_ai.client.operation.duration');

  expect([...listed].filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !listed.has(name))).toEqual([]);
});

test('an index is a label with the value the rules compare with', async () => {
  const telemetry = createTelemetry();
  const failover = instrumentFailover(createFailover({ chain: ['a/b'] }), { meterProvider: telemetry.meterProvider });
  await failover.run(() => 'Hi');
  const [point] = (await telemetry.metrics()).get('tierfall.attempts')?.points ?? [];
  await telemetry.close();

  expect(String(point?.attributes['tierfall.tier.index'])).toBe('0');
  expect(rules).toContain('tierfall_tier_index="0"');
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;
describe.skipIf(!promtool)('promtool (skipped where it is not on the PATH)', () => {
  const cases = fileURLToPath(new URL('alert-rules.promtool.yml', import.meta.url));
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tierfall-rules-'));
    writeFileSync(join(folder, 'alert-rules.yml'), rules);
    copyFileSync(cases, join(folder, 'cases.yml'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['check', 'alert-rules.yml', 'SUCCESS: 5 rules found'],
    ['test', 'cases.yml', 'SUCCESS'],
  ])('%s rules', (verb, file, says) => {
    const { status, stdout, stderr } = spawnSync('promtool', [verb, 'rules', file], { cwd: folder, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toContain(says);
    expect(status).toBe(0);
  });
});
