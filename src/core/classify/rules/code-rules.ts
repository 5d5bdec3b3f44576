import type { CodeRule, CodeRules } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. A code stands in one row only. */
const codes: CodeRules = {
  specific: {
    auth: 'minimax:1004 minimax:2049 unrecognizedclient requestexpired',
    permission: 'accesstokenscopeinsufficient apikeyhttpreferrerblocked apikeyipaddressblocked apikeyserviceblocked',
    quota: '4006 minimax:1008 1308 1113 insufficientquota 3036 1304 minimax:2056 1310',
    rate_limit: 'minimax:1002 minimax:1041 minimax:1039',
    overloaded: 'serviceunavailableexception',
    timeout: 'minimax:1001 esockettimedout',
    'network-unreachable network': 'unabletoverifyleafsignature eproto failedtoopensocket eaddrnotavail',
    'network-cut network': 'underrsocket tierfallstreamcut',
    content_policy: 'spii refusal minimax:1027 minimax:1026',
    invalid_request: 'invalidtype invalidvalue',
  },
  weak: {
    auth: 'authentication',
    permission: 'accessterminated',
    rate_limit: 'ratelimit limitexceeded',
    server_error: 'minimax:1000 minimax:1033 model generation unreachablebackend modelstream minimax:1013',
    timeout: 'econnaborted tierfallstreamstalled tierfalldeadline',
    network: 'underraborted errnetwork apiconnection connection',
    invalid_request: 'underrinvalidarg jsonvalidatefailed valueinvalid minimax:2013',
    aborted: 'abort',
  },
  generic: {
    server_error: 'serviceunavailable internal internalserver api unavailable server dataloss',
    invalid_request:
      'invalidrequest failedprecondition conflict badrequest unimplemented errbadrequest resource resourcenotfound notfound outofrange',
  },
};

/** In no order. */
export const codeRules: readonly CodeRule[] = Object.entries(codes).flatMap(([strength, rows]) =>
  Object.entries(rows).map(([key, words]) => {
    const [name = '', kind = name] = key.split(' ');
    return { id: `code-${name}-${strength}`.replace(/-specific$/, ''), kind, strength, words } as CodeRule;
  }),
);
