import type { Kind } from '../../kinds.js';

/**
 * What a bare status means when neither a code nor the message said more: last status covered, then the kind. Rows are in
 * order, each covers what the row before it left.
 */
export const statusRules: readonly (readonly [last: number, kind: Kind])[] = [
  // 3xx: a wrong base URL.
  [400, 'invalid_request'],
  [401, 'auth'],
  [402, 'quota'],
  [403, 'permission'],
  [406, 'invalid_request'],
  [407, 'network'],
  [408, 'timeout'],
  [409, 'server_error'],
  [410, 'model_unavailable'],
  [412, 'invalid_request'],
  [413, 'context_overflow'],
  [423, 'invalid_request'],
  [425, 'server_error'],
  [428, 'invalid_request'],
  [429, 'rate_limit'],
  [450, 'invalid_request'],
  [451, 'permission'],
  [497, 'invalid_request'],
  // Groq: flex tier capacity.
  [498, 'overloaded'],
  // nginx: client closed the request.
  [499, 'aborted'],
  [500, 'server_error'],
  [501, 'invalid_request'],
  [503, 'server_error'],
  [504, 'timeout'],
  [510, 'server_error'],
  // Captive portal.
  [511, 'network'],
  [523, 'server_error'],
  // Cloudflare: the origin took too long.
  [524, 'timeout'],
  [528, 'server_error'],
  [529, 'overloaded'],
  [597, 'server_error'],
  [599, 'timeout'],
];
