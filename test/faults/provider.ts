import type { ManualClock } from 'tierfall/testing';
import type { Library } from './library.ts';
import type { Behaviour } from './steps.ts';

/** In every error of the simulated providers: it must not get out. */
export const PROVIDER_SECRET = 'sk-live-4f9d8c7b6a5e4d3c2b1a09876543';

/** What a provider does at present. */
export interface ProviderMood {
  behaviour: Behaviour;
  waitMs: number;
  latencyMs: number;
}

/** The error of a behaviour; `undefined`: it answers. */
export function errorOf(library: Library, { behaviour, waitMs }: ProviderMood): unknown {
  const named = waitMs > 0 ? { retryAfterMs: waitMs } : {};
  switch (behaviour) {
    case 'overloaded':
      return library.overloaded({ ...named, message: `Overloaded, try again; api_key=${PROVIDER_SECRET}` })();
    case 'rate-limited':
      return library.rateLimit(named)();
    case 'server-error':
      return library.serverError(named)();
    case 'revoked':
      return library.auth({ message: `Incorrect API key provided: ${PROVIDER_SECRET}.` })();
    case 'no-quota':
      return library.quota(named)();
    case 'no-model':
      return library.modelUnavailable()();
    case 'refuses':
      return library.invalidRequest()();
    default:
      return undefined;
  }
}

/** True for a behaviour that makes a chain step, and names its wait. */
export function namesWait({ behaviour, waitMs }: ProviderMood): boolean {
  return waitMs > 0 && ['overloaded', 'rate-limited', 'server-error', 'no-quota'].includes(behaviour);
}

/** Settles after `ms`; never, when the signal aborts first, than with its reason. */
export function pass(clock: ManualClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const timer = Number.isFinite(ms) ? clock.setTimeout(resolve, ms) : undefined;
    signal.addEventListener('abort', () => {
      clock.clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
