import { httpError, type Answering } from '../../support/loopback-provider.ts';

/** A good answer in the format of OpenAI's chat completions, streamed or whole, that calls one tool. */
export function callsTool(name: string, input: object): Answering {
  return ({ model, streaming }) => {
    const call = { id: 'call_1', type: 'function', function: { name, arguments: JSON.stringify(input) } };
    const message = { role: 'assistant', content: null };
    // Of its own: LangGraph takes two messages of one id for one.
    const about = { id: 'chatcmpl-tool', created: 1, model };
    if (!streaming) {
      const choice = { index: 0, message: { ...message, tool_calls: [call] }, finish_reason: 'tool_calls' };
      const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
      return httpError(200, { body: { ...about, object: 'chat.completion', choices: [choice], usage } });
    }
    const chunk = (delta: object, finish: string | null): string => {
      const choices = [{ index: 0, delta, finish_reason: finish }];
      return `data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices })}\n\n`;
    };
    const started = chunk({ ...message, tool_calls: [{ index: 0, ...call }] }, null);
    const body = `${started}${chunk({}, 'tool_calls')}data: [DONE]\n\n`;
    return httpError(200, { headers: { 'content-type': 'text/event-stream' }, body });
  };
}
