/**
 * Put in by the build and by the test runner: the elements and the page, bundled and minified, by file name. As JSON
 * text, since a bundler puts an object into the chunk that all entries load.
 */
declare const TIERFALL_PAGE_SCRIPTS: string | undefined;

/** Run from sources that nothing was built of, the page says so. */
const notBuilt = { 'page.js': 'document.body.textContent = "This page was not built.";' };

/** The scripts of the status page. The first is `page.js`; it loads the others. */
export const pageScripts: Readonly<Record<string, string>> =
  typeof TIERFALL_PAGE_SCRIPTS === 'string' ? JSON.parse(TIERFALL_PAGE_SCRIPTS) : notBuilt;
