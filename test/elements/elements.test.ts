import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bearerTokens, createOperatorHandler } from '../../src/http/index.js';
import { playNight } from '../../examples/operator/bad-night.js';
import { repository } from '../support/packed-package.js';
import { browserIsThere, browserNote, launch, listen, openTab, type Running } from './support/browser.js';
import { isCoverageWanted } from './support/browser-coverage.js';
import { pauseOf, viewOf } from './support/given.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const token = 'host-token-0123456789';

describe.runIf(browserIsThere)(`the elements in a dashboard of a host${browserNote}`, () => {
  let browser: Browser;
  let server: Running;
  beforeAll(async () => {
    browser = await launch();
    const night = await playNight();
    const operator = createOperatorHandler({
      failover: night.failover,
      health: night.health,
      checks: night.checks,
      basePath: '/ops',
      authorize: bearerTokens({ [token]: { actor: 'host', can: ['read', 'operate'] } }),
    });
    const { outputFiles } = await build({
      entryPoints: [`${repository}src/elements/index.ts`],
      bundle: true,
      write: false,
      format: 'esm',
      sourcemap: isCoverageWanted ? 'inline' : false,
      preserveSymlinks: true,
      conditions: ['browser'],
    });
    const script = outputFiles[0]!.text;
    server = await listen(async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith('/ops')) return operator(request);
      if (pathname === '/elements.js') return new Response(script, { headers: { 'content-type': 'text/javascript' } });
      return new Response(
        `<!doctype html><html lang="en"><title>Host</title><style>:root { --tf-accent: rgb(120, 20, 120); --tf-font: serif } b { color: red }</style>
        <main style="width: 900px"><h1>Agents</h1><div id="place"></div></main><script type="module" src="/elements.js"></script>`,
        { headers: { 'content-type': 'text/html' } },
      );
    });
  });
  afterAll(async () => {
    await browser.close();
    await server?.close();
  });

  async function show(element: string, attributes: Record<string, string> = {}): Promise<Page> {
    const { page } = await openTab(browser);
    await page.goto(server.origin);
    await page.evaluate(
      ([name, given, secret]) => {
        const made = document.createElement(name) as HTMLElement & { token: string };
        made.setAttribute('base-url', '/ops');
        for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
        made.token = secret;
        document.querySelector('#place')?.append(made);
      },
      [element, attributes, token] as const,
    );
    return page;
  }

  it('badge: the tier, its model and the time left, the exact kind in its title', async () => {
    const page = await show('tierfall-badge', { instance: 'inbox-triage' });
    await page.getByText('② tier 2 of 4').waitFor();
    await page.getByText('openai/gpt-5.2').waitFor();
    await page.getByText(/^in \d+ (?:min|s)$/u).waitFor();
    expect(await page.getByTitle(/rate_limit since/u).count()).toBe(1);
  });

  it('table: agents with their buttons, in the host’s colours, and its styles stay its own', async () => {
    const page = await show('tierfall-table');
    const row = page.getByRole('row', { name: 'billing-reconciler' });
    await row.waitFor();
    expect(
      await row
        .getByRole('button')
        .evaluateAll((buttons) => buttons.map((button) => button.ariaLabel ?? button.textContent.trim())),
    ).toEqual([
      'billing-reconciler',
      'Resume billing-reconciler',
      'Reset billing-reconciler',
      'Hold a tier of billing-reconciler back',
    ]);
    const looks = await page.locator('tierfall-table').evaluate((element) => ({
      font: getComputedStyle(element).fontFamily,
      accent: getComputedStyle(element).getPropertyValue('--accent'),
      bold: getComputedStyle(document.body).color,
    }));
    expect(looks).toMatchObject({ font: 'serif', accent: 'rgb(120, 20, 120)' });
  });

  it('table: no buttons where it is read only', async () => {
    const page = await show('tierfall-table', { 'read-only': '' });
    await page.getByRole('row', { name: 'billing-reconciler' }).waitFor();
    expect(await page.getByRole('button', { name: /^(?:Pause|Resume|Reset|Hold)/u }).count()).toBe(0);
  });

  it('ledger: rows newest first, filtered and paged', async () => {
    const page = await show('tierfall-ledger', { instance: 'inbox-triage' });
    const items = page.getByRole('listitem');
    await items.first().waitFor();
    await expect.poll(() => items.first().textContent()).toContain('Stepped down to tier 2');
    await page.getByLabel('Which events').selectOption({ label: 'Failures' });
    await expect.poll(() => items.first().textContent()).toContain('Tier 1 failed');
  });

  it('ledger: shows by itself what happens, with nothing beside it', async () => {
    const act = (action: string) =>
      fetch(`${server.origin}/ops/instances/alone/${action}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
    await act('pause');
    const page = await show('tierfall-ledger', { instance: 'alone' });
    const items = page.getByRole('listitem');
    await expect.poll(() => items.allTextContents()).toEqual([expect.stringContaining('Paused')]);
    await act('resume');
    await expect.poll(() => items.first().textContent(), { timeout: 5000 }).toContain('Resumed');
    await act('pause');
    await expect.poll(() => items.first().textContent(), { timeout: 5000 }).toContain('Paused');
    await act('resume');
  });

  it('health: pauses, rules as meters, clear since and the trial to come', async () => {
    const page = await show('tierfall-health');
    await page.getByText('Clear since').waitFor();
    await page.getByText('Trial call').waitFor();
    const meter = page.getByRole('meter').nth(2);
    expect(await meter.getAttribute('aria-label')).toContain(
      '33 of 138 calls failed in 4 min, 24 % where 30 % is the limit',
    );
  });

  it('alerts: most urgent first, evidence on asking', async () => {
    const page = await show('tierfall-alerts');
    await page.getByRole('button', { name: 'inbox-triage repeats itself' }).click();
    expect(await page.getByRole('listitem').first().textContent()).toMatch(/critical.*stuck-loop/su);
    await page.getByRole('term').first().waitFor();
  });

  it('chain editor: the chain as text for who may not change it', async () => {
    const page = await show('tierfall-chain-editor');
    await page.getByText('anthropic/claude-sonnet-4-5').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
  });

  it('badge: what it is given, without asking a server', async () => {
    const { page } = await openTab(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(server.origin);
    await page.evaluate(
      (views) => {
        for (const [index, view] of views.entries()) {
          const made = Object.assign(document.createElement('tierfall-badge') as HTMLElement, { view });
          made.toggleAttribute('compact', index === 3);
          document.querySelector('#place')?.append(made);
        }
      },
      [
        viewOf('tried', { trial: 0, icon: '⛽', retryAt: Date.now() + 240_000 }, 1),
        viewOf('out of budget', { paused: pauseOf({ source: 'budget' }), retryAt: Date.now() + 240_000 }),
        viewOf('known since', { since: 1000, cause: 'timeout' }, 1),
        viewOf('compact', {}, 2),
      ],
    );
    const badges = page.locator('tierfall-badge');
    await badges.getByText('③ tier 3 of 3').waitFor();
    expect(
      await badges
        .locator('> span')
        .allInnerTexts()
        .then((texts) => texts.map((text) => text.replaceAll(/\s+/gu, ' ').trim())),
    ).toEqual([
      '2 ② tier 2 of 3, tier 1 is being tried, ⛽ budget used up openai/gpt in 4 min',
      '✕ paused by budget anthropic/claude in 4 min',
      '2 ② tier 2 of 3 openai/gpt',
      '3 ③ tier 3 of 3',
    ]);
    expect(await page.getByTitle(/^openai\/gpt: timeout since \d\d:\d\d:\d\d$/u).count()).toBe(1);
    expect(asked).toEqual(['/', '/elements.js']);
  });

  it('may be taken away before they are drawn, and may be there twice', async () => {
    const { page, problems } = await openTab(browser);
    await page.goto(server.origin);
    await page.addScriptTag({ url: '/elements.js?another-copy', type: 'module' });
    await page.evaluate(async () => {
      for (const name of ['badge', 'table', 'ledger', 'chain-editor', 'health', 'alerts']) {
        const made = document.createElement(`tierfall-${name}`);
        document.querySelector('#place')?.append(made);
        made.remove();
        await (made as HTMLElement & { updateComplete: Promise<unknown> }).updateComplete;
      }
    });
    expect(problems).toEqual([]);
  });

  it.each(['table', 'health', 'alerts', 'ledger', 'badge'])(
    '%s: says that it is no longer up to date where the connection is lost or the token ends',
    async (name) => {
      const page = await show(`tierfall-${name}`, { instance: 'inbox-triage' });
      const shown = {
        table: page.getByRole('row', { name: 'inbox-triage' }),
        health: page.getByText('Clear since'),
        alerts: page.getByRole('listitem').first(),
        ledger: page.getByRole('listitem').first(),
        badge: page.getByText('② tier 2 of 4'),
      }[name]!;
      await shown.waitFor();
      const note = name === 'badge' ? page.getByText('not up to date') : page.getByRole('alert');
      expect(await note.count()).toBe(0);
      server.cut();
      await note.waitFor();
      const words = () => (name === 'badge' ? note.getAttribute('title') : note.textContent());
      expect(await words()).toMatch(/^\s*Connection lost. What you see is from \d\d:\d\d:\d\d.\s*$/u);
      await page.route('**/ops/stream', (route) =>
        route.fulfill({ status: 401, json: { detail: 'Sign in with a token of this server.' } }),
      );
      server.back();
      await expect.poll(words).toContain('Sign in with a token of this server. What you see is from before.');
      await page.close();
    },
  );

  it('share one stream', async () => {
    const { page } = await openTab(browser);
    const streams: string[] = [];
    page.on('request', (request) => request.url().endsWith('/stream') && streams.push(request.url()));
    await page.goto(server.origin);
    await page.evaluate((secret) => {
      for (const name of ['tierfall-table', 'tierfall-health', 'tierfall-alerts']) {
        const made = document.createElement(name) as HTMLElement & { token: string };
        made.setAttribute('base-url', '/ops');
        made.token = secret;
        document.querySelector('#place')?.append(made);
      }
    }, token);
    await page.getByRole('row', { name: 'billing-reconciler' }).waitFor();
    await page.getByText('Clear since').waitFor();
    expect(streams).toHaveLength(1);
  });

  it('failure report: how bad, by reason, why, and what to do', async () => {
    const page = await show('tierfall-table');
    await page.getByRole('button', { name: 'inbox-triage', exact: true }).click();
    await page.getByRole('button', { name: 'Failure report' }).click();
    const drawer = page.getByRole('complementary');
    await drawer.getByText('By reason').waitFor();
    await drawer.getByText('Likely cause').waitFor();
    await drawer.getByText('What to do next').waitFor();
    expect(await drawer.textContent()).toMatch(/\d+ of \d+ tasks were rejected or failed/u);
  });
});
