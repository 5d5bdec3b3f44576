import type { Kind } from '../../src/core/kinds.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { SdkCaseName } from './sdk-cases.ts';
import { ANSWER } from './sdk-cases.ts';

/** What an SDK lets its caller see in one case, and what `classifyError` makes of it. Pure data: the docs show it too. */
export type Expectation =
  /** It throws, and this is the verdict. No wait is reported where none is named here. */
  | { readonly kind: Kind; readonly retryAfterMs?: number; readonly why?: string }
  /** It ends without an error; `ends` is the end mark it shows, if any, `text` what has arrived. */
  | { readonly ends: string | undefined; readonly text?: string; readonly why: string }
  /** Its timeout never fires. */
  | { readonly hangs: true; readonly why: string };

export type SdkTable = Readonly<Record<SdkCaseName, Expectation>>;

/** What an SDK that hides nothing leads to. */
export const usual: SdkTable = {
  answer: { ends: undefined, text: ANSWER, why: 'the text is there' },
  'HTTP 401': { kind: 'auth' },
  'HTTP 429 with a wait': { kind: 'rate_limit', retryAfterMs: 7000 },
  'HTTP 500': { kind: 'server_error' },
  'HTTP 529': { kind: 'overloaded' },
  'HTML 502': { kind: 'server_error' },
  'broken JSON': { kind: 'unknown', why: 'an error of the JSON parser, which does not say whose JSON it was' },
  'connection refused': { kind: 'network' },
  'socket reset': { kind: 'network' },
  timeout: { kind: 'timeout' },
  'timeout beside a signal': { kind: 'timeout' },
  abort: { kind: 'aborted' },
  'abort with a reason': { kind: 'aborted' },
  'stream: answer': complete('stop'),
  'stream: HTTP 429 with a wait': { kind: 'rate_limit', retryAfterMs: 7000 },
  'stream: error event first': { kind: 'overloaded' },
  'stream: error event after content': { kind: 'overloaded' },
  'stream: broken JSON': { kind: 'unknown', why: 'an error of the JSON parser, which does not say whose JSON it was' },
  'stream: socket closed': { kind: 'network' },
  'stream: socket reset': { kind: 'network' },
  'stream: clean early end': {
    ends: undefined,
    why: 'ends without an error and without its end mark: only the missing mark tells',
  },
  'stream: stall': { hangs: true, why: 'its timeout ends with the headers: only `idleTimeoutMs` sees it' },
  'stream: abort': { kind: 'aborted' },
};

function complete(mark: string): Expectation {
  return { ends: mark, text: ANSWER, why: 'all of it, and the end mark' };
}

const quietAbort: Expectation = {
  ends: undefined,
  why: 'the loop ends without an error: only the signal itself tells',
};
const ownReason: Expectation = {
  kind: 'unknown',
  why: "throws the caller's reason, which can be anything: only the signal itself tells",
};

interface Sdk {
  readonly packages: readonly (keyof typeof packageJson.devDependencies)[];
  /** As rows of the corpus name who answered. */
  readonly provider: string;
  readonly differs: Partial<SdkTable>;
}

/** One way of using one SDK, and where it leads elsewhere than `usual`. */
export const sdks = {
  openai: {
    packages: ['openai'],
    provider: 'openai',
    differs: { 'stream: abort': quietAbort },
  },
  'openai responses': {
    packages: ['openai'],
    provider: 'openai',
    differs: {
      'stream: answer': complete('response.completed'),
      'stream: abort': quietAbort,
    },
  },
  anthropic: {
    packages: ['@anthropic-ai/sdk'],
    provider: 'anthropic',
    differs: {
      'stream: answer': complete('message_stop'),
      'stream: abort': quietAbort,
    },
  },
  'anthropic .stream()': {
    packages: ['@anthropic-ai/sdk'],
    provider: 'anthropic',
    differs: {
      'stream: answer': complete('message_stop'),
      'stream: clean early end': { kind: 'network', why: 'it insists on `message_stop` itself' },
    },
  },
  groq: { packages: ['groq-sdk'], provider: 'groq', differs: { 'stream: abort': quietAbort } },
  genai: {
    packages: ['@google/genai'],
    provider: 'gemini',
    differs: {
      'stream: answer': complete('STOP'),
      timeout: { kind: 'aborted', why: 'the same AbortError as for an abort' },
      'timeout beside a signal': { kind: 'aborted', why: 'the same AbortError as for an abort' },
      'stream: stall': { kind: 'aborted', why: 'its timeout fires, with the same AbortError as for an abort' },
    },
  },
  mistral: {
    packages: ['@mistralai/mistralai'],
    provider: 'mistral',
    differs: {
      'timeout beside a signal': {
        hangs: true,
        why: 'a signal switches `timeoutMs` off: only `attemptTimeoutMs` ends it',
      },
      'abort with a reason': ownReason,
      'stream: error event first': {
        kind: 'unknown',
        why: 'a ZodError about the shape of the event; its words are gone',
      },
      'stream: error event after content': {
        kind: 'unknown',
        why: 'a ZodError about the shape of the event; its words are gone',
      },
      'stream: stall': { kind: 'timeout', why: 'its timeout covers the body, as long as no signal is given' },
    },
  },
  ollama: {
    packages: ['ollama'],
    provider: 'ollama',
    differs: {
      'HTTP 429 with a wait': {
        kind: 'rate_limit',
        why: 'its errors carry no headers: only the `fetch` handed in sees the wait',
      },
      'stream: HTTP 429 with a wait': {
        kind: 'rate_limit',
        why: 'its errors carry no headers: only the `fetch` handed in sees the wait',
      },
      'abort with a reason': ownReason,
      'stream: broken JSON': { kind: 'network', why: 'the line is skipped; then the stream is over without `done`' },
      'stream: clean early end': { kind: 'network', why: 'it insists on `done` itself' },
      'stream: stall': { kind: 'timeout', why: 'the signal in its `fetch` covers the body' },
    },
  },
  bedrock: {
    packages: ['@aws-sdk/client-bedrock-runtime'],
    provider: 'bedrock',
    differs: {
      'stream: answer': complete('end_turn'),
      'stream: abort': { kind: 'network', why: 'the same ECONNRESET as for a cut: only the signal itself tells' },
    },
  },
  'bedrock invoke': {
    packages: ['@aws-sdk/client-bedrock-runtime'],
    provider: 'bedrock',
    differs: {
      'stream: abort': { kind: 'network', why: 'the same ECONNRESET as for a cut: only the signal itself tells' },
    },
  },
  cohere: {
    packages: ['cohere-ai'],
    provider: 'cohere',
    differs: {
      'broken JSON': {
        ends: undefined,
        why: 'resolves, to `{ ok: false, error: { reason: "non-json" } }` in place of an answer',
      },
      'stream: answer': complete('COMPLETE'),
      'stream: error event first': {
        ends: 'ERROR',
        why: 'an ordinary end, finish reason ERROR: only `isComplete` or the `fetch` handed in tells',
      },
      'stream: error event after content': {
        ends: 'ERROR',
        why: 'an ordinary end, finish reason ERROR: only `isComplete` or the `fetch` handed in tells',
      },
    },
  },
  'ai + openai': { packages: ['ai', '@ai-sdk/openai'], provider: 'ai-sdk', differs: aiSdk() },
  'ai + anthropic': { packages: ['ai', '@ai-sdk/anthropic'], provider: 'ai-sdk', differs: aiSdk() },
  'ai + google': { packages: ['ai', '@ai-sdk/google'], provider: 'ai-sdk', differs: aiSdk() },
  langchain: { packages: ['@langchain/openai'], provider: 'langchain', differs: {} },
} satisfies Record<string, Sdk>;

export type SdkName = keyof typeof sdks;

export function expectationsFor(sdk: SdkName): SdkTable {
  return { ...usual, ...sdks[sdk].differs };
}

/** With the versions the verdicts are held for. */
export function packagesOf(sdk: SdkName): string[] {
  return sdks[sdk].packages.map((name) => `${name}@${packageJson.devDependencies[name]}`);
}

function aiSdk(): Partial<SdkTable> {
  return {
    'abort with a reason': ownReason,
    'stream: clean early end': { ends: 'interrupted', why: 'finish reason `interrupted`: no end mark' },
    'stream: stall': {
      ends: 'abort part: TimeoutError: The operation was aborted due to timeout',
      why: 'its timeout fires, as an `abort` part and not as an error',
    },
    'stream: abort': {
      ends: 'abort part: AbortError: This operation was aborted',
      why: 'an `abort` part and not an error: only the signal itself tells',
    },
  };
}
