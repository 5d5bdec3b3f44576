import { describe, expect, it } from 'vitest';
import { FOREVER } from '../../src/core/tier/state.js';
import type { LedgerEvent } from '../../src/elements/data/types.js';
import { rowWords } from '../../src/elements/ledger/row-words.js';

const MINUTE = 60_000;
const at = new Date(2026, 3, 8, 2, 55, 2).getTime();
const ids = ['a/one', 'b/two'];

/** What a row says, and the colour of its sign. */
function told(row: Record<string, unknown>): string {
  const { sign, tone, what, more, quote } = rowWords({ seq: 1, at, ...row } as LedgerEvent, ids);
  return [`${sign} ${tone}`, what, more.trim(), quote].filter((part) => part !== '').join(' | ');
}

describe('a row of the ledger says', () => {
  it.each([
    [
      'down down | Stepped down to tier 2 | rate limited, for 4 min | 429',
      {
        type: 'tier-change',
        direction: 'down',
        to: 'b/two',
        reason: 'rate_limit',
        until: at + 4 * MINUTE,
        detail: '429',
      },
    ],
    [
      'up up | Back on tier 1 | confirmed by an answer',
      { type: 'tier-change', direction: 'up', to: 'a/one', reason: 'recovered' },
    ],
    [
      'up up | Back on tier 1 | overloaded',
      { type: 'tier-change', direction: 'up', to: 'a/one', reason: 'overloaded' },
    ],
    ['reset dim | Reset to tier 1 | by dana', { type: 'tier-change', direction: 'reset', to: 'a/one', by: 'dana' }],
    [
      'reset dim | Started over at tier 1 | overloaded',
      { type: 'tier-change', direction: 'wrap', to: 'a/one', reason: 'overloaded' },
    ],
    [
      'dot dim | Tier 2 failed | timed out | slow',
      { type: 'tier-failed', tier: 'b/two', kind: 'timeout', detail: 'slow' },
    ],
    [
      'dot dim | Tier 1 failed | key refused, until a reset',
      { type: 'tier-failed', tier: 'a/one', reason: 'auth', until: FOREVER },
    ],
    ['dot dim | Tier 1 rests longer | until 02:56:02', { type: 'rest-extended', tier: 'a/one', until: at + MINUTE }],
    ['dot dim | Tier 1 rests longer', { type: 'rest-extended', tier: 'a/one' }],
    ['dot dim | Tier 1 on trial | its rest was over', { type: 'trial', to: 'a/one' }],
    ['dot dim | Tier 2 on trial | its rest was over', { type: 'trial', tier: 'b/two' }],
    ['check up | Tier 1 answered', { type: 'tier-recovered', tier: 'a/one' }],
    ['close stop | No tier left | timed out', { type: 'exhausted', kind: 'timeout' }],
    ['close stop | No tier left', { type: 'exhausted' }],
    ['reset dim | Started over | timed out', { type: 'wrapped', reason: 'timeout' }],
    [
      'pause stop | Paused | by dana, for 1 min | looking',
      { type: 'paused', by: 'dana', source: 'operator', reason: 'looking', until: at + MINUTE },
    ],
    ['pause stop | Paused | by kim | old row', { type: 'paused', by: 'kim', reason: 'old row' }],
    ['pause stop | Paused | (exhausted) | used up', { type: 'paused', source: 'exhausted', reason: 'used up' }],
    ['play up | Resumed | by dana | fixed', { type: 'resumed', by: 'dana', reason: 'fixed' }],
    ['play up | Resumed', { type: 'resumed', reason: 'expired' }],
    [
      'hold dim | Tier 1 held back | by dana, for 1 min',
      { type: 'held', tier: 'a/one', by: 'dana', until: at + MINUTE },
    ],
    ['hold dim | Tier 1 held back, or let go | by dana', { type: 'held', tier: 'a/one', by: 'dana' }],
    ['reset dim | Reset | by dana | again', { type: 'reset', by: 'dana', reason: 'again' }],
    ['reset dim | Reset | by dana', { type: 'reset', by: 'dana', reason: 'lifted' }],
    ['dot dim | Chain changed | by eve', { type: 'chain-changed', by: 'eve' }],
    ['dot dim | Chain saved | by eve | 3 tiers', { type: 'config-updated', by: 'eve', detail: '3 tiers' }],
    ['dot dim | Started on tier 2 | out of quota', { type: 'startup', tier: 'b/two', kind: 'quota' }],
    ['dot dim | Started on tier 1', { type: 'startup', to: 'a/one' }],
    ['dot dim | The clock was set back | rests keep their lengths', { type: 'rebased' }],
    ['dot dim | Older events were trimmed here', { type: 'snapshot' }],
    [
      'dot dim | Moon phase | by dana, full | of a newer version',
      { type: 'moon-phase', by: 'dana', kind: 'full', reason: 'of a newer version' },
    ],
  ])('%s', (words, row) => {
    expect(told(row)).toBe(words);
  });

  it('a tier by its name where the chain has it no more, and where the row names none', () => {
    expect(told({ type: 'tier-recovered', tier: 'z/gone' })).toBe('check up | Z/gone answered');
    expect(told({ type: 'tier-recovered' })).toBe('check up | A tier answered');
  });
});
