/** Put in by the build and by the test runner: the elements and the page, bundled and minified. */
declare const TIERFALL_PAGE_SCRIPT: string | undefined;

/** The script of the status page. Run from sources that nothing was built of, the page says so. */
export const pageScript: string =
  typeof TIERFALL_PAGE_SCRIPT === 'string'
    ? TIERFALL_PAGE_SCRIPT
    : 'document.body.textContent = "This page was not built.";';
