import { NotifierError } from '../../core/errors.js';

/**
 * What may help a message that was not delivered: another attempt within seconds (`soon`), one much later, when a
 * person has fixed what the channel refuses (`later`), or nothing (`never`).
 */
export type Remedy = 'soon' | 'later' | 'never';

/** Why one attempt failed. Holds nothing of the request: addresses and headers carry secrets. */
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

/** Anything thrown by an attempt, without the address or token that its text may quote. */
export function asChannelError(notifier: string, error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const message = timedOut ? `${notifier}: no answer in time` : `${notifier}: the request failed${codeOf(error)}`;
  return new ChannelError({ notifier, message, remedy: 'soon' });
}

/** A network error's code (`ECONNREFUSED`). Its message and cause may quote an address that holds a token. */
function codeOf(error: unknown): string {
  try {
    let current = error;
    for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
      const code = 'code' in current ? current.code : undefined;
      if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,39}$/.test(code)) return ` (${code})`;
      current = 'cause' in current ? current.cause : undefined;
    }
  } catch {
    // An error whose getters throw has no code for us.
  }
  return '';
}
