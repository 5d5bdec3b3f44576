import type { AnswerVerdict, JudgeFacts } from '../../../core/answers/judges.js';
import { AnswerRejectedError } from '../../../core/errors.js';
import { scopeOf } from '../../../core/classify/judge/scope.js';
import type { Signal } from '../../../core/classify/signal/signal.js';
import { isKind } from '../../../core/kinds.js';
import { redact } from '../../../core/redact.js';
import type { Logger } from '../../../ports/logger.js';
import { catchRejection } from '../../events/catch-rejection.js';

/** Characters of what a judge says that an error shows. */
const MAX_MESSAGE = 500;

/** A failure of which nothing is known but its kind. */
const nothing: Signal = { layers: [], headers: [], left: 0 };

/**
 * Asks a host's judge whether an answer is one. What it throws or gets wrong is a warning, and the answer stands.
 *
 * @returns the error for an answer that is none
 */
export function askJudge(
  judge: (answer: never, facts: JudgeFacts) => unknown,
  answer: unknown,
  facts: JudgeFacts,
  { tier, logger }: { tier: string; logger: Logger | undefined },
): AnswerRejectedError | undefined {
  let verdict: unknown;
  try {
    verdict = judge(answer as never, facts);
    // `condition && kind` is false where there is nothing to say.
    if (!verdict) return undefined;
    const rejected = rejection(verdict as AnswerVerdict, tier, answer);
    if (rejected) return rejected;
    catchRejection(verdict);
    const what = isPromise(verdict) ? 'a promise; it must answer at once' : 'no kind, { kind, … } or undefined';
    logger?.warn(`tierfall: judge returned ${what}: the answer stands`);
  } catch {
    logger?.warn('tierfall: judge threw: the answer stands');
  }
  return undefined;
}

function rejection(verdict: AnswerVerdict, tier: string, answer: unknown): AnswerRejectedError | undefined {
  const { kind, retryAfterMs, message } = typeof verdict === 'string' ? { kind: verdict } : verdict;
  if (!isKind(kind)) return undefined;
  if (retryAfterMs !== undefined && !(Number.isFinite(retryAfterMs) && retryAfterMs >= 0)) return undefined;
  if (message !== undefined && typeof message !== 'string') return undefined;
  const said = message ? redact(message).slice(0, MAX_MESSAGE) : 'the judge of the call rejected it';
  return new AnswerRejectedError({
    tier,
    answer,
    kind,
    scope: scopeOf({ kind, rule: '', on: 'none' }, nothing),
    message: said,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}
