/**
 * What the packed package has to do on every runtime. Plain JavaScript without a test runner, as there is none that
 * all of them run. SQLite only where there is `node:sqlite`.
 */
import { classifyError, createFailover, createMemoryStore, isTierfallError, resolveWithFallback } from 'tierfall';
import { createActivityLog, runChecks } from 'tierfall/checks';
import { createHealthMonitor } from 'tierfall/health';
import { bearerTokens, createOperatorHandler } from 'tierfall/http';
import { createWebhookNotifier } from 'tierfall/notifiers';
import { createManualClock, simulate, storeConformance, storm } from 'tierfall/testing';

const chain = ['a/1', 'b/2', 'c/3'];
const memoryClock = createManualClock();
const rateLimited = () =>
  Object.assign(new Error('Too Many Requests'), { status: 429, headers: new Headers({ 'retry-after': '60' }) });

function same(seen, expected) {
  const [one, other] = [seen, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`expected ${other}, got ${one}`);
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.join('');
}

const tests = {
  'judges an error'() {
    const verdict = classifyError(rateLimited());
    same([verdict.kind, verdict.retryAfterMs], ['rate_limit', 60_000]);
  },

  async 'steps down, keeps away for as long as asked, and comes back'() {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock });
    const changes = [];
    failover.on('tier-change', ({ direction, to }) => changes.push(`${direction} ${to.model}`));
    let isDown = true;
    const call = async ({ provider }) => {
      if (isDown && provider === 'a') throw rateLimited();
      return provider;
    };
    const answer = async () => (await resolveWithFallback(failover, call)).value;
    same([await answer(), await answer()], ['b', 'b']);
    isDown = false;
    await clock.advance(59_000);
    same(await answer(), 'b');
    await clock.advance(2000);
    same(await answer(), 'a');
    same(changes, ['down 2', 'up 1']);
    same((await failover.history('default', { limit: 9 })).at(-1)?.kind, 'rate_limit');
    await failover.close();
  },

  async 'falls back before the first content of a stream, and keeps its kind'() {
    const failover = createFailover({ chain });
    const { value } = await resolveWithFallback(failover, ({ provider }) => {
      if (provider === 'b') return new Blob(['hello']).stream().pipeThrough(new TextDecoderStream());
      return new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated')) });
    });
    same([value instanceof ReadableStream, await read(value)], [true, 'hello']);
    const generated = await resolveWithFallback(failover, async function* ({ provider }) {
      yield provider;
    });
    same(await read(generated.value), 'b');
    await failover.close();
  },

  async 'ends an attempt that takes too long'() {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock, policy: { attemptTimeoutMs: 1000 } });
    const answer = resolveWithFallback(failover, ({ provider }, { signal }) =>
      provider === 'a'
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : provider,
    );
    await clock.advance(1001);
    same((await answer).value, 'b');
    await failover.close();
  },

  async 'aborts at once, by the reason of the caller'() {
    const failover = createFailover({ chain });
    const controller = new AbortController();
    const answer = resolveWithFallback(failover, () => new Promise(() => {}), { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    same(await answer.catch((error) => error === reason), true);
    await failover.close();
  },

  async 'says who was asked when nobody answers'() {
    const failover = createFailover({ chain });
    const error = await resolveWithFallback(failover, async () => Promise.reject(rateLimited())).catch((each) => each);
    same([isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED'), error.attempts.length], [true, 3]);
    await failover.close();
  },

  async 'waits on real timers'() {
    const failover = createFailover({ chain: ['a/1'], policy: { attemptTimeoutMs: 20 } });
    const error = await resolveWithFallback(failover, () => new Promise(() => {})).catch((each) => each);
    same(error.attempts[0].kind, 'timeout');
    await failover.close();
  },

  async 'notifies over fetch'() {
    const sent = [];
    const fetch = async (url, { method, body }) => {
      sent.push([String(url), method, JSON.parse(body).type]);
      return new Response(null, { status: 204 });
    };
    const secret = `whsec_${btoa('x'.repeat(32))}`;
    const notifier = createWebhookNotifier({ url: 'https://hooks.example.test/x', secret, fetch });
    const failover = createFailover({ chain, notifiers: [notifier] });
    await failover.pause('default', { by: 'ana', reason: 'lunch' });
    await failover.close();
    same(sent, [['https://hooks.example.test/x', 'POST', 'paused']]);
  },

  async 'pauses a provider that fails for everybody'() {
    const clock = createManualClock();
    const failover = createFailover({ chain, clock });
    const monitor = createHealthMonitor(failover, { rules: [{ name: 'three', threshold: 3, windowMs: 60_000 }] });
    for (const instance of ['one', 'two', 'three']) {
      await resolveWithFallback(
        failover,
        async ({ provider }) => {
          if (provider === 'a') throw Object.assign(new Error('Overloaded'), { status: 529 });
          return provider;
        },
        { instance },
      );
    }
    await clock.settle();
    same(
      monitor.status().pauses.map(({ target, source }) => [target, source]),
      [[{ provider: 'a' }, 'health']],
    );
    await monitor.close();
    await failover.close();
  },

  async 'checks what agents did'() {
    const store = createMemoryStore();
    const log = createActivityLog({ store });
    const now = Date.UTC(2026, 0, 5, 12);
    for (let at = now - 30 * 60_000; at < now; at += 60_000) {
      log.record({ instance: 'bot', task: 'post', outcome: 'rejected', reason: 'duplicate', resultHash: 'same', at });
    }
    await log.flush();
    const { alerts } = await runChecks(log.source, { now });
    same(alerts.map(({ check }) => check).includes('stuck-loop'), true);
    await log.close();
  },

  async 'serves the operator, and nobody else'() {
    const failover = createFailover({ chain });
    await failover.pause('bot', { by: 'ana', reason: 'lunch' });
    const handler = createOperatorHandler({ failover, authorize: bearerTokens({ 'a-long-token-of-a-person': 'ana' }) });
    const get = (path, token) =>
      handler(
        new Request(`https://host.example.test${path}`, token && { headers: { authorization: `Bearer ${token}` } }),
      );
    same([(await get('/health')).status, (await get('/instances')).status, (await get('/')).status], [200, 401, 200]);
    const { instances } = await (await get('/instances', 'a-long-token-of-a-person')).json();
    same(
      instances.map(({ name, badge }) => [name, badge]),
      [['bot', '✕']],
    );
    await failover.close();
  },

  async 'plays an outage in virtual time'() {
    const { calls, failedCalls, violatedWaits } = await simulate({ fault: storm(), durationMs: 600_000 });
    same([calls > 1000, failedCalls, violatedWaits], [true, 0, 0]);
  },
};

/** The rules of stores, on the real thing. */
function storeTests(createSqliteStore, folder) {
  const inMemory = storeConformance({
    open: () => createMemoryStore({ now: () => memoryClock.now() }),
    isShared: false,
    advance: (ms) => memoryClock.advance(ms),
  });
  const inFiles =
    createSqliteStore === undefined
      ? []
      : storeConformance({ open: (place) => createSqliteStore({ path: `${folder}/${place}.db` }) });
  return [
    ...inMemory.map(({ name, run }) => [`memory: ${name}`, run]),
    ...inFiles.map(({ name, run }) => [`SQLite: ${name}`, run]),
  ];
}

/** Runs all; resolves to how many passed, and a text for each that failed. */
export async function runSuite(createSqliteStore, folder) {
  const failed = [];
  let passed = 0;
  const all = [...Object.entries(tests), ...storeTests(createSqliteStore, folder)];
  for (const [name, test] of all) {
    try {
      await test();
      passed++;
    } catch (error) {
      failed.push(`${name}: ${error?.stack ?? error}`);
    }
  }
  return { passed, failed };
}
