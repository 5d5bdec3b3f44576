/**
 * Telegram messages to an operator: an agent was moved to another provider, and reset to the first one.
 *
 * A loopback server replaces Telegram, and the HTML that it received is printed. With your own bot leave out `apiRoot`;
 * or set TIERFALL_TELEGRAM_BOT_TOKEN and TIERFALL_TELEGRAM_CHAT_ID and use `notifiersFromEnv()`.
 */
import { createFailover, resolveWithFallback } from 'tierfall';
import { createTelegramNotifier } from 'tierfall/notifiers';
import { startLoopbackChannels } from './support/loopback-channels.ts';

const channels = await startLoopbackChannels();

const telegram = createTelegramNotifier({
  token: '123456789:loopback-bot-token',
  chatId: -1001234567890,
  apiRoot: channels.telegramRoot,
  link: 'https://status.example/agents',
});
const failover = createFailover({
  chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'],
  notifiers: [telegram],
});

// Stands for the call of your SDK. Today the credit at the first provider is used up.
let creditIsUsedUp = true;
async function ask(provider: string, model: string): Promise<string> {
  if (provider === 'anthropic' && creditIsUsedUp) {
    const message = 'Your credit balance is too low to access the Anthropic API.';
    const error = { type: 'error', error: { type: 'invalid_request_error', message } };
    throw Object.assign(new Error(message), { status: 400, error });
  }
  return `${model} says hello`;
}

const options = { instance: 'support-bot', session: 'a4f0c1d2-93b1-4c7e-8a55-2b8f0d6c1e77' };
for (let question = 1; question <= 20; question++) {
  await resolveWithFallback(failover, (tier) => ask(tier.provider, tier.model), options);
}

// Somebody pays the bill and resets the agent.
creditIsUsedUp = false;
await failover.reset('support-bot', { by: 'ann' });
const { value } = await resolveWithFallback(failover, (tier) => ask(tier.provider, tier.model), options);

// Delivers what is still queued.
await failover.close();
await channels.close();

for (const { body } of channels.requests) console.log(`${String(body['text'])}\n`);
console.log(`21 questions, ${channels.requests.length} messages; the last answer: ${value}`);
