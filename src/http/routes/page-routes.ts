import { pageResponse, scriptResponse } from '../page/page.js';
import type { Route } from './route.js';

export const pageRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/stream',
    permission: 'read',
    summary: 'Server-sent events: `hello` first, then what changes in any process. Resumes from `Last-Event-ID`.',
    produces: 'text/event-stream',
    handle: (context) => context.hub.open(context),
  },
  {
    method: 'GET',
    path: '/assets/:file',
    permission: null,
    summary: 'A script of the status page.',
    produces: 'text/javascript',
    handle: ({ request, url }) => scriptResponse(request, url.pathname.split('/').at(-1)!),
  },
  {
    method: 'GET',
    path: '/',
    permission: null,
    summary: 'The status page. It holds no data and asks for a token.',
    produces: 'text/html',
    handle: ({ request, config }) => pageResponse(request, config),
  },
];
