import { StoreError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { ActivitySource } from '../../ports/activity.js';
import { parseEvent } from '../arguments.js';
import { decodeKey } from '../keys.js';
import { createLedgerReader, type ListedState } from '../ledger-reader.js';
import { activityKeys, readRedisActivity, readRedisAgent } from './activity.js';
import { isRedisReader, listOf, redisCommands, type RedisReader } from './commands.js';

const STORE = 'Redis activity source';
const INSTANCES_PER_READ = 500;

/** What `createRedisActivitySource` takes. */
export interface RedisActivitySourceOptions {
  /** Your own client: ioredis (`Redis`, `Cluster`) or node-redis (connected). A user that may only read is enough. */
  client: RedisReader;
  /** What the store's keys begin with. Default `'tierfall:'`. */
  prefix?: string | undefined;
}

/**
 * Reads activity and ledgers of a Redis store through commands that cannot write: HMGET, LRANGE, ZRANGEBYLEX and
 * ZRANGEBYSCORE, no scripts. Every method rejects with `StoreError`.
 *
 * @throws {StoreError} an option is wrong
 */
export function createRedisActivitySource(options: RedisActivitySourceOptions): ActivitySource {
  const { client, prefix = 'tierfall:' } = options ?? {};
  const wrong = (what: string) => new StoreError({ operation: 'create', message: `${STORE}: ${what}` });
  const [unknown] = unknownOptions(options ?? {}, ['client', 'prefix']);
  if (unknown) throw wrong(`${unknown.path}: ${unknown.message}`);
  if (typeof prefix !== 'string' || !/^[^{}]*$/.test(prefix)) throw wrong('prefix must be a text without braces');
  if (!isRedisReader(client)) {
    throw wrong('client must be a client of ioredis or node-redis (createClient), e.g. { client: new Redis(url) }');
  }
  const commands = redisCommands(client, STORE);
  const keys = activityKeys(prefix);
  const index = `${prefix}instances`;
  const keyOf = (name: string, part: string) => `${prefix}{instance:${name}}:${part}`;

  return {
    readActivity: (query) => readRedisActivity(commands, keys, query),
    readAgent: async (instance, query) => readRedisAgent(commands, keys, instance, query),
    readLedgers: createLedgerReader({
      async list() {
        const states: ListedState[] = [];
        let from = '-';
        while (true) {
          const reply = await commands.ask(
            index,
            'ZRANGEBYLEX',
            index,
            from,
            '+',
            'LIMIT',
            '0',
            String(INSTANCES_PER_READ),
          );
          const names = listOf(reply).map(String);
          const versions = await Promise.all(
            names.map(async (name) =>
              listOf(await commands.ask(keyOf(name, 'state'), 'HMGET', keyOf(name, 'state'), 'version')).at(0),
            ),
          );
          for (const [place, name] of names.entries()) {
            const version = versions[place];
            if (version != null)
              states.push({ id: name, key: `instance:${decodeKey(name)}`, version: Number(version) });
          }
          if (names.length < INSTANCES_PER_READ) return states;
          from = `(${names.at(-1)}`;
        }
      },
      async read({ id, key }, limit) {
        const [state, ledger] = [keyOf(String(id), 'state'), keyOf(String(id), 'ledger')];
        const fields = await commands.ask(state, 'HMGET', state, 'state', 'seq');
        const [text, seq] = listOf(fields);
        const reply = await commands.ask(ledger, 'LRANGE', ledger, String(-limit), '-1');
        const rows = listOf(reply).map(String);
        const firstSeq = Number(seq ?? rows.length) - rows.length + 1;
        return {
          state: String(text),
          rows: rows.map((row, place) => parseEvent(STORE, key, Math.max(1, firstSeq + place), row)).toReversed(),
        };
      },
    }),
  };
}
