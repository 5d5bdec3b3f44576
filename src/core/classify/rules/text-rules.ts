import { accessRules } from './access-rules.js';
import { limitRules } from './limit-rules.js';
import { transportRules } from './transport-rules.js';
import { easternRules } from './eastern-rules.js';
import type { TextRule } from './rule.js';

/** In order of precedence: the first row that matches decides. Money before throttle, throttle before key, key before size. */
export const textRules: readonly TextRule[] = [easternRules, limitRules, accessRules, transportRules].flatMap((rules) =>
  Object.entries(rules).map(([key, words]) => {
    const [id, kind, strength = 'specific'] = key.split(' ');
    return { id, kind, strength, words } as TextRule;
  }),
);
