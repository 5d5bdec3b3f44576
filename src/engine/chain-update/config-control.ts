import type { FailoverConfig } from '../../core/config.js';
import { ClosedError, ConfigConflictError, isTierfallError, StoreError } from '../../core/errors.js';
import type { ConfigInput } from '../../core/config-input.js';
import type { Logger } from '../../ports/logger.js';
import type { Origin } from '../../ports/failover.js';
import type { ConfigInForce } from '../../ports/operator-access.js';
import { parseConfig, type ParsedConfig } from '../../schema/parse-config.js';
import { parseStoredConfig, storedTier, type StoredConfig } from '../../schema/stored/stored-config.js';
import type { FailoverEmitter } from '../events/emitter.js';
import { warnOfConfig } from '../events/process-warning.js';
import { eventTier } from '../events/tier-events.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';
import { changedFields } from './changed-fields.js';
import { checkUpdate, type CheckedUpdate } from './check-update.js';
import { configMark, type WrittenConfig } from './config-mark.js';
import { CONFIG_KEY, ConfigRecord } from './config-record.js';
import { OwnEntries } from './own-entries.js';
import { updateRow } from './update-row.js';

const MAX_CONFLICTS = 50;
/** Configurations in code that one update is known to have taken the place of. */
const MAX_REPLACED = 50;

interface Facts {
  /** The code's own. */
  config: FailoverConfig;
  /** The same as it is written. */
  written: WrittenConfig;
  store: StoreClient;
  /** Nobody else reads the store. */
  privateStore: boolean;
  clock: EngineClock;
  emitter: FailoverEmitter;
  logger: Logger | undefined;
  inForce: () => FailoverConfig;
  /** Called before the first call. */
  onServing: () => void;
  /** Goes on with another configuration. */
  adopt: (config: FailoverConfig) => void;
  isClosed: () => boolean;
}

type JsonObject = Record<string, unknown>;

/** A configuration, and what is stored of it. */
interface Update {
  stored: StoredConfig;
  config: FailoverConfig;
}

/** An update of this process, with what it changes. */
interface OwnUpdate extends Update {
  policyFields: readonly string[];
}

/**
 * Which configuration is in force in this process: the code's own, or one that `update` has stored. A process begins
 * with the stored one where that has taken the place of its code's, else with its code's; an update that is made while
 * it runs holds in any case.
 */
export class ConfigControl {
  readonly record: ConfigRecord;
  readonly #facts: Facts;
  readonly #own = new OwnEntries();
  #isServing: boolean;
  /** Nobody has waited for what is in the store. */
  isUnread: boolean;
  #mark: string | undefined;
  /** The stored version that was looked at last, 0 where there was none; `undefined`: the store has not been read. */
  #seen: number | undefined = undefined;
  /** The stored version that this process found when it began; later ones were made while it ran. */
  #foundAtStart = 0;
  /** The stored one that is in force; `undefined`: the code's is. */
  #stored: StoredConfig | undefined = undefined;
  /** The stored version that the code's own outranks here. */
  #outranked = 0;
  /** What this process is storing, or has stored last. */
  #ownUpdate: OwnUpdate | undefined = undefined;
  /** One update at a time. */
  #updates: Promise<unknown> = Promise.resolve();

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#isServing = facts.privateStore;
    this.isUnread = !facts.privateStore;
    this.record = new ConfigRecord({ ...facts, onRead: () => this.#follow() });
    this.#own.add(facts.config.chain);
  }

  /** Calls are made here. False until the first: until then the failover may have been made only to operate. */
  get isServing(): boolean {
    return this.#isServing;
  }

  get inForce(): ConfigInForce {
    const { version = 0, by = null, at = null } = this.#stored ?? {};
    return { config: this.#facts.inForce(), version, by, at, storedVersion: this.#seen ?? 0 };
  }

  /** Before the first call: the code's own configuration counts from now on. */
  serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    const stored = this.#stored;
    if (stored && stored.version === this.#foundAtStart) this.#choose(stored);
    else if (stored) this.#note(stored);
    // The direct path is closed until now.
    this.#facts.onServing();
  }

  /**
   * Stores a new configuration and goes on with it.
   *
   * @throws {ConfigError} it is none, or an option is wrong
   * @throws {ConfigConflictError} `expectedVersion` is not the stored version
   * @throws {StoreError} the store did not take it: nothing has changed
   * @throws {ClosedError} the failover was closed
   */
  async update(config: unknown, options: unknown): Promise<void> {
    if (this.#facts.isClosed()) throw new ClosedError();
    const checked = checkUpdate(config, options);
    // A wrong one is refused whatever the store says.
    this.#parse(checked, this.#stored);
    const turn = this.#updates.then(() => this.#update(checked));
    this.#updates = turn.catch(() => undefined);
    await turn;
  }

  async #update(checked: CheckedUpdate): Promise<void> {
    const { store } = this.#facts;
    if (this.#seen === undefined) await this.record.load();
    for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
      const found = await store.ask('load', CONFIG_KEY, (each) => each.load(CONFIG_KEY));
      const present = found && parseStoredConfig(found.state, CONFIG_KEY);
      const { expectedVersion } = checked;
      const version = present?.version ?? 0;
      if (expectedVersion !== undefined && expectedVersion !== version) {
        throw new ConfigConflictError({ expectedVersion, version });
      }
      const update = this.#make(checked, present);
      this.#ownUpdate = update;
      const { stored } = update;
      const row = updateRow(update);
      const answer = await store.ask('commit', CONFIG_KEY, (each) =>
        each.commit(CONFIG_KEY, found?.version ?? 0, stored, [row]),
      );
      if (!answer.ok) continue;
      if ((this.#seen ?? 0) < stored.version) this.#land(update);
      await this.record.load();
      return;
    }
    const message = `${CONFIG_KEY}: lost ${MAX_CONFLICTS} races for the same key in a row`;
    throw new StoreError({ operation: 'commit', key: CONFIG_KEY, message });
  }

  /** What an update makes of what is there: what it leaves out stays. */
  #make(checked: CheckedUpdate, present: StoredConfig | undefined): OwnUpdate {
    const { clock, logger } = this.#facts;
    const before = present && present.version !== this.#outranked ? present : undefined;
    const { parsed, written } = this.#parse(checked, before);
    for (const warning of parsed.warnings) logger?.warn(`tierfall: ${warning}`);
    const config = this.#complete(parsed.config);
    const replaced = [...(before?.replaced ?? []), ...(this.#isServing ? [this.#codeMark] : [])];
    return {
      config,
      policyFields: changedFields(before?.policy ?? this.#facts.written.policy, written),
      stored: {
        schema: 1,
        version: (present?.version ?? 0) + 1,
        by: checked.by,
        at: clock.now(),
        chain: config.chain.map(storedTier),
        policy: written,
        replaced: [...new Set(replaced)].slice(-MAX_REPLACED),
      },
    };
  }

  #parse(
    { chain, policy }: CheckedUpdate,
    before: StoredConfig | undefined,
  ): { parsed: ParsedConfig; written: JsonObject } {
    const { config: code, written } = this.#facts;
    // What is undefined goes back to its default.
    const next = { ...(before?.policy ?? written.policy), ...policy };
    const input = { chain: chain ?? before?.chain ?? code.chain, policy: next };
    return { parsed: parseConfig(input as unknown as ConfigInput), written: toJson(next) };
  }

  /** The record was read. */
  #follow(): void {
    this.isUnread = false;
    const { config: stored } = this.record;
    if (!stored) {
      this.#seen ??= 0;
      return;
    }
    if (stored.version === this.#seen) return;
    const isFirst = this.#seen === undefined;
    const own = this.#ownUpdate;
    if (own && own.stored.version === stored.version && own.stored.at === stored.at && own.stored.by === stored.by) {
      return this.#land(own);
    }
    this.#seen = stored.version;
    if (!isFirst) {
      this.#take(stored, 'remote');
      this.#note(stored);
      return;
    }
    this.#foundAtStart = stored.version;
    if (this.#isServing) this.#choose(stored);
    else this.#take(stored);
  }

  /** Of what was stored before this process began and the code's own. */
  #choose(stored: StoredConfig): void {
    const { replaced } = stored;
    if (replaced.length === 0 || replaced.includes(this.#codeMark)) {
      if (this.#stored !== stored) this.#take(stored);
      this.#note(stored);
      return;
    }
    this.#outranked = stored.version;
    if (this.#stored) {
      this.#stored = undefined;
      this.#facts.adopt(this.#facts.config);
    }
    this.#warn(
      `the store has version ${stored.version} of the chain, by ${stored.by}, which replaced another chain or policy ` +
        'than this code has: this process uses those of its code. Call update to change all processes of the store.',
    );
  }

  #take(stored: StoredConfig, origin?: Origin): void {
    const { chain, policy } = stored;
    try {
      const parsed = parseConfig({ chain, policy } as unknown as ConfigInput);
      this.#adopt({ stored, config: this.#complete(parsed.config) }, origin);
    } catch (cause) {
      if (!isTierfallError(cause, 'TIERFALL_CONFIG')) throw cause;
      const message = `version ${stored.version} of ${CONFIG_KEY} is no configuration here; see cause`;
      this.#facts.store.report(new StoreError({ operation: 'load', key: CONFIG_KEY, scope: 'record', message, cause }));
    }
  }

  /** An update of this process is stored. */
  #land(update: Update): void {
    this.#own.add(update.config.chain);
    this.#seen = update.stored.version;
    this.#adopt(update, 'local');
  }

  #adopt({ stored, config }: Update, origin: Origin | undefined): void {
    const { emitter, inForce, adopt } = this.#facts;
    const before = inForce().chain.map(eventTier);
    const policyFields = changedFields(this.#stored?.policy ?? this.#facts.written.policy, stored.policy);
    this.#stored = stored;
    this.#outranked = 0;
    emitter.inOrder(() => {
      adopt(config);
      if (origin === undefined) return;
      const { version, by, at } = stored;
      const chain = config.chain.map(eventTier);
      const policy = policyFields.length > 0 ? { policyFields } : {};
      emitter.emit('config-updated', { version, by, before, chain, ...policy, at, origin });
    });
  }

  /** Notes in the store that the update has taken the place of this code's configuration: a restart goes on with it. */
  #note(stored: StoredConfig): void {
    if (!this.#isServing || stored.replaced.includes(this.#codeMark)) return;
    this.record.change((value) => {
      if (!('schema' in value) || value.version !== stored.version || value.replaced.includes(this.#codeMark)) {
        return undefined;
      }
      const replaced = [...value.replaced, this.#codeMark].slice(-MAX_REPLACED);
      return { value: { ...value, replaced }, events: [] };
    });
  }

  #complete({ chain, policy }: FailoverConfig): FailoverConfig {
    return { chain: chain.map((tier) => this.#own.complete(tier)), policy };
  }

  get #codeMark(): string {
    this.#mark ??= configMark(this.#facts.written);
    return this.#mark;
  }

  #warn(message: string): void {
    warnOfConfig(this.#facts.logger, message);
  }
}

function toJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
