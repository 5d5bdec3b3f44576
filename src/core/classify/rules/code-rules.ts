import type { CodeRule, CodeRules } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. A code stands in one row only. */
const codes: CodeRules = {
  specific: {
    auth: 'unrecognizedclient minimax:1004 minimax:2049 requestexpired',
    permission: 'accesstokenscopeinsufficient apikeyipaddressblocked apikeyserviceblocked apikeyhttpreferrerblocked',
    quota: '4006 1304 minimax:2056 1308 insufficientquota 1113 minimax:1008 3036 1310',
    rate_limit: 'minimax:1002 minimax:1041 minimax:1039',
    overloaded: 'serviceunavailableexception',
    timeout: 'minimax:1001 esockettimedout',
    'network-unreachable network': 'unabletoverifyleafsignature failedtoopensocket eproto eaddrnotavail',
    'network-cut network': 'underrsocket tierfallstreamcut',
    content_policy: 'refusal minimax:1026 spii minimax:1027',
    invalid_request: 'invalidvalue invalidtype',
  },
  weak: {
    auth: 'authentication',
    permission: 'accessterminated',
    rate_limit: 'ratelimit limitexceeded',
    server_error: 'minimax:1013 model unreachablebackend minimax:1033 minimax:1000 modelstream generation',
    timeout: 'tierfallstreamstalled tierfalldeadline econnaborted',
    network: 'underraborted apiconnection connection errnetwork',
    invalid_request: 'underrinvalidarg jsonvalidatefailed valueinvalid minimax:2013',
    aborted: 'abort',
  },
  generic: {
    server_error: 'dataloss serviceunavailable unavailable server internalserver internal api',
    invalid_request:
      'invalidrequest conflict outofrange badrequest resource failedprecondition errbadrequest resourcenotfound notfound unimplemented',
  },
};

/** In no order. */
export const codeRules: readonly CodeRule[] = Object.entries(codes).flatMap(([strength, rows]) =>
  Object.entries(rows).map(([key, words]) => {
    const [name = '', kind = name] = key.split(' ');
    return { id: `code-${name}-${strength}`.replace(/-specific$/, ''), kind, strength, words } as CodeRule;
  }),
);
