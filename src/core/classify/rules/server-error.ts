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
        'minimax:1013', 'minimax:1033', 'ModelStreamErrorException', 'ModelErrorException', 'unreachable_backend',
        'generation_error', 'authorization_check_unavailable', 'cmek_key_unreachable',
      ],
    },
    {
      id: 'code-server_error-generic',
      strength: 'generic',
      codes: ['internal_server_error', 'api_error', 'ServiceUnavailable', 'server_error', 'INTERNAL', 'UNAVAILABLE'],
    },
    {
      id: 'server',
      strength: 'generic',
      says: [
        { any: ['server', 'internal', 'upstream'], behind: ['error', 'failure'] },
        {
          any: [
            'out of memory', 'unknown error', 'unexpected error', 'unexpectedly', 'encountered', 'engine dead',
            'healthy upstream', 'provider returned', 'bad gateway', 'occurred', 'unavailable', 'maintenance',
            'went wrong', 'inference failed',
          ],
        },
        { any: ['model', 'worker', 'runner'], behind: ['terminated', 'exit', 'crash'] },
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
