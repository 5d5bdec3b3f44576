import { NotifierError } from '../../core/errors.js';

/**
 * What to do about a message that did not get through: try again shortly, try again much later (the channel refuses
 * us, and only a person mends that), or give this message up.
 */
export type Remedy = 'soon' | 'later' | 'never';

/** Why one try failed. Holds nothing of the request: addresses and headers carry secrets. */
export class ChannelError extends NotifierError {
  readonly remedy: Remedy;
  /** The wait the channel asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(facts: {
    notifier: string;
    message: string;
    remedy: Remedy;
    status?: number | undefined;
    retryAfterMs?: number | undefined;
  }) {
    super(facts);
    this.remedy = facts.remedy;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
