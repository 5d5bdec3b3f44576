import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

/** Where `npm run coverage` collects which branches of the page's scripts ran in a browser; unset in all other runs. */
const folder = process.env['BROWSER_COVERAGE'];
/** Whether the scripts of the page are to be bundled with a source map. */
export const isCoverageWanted = folder !== undefined;

const watched = new Map<Browser | null, Set<Page>>();

/** Notes which code of the page runs from now on. */
export async function watchCoverage(page: Page): Promise<void> {
  if (!isCoverageWanted) return;
  const browser = page.context().browser();
  const pages = watched.get(browser) ?? new Set();
  watched.set(browser, pages.add(page));
  await page.coverage.startJSCoverage({ resetOnNavigation: false });
  const context = page.context();
  const close = context.close.bind(context);
  context.close = async (...given) => {
    await saveCoverage(page);
    await close(...given);
  };
}

/** Saves what ran in the pages of a browser that are still open; before it is closed. */
export async function saveOpenPages(browser: Browser): Promise<void> {
  for (const page of watched.get(browser) ?? []) await saveCoverage(page);
}

async function saveCoverage(page: Page): Promise<void> {
  if (folder === undefined || !watched.get(page.context().browser())?.delete(page)) return;
  const scripts = await page.coverage.stopJSCoverage();
  const own = scripts.filter(({ source }) => source?.includes('//# sourceMappingURL=data:'));
  await writeFile(join(folder, `${randomUUID()}.json`), JSON.stringify(own));
}
