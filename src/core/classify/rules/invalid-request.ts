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
        'external_key_validation_timed_out', 'invalid_type', 'invalid_value', 'minimax:1042',
        'org_api_key_limit_exceeded', 'UND_ERR_INVALID_ARG', 'workspace_api_key_limit_exceeded',
      ],
    },
    {
      id: 'code-invalid_request-generic',
      strength: 'generic',
      codes: [
        'ConflictException', 'FAILED_PRECONDITION', 'invalid_request_error', 'not_found_error', 'ResourceError',
        'ResourceNotFoundException', 'UNIMPLEMENTED',
      ],
    },
    {
      id: 'file-size',
      says: [
        {
          any: ['attachment', 'audio', 'document', 'file', 'header', 'image', 'pdf', 'video'],
          behind: ['exceed', 'larger', 'max allow', 'max size', 'too big', 'too large', 'too many'],
        },
      ],
    },
    {
      id: 'max-tokens',
      says: [
        {
          any: ['max completion', 'max new', 'max output', 'max token'],
          near: [
            'between', 'exceed', 'greater', 'high', 'invalid', 'large', 'least', 'less', 'most', 'must', 'range',
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
        { any: ['audio', 'function', 'image', 'stream', 'system', 'tool', 'vision'], near: ['not support'] },
        { any: ['extra input', 'input should', 'method not allowed', 'string should', 'tool use'] },
        {
          any: ['argument', 'field', 'parameter', 'propert', 'schema', 'value$'],
          near: [...wrong, 'extra', 'not', 'unexpected'],
          without: ['api', 'auth', 'key', 'looking', 'model not', 'secret', 'token'],
        },
      ],
    },
    {
      id: 'invalid',
      strength: 'generic',
      says: [
        {
          any: [
            'bad request', 'failed to parse', 'missing required', 'must', 'not support', 'unexpected endpoint',
            'unprocessable', 'unsupported', 'validation',
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
