import type { Locator, Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { HealthWindow } from '../../src/elements/data/types.js';
import { browserIsThere, browserNote } from './support/browser.js';
import { alertOf, alertsOf, healthOf, healthPauseOf, listOf, pauseOf, tiersOf, viewOf } from './support/given.js';
import { button, givenPages, refused } from './support/given-server.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();

/** What the server answers of one rejected task. */
const reportOf = (likelyCause: string, hours = 24) => ({
  report: {
    hours,
    tasks: 1,
    rejected: 1,
    failed: 0,
    share: 1,
    before: null,
    byReason: [],
    byDomain: [],
    byTier: [],
    likelyCause,
    nextSteps: [],
  },
  markdown: '',
  hours,
});

describe.runIf(browserIsThere)(`a panel of the page, whatever the server answers${browserNote}`, () => {
  const given = givenPages();
  const { open } = given;
  /** All that is read there, in one line. */
  const read = async (where: Locator) => (await where.innerText()).replaceAll(/\s+/gu, ' ').trim();
  const textOf = async (page: Page, name: string) => read(page.getByRole('region', { name, exact: true }));

  it('alerts: what was found is counted, filtered, and run again', async () => {
    const warnings = Array.from({ length: 9 }, (_, index) =>
      alertOf(`w${index}`, { severity: 'warning', instance: index === 0 ? 'a' : null, domain: 'mail' }),
    );
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /alerts': alertsOf(...warnings, alertOf('c', { evidence: { times: 12 } })),
    });
    await button(page, 'alert c').click();
    await page.getByRole('definition').getByText('12').waitFor();
    await button(page, 'alert c').click();
    await page.getByRole('definition').waitFor({ state: 'detached' });
    expect(await textOf(page, 'Alerts')).toContain('1 critical, 9 warnings');
    await button(page, 'and 2 more').click();
    await button(page, 'alert w8').waitFor();
    await page.getByLabel('severity').selectOption('critical');
    await button(page, 'alert w8').waitFor({ state: 'detached' });
    await page.getByLabel('severity').selectOption({ label: 'any severity' });
    await page.getByLabel('agent', { exact: true }).selectOption('a');
    await button(page, 'alert c').waitFor({ state: 'detached' });
    await button(page, 'alert w0').waitFor();
    const run = Promise.withResolvers<object>();
    given.server.answers['POST /checks/run'] = () => run.promise;
    given.server.answers['GET /alerts'] = alertsOf(alertOf('w0', { severity: 'warning' }));
    await button(page, 'Run checks').click();
    await button(page, 'Running').click({ force: true });
    run.resolve({});
    await button(page, 'Run checks').waitFor();
    expect(given.server.asked).toEqual(['POST /checks/run {}']);
    await expect.poll(() => textOf(page, 'Alerts')).toContain('1 warning');
    given.server.answers['POST /checks/run'] = refused(503, { detail: 'The record cannot be read.' });
    await button(page, 'Run checks').click();
    await page.getByRole('status').getByText('The record cannot be read.').waitFor();
    await page.getByRole('status').getByRole('button', { name: 'Close' }).click();
    await page.getByText('The record cannot be read.').waitFor({ state: 'detached' });
    given.server.answers['GET /alerts'] = refused(503, { detail: 'No alerts now.' });
    given.server.send('alerts', {});
    await page.getByRole('alert').getByText('No alerts now.').waitFor();
    given.server.answers['GET /alerts'] = alertsOf();
    await page.getByRole('region', { name: 'Alerts' }).getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => textOf(page, 'Alerts')).toMatch(/checked \d+ s ago/u);
    given.server.answers['GET /alerts'] = { ...alertsOf(), checkedAt: null };
    given.server.send('alerts', {});
    await expect.poll(() => textOf(page, 'Alerts')).toMatch(/^Alerts Run checks/u);
  });

  it('messages: three at most, and none goes while somebody points at them', async () => {
    const page = await open({ 'GET /alerts': alertsOf() });
    await button(page, 'Run checks').waitFor();
    await page.clock.install();
    for (const words of ['one', 'two', 'three', 'four']) {
      given.server.answers['POST /checks/run'] = refused(503, { detail: words });
      await button(page, 'Run checks').click();
      await page.getByRole('status').getByText(words, { exact: true }).waitFor();
    }
    expect(await page.getByRole('status').getByRole('button', { name: 'Close' }).count()).toBe(3);
    given.server.answers['POST /instances/x/pause'] = viewOf('x', { paused: pauseOf() });
    await button(page, 'Pause a name in advance').click();
    await page.getByRole('dialog').getByLabel('Agent').fill('x');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    const message = page.getByText('x is paused.');
    await message.hover();
    await page.clock.runFor(7000);
    await message.waitFor();
    await page.mouse.move(0, 0);
    await message.waitFor({ state: 'detached' });
    await page.getByText('four', { exact: true }).waitFor();
  });

  it('health: each pause with where it stands, and each rule with how near it is', async () => {
    const window = (change: Partial<HealthWindow>) => ({
      windowMs: 600_000,
      count: 0,
      calls: 0,
      ratio: null,
      limits: {},
      ...change,
    });
    const rule = (provider: string, name: string, ...windows: HealthWindow[]) => ({
      name,
      target: { provider },
      tripped: false,
      windows,
    });
    const share = { ratio: 0.5, minimumCalls: 10 };
    const over = window({ count: 9, calls: 12, ratio: 0.75, limits: share });
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /health/service': healthOf({
        pauses: [
          healthPauseOf({ target: { provider: 'google' }, rule: 'outage', reason: 'failing' }),
          healthPauseOf({
            target: { provider: 'openai' },
            clearSince: now - MINUTE,
            rule: 'outage',
            reason: 'rule outage',
          }),
          healthPauseOf({
            target: { provider: 'mistral' },
            source: 'operator',
            by: 'dana',
            reason: 'looking',
            resumesAt: now + HOUR,
          }),
          healthPauseOf({ target: 'an-agent', source: 'operator', by: 'sam' }),
        ],
        rules: [
          rule('google', 'outage', over),
          rule(
            'cohere',
            'keys',
            window({ count: 3, limits: { count: 5 } }),
            window({ count: 5, limits: { count: 5 } }),
          ),
          rule('groq', 'share', window({ count: 4, calls: 10, ratio: 0.4, limits: share })),
          rule('deepseek', 'share', window({ count: 1, calls: 3, ratio: 1 / 3, limits: share })),
        ],
      }),
    });
    await page.getByText('Trial call').first().waitFor();
    const text = await textOf(page, 'Service health');
    expect(text).toContain('Clear since not yet');
    expect(text).toContain('Trial call when it is clear');
    expect(text).toContain('Trial call now, one call');
    expect(text).toContain('failing (outage) 9 of 12 calls failed in 10 min, 75 % where 50 % is the limit, tripped.');
    expect(text).toMatch(/By dana until \d\d:\d\d:\d\d/u);
    expect(text).toContain('By sam until someone resumes it');
    expect(text).toContain('too few calls to judge');
    expect(text).toContain('near its limit');
    await page.getByRole('button', { name: /^cohere/u }).click();
    await page.getByRole('button', { name: /^deepseek/u }).click();
    const meters = await page
      .getByRole('meter')
      .evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')));
    // A rule by count is about failures alone: the server counts no calls for it.
    expect(meters).toEqual([
      'share: 4 of 10 calls failed in 10 min, 40 % where 50 % is the limit',
      'keys: 3 failures in 10 min, the limit is 5',
      'keys: 5 failures in 10 min, the limit is 5, tripped',
      'share: 1 of 3 calls failed in 10 min, too few calls to judge',
    ]);
    expect(await textOf(page, 'Service health')).toContain('judged from 10');
    await page.getByRole('button', { name: /^cohere/u }).click();
    await page.getByText('judged from 10').waitFor();
    expect(await page.getByRole('meter').count()).toBe(2);
  });

  it('health: everything is paused and resumed by a person, who is told what that means', async () => {
    const all = healthPauseOf({ target: { all: true }, source: 'operator', by: 'dana', reason: 'looking' });
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /health/service': healthOf({ enabled: false }),
    });
    await page.getByText('Service health is switched off.').waitFor();
    await page.getByText('No calls to judge yet.').waitFor();
    given.server.answers['POST /health/pause'] = healthOf({ pauses: [all] });
    given.server.answers['POST /health/resume'] = healthOf();
    await button(page, 'Pause everything').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('No provider is called for any of 1 agents until someone resumes.').waitFor();
    await dialog.getByLabel('Reason').fill('looking');
    await dialog.getByRole('button', { name: 'Pause everything' }).click();
    await page.getByRole('heading', { name: 'Everything is paused' }).waitFor();
    expect(await button(page, 'Pause everything').count()).toBe(0);
    await page
      .getByRole('region', { name: 'Service health' })
      .getByRole('button', { name: 'Resume everything' })
      .click();
    await dialog.getByText('Pauses of single agents and providers stay.').waitFor();
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Everything is resumed.').waitFor();
    expect(given.server.asked).toEqual([
      'POST /health/pause {"reason":"looking","target":{"all":true}}',
      'POST /health/resume {"target":{"all":true}}',
    ]);
  });

  it('health: what cannot be read is asked again', async () => {
    const page = await open({ 'GET /health/service': refused(500, { detail: 'Broken.' }) });
    const panel = page.getByRole('region', { name: 'Service health' });
    await panel.getByText('Broken.').waitFor();
    given.server.answers['GET /health/service'] = healthOf({ checkedAt: null });
    await panel.getByRole('button', { name: 'Try again' }).click();
    await panel.getByText('No calls to judge yet.').waitFor();
  });

  it('drawer: where calls go, why, what is next, and how much of a budget is used', async () => {
    const budget = {
      used: 412_345,
      reserved: 0,
      limit: 2_000_000,
      softLimit: 1,
      windowStartAt: now - HOUR,
      windowEndAt: now + 2 * HOUR,
      exceeded: false,
    };
    const page = await open({
      'GET /instances': listOf(
        viewOf('a', { budget }),
        viewOf('b', {
          budget: { ...budget, used: 42, limit: 999, windowStartAt: now - 10 * MINUTE, windowEndAt: now + 20 * MINUTE },
        }),
        viewOf(
          'c',
          {
            since: now - HOUR,
            retryAt: now + HOUR,
            tiers: tiersOf({ retryAfterUntil: now + HOUR, failures: 1, lastFailureKind: 'rate_limit' }),
            trial: 0,
          },
          1,
        ),
        viewOf('d', { paused: pauseOf({ since: now - HOUR, reason: 'looking into it' }), icon: '⛽' }),
        viewOf('e', { cause: null, tier: { index: 1, provider: 'openai', model: 'gpt', credential: 'key-2' } }, 1),
      ),
      'GET /config': refused(503),
    });
    const drawer = page.getByRole('complementary');
    const readOf = async (name: string) => {
      await button(page, name).click();
      await page.getByRole('complementary', { name, exact: true }).waitFor();
      return read(drawer);
    };
    expect(await readOf('a')).toMatch(
      /Answers now anthropic\/claude since its first call.*Nothing to wait for.*3 h budget: 412 k of 2 M/u,
    );
    expect(await readOf('b')).toContain('30 min budget: 42 of 999');
    expect(await readOf('c')).toMatch(/tier 1 is being tried.*the provider named the wait.*on trial/u);
    const paused = await readOf('d');
    expect(paused).toMatch(/⛽ budget used up.*Answers now nobody since.*Paused by dana looking into it/u);
    expect(await page.getByTitle('openai/gpt (key-2)').count()).toBeGreaterThan(0);
    expect(await page.getByTitle('openai/gpt: no failure', { exact: true }).count()).toBeGreaterThan(0);
    await drawer.getByRole('button', { name: 'Resume d' }).click();
    await page.getByRole('dialog', { name: 'Resume d?' }).waitFor();
    await page.keyboard.press(']');
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'd' }).waitFor();
    await drawer.getByRole('button', { name: 'Next agent' }).click();
    await expect.poll(() => drawer.getAttribute('aria-label')).not.toBe('d');
    await drawer.getByRole('button', { name: 'Close' }).click();
    await drawer.waitFor({ state: 'detached' });
  });

  it('drawer: covers a narrow page and takes the focus; who may only read sees no buttons', async () => {
    const page = await open({ hello: { can: ['read'] }, 'GET /instances': listOf(viewOf('a')) }, { width: 390 });
    await button(page, 'a').click();
    const heading = page.getByRole('complementary').getByRole('heading', { name: 'a', exact: true });
    await heading.waitFor();
    await expect.poll(() => heading.evaluate((element) => element.matches(':focus'))).toBe(true);
    expect(await page.getByRole('button', { name: /^(?:Pause|Reset|Hold)/u }).count()).toBe(0);
  });

  it('failure report: of a longer time, copied, empty, and refused', async () => {
    const share = (name: string, examples?: string[]) => ({
      name,
      count: 3,
      share: 0.75,
      ...(examples ? { examples } : {}),
    });
    const report = {
      hours: 24,
      tasks: 8,
      rejected: 3,
      failed: 1,
      share: 0.5,
      before: { share: 0.1 },
      byReason: [share('too long', ['answer 7 is too long']), share('too short', ['too short'])],
      byDomain: [],
      byTier: [share('a/one')],
      likelyCause: 'A tier.',
      nextSteps: ['Look.', 'Mend.'],
    };
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /alerts': alertsOf(),
      'GET /failure-report/a': (request: Request) => {
        const hours = Number(new URL(request.url).searchParams.get('hours'));
        if (hours === 168) return refused(503, { detail: 'The record cannot be read.' })();
        return hours === 72 ? { report: null, markdown: null, hours } : { report, markdown: '# a', hours };
      },
    });
    await button(page, 'a').click();
    await button(page, 'Failure report').click();
    const drawer = page.getByRole('complementary');
    await drawer.getByText('What to do next').waitFor();
    const text = await read(drawer);
    expect(text).toContain('4 of 8 tasks were rejected or failed, 50 %. In the 24 hours before it was 10 %.');
    expect(text).toContain('“answer 7 is too long”');
    expect(text).not.toContain('“too short”');
    expect(text).not.toContain('By domain');
    const copied: string[] = [];
    await page.exposeFunction('copied', (copy: string) => copied.push(copy));
    await page.evaluate(() => {
      let times = 0;
      navigator.clipboard.writeText = async (copy) => {
        if (times++ > 0) throw new Error('not allowed');
        await (globalThis as never as { copied: (copy: string) => Promise<void> }).copied(copy);
      };
    });
    await button(page, 'Copy as Markdown').click();
    await page.getByText('Copied as Markdown.').waitFor();
    expect(copied).toEqual(['# a']);
    await button(page, 'Copy as Markdown').click();
    await page.getByText('The browser did not allow copying.').waitFor();
    await drawer.getByLabel('How far back').selectOption('72');
    await drawer.getByText('Nothing was rejected or').waitFor();
    expect(await button(page, 'Copy as Markdown').count()).toBe(0);
    await drawer.getByLabel('How far back').selectOption('168');
    await drawer.getByRole('alert').getByText('The record cannot be read.').waitFor();
    await drawer.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog', { name: 'Pause a?' }).waitFor();
    await page.keyboard.press('Escape');
    given.server.send('instance', { view: viewOf('a', { paused: pauseOf() }), events: [] });
    await drawer.getByRole('button', { name: 'Pause' }).waitFor({ state: 'detached' });
  });

  it('failure report: an answer that comes after another agent was opened is not shown', async () => {
    const slow = Promise.withResolvers<object>();
    const page = await open({
      'GET /instances': listOf(viewOf('a'), viewOf('b')),
      'GET /alerts': alertsOf(),
      'GET /failure-report/a': () => slow.promise,
      'GET /failure-report/b': { report: null, markdown: null, hours: 24 },
    });
    await button(page, 'a').click();
    await button(page, 'Failure report').click();
    await page.getByRole('heading', { name: 'Failure report of a' }).waitFor();
    await button(page, 'b').focus();
    await page.keyboard.press(']');
    await page.getByText('Nothing was rejected or').waitFor();
    const late = page.waitForResponse('**/failure-report/a?*');
    slow.resolve(reportOf('Of the first.'));
    await (await late).finished();
    await page.getByRole('heading', { name: 'Failure report of b' }).waitFor();
    expect(await page.getByText('Of the first.').count()).toBe(0);
  });

  it('failure report: shows the time that is chosen, whatever answer comes last', async () => {
    const slow = Promise.withResolvers<object>();
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /alerts': alertsOf(),
      'GET /failure-report/a': (request: Request) => {
        const hours = Number(new URL(request.url).searchParams.get('hours'));
        return hours === 168 ? slow.promise : reportOf(`Of ${hours} hours.`, hours);
      },
    });
    await button(page, 'a').click();
    await button(page, 'Failure report').click();
    await page.getByText('Of 24 hours.').waitFor();
    const choice = page.getByLabel('How far back');
    await choice.selectOption('168');
    await choice.selectOption('72');
    await page.getByText('Of 72 hours.').waitFor();
    const late = page.waitForResponse('**/failure-report/a?hours=168');
    slow.resolve(reportOf('Of 168 hours.', 168));
    await (await late).finished();
    await button(page, 'Back to the agent').click();
    await button(page, 'Failure report').click();
    await page.getByText('Of 72 hours.').waitFor();
    expect(await page.getByText('Of 168 hours.').count()).toBe(0);
    expect(await choice.inputValue()).toBe('72');
  });

  it('ledger: an event of long ago has its day, and a page that is asked for twice comes once', async () => {
    const lastYear = new Date().getUTCFullYear() - 1;
    let times = 0;
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /instances/a/events': (request: Request) => {
        if (!new URL(request.url).searchParams.has('before'))
          return { events: [{ seq: 9, type: 'reset', by: 'new', at: now - HOUR }], next: 9 };
        times += 1;
        return { events: [{ seq: 8, type: 'reset', by: 'old', at: Date.UTC(lastYear, 4, 5, 2, 31) }], next: null };
      },
    });
    await button(page, 'a').click();
    const ledger = page.getByRole('region', { name: 'Ledger' });
    await button(page, 'Older events').dblclick();
    await expect.poll(() => times).toBe(2);
    await button(page, 'Older events').waitFor({ state: 'detached' });
    await ledger.getByText('5 May', { exact: true }).first().waitFor();
    expect(await ledger.getByText('by old', { exact: true }).count()).toBe(1);
  });

  it('a question: the answer to an earlier one neither closes it nor speaks in it', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a'), viewOf('b')) });
    for (const answer of [viewOf('a', { paused: pauseOf() }), refused(503, { detail: 'The store is away.' })()]) {
      const slow = Promise.withResolvers<object>();
      given.server.answers['POST /instances/a/pause'] = () => slow.promise;
      given.server.send('instance', { view: viewOf('a'), events: [] });
      await button(page, 'Pause a').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Pause' }).click();
      await dialog.getByRole('button', { name: 'Pausing' }).waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await button(page, 'Pause b').click();
      const late = page.waitForResponse('**/instances/a/pause');
      slow.resolve(answer);
      await (await late).finished();
      await page.waitForFunction(() => new Promise((resolve) => void requestAnimationFrame(() => resolve(true))));
      expect(await dialog.getByRole('heading', { name: 'Pause b?' }).count()).toBe(1);
      expect(await dialog.getByRole('alert').count()).toBe(0);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
    }
  });

  it('a question that was open for a while: an end is counted from when it is sent', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a')) });
    await button(page, 'Pause a').waitFor();
    await page.clock.install();
    await button(page, 'Pause a').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Ends').selectOption('30');
    await page.clock.fastForward(20 * 60_000);
    given.server.answers['POST /instances/a/pause'] = viewOf('a', { paused: pauseOf() });
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => given.server.asked.length).toBe(1);
    const { until } = JSON.parse(given.server.asked[0]!.replace(/^\S+ \S+ /u, '')) as { until: number };
    expect(until - Date.now()).toBeGreaterThan(45 * 60_000);
  });

  it('a browser that keeps nothing shows the page all the same', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a'), viewOf('b')) });
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('not allowed', 'SecurityError');
        },
      });
    });
    await page.reload();
    await button(page, 'a').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByLabel('Single letters in the table').uncheck();
    await button(page, 'Close').click();
    await button(page, 'a').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('p');
    await page.getByRole('heading', { name: 'Pause b?' }).waitFor();
  });

  it('ledger: older events are asked for, new ones wait while somebody has scrolled', async () => {
    const eventAt = (seq: number, more: object = {}) => ({
      seq,
      type: 'reset',
      by: `person ${seq}`,
      at: now - HOUR + seq,
      ...more,
    });
    const many = Array.from({ length: 50 }, (_, index) => eventAt(100 - index));
    let problem: (() => Response) | undefined;
    const page = await open(
      {
        'GET /instances': listOf(viewOf('a')),
        'GET /instances/a/events': (request: Request) => {
          const query = new URL(request.url).searchParams;
          if (problem) return problem();
          if (query.get('type')?.startsWith('tier-failed')) return { events: [], next: null };
          if (query.get('before') === '51') return { events: [eventAt(50, { at: now - 30 * HOUR })], next: null };
          return { events: many, next: 51 };
        },
      },
      { height: 500 },
    );
    await button(page, 'a').click();
    const ledger = page.getByRole('region', { name: 'Ledger' });
    await button(page, 'Older events').click();
    await ledger.getByText('by person 50', { exact: true }).waitFor();
    expect(await button(page, 'Older events').count()).toBe(0);
    await ledger.getByText('by person 50', { exact: true }).scrollIntoViewIfNeeded();
    const tell = (...events: object[]) => given.server.send('instance', { view: viewOf('a'), events });
    tell(eventAt(101));
    await ledger.getByRole('button', { name: '1 new event' }).waitFor();
    tell(eventAt(102));
    // Not as a mouse does: what scrolls up to it brings the rows by itself.
    await ledger.getByRole('button', { name: '2 new events' }).dispatchEvent('click');
    await ledger.getByText('by person 102', { exact: true }).waitFor();
    await ledger.getByLabel('Which events').selectOption({ label: 'Failures' });
    await ledger.getByText('Nothing has happened to it.').waitFor();
    problem = refused(503, { detail: 'The ledger is away.' });
    await ledger.getByLabel('Which events').selectOption({ label: 'What people did' });
    await ledger.getByText('The ledger is away.').waitFor();
    problem = undefined;
    await ledger.getByRole('button', { name: 'Try again' }).click();
    await ledger.getByText('by person 100', { exact: true }).waitFor();
    await page.getByRole('complementary').getByRole('heading', { name: 'a', exact: true }).scrollIntoViewIfNeeded();
    tell(eventAt(103, { type: 'tier-failed', tier: 'anthropic/claude', kind: 'timeout' }), eventAt(104));
    await ledger.getByText('by person 104', { exact: true }).waitFor();
    expect(await ledger.getByText('Tier 1 failed').count()).toBe(0);
  });
});
