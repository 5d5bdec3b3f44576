import type { OperatorConfig } from '../options.js';
import { Problem } from '../answers/problem.js';
import { namesTag } from '../requests/entity-tags.js';
import { pageScripts } from './page-scripts.js';

/** What depends on nothing but the build, worked out once a handler asks. */
interface Page {
  readonly html: string;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Loads the page from beside wherever it is: a host may serve the handler under a path that the handler does not see.
 */
const LOADER = "import(location.pathname.replace(/\\/$/, '') + '/assets/page.js')";

/** The status page: the elements, and nothing of any agent. */
export async function pageResponse(request: Request, config: OperatorConfig): Promise<Response> {
  const page = await makePage(config);
  const headers = { ...page.headers, etag: page.etag };
  if (isKnown(request, page.etag)) return new Response(null, { status: 304, headers });
  return compressed(request, page.html, headers);
}

/** A script of the page. They change with the version of the package only; a browser asks whether they have. */
export async function scriptResponse(request: Request, file: string): Promise<Response> {
  const text = Object.hasOwn(pageScripts, file) ? pageScripts[file] : undefined;
  if (text === undefined) throw new Problem(404, 'There is no such file.');
  const etag = await tagOf(text);
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
    etag,
  };
  if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
  return compressed(request, text, headers);
}

async function makePage({ home, frameAncestors }: OperatorConfig): Promise<Page> {
  const hash = await sha256(LOADER);
  const link = home ? ` home-href="${escapeHtml(home.href)}" home-name="${escapeHtml(home.name)}"` : '';
  const html = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>tierfall</title>',
    '<link rel="icon" href="data:,">',
    '</head>',
    '<body>',
    `<tierfall-page${link}></tierfall-page>`,
    '<noscript>This page needs JavaScript.</noscript>',
    `<script type="module">${LOADER}</script>`,
    '</body>',
    '</html>',
  ].join('\n');
  const ancestors = frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'";
  const policy = [
    "default-src 'none'",
    // The one script in the page, and what it loads from beside it.
    `script-src 'self' 'sha256-${hash}'`,
    // Style sheets are constructed by the script; none is written into the page.
    "style-src 'self'",
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
    "require-trusted-types-for 'script'",
    'trusted-types lit-html',
  ].join('; ');
  return {
    html,
    etag: await tagOf(html),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
    },
  };
}

/** Weak: it stands for the text, whether it is sent compressed or not. */
async function tagOf(text: string): Promise<string> {
  return `W/"${(await sha256(text)).replaceAll(/\W/gu, '').slice(0, 24)}"`;
}

/** The browser has this version already. */
function isKnown(request: Request, etag: string): boolean {
  return namesTag(request.headers.get('if-none-match') ?? '', etag);
}

/** Compressed where the browser takes it and the runtime can. */
function compressed(request: Request, text: string, headers: Record<string, string>): Response {
  const isTaken = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:[^\d.]|$))/u.test(request.headers.get('accept-encoding') ?? '');
  if (!isTaken || request.method === 'HEAD' || typeof CompressionStream !== 'function') {
    return new Response(text, { headers });
  }
  const body = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(body, { headers: { ...headers, 'content-encoding': 'gzip' } });
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character]!);
}
