import type { KindRules } from './rule.js';
import { closed, denied, places, plans } from './word-sets.js';

/** Whom a right is given to, or taken from. */
const holders = ['access', 'customer', 'organi', 'project'];

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
        'ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'API_KEY_HTTP_REFERRER_BLOCKED', 'API_KEY_IP_ADDRESS_BLOCKED',
        'api_key_scope_missing', 'API_KEY_SERVICE_BLOCKED', 'cmek_key_disabled', 'cmek_key_network_blocked',
        'organization_level_scoped_api_key_required', 'organization_not_enrolled_in_beta', 'organization_on_hold',
        'parent_organization_required', 'spend_limits_admin_api_writes_not_enabled', 'workspace_policy_violation',
      ],
    },
    {
      id: 'permission',
      strength: 'weak',
      says: [
        {
          any: [
            'allow list', 'allowlist', 'firewall', 'forbidden', 'gated', 'must be verified', 'permission',
            'request was blocked', 'whitelist',
          ],
        },
        { any: ['org', 'organi'], behind: [...closed, 'restrict', 'verified'] },
        {
          any: places,
          near: ['block', 'not', 'restrict', 'unavailable', 'unsupport'],
          without: ['might', 'valid'],
        },
        {
          any: ['not'],
          behind: [
            'accept', 'activat', 'allow', 'approve', 'authori', 'eligible', 'enable', 'entitle', 'grant', 'permit',
            'submit', 'subscrib',
          ],
          near: [...holders, ...plans, ...places, 'account', 'org', 'team', 'user', 'workspace', 'you'],
        },
        {
          any: [...plans, ...holders, 'account', 'plus', 'pro', 'user', 'workspace'],
          near: [
            'not available', 'not include', 'not support', 'not yet', 'only available', 'only support', 'upgrade',
          ],
        },
        { any: ['only authorized'] },
        { any: ['accept'], behind: ['license', 'terms'] },
        {
          any: ['scope', 'access'],
          near: [
            ...denied, 'insufficient', 'missing', 'need', 'no', 'not', 'request', 'require', 'revoked', 'terminated',
            'without',
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
