import type { Kind } from '../../kinds.js';
import { byWord } from '../by-word.js';

/**
 * What a bare status means when neither a code nor the message said more. Of those not named here, 3xx (a wrong base URL)
 * and 4xx are `invalid_request`, 5xx `server_error`.
 */
export const statusRules: Readonly<Partial<Record<Kind, string>>> = {
  auth: '401',
  quota: '402',
  permission: '451 403',
  rate_limit: '429',
  // Groq's flex tier without capacity, and Anthropic.
  overloaded: '498 529',
  server_error: '425 424 409',
  // 524: Cloudflare's origin took too long.
  timeout: '598 599 504 408 524',
  // A proxy's sign-in, a captive portal.
  network: '511 407',
  model_unavailable: '410',
  context_overflow: '413',
  invalid_request: '501',
  // nginx: client closed the request.
  aborted: '499',
};

const kindByStatus = byWord(Object.entries(statusRules));

/** The kind of a status of 300 or more. */
export function kindOfStatus(status: number): Kind {
  return (kindByStatus.get(String(status)) as Kind | undefined) ?? (status < 500 ? 'invalid_request' : 'server_error');
}
