import type { KindRules } from './rule.js';
import { closed, denied, places, plans } from './word-sets.js';

/** Whom a right is given to, or taken from. */
const holders = ['organi', 'project', 'customer', 'access'];

/** The credential is valid, but may not use this model, region, organisation or feature. */
export const permission: KindRules = {
  kind: 'permission',
  statuses: [403, 451],
  rules: [
    {
      // `*_SCOPE_*` and `API_KEY_*` are Google's; those in small letters Anthropic's `error.details.error_code`: what
      // an organisation or a workspace may not do, also at status 400.
      id: 'code-permission',
      codes: [
        'ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'API_KEY_IP_ADDRESS_BLOCKED', 'API_KEY_HTTP_REFERRER_BLOCKED',
        'API_KEY_SERVICE_BLOCKED', 'organization_on_hold', 'organization_not_enrolled_in_beta',
        'organization_level_scoped_api_key_required', 'parent_organization_required', 'workspace_policy_violation',
        'cmek_key_disabled', 'cmek_key_network_blocked', 'api_key_scope_missing',
        'spend_limits_admin_api_writes_not_enabled',
      ],
    },
    {
      id: 'permission',
      strength: 'weak',
      says: [
        { any: ['requests from'], behind: ['blocked'] },
        {
          any: [
            'request was blocked', 'firewall', 'gated', 'permission', 'whitelist', 'allow list', 'allowlist',
            'blocked at', 'forbidden', 'must be verified',
          ],
        },
        { any: ['org', 'organi'], behind: ['restrict', 'verified', ...closed] },
        {
          any: places,
          near: ['block', 'not', 'restrict', 'unavailable', 'unsupport'],
          without: ['might', 'valid'],
        },
        {
          any: ['not'],
          behind: [
            'activat', 'eligible', 'entitle', 'enable', 'grant', 'approve', 'subscrib', 'permit', 'allow', 'accept',
            'authori', 'submit',
          ],
          near: ['org', ...holders, 'api key', 'team', 'you', 'workspace', 'account', 'user', ...plans, ...places],
        },
        {
          any: ['workspace', 'account', 'user', ...plans, 'plus', 'pro', ...holders],
          near: [
            'not support', 'only support', 'only available', 'not available', 'not include', 'not yet', 'currently',
            'upgrade',
          ],
        },
        { any: ['accept', 'agree'], behind: ['terms', 'license', 'agreement'] },
        {
          any: ['scope', 'access'],
          near: [
            ...denied, 'need', 'missing', 'insufficient', 'require', 'without', 'request', 'no', 'revoked',
            'terminated', 'not',
          ],
        },
      ],
    },
    {
      id: 'eastern-permission',
      eastern: [
        // Right, authority.
        /[权權]/,
        // Access forbidden or refused; not open to you; real-name check; allow list.
        /(?:禁止|拒绝)访问|未开放|实名|白名单/,
      ],
    },
  ],
};
