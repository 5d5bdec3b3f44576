import type { LoopbackProvider, Reply } from '../../examples/support/loopback-provider.ts';
import {
  answers,
  brokenJson,
  drops,
  endsEarly,
  htmlError,
  httpError,
  startLoopbackProvider,
  stalls,
  streamError,
} from '../../examples/support/loopback-provider.ts';
import type { Ask, SdkDriver } from './sdk-driver.ts';

/** What the provider says when all is well. */
export const ANSWER = 'hello there';
/** The wait every 429 of the suite names. */
export const RETRY_AFTER_SECONDS = 7;
/** The SDK's own timeout where a case is about it. */
const TIMEOUT_MS = 50;
/** Where an answer has to begin within the timeout, also on a busy machine. */
const ROOMY_TIMEOUT_MS = 150;
/** A model that never answers: asked when it has to be shown that an SDK's timeout would have fired by now. */
const YARDSTICK = 'yardstick';
const ABORT_REASON = 'the user closed the tab';

/** What an SDK let its caller see. */
export type Outcome =
  | { readonly type: 'thrown'; readonly error: unknown }
  | { readonly type: 'ended'; readonly text: string; readonly mark: string | undefined }
  | { readonly type: 'hung' };

export interface SdkCase {
  readonly mode: 'call' | 'stream';
  play(stage: Stage): Promise<Outcome>;
}

export interface Stage {
  readonly driver: SdkDriver;
  readonly provider: LoopbackProvider;
  readonly model: string;
}

/** Everything that is done to each SDK. The order is that of the tables in `docs/sdks.md`. */
export const sdkCases = {
  answer: call(answers(ANSWER)),
  'HTTP 401': call(httpError(401)),
  'HTTP 429 with a wait': call(httpError(429, { retryAfterSeconds: RETRY_AFTER_SECONDS })),
  'HTTP 500': call(httpError(500)),
  'HTTP 529': call(httpError(529)),
  'HTML 502': call(htmlError(502)),
  'broken JSON': call(brokenJson()),
  'connection refused': { mode: 'call', play: playRefused },
  'socket reset': call(drops('before-response')),
  timeout: { mode: 'call', play: playTimeout },
  'timeout beside a signal': { mode: 'call', play: playTimeoutBesideSignal },
  abort: { mode: 'call', play: (stage) => playAbort(stage, undefined) },
  'abort with a reason': { mode: 'call', play: (stage) => playAbort(stage, new Error(ABORT_REASON)) },
  'stream: answer': stream(answers(ANSWER)),
  'stream: HTTP 429 with a wait': stream(httpError(429, { retryAfterSeconds: RETRY_AFTER_SECONDS })),
  'stream: error event first': stream(streamError({ status: 529 })),
  'stream: error event after content': stream(streamError({ status: 529, after: 'half an' })),
  'stream: broken JSON': stream(brokenJson()),
  'stream: socket closed': stream(drops('mid-stream', 'close')),
  'stream: socket reset': stream(drops('mid-stream', 'reset')),
  'stream: clean early end': stream(endsEarly('half an')),
  'stream: stall': { mode: 'stream', play: playStall },
  'stream: abort': { mode: 'stream', play: playStreamAbort },
} satisfies Record<string, SdkCase>;

export type SdkCaseName = keyof typeof sdkCases;

export function sdkCaseNames(mode: SdkCase['mode']): SdkCaseName[] {
  return Object.keys(sdkCases).filter((name): name is SdkCaseName => isCaseName(name) && sdkCases[name].mode === mode);
}

function isCaseName(name: string): name is SdkCaseName {
  return Object.hasOwn(sdkCases, name);
}

function call(reply: Reply): SdkCase {
  return {
    mode: 'call',
    play: (stage) => {
      stage.provider.on('*', reply);
      return callOutcome(stage.driver, ask(stage));
    },
  };
}

function stream(reply: Reply): SdkCase {
  return {
    mode: 'stream',
    play: (stage) => {
      stage.provider.on('*', reply);
      return streamOutcome(stage.driver, ask(stage));
    },
  };
}

async function playRefused(stage: Stage): Promise<Outcome> {
  const gone = await startLoopbackProvider();
  await gone.close();
  return callOutcome(stage.driver, { url: gone.url(stage.driver.wire), model: stage.model });
}

async function playTimeout(stage: Stage): Promise<Outcome> {
  stage.provider.on('*', stalls('silent'));
  return callOutcome(stage.driver, { ...ask(stage), timeoutMs: TIMEOUT_MS });
}

/** With the signal of a caller who does not use it, as every call under a failover has one. */
async function playTimeoutBesideSignal(stage: Stage): Promise<Outcome> {
  stage.provider.on('*', stalls('silent'));
  const { signal } = new AbortController();
  return orHung(stage, callOutcome(stage.driver, { ...ask(stage), timeoutMs: TIMEOUT_MS, signal }), TIMEOUT_MS);
}

async function playAbort(stage: Stage, reason: Error | undefined): Promise<Outcome> {
  stage.provider.on('*', stalls('silent'));
  const controller = new AbortController();
  const outcome = callOutcome(stage.driver, { ...ask(stage), signal: controller.signal });
  await Promise.race([stage.provider.stalled(), outcome]);
  controller.abort(reason);
  return outcome;
}

async function playStreamAbort(stage: Stage): Promise<Outcome> {
  stage.provider.on('*', stalls('mid-stream'));
  const controller = new AbortController();
  return streamOutcome(stage.driver, { ...ask(stage), signal: controller.signal }, () => controller.abort());
}

async function playStall(stage: Stage): Promise<Outcome> {
  stage.provider.on('*', stalls('mid-stream'));
  return orHung(stage, streamOutcome(stage.driver, { ...ask(stage), timeoutMs: ROOMY_TIMEOUT_MS }), ROOMY_TIMEOUT_MS);
}

/**
 * The outcome, if the SDK's timeout brings one about. Two more requests that the same timeout ends, one after the
 * other and both after the stall began, show that it had its chance.
 */
async function orHung(stage: Stage, outcome: Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
  const { driver, provider } = stage;
  await Promise.race([provider.stalled(), outcome]);
  provider.on(YARDSTICK, stalls('silent'));
  const asked = { ...ask(stage), model: YARDSTICK, timeoutMs };
  const yardstick = (): Promise<Outcome> =>
    driver.call === undefined ? streamOutcome(driver, asked) : callOutcome(driver, asked);
  const hung = yardstick()
    .then(yardstick)
    .then((): Outcome => ({ type: 'hung' }));
  const first = await Promise.race([outcome, hung]);
  await hung;
  provider.disconnect();
  await outcome;
  return first;
}

function ask({ driver, provider, model }: Stage): Ask {
  return { url: provider.url(driver.wire), model };
}

async function callOutcome(driver: SdkDriver, asked: Ask): Promise<Outcome> {
  if (driver.call === undefined) throw new Error('this driver has no plain call');
  try {
    return { type: 'ended', text: await driver.call(asked), mark: undefined };
  } catch (error) {
    return { type: 'thrown', error };
  }
}

async function streamOutcome(driver: SdkDriver, asked: Ask, onContent?: () => void): Promise<Outcome> {
  if (driver.stream === undefined) throw new Error('this driver has no stream');
  let text = '';
  try {
    const pieces = driver.stream(asked);
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return { type: 'ended', text, mark: next.value };
      text += next.value;
      if (next.value !== '') onContent?.();
    }
  } catch (error) {
    return { type: 'thrown', error };
  }
}
