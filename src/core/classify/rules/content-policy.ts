import type { KindRules } from './rule.js';

/** Refused or blocked by a safety filter. */
export const contentPolicy: KindRules = {
  kind: 'content_policy',
  rules: [
    {
      // SPII is Gemini's finish reason for personal data, `refusal` Anthropic's; 1026 and 1027 are MiniMax's filters.
      id: 'code-content_policy',
      codes: ['SPII', 'refusal', 'minimax:1027', 'minimax:1026'],
    },
    {
      id: 'policy',
      says: [
        {
          any: ['intercept', 'stopped', 'rejected', 'refused', 'blocked', 'filtered'],
          near: [
            'security', 'text', 'content', 'prompt', 'input', 'output', 'polic', 'prohibit', 'response', 'sensitive',
            'image',
          ],
          without: ['key'],
        },
        { any: ['violat'], behind: ['terms', 'polic', 'guideline', 'usage'], without: ['account'] },
        { any: ['sensitive'], behind: ['info', 'content', 'word'] },
        { any: ['content'], behind: ['blocked', 'filter', 'polic', 'prohibit', 'risk', 'violat', 'management'] },
        {
          any: [
            'moderation', 'inspection', 'acceptable use', 'inappropriate', 'jailbreak', 'high risk', 'harmful',
            'unsafe', 'usage polic', 'prohibited', 'flagged', 'nsfw', 'safety',
          ],
          without: ['ssl', 'auto mode'],
        },
        { any: ['guardrail', 'blocklist', 'recitation'] },
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
