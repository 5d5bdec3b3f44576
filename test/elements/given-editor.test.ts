import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { browserIsThere, browserNote } from './support/browser.js';
import { configOf, listOf, viewOf } from './support/given.js';
import { button, givenPages, refused } from './support/given-server.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const versionOf =
  (config: object, etag = '"4"') =>
  () =>
    Response.json(config, { headers: { etag } });

describe.runIf(browserIsThere)(`the chain editor, whatever the server answers${browserNote}`, () => {
  const given = givenPages();
  /** The page at its chain, with one agent. */
  const open = (answers: Record<string, unknown>) =>
    given.open({ 'GET /instances': listOf(viewOf('a')), ...answers }, { path: '#chain' });
  const tier = (page: Page, number: number) => page.getByRole('group', { name: `Tier ${number}` });
  /** The models from the best tier down. */
  const models = (page: Page) =>
    page
      .getByLabel('Model', { exact: true })
      .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  /** What the last try to save sent. */
  const sent = () =>
    JSON.parse(given.server.asked.at(-1)!.replace(/^\S+ \S+ /u, '')) as Record<string, Record<string, unknown>>;

  it('moves tiers by keys and by dragging, and takes one away until that is undone', async () => {
    const page = await open({});
    await tier(page, 1).getByLabel('Model').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await page.keyboard.press('Alt+x');
    await page.keyboard.press('ArrowDown');
    expect(await models(page)).toEqual(['claude', 'gpt', 'gemini']);
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByText('Tier 1, now tier 2 of 3').waitFor({ state: 'attached' });
    expect(await models(page)).toEqual(['gpt', 'claude', 'gemini']);
    await page.keyboard.press('Alt+ArrowUp');
    expect(await models(page)).toEqual(['claude', 'gpt', 'gemini']);
    // What is dragged from elsewhere moves nothing.
    await tier(page, 2).dispatchEvent('drop');
    await tier(page, 3).getByTitle('Drag to another place').dragTo(tier(page, 1));
    await expect.poll(() => models(page)).toEqual(['gemini', 'claude', 'gpt']);
    await button(page, 'Remove tier 1').click();
    await page.getByText('goes:').waitFor();
    await button(page, 'Undo').click();
    await page.getByText('goes:').waitFor({ state: 'detached' });
    await button(page, 'Add tier').click();
    await button(page, 'Remove tier 4').click();
    expect(await models(page)).toEqual(['gemini', 'claude', 'gpt']);
    await button(page, 'Discard').click();
    await page.getByText('Nothing has changed.').waitFor();
    expect(await models(page)).toEqual(['claude', 'gpt', 'gemini']);
    for (const number of [3, 2, 1]) await button(page, `Remove tier ${number}`).click();
    await page.getByText('1 problem to solve before saving').waitFor();
    await button(page, 'Save as version 5').press('Control+s');
    await page.getByRole('region', { name: 'Tiers' }).getByText('At least one tier is needed.').waitFor();
  });

  it('edits the order of a pool, rests and the budget, and sends what it does not know as it was', async () => {
    const keys = ['k1', 'k2'].map((credential) => ({ provider: 'a', model: 'one', credential, contextTokens: 1000 }));
    const config = configOf(
      { chain: keys },
      {
        triggers: ['rate_limit', 'token_budget', 'quota'],
        tokenBudget: { limit: 1000, windowMs: 3_600_000, softLimit: 0.8 },
        recovery: 'on-success',
      },
    );
    const page = await open({ 'GET /config': versionOf(config) });
    await page.getByLabel('Order of its keys').selectOption({ label: 'Least used' });
    await page.getByLabel('First, seconds').fill('5');
    await page.getByLabel('At most, seconds').fill('x');
    await page.getByLabel('At most, seconds').blur();
    await page
      .getByRole('group', { name: 'Rest after a failure' })
      .getByText(/maxMs|number/u)
      .first()
      .waitFor();
    await page.getByLabel('At most, seconds').fill('60');
    await page.getByText('Warns at 80 %.').waitFor();
    await page.getByLabel('Limit, tokens').fill('none');
    await page.getByLabel('Limit, tokens').blur();
    await page
      .getByRole('group', { name: 'Token budget' })
      .getByText(/number/u)
      .waitFor();
    await page.getByLabel('Limit, tokens').fill('2000');
    await page.getByLabel('Window, hours').fill('2');
    await page.getByLabel('Counted').selectOption('input');
    // Nothing, and what is there already, add nothing.
    await button(page, 'Add a trigger').click();
    await page.getByLabel('Another trigger').fill('quota');
    await button(page, 'Add a trigger').click();
    await page.getByRole('checkbox', { name: 'Out of quota' }).uncheck();
    await page.getByText('Steps down no longer for').waitFor();
    const saved = configOf({ version: 5, chain: keys });
    given.server.answers['PUT /config'] = versionOf(saved, '"5"');
    await page.keyboard.press('Meta+s');
    await page.getByText('Chain saved as version 5.').waitFor();
    expect(sent()).toEqual({
      chain: keys.map((key) => ({ ...key, order: 'least-used' })),
      policy: {
        triggers: ['rate_limit', 'token_budget'],
        onExhausted: 'wrap',
        cooldown: { initialMs: 5000, factor: 2, maxMs: 60_000 },
        tokenBudget: { limit: 2000, windowMs: 7_200_000, softLimit: 0.8, count: 'input' },
        recovery: 'on-success',
      },
    });
    await page.getByText('Nothing has changed.').waitFor();
    await page.keyboard.press('Control+s');
    await page.keyboard.press('s');
    expect(given.server.asked).toHaveLength(1);
  });

  it('goes on from what it saved where the stream brought that version before the answer came', async () => {
    const page = await open({});
    await tier(page, 2).getByLabel('Model').fill('gpt-6');
    const saved = Promise.withResolvers<object>();
    given.server.answers['PUT /config'] = () => saved.promise;
    await button(page, 'Save as version 5').click();
    await expect.poll(() => given.server.asked.length).toBe(1);
    const next = { ...configOf(), ...sent(), version: 5 };
    given.server.answers['GET /config'] = versionOf(next, '"5"');
    given.server.send('config', {});
    await page.getByText('against version 5').waitFor();
    saved.resolve(versionOf(next, '"5"')());
    await page.getByText('Chain saved as version 5.').waitFor();
    await page.getByText('Nothing has changed.').waitFor();
    expect(await models(page)).toEqual(['claude', 'gpt-6', 'gemini']);
  });

  it('keeps what is typed while it saves, as a change of what it saved', async () => {
    const page = await open({});
    await tier(page, 2).getByLabel('Model').fill('gpt-6');
    await button(page, 'Remove tier 1').click();
    const answer = Promise.withResolvers<object>();
    given.server.answers['PUT /config'] = () => answer.promise;
    await button(page, 'Save as version 5').click();
    await expect.poll(() => given.server.asked.length).toBe(1);
    await button(page, 'Discard').click({ force: true });
    await page.getByLabel('Model', { exact: true }).last().press('End');
    await page.keyboard.type('-pro');
    answer.resolve(versionOf({ ...configOf(), ...sent(), version: 5 }, '"5"')());
    await page.getByText('Chain saved as version 5.').waitFor();
    expect(await models(page)).toEqual(['gpt-6', 'gemini-pro']);
    await page.getByText('against version 5').waitFor();
    given.server.answers['PUT /config'] = refused(503);
    await button(page, 'Save as version 6').click();
    await expect.poll(() => given.server.asked.length).toBe(2);
    expect(sent()['chain']).toMatchObject([{ model: 'gpt-6' }, { model: 'gemini-pro' }]);
  });

  it('says at its field what the server refuses, keeps what was typed, and saves once at a time', async () => {
    const page = await open({
      'PUT /config': refused(400, { issues: [{ path: 'chain[1].model', message: 'is retired' }] }),
    });
    await button(page, 'Move tier 3 up').click();
    await button(page, 'Save as version 5').click();
    await page.getByText('is retired').waitFor();
    await button(page, 'tier 2, model').click();
    await expect
      .poll(() =>
        tier(page, 2)
          .getByLabel('Model')
          .evaluate((field) => field.matches(':focus')),
      )
      .toBe(true);
    await tier(page, 2).getByLabel('Model').fill('gemini-3');
    await page.getByText('is retired').waitFor({ state: 'detached' });
    const saved = Promise.withResolvers<object>();
    given.server.answers['PUT /config'] = () => saved.promise;
    await button(page, 'Save as version 5').click();
    await button(page, 'Saving').click({ force: true });
    await expect.poll(() => given.server.asked.length).toBe(2);
    saved.resolve(refused(503, { detail: 'The store is away.' })());
    await page.getByRole('status').getByText(': The store is away.').waitFor();
    expect(given.server.asked).toHaveLength(2);
    expect(await models(page)).toEqual(['claude', 'gemini-3', 'gpt']);
  });

  it('keeps changes on top of a version that came in between, or drops them', async () => {
    const ladder = { initialMs: 10_000, factor: 3, maxMs: 90_000 };
    const newer = configOf(
      { version: 5, by: null, at: null },
      { onExhausted: 'throw', cooldown: { rate_limit: ladder, overloaded: ladder } },
    );
    const page = await open({ 'PUT /config': refused(412, { detail: 'Changed since.' }) });
    await page.getByText('Pause the agent').click();
    await page.getByLabel('First, seconds').fill('5');
    await page.getByLabel('First, seconds').blur();
    given.server.answers['GET /config'] = versionOf(newer, '"5"');
    await button(page, 'Save as version 5').click();
    await page.getByText('Somebody saved version 5,').waitFor();
    await page.getByText('The other one set throw').waitFor();
    await page.getByText('The other one set 10, 3, 90').waitFor();
    await button(page, 'Show Somebody’s changes').click();
    await page.getByRole('alert').getByText('wrap').waitFor();
    expect(await button(page, 'Show Somebody’s changes').count()).toBe(0);
    // A third version, of somebody with a name.
    given.server.answers['GET /config'] = versionOf({ ...newer, version: 6, by: 'sam', at: Date.now() }, '"6"');
    given.server.send('config', {});
    await page.getByText(/sam saved version 6 at \d\d:\d\d,/u).waitFor();
    await page.getByText('Drop mine').click();
    await page.getByText('Nothing has changed.').waitFor();
    expect(await page.getByLabel('First, seconds').inputValue()).toBe('10');
  });

  it('keeps what was being edited where the token ends meanwhile, until after the sign-in', async () => {
    const page = await open({});
    await page.evaluate(() => sessionStorage.setItem('tierfall-token', 'was-good'));
    await page.reload();
    const model = tier(page, 1).getByLabel('Model', { exact: true });
    await model.fill('claude-next');
    const working = given.server.answers['GET /stream'];
    given.server.answers['GET /stream'] = refused(401);
    given.server.hangUp();
    await page.getByText('Your token is no longer accepted. Sign in again to go on.').waitFor();
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await model.isVisible()).toBe(false);
    given.server.answers['GET /stream'] = working;
    await page.getByLabel('Token', { exact: true }).fill('a-new-one');
    await button(page, 'Sign in').click();
    await model.waitFor();
    expect(await model.inputValue()).toBe('claude-next');
  });

  it('asks the browser to keep a tab whose chain is not saved', async () => {
    const page = await open({});
    const isKept = () => page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));
    await page.getByText('Nothing has changed.').waitFor();
    expect(await isKept()).toBe(false);
    await button(page, 'Move tier 3 up').click();
    await page.getByText('moves from tier 3').waitFor();
    expect(await isKept()).toBe(true);
    given.server.answers['GET /config'] = refused(503, { detail: 'The store is away.' });
    await page.reload();
    await page.getByRole('alert').getByText('The store is away.').waitFor();
    given.server.answers['GET /config'] = versionOf(configOf({}, { cooldown: {} }));
    await button(page, 'Try again').click();
    await page.getByText('Each kind has a ladder of its own').waitFor();
  });

  it('shows a chain as text to who may only read, with keys and sizes', async () => {
    const config = configOf({
      chain: [
        { provider: 'a', model: 'one', credential: 'k1', contextTokens: 1000 },
        { provider: 'b', model: 'two' },
      ],
    });
    const page = await open({ hello: { can: ['read'] }, 'GET /config': versionOf(config) });
    await page.getByText('k1, 1000 tokens').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
  });
});
