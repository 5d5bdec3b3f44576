import type { BaseMessage } from '@langchain/core/messages';
import { fieldsOf, holdsAnything, isText, listOf, typeOf, type Fields } from '../core/answers/fields.js';
import { formatOfValue } from '../core/answers/formats.js';
import type { Usage } from '../core/usage/usage.js';
import type { JudgedMessage } from './model-types.js';

/** Fields of a content block that hold nothing to read. */
const noContent = ['type', 'index', 'id', 'phase'];

/** Blocks of a model's reasoning: content, but no answer. */
const reasoning = new Set(['thinking', 'redacted_thinking', 'reasoning', 'reasoning_content']);

/** Where integrations keep what has no place in `content`. */
const besideContent = ['reasoning_content', 'refusal', 'function_call', 'tool_calls', 'tool_outputs', 'audio'];

/** Integrations whose streams always end with a chunk that says why; `response_metadata.model_provider` names them. */
const marksItsEnd = new Set<unknown>(['openai', 'anthropic', 'google-genai']);

/** True for a message or chunk that holds text, reasoning, a part of a tool call, or anything else for the reader. */
export function isContentMessage(message: unknown): boolean {
  const { content, additional_kwargs: beside } = fieldsOf(message);
  if (isText(content) || listOf(message, 'content').some(isFilled)) return true;
  if (listOf(message, 'tool_call_chunks').length > 0 || listOf(message, 'tool_calls').length > 0) return true;
  const kept = fieldsOf(beside);
  return besideContent.some((name) => holdsAnything({ [name]: kept[name] }, []));
}

function isFilled(block: unknown): boolean {
  return isText(block) || holdsAnything(fieldsOf(block), noContent);
}

/** True for a chunk of a stream whose end is always marked. Not every chunk of such a stream says so. */
export function isOfMarked(chunk: unknown): boolean {
  return marksItsEnd.has(fieldsOf(fieldsOf(chunk)['response_metadata'])['model_provider']);
}

/** The end of a streamed answer as a chunk of it, of what callbacks are told: LangChain keeps it beside the message. */
export function endOfResult(result: unknown): Fields {
  const { message, generationInfo } = fieldsOf(firstGeneration(result));
  const { response_metadata: about, additional_kwargs } = fieldsOf(message);
  return { response_metadata: { ...fieldsOf(generationInfo), ...fieldsOf(about) }, additional_kwargs };
}

function firstGeneration(result: unknown): unknown {
  const [ofFirstPrompt] = listOf(result, 'generations');
  return Array.isArray(ofFirstPrompt) ? ofFirstPrompt[0] : undefined;
}

/** Why an answer ended, as its integration says it. */
export interface Finish {
  readonly reason: string;
  readonly isRefusal: boolean;
}

/** Why an answer ended; `undefined` for a chunk that does not say. Each provider has its own word at its own place. */
export function finishOf(message: unknown): Finish | undefined {
  const fields = fieldsOf(message);
  const about = fieldsOf(fields['response_metadata']);
  const beside = fieldsOf(fields['additional_kwargs']);
  // OpenAI's chat completions and all who speak like them.
  if (isText(about['finish_reason'])) {
    const choices = [{ delta: {}, finish_reason: about['finish_reason'] }];
    return finish(about['finish_reason'], { choices });
  }
  // Anthropic: of a stream beside the content.
  const stopped = isText(about['stop_reason']) ? about['stop_reason'] : beside['stop_reason'];
  if (isText(stopped)) return finish(stopped, { type: 'message', stop_reason: stopped });
  // Gemini.
  const { finishReason } = about;
  if (isText(finishReason)) return finish(finishReason, { candidates: [{ finishReason }] });
  // OpenAI's responses.
  const { status, incomplete_details } = about;
  if (status === 'completed' || status === 'incomplete') {
    return finish(status, { object: 'response', status, incomplete_details });
  }
  // Bedrock's Converse API, Ollama.
  const other = [about['stopReason'], fieldsOf(about['messageStop'])['stopReason'], about['done_reason']].find(isText);
  return other === undefined ? undefined : { reason: other, isRefusal: other === 'guardrail_intervened' };
}

function finish(reason: string, asProvider: Fields): Finish {
  return { reason, isRefusal: formatOfValue(asProvider)?.isRefusal(asProvider) === true };
}

/** A message as a judge is given it. `ended` is why its stream ended, where another chunk has said so. */
export function asJudged(message: BaseMessage, ended: Finish | undefined): JudgedMessage {
  const fields = fieldsOf(message);
  const { reason, isRefusal } = finishOf(message) ?? ended ?? { reason: null, isRefusal: false };
  const { content } = fields;
  const said = Array.isArray(content) ? content.filter((block) => isFilled(block) && !isReasoning(block)) : content;
  const calls = [...listOf(message, 'tool_calls'), ...listOf(message, 'tool_call_chunks')];
  const beside = fieldsOf(fields['additional_kwargs']);
  return {
    message,
    choices: [
      {
        message: { content: said, tool_calls: calls, refusal: beside['refusal'] ?? null, ...without(beside) },
        finish_reason: isRefusal ? 'content_filter' : reason,
      },
    ],
  };
}

function without(beside: Fields): Fields {
  const { function_call, tool_outputs, audio } = beside;
  return { function_call, tool_outputs, audio };
}

function isReasoning(block: unknown): boolean {
  return reasoning.has(typeOf(block));
}

/** What an answer cost, or what a chunk adds to it. */
export function usageOfMessage(message: unknown): Usage | undefined {
  const usage = fieldsOf(fieldsOf(message)['usage_metadata']);
  const { input_tokens: input, output_tokens: output } = usage;
  if (typeof input !== 'number' && typeof output !== 'number') return undefined;
  const details = fieldsOf(usage['input_token_details']);
  const { cache_read: read, cache_creation: written } = details;
  return {
    inputTokens: amount(input),
    outputTokens: amount(output),
    ...(typeof read === 'number' ? { cacheReadTokens: amount(read) } : {}),
    ...(typeof written === 'number' ? { cacheWriteTokens: amount(written) } : {}),
  };
}

/** What calls of models inside of a runnable cost, as LangChain tells its callbacks at the end of each. */
export function usageOfResult(result: unknown): Usage | undefined {
  const said = usageOfMessage(fieldsOf(firstGeneration(result))['message']);
  if (said) return said;
  const { promptTokens: input, completionTokens: output } = fieldsOf(
    fieldsOf(fieldsOf(result)['llmOutput'])['tokenUsage'],
  );
  if (typeof input !== 'number' && typeof output !== 'number') return undefined;
  return { inputTokens: amount(input), outputTokens: amount(output) };
}

/** The sum of two. */
export function addUsage(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
  if (!one || !other) return one ?? other;
  const read = (one.cacheReadTokens ?? 0) + (other.cacheReadTokens ?? 0);
  const written = (one.cacheWriteTokens ?? 0) + (other.cacheWriteTokens ?? 0);
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...(read > 0 ? { cacheReadTokens: read } : {}),
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
