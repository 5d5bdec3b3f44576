import type { OperatorConfig } from '../options.js';
import { pageScript } from './page-script.js';

/** What depends on nothing but the build, worked out once a handler asks. */
interface Page {
  readonly html: string;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The status page: the elements, and nothing of any agent. */
export async function pageResponse(request: Request, config: OperatorConfig): Promise<Response> {
  const page = await makePage(config);
  const headers = { ...page.headers, etag: page.etag };
  if (request.headers.get('if-none-match')?.includes(page.etag)) return new Response(null, { status: 304, headers });
  return compressed(request, page.html, headers);
}

async function makePage({ home, frameAncestors }: OperatorConfig): Promise<Page> {
  const script = inScript(pageScript);
  const hash = await sha256(script);
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
    `<script type="module">${script}</script>`,
    '</body>',
    '</html>',
  ].join('\n');
  const ancestors = frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'";
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
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
    etag: `"${(await sha256(html)).replaceAll(/\W/gu, '').slice(0, 24)}"`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
    },
  };
}

/** Compressed where the browser takes it and the runtime can. */
function compressed(request: Request, html: string, headers: Record<string, string>): Response {
  const isTaken = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\D|$))/u.test(request.headers.get('accept-encoding') ?? '');
  if (!isTaken || request.method === 'HEAD' || typeof CompressionStream !== 'function') {
    return new Response(html, { headers });
  }
  const body = new Blob([html]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(body, { headers: { ...headers, 'content-encoding': 'gzip' } });
}

/** A text that may stand inside a script element: nothing in it can end the element. */
function inScript(text: string): string {
  return text.replaceAll('<!--', '\\x3c!--').replaceAll(/<(?=\/?script)/giu, '\\x3c');
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
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? '');
}
