import { fileURLToPath } from 'node:url';

/** Where the libraries are installed that others are compared with; nothing else in the repository needs them. */
export const peersFolder = fileURLToPath(new URL('../../test/peers/', import.meta.url));

type Run = () => Promise<unknown>;

/** Of cockatiel, what is used here. */
interface Cockatiel {
  readonly handleAll: object;
  readonly ConsecutiveBreaker: new (failures: number) => object;
  readonly TimeoutStrategy: { readonly Aggressive: string };
  circuitBreaker(on: object, options: { halfOpenAfter: number; breaker: object }): object;
  retry(on: object, options: { maxAttempts: number }): object;
  timeout(ms: number, strategy: string): object;
  fallback(on: object, value: Run): object;
  wrap(...policies: object[]): { execute(run: Run): Promise<unknown> };
}

/** Of opossum. */
interface Breaker {
  fallback(run: Run): Breaker;
  fire(): Promise<unknown>;
  shutdown(): void;
}

/** A model of the AI SDK, as far as it is called here. */
export interface Model {
  readonly specificationVersion: 'v4';
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, never>;
  doGenerate(options: object): Promise<object>;
  doStream(options: object): Promise<never>;
}

export interface Peers {
  readonly pRetry: (
    run: (attempt: number) => Promise<unknown>,
    options?: { retries: number; minTimeout: number },
  ) => Promise<unknown>;
  readonly cockatiel: Cockatiel;
  readonly CircuitBreaker: new (
    run: Run,
    options: { timeout: number | false; errorThresholdPercentage: number; resetTimeout: number },
  ) => Breaker;
  readonly createFallback: (options: { models: Model[]; modelResetInterval: number }) => Model;
  readonly createRetryableModel: (options: { model: Model; retries: Model[]; reset?: string }) => Model;
  readonly APICallError: new (options: {
    message: string;
    url: string;
    requestBodyValues: object;
    statusCode: number;
    isRetryable: boolean;
  }) => Error;
}

/** They are installed apart, with no types of theirs in sight of `tsc`. */
export async function loadPeers(): Promise<Peers> {
  return (await import(new URL('../../test/peers/peers.mjs', import.meta.url).href)) as Peers;
}
