import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readUntil } from '../../src/cli/arguments.js';
import { createFailover, type Failover, type StateStore } from '../../src/index.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';
import { databaseUrl, deleteKeys, dropSchemas, postgresServer, redisServer, redisUrl } from '../stores/servers.js';
import { run, type RunOptions } from './run.js';

const chain = [
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  { provider: 'openai', model: 'ft:gpt/5.2' },
  { provider: 'google', model: 'gemini-2.5-pro' },
];

let folder: string;
let path: string;
let store: StateStore & { close(): Promise<void> };
let failover: Failover;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierfall-cli-'));
  path = join(folder, 'tierfall.db');
  store = createSqliteStore({ path });
  failover = createFailover({ chain, store });
});
afterEach(async () => {
  await failover.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const cli = (argv: readonly string[], options?: RunOptions) => run([...argv, '--store', `sqlite:${path}`], options);

async function stepDown(name: string): Promise<void> {
  await failover.record(name, { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 240_000 });
  // A ledger row is read after it has been stored.
  await failover.history(name, { limit: 1 });
}

describe('status', () => {
  it('shows badge, name, model, why and what is next, in plain text', async () => {
    await stepDown('inbox-triage');
    await failover.pause('billing', { by: 'dana', reason: 'invoices' });
    const { code, out } = await cli(['status']);
    expect(code).toBe(0);
    const [billing, inbox] = out.split('\n');
    expect(billing).toMatch(/^✕ +billing +anthropic\/claude-sonnet-4-5 +Paused by dana +Until someone resumes it$/u);
    expect(inbox).toMatch(
      /^② +inbox-triage +openai\/ft:gpt\/5\.2 +Tier 1 rate limited +Tier 1 is tried again in 4 min$/u,
    );
  });

  it('shows the reason of a pause without its secrets, and so does the history', async () => {
    const reason = 'key sk-live-abcdefgh12345678 leaked';
    for (const target of ['inbox', { provider: 'openai' }, { all: true } as const]) {
      await failover.pause(target, { by: 'dana', reason });
    }
    const calls = [['status'], ['status', 'inbox', '--json'], ['history', 'inbox'], ['history', '--all', '--json']];
    for (const argv of calls) {
      const { out } = await cli(argv);
      expect(out).toContain('key [redacted] leaked');
      expect(out).not.toContain('sk-live');
    }
  });

  it('names the strongest of several pauses, in lines of its own and of each instance', async () => {
    await stepDown('inbox');
    for (const target of [{ provider: 'openai' }, { all: true } as const]) {
      await failover.pause(target, { by: 'grafana', reason: 'errors', source: 'alert' });
      await failover.pause(target, { by: 'dana', reason: 'bills' });
    }
    const { out } = await cli(['status']);
    expect(out).toContain('Everything is paused by dana: bills\n');
    expect(out).toContain('openai is paused by dana: bills\n');
    expect(out).toMatch(/inbox .*Paused by dana/u);
  });

  it('is JSON with --json: the views that the API gives', async () => {
    await stepDown('inbox-triage');
    const all = JSON.parse((await cli(['status', '--json'])).out);
    expect(all.instances).toMatchObject([{ name: 'inbox-triage', badge: '②', cause: 'rate_limit' }]);
    const one = JSON.parse((await cli(['status', 'inbox-triage', '--json'])).out);
    expect(one).toMatchObject({ name: 'inbox-triage', tier: { index: 1, provider: 'openai', model: 'ft:gpt/5.2' } });
  });

  it('counts what is paused for everybody', async () => {
    await stepDown('inbox-triage');
    await failover.pause({ provider: 'openai' }, { by: 'dana', reason: 'bills' });
    expect((await cli(['status'])).out).toMatch(/^openai is paused by dana: bills\n③/u);
    await failover.pause({ all: true }, { by: 'sam', reason: 'fire' });
    expect((await cli(['status'])).out).toMatch(/^Everything is paused by sam: fire\nopenai is paused .*\n✕/u);
  });

  it('says so where nothing is stored, and fails for a name nobody has heard of', async () => {
    await failover.history('x', { limit: 1 });
    expect(await cli(['status'])).toMatchObject({ code: 0, out: 'No instance is stored yet.\n' });
    expect(await cli(['status', 'nobody'])).toMatchObject({ code: 1, error: 'nothing is stored of nobody\n' });
  });

  it('prints nothing that a terminal would act on, and colours only on one', async () => {
    await failover.pause('evil\u001B[2J\u202Eagent', { by: 'x\u0007', reason: 'r' });
    const { out } = await cli(['status']);
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202E]/u);
    expect((await cli(['status'], { hasColours: true })).out).toContain('\u001B[31m✕');
  });
});

describe('status of states of other versions', () => {
  /** A stored state, written by hand. */
  const stored = async (name: string, changed: (state: Record<string, unknown>) => Record<string, unknown>) => {
    await stepDown(name);
    const { state, version } = (await store.load(`instance:${name}`))!;
    const { ok } = await store.commit(`instance:${name}`, version, changed(state as Record<string, unknown>), [
      { type: 'trial', at: 1 },
    ]);
    expect(ok).toBe(true);
  };

  it('shows the tiers of a state that does not name them one by one, and one that cannot be read', async () => {
    await stored('older', ({ identities: _identities, ...state }) => state);
    await stored('broken', () => ({ nothing: 'known' }));
    const { code, out } = await cli(['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/^. +broken +unknown\/unknown +Its record cannot be read +Until someone resets it$/mu);
    expect(out).toMatch(/^② +older +openai\/ft:gpt\/5\.2 /mu);
    expect((await cli(['pause', '--provider', 'nobody'])).error).toBe('');
  });

  it('shows the others beside a record that is no JSON', async () => {
    await stepDown('fine');
    await stepDown('damaged');
    const database = new DatabaseSync(path);
    database.exec("UPDATE tierfall_states SET state = '{' WHERE key = 'instance:damaged'");
    database.close();
    const { code, out } = await cli(['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/damaged +unknown\/unknown +Its record cannot be read/u);
    expect(out).toMatch(/^② +fine /mu);
  });

  it('shows a row of the ledger whose texts are none, and nothing of it that a terminal would act on', async () => {
    await stored('odd', (state) => state);
    const database = new DatabaseSync(path);
    const row = JSON.stringify({ type: 'trial\u001B[2J', at: 1, reason: 7, detail: {} });
    database.prepare('UPDATE tierfall_ledger SET event = ?').run(row);
    database.close();
    const { code, out } = await cli(['history', 'odd']);
    expect(code).toBe(0);
    expect(out).toContain('trial\uFFFD[2J  7');
    expect((await cli(['history', 'odd', '--json'])).code).toBe(0);
  });

  it('names the key of a tier, a budget that is used up, and a day that is not today', async () => {
    const keys = [
      { provider: 'anthropic', model: 'one', credential: 'k1' },
      { provider: 'openai', model: 'two' },
    ];
    const budgeted = createFailover({
      chain: keys,
      store,
      policy: { triggers: ['token_budget'], tokenBudget: { limit: 10, windowMs: 3_600_000 } },
    });
    await budgeted.recordUsage('spender', { inputTokens: 20, outputTokens: 0 });
    await budgeted.history('spender', { limit: 1 });
    await budgeted.record('saver', { tier: 0, ok: false, kind: 'overloaded' });
    await budgeted.reset('saver', { by: 'dana' });
    expect(JSON.parse((await cli(['status', 'saver', '--json'])).out).tier).toMatchObject({ credential: 'k1' });
    expect((await cli(['status'])).out).toMatch(/^② ⛽ +spender /mu);
    await budgeted.close();
    const tomorrow = () => Date.now() + 86_400_000;
    expect((await cli(['history', 'spender'], { now: tomorrow })).out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /u);
  });

  it('cuts what is too long for a line', async () => {
    await stepDown('a');
    await failover.pause({ all: true }, { by: 'dana', reason: 'r'.repeat(300) });
    expect((await cli(['status'])).out.split('\n')[0]).toMatch(/^Everything is paused by dana: r{199}…$/u);
  });
});

describe('pause, resume, reset, hold', () => {
  it('keep the reason, the end, and who acts by the name that the system knows', async () => {
    await stepDown('a');
    await cli(['pause', 'a', '--until', '+30m', '--reason', 'a look'], { env: { USER: '', LOGNAME: 'lee' } });
    expect((await store.history('instance:a', { limit: 1 }))[0]).toMatchObject({
      type: 'paused',
      by: 'lee',
      reason: 'a look',
    });
    expect((await cli(['ready', 'a'])).out).toMatch(/^not ready: Paused by lee, in (?:29|30) min\n$/u);
    await cli(['resume', 'a', '--reason', 'looked'], { env: { USER: undefined } });
    const [row] = await store.history('instance:a', { limit: 1 });
    expect(row).toMatchObject({ type: 'resumed', by: 'cli', reason: 'looked' });
  });

  it('act on the stored state, are rows of the ledger, and leave the chain as it is', async () => {
    await stepDown('inbox-triage');
    expect((await cli(['pause', 'inbox-triage', '--reason', 'a look', '--by', 'dana'])).out).toMatch(
      /^✕ .*Paused by dana/u,
    );
    expect((await cli(['resume', 'inbox-triage'])).out).toMatch(/^②/u);
    expect((await cli(['hold', 'inbox-triage', '2', '--until', '+2h'])).out).toMatch(/^③/u);
    expect((await cli(['hold', 'inbox-triage', 'openai/ft:gpt/5.2'])).code).toBe(0);
    expect((await cli(['reset', 'inbox-triage'])).out).toMatch(/^①/u);
    const rows = await store.history('instance:inbox-triage', { limit: 50 });
    const acts = rows.filter(({ by }) => by !== undefined && by !== 'tierfall');
    expect(acts.map(({ type, by }) => `${type} ${by}`).toReversed()).toEqual(
      expect.arrayContaining(['paused dana', 'resumed kim', 'held kim', 'reset kim']),
    );
    expect(rows.map(({ type }) => type)).not.toContain('chain-changed');
    expect((await createFailover({ chain, store }).state('inbox-triage')).ids).toHaveLength(3);
  });

  it('pause a provider and everything', async () => {
    await stepDown('inbox-triage');
    expect(await cli(['pause', '--provider', 'openai'])).toMatchObject({ code: 0, out: 'provider openai: paused\n' });
    expect((await cli(['status'])).out).toMatch(/^openai is paused by kim: no reason given\n③/u);
    expect((await cli(['pause', '--all', '--json'])).out).toContain('"all": true');
    expect((await cli(['status'])).out).toContain('Everything is paused by kim');
    await cli(['resume', '--all']);
    await cli(['resume', '--provider', 'openai']);
    expect((await cli(['status'])).out).toMatch(/^②/u);
    expect((await cli(['history', '--all'])).out).toMatch(/resumed +by kim/u);
  });

  it.each([['--provider', 'anthropic'], ['--all']])(
    'reset what every stored instance has learnt: %s',
    async (...target) => {
      for (let agent = 0; agent < 120; agent++) await stepDown(`agent-${agent}`);
      expect(await cli(['reset', ...target])).toMatchObject({ code: 0 });
      const fresh = createFailover({ chain, store });
      const served = await Promise.all(
        Array.from({ length: 120 }, (_, agent) =>
          fresh.run(({ provider }) => provider, { instance: `agent-${agent}` }),
        ),
      );
      expect(new Set(served.map(({ value }) => value))).toEqual(new Set(['anthropic']));
      await fresh.close();
    },
  );

  it('say that no instance has a tier of a provider that is paused', async () => {
    await stepDown('inbox-triage');
    expect(await cli(['pause', '--provider', 'opnai'])).toEqual({
      code: 0,
      out: 'provider opnai: paused\n',
      error: 'no stored instance has a tier of opnai: is that its name?\n',
    });
    expect((await cli(['pause', '--provider', 'openai'])).error).toBe('');
  });

  it('pause a name in advance, and know no other action on it', async () => {
    await stepDown('other');
    expect((await cli(['resume', 'early'])).code).toBe(1);
    expect((await cli(['reset', 'early'])).code).toBe(1);
    expect((await cli(['hold', 'early', '1'])).code).toBe(1);
    expect(await cli(['pause', 'early'])).toMatchObject({
      code: 0,
      error: 'nothing was stored of early before: is that its name?\n',
    });
    await expect(createFailover({ chain, store }).run(() => 1, { instance: 'early' })).rejects.toMatchObject({
      code: 'TIERFALL_PAUSED',
    });
  });
});

describe('history', () => {
  it('prints rows newest first, as many as asked for', async () => {
    await stepDown('inbox-triage');
    await failover.pause('inbox-triage', { by: 'dana', reason: 'a look' });
    const lines = (await cli(['history', 'inbox-triage', '--limit', '2'])).out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d +paused +by dana +a look$/u);
    expect(lines[1]).toMatch(/tier-change +down +anthropic\/claude-sonnet-4-5 -> openai\/ft:gpt\/5\.2/u);
    const { events } = JSON.parse((await cli(['history', 'inbox-triage', '--json'])).out);
    expect(events[0]).toMatchObject({ type: 'paused', by: 'dana' });
    expect(events[0]).not.toHaveProperty('set');
  });
});

describe('history of others than an instance', () => {
  it('is of a provider as well, and says where there is none', async () => {
    await failover.pause({ provider: 'openai' }, { by: 'dana', reason: 'bills' });
    await failover.history('x', { limit: 1 });
    expect((await cli(['history', '--provider', 'openai'])).out).toMatch(/paused +by dana +bills/u);
    expect(await cli(['history', '--provider', 'google'])).toMatchObject({
      code: 0,
      out: 'Nothing is stored of it.\n',
    });
  });
});

describe('ready', () => {
  it('is said of an instance of which nothing is stored', async () => {
    await stepDown('other');
    expect(await cli(['ready', 'new'])).toMatchObject({ code: 0, out: 'ready: nothing is stored of it\n' });
  });

  it('is not said of an instance of which nothing is stored while everything is paused', async () => {
    const now = Date.now();
    await failover.pause({ all: true }, { by: 'dana', reason: 'r', until: now + 600_000 });
    const { code, out } = await cli(['ready', 'new'], { now: () => now });
    expect([code, out]).toEqual([75, 'not ready: Paused by dana, in 10 min\n']);
    await failover.pause({ all: true }, { by: 'dana', reason: 'r' });
    expect((await cli(['ready', 'new'])).out).toBe('not ready: Paused by dana; until someone resumes it\n');
  });

  it('looks once: 0 where a tier may be asked, else 75', async () => {
    await stepDown('inbox-triage');
    expect(await cli(['ready', 'inbox-triage'])).toMatchObject({ code: 0, out: 'ready: openai/ft:gpt/5.2\n' });
    await failover.pause('inbox-triage', { by: 'dana', reason: 'r' });
    const { code, out } = await cli(['ready', 'inbox-triage']);
    expect(code).toBe(75);
    expect(out).toBe('not ready: Paused by dana; until someone resumes it\n');
    expect(JSON.parse((await cli(['ready', 'inbox-triage', '--json'])).out)).toMatchObject({
      ready: false,
      retryAt: null,
    });
  });

  it('waits as long as it is told, and goes as soon as it may', async () => {
    await failover.pause('inbox-triage', { by: 'dana', reason: 'r' });
    let now = Date.now();
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
      now += ms;
      if (waits.length === 3) await failover.resume('inbox-triage', { by: 'dana' });
    };
    expect((await cli(['ready', 'inbox-triage', '--wait', '10'], { sleep, now: () => now })).code).toBe(0);
    expect(waits).toHaveLength(3);
    await failover.pause('inbox-triage', { by: 'dana', reason: 'r' });
    waits.length = 0;
    expect(
      (await cli(['ready', 'inbox-triage', '--wait', '2'], { sleep: async (ms) => void (now += ms), now: () => now }))
        .code,
    ).toBe(75);
  });
});

describe('rests that the processes of a fleet share', () => {
  const keys = [
    { provider: 'anthropic', model: 'claude-sonnet-4-5', credential: 'team', fingerprint: 'first key' },
    { provider: 'anthropic', model: 'claude-opus-4-8', credential: 'team', fingerprint: 'first key' },
  ];
  const refused = { tier: 0, ok: false, kind: 'auth', scope: 'credential' } as const;
  let fleet: Failover;
  beforeEach(() => {
    fleet = createFailover({ chain: keys, store, share: 'rests' });
  });
  afterEach(() => fleet.close());

  it('count for an agent that has not failed itself, until somebody resets it', async () => {
    await fleet.pause('agent-2', { by: 'dana', reason: 'r' });
    await fleet.resume('agent-2', { by: 'dana' });
    await fleet.record('agent-1', refused);
    await vi.waitFor(async () => expect(await store.load('instance:agent-1')).toBeDefined());
    await fleet.close();
    expect(await cli(['ready', 'agent-2'])).toMatchObject({
      code: 75,
      out: 'not ready: No tier may be asked now, in 1 min\n',
    });
    expect((await cli(['status', 'agent-2'])).out).toContain('No tier may be asked now');
    expect((await cli(['reset', 'agent-2'])).out).toContain('①  agent-2  anthropic/claude-sonnet-4-5');
    expect((await cli(['ready', 'agent-2'])).code).toBe(0);
    expect((await cli(['ready', 'agent-1'])).code).toBe(75);
  });

  it('are over for all after a reset of their provider', async () => {
    await fleet.pause('agent-2', { by: 'dana', reason: 'r' });
    await fleet.resume('agent-2', { by: 'dana' });
    await fleet.record('agent-1', refused);
    await vi.waitFor(async () => expect(await store.load('instance:agent-1')).toBeDefined());
    await fleet.close();
    await vi.waitFor(async () => expect((await cli(['ready', 'agent-2'])).code).toBe(75));
    await cli(['reset', '--provider', 'anthropic']);
    expect((await cli(['ready', 'agent-2'])).code).toBe(0);
  });

  it('and a record of them that cannot be read hide no agent', async () => {
    await fleet.pause('agent-2', { by: 'dana', reason: 'r' });
    await fleet.resume('agent-2', { by: 'dana' });
    await store.commit('rest:provider:anthropic', 0, { schema: 99 }, []);
    expect(await cli(['ready', 'agent-2'])).toMatchObject({ code: 0 });
  });
});

describe('classify', () => {
  it.each([
    [
      '{"status":429,"headers":{"retry-after":"7"},"body":{"error":{"message":"Rate limit reached"}}}',
      'rate_limit',
      '7000 ms',
    ],
    ['Error: connect ECONNREFUSED 127.0.0.1:443', 'network', ''],
    ['{ not json', 'unknown', ''],
  ])('says what %s is', async (input, kind, wait) => {
    const { code, out } = await run(['classify'], { input });
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^kind +${kind}$`, 'mu'));
    expect(out).toMatch(/^rule +\S+/mu);
    expect(out).toContain(wait);
    expect(JSON.parse((await run(['classify', '--json'], { input })).out).kind).toBe(kind);
  });

  it('needs something to read', async () => {
    expect((await run(['classify'])).code).toBe(64);
  });
});

describe('drill', () => {
  it('asks every tier of the module it is given', async () => {
    const config = join(folder, 'drill.mjs');
    await writeFile(
      config,
      `export const call = () => 1;
      export const failover = { async drill(given) {
        return [{ tier: 'a/b', ok: given() === 1, durationMs: 12, message: '' }, { tier: 'c/d', ok: false, kind: 'auth', durationMs: 3, message: 'no key' }];
      } };`,
    );
    const { code, out } = await run(['drill', '--config', config]);
    expect(code).toBe(1);
    expect(out).toMatch(/^ok +a\/b +12 ms\nauth +c\/d +3 ms +no key\n$/u);
  });

  it('takes a default export, prints JSON, and closes the failover', async () => {
    const config = join(folder, 'all-well.mjs');
    await writeFile(
      config,
      `export default { call: () => 1, failover: {
        async drill() { return [{ tier: 'a/b', ok: true, durationMs: 12, message: 'said nothing' }, { tier: 'c/d', ok: true, durationMs: 1, message: '' }]; },
        async close() { process.env.DRILL_CLOSED = 'yes'; },
      } };`,
    );
    const { code, out } = await run(['drill', '--config', config, '--json']);
    expect([code, JSON.parse(out).tiers[0].tier, process.env['DRILL_CLOSED']]).toEqual([0, 'a/b', 'yes']);
    delete process.env['DRILL_CLOSED'];
  });

  it('says how a tier failed that gave no kind, and what a module throws that throws no error', async () => {
    const config = join(folder, 'odd.mjs');
    await writeFile(
      config,
      `export const call = () => 1;
      export const failover = { async drill() { return [{ tier: 'a/b', ok: false, durationMs: 1, message: 'm' }]; } };`,
    );
    expect((await run(['drill', '--config', config])).out).toMatch(/^failed +a\/b +1 ms +m\n$/u);
    const thrown = join(folder, 'throws.mjs');
    await writeFile(thrown, `throw 'a text';`);
    expect(await run(['drill', '--config', thrown])).toMatchObject({
      code: 1,
      error: expect.stringContaining('cannot be loaded'),
    });
    expect((await run(['drill', '--config', join(folder, 'none.mjs')])).error).toContain('none.mjs');
    const rejects = join(folder, 'rejects.mjs');
    await writeFile(
      rejects,
      `export const call = () => 1; export const failover = { drill: () => Promise.reject('a text') };`,
    );
    expect(await run(['drill', '--config', rejects])).toMatchObject({ code: 1, error: 'tierfall: it failed\n' });
    const closes = join(folder, 'closes.mjs');
    await writeFile(
      closes,
      `export const call = () => 1;
      export const failover = {
        async drill() { throw new Error('no'); },
        async close() { globalThis.closedAfterDrill = true; },
      };`,
    );
    expect((await run(['drill', '--config', closes])).error).toBe('tierfall: no\n');
    expect(globalThis).toHaveProperty('closedAfterDrill', true);
  });

  it('says what the module lacks', async () => {
    const half = join(folder, 'half.mjs');
    await writeFile(half, 'export const failover = { drill() {} };');
    expect((await run(['drill', '--config', half])).error).toContain('export a `call`');
    const config = join(folder, 'empty.mjs');
    await writeFile(config, 'export const failover = {};');
    expect(await run(['drill', '--config', config])).toMatchObject({
      code: 1,
      error: expect.stringContaining('drill'),
    });
    expect((await run(['drill'])).code).toBe(64);
  });
});

describe('--until', () => {
  it.each(['America/New_York', 'Asia/Tokyo'])(
    'is a time of %s where it names no zone, a day alone its midnight',
    (zone) => {
      vi.stubEnv('TZ', zone);
      const midnight = new Date(2999, 4, 1).getTime();
      expect(midnight).not.toBe(Date.UTC(2999, 4, 1));
      expect(readUntil('2999-05-01', 0)).toBe(midnight);
      expect(readUntil('2999-05-01T08:00', 0)).toBe(midnight + 8 * 3_600_000);
      expect(readUntil('2999-05-01T08:00Z', 0)).toBe(Date.UTC(2999, 4, 1, 8));
      vi.unstubAllEnvs();
    },
  );
});

describe('called wrongly', () => {
  it.each([
    [[], 'name a command'],
    [['statsu'], 'no such command'],
    [['status', '--verbose'], '--verbose'],
    [['status', '--limit', '5'], 'takes no --limit'],
    [['pause'], 'name the instance'],
    [['pause', '.'], 'cannot be called'],
    [['pause', 'a', 'b'], 'unexpected b'],
    [['pause', '--all', '--provider', 'x'], 'one of them'],
    [['pause', 'a', '--until', 'tomorrow'], '--until'],
    [['pause', 'a', '--until', '2001-01-01'], 'passed'],
    [['pause', 'a', '--until', '2999-02-31'], 'expected +15m'],
    [['hold', 'a'], 'name the tier'],
    [['hold', 'a', '0'], 'count from 1'],
    [['history', 'a', '--limit', '0'], '--limit'],
    [['ready', 'a', '--wait', '-1'], '--wait'],
    [['ready', 'a', '--wait', 'long'], 'expected a whole number'],
    [['pause', 'a', '--by', ' '], '--by: it is empty'],
    [['pause', 'a', '--reason', ''], '--reason: it is empty'],
    [['pause', '--provider', ''], '--provider: it is empty'],
    [['pause', 'a', '--reason', '-x'], "ambiguous. Did you forget to specify the option argument for '--reason'? To"],
  ])('%j: 64, and what would be right', async (argv, message) => {
    await stepDown('a');
    const { code, error, out } = await (argv.length === 0 || argv[0] === 'statsu' ? run(argv) : cli(argv));
    expect(code).toBe(64);
    expect(error).toContain(message);
    expect(out).toBe('');
  });

  it('a tier that the chain lacks: 1, and those it has', async () => {
    await stepDown('a');
    expect(await cli(['hold', 'a', 'openai/none'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('gemini'),
    });
  });

  it('counts those tiers from 1, as it is called', async () => {
    await stepDown('a');
    const { code, error } = await cli(['hold', 'a', '9']);
    expect(code).toBe(1);
    expect(error).toMatch(/^tierfall: a has no tier 9; it has 1 \(.+\), 2 \(.+\), 3 \(/u);
  });
});

describe('stores', () => {
  it('a file that is not there is an error and is not made', async () => {
    const missing = join(folder, 'missing.db');
    expect(await run(['status', '--store', `sqlite:${missing}`])).toMatchObject({ code: 1 });
    await expect(access(missing)).rejects.toThrow('ENOENT');
  });

  it.each([[['status']], [['status', '--store', 'mysql://x']], [['status', '--store', 'sqlite:']]])(
    '%j: 64',
    async (argv) => {
      expect((await run(argv)).code).toBe(64);
    },
  );

  it('is named by the environment as well', async () => {
    await stepDown('a');
    expect((await run(['status'], { env: { TIERFALL_STORE: `sqlite:${path}` } })).code).toBe(0);
  });

  it.each(['redis://user:hunter2@127.0.0.1:1', 'postgres://user:hunter2@127.0.0.1:1/x'])(
    'nobody at %s: 75, without the password',
    async (address) => {
      const { code, error } = await run(['status', '--store', address]);
      expect(code).toBe(75);
      expect(error).toContain('127.0.0.1:1');
      expect(error).not.toContain('hunter2');
    },
  );

  it.each(['redis', 'postgres'])('a %s server that takes the connection and says nothing: 75', async (protocol) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const ended = run(['status', '--store', `${protocol}://127.0.0.1:${port}/1`]);
      await new Promise((resolve) => void server.once('connection', resolve));
      await vi.advanceTimersByTimeAsync(5000);
      expect(await ended).toMatchObject({ code: 75, error: expect.stringContaining(`cannot reach ${protocol}`) });
    } finally {
      vi.useRealTimers();
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it('a locked file: 75', async () => {
    await stepDown('a');
    const database = new DatabaseSync(path);
    database.exec('BEGIN EXCLUSIVE');
    const { code } = await cli(['pause', 'a']);
    database.exec('ROLLBACK');
    database.close();
    expect(code).toBe(75);
  });
});

describe.runIf(redisServer.isThere)('a store on Redis', () => {
  const client = new Redis(redisUrl);
  afterAll(async () => {
    await client.unlink(...(await client.keys('tierfall:{instance%3Acli*')), 'x').catch(() => 0);
    client.disconnect();
  });

  it('is read and operated', async () => {
    const name = `cli-${process.pid}-${Date.now()}`;
    const remote = createFailover({ chain, store: createRedisStore({ client }) });
    await remote.pause(name, { by: 'dana', reason: 'r' });
    const { code, out } = await run(['resume', name, '--store', redisUrl, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name, badge: '①' });
    await remote.close();
    await deleteKeys(client, `tierfall:{instance:${name}`);
    await client.zrem('tierfall:instances', name);
  });
});

describe.runIf(redisServer.isThere)('a Redis server that refuses its address', () => {
  it('a database that it lacks: 1, and another one is not used in its place', async () => {
    const { code, error } = await run(['pause', 'cli-nobody', '--store', new URL('/99999', redisUrl).href]);
    expect(code).toBe(1);
    expect(error).toContain('refuses: ERR');
  });
});

describe.runIf(redisServer.isThere)('a store on Redis, without ioredis', () => {
  it('is read with the other client', async () => {
    vi.doMock('ioredis', () => {
      throw new Error('not installed');
    });
    try {
      expect(await run(['ready', 'nobody-has-this-name', '--store', redisUrl])).toMatchObject({
        code: 0,
        out: 'ready: nothing is stored of it\n',
      });
    } finally {
      vi.doUnmock('ioredis');
    }
  });
});

describe.runIf(postgresServer.isThere)('a store on Postgres', () => {
  it('is read and operated', async () => {
    const pool = new Pool({ connectionString: databaseUrl });
    const name = `cli-${process.pid}-${Date.now()}`;
    const postgres = createPostgresStore({ pool });
    const remote = createFailover({ chain, store: postgres });
    await remote.pause(name, { by: 'dana', reason: 'r' });
    const { code, out } = await run(['resume', name, '--store', databaseUrl, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name, badge: '①' });
    await remote.close();
    await postgres.close();
    await dropSchemas(pool, 'tierfall_cli_none');
    await pool.end();
  });
});

describe.runIf(postgresServer.isThere)('a Postgres server that refuses its address', () => {
  it('a database that it lacks: 1, and what it says', async () => {
    const { code, error } = await run(['status', '--store', new URL('/cli_no_such_database', databaseUrl).href]);
    expect(code).toBe(1);
    expect(error).toContain('"cli_no_such_database" does not exist');
  });
});

describe('--help and --version', () => {
  it('read well', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Usage: tierfall COMMAND');
    for (const exit of ['0 ', '1 ', '64', '75']) expect(out).toContain(`\n  ${exit}`);
    for (const line of out.split('\n')) expect(line.length).toBeLessThan(140);
    expect((await run(['pause', '--help'])).out).toContain('--until');
    expect((await run(['--version'])).out).toBe('1.2.3\n');
  });
});
