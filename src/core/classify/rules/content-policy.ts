import type { KindRules } from './rule.js';

/** Refused or blocked by a safety filter. */
export const contentPolicy: KindRules = {
  kind: 'content_policy',
  rules: [
    {
      // SPII is Gemini's finish reason for personal data, `refusal` Anthropic's; 1026 and 1027 are MiniMax's filters.
      id: 'code-content_policy',
      codes: ['minimax:1026', 'minimax:1027', 'refusal', 'SPII'],
    },
    {
      id: 'policy',
      says: [
        {
          any: ['blocked', 'filtered', 'intercept', 'refused', 'rejected', 'stopped'],
          near: [
            'content', 'image', 'input', 'output', 'polic', 'prohibit', 'prompt', 'response', 'security', 'sensitive',
            'text',
          ],
          without: ['key'],
        },
        { any: ['violat'], behind: ['guideline', 'polic', 'terms', 'usage'], without: ['account'] },
        { any: ['sensitive'], behind: ['content', 'info', 'word'] },
        { any: ['content'], behind: ['filter', 'management', 'polic', 'prohibit', 'risk', 'violat'] },
        {
          any: [
            'acceptable use', 'blocklist', 'flagged', 'guardrail', 'harmful', 'high risk', 'inappropriate',
            'inspection', 'jailbreak', 'moderation', 'nsfw', 'prohibited', 'recitation', 'safety', 'unsafe',
          ],
          without: ['ssl', 'auto mode'],
        },
      ],
    },
    {
      id: 'eastern-policy',
      eastern: [
        // Sensitive, violation, safety, review, risk, intercepted, harmful.
        /敏感|[违違]|安全|审核|风险|拦截|不[良当適]/,
      ],
    },
  ],
};
