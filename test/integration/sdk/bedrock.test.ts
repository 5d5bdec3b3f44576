import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

/** The client's own handler speaks HTTP/2, which the loopback server does not. */
function client(ask: Ask): BedrockRuntimeClient {
  const requestTimeout = ask.timeoutMs ?? PATIENCE_MS;
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: ask.url,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({ requestTimeout, throwOnRequestTimeout: true }),
    ...(ask.ownRetries === true ? {} : { maxAttempts: 1 }),
  });
}

function options(ask: Ask): { abortSignal?: AbortSignal } {
  return given('abortSignal', ask.signal);
}

const converse: SdkDriver = {
  wire: 'bedrock',
  async call(ask) {
    const input = { modelId: ask.model, messages: [{ role: 'user' as const, content: [{ text: PROMPT }] }] };
    const answer = await client(ask).send(new ConverseCommand(input), options(ask));
    return answer.output?.message?.content?.[0]?.text ?? JSON.stringify(answer);
  },
  async *stream(ask) {
    const input = { modelId: ask.model, messages: [{ role: 'user' as const, content: [{ text: PROMPT }] }] };
    const answer = await client(ask).send(new ConverseStreamCommand(input), options(ask));
    let mark: string | undefined;
    for await (const event of answer.stream ?? []) {
      mark = event.messageStop?.stopReason ?? mark;
      yield event.contentBlockDelta?.delta?.text ?? '';
    }
    return mark;
  },
};

const invoke: SdkDriver = {
  wire: 'bedrock',
  async call(ask) {
    const command = new InvokeModelCommand({ modelId: ask.model, body: JSON.stringify({ prompt: PROMPT }) });
    const answer = await client(ask).send(command, options(ask));
    return completion(JSON.parse(answer.body.transformToString())).text;
  },
  async *stream(ask) {
    const command = new InvokeModelWithResponseStreamCommand({
      modelId: ask.model,
      body: JSON.stringify({ prompt: PROMPT }),
    });
    const answer = await client(ask).send(command, options(ask));
    let mark: string | undefined;
    for await (const event of answer.body ?? []) {
      const part = completion(JSON.parse(Buffer.from(event.chunk?.bytes ?? []).toString('utf8')));
      mark = part.mark ?? mark;
      yield part.text;
    }
    return mark;
  },
};

/** The body of `invoke` is the model's own; here, the loopback provider's. */
function completion(body: { completion: string; stop_reason?: string }): { text: string; mark: string | undefined } {
  return { text: body.completion, mark: body.stop_reason };
}

holdVerdicts('bedrock', converse);
holdVerdicts('bedrock invoke', invoke);
holdStreams('bedrock', converse);
holdStreams('bedrock invoke', invoke);
holdTries('bedrock', converse);
