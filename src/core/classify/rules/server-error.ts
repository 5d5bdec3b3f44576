import type { KindRules } from './rule.js';

/** A fault on the provider's side. Statuses from 500 that no kind names are this too. */
export const serverError: KindRules = {
  kind: 'server_error',
  statuses: [409, 424, 425],
  rules: [
    {
      id: 'code-server_error-weak',
      strength: 'weak',
      codes: [
        'authorization_check_unavailable', 'cmek_key_unreachable', 'generation_error', 'minimax:1013', 'minimax:1033',
        'ModelErrorException', 'ModelStreamErrorException', 'unreachable_backend',
      ],
    },
    {
      id: 'code-server_error-generic',
      strength: 'generic',
      codes: ['api_error', 'INTERNAL', 'internal_server_error', 'server_error', 'ServiceUnavailable', 'UNAVAILABLE'],
    },
    {
      id: 'server',
      strength: 'generic',
      says: [
        { any: ['internal', 'server', 'upstream'], behind: ['error', 'failure'] },
        {
          any: [
            'bad gateway', 'encountered', 'engine dead', 'healthy upstream', 'maintenance', 'occurred',
            'out of memory', 'provider returned', 'unavailable', 'unexpected error', 'unexpectedly', 'unknown error',
            'went wrong',
          ],
        },
        { any: ['model', 'runner', 'worker'], behind: ['crash', 'exit', 'terminated'] },
      ],
    },
    {
      id: 'eastern-server',
      strength: 'generic',
      eastern: [
        // Error, abnormal, not available.
        /错误|异常|不可用/,
      ],
    },
  ],
};
