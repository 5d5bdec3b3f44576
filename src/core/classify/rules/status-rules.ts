import type { StatusRule } from './rule.js';

/** What a bare status means when neither a code nor the message said more. The first row that covers it decides. */
export const statusRules: readonly StatusRule[] = [
  { id: 'status-redirect', kind: 'invalid_request', from: 300, to: 399 },
  { id: 'status-401', kind: 'auth', from: 401, to: 401 },
  { id: 'status-402', kind: 'quota', from: 402, to: 402 },
  { id: 'status-403', kind: 'permission', from: 403, to: 403 },
  { id: 'status-407', kind: 'network', from: 407, to: 407 },
  { id: 'status-408', kind: 'timeout', from: 408, to: 408 },
  { id: 'status-409', kind: 'server_error', from: 409, to: 409 },
  { id: 'status-410', kind: 'model_unavailable', from: 410, to: 410 },
  { id: 'status-413', kind: 'context_overflow', from: 413, to: 413 },
  { id: 'status-424-425', kind: 'server_error', from: 424, to: 425 },
  { id: 'status-429', kind: 'rate_limit', from: 429, to: 429 },
  { id: 'status-451', kind: 'permission', from: 451, to: 451 },
  { id: 'status-498', kind: 'overloaded', from: 498, to: 498 },
  { id: 'status-499', kind: 'aborted', from: 499, to: 499 },
  { id: 'status-4xx', kind: 'invalid_request', from: 400, to: 499 },
  { id: 'status-501', kind: 'invalid_request', from: 501, to: 501 },
  { id: 'status-504', kind: 'timeout', from: 504, to: 504 },
  { id: 'status-511', kind: 'network', from: 511, to: 511 },
  { id: 'status-524', kind: 'timeout', from: 524, to: 524 },
  { id: 'status-529', kind: 'overloaded', from: 529, to: 529 },
  { id: 'status-598-599', kind: 'timeout', from: 598, to: 599 },
  { id: 'status-5xx', kind: 'server_error', from: 500, to: 599 },
];
