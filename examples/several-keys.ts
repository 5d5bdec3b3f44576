/**
 * Several keys for one model. A key that has reached its limit or was revoked gives way to the next key of the same
 * model, before any other model is asked. With `order: 'session'` each session keeps its key, and with it the prompt
 * cache that belongs to it. A key that was replaced is asked at once: its fingerprint has changed.
 */
import OpenAI from 'openai';
import { createFailover, createMemoryStore, type CallContext, type Tier } from 'tierfall';
import { answers, httpError, startLoopbackProvider } from './support/loopback-provider.ts';

await using loopback = await startLoopbackProvider();
const messages = [{ role: 'user' as const, content: 'Say hello.' }];
/** Keys stay where the call reads them: the chain only names them. */
const secrets: Record<string, string> = { team: 'key-of-team', personal: 'key-of-personal', spare: 'key-of-spare' };

async function ask({ model, credential = '' }: Tier, { signal, fetch }: CallContext): Promise<string> {
  const client = new OpenAI({ apiKey: secrets[credential] ?? 'key-of-nobody', baseURL: loopback.url('openai'), fetch });
  const answer = await client.chat.completions.create({ model, messages }, { signal });
  return answer.choices[0]?.message.content ?? '';
}

console.log('Two keys, the first one first. It reaches its limit:');
loopback.on('gpt-5', ({ account = '' }) =>
  account === 'team' ? httpError(429, { retryAfterSeconds: 60 }) : answers(`hello, ${account}`),
);
const store = createMemoryStore();
const chain = [{ provider: 'openai', model: 'gpt-5', credentials: ['team', 'personal'] }, 'openai/gpt-5-mini'] as const;
const failover = createFailover({ chain, store });
const { value, attempts, tier } = await failover.run(ask);
check(value === 'hello, personal', `the other key answered, and the model is still ${tier.model}`);
check(attempts[0]?.tier === 'openai/gpt-5@team' && attempts[0].retryAfterMs === 60_000, 'it asked for 60 s of peace');
await failover.run(ask);
check(loopback.requests.filter(({ account }) => account === 'team').length === 1, 'and gets them');

console.log('A fault of the model is no fault of a key:');
loopback.on('gpt-5', httpError(529));
const { attempts: tried } = await failover.run(ask);
check(
  tried.map((attempt) => attempt.tier).join() === 'openai/gpt-5@personal,openai/gpt-5-mini',
  'no other key is asked',
);
await failover.close();

console.log('Three keys of equal rank, each session with its own:');
loopback.on('gpt-5', ({ account = '' }) => answers(account));
const names = Object.keys(secrets);
const pool = createFailover({ chain: [{ provider: 'openai', model: 'gpt-5', credentials: names, order: 'session' }] });
const sessions = Array.from({ length: 12 }, (_, at) => `session-${at}`);
const keysOf = async () => (await Promise.all(sessions.map((session) => pool.run(ask, { session })))).map(valueOf);
const first = await keysOf();
check(new Set(first).size === 3, `twelve sessions use ${[...new Set(first)].sort().join(', ')}`);
check((await keysOf()).join() === first.join(), 'and each of them the same key again');
loopback.on('gpt-5', ({ account = '' }) => (account === 'spare' ? httpError(401) : answers(account)));
const second = await keysOf();
const stayed = first.every((key, at) => key === 'spare' || second[at] === key);
check(!second.includes('spare') && stayed, 'a key is revoked: only its own sessions move');
await pool.close();

console.log('The revoked key is replaced:');
const withKey = (fingerprint: string) =>
  createFailover({
    chain: [{ provider: 'openai', model: 'gpt-5', credentials: [{ name: 'spare', fingerprint }, 'team'] }],
    store,
  });
const before = withKey('version-1');
check((await before.run(ask, { instance: 'worker' })).value === 'team', 'version 1 of it is refused');
await before.close();
loopback.on('gpt-5', ({ account = '' }) => answers(account));
const after = withKey('version-2');
check(
  (await after.run(ask, { instance: 'worker' })).value === 'spare',
  'version 2 is asked at once, in the next process',
);
await after.close();

function valueOf<V>({ value: answer }: { value: V }): V {
  return answer;
}

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
