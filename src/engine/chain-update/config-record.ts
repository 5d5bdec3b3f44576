import { parseStoredConfig, type StoredConfig } from '../../schema/stored/stored-config.js';
import type { PendingChange } from '../store/pending-change.js';
import { ReplicatedRecord } from '../store/replicated-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';

/** Where a store keeps the configuration, and the ledger of its updates. */
export const CONFIG_KEY = 'config:chain';

/** What stands there before the first update. */
type NoConfig = { version: 0 };

const NONE: NoConfig = { version: 0 };

/** The configuration that `update` has stored, as far as this process has read it. It is written by `update` alone. */
export class ConfigRecord extends ReplicatedRecord<StoredConfig | NoConfig> {
  readonly #onRead: () => void;

  constructor(facts: { store: StoreClient; clock: EngineClock; onRead: () => void }) {
    super(CONFIG_KEY, NONE, facts);
    this.#onRead = facts.onRead;
  }

  /** What is stored; `undefined`: nothing, or it has not been read. */
  get config(): StoredConfig | undefined {
    return 'schema' in this.value ? this.value : undefined;
  }

  protected override parse(stored: unknown): StoredConfig {
    return parseStoredConfig(stored, this.key);
  }

  protected override fold(_: unknown, changes: readonly PendingChange<StoredConfig | NoConfig>[]) {
    return changes.at(-1)!;
  }

  protected override onLocal(): void {}

  protected override onRemote(): void {
    this.#onRead();
  }
}
