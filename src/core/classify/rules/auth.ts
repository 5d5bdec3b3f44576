import type { KindRules } from './rule.js';
import { closed, denied, failed, wrong } from './word-sets.js';

/** This credential cannot authenticate: missing, malformed, expired, revoked. */
export const auth: KindRules = {
  kind: 'auth',
  statuses: [401],
  rules: [
    {
      // MiniMax's 1004 is a failed sign-in.
      id: 'code-auth',
      codes: [
        'claude_code_key_creator_not_member', 'InvalidSignatureException', 'minimax:1004', 'RequestExpired',
        'UnrecognizedClientException',
      ],
    },
    {
      id: 'key',
      says: [
        {
          any: [
            'access key', 'access token', 'api key', 'api token', 'apikey', 'bearer', 'client secret', 'credential',
            'jwt', 'request signature', 'secret key', 'subscription key',
          ],
          near: [
            ...closed, ...denied, ...wrong, 'empty', 'leak', 'no', 'not', 'pass', 'provide', 'revoke', 'set',
            'unable', 'unavailable',
          ],
          without: ['access to', 'permission'],
        },
        {
          any: ['token$'],
          near: ['expire', 'invalid', 'malformed', 'missing', 'revoke'],
          without: ['count', 'input', 'json', 'least', 'limit', 'max', 'number', 'output', 'position'],
        },
      ],
    },
    {
      id: 'sign-in',
      strength: 'weak',
      says: [
        { any: ['refresh token', 'session'], behind: ['expire', 'fail', 'invalid'] },
        {
          any: ['auth$'],
          near: [...failed, ...wrong, 'method', 'no', 'not', 'unavailable'],
        },
        { any: ['account', 'user'], behind: ['terminated', ...closed] },
        {
          any: [
            'authenticat', 'authorization', 'invalid grant', 'key has been', 'leaked', 'log in', 'logged out',
            'login', 'not logged', 'not signed', 'reauth', 'sign$ in', 'signed out', 'signing in', 'unauth',
            'user not found',
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
