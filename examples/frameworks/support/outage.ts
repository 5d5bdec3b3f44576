import { answers, httpError, startLoopbackProvider, type LoopbackProvider } from '../../support/loopback-provider.ts';
import { callsTool } from './calls-tool.ts';

/** The failures that the examples meet at the first tier. */
export const failures = {
  rateLimit: httpError(429, { retryAfterSeconds: 60 }),
  overloaded: httpError(529),
  noMoney: httpError(429, { code: 'insufficient_quota', message: 'You exceeded your current quota.' }),
};

/**
 * Two providers on loopback. The first model calls the tool `weather` once, and from then on it fails; every other model
 * answers with a sentence.
 */
export async function startOutage(failure: (typeof failures)[keyof typeof failures]): Promise<LoopbackProvider> {
  const loopback = await startLoopbackProvider();
  loopback.on('*', answers('It is sunny in Rome.'));
  loopback.on('gpt-5.2', failure);
  loopback.script('gpt-5.2', [callsTool('weather', { city: 'Rome' })]);
  return loopback;
}

/** Prints a claim. One that does not hold makes the example exit with 1. */
export function check(holds: boolean, what: string): void {
  console.log(`  ${holds ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!holds) process.exitCode = 1;
}
