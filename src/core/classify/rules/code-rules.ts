import type { CodeRule } from './rule.js';

/** Codes the wording rules cannot read: numbers, names that mislead, and the commonest ones for speed. In no order: a code stands in one row only. */
export const codeRules: readonly CodeRule[] = [
  {
    id: 'code-auth',
    kind: 'auth',
    strength: 'specific',
    codes:
      'invalidapikey requestexpired unrecognizedclient modelauthentication minimax:1004 minimax:2049 zhipu:1000 zhipu:1001 zhipu:1002 zhipu:1003 zhipu:1004 zhipu:1110 zhipu:1111 zhipu:1112 cloudflare:2009 cloudflare:10000',
  },
  {
    id: 'code-auth-weak',
    kind: 'auth',
    strength: 'weak',
    codes: 'authentication unauthorized unauthenticated grpc:16',
  },
  {
    id: 'code-permission',
    kind: 'permission',
    strength: 'specific',
    codes:
      'apikeyserviceblocked apikeyhttpreferrerblocked apikeyipaddressblocked accesstokenscopeinsufficient zhipu:1220 zhipu:1221 zhipu:1222 zhipu:1311 cloudflare:5016 cloudflare:3041',
  },
  {
    id: 'code-permission-weak',
    kind: 'permission',
    strength: 'weak',
    codes: 'permission permissions permissiondenied accessdenied accessterminated grpc:7',
  },
  {
    id: 'code-quota',
    kind: 'quota',
    strength: 'specific',
    codes:
      'insufficientquota quotaid:day quotaid:month quotaid:week minimax:1008 minimax:2056 zhipu:1113 zhipu:1304 zhipu:1308 zhipu:1309 zhipu:1310 cloudflare:3036 cloudflare:4006 cloudflare:2021',
  },
  {
    id: 'code-rate-limit',
    kind: 'rate_limit',
    strength: 'specific',
    codes:
      'quotaid:minute quotaid:second quotaid:hour cloudflare:2003 minimax:1002 minimax:1039 minimax:1041 zhipu:1302 zhipu:1303',
  },
  {
    id: 'code-rate-limit-weak',
    kind: 'rate_limit',
    strength: 'weak',
    codes: 'ratelimit ratelimitexceeded throttling limitexceeded grpc:8',
  },
  {
    id: 'code-overloaded',
    kind: 'overloaded',
    strength: 'specific',
    codes: 'overloaded serviceunavailableexception cloudflare:3040 zhipu:1305 zhipu:1312',
  },
  {
    id: 'code-server',
    kind: 'server_error',
    strength: 'weak',
    codes:
      'unreachablebackend model modelstream generation minimax:1000 minimax:1013 minimax:1033 zhipu:1230 zhipu:1234 cloudflare:3043',
  },
  {
    id: 'code-server-generic',
    kind: 'server_error',
    strength: 'generic',
    codes: 'api server internal internalserver unavailable serviceunavailable dataloss grpc:10 grpc:13 grpc:14 grpc:15',
  },
  {
    id: 'code-timeout',
    kind: 'timeout',
    strength: 'specific',
    codes: 'esockettimedout minimax:1001 cloudflare:3007 cloudflare:3008 grpc:4',
  },
  {
    id: 'code-timeout-weak',
    kind: 'timeout',
    strength: 'weak',
    codes: 'timeout econnaborted tierfallstreamstalled tierfalldeadline',
  },
  {
    id: 'code-network-unreachable',
    kind: 'network',
    strength: 'specific',
    codes:
      'econnrefused ehostdown enetdown eaddrnotavail connectionrefused failedtoopensocket eproto unabletoverifyleafsignature',
  },
  {
    id: 'code-network-cut',
    kind: 'network',
    strength: 'specific',
    codes: 'econnreset enotconn underrsocket tierfallstreamcut',
  },
  {
    id: 'code-network-weak',
    kind: 'network',
    strength: 'weak',
    codes: 'errnetwork apiconnection connection underraborted',
  },
  {
    id: 'code-model',
    kind: 'model_unavailable',
    strength: 'specific',
    codes: 'modelnotfound modelservicenotopen zhipu:1211 zhipu:1212 cloudflare:3042 cloudflare:5007',
  },
  {
    id: 'code-context',
    kind: 'context_overflow',
    strength: 'specific',
    codes: 'contextlengthexceeded zhipu:1261 cloudflare:5021 cloudflare:3006',
  },
  {
    id: 'code-policy',
    kind: 'content_policy',
    strength: 'specific',
    codes: 'safety spii blocklist refusal minimax:1026 minimax:1027 zhipu:1301 cloudflare:2016 cloudflare:2017',
  },
  {
    id: 'code-invalid-value',
    kind: 'invalid_request',
    strength: 'specific',
    codes: 'invalidvalue invalidtype unknownparameter missingrequiredparameter unsupportedparameter',
  },
  {
    id: 'code-invalid',
    kind: 'invalid_request',
    strength: 'weak',
    codes:
      'underrinvalidarg valueinvalid jsonvalidatefailed minimax:2013 zhipu:1210 zhipu:1213 zhipu:1214 zhipu:1215 cloudflare:5006 cloudflare:7003 cloudflare:3003 grpc:3',
  },
  {
    id: 'code-invalid-generic',
    kind: 'invalid_request',
    strength: 'generic',
    codes:
      'invalidrequest badrequest failedprecondition outofrange unimplemented errbadrequest notfound conflict resourcenotfound resource grpc:5 grpc:9 grpc:11 grpc:12',
  },
  { id: 'code-aborted-weak', kind: 'aborted', strength: 'weak', codes: 'abort requestaborted grpc:1' },
];
