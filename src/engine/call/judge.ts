import { classifyError } from '../../core/classify/classify-error.js';
import type { Classification, ClassifyOptions } from '../../core/classify/classification.js';
import { catchRejection } from '../events/catch-rejection.js';
import { isTierfallError } from '../../core/errors.js';
import { failureScopes, isKind } from '../../core/kinds.js';

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
