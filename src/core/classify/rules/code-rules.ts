import type { CodeRule, CodeRules } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. A code stands in one row only. */
const codes: CodeRules = {
  specific: {
    auth: 'requestexpired unrecognizedclient minimax:1004 minimax:2049 zhipu:100 zhipu:111 cloudflare:2009 cloudflare:10000',
    permission:
      'apikeyserviceblocked apikeyhttpreferrerblocked apikeyipaddressblocked accesstokenscopeinsufficient zhipu:122 zhipu:1311 cloudflare:5016 cloudflare:3041',
    quota:
      'insufficientquota quotaid:day quotaid:month quotaid:week minimax:1008 minimax:2056 zhipu:1113 zhipu:1304 zhipu:1308 zhipu:1310 cloudflare:3036 cloudflare:4006 cloudflare:2021',
    rate_limit:
      'quotaid:minute quotaid:second quotaid:hour cloudflare:2003 minimax:1002 minimax:1039 minimax:1041 zhipu:1302 zhipu:1303',
    overloaded: 'serviceunavailableexception cloudflare:3040 zhipu:1305 zhipu:1312',
    timeout: 'esockettimedout minimax:1001 cloudflare:3007 cloudflare:3008 grpc:4',
    'network-unreachable network':
      'econnrefused eaddrnotavail connectionrefused failedtoopensocket eproto unabletoverifyleafsignature',
    'network-cut network': 'econnreset underrsocket tierfallstreamcut',
    model_unavailable: 'modelservicenotopen zhipu:1211 zhipu:1212 cloudflare:3042 cloudflare:5007',
    context_overflow: 'zhipu:1261 cloudflare:5021 cloudflare:3006',
    content_policy:
      'safety spii blocklist refusal minimax:1026 minimax:1027 zhipu:1301 cloudflare:2016 cloudflare:2017',
    invalid_request: 'invalidvalue invalidtype',
  },
  weak: {
    auth: 'authentication grpc:16',
    permission: 'accessterminated grpc:7',
    rate_limit: 'ratelimit limitexceeded grpc:8',
    server_error:
      'unreachablebackend model modelstream generation minimax:1000 minimax:1013 minimax:1033 zhipu:1230 zhipu:1234 cloudflare:3043',
    timeout: 'econnaborted tierfallstreamstalled tierfalldeadline',
    network: 'errnetwork apiconnection connection underraborted',
    invalid_request:
      'underrinvalidarg valueinvalid jsonvalidatefailed minimax:2013 zhipu:121 cloudflare:5006 cloudflare:7003 cloudflare:3003 grpc:3',
    aborted: 'abort requestaborted grpc:1',
  },
  generic: {
    server_error:
      'api server internal internalserver unavailable serviceunavailable dataloss grpc:10 grpc:13 grpc:14 grpc:15',
    invalid_request:
      'invalidrequest badrequest failedprecondition outofrange unimplemented errbadrequest notfound conflict resourcenotfound resource grpc:5 grpc:9 grpc:11 grpc:12',
  },
};

/** In no order. */
export const codeRules: readonly CodeRule[] = Object.entries(codes).flatMap(([strength, rows]) =>
  Object.entries(rows).map(([key, words]) => {
    const [name = '', kind = name] = key.split(' ');
    return { id: `code-${name}-${strength}`.replace(/-specific$/, ''), kind, strength, words } as CodeRule;
  }),
);
