import type { CodeRule, CodeRules } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. A code stands in one row only. */
const codes: CodeRules = {
  specific: {
    auth: 'minimax:1004 requestexpired unrecognizedclient invalidsignature',
    permission: 'accesstokenscopeinsufficient apikeyipaddressblocked apikeyhttpreferrerblocked apikeyserviceblocked',
    quota: 'insufficientquota 1113 3036',
    rate_limit: 'minimax:1041 minimax:1002 minimax:2045 minimax:1039',
    overloaded: 'serviceunavailableexception',
    timeout: 'minimax:1001',
    'network-unreachable network': 'eaddrnotavail failedtoopensocket eproto',
    'network-cut network': 'underrsocket tierfallstreamcut',
    content_policy: 'spii refusal minimax:1027 minimax:1026',
    invalid_request: 'underrinvalidarg minimax:1042 invalidtype invalidvalue',
  },
  weak: {
    auth: 'authentication',
    permission: 'accessterminated',
    rate_limit: 'ratelimit limitexceeded',
    server_error: 'minimax:1013 modelstream unreachablebackend minimax:1033 model generation',
    timeout: 'tierfalldeadline econnaborted tierfallstreamstalled',
    network: 'underraborted connection apiconnection',
    aborted: 'abort',
  },
  generic: {
    server_error: 'internalserver api serviceunavailable server internal unavailable',
    invalid_request: 'unimplemented conflict invalidrequest failedprecondition notfound resourcenotfound resource',
  },
};

/** In no order. */
export const codeRules: readonly CodeRule[] = Object.entries(codes).flatMap(([strength, rows]) =>
  Object.entries(rows).map(([key, words]) => {
    const [name = '', kind = name] = key.split(' ');
    return { id: `code-${name}-${strength}`.replace(/-specific$/, ''), kind, strength, words } as CodeRule;
  }),
);
