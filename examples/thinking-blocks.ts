/**
 * A thinking block is signed by the provider that made it, and no other takes it. `context.previous` says which tier this
 * call failed at before, so that the call can leave out of the history what the next provider would refuse.
 */
import Anthropic from '@anthropic-ai/sdk';
import { createFailover } from 'tierfall';
import { answers, httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();

/** What each request sent, by the types of its blocks. The second provider is a gateway that speaks the same format. */
const sent: string[] = [];
const anthropic = new Anthropic({ apiKey: 'not-a-key', baseURL: loopback.url('anthropic'), maxRetries: 0 });

const history: Anthropic.MessageParam[] = [
  { role: 'user', content: 'What is 17 * 23?' },
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: '17 * 23 is 17 * 20 and 17 * 3.', signature: 'signed-by-anthropic' },
      { type: 'text', text: '391' },
    ],
  },
  { role: 'user', content: 'And times two?' },
];

const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'gateway/claude-sonnet-5'] });

const ask = () =>
  failover.run(({ provider, model }, { previous, signal }) => {
    const isElsewhere = previous !== undefined && previous.tier.provider !== provider;
    const messages = isElsewhere ? history.map(withoutThinking) : history;
    sent.push(`${provider}: ${messages.flatMap(typesOf).join(' ')}`);
    return anthropic.messages.create({ model, max_tokens: 99, messages }, { signal });
  });

function withoutThinking(message: Anthropic.MessageParam): Anthropic.MessageParam {
  if (message.role !== 'assistant' || typeof message.content === 'string') return message;
  return { ...message, content: message.content.filter(({ type }) => !/thinking/u.test(type)) };
}

function typesOf({ content }: Anthropic.MessageParam): string[] {
  return typeof content === 'string' ? ['text'] : content.map(({ type }) => type);
}

console.log('The first provider is overloaded, and the gateway takes no thinking blocks:');
loopback.on('claude-opus-4-8', httpError(529));
loopback.on('claude-sonnet-5', answers('782'));
const { tier } = await ask();
check(sent[0] === 'anthropic: text thinking text text', sent[0]);
check(sent[1] === 'gateway: text text text', sent[1]);
check(tier.provider === 'gateway', `${tier.provider} answers`);

function check(isTrue: boolean, what: string | undefined): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
