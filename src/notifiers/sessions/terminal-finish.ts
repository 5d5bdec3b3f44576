/**
 * Finish reasons after which nothing more comes, in the words of OpenAI, Anthropic, Google, Mistral, Cohere, Ollama,
 * Bedrock and the AI SDK. Tool calls (`tool_calls`, `tool_use`, …) and pauses (`pause_turn`) go on; so does what we
 * do not know.
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

/** Whether a finish reason ends a session: without regard to case, `-` or `_`. */
export function isTerminalFinish(finishReason: string): boolean {
  return terminal.has(finishReason.trim().toLowerCase().replaceAll('-', '_'));
}
