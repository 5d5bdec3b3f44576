import { createServer } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { chromium, type Page } from 'playwright-core';
import { bearerTokens, createOperatorHandler } from 'tierfall/http';
import { playNight } from '../examples/operator/bad-night.ts';
import { hashOfSources } from './operator-sources.ts';

// Takes the pictures of the operator page: `npm run docs:operator`. Where sources change, a test says that they are stale.

const folder = process.argv[2] ?? 'docs/pictures';
const token = 'picture-token';

const night = await playNight();
const handler = createOperatorHandler({
  failover: night.failover,
  health: night.health,
  checks: night.checks,
  authorize: bearerTokens({ [token]: 'dana' }),
  home: { href: 'https://console.example', name: 'Acme console' },
});
const listener = getRequestListener(handler);
const server = createServer((request, response) => void listener(request, response));
await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});

/** A picture of the page, signed in, in one size and colour. */
async function picture(
  name: string,
  options: { width: number; dark?: boolean; height?: number },
  prepare?: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.height ?? 900 },
    deviceScaleFactor: Number(process.env['PICTURE_SCALE'] ?? 1),
    colorScheme: options.dark ? 'dark' : 'light',
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(name, error.message));
  await page.goto(origin);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('row', { name: /billing-reconciler/u }).waitFor();
  await page.waitForTimeout(700);
  await prepare?.(page);
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: prepare === undefined });
  await context.close();
}

await mkdir(folder, { recursive: true });
await picture('operator-light', { width: 1440 });
// Looked at, not linked: `npm run docs:operator -- FOLDER all`.
if (process.argv[3] === 'all') {
  await picture('operator-dark', { width: 1440, dark: true });
  await picture('operator-narrow', { width: 390 });
  await picture('operator-narrow-dark', { width: 390, dark: true });
}
await picture('operator-drawer', { width: 1440, height: 1000 }, async (page) => {
  await page.getByRole('button', { name: 'inbox-triage', exact: true }).click();
  await page.waitForTimeout(600);
});
await picture('operator-chain', { width: 1440 }, async (page) => {
  await page.getByRole('button', { name: 'Chain', exact: true }).click();
  await page.getByRole('button', { name: 'Move tier 3 up' }).click();
  await page.getByRole('button', { name: 'Add tier' }).click();
  await page.getByRole('button', { name: /^Save as/u }).press('Enter');
  await page.waitForTimeout(300);
});
await browser.close();
if (process.argv[2] === undefined) await writeFile('test/docs/operator-pictures.sha256', `${hashOfSources()}\n`);
server.closeAllConnections();
server.close();
await night.failover.close();
