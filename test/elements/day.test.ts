import { afterEach, describe, expect, it, vi } from 'vitest';
import type { InstanceView, LedgerEvent } from '../../src/elements/data/types.js';
import { firstTierShare, HOUR_MS, stretchesOf } from '../../src/elements/parts/stretches.js';
import { hairlines, sentence, tooltip } from '../../src/elements/parts/strip.js';
import { since, sinceDay, tomorrowAt } from '../../src/elements/parts/times.js';
import { pauseOf, viewOf } from './support/given.js';

/** A Wednesday at noon, in the reader's zone. */
const now = new Date(2026, 3, 15, 12, 0, 0).getTime();
const ago = (hours: number) => now - hours * HOUR_MS;

/** The last day as hours back, newest row last: `-3..-1 tier 2 rate limited`. */
function day(view: InstanceView, ...rows: (Partial<LedgerEvent> & Pick<LedgerEvent, 'type' | 'at'>)[]): string[] {
  const newestFirst = rows.map((row, index) => ({ seq: index + 1, ...row })).toReversed() as LedgerEvent[];
  return stretchesOf(view, newestFirst, now).map(({ from, to, on, why }) => {
    const hour = (at: number) => (at - now) / HOUR_MS;
    const name = typeof on === 'number' ? `tier ${on + 1}` : on;
    return `${hour(from)}..${hour(to)} ${name} ${why}`.trim();
  });
}

const down = (hours: number, to = 'openai/gpt') =>
  ({ type: 'tier-change', at: ago(hours), to, direction: 'down', reason: 'rate_limit' }) as const;

describe('the day of an agent', () => {
  it('has no record before its first row, then a stretch for each tier', () => {
    expect(day(viewOf('a', {}, 1), down(6, 'google/gemini'), { ...down(3), reason: undefined } as never)).toEqual([
      '-24..-6 unknown',
      '-6..-3 tier 3 rate limited',
      '-3..0 tier 2',
    ]);
  });

  it('goes on as the view says where there are no rows', () => {
    expect(day(viewOf('a', { since: ago(5) }, 1))).toEqual(['-24..-5 tier 1', '-5..0 tier 2']);
    expect(day(viewOf('a', { paused: pauseOf({ since: ago(2), reason: 'broken' }) }))).toEqual([
      '-24..-2 tier 1',
      '-2..0 paused broken',
    ]);
    expect(day(viewOf('a'))).toEqual(['-24..0 tier 1']);
  });

  it('begins a second pause within the first at the first, and ends all with a reset', () => {
    const rows = [
      down(30),
      { type: 'paused', at: ago(20), reason: 'first' },
      { type: 'paused', at: ago(18), reason: 'second' },
      { type: 'resumed', at: ago(12) },
      { type: 'paused', at: ago(10), source: 'exhausted' },
      { type: 'resumed', at: ago(9) },
      { type: 'paused', at: ago(8) },
      { type: 'trial', at: ago(7) },
      { type: 'reset', at: ago(6) },
    ] as const;
    expect(day(viewOf('a'), ...rows)).toEqual([
      '-24..-20 tier 2 rate limited',
      '-20..-12 paused first',
      '-12..-10 tier 2',
      '-10..-9 paused no tier left',
      '-9..-8 tier 2',
      '-8..-6 paused',
      '-6..0 tier 1 reset',
    ]);
  });

  it('is one stretch where a change led to the same tier, and tier 1 where the tier is no more', () => {
    expect(day(viewOf('a', {}, 1), down(30), down(3))).toEqual(['-24..0 tier 2 rate limited']);
    expect(day(viewOf('a'), down(30, 'z/gone'))).toEqual(['-24..0 tier 1 rate limited']);
    expect(day(viewOf('a'), { type: 'tier-change', at: ago(30) })).toEqual(['-24..0 tier 1']);
  });

  it('on tier 1 is a share of the time there is a record of', () => {
    const rows = [{ seq: 1, ...down(6) }] as LedgerEvent[];
    const stretches = stretchesOf(viewOf('a', { since: ago(2) }), rows, now);
    expect(firstTierShare(stretches)).toEqual({ ms: 2 * HOUR_MS, share: 2 / 6 });
    expect(firstTierShare([])).toEqual({ ms: 0, share: 1 });
  });
});

describe('a strip in words', () => {
  const stretch = { from: ago(3), to: now, on: 1, id: 'openai/gpt', why: 'rate limited' } as const;
  it('says what is now and what was', () => {
    expect(tooltip(stretch, now)).toBe('Tier 2 openai/gpt\nsince 09:00, 3 h\nrate limited');
    expect(tooltip({ ...stretch, from: now - 44_000 }, now)).toBe('Tier 2 openai/gpt\nsince 11:59\nrate limited');
    expect(tooltip({ ...stretch, to: ago(2), on: 'paused', why: '' }, now)).toBe('Paused\n09:00 to 10:00, 1 h');
    expect(tooltip({ ...stretch, to: ago(2), on: 'unknown', why: '' }, now)).toBe('No record\n09:00 to 10:00, 1 h');
  });

  it('tells in one sentence where calls went', () => {
    expect(sentence([{ ...stretch, on: 0 }], now)).toBe('Last 24 hours: tier 1');
    expect(
      sentence(
        [
          { ...stretch, on: 'unknown', from: ago(24), to: ago(6) },
          { ...stretch, on: 0, from: ago(6), to: ago(5) },
          { ...stretch, on: 'paused', from: ago(5), to: ago(3) },
          stretch,
        ],
        now,
      ),
    ).toBe(
      'Last 24 hours: no record from 12:00 to 06:00, paused from 07:00 to 09:00, tier 2 since 09:00, otherwise tier 1',
    );
    expect(sentence([stretch], now)).toBe('Last 24 hours: tier 2 since 09:00');
  });

  it('has a line at three hours of its long part, whatever the time', () => {
    for (let hour = 0; hour < 24; hour++) {
      const lines = hairlines(now + hour * HOUR_MS + 1);
      expect(lines).toHaveLength(3);
      expect(lines.every((at) => new Date(at).getHours() % 3 === 0)).toBe(true);
    }
  });
});

describe('a time', () => {
  it('is shorter the nearer it is', () => {
    const at = (...given: [number, number, number, number]) => new Date(2026, ...given).getTime();
    const evening = at(3, 15, 23, 0);
    expect([since(evening - HOUR_MS, evening), sinceDay(evening - HOUR_MS, evening)]).toEqual(['22:00', '22:00']);
    // Twelve hours back and more, and still today.
    expect([since(at(3, 15, 2, 0), evening), sinceDay(at(3, 15, 2, 0), evening)]).toEqual(['02:00', '02:00']);
    // Last night, a few hours ago.
    expect(since(at(3, 14, 23, 0), at(3, 15, 2, 0))).toBe('23:00');
    expect([since(at(3, 13, 9, 0), now), sinceDay(at(3, 13, 9, 0), now)]).toEqual(['Mon 09:00', 'Monday']);
    expect([since(at(3, 1, 9, 0), now), sinceDay(at(3, 1, 9, 0), now)]).toEqual(['1 Apr', '1 Apr']);
    expect(tomorrowAt(8, now)).toBe(at(3, 16, 8, 0));
  });
});

describe('tomorrow, where the clocks change', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['the night before a day of 23 hours', '2026-03-28T23:30', '2026-03-29T08:00'],
    ['the first hour of a day of 25 hours', '2026-10-25T00:30', '2026-10-26T08:00'],
  ])('is the next day, %s', (_, from, to) => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(tomorrowAt(8, Date.parse(from))).toBe(Date.parse(to));
  });
});
