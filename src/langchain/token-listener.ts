import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { BaseTracer } from '@langchain/core/tracers/base';
import { typeOf, fieldsOf } from '../core/answers/fields.js';
import type { Usage } from '../core/usage/usage.js';
import { addUsage, endOfResult, isContentMessage, usageOfResult } from './read-message.js';

/**
 * Hears what the models inside of one call tell LangChain's callbacks: whether content has reached somebody who shows
 * it, how a stream behind an answer ended, and what each answer cost.
 */
export class TokenListener extends BaseCallbackHandler {
  readonly name = 'tierfall';
  // A token must be known of before its attempt can fail.
  override awaitHandlers = true;
  /** What the attempt under way has used. */
  used: Usage | undefined;
  /** Chunks of the streams behind the answers of the attempt under way. */
  chunks = 0;
  /** What was told at the end of the last of those streams. */
  ended: object | undefined;
  /** In events of version 3 it has not ended, or without a reason. */
  isOpen = false;
  #hasContent = false;
  readonly #isHeard: boolean;
  readonly #onUsage: ((used: Usage) => void) | undefined;

  /**
   * @param others the callbacks beside this one
   * @param onUsage called at the end of each answer
   */
  constructor(others: readonly object[], onUsage?: (used: Usage) => void) {
    super();
    this.#isHeard = others.some(hearsTokens);
    this.#onUsage = onUsage;
  }

  /** Content has reached a callback: another model would begin anew before the same reader. */
  get hasToldContent(): boolean {
    return this.#isHeard && this.#hasContent;
  }

  /** An attempt begins. */
  begin(): void {
    this.used = undefined;
    this.chunks = 0;
    this.ended = undefined;
    this.isOpen = false;
  }

  override handleLLMNewToken(token: string, ...[, , , , fields]: unknown[]): void {
    this.chunks++;
    this.#hasContent ||= token !== '' || isContentMessage(fieldsOf(fieldsOf(fields)['chunk'])['message']);
  }

  override handleChatModelStreamEvent(event: unknown): void {
    const { event: name = typeOf(event), reason } = fieldsOf(event);
    this.chunks++;
    if (name === 'message-start') this.isOpen = true;
    if (name === 'message-finish') this.isOpen = reason === undefined;
    this.#hasContent ||= name === 'content-block-delta';
  }

  override handleLLMEnd(result: unknown, ...[, , , about]: unknown[]): void {
    // What comes from a cache is told as one token, and may have lost its mark there.
    const isStreamed = this.chunks > 0 && fieldsOf(about)['cached'] !== true;
    this.ended = isStreamed ? endOfResult(result) : undefined;
    const used = usageOfResult(result);
    this.used = addUsage(this.used, used);
    if (used) this.#onUsage?.(used);
  }
}

/** A tracer writes tokens down for later; a handler that asks for streams, or has its own method, shows them. */
function hearsTokens(handler: object): boolean {
  // Of a chain that this one is a tier of.
  if (handler instanceof TokenListener) return false;
  if ('lc_prefer_streaming' in handler && handler.lc_prefer_streaming === true) return true;
  if ('lc_prefer_chat_model_stream_events' in handler && handler.lc_prefer_chat_model_stream_events === true) {
    return true;
  }
  return 'handleLLMNewToken' in handler && !(handler instanceof BaseTracer);
}
