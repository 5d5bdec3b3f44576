import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  NotifierError,
  PausedError,
  resolveWithFallback,
  type FailoverEvents,
  type Notifier,
  type PauseTarget,
  type PolicyOptions,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { moodyStore } from '../support/fake-stores.js';
import { overloaded, rateLimited, revoked, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2', 'c/3'] as const;

function setUp(policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, policy });
  const told: string[] = [];
  failover.on('tier-change', ({ direction, from, to, source }) =>
    told.push(`${direction} ${from.index}>${to.index} ${source}`),
  );
  failover.on('paused', ({ target, source, by }) => told.push(`paused ${JSON.stringify(target)} ${source} ${by}`));
  failover.on('resumed', ({ target, source, by }) => told.push(`resumed ${JSON.stringify(target)} ${source} ${by}`));
  return { clock, failover, told };
}

describe('Failover: pauses', () => {
  test.each([
    ['an instance', 'default'],
    ['everything', { all: true }],
  ] as const)('%s: no provider is called', async (_what, target) => {
    const { failover, told } = setUp();
    const { call, asked } = scripted({});
    await failover.pause(target, { by: 'ann', reason: 'deploy' });
    const refused = await resolveWithFallback(failover, call).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PausedError);
    expect(refused).toMatchObject({ instance: 'default', source: 'operator', by: 'ann', reason: 'deploy' });
    expect(await failover.select('default')).toEqual({ ok: false, reason: 'paused', retryAt: null });
    await failover.resume(target, { by: 'bob' });
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['a/1']);
    expect(told).toEqual([
      `paused ${JSON.stringify(target)} operator ann`,
      `resumed ${JSON.stringify(target)} operator bob`,
    ]);
  });

  test.each<PauseTarget>(['bot', { all: true }, { provider: 'a' }])(
    'is not lifted by a resume that was asked for before it, and waits for a slow store (%j)',
    async (target) => {
      const clock = createManualClock();
      const inner = createMemoryStore({ now: () => clock.now() });
      let isSlow = false;
      const load: typeof inner.load = async (key) => {
        if (isSlow) await new Promise<void>((resolve) => clock.setTimeout(resolve, 1000));
        return inner.load(key);
      };
      const failover = createFailover({ chain, clock, store: { ...inner, load } });
      await failover.run(({ provider }) => provider, { instance: 'bot' });
      isSlow = true;
      // Nothing is paused here: whether something is in the store has to be read.
      const resuming = failover.resume(target, { by: 'bob' });
      await clock.advance(500);
      const pausing = failover.pause(target, { by: 'ann', reason: 'deploy' });
      await clock.advance(5000);
      await Promise.all([resuming, pausing]);
      const asked = await failover
        .run(({ provider }) => provider, { instance: 'bot' })
        .then(
          ({ value }) => value,
          () => 'nobody',
        );
      expect(asked).toBe(typeof target === 'object' && 'provider' in target ? 'b' : 'nobody');
    },
  );

  test('is stored also by a process that has not heard yet that another one lifted the same pause', async () => {
    const clock = createManualClock();
    // Nobody hears of changes before its snapshot is stale.
    const store = Object.assign(createMemoryStore({ now: () => clock.now() }), { watch: undefined });
    const [one, two, third] = [0, 1, 2].map(() => createFailover({ chain, clock, store }));
    const pause = { by: 'ann', reason: 'deploy' };
    await one!.pause('bot', pause);
    await two!.for('bot').state();
    await one!.resume('bot', { by: 'bob' });
    await two!.pause('bot', pause);
    await expect(third!.for('bot').run(() => 1)).rejects.toMatchObject({ by: 'ann' });
  });

  test('that changes nothing is not acknowledged while the store cannot be read', async () => {
    const { store, mood } = moodyStore();
    const failover = createFailover({ chain, clock: createManualClock(), store });
    failover.on('store-error', () => undefined);
    const pause = { by: 'ann', reason: 'deploy' };
    await failover.pause('bot', pause);
    mood.fails = true;
    await expect(failover.pause('bot', pause)).rejects.toMatchObject({ code: 'TIERFALL_STORE', operation: 'load' });
    mood.fails = false;
    await failover.pause('bot', pause);
    expect((await failover.history('bot', { limit: 9 })).filter(({ type }) => type === 'paused')).toHaveLength(1);
  });

  test('a paused instance leaves the others alone', async () => {
    const { failover } = setUp();
    await failover.pause('one', { by: 'ann', reason: 'r' });
    await expect(resolveWithFallback(failover, () => 1, { instance: 'one' })).rejects.toBeInstanceOf(PausedError);
    expect((await resolveWithFallback(failover, () => 1, { instance: 'other' })).value).toBe(1);
  });

  test("a paused provider's tiers are skipped, and come back", async () => {
    const { failover } = setUp();
    await failover.pause({ provider: 'a' }, { by: 'ann', reason: 'incident' });
    const { call, asked } = scripted({});
    await resolveWithFallback(failover, call);
    await expect(resolveWithFallback(failover, call, { pinned: 0 })).rejects.toMatchObject({
      code: 'TIERFALL_PINNED_TIER',
    });
    await failover.resume({ provider: 'a' }, { by: 'ann' });
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['b/2', 'a/1']);
  });

  test("a machine's resume never lifts a person's pause", async () => {
    const { failover } = setUp();
    await failover.pause('default', { by: 'ann', reason: 'r' });
    await failover.pause('default', { by: 'monitor', reason: 'errors', source: 'health' });
    await failover.resume('default', { by: 'monitor', source: 'health' });
    await expect(resolveWithFallback(failover, () => 1)).rejects.toMatchObject({ source: 'operator' });
  });

  test('a target that names a provider and everything is refused; `all: false` is nothing', async () => {
    const { failover } = setUp();
    const { call, asked } = scripted({});
    await failover.pause({ provider: 'a', all: false } as never, { by: 'ann', reason: 'r' });
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['b/2']);
    await expect(failover.pause({ provider: 'a', all: true }, { by: 'ann', reason: 'r' })).rejects.toThrow(
      'target: expected an instance name, { provider } or { all: true }',
    );
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['b/2', 'b/2']);
  });

  test('a chain that is used up while an operator holds its current tier is paused, and says so once', async () => {
    const { clock, failover, told } = setUp({ onExhausted: 'pause' });
    await failover.record('default', { tier: 1, ok: false, kind: 'overloaded' });
    await failover.record('default', { tier: 2, ok: false, kind: 'auth' });
    await failover.hold('default', 0, { by: 'ann' });
    await clock.advance(60_000);
    const { call, asked } = scripted({ 'b/2': [overloaded()] });
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({ source: 'exhausted' });
    await failover.record('default', { tier: 1, ok: false, kind: 'overloaded' });
    expect(asked).toEqual(['b/2']);
    expect(told).toEqual(['paused "default" exhausted tierfall']);
  });

  test('a chain that is used up beside a paused provider is not paused: what is left comes back with the provider', async () => {
    const { failover, told } = setUp({ onExhausted: 'pause' });
    await failover.pause({ provider: 'a' }, { by: 'ann', reason: 'incident' });
    told.length = 0;
    const { call, asked } = scripted({ 'b/2': [overloaded()], 'c/3': [overloaded()] });
    for (let each = 0; each < 2; each++) {
      await expect(resolveWithFallback(failover, call)).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    }
    await failover.resume({ provider: 'a' }, { by: 'ann' });
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['b/2', 'c/3', 'a/1']);
    expect(told).toEqual(['down 0>1 shared', 'down 1>2 auto', 'resumed {"provider":"a"} operator ann', 'up 2>0 auto']);
  });

  test('a hold that has ended costs later calls nothing', async () => {
    const manual = createManualClock();
    let readings = 0;
    const now = () => {
      readings++;
      return manual.now();
    };
    const failover = createFailover({ chain, clock: { ...manual, now } });
    const readingsOfACall = async () => {
      // So many answers that calls no longer come back a few at a time.
      for (let call = 0; call < 100; call++) await failover.run(() => 1);
      readings = 0;
      await failover.run(() => 1);
      return readings;
    };
    const before = await readingsOfACall();
    await failover.hold('default', 0, { by: 'ann', until: manual.now() + 1000 });
    await manual.advance(1000);
    expect(await readingsOfACall()).toBe(before);
  });

  test('wrong targets and empty names are errors that say what would be right', async () => {
    const { failover } = setUp();
    await expect(failover.pause({} as never, { by: 'a', reason: 'r' })).rejects.toThrow(
      'target: expected an instance name',
    );
    await expect(failover.pause('default', { by: '', reason: 'r' })).rejects.toThrow('by: expected a non-empty string');
    await expect(failover.resume('default', { by: 'a', source: 'nobody' as never })).rejects.toThrow(
      'source: expected one of',
    );
    await expect(failover.hold('default', 'x/y', { by: 'a' })).rejects.toThrow('tier: no such tier in this chain');
    await expect(failover.history('default', { limit: 0 })).rejects.toThrow('limit');
    expect(() => failover.on('nope' as never, () => undefined)).toThrow('event: unknown event');
  });
});

test("Failover: what state() gives is the host's own: changing it changes nothing", async () => {
  const failover = createFailover({ chain: ['a/1', 'b/2'] });
  const state = await failover.state('bot');
  state.tier = 1;
  state.tiers[0]!.heldUntil = Number.MAX_SAFE_INTEGER;
  expect((await failover.run(() => 1, { instance: 'bot' })).index).toBe(0);
  expect(await failover.state('bot')).toMatchObject({ tier: 0, tiers: [{ heldUntil: null }, {}] });
});

describe('Failover: holds, resets, external triggers', () => {
  test('hold keeps an instance off a tier until its end', async () => {
    const { failover, clock, told } = setUp();
    await failover.hold('default', 'a/1', { by: 'ann', until: clock.now() + 1000 });
    const { call, asked } = scripted({});
    await resolveWithFallback(failover, call);
    await clock.advance(1000);
    await resolveWithFallback(failover, call);
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['b/2', 'a/1', 'a/1']);
    expect(told).toEqual(['down 0>1 operator', 'up 1>0 auto']);
  });

  test('reset ends even a wait the provider named', async () => {
    const { failover, told } = setUp();
    const { call, asked } = scripted({ 'a/1': [rateLimited(3600), 'well'] });
    await resolveWithFallback(failover, call);
    await failover.reset('default', { by: 'ann' });
    await resolveWithFallback(failover, call);
    expect(asked).toEqual(['a/1', 'b/2', 'a/1']);
    expect(told).toEqual(['down 0>1 auto', 'reset 1>0 operator']);
  });

  test('an external trigger steps down, once for fifty reports of one fact', async () => {
    const { failover, told } = setUp();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        failover.recordExternalTrigger('default', 'ci_is_red', { tier: 0, detail: 'build 7' }),
      ),
    );
    expect(told).toEqual(['down 0>1 external']);
    expect((await failover.history('default', { limit: 5 }))[1]).toMatchObject({
      type: 'tier-failed',
      kind: 'ci_is_red',
      detail: 'build 7',
    });
  });

  test('an external trigger and a used-up budget respect a pause, of the instance and of everything', async () => {
    const policy = { tokenBudget: { limit: 10, windowMs: 60_000 } };
    for (const target of ['default', { all: true }] as const) {
      const failover = createFailover({ chain, policy, clock: createManualClock() });
      await failover.pause(target, { by: 'ann', reason: 'deploy' });
      await failover.recordExternalTrigger('default', 'ci_is_red');
      await failover.recordUsage('default', { inputTokens: 60, outputTokens: 40 });
      expect((await failover.state('default')).tier).toBe(0);
    }
  });

  test('a token budget steps down once, until its window ends', async () => {
    const clock = createManualClock({ now: 1_000_000 });
    const failover = createFailover({ chain, clock, policy: { tokenBudget: { limit: 1000, windowMs: 60_000 } } });
    const told: unknown[] = [];
    failover.on('tier-change', ({ direction, reason, until }) => told.push([direction, reason, until]));
    for (let call = 0; call < 12; call++) await failover.recordUsage('default', { inputTokens: 60, outputTokens: 40 });
    expect(told).toEqual([['down', 'token_budget', 1_020_000]]);
    await expect(failover.recordUsage('default', { inputTokens: -1, outputTokens: 0 })).rejects.toThrow(
      'usage.inputTokens',
    );
  });

  test.each(['default', { all: true }] as const)(
    'a token budget that is used up during a pause of %j steps down with the first report after it, once',
    async (target) => {
      const { failover, told } = setUp({ tokenBudget: { limit: 1000, windowMs: 60_000 } });
      const report = () => failover.recordUsage('default', { inputTokens: 600, outputTokens: 0 });
      await report();
      await failover.pause(target, { by: 'ann', reason: 'r' });
      await report();
      await report();
      await failover.resume(target, { by: 'ann' });
      told.length = 0;
      await report();
      await report();
      expect(told).toEqual(['down 0>1 external']);
    },
  );

  test('a token budget that was used up during a pause is over with its window', async () => {
    const { clock, failover } = setUp({ tokenBudget: { limit: 1000, windowMs: 60_000 } });
    await failover.pause('default', { by: 'ann', reason: 'r' });
    await failover.recordUsage('default', { inputTokens: 1200, outputTokens: 0 });
    await clock.advance(60_000);
    await failover.resume('default', { by: 'ann' });
    await failover.recordUsage('default', { inputTokens: 600, outputTokens: 0 });
    expect((await failover.state('default')).tier).toBe(0);
  });
});

describe('Failover: hosts whose work runs elsewhere', () => {
  test('select says where to go, record takes in how it ended, committed and announced like a wrapped call', async () => {
    const { failover, told, clock } = setUp();
    expect(await failover.select('w')).toMatchObject({ ok: true, index: 0, tier: { provider: 'a' } });
    await failover.record('w', { tier: 0, ok: false, error: revoked() });
    expect(told).toEqual(['down 0>1 auto']);
    expect(await failover.select('w')).toMatchObject({ ok: true, index: 1 });
    expect((await failover.history('w', { limit: 9 })).map((event) => event.type)).toEqual([
      'tier-change',
      'tier-failed',
    ]);
    await clock.advance(24 * 3_600_000);
    await failover.record('w', { tier: 'b/2', ok: true });
    expect(await failover.select('w')).toMatchObject({ index: 0, probe: true, otherwise: 1 });
    expect(await failover.select('w')).toMatchObject({ index: 1, probe: false });
    await failover.record('w', { tier: { provider: 'a', model: '1' }, ok: true });
    expect(await failover.select('w')).toMatchObject({ index: 0, probe: false });
  });

  test('a report that makes no sense names the field', async () => {
    const { failover } = setUp();
    await expect(failover.record('w', { tier: 9, ok: true })).rejects.toThrow('report.tier');
    await expect(failover.record('w', { tier: 0, ok: 'yes' as never })).rejects.toThrow('report.ok');
    await expect(failover.record('w', { tier: 0, ok: false, kind: 'nope' as never })).rejects.toThrow('report.kind');
    await expect(failover.record('w', { tier: 0, ok: false, kind: 'auth', startedAt: Number.NaN })).rejects.toThrow(
      'report.startedAt',
    );
  });
});

describe('Failover: events', () => {
  test('each fires once per change, not per call, and names nothing of the tier but its place', async () => {
    const failover = createFailover({ chain: [{ provider: 'a', model: '1', apiKey: 'sk-secret' }, 'b/2'] });
    const changes: FailoverEvents['tier-change'][] = [];
    failover.on('tier-change', (event) => changes.push(event));
    const { call } = scripted({ 'a/1': [rateLimited(60)] });
    for (let round = 0; round < 5; round++) await resolveWithFallback(failover, call, { session: 's-1' });
    expect(changes).toEqual([
      {
        instance: 'default',
        session: 's-1',
        from: { index: 0, provider: 'a', model: '1' },
        to: { index: 1, provider: 'b', model: '2' },
        direction: 'down',
        reason: 'rate_limit',
        at: expect.any(Number),
        until: changes[0]!.at + 60_000,
        source: 'auto',
        origin: 'local',
      },
    ]);
  });

  test('a strict call announces nothing; a used-up chain is announced once', async () => {
    const { failover } = setUp();
    let told = 0;
    failover.on('exhausted', () => told++);
    const down = new Set(['a']);
    const call = async ({ provider }: { provider: string }) => {
      if (down.has(provider)) throw overloaded();
      return provider;
    };
    await expect(failover.run(call, { fallbacks: [] })).rejects.toBeDefined();
    expect((await failover.run(call)).value).toBe('b');
    expect(told).toBe(0);
    for (const provider of ['b', 'c']) down.add(provider);
    for (let each = 0; each < 3; each++) await expect(failover.run(call)).rejects.toBeDefined();
    expect(told).toBe(1);
  });

  test('a failed attempt is told without its message', async () => {
    const failover = createFailover({ chain });
    const failed: unknown[] = [];
    failover.on('attempt-failed', (event) => failed.push(event));
    const { call } = scripted({
      'a/1': [Object.assign(overloaded(), { message: 'Overloaded: summarise my secret diary' })],
    });
    await resolveWithFallback(failover, call);
    expect(failed).toMatchObject([{ instance: 'default', kind: 'overloaded', status: 529, tier: { index: 0 } }]);
    expect(JSON.stringify(failed)).not.toContain('diary');
  });

  test('a logger is told what a listener failed with, without secrets and without end', async () => {
    const lines: string[] = [];
    const ignore = () => undefined;
    const logger = { debug: ignore, info: ignore, warn: ignore, error: (line: string) => lines.push(line) };
    const failover = createFailover({ chain, logger });
    failover.on('paused', () => {
      throw new TypeError('no such channel');
    });
    failover.on('paused', async () => {
      throw new Error(`api_key=sk-proj-${'a1B2'.repeat(12)} ${'long '.repeat(200)}`);
    });
    failover.on('paused', () => {
      // oxlint-disable-next-line no-throw-literal -- something that cannot even be made a text
      throw Object.create(null);
    });
    await failover.pause('x', { by: 'ann', reason: 'r' });
    await settle();
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("tierfall: a listener of 'paused' failed: TypeError: no such channel");
    expect(lines.find((line) => line.includes('long'))).toMatch(/^.{100,300}…$/);
    expect(lines.join()).not.toContain('a1B2');
    expect(lines.join()).toContain("a listener of 'paused' failed: an error that cannot be printed");
  });

  test('a logger that is handed in gets a line for each event; console and pino fit; one that throws breaks nothing', async () => {
    const lines: string[] = [];
    const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
    const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
    const failover = createFailover({ chain, logger });
    const { call } = scripted({ 'a/1': [overloaded()] });
    await resolveWithFallback(failover, call);
    await failover.pause('default', { by: 'ann', reason: 'r' });
    expect(lines).toEqual([
      expect.stringMatching(/^debug tierfall: default failed at a\/1: overloaded, status 529/u),
      expect.stringMatching(/^info tierfall: default goes down, a\/1 -> b\/2 \(overloaded\), until /u),
      'warn tierfall: default paused (operator) by ann, local',
    ]);
    createFailover({ chain, logger: console });
    const boom = () => {
      throw new Error('disk full');
    };
    const failing = createFailover({ chain, logger: { debug: boom, info: boom, warn: boom, error: boom } });
    const again = scripted({ 'a/1': [overloaded()] });
    expect((await resolveWithFallback(failing, again.call)).index).toBe(1);
  });

  test('nothing is taken from operators once it is closed', async () => {
    const { failover } = setUp();
    await failover.close();
    const ann = { by: 'ann' };
    await expect(failover.reset({ provider: 'a' }, ann)).rejects.toMatchObject({ code: 'TIERFALL_CLOSED' });
    await expect(failover.hold('default', 0, ann)).rejects.toMatchObject({ code: 'TIERFALL_CLOSED' });
  });

  test('a trigger from outside may say when its rest ends; where no tier is left select says when one is', async () => {
    const { clock, failover } = setUp({ onExhausted: 'throw' });
    const until = clock.now() + 60_000;
    for (let tier = 0; tier < chain.length; tier++) {
      await failover.recordExternalTrigger('default', 'maintenance', { tier, until: until + tier });
    }
    expect((await failover.state('default')).tiers.map(({ restUntil }) => restUntil)).toEqual([
      until,
      until + 1,
      until + 2,
    ]);
    expect(await failover.select('default')).toEqual({ ok: false, reason: 'resting', retryAt: until });
  });

  test('a logger is told of keys, of everything, and of a notifier that fails', async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line.replace('tierfall: ', ''));
    const logger = { debug: () => undefined, info: write, warn: write, error: write };
    let notify: Parameters<Notifier['attach']>[0]['onStateChange'] | undefined;
    const notifier: Notifier = {
      name: 'slack',
      attach: (host) => {
        notify = (change) => host.onStateChange(change);
        return { notify: () => undefined, close: async () => undefined };
      },
    };
    const keyed = { provider: 'a', model: '1', credential: 'k1' };
    const failover = createFailover({ chain: [keyed, 'b/2'], notifiers: [notifier], logger });
    const { call } = scripted({ 'a/1': [overloaded()] });
    await failover.run(call);
    notify?.({ state: 'failing', error: new NotifierError({ notifier: 'slack', message: 'no such channel' }) });
    notify?.({ state: 'recovered' });
    await failover.pause({ all: true }, { by: 'ann', reason: 'r' });
    await failover.pause({ provider: 'b' }, { by: 'ann', reason: 'r' });
    expect(lines).toEqual([
      expect.stringMatching(/^default goes down, a\/1@k1 -> b\/2 \(overloaded\)/u),
      'notifier slack failing: no such channel',
      'notifier slack recovered',
      'everything paused (operator) by ann, local',
      'provider b paused (operator) by ann, local',
    ]);
  });

  test('on returns a function that unsubscribes', async () => {
    const failover = createFailover({ chain });
    let told = 0;
    const off = failover.on('tier-change', () => told++);
    off();
    await failover.record('default', { tier: 0, ok: false, kind: 'auth' });
    expect(told).toBe(0);
  });

  test('for(instance) gives the same methods bound to one instance', async () => {
    const { failover } = setUp();
    const agent = failover.for('agent-7');
    expect(agent.instance).toBe('agent-7');
    await agent.record({ tier: 0, ok: false, kind: 'auth' });
    expect((await agent.run((tier) => tier.provider)).value).toBe('b');
    expect((await agent.state()).tier).toBe(1);
    expect((await failover.state('agent-7')).tier).toBe(1);
    expect((await agent.history({ limit: 1 }))[0]!.type).toBe('tier-change');
    await agent.pause({ by: 'ann', reason: 'r' });
    await expect(agent.run(() => 1)).rejects.toBeInstanceOf(PausedError);
    await agent.resume({ by: 'ann' });
    await agent.reset({ by: 'ann' });
    expect((await agent.select()).ok).toBe(true);
    const names: string[] = [];
    for await (const name of failover.instances()) names.push(name);
    expect(names).toEqual(['agent-7']);
  });

  test('for(instance).on tells what concerns the instance, nothing of others', async () => {
    const { failover } = setUp();
    const agent = failover.for('agent-7');
    const told: unknown[] = [];
    agent.on('tier-change', ({ instance }) => told.push(instance));
    const off = agent.on('paused', ({ target }) => told.push(target));
    for (const instance of ['agent-7', 'agent-8']) {
      await failover.record(instance, { tier: 0, ok: false, kind: 'auth' });
      await failover.pause(instance, { by: 'ann', reason: 'r' });
    }
    await failover.pause({ all: true }, { by: 'ann', reason: 'r' });
    off();
    await failover.pause({ provider: 'a' }, { by: 'ann', reason: 'r' });
    expect(told).toEqual(['agent-7', 'agent-7', { all: true }]);
  });
});
