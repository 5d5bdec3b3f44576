import { describe, expect, test } from 'vitest';
import { createFailover, judges, parseConfig, type CallOptions, type PolicyOptions } from '../../src/index.js';
import { createEngine } from '../../src/engine/api/create-failover-with.js';
import { Sessions } from '../../src/engine/sessions.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { invalid, overloaded, rateLimited } from '../support/scripted.js';

const policy: PolicyOptions = { stickySessions: { idleMs: 600_000 } };

describe('An update of the chain', () => {
  test.each([
    ['stays where it is, at another place of the chain', ['n/m', 'a/m', 'b/m'], policy, 'b'],
    [
      'begins anew where the policy for sessions is another',
      ['a/m', 'b/m'],
      { stickySessions: { idleMs: 60_000 } },
      'a',
    ],
    ['begins anew where its tier is gone', ['a/m', 'c/m'], policy, 'a'],
  ] as const)('a session %s', async (_, chain, given, expected) => {
    const { failover, run, moveToB } = setUp();
    await moveToB('chat');
    await failover.update({ chain, policy: given }, { by: 'ann' });
    expect(await run('chat')).toBe(expected);
  });
});

/** Tiers fail with what `fails` has for their provider, as long as it has something. */
function setUp(given: PolicyOptions = policy) {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/m', 'b/m', 'c/m'], clock, policy: given });
  const fails: Record<string, (() => unknown) | undefined> = {};
  const asked: string[] = [];
  const run = async (session?: string, options: CallOptions = {}) => {
    asked.length = 0;
    const { value } = await failover.run(
      async ({ provider }) => {
        asked.push(provider);
        const fail = fails[provider];
        if (fail) throw fail();
        return provider;
      },
      { ...(session === undefined ? {} : { session }), ...options },
    );
    return value;
  };
  /** A session is served by b in a short outage of a, after which a works again. */
  const moveToB = async (session: string) => {
    fails['a'] = overloaded;
    expect(await run(session)).toBe('b');
    fails['a'] = undefined;
    await clock.advance(30_000);
    expect(await run()).toBe('a');
  };
  return { clock, failover, fails, asked, run, moveToB };
}

describe('a sticky session', () => {
  test('stays on the tier that served it last, new ones begin at the best', async () => {
    const { clock, run, moveToB } = setUp();
    await moveToB('s');
    for (let call = 0; call < 5; call++) {
      expect(await run('s')).toBe('b');
      expect(await run('new')).toBe('a');
      await clock.advance(60_000);
    }
  });

  test('begins at the best again once it has been idle, counted from its last answer', async () => {
    const { clock, run, moveToB } = setUp();
    await moveToB('s');
    await clock.advance(500_000);
    expect(await run('s')).toBe('b');
    await clock.advance(599_999);
    expect(await run('s')).toBe('b');
    await clock.advance(600_000);
    expect(await run('s')).toBe('a');
  });

  test('leaves a tier that fails, goes on at once, and stays where it came to', async () => {
    const { clock, fails, asked, run } = setUp();
    expect(await run('s')).toBe('a');
    fails['a'] = overloaded;
    expect(await run('s')).toBe('b');
    expect(asked).toEqual(['a', 'b']);
    fails['a'] = undefined;
    await clock.advance(30_000);
    expect(await run('s')).toBe('b');
  });

  test('leaves a tier that has failed for somebody else', async () => {
    const { fails, asked, run, moveToB } = setUp();
    await moveToB('s');
    fails['b'] = overloaded;
    expect(await run(undefined, { first: 'b/m' })).toBe('a');
    fails['b'] = undefined;
    expect(await run('s')).toBe('a');
    expect(asked).toEqual(['a']);
  });

  test('does not go back to a tier that failed and recovered while it was silent', async () => {
    const { clock, fails, run, moveToB } = setUp();
    await moveToB('s');
    fails['b'] = overloaded;
    await run(undefined, { first: 'b/m' });
    fails['b'] = undefined;
    await clock.advance(30_000);
    expect(await run(undefined, { first: 'b/m' })).toBe('b');
    expect(await run('s')).toBe('a');
  });

  test('never takes the trial: that is for a new session', async () => {
    const { clock, fails, asked, run, failover } = setUp();
    fails['a'] = overloaded;
    expect(await run('s')).toBe('b');
    fails['a'] = undefined;
    await clock.advance(30_000);
    expect(await run('s')).toBe('b');
    expect(asked).toEqual(['b']);
    expect((await failover.state('default')).reportedTier).toBe(1);
    expect(await run('new')).toBe('a');
    expect((await failover.state('default')).reportedTier).toBe(0);
  });

  test('is outranked by first and pinned, which do not move it', async () => {
    const { run } = setUp();
    expect(await run('s')).toBe('a');
    expect(await run('s', { first: 'c/m' })).toBe('c');
    expect(await run('s', { pinned: 'b/m' })).toBe('b');
    expect(await run('s')).toBe('a');
    expect(await run('other', { first: 'c/m' })).toBe('c');
    expect(await run('other')).toBe('a');
  });

  test('stays where another call has failed, but not so often that the tier is left', async () => {
    const { fails, run } = setUp({ ...policy, threshold: { failures: 3, windowMs: 60_000 } });
    fails['a'] = () => rateLimited(20);
    expect(await run('s')).toBe('b');
    fails['a'] = undefined;
    fails['b'] = overloaded;
    expect(await run(undefined, { first: 'b/m' })).toBe('c');
    fails['b'] = undefined;
    expect(await run('s')).toBe('b');
  });

  test('is where its stream is from the first content on', async () => {
    const { clock, failover, run, fails } = setUp();
    async function* stream(provider: string) {
      if (provider === 'a') throw overloaded();
      yield { choices: [{ delta: { content: 'hello' } }] };
      yield { choices: [{ delta: {}, finish_reason: 'stop' }] };
    }
    const { value } = await failover.run(({ provider }) => stream(provider), { session: 's' });
    fails['a'] = undefined;
    await clock.advance(30_000);
    expect(await run()).toBe('a');
    expect(await run('s')).toBe('b');
    for await (const _ of value);
    expect(await run('s')).toBe('b');
  });

  test('leaves a tier that a person holds, and every tier on a reset', async () => {
    const { failover, run, moveToB } = setUp();
    await moveToB('s');
    await failover.hold('default', 'b/m', { by: 'ann' });
    expect(await run('s')).toBe('a');
    const other = setUp();
    await other.moveToB('s');
    await other.failover.reset('default', { by: 'ann' });
    expect(await other.run('s')).toBe('a');
  });

  test('is one of its instance: the same name in another one is another session', async () => {
    const { run, moveToB } = setUp();
    await moveToB('s');
    expect(await run('s', { instance: 'other' })).toBe('a');
    expect(await run('s')).toBe('b');
  });

  test('is asked where it is, and an invalid request there is its own', async () => {
    const { fails, asked, run, moveToB } = setUp();
    await moveToB('s');
    fails['b'] = invalid;
    await expect(run('s')).rejects.toMatchObject({ status: 400 });
    expect(asked).toEqual(['b']);
  });

  test('moves with an answer that does better than a refused one', async () => {
    const { failover } = setUp({ ...policy, reroute: ['content_policy'] });
    const refusal = { type: 'message', role: 'assistant', content: [], stop_reason: 'refusal' };
    const ask = (refuses: boolean) =>
      failover.run(async ({ provider }) => (provider === 'a' && refuses ? refusal : provider), {
        session: 's',
        judge: judges.refusal,
      });
    expect((await ask(true)).value).toBe('b');
    expect((await ask(false)).value).toBe('b');
  });

  test('without the option a session means nothing for the way of a call', async () => {
    const { run, moveToB } = setUp({});
    await moveToB('s');
    expect(await run('s')).toBe('a');
  });
});

describe('what is remembered of sessions', () => {
  test('is bounded: the one served longest ago goes first', () => {
    const sessions = new Sessions({ idleMs: 1000, maxSessions: 3 });
    const tier = { provider: 'a', model: 'm' };
    for (const [at, name] of ['one', 'two', 'three', 'one', 'four'].entries()) sessions.served('i', name, tier, at, at);
    expect(['one', 'two', 'three', 'four'].map((name) => sessions.last('i', name, 5)?.at)).toEqual([
      3,
      undefined,
      2,
      4,
    ]);
    expect(sessions.size).toBe(3);
  });

  test('goes when it is idle, as others come', () => {
    const sessions = new Sessions({ idleMs: 1000, maxSessions: 10_000 });
    const tier = { provider: 'a', model: 'm' };
    for (let at = 0; at < 1000; at++) sessions.served('i', `s${at}`, tier, 0, 0);
    for (let at = 0; at < 1000; at++) sessions.served('i', `t${at}`, tier, 1000, 1000);
    expect(sessions.size).toBe(1000);
  });

  test('is 10,000 sessions by default, whatever their names are', async () => {
    const { engine } = createEngine(() => createMemoryStore(), {
      chain: ['a/m'],
      policy,
      clock: createManualClock(),
    });
    for (let call = 0; call < 10_100; call++) {
      engine.sessions!.served('i', `${call}${'x'.repeat(call % 500)}`, engine.config.chain[0]!, call, call);
    }
    expect(engine.sessions!.size).toBe(10_000);
    await engine.close();
  });

  test('is dropped with its instance, and keeps instances apart', () => {
    const sessions = new Sessions({ idleMs: 1000, maxSessions: 10 });
    const tier = { provider: 'a', model: 'm' };
    sessions.served('a', 'bc', tier, 0, 0);
    sessions.served('ab', 'c', tier, 0, 0);
    sessions.forget('a');
    expect([sessions.last('a', 'bc', 1), sessions.last('ab', 'c', 1)?.tier]).toEqual([undefined, tier]);
  });
});

describe('stickySessions: what may be given', () => {
  test('10,000 sessions are the default, and all of it stays when it is parsed again', () => {
    const { config } = parseConfig({ chain: ['a/m'], policy });
    expect(config.policy.stickySessions).toEqual({ idleMs: 600_000, maxSessions: 10_000 });
    expect(parseConfig(config).config).toEqual(config);
    expect(parseConfig({ chain: ['a/m'], policy: { stickySessions: { idleMs: 60 } } }).warnings).toHaveLength(1);
  });

  test.each([
    [{}, 'policy.stickySessions.idleMs'],
    [{ idleMs: 0 }, 'policy.stickySessions.idleMs'],
    [{ idleMs: 1000, maxSessions: 0 }, 'policy.stickySessions.maxSessions'],
    [{ idleMs: 1000, idle: 1 }, 'policy.stickySessions.idle'],
    [1000, 'policy.stickySessions'],
  ])('%j is refused by name', (stickySessions, path) => {
    const input = { chain: ['a/m'], policy: { stickySessions } };
    expect(() => parseConfig(input)).toThrow(
      expect.objectContaining({ code: 'TIERFALL_CONFIG', issues: [expect.objectContaining({ path })] }) as Error,
    );
  });
});
