import type { EventTier } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import { warnOfConfig } from '../events/process-warning.js';

/**
 * A budget says that it counts nothing after so many calls and so long a time: what calls use may be reported when they
 * have ended, and some take long.
 */
const [CALLS_BEFORE_WARNING, MS_BEFORE_WARNING] = [20, 600_000];

/** Why nothing was counted of an answer. */
type Reason = 'none' | 'none-in-stream' | 'wrong';

const sentences: Readonly<Record<Reason, (tier: string) => string>> = {
  none: (tier) => `\`usage\` found nothing in an answer of ${tier}: policy.tokenBudget does not count it`,
  'none-in-stream': (tier) =>
    `\`usage\` found nothing in a stream of ${tier}: policy.tokenBudget does not count it. ` +
    "OpenAI's chat streams report it only with stream_options: { include_usage: true }",
  wrong: (tier) => `\`usage\` failed, or gave no usage, for an answer of ${tier}: policy.tokenBudget does not count it`,
};

interface Known {
  readonly told: Set<string>;
  /** Usage was reported, or it was said that none is. */
  isSettled: boolean;
  calls: number;
  firstAt: number;
}

export interface MissingUsageFacts {
  names: readonly EventTier[];
  logger: Logger | undefined;
}

/**
 * Warns, once each, where nothing says what answers use: a budget that counts nothing limits nothing, and nobody would
 * notice before the bill comes.
 */
export class MissingUsage {
  readonly #names: readonly EventTier[];
  readonly #logger: Logger | undefined;
  /** Under every chain: a change of it begins nothing anew. */
  readonly #known: Known;

  constructor({ names, logger }: MissingUsageFacts, before?: MissingUsage) {
    this.#names = names;
    this.#logger = logger;
    this.#known = before ? before.#known : { told: new Set(), isSettled: false, calls: 0, firstAt: 0 };
  }

  /** Usage was reported: a host that calls without `usage` may report it in another way. */
  reported(): void {
    this.#known.isSettled = true;
  }

  /** A call begins that has no `usage`, at a time of the clock's `elapsed`. */
  called(now: number): void {
    const known = this.#known;
    if (known.isSettled) return;
    if (known.calls++ === 0) known.firstAt = now;
    if (known.calls >= CALLS_BEFORE_WARNING && now - known.firstAt >= MS_BEFORE_WARNING) this.#tellOfCalls();
  }

  /** Nothing was counted of an answer whose call has a `usage`. */
  unread(index: number, reason: Reason): void {
    const { provider, model } = this.#names[index]!;
    // Without its key: the keys of one model answer alike.
    this.#tell(sentences[reason](`${provider}/${model}`));
  }

  /** The process ends, perhaps after a few calls only. */
  close(): void {
    if (!this.#known.isSettled && this.#known.calls > 0) this.#tellOfCalls();
  }

  #tellOfCalls(): void {
    this.#known.isSettled = true;
    const calls = this.#known.calls === 1 ? 'a call' : `${this.#known.calls} calls`;
    this.#tell(
      `policy.tokenBudget has counted nothing: ${calls} had no \`usage\` option, e.g. usageOf.any, and neither ` +
        'recordUsage nor record reported any',
    );
  }

  #tell(sentence: string): void {
    if (this.#known.told.has(sentence)) return;
    this.#known.told.add(sentence);
    warnOfConfig(this.#logger, sentence);
  }
}
