/**
 * A new chain while the workers run: two of them share a store, an operator gives both another first model. The call
 * that is under way ends on the chain it began with, a worker that is restarted goes on with the new one, and one that
 * is deployed with a chain of its own goes by that.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFailover, isTierfallError, type Tier } from 'tierfall';
import { createSqliteStore } from 'tierfall/stores/sqlite';

const folder = await mkdtemp(join(tmpdir(), 'tierfall-'));
const path = join(folder, 'store.db');
/** As a process of its own would do it. SQLite tells nobody of a change: a worker looks again after `stalenessMs`. */
const start = (chain: string[], log: string[] = []) => {
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, error: silent, warn: (line: string) => void log.push(line) };
  return createFailover({ chain, store: createSqliteStore({ path }), stalenessMs: 0, logger });
};
const code = ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'];
const ask = ({ model }: Tier) => model;

const [failover, other] = [start(code), start(code)];
check((await other.run(ask)).value === 'claude-opus-4-8', 'both workers begin with the chain of their code');

console.log('An operator changes it:');
let finish = (_answer: string): void => undefined;
const underWay = failover.run(() => new Promise<string>((resolve) => (finish = resolve)));
await failover.update({ chain: ['google/gemini-3-pro', 'openai/gpt-5.2'] }, { by: 'dana' });
check((await failover.run(ask)).value === 'gemini-3-pro', 'the next call goes by the new chain');
check((await other.run(ask)).value === 'gemini-3-pro', 'and so does one of the other worker');
finish('done');
check((await underWay).tier.model === 'claude-opus-4-8', 'the call under way ends where it began');
const late = await other
  .update({ policy: { onExhausted: 'throw' } }, { by: 'sam', expectedVersion: 0 })
  .catch((error: unknown) => error);
check(isTierfallError(late, 'TIERFALL_CONFIG_CONFLICT'), 'an update that was made for an older version is refused');

console.log('Restarts and deployments:');
check((await start(code).run(ask)).value === 'gemini-3-pro', 'a restart goes on with the new chain');
const log: string[] = [];
const deployed = start(['mistral/mistral-large-3', 'openai/gpt-5.2'], log);
check((await deployed.run(ask)).value === 'mistral-large-3', 'code with another chain goes by that');
check(log.length === 1, `and says so: ${log[0]}`);
await failover.update({ chain: code }, { by: 'dana' });
check((await start(code).run(ask)).value === 'claude-opus-4-8', "back: an update with the code's own chain");

await Promise.all([failover, other, deployed].map((each) => each.close()));
await rm(folder, { recursive: true, force: true });

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
