import type { KindRules } from './rule.js';

/** The caller cancelled. */
export const aborted: KindRules = {
  kind: 'aborted',
  // nginx: the client closed the request.
  statuses: [499],
  rules: [
    { id: 'aborted', says: [{ any: ['abort', 'canceled', 'cancelled'] }] },
  ],
};
