import { expect, it } from 'vitest';
import {
  applyOutcome,
  initialState,
  parseConfig,
  pause,
  resume,
  selectTier,
  type PauseSource,
  type State,
} from '../../src/index.js';

const now = 1_790_000_000_000;

it('a state with nothing but the fields of the contract is as good as ours', () => {
  const { config } = parseConfig({ chain: ['a/1', 'b/2'] });
  const { ids, tier, tiers, pauses, paused, lastFailureKind } = initialState(config);
  const state = { ids, tier, tiers, pauses, paused, lastFailureKind } as State;
  expect(selectTier(state, config, now)).toEqual({ ok: true, index: 0, probe: false, otherwise: null });
  expect(applyOutcome(state, { tier: 0, ok: true }, config, now).events).toEqual([]);
  const failed = applyOutcome(state, { tier: 0, ok: false, kind: 'overloaded' }, config, now).state;
  expect(selectTier(failed, config, now)).toEqual({ ok: true, index: 1, probe: false, otherwise: null });
});

it.each(['nightly', undefined])('a pause of the source %j, which is none of ours, pauses all the same', (name) => {
  const { config } = parseConfig({ chain: ['a/1', 'b/2'] });
  const source = name as PauseSource;
  const paused = pause(initialState(config), { source, by: 'cron', reason: 'spent' }, now).state;
  expect(selectTier(paused, config, now)).toEqual({ ok: false, reason: 'paused', retryAt: null });
  const held = pause(paused, { source: 'health', by: 'monitor', reason: 'sick' }, now).state;
  expect(held.paused?.source).toBe('health');
  expect(resume(held, { source, by: 'cron' }, now).state.pauses.map((each) => each.source)).toEqual(['health']);
  expect(resume(held, { source: 'operator', by: 'ann' }, now).state.paused).toBeNull();
});
