import { classifyError } from '../../../core/classify/classify-error.js';
import type { Classification, ClassifyOptions } from '../../../core/classify/classification.js';
import { catchRejection } from '../../events/catch-rejection.js';
import type { AnswerFailure } from '../../../core/answers/answer-format.js';
import { AnswerRejectedError, isTierfallError } from '../../../core/errors.js';
import { failureScopes, isKind } from '../../../core/kinds.js';
import type { Clock } from '../../../ports/clock.js';

/** A host's own judge, in the place of `classifyError`. What it throws or gets wrong falls back to ours. */
export type Classify = (error: unknown, options: ClassifyOptions) => Classification;

/** Classifies an error without ever throwing: our own time-outs and cuts by what they are, the rest by `classify`. */
export function judge(error: unknown, now: number, classify: Classify | undefined): Classification {
  const own = judgeOwn(error);
  if (own) return own;
  if (classify) {
    try {
      const verdict = classify(error, { now });
      catchRejection(verdict);
      if (isKind(verdict.kind)) {
        return { ...verdict, scope: failureScopes.includes(verdict.scope) ? verdict.scope : 'model' };
      }
    } catch {
      // A host's function that throws must not hide the error it was asked about.
    }
  }
  return classifyError(error, { now });
}

function judgeOwn(error: unknown): Classification | undefined {
  if (!isTierfallError(error)) return undefined;
  if (error.code === 'TIERFALL_ANSWER_REJECTED') return rejectedVerdict(error);
  const kind =
    error.code === 'TIERFALL_ATTEMPT_TIMEOUT' || error.code === 'TIERFALL_STREAM_STALLED'
      ? 'timeout'
      : error.code === 'TIERFALL_STREAM_CUT'
        ? 'network'
        : undefined;
  if (!kind) return undefined;
  return {
    kind,
    scope: 'model',
    code: error.code,
    message: error.message,
    evidence: { rule: 'own-limit', on: 'code', matched: error.code },
  };
}

/** What the provider said of its own failure is in the error already. */
function rejectedVerdict({ kind, scope, retryAfterMs, code, message }: AnswerRejectedError): Classification {
  const evidence = { rule: 'answer-failed', on: 'code', matched: code } as const;
  return { kind, scope, code, message, evidence, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The error for an answer that reports a failure: of the kind of the error inside it, else a `server_error`. */
export function rejectAnswer(
  tier: string,
  answer: unknown,
  { inside, reason }: AnswerFailure,
  { clock, classify }: { clock: Clock; classify: Classify | undefined },
): unknown {
  // What an SDK made of it says more than a wrapper of ours.
  if (inside instanceof Error) return inside;
  const failed = { tier, answer, kind: 'server_error', scope: 'model', message: reason } as const;
  if (inside === undefined) return new AnswerRejectedError(failed);
  const { kind, scope, retryAfterMs, message } = judge(inside, clock.now(), classify);
  const said = { message: message || reason, cause: inside, retryAfterMs };
  return new AnswerRejectedError(kind === 'unknown' ? { ...failed, ...said } : { ...failed, kind, scope, ...said });
}
