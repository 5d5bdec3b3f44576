import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { browserIsThere, browserNote } from './support/browser.js';
import { alertOf, alertsOf, healthOf, healthPauseOf, listOf, pauseOf, tiersOf, viewOf } from './support/given.js';
import { button, givenPages, refused } from './support/given-server.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();
const stopped = pauseOf({ source: 'exhausted', by: 'tierfall', reason: 'chain exhausted', since: now - HOUR });

describe.runIf(browserIsThere)(`the page, whatever the server answers${browserNote}`, () => {
  const given = givenPages();
  const { open } = given;
  const row = (page: Page, name: string) => page.getByRole('row').filter({ has: button(page, name) });

  it('offers in the situation what can be done about each line', async () => {
    const page = await open({
      'GET /instances': listOf(
        viewOf('a', { paused: stopped }),
        viewOf('b', { paused: stopped }),
        viewOf('c', { since: 500, tiers: tiersOf({ restUntil: now + HOUR }) }, 1),
        viewOf('d', { paused: pauseOf({ until: now + HOUR }) }),
      ),
      'GET /health/service': healthOf({
        pauses: ['openai', 'google', 'x', 'y', 'z'].map((provider) => healthPauseOf({ target: { provider } })),
      }),
      'GET /alerts': alertsOf(alertOf('1', { instance: 'c', title: 'c repeats itself' })),
    });
    const panel = page.getByRole('region', { name: 'Situation' });
    await panel.getByText('2 agents are stopped').waitFor();
    await panel.getByRole('button', { name: 'Show these agents' }).click();
    await page.getByText('3 of 4', { exact: true }).waitFor();
    await panel.getByRole('button', { name: 'and 1 more' }).click();
    await page.getByText('1 of 4', { exact: true }).waitFor();
    expect(page.url()).toContain('agents=fallback');
    await button(page, 'Open c').click();
    await page.getByRole('complementary', { name: 'c' }).waitFor();
    await page.keyboard.press('Escape');
    await button(page, 'Failure report of c').click();
    await page.getByRole('heading', { name: 'Failure report of c' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await panel.textContent()).toContain('d is paused until');
    await panel.getByRole('button', { name: 'Show', exact: true }).click();
    await panel.getByText('d is paused', { exact: true }).waitFor();
    await panel.getByRole('button', { name: 'Hide' }).click();
    await panel.getByRole('button', { name: 'Resume google' }).click();
    given.server.answers['POST /health/resume'] = healthOf();
    await page.getByRole('dialog', { name: 'Resume google?' }).getByRole('button', { name: 'Resume' }).click();
    await page.getByText('google is resumed.').waitFor();
    await panel.getByRole('button', { name: 'Resume google' }).waitFor({ state: 'detached' });
    expect(given.server.asked).toEqual(['POST /health/resume {"target":{"provider":"google"}}']);
  });

  it('says that the store cannot be read until it can, and asks again when told to', async () => {
    const page = await open({
      hello: { can: ['read'] },
      'GET /instances': listOf(viewOf('a')),
      'GET /health/service': healthOf({ storeOk: false }),
    });
    await page.getByText('The store cannot be read. Shown from this process').waitFor();
    given.server.answers['GET /health/service'] = healthOf();
    await button(page, 'Try again').click();
    await page.getByText('The store cannot be read. Shown from this process').waitFor({ state: 'detached' });
    given.server.send('store', { ok: false });
    await page.getByRole('heading', { name: 'The store cannot be read' }).waitFor();
  });

  it('shows that the list cannot be read, and reads it when asked to', async () => {
    const page = await open({ 'GET /instances': refused(500, { title: 'Out of order' }) });
    await page.getByRole('alert').getByText('Out of order').waitFor();
    given.server.answers['GET /instances'] = refused(500);
    await button(page, 'Try again').click();
    await page.getByText('The server answered 500.').waitFor();
    given.server.answers['GET /instances'] = listOf(viewOf('a'));
    await button(page, 'Try again').click();
    await row(page, 'a').waitFor();
  });

  it('reads every page of a long list, and lets go of agents that are no more', async () => {
    const page = await open({
      'GET /instances': (request: Request) =>
        new URL(request.url).searchParams.get('after') === 'a'
          ? listOf(viewOf('b'))
          : { instances: [viewOf('a')], next: 'a' },
    });
    await row(page, 'b').waitFor();
    await button(page, 'a').click();
    await page.getByRole('complementary', { name: 'a' }).waitFor();
    given.server.answers['GET /instances'] = listOf(viewOf('b'), viewOf('c', { paused: pauseOf() }));
    given.server.send('refresh', {});
    await row(page, 'c').waitFor();
    expect(await row(page, 'a').count()).toBe(0);
    expect(await page.getByRole('complementary').count()).toBe(0);
  });

  it('takes over what the stream tells of health, alerts and the chain', async () => {
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /health/service': healthOf(),
      'GET /alerts': alertsOf(),
    });
    await page.getByText('No active alerts.').waitFor();
    given.server.send('health', healthOf({ pauses: [healthPauseOf()] }));
    await page.getByText('google is paused for everyone').first().waitFor();
    given.server.answers['GET /alerts'] = alertsOf(alertOf('1'));
    given.server.send('alerts', {});
    await button(page, 'alert 1').waitFor();
    given.server.answers['GET /config'] = {
      version: 9,
      by: null,
      at: null,
      chain: [],
      policy: { triggers: [], cooldown: {} },
    };
    given.server.send('config', {});
    given.server.send('of-a-newer-server', {});
    await button(page, 'a').click();
    await page.getByText('version 9').waitFor();
    given.server.answers['GET /alerts'] = alertsOf();
    given.server.send('alerts', {});
    await page.getByText(/resolved\s+\d\d:\d\d/u).waitFor();
  });

  it('draws nothing while its tab is hidden, and all of it once it is seen', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a')) });
    await row(page, 'a').waitFor();
    const hide = (isHidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await hide(true);
    given.server.send('instance', { view: viewOf('b'), events: [] });
    given.server.answers['GET /instances'] = listOf(viewOf('a'), viewOf('b'), viewOf('c'));
    const read = page.waitForResponse('**/instances?*');
    given.server.send('refresh', {});
    await (await read).finished();
    // Longer than a burst of changes is gathered.
    await page.evaluate(() => new Promise((resolve) => void setTimeout(resolve, 400)));
    expect(await row(page, 'b').count()).toBe(0);
    await hide(false);
    await row(page, 'b').waitFor();
    await row(page, 'c').waitFor();
  });

  it('goes on without a stream where the server has no room for one, and says so', async () => {
    const page = await open({ 'GET /stream': refused(503), 'GET /instances': listOf(viewOf('a')), hello: {} });
    await page.getByText('Live updates are full. Refreshed every 10 s').waitFor();
    await page.getByText('Every 10 s', { exact: true }).waitFor();
    await row(page, 'a').waitFor();
  });

  it('counts as lost where the server fails, and tries again at once when the computer is back online', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a', {}, 1)) });
    await button(page, 'a').click();
    await page.getByText('on tier 1 for', { exact: false }).waitFor();
    given.server.answers['GET /stream'] = refused(500);
    given.server.hangUp();
    await page.getByText(/Connection lost/u).waitFor();
    await page.getByText('Offline', { exact: true }).waitFor();
    expect(await button(page, 'Pause a').last().getAttribute('aria-disabled')).toBe('true');
    await button(page, 'Pause a').last().click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    const tried = page.waitForRequest('**/stream');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await tried;
    await page.getByText(/Next try in\s+\d+ s/u).waitFor();
  });

  it('says why a token is refused', async () => {
    const page = await open({ 'GET /stream': refused(401) });
    await page.getByRole('heading', { name: 'Sign in to see your agents' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    const say = async (answer: unknown, words: string) => {
      given.server.answers['GET /stream'] = answer;
      await page.getByLabel('Token').fill(' token ');
      await button(page, 'Sign in').click();
      await page.getByRole('alert').getByText(words).waitFor();
    };
    await page.getByLabel('Token').fill(' ');
    await button(page, 'Sign in').click();
    expect(await page.getByRole('alert').count()).toBe(0);
    await say(refused(429, {}, { 'retry-after': '30' }), 'Too many tries. Try again in 30 s.');
    await say(refused(429), 'Too many tries. Try again in 1 s.');
    await say(refused(403), 'This token may not read here.');
    await say(refused(401), 'This token is not accepted. Check that it was copied whole.');
  });

  it('says that a token is no longer accepted to who was in', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a')) });
    await page.evaluate(() => sessionStorage.setItem('tierfall-token', 'was-good'));
    await page.reload();
    await row(page, 'a').waitFor();
    given.server.answers['GET /stream'] = refused(401);
    given.server.hangUp();
    await page.getByText('Your token is no longer accepted. Sign in again to go on.').waitFor();
  });

  it('asks to reload, and for no token, where the sign-in of the host has ended a session', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a')) });
    const endWith = async (answer: () => Response) => {
      await row(page, 'a').waitFor();
      const working = given.server.answers['GET /stream'];
      given.server.answers['GET /stream'] = answer;
      given.server.hangUp();
      await page.getByRole('heading', { name: 'You are no longer signed in' }).waitFor();
      expect(await page.getByLabel('Token').count()).toBe(0);
      given.server.answers['GET /stream'] = working;
      await button(page, 'Reload').click();
    };
    await endWith(() => new Response(null, { status: 302, headers: { location: '/login' } }));
    await endWith(() => new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html; charset=utf-8' } }));
    await endWith(refused(401));
    await row(page, 'a').waitFor();
    // A gateway's page is an outage, and no end of a session.
    given.server.answers['GET /stream'] = () =>
      new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } });
    given.server.hangUp();
    await page.getByText(/Next try in\s+\d+ s/u).waitFor();
  });

  it('keeps a theme, explains its keys, and switches single letters off', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a'), viewOf('b')) });
    await row(page, 'a').waitFor();
    for (const theme of ['system', 'light', 'dark']) await button(page, `Theme: ${theme}`).first().click();
    await button(page, 'Theme: system').first().click();
    expect(await page.evaluate(() => document.documentElement.style.colorScheme)).toBe('light');
    await page.reload();
    await button(page, 'Theme: light').first().waitFor();
    await page.getByLabel('Search agents').focus();
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog', { name: 'Keys' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.getByLabel('Single letters in the table').uncheck();
    await keys.getByRole('button', { name: 'Close' }).click();
    await row(page, 'a').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('p');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await row(page, 'a').evaluate((element) => element.matches(':focus'))).toBe(true);
    await page.keyboard.press('ArrowDown');
    expect(await row(page, 'b').evaluate((element) => element.matches(':focus'))).toBe(true);
    await page.keyboard.press('?');
    await keys.getByLabel('Single letters in the table').check();
    await keys.getByRole('button', { name: 'Close' }).click();
    await row(page, 'b').focus();
    await page.keyboard.press('k');
    expect(await row(page, 'a').evaluate((element) => element.matches(':focus'))).toBe(true);
  });

  it('moves with the arrow keys: among filters, into the buttons of a row, and with the drawer', async () => {
    const page = await open({
      'GET /instances': listOf(viewOf('a', { paused: pauseOf() }), viewOf('b'), viewOf('c')),
    });
    await row(page, 'a').waitFor();
    const focused = () =>
      page.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.getAttribute('aria-label') ?? active?.textContent.trim().replaceAll(/\s+/gu, ' ');
      });
    await page.getByRole('radio', { name: 'All 3' }).focus();
    await page.keyboard.press('x');
    await page.keyboard.press('ArrowRight');
    await page.getByText('1 of 3', { exact: true }).waitFor();
    expect(await focused()).toBe('Paused 1');
    await page.keyboard.press('ArrowLeft');
    await page.getByText('3 of 3', { exact: true }).waitFor();
    await row(page, 'a').focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('a');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('Resume a');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Control+ArrowRight');
    expect(await focused()).toBe('a');
    await row(page, 'a').focus();
    await page.keyboard.press('p');
    await page.getByRole('dialog', { name: 'Resume a?' }).waitFor();
    await page.keyboard.press('Escape');
    await row(page, 'a').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'a' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('complementary', { name: 'b' }).waitFor();
    await page.keyboard.press(']');
    await page.getByRole('complementary', { name: 'c' }).waitFor();
    await page.keyboard.press(']');
    await page.keyboard.press('x');
    await page.getByRole('complementary', { name: 'c' }).waitFor();
    await page.getByRole('columnheader', { name: 'Agent' }).getByRole('button').click();
    expect(await page.getByRole('columnheader', { name: 'Agent' }).getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('columnheader', { name: 'Why' }).getByRole('button').click();
    expect(await page.getByRole('columnheader', { name: 'Why' }).getAttribute('aria-sort')).toBe('descending');
    await page.getByLabel('Search agents').fill('nobody');
    await page.getByText('No agent matches “nobody”.').waitFor();
    await button(page, 'Clear search').click();
    await page.getByText('3 of 3', { exact: true }).waitFor();
  });

  it('lets rows stay where somebody works, and sorts again when asked to', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a'), viewOf('b')) });
    await row(page, 'b').focus();
    given.server.send('instance', { view: viewOf('b', { paused: stopped }), events: [] });
    await page.getByText('Order has changed').waitFor();
    expect(await page.getByRole('row').nth(2).getAttribute('data-name')).toBe('b');
    await button(page, 'sort again').click();
    await expect.poll(() => page.getByRole('row').nth(1).getAttribute('data-name')).toBe('b');
  });

  it('a provider: asks again where a person has paused it since it was asked', async () => {
    const page = await open({
      'GET /instances': listOf(viewOf('a')),
      'GET /health/service': healthOf({ pauses: [healthPauseOf()] }),
    });
    const dialog = page.getByRole('dialog', { name: 'Resume google?' });
    await page.getByRole('button', { name: 'Resume google' }).first().click();
    const pause = healthPauseOf({ source: 'operator', by: 'kim', reason: 'their status page', since: now });
    given.server.send('health', healthOf({ pauses: [pause] }));
    await page.getByText('By kim').first().waitFor({ state: 'attached' });
    given.server.answers['POST /health/resume'] = healthOf();
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await dialog.getByText('Meanwhile kim has paused it: their status page.').waitFor();
    expect(given.server.asked).toEqual([]);
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('google is resumed.').waitFor();
  });

  it('of no agents says what is known of the chain, and pauses a name in advance', async () => {
    const page = await open({ 'GET /config': refused(503) });
    await page.getByText('No reload is needed.').waitFor();
    expect(await page.getByText('The chain is loaded').count()).toBe(0);
    const chain = Array.from({ length: 7 }, (_, index) => ({ provider: 'p', model: `m${index}` }));
    given.server.answers['GET /config'] = {
      version: 1,
      by: null,
      at: null,
      chain,
      policy: { triggers: [], cooldown: {} },
    };
    given.server.send('config', {});
    await page.getByText(/7 tiers,\s+p\/m0/u).waitFor();
    await button(page, 'Pause a name in advance').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Agent').fill('new-one');
    given.server.answers['POST /instances/new-one/pause'] = viewOf('new-one', { paused: pauseOf() });
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('new-one is paused.').waitFor();
    await row(page, 'new-one').waitFor();
    expect(given.server.asked).toEqual(['POST /instances/new-one/pause {}']);
  });

  it('sends when an action ends, once, and says where it cannot be sent', async () => {
    const page = await open({
      'GET /instances': listOf(viewOf('a', { tiers: tiersOf({ retryAfterUntil: now + HOUR }) }, 1)),
    });
    const dialog = page.getByRole('dialog');
    const ask = async (name: string) => {
      await row(page, 'a').getByRole('button', { name }).click();
      await dialog.waitFor();
    };
    const sentUntil = () =>
      (JSON.parse(given.server.asked.at(-1)!.replace(/^\S+ \S+ /u, '')) as { until: number }).until;
    const paused = Promise.withResolvers<object>();
    given.server.answers['POST /instances/a/pause'] = () => paused.promise;
    await ask('Pause a');
    await dialog.getByLabel('Ends').selectOption({ label: 'Tomorrow 08:00' });
    await page.keyboard.press('Meta+Enter');
    await dialog.getByRole('button', { name: 'Pausing' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => given.server.asked.length).toBe(1);
    paused.resolve(viewOf('a', { paused: pauseOf({ since: now }) }));
    await page.getByText('a is paused.').waitFor();
    expect(new Date(sentUntil()).toISOString()).toMatch(/T08:00:00.000Z$/u);
    // The way back is in the message.
    given.server.send('instance', { view: viewOf('a', {}, 1), events: [] });
    await page.getByRole('row', { name: '② tier 2 of 3' }).waitFor();
    await page.getByRole('status').getByRole('button', { name: 'Resume' }).click();
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await dialog.getByText('It has been resumed already.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await ask('Hold a tier of a back');
    await dialog.getByLabel('Ends').selectOption({ label: 'Choose a time' });
    await dialog.getByLabel('Time', { exact: true }).fill('2030-01-02T03:04');
    await page.route('**/hold', (route) => route.abort());
    await dialog.getByRole('button', { name: 'Hold' }).click();
    await dialog
      .getByText('The server did not answer. Look whether anything has changed before you try again.')
      .waitFor();
    await page.unroute('**/hold');
    given.server.answers['POST /instances/a/hold'] = viewOf('a', {}, 1);
    await dialog.getByRole('button', { name: 'Hold' }).click();
    await page.getByText('Tier 2 of a is held back.').waitFor();
    expect(sentUntil()).toBe(Date.UTC(2030, 0, 2, 3, 4));
    await page.getByRole('status').getByRole('button', { name: 'Reset' }).click();
    await dialog.getByText('Ends every rest, hold and pause of it.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await ask('Hold a tier of a back');
    await dialog.locator('select[name=tier]').selectOption('0');
    await dialog.getByRole('button', { name: 'Hold' }).click();
    await page.getByText('Tier 1 of a is held back.').waitFor();
    expect(given.server.asked.at(-1)).toBe('POST /instances/a/hold {"tier":"anthropic/claude"}');
  });

  it('holds the tier that was chosen, also where the chain is changed before it is confirmed', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a', {}, 1)) });
    const dialog = page.getByRole('dialog');
    await row(page, 'a').getByRole('button', { name: 'Hold a tier of a back' }).click();
    await dialog.locator('select[name=tier]').selectOption({ label: 'Tier 1, anthropic/claude' });
    const tiers = [...tiersOf({ id: 'mistral/large' }).slice(0, 1), ...tiersOf()];
    const changed = viewOf('a', { tiers: tiers.map((tier, index) => ({ ...tier, index })) });
    given.server.send('instance', { view: changed, events: [] });
    await page.getByText('tier 1 of 4').first().waitFor({ state: 'attached' });
    given.server.answers['POST /instances/a/hold'] = changed;
    await dialog.getByRole('button', { name: 'Hold' }).click();
    await page.getByText('Tier 2 of a is held back.').waitFor();
    expect(given.server.asked.at(-1)).toBe('POST /instances/a/hold {"tier":"anthropic/claude"}');
  });

  it.each(['Resume', 'Reset'])('%s: asks again where a person has paused it since it was asked', async (verb) => {
    const page = await open({ 'GET /instances': listOf(viewOf('a', { paused: stopped })) });
    const dialog = page.getByRole('dialog');
    await row(page, 'a')
      .getByRole('button', { name: `${verb} a` })
      .click();
    const paused = pauseOf({ by: 'kim', reason: 'deploy', since: now });
    given.server.send('instance', { view: viewOf('a', { paused }), events: [] });
    await page.getByText('Paused by kim').first().waitFor({ state: 'attached' });
    given.server.answers[`POST /instances/a/${verb.toLowerCase()}`] = viewOf('a');
    await dialog.getByRole('button', { name: verb }).click();
    await dialog.getByText('Meanwhile kim has paused it: deploy. Confirm again to lift it.').waitFor();
    expect(given.server.asked).toEqual([]);
    await dialog.getByRole('button', { name: verb }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(given.server.asked).toEqual([`POST /instances/a/${verb.toLowerCase()} {}`]);
  });

  it('asks before it leaves a chain that is not saved', async () => {
    const page = await open({ 'GET /instances': listOf(viewOf('a')) });
    await row(page, 'a').waitFor();
    await page.evaluate(() => {
      location.hash = '#chain';
    });
    await button(page, 'Move tier 3 up').click();
    const answers = [false, true];
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void (answers.shift() ? dialog.accept() : dialog.dismiss());
    });
    await button(page, 'Overview').click();
    await page.getByText('moves from tier 3 to tier 2').waitFor();
    await button(page, 'Overview').click();
    await row(page, 'a').waitFor();
    expect(asked).toEqual(Array(2).fill('Leave without saving the chain?'));
    expect(page.url()).not.toContain('#chain');
  });
});
