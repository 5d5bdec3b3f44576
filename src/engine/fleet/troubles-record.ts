import type { SharedTroubles } from '../../core/tier/rests/shared-trouble.js';
import { NO_TROUBLES } from '../../core/tier/rests/shared-trouble.js';
import { parseSharedTroubles } from '../../schema/stored/parse-shared-rest.js';
import { foldBySteps, type PendingChange } from '../store/pending-change.js';
import { ReplicatedRecord } from '../store/replicated-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';

/** What the fleet knows of one credential, provider or model, in the store. */
export class TroublesRecord extends ReplicatedRecord<SharedTroubles> {
  readonly #onLocal: () => void;
  readonly #onRemote: (before: SharedTroubles) => void;

  constructor(
    key: string,
    facts: {
      store: StoreClient;
      clock: EngineClock;
      onLocal: () => void;
      onRemote: (before: SharedTroubles) => void;
    },
  ) {
    super(`rest:${key}`, NO_TROUBLES, facts);
    this.#onLocal = facts.onLocal;
    this.#onRemote = facts.onRemote;
  }

  protected override parse(stored: unknown): SharedTroubles {
    return parseSharedTroubles(stored, this.key);
  }

  protected override fold(_: SharedTroubles, changes: readonly PendingChange<SharedTroubles>[]) {
    return foldBySteps(changes);
  }

  protected override get replacesWaiting(): boolean {
    return true;
  }

  protected override onLocal(): void {
    this.#onLocal();
  }

  protected override onRemote(before: SharedTroubles): void {
    this.#onRemote(before);
  }
}
