import { aborted } from '../rules/aborted.js';
import { auth } from '../rules/auth.js';
import { contentPolicy } from '../rules/content-policy.js';
import { contextOverflow } from '../rules/context-overflow.js';
import { invalidRequest } from '../rules/invalid-request.js';
import { modelUnavailable } from '../rules/model-unavailable.js';
import { network } from '../rules/network.js';
import { overloaded } from '../rules/overloaded.js';
import { permission } from '../rules/permission.js';
import { quota } from '../rules/quota.js';
import { rateLimit } from '../rules/rate-limit.js';
import type { KindRules } from '../rules/rule.js';
import { serverError } from '../rules/server-error.js';
import { timeout } from '../rules/timeout.js';
import { unknown } from '../rules/unknown.js';

/** The rules of every kind, in no order: see `precedence`. */
export const allRules: readonly KindRules[] = [
  auth,
  permission,
  quota,
  rateLimit,
  overloaded,
  serverError,
  timeout,
  network,
  modelUnavailable,
  contextOverflow,
  contentPolicy,
  invalidRequest,
  aborted,
  unknown,
];

/**
 * What outranks what when one message says several things: the first of this list that matches decides. An entry is a
 * kind with all its wordings, or the id of one wording that stands apart from its kind.
 */
export const precedence: readonly string[] = [
  'unknown', // Where no provider spoke, no word is a provider's.
  'file-size', // A file that is too large "exceeds a limit" as well, but no quota.
  'max-tokens', // So does a max_tokens above what the model writes.
  'quota-none', // Google prints "limit: 0" into what reads like a throttle.
  'throttle-metric', // Google calls a throttle a quota; its period tells them apart.
  'quota', // Nobody names money without meaning it, and throttles often stand beside it.
  'overloaded', // Missing capacity is often excused with "too many requests".
  'rate_limit', // A throttle names the key, the model and the plan it counts for.
  'quota-word', // The bare word "quota" that is used up: after the throttles, which use it too.
  'parameter', // A field that is wrong is named, and may be called model, key or content.
  'auth', // A key that is wrong is wrong for every model.
  'model_unavailable', // A model that is gone is refused in words of access, too.
  'content_policy', // Filters "block" and "reject", as permissions do.
  'permission', // What is forbidden is no fault of the connection.
  'timeout', // A connection that timed out is also closed.
  'context_overflow', // Sizes are named in many messages; here nothing else explains them.
  'network', // What ended the connection was said above, where it was said.
  'aborted', // An abort is the last thing that happens, seldom the first.
  'invalid_request', // Common words, believed when no other were found.
  'server_error', // The commonest words of all.
];
