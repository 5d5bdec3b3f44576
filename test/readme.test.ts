import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dispositions } from '../src/core/disposition.js';
import type { ErrorCode } from '../src/index.js';
import { kinds } from '../src/index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const rows = readme.split('\n').filter((line) => line.startsWith('| `'));

/** `3600000` as people write it. */
function spoken(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

describe('docs/policy.md', () => {
  const defaults = readFileSync(new URL('../docs/policy.md', import.meta.url), 'utf8').split('\n');

  test.each(kinds.filter((kind) => dispositions[kind].trigger))('has the default ladder of %s', (kind) => {
    const { initialMs, factor, maxMs } = dispositions[kind].cooldown;
    const [row, ...others] = defaults.filter((line) => line.startsWith('| `') && line.includes(`\`${kind}\``));
    expect(others).toEqual([]);
    const figures = row!.split('|').slice(2, 5);
    expect(figures.map((cell) => cell.trim())).toEqual([spoken(initialMs), String(factor), spoken(maxMs)]);
  });
});

describe('README', () => {
  test.each(kinds)('says how %s is treated', (kind) => {
    const row = rows.find((line) => line.split('|')[1]!.includes(`\`${kind}\``));
    const { trigger, cooldown } = dispositions[kind];
    const { initialMs, factor, maxMs } = cooldown;
    const growth = factor === 2 ? 'doubling' : `growing by ${Number(((factor - 1) * 100).toFixed(1))} %`;
    const rest = trigger ? `${spoken(initialMs)}, ${growth} to ${spoken(maxMs)}` : 'none';
    expect(row).toContain(rest);
    expect(
      row!
        .split('|')[3]!
        .trim()
        .startsWith(trigger ? 'yes' : 'no'),
    ).toBe(true);
  });

  test('lists every error code', () => {
    const codes: Record<ErrorCode, true> = {
      TIERFALL_CONFIG: true,
      TIERFALL_CHAIN_EXHAUSTED: true,
      TIERFALL_PAUSED: true,
      TIERFALL_PINNED_TIER: true,
      TIERFALL_STORE: true,
      TIERFALL_STREAM_CUT: true,
      TIERFALL_STREAM_STALLED: true,
      TIERFALL_ANSWER_REJECTED: true,
      TIERFALL_ATTEMPT_TIMEOUT: true,
      TIERFALL_DEADLINE: true,
      TIERFALL_CLOSED: true,
      TIERFALL_CONFIG_CONFLICT: true,
      TIERFALL_NOTIFIER: true,
    };
    for (const code of Object.keys(codes)) expect(readme).toContain(`\`${code}\``);
  });
});
