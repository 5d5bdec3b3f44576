import type { KindRules } from './rule.js';
import { closed, denied, wrong } from './word-sets.js';

/** This credential cannot authenticate: missing, malformed, expired, revoked. */
export const auth: KindRules = {
  kind: 'auth',
  statuses: [401],
  rules: [
    {
      // MiniMax's 1004 is a failed sign-in.
      id: 'code-auth',
      codes: ['minimax:1004', 'RequestExpired', 'UnrecognizedClientException', 'InvalidSignatureException',
        'claude_code_key_creator_not_member'],
    },
    {
      id: 'key',
      says: [
        {
          any: [
            'jwt', 'apikey', 'access key', 'access token', 'secret key', 'api key', 'bearer', 'subscription key',
            'api token', 'client secret', 'auth token', 'security token', 'credential', 'request signature',
          ],
          near: [
            ...closed, ...denied, ...wrong, 'provide', 'leak', 'unavailable', 'pass', 'set', 'no', 'revoke', 'empty',
            'not', 'unable',
          ],
          without: ['permission', 'access to', 'have access'],
        },
        {
          any: ['token$'],
          near: ['revoke', 'malformed', 'missing', 'invalid', 'expire'],
          without: ['json', 'least', 'limit', 'position', 'max', 'count', 'input', 'output', 'number'],
        },
      ],
    },
    {
      id: 'sign-in',
      strength: 'weak',
      says: [
        { any: ['refresh token', 'session'], behind: ['invalid', 'expire', 'fail'] },
        {
          any: ['auth$'],
          near: [...wrong, 'error', 'method', 'no', 'not', 'unable', 'unavailable', 'cannot', 'fail'],
        },
        { any: ['account', 'user'], behind: ['terminated', ...closed] },
        {
          any: [
            'key has been', 'reauth', 'authenticat', 'signed out', 'unauth', 'authorization', 'sign$ in',
            'signing in', 'log in', 'login', 'logged out', 'invalid grant', 'user not found', 'not logged',
            'not signed', 'leaked',
          ],
        },
      ],
    },
    {
      id: 'eastern-auth',
      eastern: [
        // Key, token, certificate, identity: invalid, wrong, expired, missing.
        /(?:钥|令牌|token(?!s)|key|[证證]|签名|鉴权|身份).{0,16}(?:[无無失]效|[错錯]|[过過]期|未|缺|空|非法|失败|不[存正])/,
        /(?:[无無失]效|[错錯]|[过過]期|未提|缺).{0,12}(?:钥|令牌|key|[证證])/,
        // Sign in; the account is blocked.
        /登录|账.{0,10}[封禁锁停冻注]/,
      ],
    },
  ],
};
