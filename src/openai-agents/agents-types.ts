/*
 * What a chain needs of the models of the OpenAI Agents SDK, by shape: these types compile beside any version of it,
 * and nothing of it is imported.
 */

/** A `Model` of the SDK, e.g. an `OpenAIResponsesModel`. */
export interface AnyAgentsModel {
  getResponse(request: never): Promise<AnyModelResponse>;
  getStreamedResponse(request: never): AsyncIterable<AnyStreamEvent>;
}

/** What a model answered. */
export interface AnyModelResponse {
  readonly output: readonly object[];
  readonly usage: AnyUsage;
  readonly providerData?: Record<string, unknown> | undefined;
}

/** What is read of the tokens that an answer used. */
export interface AnyUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly inputTokensDetails?: unknown;
}

/** An event of a stream. */
export interface AnyStreamEvent {
  readonly type: string;
}

/** What is read of a request, beside what is handed on. */
export interface AnyModelRequest {
  readonly signal?: AbortSignal | undefined;
  readonly modelSettings?: object | undefined;
}

/** What a model is called with. */
export type RequestOf<M> = M extends { getResponse(request: infer Request): unknown } ? Request : never;

/** The model made of a chain: as the models of its tiers, of their two methods. */
export type AgentsModelOf<M> = M extends unknown ? Pick<M, ('getResponse' | 'getStreamedResponse') & keyof M> : never;
