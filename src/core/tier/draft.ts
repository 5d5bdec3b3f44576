import { applyEvent } from './fold.js';
import type { LedgerEvent, State, Transition } from './state.js';

/** A transition in the making: each event is folded in as it is added, so state and events cannot disagree. */
export class Draft {
  state: State;
  readonly events: LedgerEvent[] = [];

  constructor(state: State) {
    this.state = state;
  }

  add(event: LedgerEvent): void {
    this.state = applyEvent(this.state, event);
    this.events.push(event);
  }

  done(): Transition {
    return { state: this.state, events: this.events };
  }
}

/** A transition that changes nothing. */
export function unchanged(state: State): Transition {
  return { state, events: [] };
}
