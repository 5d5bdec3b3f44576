import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { saveOpenPages, watchCoverage } from './browser-coverage.js';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Whether there is a browser; CI must have one. */
export const browserIsThere = existsSync(executablePath);
if (!browserIsThere && process.env['CI'] === 'true')
  throw new Error(`no Chromium at ${executablePath}; CI must have one`);
if (!browserIsThere)
  process.stderr.write(`SKIPPED: no Chromium at ${executablePath}. Install it, or name it in CHROMIUM_PATH.\n`);
/** For the title of what is skipped. */
export const browserNote = browserIsThere ? '' : ' (skipped: no Chromium)';

export async function launch(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const close = browser.close.bind(browser);
  browser.close = async (...given) => {
    await saveOpenPages(browser);
    await close(...given);
  };
  return browser;
}

/** A server on loopback that answers with a handler. */
export interface Running {
  origin: string;
  /** Cuts every connection and refuses new ones, until `back` is called. */
  cut(): void;
  back(): void;
  close(): Promise<void>;
}

export async function listen(handler: (request: Request) => Promise<Response>): Promise<Running> {
  const listener = getRequestListener(handler);
  let isCut = false;
  const server: Server = createServer((request, response) => {
    if (isCut) request.socket.destroy();
    else void listener(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      server.closeAllConnections();
    },
    back() {
      isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A tab, and everything that went wrong in it. */
export interface Tab {
  page: Page;
  context: BrowserContext;
  problems: string[];
}

export async function openTab(
  browser: Browser,
  options: { width?: number; height?: number; dark?: boolean; scale?: number } = {},
): Promise<Tab> {
  const { width = 1440, height = 900, dark = false, scale = 1 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await watchCoverage(page);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/u.test(message.text())) problems.push(message.text());
  });
  return { page, context, problems };
}

/** Opens the page as somebody who has signed in before in this tab. */
export async function openAs(page: Page, url: string, token: string): Promise<void> {
  await page.addInitScript((value) => sessionStorage.setItem('tierfall-token', value), token);
  await page.goto(url);
}
