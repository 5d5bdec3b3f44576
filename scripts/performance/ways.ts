import { createFailover, resolveWithFallback, type PolicyOptions } from 'tierfall';
import { failoverModel } from 'tierfall/ai-sdk';
import { loop, timedLoop } from '../../test/bench/happy-path.ts';
import { loadPeers, type Model } from './peers.ts';
import type { FunctionWay, ModelWay } from './tables.ts';

/** Something that is called again and again, and what ends its timers. */
export interface Way {
  call: () => Promise<unknown>;
  end?: () => void;
}

/** The two providers of a way: functions, the first of which may fail. */
export interface Providers {
  first: () => Promise<string>;
  second: () => Promise<string>;
}

const { pRetry, cockatiel, CircuitBreaker, createFallback, createRetryableModel, APICallError } = await loadPeers();

const LIMIT_MS = 10_000;
/** Longer than any run: who rests, rests to its end. */
const REST_MS = 3_600_000;
const chain = ['a/1', 'b/2'] as const;

function withTierfall(providers: Providers, policy: PolicyOptions): Way {
  const failover = createFailover({ chain, policy });
  return {
    call: () =>
      resolveWithFallback(failover, ({ provider }) => (provider === 'a' ? providers.first() : providers.second())),
    end: () => void failover.close(),
  };
}

/** A circuit that opens at the first failure and stays open, as a tier rests, and a second function behind it. */
function withCockatiel({ first, second }: Providers, ...outside: object[]): Way {
  const { handleAll, ConsecutiveBreaker } = cockatiel;
  const breaker = cockatiel.circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(1) });
  const policy = cockatiel.wrap(cockatiel.fallback(handleAll, second), ...outside, breaker);
  return { call: () => policy.execute(first) };
}

function withOpossum({ first, second }: Providers, timeout: number | false): Way {
  const breaker = new CircuitBreaker(first, { timeout, errorThresholdPercentage: 1, resetTimeout: REST_MS });
  breaker.fallback(second);
  return { call: () => breaker.fire(), end: () => breaker.shutdown() };
}

/** Each as its documentation has it, so that what it does is as near to the others as it can be. */
export const functionWaysOf: Readonly<Record<FunctionWay, (providers: Providers) => Way>> = {
  'a loop with try and catch, by hand': ({ first, second }) => {
    const calls = [first, second];
    return { call: () => loop(calls, (call) => call()) };
  },
  'the same loop, telling how long the call took': ({ first, second }) => {
    const calls = [first, second];
    return { call: () => timedLoop(calls, (call) => call()) };
  },
  tierfall: (providers) => withTierfall(providers, {}),
  '`p-retry`': ({ first, second }) => ({
    call: () => pRetry((attempt) => (attempt === 1 ? first() : second()), { retries: 1, minTimeout: 0 }),
  }),
  '`cockatiel`: circuit breaker, fallback': (providers) => withCockatiel(providers),
  '`cockatiel`: retry, circuit breaker, fallback': (providers) =>
    withCockatiel(providers, cockatiel.retry(cockatiel.handleAll, { maxAttempts: 1 })),
  '`opossum`: circuit breaker, fallback': (providers) => withOpossum(providers, false),
  'tierfall, time limit': (providers) => withTierfall(providers, { attemptTimeoutMs: LIMIT_MS }),
  '`cockatiel`: time limit, circuit breaker, fallback': (providers) =>
    withCockatiel(providers, cockatiel.timeout(LIMIT_MS, cockatiel.TimeoutStrategy.Aggressive)),
  '`opossum`: time limit, circuit breaker, fallback': (providers) => withOpossum(providers, LIMIT_MS),
};

/** A request of the AI SDK's, and a model that answers it from memory. */
export const request = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] };

const answer = {
  content: [{ type: 'text', text: 'Hello' }],
  finishReason: { unified: 'stop', raw: 'stop' },
  usage: { inputTokens: { total: 3 }, outputTokens: { total: 1 } },
  warnings: [],
};

export function modelOf(modelId: string, answers: () => Promise<unknown>): Model {
  return {
    specificationVersion: 'v4',
    provider: modelId,
    modelId,
    supportedUrls: {},
    async doGenerate() {
      await answers();
      return answer;
    },
    doStream: () => Promise.reject(new Error('not used')),
  };
}

function withModel(model: { doGenerate(options: never): PromiseLike<unknown> }): Way {
  return { call: async () => model.doGenerate(request as never) };
}

export const modelWaysOf: Readonly<Record<ModelWay, (first: Model, second: Model) => Way>> = {
  '`tierfall/ai-sdk`': (first, second) => {
    const failover = createFailover({ chain });
    const model = failoverModel(failover, ({ provider }) => (provider === 'a' ? first : second) as never);
    return withModel(model);
  },
  '`ai-fallback`': (first, second) =>
    withModel(createFallback({ models: [first, second], modelResetInterval: REST_MS })),
  '`ai-retry`': (first, second) => withModel(createRetryableModel({ model: first, retries: [second] })),
  '`ai-retry`, `reset` after an hour': (first, second) =>
    withModel(createRetryableModel({ model: first, retries: [second], reset: 'after-3600-seconds' })),
};

/** An error as the AI SDK makes it, and one as other SDKs do. */
export const failures = {
  model: () =>
    new APICallError({
      message: 'Overloaded',
      url: 'https://provider.example.test',
      requestBodyValues: {},
      statusCode: 529,
      isRetryable: true,
    }),
  function: () => Object.assign(new Error('Overloaded'), { status: 529 }),
};
