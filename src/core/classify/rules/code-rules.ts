import type { CodeRule, CodeRules } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. A code stands in one row only. */
const codes: CodeRules = {
  specific: {
    auth: 'invalidsignature requestexpired unrecognizedclient minimax:1004 minimax:2049',
    permission: 'accesstokenscopeinsufficient apikeyhttpreferrerblocked apikeyipaddressblocked apikeyserviceblocked',
    quota: '4006 1304 minimax:2056 1308 insufficientquota 1113 minimax:1008 3036 1310',
    rate_limit: 'minimax:1002 minimax:2045 minimax:1041 minimax:1039',
    overloaded: 'serviceunavailableexception',
    timeout: 'minimax:1001 esockettimedout',
    'network-unreachable network': 'eproto failedtoopensocket eaddrnotavail',
    'network-cut network': 'underrsocket tierfallstreamcut',
    content_policy: 'spii minimax:1026 refusal minimax:1027',
    invalid_request: 'invalidvalue invalidtype minimax:1042',
  },
  weak: {
    auth: 'authentication',
    permission: 'accessterminated',
    rate_limit: 'ratelimit limitexceeded',
    server_error: 'minimax:1000 unreachablebackend minimax:1033 minimax:1013 modelstream generation model',
    timeout: 'tierfalldeadline econnaborted tierfallstreamstalled',
    network: 'underraborted connection apiconnection errnetwork',
    invalid_request: 'underrinvalidarg jsonvalidatefailed valueinvalid minimax:2013',
    aborted: 'abort',
  },
  generic: {
    server_error: 'internalserver api serviceunavailable server internal unavailable dataloss',
    invalid_request:
      'invalidrequest unimplemented conflict failedprecondition errbadrequest outofrange badrequest resourcenotfound notfound resource',
  },
};

/** In no order. */
export const codeRules: readonly CodeRule[] = Object.entries(codes).flatMap(([strength, rows]) =>
  Object.entries(rows).map(([key, words]) => {
    const [name = '', kind = name] = key.split(' ');
    return { id: `code-${name}-${strength}`.replace(/-specific$/, ''), kind, strength, words } as CodeRule;
  }),
);
