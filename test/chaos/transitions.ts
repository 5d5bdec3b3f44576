import { applyOutcome, initialState, parseConfig, pause, reset, resume, type State, type Transition } from 'tierfall';

export const { config } = parseConfig({ chain: ['anthropic/large', 'openai/large', 'ollama/small'] });

export const KEY = 'instance:chaos';

/** A state as a store gave it: these tests stored it themselves. */
export function stateOf(stored: unknown): State {
  return stored === undefined ? initialState(config) : (stored as State);
}

/** A transition that changes something, of a kind chosen by chance; its first row carries `id`. */
export function transition(state: State, id: string, now: number, random = Math.random): Transition {
  while (true) {
    const { state: next, events } = choose(state, id, now, random());
    const [first, ...others] = events;
    if (first) return { state: next, events: [{ ...first, detail: id }, ...others] };
  }
}

function choose(state: State, id: string, now: number, chance: number): Transition {
  if (chance < 0.1) return pause(state, { source: 'operator', by: id, reason: 'chaos' }, now);
  if (chance < 0.2) return resume(state, { source: 'operator', by: id }, now);
  if (chance < 0.3) return reset(state, { by: id }, now);
  if (chance < 0.5) return applyOutcome(state, { tier: state.tier, ok: true }, config, now);
  const kind = chance < 0.75 ? 'overloaded' : 'rate_limit';
  return applyOutcome(state, { tier: state.tier, ok: false, kind, retryAfterMs: 5 }, config, now);
}
