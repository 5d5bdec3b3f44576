import { expect, it } from 'vitest';
import { applyOutcome, initialState, parseConfig, selectTier, type State } from '../../src/index.js';

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
