import { fieldsOf, isObject, isText, listOf, typeOf } from '../core/answers/fields.js';
import { failureOfAnswer, formatOfValue } from '../core/answers/formats.js';
import type { Usage } from '../core/usage/usage.js';
import type { AnyModelResponse, AnyStreamEvent } from './agents-types.js';

/** The provider's own chunk in an event that has one: of chat completions, of responses, or of the AI SDK. */
function chunkIn(event: AnyStreamEvent): Readonly<Record<string, unknown>> | undefined {
  const { event: chunk } = fieldsOf(event);
  return event.type === 'model' && isObject(chunk) ? chunk : undefined;
}

/** The response that an event brings, at the end of a stream. */
function responseIn(event: AnyStreamEvent): AnyModelResponse | undefined {
  const { response } = fieldsOf(event);
  return event.type === 'response_done' && isObject(response) ? (response as unknown as AnyModelResponse) : undefined;
}

/** True for an event that holds text, reasoning, a part of a tool call, or the whole answer. */
export function isContentEvent(event: AnyStreamEvent): boolean {
  if (event.type === 'output_text_delta') return isText(fieldsOf(event)['delta']);
  const chunk = chunkIn(event);
  if (chunk) return formatOfValue(chunk)?.marks.isContent(chunk) === true;
  return listOf(responseIn(event), 'output').length > 0;
}

/** True for the event that ends a stream. */
export function isCompleteEvent(event: AnyStreamEvent): boolean {
  return event.type === 'response_done';
}

/**
 * Leaves the end out where the provider's own chunks know of none: the SDK makes a whole answer of a stream of chat
 * completions that was cut. What a failed one says of itself becomes the cause of the SDK's error.
 */
export async function* withoutFalseEnd(events: AsyncIterable<AnyStreamEvent>): AsyncGenerator<AnyStreamEvent> {
  let isKnown = false;
  let hasEnded = false;
  let failed: unknown;
  try {
    for await (const event of events) {
      const chunk = chunkIn(event);
      const format = chunk && formatOfValue(chunk);
      // The end of a response is never made up, and comes before the provider's own chunk that says so.
      isKnown ||= format !== undefined && !typeOf(chunk).startsWith('response.');
      hasEnded ||= format?.marks.isComplete(chunk) === true;
      failed ??= chunk && format?.failureOfChunk(chunk, true)?.inside;
      if (event.type !== 'response_done' || !isKnown || hasEnded) yield event;
    }
  } catch (error) {
    throw explained(error, failed);
  }
}

/** The SDK's error for a response that failed, which does not say why, with what is known of that as its cause. */
export function explained(error: unknown, failed?: unknown): unknown {
  if (!(error instanceof Error) || error.cause !== undefined) return error;
  // Of a response that was not streamed nothing else is left.
  const cause = failed ?? (error.message.includes('"response.failed"') ? { code: 'server_error' } : undefined);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** What an answer plainly failed with, which the SDK takes for an empty answer: the provider's own is beside it. */
export function failureInside(answer: unknown): { kind: 'server_error'; message: string } | undefined {
  const { providerData } = fieldsOf(answer);
  const failure = isObject(providerData) ? failureOfAnswer(providerData) : undefined;
  return failure && { kind: 'server_error', message: failure.reason };
}

/** What an answer, or the end of a stream, says of its tokens. */
export function usageOfAnswer(answer: unknown): Usage | undefined {
  const { usage } = fieldsOf(responseIn(answer as AnyStreamEvent) ?? answer);
  const { inputTokens, outputTokens, inputTokensDetails } = fieldsOf(usage);
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return undefined;
  // What the SDK says where the provider said nothing.
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  // A list, with an entry for each request.
  const details = [inputTokensDetails].flat().map(fieldsOf);
  const sum = (name: string) => details.reduce((total, entry) => total + (Number(entry[name]) || 0), 0);
  const [read, written] = [sum('cached_tokens'), sum('cache_write_tokens')];
  return {
    inputTokens,
    outputTokens,
    ...(read > 0 ? { cacheReadTokens: read } : {}),
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}

/**
 * An answer as a judge is given it: the provider's own chunk, or a response in the form of OpenAI's responses, which
 * the `judges` of `tierfall` read. `undefined` for an event that says nothing of the answer.
 */
export function asJudged(answer: unknown): object | undefined {
  const event = answer as AnyStreamEvent;
  const response = responseIn(event) ?? (Array.isArray(fieldsOf(answer)['output']) ? answer : undefined);
  return response ? { ...response, object: 'response', status: 'completed' } : chunkIn(event);
}
