import type { SdkName } from './sdk-expectations.ts';

/**
 * How an SDK is told to leave the retrying to its caller. `tries` and `heedsHeader` are held by the suite; the rest is
 * what the drivers in `test/integration/sdk` do.
 */
export interface HandOver {
  /** Where its `fetch` goes; undefined where it takes none. */
  readonly fetch: string | undefined;
  readonly noRetries: string;
  readonly signal: string;
  /** Its own timeout and what that is when nobody sets it. */
  readonly timeout: string;
  /** Requests one call makes when the provider answers 500 for ever and nobody has set anything. */
  readonly tries: number;
  /** Whether `x-should-retry: false` on a response ends them. */
  readonly heedsHeader: boolean;
}

export const handOvers = {
  openai: {
    fetch: '`new OpenAI({ fetch })`',
    noRetries: '`maxRetries: 0`',
    signal: '`create(body, { signal })`',
    timeout: '`timeout`, 10 min',
    tries: 3,
    heedsHeader: true,
  },
  anthropic: {
    fetch: '`new Anthropic({ fetch })`',
    noRetries: '`maxRetries: 0`',
    signal: '`create(body, { signal })`',
    timeout: '`timeout`, 10 min',
    tries: 3,
    heedsHeader: true,
  },
  groq: {
    fetch: '`new Groq({ fetch })`',
    noRetries: '`maxRetries: 0`',
    signal: '`create(body, { signal })`',
    timeout: '`timeout`, 1 min',
    tries: 3,
    heedsHeader: true,
  },
  genai: {
    fetch: '`httpOptions: { fetch }`',
    noRetries: 'leave `httpOptions.retryOptions` out',
    signal: '`config: { abortSignal }`',
    timeout: '`httpOptions: { timeout }`, none',
    tries: 1,
    heedsHeader: false,
  },
  mistral: {
    fetch: '`httpClient: new HTTPClient({ fetcher: fetch })`',
    noRetries: "leave `retryConfig` out, or `{ strategy: 'none' }`",
    signal: '`complete(body, { signal })`',
    timeout: '`timeoutMs`, 5 min, and none at all once a signal is given',
    tries: 1,
    heedsHeader: false,
  },
  ollama: {
    fetch: '`new Ollama({ fetch })`',
    noRetries: 'it has none',
    signal: 'inside the `fetch`',
    timeout: 'inside the `fetch`, none',
    tries: 1,
    heedsHeader: false,
  },
  bedrock: {
    fetch: undefined,
    noRetries: '`maxAttempts: 1`',
    signal: '`send(command, { abortSignal })`',
    timeout: '`requestTimeout` of its request handler, none',
    tries: 3,
    heedsHeader: false,
  },
  cohere: {
    fetch: '`new CohereClientV2({ fetch })`',
    noRetries: '`maxRetries: 0`',
    signal: '`chat(body, { abortSignal })`',
    timeout: '`timeoutInSeconds`, 5 min',
    tries: 3,
    heedsHeader: false,
  },
  'ai + openai': {
    fetch: '`createOpenAI({ fetch })`, and so in every provider',
    noRetries: '`maxRetries: 0`',
    signal: '`generateText({ abortSignal })`',
    timeout: '`timeout`, none',
    tries: 3,
    heedsHeader: false,
  },
  langchain: {
    fetch: '`configuration: { fetch }`',
    noRetries: '`maxRetries: 0`',
    signal: '`invoke(input, { signal })`',
    timeout: '`timeout`, 10 min',
    tries: 7,
    heedsHeader: false,
  },
} satisfies Partial<Record<SdkName, HandOver>>;
