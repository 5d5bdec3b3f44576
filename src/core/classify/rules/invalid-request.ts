import type { KindRules } from './rule.js';
import { wrong } from './word-sets.js';

/** The request is wrong, for any provider or for this one. Statuses from 300 to 499 that no kind names are this too. */
export const invalidRequest: KindRules = {
  kind: 'invalid_request',
  statuses: [501],
  rules: [
    {
      id: 'code-invalid_request',
      codes: [
        'UND_ERR_INVALID_ARG', 'minimax:1042', 'invalid_type', 'invalid_value', 'org_api_key_limit_exceeded',
        'workspace_api_key_limit_exceeded', 'external_key_validation_timed_out',
      ],
    },
    {
      id: 'code-invalid_request-generic',
      strength: 'generic',
      codes: [
        'UNIMPLEMENTED', 'ConflictException', 'invalid_request_error', 'FAILED_PRECONDITION', 'not_found_error',
        'ResourceNotFoundException', 'ResourceError',
      ],
    },
    {
      id: 'file-size',
      says: [
        {
          any: ['file', 'document', 'pdf', 'image', 'audio', 'video', 'attachment', 'header'],
          behind: ['too many', 'max allow', 'max size', 'too large', 'too big', 'exceed', 'larger'],
        },
      ],
    },
    {
      id: 'max-tokens',
      says: [
        {
          any: ['max new', 'max output', 'max completion', 'max token'],
          near: [
            'high', 'exceed', 'large', 'must', 'least', 'between', 'range', 'most', 'less', 'greater', 'invalid',
            'unsupport',
          ],
          without: ['context'],
        },
      ],
    },
    {
      id: 'parameter',
      strength: 'weak',
      says: [
        { any: ['system', 'stream', 'tool', 'image', 'audio', 'vision', 'function'], near: ['not support'] },
        { any: ['method not allowed', 'extra input', 'tool use', 'input should'] },
        {
          any: ['propert', 'schema', 'argument', 'parameter', 'field', 'value$'],
          near: [...wrong, 'not', 'unexpected', 'extra'],
          without: ['looking', 'token', 'model not', 'api', 'secret', 'auth', 'key'],
        },
      ],
    },
    {
      id: 'invalid',
      strength: 'generic',
      says: [
        {
          any: [
            'validation', 'must', 'unexpected endpoint', 'failed to parse', 'missing required', 'unprocessable',
            'unsupported', 'bad request', 'not support',
          ],
        },
        { any: ['invalid', 'malformed'], without: ['json', 'organization', 'response'] },
      ],
    },
    {
      id: 'eastern-invalid',
      strength: 'generic',
      eastern: [
        // Parameter, format, required, empty, illegal.
        /参数|格式|必填|为空|非法/,
      ],
    },
  ],
};
