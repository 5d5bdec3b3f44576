import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  parseConfig,
  type CallOptions,
  type PolicyOptions,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { answerRequests, limitHeaders, urlOf } from '../support/limit-headers.js';
import { invalid, overloaded, rateLimited, revoked } from '../support/scripted.js';

afterEach(() => vi.restoreAllMocks());

const policy: PolicyOptions = { headroom: { share: 0.05 } };

/** Tiers answer with the headers of their provider, or fail with what `fails` has for it. */
function setUp(given: PolicyOptions = policy, more: object = {}) {
  const clock = createManualClock();
  const headers: Record<string, Record<string, string> | undefined> = {};
  answerRequests(headers);
  const chain = [
    { provider: 'a', model: 'm', contextTokens: 200_000 },
    { provider: 'b', model: 'm', contextTokens: 8000 },
    { provider: 'c', model: 'm', contextTokens: 8000 },
  ];
  const failover = createFailover({ chain, clock, policy: given, ...more });
  const fails: Record<string, (() => unknown) | undefined> = {};
  const told: string[] = [];
  failover.on('tier-change', ({ from, to, direction, reason, source, until }) =>
    told.push(`${from.provider}-${to.provider} ${direction} ${reason} ${source} ${until ?? ''}`.trim()),
  );
  failover.on('exhausted', () => told.push('exhausted'));
  const asked: string[] = [];
  const run = async (options: CallOptions = {}) => {
    asked.length = 0;
    const { value } = await failover.run(async (tier, context) => {
      asked.push(tier.provider);
      const fail = fails[tier.provider];
      if (fail) throw fail();
      await context.fetch(urlOf(tier));
      return tier.provider;
    }, options);
    return value;
  };
  return { clock, failover, headers, fails, told, asked, run };
}

describe('headroom', () => {
  test('new calls leave a limit alone that is nearly used up, until it resets, and that is told once', async () => {
    const { clock, failover, headers, told, run } = setUp();
    headers['a'] = limitHeaders(5);
    expect(await run()).toBe('a');
    const at = clock.now();
    for (let call = 0; call < 3; call++) expect(await run()).toBe('b');
    expect(told).toEqual([`a-b down headroom auto ${at + 60_000}`]);
    await clock.advance(59_999);
    expect(await run()).toBe('b');
    headers['a'] = limitHeaders(100);
    await clock.advance(1);
    expect(await run()).toBe('a');
    expect(told[1]).toBe('b-a up recovered auto');
    const rows = await failover.history('default', { limit: 10 });
    expect(rows.map(({ type, reason }) => [type, reason]).at(-1)).toEqual(['tier-change', 'headroom']);
  });

  test('as long as enough is left, or the option is off, nothing happens', async () => {
    const enough = setUp();
    enough.headers['a'] = limitHeaders(6);
    for (let call = 0; call < 3; call++) expect(await enough.run()).toBe('a');
    const off = setUp({});
    off.headers['a'] = limitHeaders(0);
    for (let call = 0; call < 3; call++) expect(await off.run()).toBe('a');
    expect([enough.told, off.told]).toEqual([[], []]);
  });

  test('where it is still low after the reset, calls stay away and nothing is told', async () => {
    const { clock, headers, told, run } = setUp();
    headers['a'] = limitHeaders(1);
    await run();
    await run();
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000);
      expect(await run()).toBe('a');
      expect(await run()).toBe('b');
    }
    expect(told).toHaveLength(1);
  });

  test('a limit is left alone until its reset and no longer, also where the wall clock was set back', async () => {
    const time = createManualClock();
    let setByMs = 0;
    const { headers, run } = setUp(policy, { clock: { ...time, now: () => time.now() + setByMs } });
    headers['a'] = limitHeaders(5);
    await run();
    expect(await run()).toBe('b');
    setByMs = -3_600_000;
    headers['a'] = limitHeaders(100);
    await time.advance(59_999);
    expect(await run()).toBe('b');
    await time.advance(1);
    expect(await run()).toBe('a');
  });

  test('an answer that says that there is enough again ends it before the time', async () => {
    const { headers, told, run } = setUp();
    headers['a'] = limitHeaders(1);
    await run();
    expect(await run()).toBe('b');
    headers['a'] = limitHeaders(50);
    expect(await run({ pinned: 'a/m' })).toBe('a');
    expect(await run()).toBe('a');
    expect(told.at(-1)).toBe('b-a up recovered auto');
  });

  test('goes on past tiers that are low too, and uses the best where all are', async () => {
    const { headers, told, run } = setUp();
    for (const provider of ['a', 'b']) headers[provider] = limitHeaders(2);
    expect([await run(), await run(), await run()]).toEqual(['a', 'b', 'c']);
    headers['c'] = limitHeaders(2);
    expect(await run()).toBe('c');
    for (let call = 0; call < 3; call++) expect(await run()).toBe('a');
    expect(told).not.toContain('exhausted');
  });

  test.each<[string, CallOptions]>([
    ['pinned to it', { pinned: 'a/m' }],
    ['a prompt that only it can take', { promptTokens: 100_000 }],
  ])('a call that has no other tier uses it: %s', async (_name, options) => {
    const { headers, run } = setUp();
    headers['a'] = limitHeaders(1);
    await run();
    expect(await run()).toBe('b');
    for (let call = 0; call < 3; call++) expect(await run(options)).toBe('a');
  });

  test.each(['wrap', 'pause', 'wait', 'throw'] as const)(
    'under %s no call fails because of it',
    async (onExhausted) => {
      const { headers, fails, asked, told, run } = setUp({ ...policy, onExhausted, reroute: ['content_policy'] });
      headers['a'] = limitHeaders(1);
      await run();
      // Each of these says something about this call only, so nothing of the others rests.
      for (const provider of ['b', 'c']) fails[provider] = () => Object.assign(invalid(), { code: 'content_filter' });
      expect(await run()).toBe('a');
      expect(asked).toEqual(['b', 'c', 'a']);
      expect(await run({ fallbacks: ['c/m', 'a/m'] })).toBe('a');
      for (const provider of ['b', 'c']) fails[provider] = overloaded;
      expect(await run()).toBe('a');
      expect(await run()).toBe('a');
      expect(told).not.toContain('exhausted');
    },
  );

  test('a tier that has failed and not answered since is no reason to leave one that works', async () => {
    const { clock, headers, fails, asked, run } = setUp();
    for (const provider of ['b', 'c']) {
      fails[provider] = revoked;
      expect(await run({ first: `${provider}/m` })).toBe('a');
    }
    headers['a'] = limitHeaders(1);
    await run();
    await clock.advance(30_000);
    expect(await run()).toBe('a');
    expect(asked).toEqual(['a']);
  });

  test('a refusal counts as it always does, whatever was left before', async () => {
    const { clock, headers, fails, told, run } = setUp();
    headers['a'] = limitHeaders(1, 20);
    await run();
    fails['a'] = () => rateLimited(60);
    await expect(run({ pinned: 'a/m' })).rejects.toMatchObject({ status: 429 });
    await clock.advance(30_000);
    expect(await run()).toBe('b');
    expect(told).toHaveLength(1);
  });

  test('a sticky session stays, and a new one begins elsewhere', async () => {
    const { clock, headers, told, run } = setUp({ ...policy, stickySessions: { idleMs: 600_000 } });
    expect(await run({ session: 's' })).toBe('a');
    headers['a'] = limitHeaders(3);
    for (let call = 0; call < 3; call++) {
      expect(await run({ session: 's' })).toBe('a');
      expect(await run({ session: `new ${call}` })).toBe('b');
    }
    expect(told.map((each) => each.slice(0, 17))).toEqual(['a-b down headroom']);
    headers['a'] = limitHeaders(90);
    await clock.advance(60_000);
    expect(await run({ session: 's' })).toBe('a');
    expect(await run({ session: 'new 0' })).toBe('b');
  });

  test('all instances of the process leave it alone, each is told once', async () => {
    const { headers, told, run } = setUp(policy, { store: createMemoryStore(), share: 'rests' });
    headers['a'] = limitHeaders(1);
    await run({ instance: 'one' });
    for (const instance of ['one', 'two', 'one', 'two']) expect(await run({ instance })).toBe('b');
    expect(told).toHaveLength(2);
  });

  test('another credential has limits of its own', async () => {
    const headers: Record<string, Record<string, string>> = { a: limitHeaders(1) };
    answerRequests(headers);
    const chain = ['team', 'personal'].map((credential) => ({ provider: 'a', model: 'm', credential }));
    const failover = createFailover({ chain, policy, clock: createManualClock() });
    const ask = async () =>
      (await failover.run(async (tier, { fetch }) => void (await fetch(urlOf(tier))))).tier.credential;
    expect(await ask()).toBe('team');
    headers['a'] = limitHeaders(90);
    expect([await ask(), await ask()]).toEqual(['personal', 'personal']);
  });

  test.each(['default', { provider: 'a' }, { all: true }] as const)(
    "an operator's reset of %j forgets it",
    async (target) => {
      const { failover, headers, run } = setUp();
      headers['a'] = limitHeaders(1);
      await run();
      expect(await run()).toBe('b');
      headers['a'] = undefined;
      await failover.reset(target, { by: 'ann' });
      expect(await run()).toBe('a');
      expect(await run()).toBe('a');
    },
  );

  test('a drill learns nothing from what it sees', async () => {
    const { failover, headers, told, run } = setUp();
    headers['a'] = limitHeaders(0);
    await failover.drill(async (tier, { fetch }) => void (await fetch(urlOf(tier))));
    headers['a'] = undefined;
    expect(await run()).toBe('a');
    expect(told).toEqual([]);
  });

  test.each([
    ['negative', limitHeaders('-5')],
    ['no number', limitHeaders('NaN')],
    ['huge', limitHeaders('9'.repeat(300))],
    ['with a reset in the past', limitHeaders(1, 1_000_000_000)],
    ['with a reset a year away', limitHeaders(1, 365 * 86_400)],
    ['with a reset that is no time', limitHeaders(1, 'soon')],
  ])('a remainder that is %s changes nothing', async (_name, lie) => {
    const { headers, told, run } = setUp();
    headers['a'] = lie;
    for (let call = 0; call < 3; call++) expect(await run()).toBe('a');
    expect(told).toEqual([]);
  });
});

describe('headroom: what may be given', () => {
  test.each([
    [{ share: 0 }, 'policy.headroom.share'],
    [{ share: 1 }, 'policy.headroom.share'],
    [{ share: 5 }, 'policy.headroom.share'],
    [{}, 'policy.headroom.share'],
    [{ share: 0.1, untilMs: 5 }, 'policy.headroom.untilMs'],
    [0.05, 'policy.headroom'],
  ])('%j is refused by name', (headroom, path) => {
    const input = { chain: ['a/m'], policy: { headroom } };
    expect(() => parseConfig(input)).toThrow(
      expect.objectContaining({ code: 'TIERFALL_CONFIG', issues: [expect.objectContaining({ path })] }) as Error,
    );
  });

  test('stays when it is parsed again', () => {
    const { config } = parseConfig({ chain: ['a/m'], policy });
    expect(config.policy.headroom).toEqual({ share: 0.05 });
    expect(parseConfig(config).config).toEqual(config);
  });
});
