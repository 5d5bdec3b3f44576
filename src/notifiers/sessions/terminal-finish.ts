/**
 * Finish reasons that end a session, in the words of OpenAI, Anthropic, Google, Mistral, Cohere, Ollama, Bedrock and
 * the AI SDK. After tool calls (`tool_calls`, `tool_use`, …), pauses (`pause_turn`) and unknown reasons it continues.
 */
const terminal: ReadonlySet<string> = new Set([
  'stop',
  'stop_sequence',
  'end_turn',
  'complete',
  'completed',
  'done',
  'length',
  'max_tokens',
  'max_output_tokens',
  'model_length',
  'model_context_window_exceeded',
  'content_filter',
  'content_filtered',
  'guardrail_intervened',
  'safety',
  'recitation',
  'blocklist',
  'prohibited_content',
  'spii',
  'refusal',
  'error',
  'error_toxic',
  'failed',
  'cancelled',
  'canceled',
]);

/** Whether a finish reason ends a session. Letter case does not matter, and `-` equals `_`. */
export function isTerminalFinish(finishReason: string): boolean {
  return terminal.has(finishReason.trim().toLowerCase().replaceAll('-', '_'));
}
