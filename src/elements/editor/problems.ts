import { isTierfallError, type ConfigIssue } from '../../core/errors.js';
import { parseConfig } from '../../schema/parse-config.js';
import type { ConfigAnswer } from '../data/types.js';
import { configOf, keptTiers, type Draft } from './draft.js';

/** Something that has to be solved before saving, and which field it is about. */
export interface FieldProblem {
  /** `tier:<key>:model`, `triggers`, `ladder:first`, `budget:limit`, or `all`. */
  field: string;
  /** Where, in words: `tier 4, model`. */
  place: string;
  message: string;
}

/** What the server's schema says of a draft, at the fields it is about. */
export function problemsOf(draft: Draft, from: ConfigAnswer): FieldProblem[] {
  const kept = keptTiers(draft);
  if (kept.length === 0) return [{ field: 'all', place: 'tiers', message: 'At least one tier is needed.' }];
  const found: FieldProblem[] = [];
  for (const [index, tier] of kept.entries()) {
    const number = tier.contextTokens.trim();
    if (number !== '' && !/^[1-9]\d{0,14}$/u.test(number)) {
      found.push({
        field: `tier:${tier.key}:contextTokens`,
        place: `tier ${index + 1}, context tokens`,
        message: 'A whole number from 1.',
      });
    }
  }
  try {
    const { chain, policy } = configOf(draft, from);
    parseConfig({ chain: chain.map(({ contextTokens: _contextTokens, ...tier }) => tier), policy: policy as never });
  } catch (error) {
    if (!isTierfallError(error, 'TIERFALL_CONFIG')) throw error;
    found.push(...error.issues.map((issue) => fieldProblem(issue, draft)));
  }
  return found;
}

/** What the server said, at the field it is about. */
export function fieldProblem({ path, message }: ConfigIssue, draft: Draft): FieldProblem {
  const kept = keptTiers(draft);
  const [, at, field = 'model'] = /^chain\[(\d+)\](?:\.(\w+))?/u.exec(path) ?? [];
  const tier = at === undefined ? undefined : kept[Number(at)];
  if (tier) {
    const place = `tier ${Number(at) + 1}, ${field === 'contextTokens' ? 'context tokens' : field}`;
    return {
      field: `tier:${tier.key}:${field}`,
      place,
      message: tierWords(tier[field as 'model'] ?? '', field, message),
    };
  }
  const [, trigger] = /unknown (?:trigger|kind) "(.*?)"/u.exec(message) ?? [];
  if (path.startsWith('policy.triggers')) {
    return {
      field: 'triggers',
      place: 'when to step down',
      message: trigger === undefined ? message : `No such trigger: ${trigger}.`,
    };
  }
  if (path.startsWith('policy.cooldown')) return { field: 'ladder', place: 'rest after a failure', message };
  if (path.startsWith('policy.tokenBudget')) return { field: 'budget', place: 'token budget', message };
  return { field: 'all', place: path, message };
}

function tierWords(value: string, field: string, message: string): string {
  const [, twin] = /duplicate of chain\[(\d+)\]/u.exec(message) ?? [];
  if (twin !== undefined) return `The same as tier ${Number(twin) + 1}.`;
  if (value.trim() === '' && (field === 'model' || field === 'provider')) return `Name a ${field} for this tier.`;
  return message;
}
