import { limitRules } from './text-rules-limits.js';
import { requestRules } from './text-rules-requests.js';
import { transportRules } from './text-rules-transport.js';
import { accessRules } from './text-rules-access.js';
import { foreignRules } from './text-rules-foreign.js';
import type { TextRule } from './rule.js';

/** In order of precedence: the first row that matches decides. Money before throttle, throttle before key, key before size. */
export const textRules: readonly TextRule[] = [
  ...foreignRules,
  ...limitRules,
  ...accessRules,
  ...requestRules,
  ...transportRules,
];
