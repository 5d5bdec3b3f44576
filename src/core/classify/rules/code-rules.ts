import type { CodeRule, CodeRules } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. A code stands in one row only. */
const codes: CodeRules = {
  specific: {
    auth: 'unrecognizedclient minimax:1004 minimax:2049 requestexpired',
    permission: 'accesstokenscopeinsufficient apikeyhttpreferrerblocked apikeyserviceblocked apikeyipaddressblocked',
    quota: '4006 insufficientquota minimax:1008 1308 1113 3036 1304 minimax:2056 1310',
    rate_limit: 'minimax:1041 minimax:1002 minimax:1039',
    overloaded: 'serviceunavailableexception',
    timeout: 'minimax:1001 esockettimedout',
    'network-unreachable network': 'unabletoverifyleafsignature failedtoopensocket eproto eaddrnotavail',
    'network-cut network': 'underrsocket tierfallstreamcut',
    content_policy: 'spii minimax:1027 minimax:1026 refusal',
    invalid_request: 'invalidvalue invalidtype',
  },
  weak: {
    auth: 'authentication',
    permission: 'accessterminated',
    rate_limit: 'ratelimit limitexceeded',
    server_error: 'minimax:1000 generation model unreachablebackend modelstream minimax:1033 minimax:1013',
    timeout: 'tierfalldeadline econnaborted tierfallstreamstalled',
    network: 'underraborted connection errnetwork apiconnection',
    invalid_request: 'underrinvalidarg jsonvalidatefailed valueinvalid minimax:2013',
    aborted: 'abort',
  },
  generic: {
    server_error: 'serviceunavailable dataloss unavailable server internalserver internal api',
    invalid_request:
      'invalidrequest resource failedprecondition errbadrequest resourcenotfound notfound badrequest outofrange unimplemented conflict',
  },
};

/** In no order. */
export const codeRules: readonly CodeRule[] = Object.entries(codes).flatMap(([strength, rows]) =>
  Object.entries(rows).map(([key, words]) => {
    const [name = '', kind = name] = key.split(' ');
    return { id: `code-${name}-${strength}`.replace(/-specific$/, ''), kind, strength, words } as CodeRule;
  }),
);
