import { pageResponse } from '../page/page.js';
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
    path: '/',
    permission: null,
    summary: 'The status page. It holds no data and asks for a token.',
    produces: 'text/html',
    handle: ({ request, config }) => pageResponse(request, config),
  },
];
